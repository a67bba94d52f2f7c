// Under `paperkb serve`: follows the notes as they are edited, and lists what there is to do.

const following = { version: '', busy: false, wanted: '', drawn: '' };

queueMicrotask(startLive); // when the rest of the page is set up

function startLive() {
  const list = el('aside', { id: 'todo', 'aria-label': 'To do', hidden: true });
  const place = () => Object.assign(list.style, { flex: '0 0 340px', overflow: 'auto', padding: '6px 20px 28px', overflowWrap: 'anywhere',
    position: narrow.matches ? 'absolute' : '', inset: narrow.matches ? '0' : '', zIndex: '3', background: 'var(--paper)' });
  place();
  narrow.addEventListener('change', place);
  $('body').append(list);
  const open = press('', 'Findings about the notes (t)', () => {
    list.hidden = !list.hidden;
    open.setAttribute('aria-expanded', String(!list.hidden));
    if (!list.hidden) makeRoom('todo');
    render();
    showTodo();
  }, { id: 'findings', 'aria-controls': 'todo', 'aria-expanded': 'false' });
  $('tools').prepend(el('span', { id: 'live', class: 'quiet' }), open);
  onKey('t', 'To do: findings about the notes', () => open.click());
  showTodo();
  const source = new EventSource('events');
  source.addEventListener('message', (event) => follow(event.data));
  source.addEventListener('open', () => { $('live').textContent = ''; });
  source.addEventListener('error', () => { $('live').textContent = 'waiting for paperkb serve'; });
}

// Fetches the data of a version and shows it; what the reader has chosen and is looking at stays.
async function follow(version) {
  following.wanted = version;
  if (following.busy || version === following.version) return;
  following.busy = true;
  try {
    const answer = await fetch('data.json');
    if (!answer.ok) throw answer;
    adoptNews(await answer.json());
    following.version = version;
    $('live').textContent = '';
  } catch {
    $('live').textContent = 'waiting for paperkb serve';
    setTimeout(() => follow(following.wanted), 1000); // the next event may be the next edit
  } finally {
    following.busy = false;
  }
  if (following.wanted !== version) follow(following.wanted);
}

function adoptNews(fresh) {
  const before = data, known = new Set(byKey.keys());
  if (JSON.stringify(fresh) === JSON.stringify(before)) return;
  const at = document.activeElement, here = at && at.dataset.i && papers[Number(at.dataset.i)], inside = here && at.closest('#labels, #list, #panel');
  const scrolled = ['list', 'panel', 'facets', 'todo'].map((id) => [id, $(id).scrollTop]);
  load(fresh);
  state.p = byKey.has(state.p) ? state.p : '';
  state.to = byKey.has(state.to) ? state.to : '';
  const lanes = new Set(data.lanes.map((lane) => lane.name));
  state.lanes = state.lanes.filter((name) => lanes.has(name));
  if (offers.list.length) offer();
  render();
  if (at && at.id === 'to') $('to').value = at.value; // a half-typed name, in a panel that was rebuilt
  saveState();
  showTodo();
  for (const [id, top] of scrolled) $(id).scrollTop = top;
  const again = here && byKey.get(here.key);
  if (again && inside) {
    if (inside.id === 'labels') focusPaper(again);
    else inside.querySelector(`a[data-i="${again.i}"]`)?.focus({ preventScroll: true });
  }
  announce(newsOf(known, before));
}

// What was added and removed, in words.
function newsOf(known, before) {
  const came = papers.filter((paper) => !known.has(paper.key)), went = known.size + came.length - papers.length;
  const words = came.slice(0, 3).map((paper) => paper.label).join(', ') + (came.length > 3 ? ` and ${came.length - 3} more` : '');
  const findings = data.findings.length - before.findings.length;
  return [came.length && 'new: ' + words, went > 0 && `${went} removed`, findings && `${data.findings.length} to do`]
    .filter(Boolean).join(', ') || 'notes changed';
}

// The findings, file by file; files with errors and warnings come before those with notices only.
function showTodo() {
  const found = data.findings, grave = found.filter((finding) => finding.severity !== 'notice').length;
  $('findings').textContent = `To do ${grave || ''}`.trim();
  $('findings').classList.toggle('chip', grave > 0);
  const wanted = JSON.stringify(found);
  if ($('todo').hidden || following.drawn === wanted) return;
  following.drawn = wanted;
  const files = new Map();
  for (const finding of found) files.set(finding.path, [...(files.get(finding.path) || []), finding]);
  const rank = { error: 0, warning: 1, notice: 2 };
  const worst = ([, some]) => Math.min(...some.map((finding) => rank[finding.severity]));
  const sorted = [...files].sort((a, b) => worst(a) - worst(b) || (a[0] < b[0] ? -1 : 1));
  $('todo').replaceChildren(styled('h2', HEAD, `To do: ${found.length}`), ...(found.length ? sorted.map(todoOf) : [el('p', { class: 'quiet' }, 'Nothing: every link resolves.')]));
}

function todoOf([path, some]) {
  return el('section', {}, styled('h3', FILE, el('bdi', {}, path || 'the vault')), el('ul', {}, ...some.map((finding) => {
    const place = `${path}:${finding.line}:${finding.column}`;
    const copy = path && copyButton(`${finding.line}:${finding.column}`, () => place, { 'aria-label': `Copy ${place}`, title: `Copy ${place}` });
    return styled('li', { margin: '3px 0' }, copy || null, ` ${finding.message} `, el('small', {}, finding.hint));
  })));
}

function styled(tag, look, ...children) {
  const made = el(tag, {}, ...children);
  Object.assign(made.style, look);
  return made;
}
const HEAD = { fontSize: '15px', margin: '6px 0 2px' }, FILE = { fontSize: '12px', margin: '14px 0 2px' };
