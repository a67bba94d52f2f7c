// The picture: bands, years, edges and dots on a canvas, labels as links above it. Drawn on change, never at rest.

const GUTTER = 152, TOP = 30, PAD = 10;     // pixels: lane names, years, free space at the right and bottom end
const LINE = 14, PITCH = 18;                // height of a label, distance of rows where the picture is not stretched
const EDGES = 150;                          // drawn edges above which only those that the layout has routed are drawn
const STRIP = 4, CROWD = 600;               // rows closer than this, of more papers than this, are shown as density

const view = {
  data: null, width: 0, height: 0, dpr: 1, frame: 0,
  kx: 1, ky: 1, x: 0, y: 0,                 // pixels per unit of the layout, and the unit in the middle
  left: 0, top: 0, right: 1, bottom: 1,     // the papers of the layout
  order: [], curves: [], links: 0, strips: false,
  lit: null, litEdges: null,                // from the focus
  hover: -1, cursor: -1, held: -1,          // papers: under the pointer, where the walk is, with the focus
  placed: null, sides: null, shown: new Map(), colors: null, hues: [],
};
const timings = { ready: 0, draws: 0, redraws: [] };

const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
const middleX = () => GUTTER + (view.width - GUTTER - PAD) / 2;
const middleY = () => TOP + (view.height - TOP) / 2;
const sx = (x) => middleX() + (x - view.x) * view.kx;
const sy = (y) => middleY() + (y - view.y) * view.ky;
const opacity = (i) => (view.lit ? view.lit.get(i) || 0 : 1);

function startView() {
  const chart = $('chart');
  new ResizeObserver(() => measure() && draw()).observe(chart);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolor);
  chart.addEventListener('wheel', turn, { passive: false });
  addEventListener('pointerdown', () => { dragged = false; }, true);
  chart.addEventListener('pointerdown', grab);
  chart.addEventListener('pointermove', hover);
  chart.addEventListener('pointerleave', () => point(-1));
  chart.addEventListener('dblclick', (event) => {
    if (event.target === $('canvas')) zoomBy(2, 2, event.offsetX, event.offsetY);
  });
  $('labels').addEventListener('focusin', (event) => { view.cursor = view.held = Number(event.target.dataset.i); });
  $('labels').addEventListener('focusout', () => { view.held = -1; });
  for (const [key, sign, words, act] of [
    ['+', '+', 'Zoom in', () => zoomBy(1.5, 1.5)],
    ['-', '−', 'Zoom out', () => zoomBy(1 / 1.5, 1 / 1.5)],
    ['0', '⤢', 'Show all', () => moveTo(null)],
  ]) {
    $('zoom').append(press(sign, words, act, { 'aria-label': words }));
    onKey(key, words, act);
  }
}

// What depends on the data alone.
function adopt() {
  view.data = data;
  view.cursor = view.held = view.hover = -1;
  view.placed = null;
  $('labels').replaceChildren();
  view.shown.clear();
  const last = data.lanes[data.lanes.length - 1];
  view.left = Math.min(data.plot[0], data.undated ? data.undated[0] : Infinity);
  view.right = Math.max(data.width, view.left + 1);
  view.top = data.lanes.length ? data.lanes[0].y : 0;
  view.bottom = last ? last.y + last.height : 1;
  view.order = papers.map((paper) => paper.i).sort((a, b) => papers[a].rank - papers[b].rank || a - b);
  const drawn = edges.filter((edge) => !edge.implied && isPictured(edge));
  view.links = drawn.length;
  view.curves = drawn.length > EDGES ? drawn.filter((edge) => edge.path) : drawn;
  $('gutter').replaceChildren(...data.lanes.map((lane, i) => {
    const size = papers.reduce((count, paper) => count + (paper.lane === i), 0);
    return press(el('bdi', {}, lane.name), `${lane.name}: ${counted(size, 'paper')}`, () => {
      const hidden = state.lanes.filter((name) => name !== lane.name);
      setState({ lanes: hidden.length < state.lanes.length ? hidden : [...hidden, lane.name] }, { push: true });
    }, { class: 'lane c' + i % view.colors.lanes.length });
  }));
}

