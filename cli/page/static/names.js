// What a person means by a name, and which names a mistyped one is close to, as in kb/query/names.py.

const KINDS = { p: 'paper', t: 'pattern', c: 'constraint', g: 'ghost' };
const PREFERRED = ['paper', 'pattern', 'constraint', 'implementation', 'ghost', 'document'];
const GREEK = (
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho  sigma tau upsilon ' +
  'phi chi psi omega'
).split(' ');
const LETTERS = {
  ß: 'ss',
  ς: 'σ',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ȷ: 'j',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'k',
  ʼ: '',
};
const folds = new Map();

// Letters and digits in lower case without accents, one space between words.
function fold(text) {
  if (!folds.has(text)) {
    const plain = text
      .replace(/(?<=[\p{L}\p{N}_])['’ʼ](?=[\p{L}\p{N}_])/gu, '')
      .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]/g, '')
      .replace(/[ßςøłđðþæœıȷħŧŋĸʼ]/g, (sign) => LETTERS[sign])
      .normalize('NFC')
      .replace(
        /(?<![α-ω])[α-ω]{1,2}(?![α-ω])/g,
        (run) => ' ' + [...run].map((sign) => GREEK[sign.charCodeAt(0) - 945]).join(' ') + ' ',
      );
    folds.set(text, plain.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim());
  }
  return folds.get(text);
}

// The names of a paper: its title, key and label, except those listed as no name of it, and more.
function namesOf(paper) {
  if (!paper.called) {
    const no = paper.unnamed || [],
      called = [paper.title, paper.key, paper.label].map(fold).filter((name) => !no.includes(name));
    paper.called = [...new Set([...called, ...(paper.names || [])])];
  }
  return paper.called;
}

// Everything that a name may mean: the papers, and what is in data.others, each with its neighbors.
let world = {};
function things() {
  if (world.data === data) return world.list;
  const { kind, key, title = {}, names = {}, broader = {}, edges: linked } = data.others;
  const bare = () => ({
    narrower: [],
    'builds-on': { parents: [], children: [] },
    cites: { parents: [], children: [] },
  });
  const list = papers.map((paper) => ({
    ...bare(),
    i: paper.i,
    kind: 'paper',
    key: paper.key,
    title: paper.title,
    names: namesOf(paper),
    path: paper.path,
    ids: ['arxiv:' + paper.arxiv_id, 'doi:' + paper.doi],
  }));
  key.forEach((name, i) =>
    list.push({
      ...bare(),
      i: papers.length + i,
      kind: KINDS[kind[i]],
      key: name,
      title: title[i] || name,
      names: [fold(title[i] || name), ...(names[i] || [])],
      path: '',
      ids: [name],
    }),
  );
  for (const i in broader) for (const broad of broader[i]) list[broad].narrower.push(list[papers.length + Number(i)]);
  const join = (kind, source, target) => {
    list[source][kind].parents.push(list[target]);
    list[target][kind].children.push(list[source]);
  };
  for (const edge of edges) if (edge.kind !== 'links') join(edge.kind, edge.source.i, edge.target.i);
  linked.source.forEach((source, i) => join(EDGE_KINDS[linked.kind[i]], source, linked.target[i]));
  world = { data, list };
  return list;
}

// The one thing with this name: by key, id, path, name, the beginning of a name in whole words, any beginning.
function named({ text, at }, kinds) {
  let name = text;
  const colon = name.indexOf(':'),
    kind = name.slice(0, colon);
  if (colon > 0 && kinds.includes(kind)) ((kinds = [kind]), (name = name.slice(colon + 1)));
  const called = name.trim(),
    folded = fold(called),
    slug = folded ? folded.replaceAll(' ', '-') : called,
    id = idOf(called);
  const stages = [
    (thing) => thing.key === called || thing.key === slug,
    (thing) => !!id && thing.ids.includes(id),
    (thing) => !!called && thing.path === called,
    (thing) => thing.names.includes(folded),
    (thing) => thing.names.some((own) => own.startsWith(folded + ' ')),
    (thing) => thing.names.some((own) => own.startsWith(folded)),
  ];
  const known = things().filter((thing) => kinds.includes(thing.kind));
  // if the page has only some of the names, a beginning may mean a paper that it does not know
  const { complete } = data.others;
  for (const holds of stages.slice(0, folded ? (complete ? 6 : 4) : 3)) {
    const found = known.filter(holds),
      best = Math.min(...found.map((thing) => PREFERRED.indexOf(thing.kind)));
    const choice = found.filter((thing) => PREFERRED.indexOf(thing.kind) === best);
    if (choice.length === 1) return choice[0];
    if (choice.length) {
      const keys = choice.map((thing) => thing.kind + ':' + thing.key).sort();
      fail(
        '`' +
          text +
          '` may mean ' +
          keys.slice(0, 8).join(', ') +
          (keys.length > 8 ? ', ...' : '') +
          ' - give the key of one',
        at,
      );
    }
  }
  if (!complete) beyond(text, at);
  const close = near(name, known), isIdea = ['pattern', 'constraint'].includes(kinds[0]);
  return fail(
    'nothing is named `' +
      name +
      '` - ' +
      (close.length
        ? 'did you mean ' + close.map((key) => '`' + key + '`').join(' or ') + '?'
        : '`paperkb ' + (isIdea ? 'patterns` lists them' : 'query` lists every paper')),
    at,
  );
}

