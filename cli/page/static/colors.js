// Colors of papers, and the legend. Each color is defined in one place: the style sheet, which has the palette.

const CODE = { 'claim-held': 0, verified: 1, unverified: 2, 'claim-not-reproduced': 5, stale: 4 };
const YEARS = [1, 3, 2];                    // lane colors between which a year's color is, old to new

function readColors() {
  const probe = el('i');
  $('chart').append(probe); // where no system colors replace them
  const resolve = (name, kind = '') => {
    probe.className = kind;
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const [paper, ink, faint, grid, wash] = ['paper', 'ink', 'faint', 'grid', 'wash'].map((name) => resolve(name));
  const count = Number(getComputedStyle(probe).getPropertyValue('--colors'));
  const each = (name) => Array.from({ length: count }, (_, i) => resolve(name, 'c' + i));
  view.colors = { paper, ink, faint, grid, wash, lanes: each('mark'), bands: each('band') };
  probe.remove();
}

function recolor() {
  readColors();
  paint();
  legend();
  if (view.width) draw();
}

// The color of every paper.
function paint() {
  $('chart').classList.toggle('plain', state.color !== 'lane');
  const { lanes, faint } = view.colors;
  const channels = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
  const stops = YEARS.map((i) => channels(lanes[i]));
  const age = (paper) => {
    const at = clamp((paper.x - data.plot[0]) / (data.plot[1] - data.plot[0] || 1), 0, 0.999) * (stops.length - 1);
    const from = Math.floor(at), part = Math.round((at - from) * 8) / 8;
    return `rgb(${stops[from].map((value, k) => Math.round(value + (stops[from + 1][k] - value) * part)).join()})`;
  };
  const by = {
    lane: (paper) => lanes[paper.lane % lanes.length],
    year: (paper) => (paper.date ? age(paper) : faint),
    code: (paper) => (Object.hasOwn(CODE, paper.code_status) ? lanes[CODE[paper.code_status]] : faint),
  };
  view.hues = papers.map(by[state.color]);
}

// The legend: only the marks that occur; a color of years or of code is a button for a query.
function legend() {
  const swatch = (words, color, query) => {
    const dot = el('i'), pressed = String(state.q === query);
    dot.style.background = color;
    if (!query) return el('span', { class: 'swatch' }, dot, words);
    const button = press(dot, query, () => setState({ q: state.q === query ? '' : query }, { push: true }),
      { class: 'swatch', 'aria-pressed': pressed });
    button.append(words);
    return button;
  };
  const item = (kind, words) => el('span', { class: 'mark' }, kind && el('i', { class: kind }), words);
  const made = [];
  if (state.color === 'year') {
    for (const [from, to, hue] of years()) {
      made.push(swatch(from === to ? `${from}` : `${from}–${to}`, hue, `year:${from}..${to}`));
    }
  }
  if (state.color === 'code') {
    for (const status of [...Object.keys(CODE), 'none']) {
      const one = papers.find((paper) => paper.code_status === status);
      if (one) made.push(swatch(data.stands[status], view.hues[one.i], status === 'none' ? '-has:code' : ''));
    }
  }
  if (state.color !== 'code' && papers.some((paper) => paper.runnable)) made.push(item('dot full', 'code runs'));
  if (state.color !== 'code' && papers.some((paper) => !paper.runnable)) made.push(item('dot', 'no code'));
  if (papers.some((paper) => paper.precision === 'year')) made.push(item('dot year', 'only year known'));
  if (view.curves.some((edge) => edge.kind === 'builds-on')) made.push(item('way', 'is built on by'));
  if (view.curves.some((edge) => edge.kind === 'cites')) made.push(item('way cites', 'is cited by'));
  if (view.curves.some((edge) => edge.kind === 'links')) made.push(item('way links', 'linked in a note'));
  if (view.curves.some((edge) => edge.backward)) made.push(item('way back', 'backward in time'));
  const few = view.curves.length < view.links;
  const near = papers.length > CROWD ? 'zoomed in, ' : '';
  if (few) made.push(item('', `${near}${view.curves.length} of ${view.links} links drawn, and a chosen paper's own`));
  const hidden = data.hidden_implied;
  if (hidden) made.push(item('', `${counted(hidden, 'implied link')} hidden`));
  $('legend').replaceChildren(...made);
}

// Up to five spans of years with about equally many papers, and the color of the middle of each.
function years() {
  const dated = papers.filter((paper) => paper.date), spans = [];
  for (let part = 0; part < 5; part++) {
    const some = dated.slice(Math.floor(dated.length * part / 5), Math.floor(dated.length * (part + 1) / 5));
    const from = Math.max(some.length ? some[0].year : 0, spans.length ? spans[spans.length - 1][1] + 1 : 0);
    const to = some.length ? some[some.length - 1].year : 0;
    if (some.length && from <= to) spans.push([from, to, view.hues[some[Math.floor(some.length / 2)].i]]);
  }
  return spans;
}
