// Puts the parts together: what is shown, in which order, and what the keys do.

function render() {
  const focus = focusOf(state);
  const root = document.documentElement;
  if (root.dataset.theme !== state.theme) {
    root.dataset.theme = state.theme;
    readColors(); // as that theme has them
  }
  for (const button of $('views').children) button.setAttribute('aria-pressed', button.dataset.view === state.view);
  $('color').value = state.color;
  renderPanel(state, focus);
  if (!$('panel').hidden) makeRoom('panel');
  renderFind(state);
  renderStory(state);
  renderList(state, focus);
  renderView(state, focus);
  // on narrow screens each of them covers the papers: no focus may go behind it
  $('main').inert = narrow.matches && BESIDE.some(isOpen);
}

function isDark() {
  return state.theme ? state.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

// What is shown next to the papers, and the buttons that open and close it; a paper is closed by choosing none.
const BESIDE = ['facets', 'todo', 'panel'], OPENED_BY = { facets: 'filters', todo: 'findings' };
const ROOM = 360; // pixels that the papers keep, of which the names of the lanes take 152
const isOpen = (id) => $(id) && !$(id).hidden;

// What was opened earlier closes when something else opens, if the papers would have too little room.
function makeRoom(opened) {
  for (const id of BESIDE.filter((other) => other !== opened && isOpen(other))) {
    if (!narrow.matches && $('main').clientWidth >= ROOM) return;
    $(id).hidden = true;
    if (id === 'panel') setState({ p: '', to: '' }, { push: true });
    else $(OPENED_BY[id]).setAttribute('aria-expanded', 'false');
  }
}

function closeBeside(id) {
  $(OPENED_BY[id]).focus();
  $(OPENED_BY[id]).click();
}

function startMain() {
  addEventListener('resize', () => makeRoom(BESIDE.findLast(isOpen)));
  const views = [['graph', 'Timeline'], ['list', 'List'], ...data.stories.length ? [['story', 'Story']] : []];
  for (const [view, words] of views) {
    $('views').append(press(words, words, () => setState({ view }, { push: true }), { 'data-view': view }));
  }
  const color = el('select', { id: 'color', 'aria-label': 'Color by' },
    ...CHOICES.color.map((value) => el('option', { value }, 'by ' + value)));
  color.addEventListener('change', () => setState({ color: color.value }, { push: true }));
  const theme = press('◐', 'Dark or light', () => setState({ theme: isDark() ? 'light' : 'dark' }),
    { 'aria-label': 'Dark or light' });
  $('tools').append(color, theme, press('?', 'Keyboard shortcuts', showKeys, { 'aria-label': 'Keyboard shortcuts' }));
  $('skip').addEventListener('click', (event) => {
    event.preventDefault();
    $('main').focus();
  });
  // a link to a paper chooses it and keeps the rest of the state; with a modifier it opens like any other link
  $('app').addEventListener('click', (event) => {
    const link = event.target.closest('a[data-i]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dragged && event.detail) return;
    choose(papers[Number(link.dataset.i)]);
    if (!event.detail && !$('panel').hidden) {
      $('panel').tabIndex = -1;
      $('panel').focus();
    }
  });
  onKey('/', 'Search', () => $('search').focus());
  onKey('ArrowRight', 'Later paper (with Shift: pan)', (event) => (event.shiftKey ? panBy(80, 0) : walk(1, 0)));
  onKey('ArrowLeft', 'Earlier paper (with Shift: pan)', (event) => (event.shiftKey ? panBy(-80, 0) : walk(-1, 0)));
  onKey('ArrowUp', 'Nearest paper above', (event) => (event.shiftKey ? panBy(0, -60) : walk(0, -1)));
  onKey('ArrowDown', 'Nearest paper below', (event) => (event.shiftKey ? panBy(0, 60) : walk(0, 1)));
  onKey('Enter', 'Open the paper', () => papers[view.cursor] && choose(papers[view.cursor]));
  onKey('Escape', 'Close the filters, the paper or the story, then clear the query, then show all', leave);
  onKey('l', 'List or timeline', () => setState({ view: state.view === 'list' ? 'graph' : 'list' }, { push: true }));
  onKey('?', 'Keyboard shortcuts', showKeys);
  addEventListener('keydown', typed);
  addEventListener('hashchange', () => {
    if (writeHash(state) === location.hash) return;
    clearTimeout(saving);
    Object.assign(state, readHash(location.hash));
    render();
  });
}

// A key of the page, unless a field, a button or the browser has a use for it.
function typed(event) {
  const at = event.target, key = event.key === '=' ? '+' : event.key, found = keys.get(key);
  // on many keyboards brackets are typed with AltGr or Option, which count as Alt
  const isChord = event.metaKey || (event.altKey ? !'[]'.includes(key) : event.ctrlKey);
  if (!found || isChord || event.defaultPrevented || $('keys').open) return;
  if (key === 'Escape' && at.matches('input')) {
    event.preventDefault(); // or the browser clears the field without an event
    return at.blur();
  }
  if (at.matches('input, select, textarea')) return;
  if (key === 'Enter' && at.matches('a, button, summary')) return;
  if (key.startsWith('Arrow') && at.closest('#panel, #facets, #list, #story, header')) return;
  if ((key.startsWith('Arrow') || '+-0'.includes(key)) && $('chart').hidden) return;
  event.preventDefault();
  found.action(event);
}

function leave() {
  const within = BESIDE.find((id) => OPENED_BY[id] && $(id)?.contains(document.activeElement));
  if (within) return closeBeside(within);
  const chosen = byKey.get(state.p);
  if (state.view === 'story' && $('panel').hidden) setState({ view: 'graph', p: '', to: '' }, { push: true });
  else if (chosen) {
    setState({ p: '', to: '' }, { push: true });
    const back = () => $('list').querySelector(`a[data-i="${chosen.i}"]`)?.focus();
    if ($('chart').hidden) {
      back();
      requestAnimationFrame(back); // a long list is complete a frame later
    } else focusPaper(chosen);
  } else if (state.q || state.lanes.length) setState({ q: '', lanes: [] }, { push: true });
  else moveTo(null);
}

function showKeys() {
  const row = ([key, { help }]) => [el('dt', {}, el('kbd', {}, NAMES[key] || key)), el('dd', {}, help)];
  const rows = [...keys].flatMap(row);
  const close = press('Close', 'Close', () => $('keys').close());
  $('keys').replaceChildren(el('h2', {}, 'Keyboard shortcuts'), el('dl', {}, ...rows), close);
  $('keys').showModal();
}
const NAMES = { ArrowRight: '→', ArrowLeft: '←', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' };

load(JSON.parse($('data').textContent));
Object.assign(state, readHash(location.hash));
for (const start of [startView, startList, startMain, startFind, startPanel, startStory]) start();
render();
timings.ready = performance.now();

// For tests and benchmarks: when the first picture was ready, how often and how long it was drawn, where the dots are.
window.paperkbTimings = Object.freeze({
  get ready() { return timings.ready; },
  get draws() { return timings.draws; },
  get redraws() { return [...timings.redraws]; },
  dots() {
    const box = $('chart').getBoundingClientRect();
    return papers.filter((paper) => isDrawn(paper.i)).map((paper) => ({
      key: paper.key, x: box.left + sx(paper.x), y: box.top + sy(paper.y), r: paper.r, faded: !opacity(paper.i),
    })).filter((dot) => dot.x > box.left + GUTTER && dot.x < box.right && dot.y > box.top + TOP && dot.y < box.bottom);
  },
});
