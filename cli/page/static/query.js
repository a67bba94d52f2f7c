// The query language of the command line over the papers of this page: the same grammar, meaning and errors.
// matches(text) returns { hits, error, words }: a Set of indices into papers (null: no query), or { message, at } with
// the place in the text; `words`: it has free words, which here are searched in titles, names and summaries only.

const FIELDS = (
  'title author year date venue tag pattern constraint family category status has is cites cited-by ' +
  'builds-on led-to path in mentions'
).split(' ');
const NEIGHBORS = {
  'builds-on': ['builds-on', 'children'],
  'led-to': ['builds-on', 'parents'],
  cites: ['cites', 'children'],
  'cited-by': ['cites', 'parents'],
};

const fail = (message, at) => {
  throw { message, at, isQuery: true };
};

// Answers are kept for when the page asks the same again; `asking` is the text that is being read.
let kept = { data: null, answers: new Map() },
  asking = '';
function matches(text) {
  if (kept.data !== data || kept.answers.size > 50) kept = { data, answers: new Map() };
  asking = text;
  if (!kept.answers.has(text)) kept.answers.set(text, answer(text));
  return kept.answers.get(text);
}

function answer(text) {
  if (!text.trim()) return { hits: null, error: null, words: false };
  const found = { hits: new Set(), error: null, words: false };
  try {
    const holds = compile(parse(text), found, data.query ? 1 : 0); // as the command line nests it
    for (const paper of papers) if (holds(paper)) found.hits.add(paper.i);
  } catch (error) {
    if (!error.isQuery) throw error;
    found.hits = null;
    found.error = { message: error.message, at: error.at };
  }
  return found;
}

// -- grammar ----------------------------------------------------------------------------------------------------------

const TOKEN = /(\s+)|(\()|(\))|(,)|(-(?=[^\s)]))|"([^"]*)"|([A-Za-z][A-Za-z_-]*):(?!\/\/)|([^\s(),"]+)|(")/y;
const TOKENS = ['', 'space', 'open', 'close', 'comma', 'minus', 'phrase', 'field', 'text', 'quote'];

function* tokens(text) {
  let position = 0,
    afterField = false;
  while (position < text.length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    let n = match.findIndex((group, i) => i && group !== undefined),
      kind = TOKENS[n];
    let value = kind === 'phrase' || kind === 'field' ? match[n] : match[0],
      end = TOKEN.lastIndex;
    if (afterField && (kind === 'minus' || kind === 'field')) {
      value = /^[^\s(),"]+/.exec(text.slice(position))[0];
      end = position + value.length;
      kind = 'text';
    }
    if (kind === 'quote') fail('this quote is not closed; expected another `"`', position);
    if (kind === 'text' && ['OR', 'NOT', 'AND'].includes(value)) kind = value;
    if (kind !== 'space') yield { kind, text: value, at: position + (kind === 'phrase'), start: position, end };
    afterField = kind === 'field' || kind === 'comma';
    position = end;
  }
  yield { kind: 'end', text: '', at: text.length, start: text.length, end: text.length };
}

// The syntax tree of a text: { words, phrase }, { not }, { all }, { any } or { field, values, start, end }.
function parse(text) {
  const stream = tokens(text.replaceAll('\0', '\ufffd'));
  let ahead = stream.next().value,
    depth = 0,
    terms = 0;
  const take = () => {
    const taken = ahead;
    ahead = stream.next().value || ahead;
    return taken;
  };
  const count = (token, words) => (terms += words || 1) > 400 && fail('more than 400 terms - split the query', token.at);
  const nested = (read, token) => {
    if (++depth > 100) fail('nested too deeply', token.at);
    const inner = read();
    depth--;
    return inner;
  };
  const any = () => {
    const parts = [all()];
    while (ahead.kind === 'OR') (take(), parts.push(all()));
    return parts.length > 1 ? { any: parts } : parts[0];
  };
  const all = () => {
    const parts = [];
    while (!['end', 'close', 'OR'].includes(ahead.kind)) {
      if (ahead.kind === 'AND' && parts.length) take();
      parts.push(one());
    }
    if (!parts.length) one();
    return parts.length > 1 ? { all: parts } : parts[0];
  };
  const one = () => {
    const token = take();
    const isText = token.kind === 'phrase' || token.kind === 'text';
    count(token, isText && token.text.match(/[\p{L}\p{N}_]+/gu)?.length);
    if (token.kind === 'minus' || token.kind === 'NOT') return { not: nested(one, token) };
    if (token.kind === 'open') {
      const inner = nested(any, token);
      if (ahead.kind !== 'close') fail('this parenthesis is not closed; expected `)`', token.at);
      take();
      return { ...inner, closed: true };
    }
    if (token.kind === 'field') return term(token);
    if (isText) return { words: token.text, phrase: token.kind === 'phrase' };
    return fail('expected a term, found ' + (token.text ? '`' + token.text + '`' : 'the end'), token.at);
  };
  const term = (field) => {
    const name = field.text.toLowerCase();
    if (!FIELDS.includes(name)) {
      const likely = FIELDS.map((known) => [ratio(known, name), known]).filter(([score]) => score >= 0.72);
      const near = likely.sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1))[0];
      fail(
        'unknown field `' +
          field.text +
          '` - ' +
          (near ? 'did you mean `' + near[1] + '`?' : 'fields are ' + FIELDS.join(', ')),
        field.at,
      );
    }
    const values = [value(field)];
    while (ahead.kind === 'comma') (take(), values.push(value(field)));
    return { field: name, values, start: field.start, end: values[values.length - 1].end };
  };
  const value = (field) => {
    if (!['text', 'phrase', 'OR', 'NOT', 'AND'].includes(ahead.kind) || !ahead.text.trim()) {
      fail('expected a value after `' + field.text + ':`', ahead.at);
    }
    const token = take();
    count(token);
    return token;
  };
  let query = { all: [] };
  if (ahead.kind !== 'end') query = any();
  if (ahead.kind !== 'end') fail('expected the end or `OR`, found `' + ahead.text + '`', ahead.at);
  return query;
}

