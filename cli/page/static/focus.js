// Which papers and edges are lit: the hits of the query (and what a half-typed name may mean), the lineage of the chosen
// paper, a path, a story. focusOf(state) returns { lit, litEdges, note, chains }: a Map from index to opacity (null: all),
// a Set of indices of edges (null: none is singled out), a note for the reader, and the shortest chains of a path.

const MOST = 60; // papers of a lineage
const CHAINS = 12; // of a path that are shown
const WAYS = 500; // and that are followed
const CLEAR = 200; // edges among hits, above which they would hide the hits
const FADING = [1, 1, 0.75, 0.55, 0.4];

let focused = {};
function focusOf(now) {
  const { q, p, to, depth, lanes, view, story, step } = now;
  const meant = offers.list.flatMap(({ paper }) => (paper && papers[paper.i] === paper ? [paper.i] : []));
  const isList = view === 'list' || narrow.matches;
  const wanted = JSON.stringify([q, p, to, depth, lanes, view, story, step, meant, isList]);
  if (focused.wanted !== wanted || focused.data !== data) focused = { wanted, data, answer: light(now, meant, isList) };
  return focused.answer;
}

function light(now, meant, isList) {
  const chosen = byKey.get(now.p);
  const end = byKey.get(now.to);
  const { hits } = matches(now.q);
  const answer = { lit: null, litEdges: null, note: '', chains: [] };
  if (now.view === 'story' && storyOf(now)) Object.assign(answer, storyFocus(now));
  else if (chosen && end && chosen !== end) Object.assign(answer, path(chosen, end));
  else if (chosen) Object.assign(answer, lineage(chosen, now.depth));
  // a list of hits stays when one of them is chosen
  if (hits && (!answer.lit || (isList && !end && now.view !== 'story'))) {
    answer.lit = new Map([...hits, ...meant, ...(chosen ? [chosen.i] : [])].map((i) => [i, 1]));
    answer.litEdges = among(answer.lit);
    if (answer.litEdges.size > CLEAR) answer.litEdges = null;
  }
  return now.lanes.length ? withoutLanes(answer, now.lanes) : answer;
}

function withoutLanes(answer, names) {
  const isShown = ({ lane }) => !names.includes(data.lanes[lane].name);
  const lit = answer.lit || new Map(papers.map((paper) => [paper.i, 1]));
  return {
    ...answer,
    lit: new Map([...lit].filter(([i]) => isShown(papers[i]))),
    litEdges:
      answer.litEdges &&
      new Set([...answer.litEdges].filter((i) => isShown(edges[i].source) && isShown(edges[i].target))),
  };
}

// Whether an edge counts as lineage: citations and plain links do if one's own notes do not say what builds on what.
const isLineal = (edge) => data.telling.includes(EDGE_KINDS.indexOf(edge.kind));

// A plain link that is neither lineage nor in the picture is only listed.
const isPictured = (edge) => edge.kind !== 'links' || edge.path !== '' || isLineal(edge);

function among(lit) {
  return new Set(
    edges
      .filter((edge) => isLineal(edge) && lit.has(edge.source.i) && lit.has(edge.target.i))
      .map((edge) => edge.i),
  );
}

// Steps from a paper to each of its ancestors ('parents') or descendants ('children').
function steps(from, side, counts, most = Infinity) {
  const other = side === 'parents' ? 'target' : 'source',
    found = new Map([[from, 0]]);
  for (const [paper, distance] of found) {
    if (distance >= most) continue;
    for (const edge of paper[side])
      if (counts(edge) && !found.has(edge[other])) found.set(edge[other], distance + 1);
  }
  return found;
}

function lineage(chosen, depth) {
  const up = steps(chosen, 'parents', isLineal, depth),
    down = steps(chosen, 'children', isLineal, depth),
    far = new Map([...down, ...up]);
  far.delete(chosen);
  const parent = (paper) => (up.get(paper) === 1 ? 0 : 1);
  const kin = [...far.keys()].sort((a, b) => parent(a) - parent(b) || a.rank - b.rank),
    kept = kin.slice(0, MOST - 1);
  if (!kin.length) return { note: 'no lineage known on this page' };
  const lit = new Map([[chosen.i, 1], ...kept.map((paper) => [paper.i, FADING[Math.min(far.get(paper), 4)]])]);
  const note =
    `${up.size - 1} before it, ${down.size - 1} after it` +
    (kin.length > kept.length
      ? `: ${kept.length} of ${kin.length} shown, those it builds on and the most influential`
      : '');
  return { lit, litEdges: among(lit), note };
}

const isStep = (edge) => edge.kind === 'builds-on';

// All shortest chains of builds-on between two papers, in whichever direction there are any.
function path(start, end) {
  let first = start,
    last = end,
    distance = steps(first, 'parents', isStep);
  if (!distance.has(last)) (([first, last] = [end, start]), (distance = steps(first, 'parents', isStep)));
  const page = data.query ? ' among the papers of this page' : '';
  if (!distance.has(last)) {
    return {
      lit: new Map([
        [start.i, 1],
        [end.i, 1],
      ]),
      litEdges: new Set(),
      note: `no chain of builds-on joins ${start.label} and ${end.label}` + page,
    };
  }
  const useful = new Set([last]),
    litEdges = new Set(),
    after = new Map();
  for (const paper of useful) {
    for (const edge of paper.children) {
      if (!isStep(edge) || distance.get(edge.source) !== distance.get(paper) - 1) continue;
      useful.add(edge.source);
      litEdges.add(edge.i);
      after.set(edge.source, [...(after.get(edge.source) || []), edge]);
    }
  }
  let chains = [[]];
  for (let length = 0; length < distance.get(last); length++) {
    chains = chains
      .flatMap((chain) =>
        after
          .get(chain.length ? chain[chain.length - 1].target : first)
          .sort((a, b) => a.target.i - b.target.i)
          .map((edge) => [...chain, edge]),
      )
      .slice(0, WAYS);
  }
  const many = (chains.length < WAYS ? '' : 'at least ') + counted(chains.length, 'shortest chain'),
    note = `${many} of ${counted(distance.get(last), 'step')}${page}`;
  return { lit: new Map([...useful].map((paper) => [paper.i, 1])), litEdges, chains, note };
}
