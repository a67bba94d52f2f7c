// The panel of one paper: what it is, what it builds on and led to (every edge, drawn or not), its code, and how to cite it.

const LONG = 10;
const DEPTHS = [
  [1, '1'],
  [2, '2'],
  [3, '3'],
  [20, 'all'],
];
const panel = { made: '' };

function startPanel() {
  const further = (by) => {
    const at = DEPTHS.findIndex(([depth]) => depth >= state.depth) + by;
    if (byKey.has(state.p) && DEPTHS[at]) setState({ depth: DEPTHS[at][0], to: '' }, { push: true });
  };
  onKey('[', 'Fewer steps of lineage', () => further(-1));
  onKey(']', 'More steps of lineage', () => further(1));
}

function renderPanel(now, focus) {
  const paper = byKey.get(now.p),
    told = now.view === 'story' && storyOf(now);
  $('panel').hidden = !paper || !!(told && papers[told.steps[stepOf(now)][0]] === paper);
  const wanted = paper && JSON.stringify([now.p, now.to, now.depth, now.q, focus.note]);
  if (!paper || (panel.made === wanted && panel.data === data)) return;
  const top = panel.key === now.p ? $('panel').scrollTop : 0,
    open = [...$('panel').querySelectorAll('details[open]')].map((each) => each.className);
  const active = $('panel').contains(document.activeElement) && document.activeElement.id;
  Object.assign(panel, { made: wanted, data, key: now.p });
  $('panel').setAttribute('aria-label', paper.label);
  const close = press('×', 'Close (Esc)', leave, { id: 'close', 'aria-label': 'Close' });
  const before = [...paper.parents, ...outside(paper, 'parents')],
    after = [...paper.children, ...outside(paper, 'children')];
  $('panel').replaceChildren(
    close,
    el('h2', {}, el('bdi', {}, paper.title)),
    el('p', { class: 'quiet' }, when(paper), paper.venue ? ' · ' : '', el('bdi', {}, paper.venue)),
    paper.authors.length ? people(paper) : '',
    actions(paper),
    paper.summary ? el('p', { class: 'summary' }, el('bdi', {}, paper.summary)) : '',
    code(paper.implementation),
    way(paper, now, focus),
    chains(focus),
    kin('Builds on', before, 'builds-on', 'target'),
    kin('Built on by', after, 'builds-on', 'source'),
    kin('Cites', before, 'cites', 'target'),
    kin('Cited by', after, 'cites', 'source'),
    kin('Linked, earlier', before, 'links', 'target'),
    kin('Linked, later', after, 'links', 'source'),
    chips('Patterns', 'pattern', paper.patterns),
    chips('Constraints', 'constraint', paper.constraints),
    chips('Tags', 'tag', paper.tags),
    chips('Filed under', 'category', [paper.category]),
    chips('Family', 'family', [paper.family]),
    chips('Status', 'status', [paper.status]),
    paper.path
      ? el(
          'p',
          { class: 'quiet note' },
          el('code', {}, paper.path),
          copyButton('copy', () => paper.path, { 'aria-label': 'Copy the path of the note' }),
        )
      : '',
  );
  for (const name of open)
    if (name)
      $('panel')
        .querySelector('details.' + name)
        ?.setAttribute('open', '');
  $('panel').scrollTop = top;
  if (active && $(active)) $(active).focus();
}

const MONTHLY = 'January February March April May June July August September October November December'.split(' ');

// The date as exactly as it is known.
function when({ date, precision }) {
  const [year, month, day] = date.split('-');
  if (precision === 'year') return year + ', month unknown';
  return precision === 'none' ? 'undated' : (day ? Number(day) + ' ' : '') + MONTHLY[month - 1] + ' ' + year;
}

function people({ authors, cut }) {
  const some = authors.length > 6 ? authors.slice(0, 5) : authors;
  return el(
    'p',
    { title: some === authors ? null : authors.join(', ') },
    el('bdi', {}, some.join(', ')),
    some !== authors ? ` and ${authors.length - 5} more` : '',
    cut ? ' et al.' : '',
  );
}

function actions(paper) {
  const out = (href, words) =>
    el('a', { href, rel: 'noopener noreferrer', target: /^https?:/.test(href) ? '_blank' : null }, words);
  return el(
    'p',
    { class: 'actions' },
    paper.arxiv_id ? out('https://arxiv.org/abs/' + paper.arxiv_id, 'arXiv') : '',
    paper.doi ? out('https://doi.org/' + encodeURI(paper.doi), 'DOI') : '',
    ...paper.sites.map(([name, address]) => out(address, name)),
    paper.url ? out(paper.url, 'Page') : '',
    paper.bibtex ? copyButton('copy BibTeX', () => paper.bibtex) : '',
    copyButton('copy link', () => location.href.split('#')[0] + '#p=' + encodeURIComponent(paper.key)),
  );
}

function code(card) {
  if (!card) return '';
  const verdict = card.verdict && `the claim ${data.verdicts[card.verdict] || card.verdict}`;
  return el(
    'section',
    { class: 'card' },
    el(
      'h3',
      {},
      'Implementation',
      el('span', { class: 'stand ' + card.status }, data.stands[card.status]),
    ),
    card.claim ? el('p', {}, el('bdi', {}, card.claim)) : '',
    verdict
      ? el('p', { class: 'quiet', title: card.measured }, verdict, card.grade ? ` · grade ${card.grade}` : '')
      : '',
    card.benchmark ? el('p', { class: 'quiet' }, el('bdi', {}, card.benchmark)) : '',
    ...(card.growth || []).map((said) =>
      el('p', { class: 'quiet', title: said }, el('bdi', {}, said.split('  ')[0])),
    ),
    el(
      'p',
      { class: 'run' },
      el('code', {}, card.command),
      copyButton('copy', () => card.command, { 'aria-label': 'Copy the command' }),
    ),
  );
}