// -- meaning ----------------------------------------------------------------------------------------------------------

// A test for papers; every error is found before the first paper is tested.
function compile(query, found, depth = 0) {
  if (depth > 12) fail('nested too deeply - split the query', 0);
  if (query.not && query.not.not) return compile(query.not.not, found, depth);
  if (query.not) {
    const holds = compile(query.not, found, depth + 1);
    return (paper) => !holds(paper);
  }
  if (query.field) {
    const tests = query.values.map((value) => (TERMS[query.field] || TERMS.column)(value, query.field));
    return (paper) => tests.some((holds) => holds(paper));
  }
  if (query.words !== undefined) return words(query, found);
  const parts = (query.all || query.any).map((part) => compile(part, found, depth + 1));
  return query.all ? (paper) => parts.every((holds) => holds(paper)) : (paper) => parts.some((holds) => holds(paper));
}

function words(query, found) {
  const wanted = fold(query.words);
  if (!wanted) return () => true;
  found.words = true;
  const looked = ' ' + wanted + (query.words.endsWith('*') && !query.phrase ? '' : ' ');
  return (paper) => [...namesOf(paper), fold(paper.summary)].some((text) => (' ' + text + ' ').includes(looked));
}

const choice =
  (choices) =>
  ({ text, at }, name) => {
    const wanted = text.toLowerCase();
    if (!Object.hasOwn(choices, wanted)) fail('`' + name + ':` takes ' + Object.keys(choices).join(', '), at);
    if (wanted === 'ghost') beyond(name + ':ghost', at);
    return choices[wanted];
  };
const bit = (name) => (paper) => !!paper[name];
const includes = (texts, part) => !!part && texts.some((text) => fold(text).includes(part));
const beginsWords = (name, parts, at = 0) =>
  parts.every((part) => (at = name.indexOf(' ' + part, at) + 1) && (at += part.length));
const foldTag = (tag) => tag.normalize('NFC').toLowerCase();
const beyond = (what, at) =>
  fail('this page cannot answer `' + what + '` - run `' + commandLine(asking) + '`', at);

