// Filters: the values of each field, with the number of papers each would give. They edit the query, so that the search
// field always shows all of it.

const CHOSEN = {
  has: ['code', 'claim', 'benchmark', 'note', 'doi', 'arxiv'],
  is: ['own', 'paper', 'survey', 'orphan'],
};
const COLUMN = { author: 'authors', tag: 'tags', pattern: 'patterns', constraint: 'constraints' };
const faceted = { facets: '', data: null };

// Values of a field of queries and the number of papers that have each, most frequent first.
function tally(field) {
  if (!FIELDS.includes(field)) return [];
  if (CHOSEN[field]) return CHOSEN[field].map((value) => [value, 0]);
  if (NEIGHBORS[field]) return papers.map((paper) => [paper.key, 0]);
  const counts = new Map(),
    column = COLUMN[field] || field;
  for (const paper of papers) {
    const value = field === 'venue' ? paper.venue.replace(/[\s,]*\(?(?:\d|vol|pp).*$/i, '') : paper[column];
    for (const one of [value].flat()) if (one) counts.set(String(one), (counts.get(String(one)) || 0) + 1);
  }
  return [...counts].sort((a, b) => (field === 'year' ? a[0] - b[0] : b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

const quoted = (value) => (/^[^\s(),"]+$/.test(value) ? value : '"' + value.replaceAll('"', '') + '"');

// The terms of a field that must all hold and that a filter may rewrite.
function termsOf(q, field) {
  try {
    const tree = parse(q);
    return (tree.all && !tree.closed ? tree.all : [tree]).filter((part) => part.field === field && !part.closed);
  } catch {
    return [];
  }
}

const cut = (q, term, text = '') => (q.slice(0, term.start) + text + q.slice(term.end)).replace(/\s+/g, ' ').trim();
const has = (terms, value) =>
  terms.some((term) => term.values.some((own) => own.text.toLowerCase() === value.toLowerCase()));

// The query with this value added or removed: of the values of a field, one match is enough.
function toggled(q, field, value) {
  const terms = termsOf(q, field),
    term = terms.find((one) => has([one], value));
  if (term) {
    const left = term.values.filter((own) => own.text.toLowerCase() !== value.toLowerCase());
    return cut(q, term, left.length ? field + ':' + left.map((own) => quoted(own.text)).join(',') : '');
  }
  if (terms.length && field !== 'has')
    return cut(q, terms[0], field + ':' + [...terms[0].values.map((own) => quoted(own.text)), quoted(value)].join(','));
  const { error } = matches(q),
    added = field + ':' + quoted(value);
  if (error || !q.trim()) return added;
  return (parse(q).any && !parse(q).closed ? `(${q.trim()})` : q.trim()) + ' ' + added;
}

function renderFacets(now) {
  const wanted = now.q;
  if ($('facets').hidden || (faceted.facets === wanted && faceted.data === data)) return;
  Object.assign(faceted, { facets: wanted, data });
  const group = data.facet === 'family' || !papers.some((paper) => paper.category) ? 'family' : 'category';
  const open = [...$('facets').querySelectorAll('details[open]')].map((more) => more.parentNode.className);
  const made = [
    ['has', 'Code'],
    ['year', 'Year'],
    [group, group === 'family' ? 'Family' : 'Category'],
    ['pattern', 'Pattern'],
    ['constraint', 'Constraint'],
    ['venue', 'Venue'],
    ['tag', 'Tag'],
    ['status', 'Status'],
  ].map(([field, title]) => facet(now.q, field, title, open.includes(field)));
  const { hits } = matches(now.q),
    found = counted(hits ? hits.size : papers.length, 'paper');
  const done = press(`Show ${found}`, 'Close the filters', () => closeBeside('facets'), { class: 'done' });
  $('facets').replaceChildren(...made.filter(Boolean), done);
}

function facet(q, field, title, isOpen) {
  const terms = termsOf(q, field),
    rest = field === 'has' ? q : terms.reduceRight((text, term) => cut(text, term), q);
  const { hits } = matches(rest),
    among = hits ? papers.filter((paper) => hits.has(paper.i)) : papers;
  const values = (field === 'has' ? ['code', 'claim', 'benchmark'] : tally(field).map(([value]) => value)).map(
    (value) => {
      const test = compile({ field, values: [{ text: value, at: 0 }] }, {});
      return [value, among.filter(test).length];
    },
  );
  const shown = values.filter(([value, count]) => count || has(terms, value));
  if (!shown.length) return null;
  const many = field === 'year' ? 60 : 12;
  const sorted =
    field === 'year' || field === 'has'
      ? shown
      : shown.sort((a, b) => has(terms, b[0]) - has(terms, a[0]) || b[1] - a[1]);
  const chips = sorted.map(([value, count]) => chip(q, field, value, count));
  return el(
    'section',
    { class: field },
    el('h2', {}, title),
    el('div', { class: 'chips' }, ...chips.slice(0, many)),
    chips.length > many
      ? el(
          'details',
          { open: isOpen },
          el('summary', {}, `${chips.length - many} more`),
          el('div', { class: 'chips' }, ...chips.slice(many)),
        )
      : null,
  );
}

// A button that adds a value to the query or removes it, with the number of papers there would be.
function chip(q, field, value, count) {
  const pressed = has(termsOf(q, field), value);
  const ask = () => {
    look({ q: toggled(state.q, field, value), ...(count === undefined ? {} : { p: '' }) }, { push: true });
    const again = document.querySelector(
      `#${count === undefined ? 'panel' : 'facets'} [data-field="${field}"][data-value="${CSS.escape(value)}"]`,
    );
    if (again) again.focus();
  };
  const made = press(el('bdi', {}, value), `${field}:${quoted(value)}`, ask, {
    class: 'chip',
    'aria-pressed': String(pressed),
    'data-field': field,
    'data-value': value,
  });
  if (count !== undefined) made.append(el('small', {}, ' ' + count));
  return made;
}
