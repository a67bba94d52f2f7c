// Every paper in words: a sortable table and, on narrow screens, a log in place of the picture: newest first, undated
// last.

const listing = { by: 'date', down: false, made: '', chosen: '' };
const COLUMNS = [
  ['date', 'Date', (paper) => paper.date || '~'],
  ['title', 'Title', (paper) => paper.name.toLowerCase()],
  ['lane', 'Lane', (paper) => paper.lane],
  ['code', 'Code', (paper) => [...Object.keys(CODE), 'none'].indexOf(paper.code_status)],
  ['parents', 'Builds on', (paper) => paper.parents.length],
  ['children', 'Led to', (paper) => paper.children.length],
];
const narrow = matchMedia('(max-width: 639px)');

function startList() {
  narrow.addEventListener('change', render);
}

function renderList(now, focus) {
  const kind = narrow.matches && now.view !== 'list' ? 'log' : now.view === 'list' ? 'table' : '';
  $('chart').hidden = kind !== '';
  $('list').hidden = !kind;
  if (!kind) {
    listing.chosen = '';
    return;
  }
  const some = papers.filter((paper) => !focus.lit || focus.lit.get(paper.i));
  const wanted = [kind, listing.by, listing.down, some.map((paper) => paper.i)].join();
  if (listing.made !== wanted || listing.data !== data) {
    Object.assign(listing, { made: wanted, data });
    const none = el('p', { class: 'quiet' }, 'No paper matches.');
    $('list').replaceChildren(!some.length ? none : kind === 'log' ? log(some) : table(some));
  }
  for (const before of $('list').querySelectorAll('[aria-current]')) before.removeAttribute('aria-current');
  const chosen = byKey.get(now.p);
  const current = chosen && $('list').querySelector(`a[data-i="${chosen.i}"]`);
  if (current) {
    current.setAttribute('aria-current', 'true');
    if (listing.chosen !== chosen.key) current.scrollIntoView({ block: 'nearest' });
  }
  listing.chosen = current ? chosen.key : '';
}

function table(some) {
  const head = COLUMNS.map(([name, words]) => {
    const button = el('button', { type: 'button' }, words);
    button.addEventListener('click', () => {
      Object.assign(listing, { by: name, down: listing.by === name && !listing.down });
      announce(`sorted by ${words.toLowerCase()}${listing.down ? ', descending' : ''}`);
      render();
      $('list').querySelector(`.by-${name} button`).focus();
    });
    const order = listing.by === name ? (listing.down ? 'descending' : 'ascending') : null;
    return el('th', { scope: 'col', class: 'by-' + name, 'aria-sort': order }, button);
  });
  const value = COLUMNS.find(([name]) => name === listing.by)[2], turn = listing.down ? -1 : 1;
  const sorted = [...some].sort((a, b) => {
    const left = value(a), right = value(b);
    return left < right ? -turn : left > right ? turn : a.i - b.i;
  });
  const row = (paper) => el('tr', {},
    el('td', { class: 'date' }, paper.date || 'undated'),
    el('td', { class: 'title', title: paper.title }, entry(paper),
      paper.title === paper.name ? null : el('small', {}, el('bdi', {}, paper.title))),
    el('td', { class: 'of-lane' }, el('bdi', {}, laneOf(paper))),
    el('td', { class: 'code' }, data.stands[paper.code_status]),
    el('td', { class: 'number' }, String(paper.parents.length)),
    el('td', { class: 'number' }, String(paper.children.length)));
  // the first screens and down to the chosen paper at once, thousands a frame later; all if the reader has scrolled
  const first = $('list').scrollTop ? sorted.length : Math.max(200, sorted.indexOf(byKey.get(state.p)) + 1);
  const body = el('tbody', {}, ...sorted.slice(0, first).map(row));
  requestAnimationFrame(() => body.isConnected && body.append(...sorted.slice(first).map(row)));
  return el('table', {}, el('caption', { class: 'unseen' }, 'Papers'), el('thead', {}, el('tr', {}, ...head)), body);
}

function log(some) {
  const years = new Map();
  for (const paper of [...some.filter(({ year }) => year).reverse(), ...some.filter(({ year }) => !year)]) {
    const year = paper.year || 'undated';
    if (!years.has(year)) years.set(year, []);
    const before = paper.parents.filter(isLineal).map((edge) => edge.target.name);
    const from = before.slice(0, 3).join(', ') + (before.length > 3 ? ` +${before.length - 3}` : '');
    const line = before.length ? el('small', {}, el('bdi', {}, '← ' + from)) : null;
    years.get(year).push(el('li', {}, entry(paper), line));
  }
  return el('div', { class: 'log' }, ...[...years].map(([year, items]) => (
    el('section', {}, el('h2', {}, String(year)), el('ol', {}, ...items)))));
}

const laneOf = (paper) => (data.lanes[paper.lane] || { name: '' }).name;

// The dot as in the picture, and the name as a link that chooses the paper.
function entry(paper) {
  const dot = el('i', { class: `dot c${paper.lane % view.colors.lanes.length}${paper.runnable ? ' full' : ''}` });
  const made = link(paper);
  made.prepend(dot);
  return made;
}
