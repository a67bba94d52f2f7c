// What the page knows and what the reader has chosen: data, papers, edges; state and its address; a few shared helpers.
//
// paper: the columns of data.papers under their names, with `i` (its index), `year` and `precision` ("day", "month",
// "year", "none"), `parents` (edges to what it builds on or cites, and to older papers that a note links with it),
// `children` (the other way round).
// edge: { i, source, target, kind, implied, backward, why, path }; `source` (the newer) and `target` are papers.
// The picture leaves implied edges out; `parents` and `children` have all of them.

const EDGE_KINDS = ['builds-on', 'cites', 'links'];
let data = {}, papers = [], edges = [], byKey = new Map();

const BARE = {
  title: '', date: '', label: '', wide: 0, rank: 0, runnable: false, important: false, code_status: 'none',
  authors: [], cut: 0, tags: [], patterns: [], constraints: [], venue: '', family: '', category: '', status: '',
  arxiv_id: '', doi: '', sites: [], path: '', url: '', summary: '', bibtex: '', implementation: null,
};

// Reads the JSON of the page (again, when `serve` has news) into data, papers, edges, byKey. A column is bits as text,
// a list, { of: values, at: list of places in them } or { index: value }; `paths` is what comes before and after a key
// in the path of its note, unless the column says otherwise.
function load(raw) {
  data = raw;
  const [before, after] = data.paths;
  papers = data.papers.key.map((key, i) => (
    { ...BARE, i, key, path: before + key + after, parents: [], children: [] }));
  for (const [name, column] of Object.entries(data.papers)) {
    if (typeof column === 'string') papers.forEach((paper, i) => { paper[name] = column[i] === '1'; });
    else if (Array.isArray(column)) column.forEach((value, i) => { papers[i][name] = value ?? BARE[name]; });
    else if (column.of) column.at.forEach((at, i) => { papers[i][name] = column.of[at] ?? BARE[name]; });
    else for (const i in column) papers[i][name] = column[i];
  }
  for (const paper of papers) {
    paper.title = paper.title || paper.label;
    // its name where a line has room: not a label that was cut
    paper.name = paper.label.endsWith('…') && paper.title.startsWith(paper.label.slice(0, -1)) ? paper.title : paper.label;
    paper.year = Number(paper.date.slice(0, 4)) || 0;
    paper.precision = ['none', 'year', 'month', 'day'][paper.date ? paper.date.split('-').length : 0];
  }
  byKey = new Map(papers.map((paper) => [paper.key, paper]));
  const { source, target, kind, implied = '', backward = '', why = {}, path = {} } = data.edges;
  edges = source.map((from, i) => ({
    i, source: papers[from], target: papers[target[i]], kind: EDGE_KINDS[kind[i]],
    implied: implied[i] === '1', backward: backward[i] === '1', why: why[i] || '', path: path[i] || '',
  }));
  for (const edge of edges) {
    edge.source.parents.push(edge);
    edge.target.children.push(edge);
  }
}

// q: query; p: key of the chosen paper, to: of the end of a path from it, depth: of the focus; lanes: names of hidden
// ones; zoom: null for the whole picture, else [time, rows, x, y]: pixels per unit across and down, and the middle.
const DEFAULTS = {
  q: '', p: '', depth: 2, to: '', color: 'lane', view: 'graph', lanes: [], story: 0, step: 0, zoom: null, theme: '',
};
const CHOICES = { color: ['lane', 'year', 'code'], view: ['graph', 'list', 'story'], theme: ['', 'light', 'dark'] };
const state = { ...DEFAULTS };

// The part of the address after #, as a state; whatever is malformed or unknown there is ignored.
function readHash(hash) {
  const read = new URLSearchParams(hash.slice(1)), found = { ...DEFAULTS };
  const whole = (name, most) => {
    const text = read.get(name) || '';
    return /^\d{1,4}$/.test(text) ? Math.min(Number(text), most) : DEFAULTS[name];
  };
  found.q = (read.get('q') || '').slice(0, 2000);
  for (const name of ['p', 'to']) found[name] = byKey.has(read.get(name)) ? read.get(name) : '';
  for (const name in CHOICES) if (CHOICES[name].includes(read.get(name))) found[name] = read.get(name);
  found.depth = whole('depth', 20);
  found.story = whole('story', 999);
  found.step = whole('step', 999);
  const known = new Set(data.lanes.map((lane) => lane.name));
  found.lanes = read.getAll('lanes').filter((name) => known.has(name));
  const zoom = (read.get('zoom') || '').split(',').map(Number);
  if (zoom.length === 4 && zoom.every(Number.isFinite) && zoom[0] > 0 && zoom[1] > 0) found.zoom = zoom;
  return found;
}

function writeHash(from) {
  const written = new URLSearchParams();
  for (const name in DEFAULTS) {
    const value = from[name];
    if (name === 'lanes') value.forEach((lane) => written.append(name, lane));
    else if (name === 'zoom') value && written.set(name, value.map((number) => +number.toPrecision(5)).join());
    else if (value !== DEFAULTS[name]) written.set(name, value);
  }
  return '#' + String(written).replace(/%3A/g, ':').replace(/%2C/g, ',');
}

// Changes the state, shows it, and writes it to the address: as a new history entry with `push`, else a little later
// over the current one (browsers refuse changes at every turn of a wheel).
let saving = 0;
function setState(patch, { push = false } = {}) {
  if (push) saveState();
  Object.assign(state, patch);
  if (push && writeHash(state) !== (location.hash || '#')) history.pushState(null, '', writeHash(state));
  else saveSoon();
  render();
}

function saveSoon() {
  clearTimeout(saving);
  saving = setTimeout(saveState, 250);
}

function saveState() {
  clearTimeout(saving);
  if (writeHash(state) !== (location.hash || '#')) history.replaceState(null, '', writeHash(state));
}

const $ = (id) => document.getElementById(id);

// An element; children are nodes or texts. Attributes that are null or false are left out, true is an empty one.
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const name in attributes) {
    const value = name === 'href' ? safeHref(attributes.href) : attributes[name];
    if (/^(on|style$|src)/.test(name)) throw new Error('no ' + name + ' through el');
    if (value != null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child != null && child !== ''));
  return made;
}

// A button.
function press(words, help, act, attributes = {}) {
  const button = el('button', { type: 'button', title: help, ...attributes }, words);
  button.addEventListener('click', act);
  return button;
}

// The address if it may be a link: http, https, mailto or relative; null for any other.
function safeHref(address) {
  try {
    const { protocol } = new URL(address, 'https://relative.invalid/');
    return ['http:', 'https:', 'mailto:'].includes(protocol) && !/^\s*[\\/]{2}/.test(address) ? String(address) : null;
  } catch {
    return null;
  }
}

const counted = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

function announce(text) {
  $('announce').textContent = text;
}

// The keys of the page: key, help, action. None acts while the reader types in a field; `?` lists them all.
const keys = new Map();
const onKey = (key, help, action) => keys.set(key, { help, action });