function renderView(now, focus) {
  if (view.data !== data) adopt();
  view.lit = focus.lit;
  view.litEdges = focus.litEdges;
  view.placed = null;
  paint();
  legend();
  data.lanes.forEach((lane, i) => $('gutter').children[i].setAttribute('aria-pressed', !now.lanes.includes(lane.name)));
  measure();
  const chosen = byKey.get(now.p);
  if (chosen && view.chosen !== chosen.key) {
    view.cursor = chosen.i;
    if (now.zoom) reveal(chosen);
  }
  view.chosen = chosen ? chosen.key : '';
  draw();
}

// Fits the canvas to its place and keeps a chosen paper in sight. Returns whether anything changed.
function measure() {
  const { clientWidth: width, clientHeight: height } = $('chart'), dpr = devicePixelRatio || 1, canvas = $('canvas');
  if (!width || !height || (width === view.width && height === view.height && dpr === view.dpr)) return false;
  Object.assign(view, { width, height, dpr, placed: null });
  canvas.width = width * dpr;
  canvas.height = height * dpr;
  if (state.zoom && byKey.has(state.p)) reveal(byKey.get(state.p));
  return true;
}

// Applies state.zoom within what the picture allows: never smaller than all of it. Returns whether that is all of it.
function settle() {
  const width = view.width - GUTTER - PAD, height = view.height - TOP - 2 * PAD;
  const fitX = width / (view.right - view.left), fitY = Math.min(height / (view.bottom - view.top), 2);
  const [kx, ky, x, y] = state.zoom || [0, 0, 0, 0];
  view.kx = clamp(kx, fitX, Math.max(4, fitX * 32));
  view.ky = clamp(ky, fitY, Math.max(2.5, fitY));
  const halfX = width / 2 / view.kx, halfY = height / 2 / view.ky;
  view.x = clamp(x, view.left + halfX, Math.max(view.right - halfX, view.left + halfX));
  view.y = clamp(y, view.top + halfY, Math.max(view.bottom - halfY, view.top + halfY));
  view.strips = PITCH * view.ky < STRIP && papers.length > CROWD;
  return view.kx === fitX && view.ky === fitY;
}

function moveTo(zoom) {
  state.zoom = zoom;
  if (zoom) {
    const whole = settle();
    state.zoom = whole ? null : [view.kx, view.ky, view.x, view.y];
  }
  saveSoon();
  if (!view.frame) view.frame = requestAnimationFrame(draw);
}

// Zooms time and rows around a place of the chart.
function zoomBy(time, rows, atX = middleX(), atY = middleY()) {
  settle();
  const x = view.x + (atX - middleX()) / view.kx, y = view.y + (atY - middleY()) / view.ky;
  state.zoom = [view.kx * time, view.ky * rows, view.x, view.y];
  settle();
  moveTo([view.kx, view.ky, x - (atX - middleX()) / view.kx, y - (atY - middleY()) / view.ky]);
}

function panBy(right, down) {
  settle();
  moveTo([view.kx, view.ky, view.x + right / view.kx, view.y + down / view.ky]);
}

function reveal(paper) {
  settle();
  const x = sx(paper.x), y = sy(paper.y), reach = paper.r + paper.label_width + 12;
  const right = Math.max(x + reach - view.width, 0) || Math.min(x - GUTTER - 24, 0);
  const down = Math.max(y + 24 - view.height, 0) || Math.min(y - TOP - 16, 0);
  if (right || down) {
    state.zoom = [view.kx, view.ky, view.x + right / view.kx, view.y + down / view.ky];
    if (settle()) state.zoom = null;
  }
}