// How far the lineage reaches, and the path to another paper.
function way(paper, now, focus) {
  const depths = DEPTHS.map(([depth, words]) =>
    press(
      words,
      depth > 9 ? 'The whole lineage' : `${counted(depth, 'step')} up and down`,
      () => setState({ depth, to: '' }, { push: true }),
      { class: 'chip', id: 'depth' + depth, 'aria-pressed': String(now.depth === depth && !now.to) },
    ),
  );
  const field = el('input', {
    id: 'to',
    class: 'field',
    list: 'ends',
    placeholder: 'path to …',
    'aria-label': 'Path to another paper',
    autocomplete: 'off',
  });
  const end = byKey.get(now.to),
    others = papers.filter((other) => other !== paper);
  field.value = end ? end.label : '';
  field.addEventListener('change', () => {
    const wanted = fold(field.value),
      found =
        others.find((other) => other.key === field.value) ||
        others.find((other) => fold(other.label) === wanted) ||
        others.find((other) => namesOf(other).includes(wanted));
    if (found || !wanted) setState({ to: found ? found.key : '' }, { push: true });
    else announce('no paper has the name ' + field.value);
  });
  const names = el('datalist', { id: 'ends' });
  field.addEventListener(
    'focus',
    () => names.childElementCount || names.append(...others.map((other) => el('option', { value: other.label }))),
    { once: true },
  );
  return el(
    'section',
    { class: 'lines' },
    el(
      'div',
      {},
      el('span', { class: 'quiet' }, 'Lineage'),
      ...depths,
      field,
      names,
      end
        ? press('×', 'Clear the path', () => setState({ to: '' }, { push: true }), { 'aria-label': 'Clear the path' })
        : '',
    ),
    focus.note ? el('p', { class: 'quiet', role: 'status' }, focus.note) : '',
  );
}

function chains({ chains: found }) {
  if (!found.length) return '';
  const one = (chain) =>
    el(
      'li',
      {},
      link(chain[0].source),
      el(
        'ol',
        {},
        ...chain.map((edge) =>
          el(
            'li',
            {},
            el('span', { class: 'quiet' }, 'builds on '),
            link(edge.target),
            edge.why ? el('small', {}, el('bdi', {}, edge.why)) : '',
          ),
        ),
      ),
    );
  return el(
    'ul',
    { class: 'chains' },
    ...found.slice(0, CHAINS).map(one),
    found.length > CHAINS ? el('li', { class: 'quiet' }, `and ${found.length - CHAINS} more`) : '',
  );
}

const link = (paper) =>
  el('a', { href: '#p=' + encodeURIComponent(paper.key), 'data-i': paper.i }, el('bdi', {}, paper.name));

// Edges to papers that are not drawn: those that the query leaves out, and those without a note.
function outside(paper, side) {
  const { key, title = {}, url = {}, kind, edges: found } = data.others,
    own = side === 'parents' ? 'source' : 'target',
    end = side === 'parents' ? 'target' : 'source';
  return found.source.flatMap((_, n) => {
    const other = found[end][n] - papers.length;
    return found[own][n] !== paper.i
      ? []
      : [
          {
            kind: EDGE_KINDS[found.kind[n]],
            why: found.why[n] || '',
            [end]: {
              label: title[other] || key[other],
              missing: kind[other] === 'g' ? 'no note yet' : 'not on this page',
              url: url[other],
              i: Infinity,
            },
          },
        ];
  });
}

function kin(title, among, kind, end) {
  const found = among
    .filter((edge) => edge.kind === kind)
    .sort((a, b) => a[end].i - b[end].i || (a[end].label < b[end].label ? -1 : 1));
  if (!found.length) return '';
  const items = found.map((edge) =>
    el(
      'li',
      {},
      edge[end].missing
        ? el(
            edge[end].url ? 'a' : 'span',
            { title: edge[end].missing, ...(edge[end].url && { href: edge[end].url }) },
            el('bdi', {}, edge[end].label),
          )
        : link(edge[end]),
      edge[end].missing ? el('small', {}, ' ' + edge[end].missing) : '',
      edge[end].year ? el('small', {}, ' ' + edge[end].year) : '',
      edge.why ? el('p', { class: 'quiet' }, el('bdi', {}, edge.why)) : '',
    ),
  );
  const rest = items.slice(LONG);
  return el(
    'section',
    { class: 'kin' },
    el('h3', {}, title, el('small', {}, ' ' + found.length)),
    el('ul', {}, ...items.slice(0, LONG)),
    rest.length
      ? el(
          'details',
          { class: title.toLowerCase().replaceAll(' ', '-') },
          el('summary', {}, `${rest.length} more`),
          el('ul', {}, ...rest),
        )
      : '',
  );
}

function chips(title, field, values) {
  const some = values.filter(Boolean);
  return some.length
    ? el(
        'section',
        {},
        el('h3', {}, title),
        el('div', { class: 'chips' }, ...some.map((value) => chip(state.q, field, value))),
      )
    : '';
}