function idOf(text) {
  const arxiv =
    /^(?:arxiv:\s*|(?:https?:\/\/)?(?:www\.|export\.)?arxiv\.org\/(?:abs|pdf|html)\/)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?\/\d{7})(?:v\d+)?(?:\.pdf)?$/i.exec(
      text,
    );
  const doi = /^(?:doi:\s*|(?:https?:\/\/)?(?:dx\.)?doi\.org\/)?(10\.\d{4,9}\/\S+)$/i.exec(text);
  return arxiv ? 'arxiv:' + arxiv[1] : doi ? 'doi:' + doi[1].toLowerCase() : '';
}

// Keys of what a mistyped name may mean: similar by shared trigrams, then letter by letter.
function near(name, known) {
  const keys = new Map(),
    kinds = (thing) => thing.kind + '\0' + thing.key;
  for (const thing of [...known].sort((a, b) => (kinds(a) < kinds(b) ? -1 : 1))) {
    for (const word of [thing.key, thing.title]) if (!keys.has(word)) keys.set(word, thing.key);
  }
  const triples = (text) => {
    const padded = '  ' + text.toLowerCase().replaceAll('-', ' ') + ' ';
    return new Set([...padded.slice(2)].map((_, i) => padded.slice(i, i + 3)));
  };
  const names = [...keys.keys()].sort().map((word) => [word, triples(word)]),
    shared = new Map();
  const holders = [...triples(name)].map((triple) => [
    names.filter(([, own]) => own.has(triple)).map(([word]) => word),
    triple,
  ]);
  const rarest = holders
    .filter(([held]) => held.length)
    .sort((a, b) => a[0].length - b[0].length || (a[1] < b[1] ? -1 : 1));
  for (const [held] of rarest.slice(0, 8))
    for (const word of held.slice(0, 100)) shared.set(word, (shared.get(word) || 0) + 1);
  const likely = [...shared]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 10)
    .map(([word]) => word)
    .sort();
  const scored = likely
    .map((word) => [ratio(fold(word), fold(name)), word])
    .filter(([score]) => score >= 0.6)
    .sort((a, b) => b[0] - a[0]);
  const clear = scored.length && scored[0][0] >= 0.85 && (scored.length === 1 || scored[0][0] - scored[1][0] >= 0.1);
  return [...new Set(scored.slice(0, clear ? 1 : 3).map(([, word]) => keys.get(word)))];
}

// Similarity of two texts from 0 to 1 (Ratcliff and Obershelp, as in Python's difflib).
function ratio(a, b) {
  const matched = (aLow, aHigh, bLow, bHigh) => {
    let best = 0,
      i = 0,
      j = 0,
      lengths = [];
    for (let x = aLow; x < aHigh; x++) {
      const row = [];
      for (let y = bLow; y < bHigh; y++) {
        if (a[x] !== b[y]) continue;
        row[y] = (lengths[y - 1] || 0) + 1;
        if (row[y] > best) ((best = row[y]), (i = x - best + 1), (j = y - best + 1));
      }
      lengths = row;
    }
    return best && best + matched(aLow, i, bLow, j) + matched(i + best, aHigh, j + best, bHigh);
  };
  return a.length + b.length ? (2 * matched(0, a.length, 0, b.length)) / (a.length + b.length) : 1;
}