const TERMS = {
  column:
    ({ text }, name, part = fold(text)) =>
    (paper) =>
      includes([paper[name]], part),
  family:
    ({ text }, name, part = fold(text)) =>
    (paper) =>
      !!part && fold(paper[name]) === part,
  title:
    ({ text }, _, part = fold(text)) =>
    (paper) =>
      !!part && namesOf(paper).some((name) => name.includes(part)),
  author: ({ text }) => {
    const [last, ...first] = text.split(',');
    const words = fold(first.length ? first.join(',') + ' ' + last : text);
    if (!words.includes(' ')) return (paper) => includes(paper.authors, words);
    return (paper) => paper.authors.some((name) => beginsWords(' ' + fold(name), words.split(' ')));
  },
  tag: ({ text }) => {
    const tag = foldTag(text.replace(/^#+/, '')) + '/';
    return (paper) => paper.tags.some((own) => (foldTag(own) + '/').startsWith(tag));
  },
  date: (value, name) => {
    const [first, last] = days(value, name === 'year');
    return (paper) => spanOf(paper).length > 0 && spanOf(paper)[0] <= last && spanOf(paper)[1] >= first;
  },
  path: ({ text }) =>
    /[*?[]/.test(text)
      ? (paper) => !!paper.path && glob(text, paper.path)
      : (paper) =>
          [text, text.normalize('NFC'), text.normalize('NFD')].some((start) => paper.path.startsWith(start)) &&
          !!paper.path,
  has: choice({
    code: bit('runnable'),
    claim: bit('claim'),
    benchmark: bit('benchmark'),
    note: bit('note'),
    doi: bit('doi'),
    arxiv: bit('arxiv_id'),
  }),
  is: choice({
    ghost: null,
    paper: () => true,
    own: (paper) => !paper.curated,
    survey: bit('survey'),
    orphan: bit('orphan'),
  }),
  pattern: (value, name) => {
    const narrow = reach([named(value, [name, 'ghost'])], (thing) => thing.narrower),
      keys = new Set(narrow.map((thing) => thing.key));
    return (paper) => paper[name + 's'].some((key) => keys.has(key));
  },
  'builds-on': (value, name) => {
    const [kind, side] = NEIGHBORS[name],
      transitive = value.text.endsWith('*');
    if (transitive && data.query) beyond(name + ':' + value.text, value.at);
    const text = value.text.replace(/\*+$/, '');
    if (!text) fail('`' + name + ':` takes a paper, as in `' + name + ':resnet*`', value.at);
    const node = named({ ...value, text }, ['paper', 'ghost']);
    const next = (thing) => thing[kind][side];
    const near = new Set((transitive ? reach(next(node), next) : next(node)).map((thing) => thing.i));
    return (paper) => near.has(paper.i);
  },
  in: (value, name) => beyond(name + ':' + value.text, value.at),
};
Object.assign(TERMS, {
  status: TERMS.family,
  year: TERMS.date,
  constraint: TERMS.pattern,
  mentions: TERMS.in,
  'led-to': TERMS['builds-on'],
  cites: TERMS['builds-on'],
  'cited-by': TERMS['builds-on'],
});

function reach(start, next) {
  const seen = new Set(start);
  for (const thing of seen) for (const other of next(thing)) seen.add(other);
  return [...seen];
}

// Like SQLite's GLOB: * any characters, ? one, [a-z] one of these, [^a-z] one that is none of these.
function glob(pattern, text) {
  const parts = pattern.match(/\[\^?\]?[^\]]*\]|[^]/gu) || [],
    signs = [...text];
  const fits = (part, sign) => {
    if (part === '?' || part === sign || part[0] !== '[' || part.length < 3) return part === '?' || part === sign;
    const [, not, inner] = /^\[(\^?)([^]*)\]$/u.exec(part);
    let is = false;
    for (const [, low, high, one] of inner.matchAll(/(.)-(.)|([^])/gsu))
      is ||= one ? one === sign : low <= sign && sign <= high;
    return is !== !!not;
  };
  let p = 0,
    s = 0,
    star = -1,
    from = 0;
  while (s < signs.length) {
    if (parts[p] === '*') ((star = p++), (from = s));
    else if (p < parts.length && fits(parts[p], signs[s])) (p++, s++);
    else if (star >= 0) ((p = star + 1), (s = ++from));
    else return false;
  }
  return parts.slice(p).every((part) => part === '*');
}
