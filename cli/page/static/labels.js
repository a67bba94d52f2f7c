// Labels: real links above the canvas, placed so that none covers another or another paper's dot; and the lane names.

const BRIEF = 130; // pixels to which a label more than half as long again is cut if it does not fit

// Which labels are shown and on which side of their dot (1 right, -1 left; with room between rows, or among lit papers,
// 2 above, -2 below): the most influential first, none over another label or another paper's dot, except a faded one
// where a lit paper has no other room. Where rows are shown as density, only labeled papers have a dot. Panning changes
// nothing.
function place() {
  const { kx, ky, order } = view, n = papers.length;
  // boxes (left, top, right, bottom: of dots, then of labels) in cells of 64 by 24 pixels, each a chain of entries
  const boxes = new Float64Array(8 * n), first = new Int32Array(65536).fill(-1);
  let entries = new Int32Array(32 * n + 64), used = 0;
  const cell = (row, column) => (row * 613 + column) & 65535;
  const set = (id, left, top, right, bottom) => {
    boxes[id * 4] = left;
    boxes[id * 4 + 1] = top;
    boxes[id * 4 + 2] = right;
    boxes[id * 4 + 3] = bottom;
  };
  const keep = (id) => {
    const right = Math.floor(boxes[id * 4 + 2] / 64), bottom = Math.floor(boxes[id * 4 + 3] / 24);
    for (let row = Math.floor(boxes[id * 4 + 1] / 24); row <= bottom; row++) {
      for (let column = Math.floor(boxes[id * 4] / 64); column <= right; column++) {
        if (used + 2 > entries.length) {
          const more = new Int32Array(entries.length * 2);
          more.set(entries);
          entries = more;
        }
        entries[used] = id;
        entries[used + 1] = first[cell(row, column)];
        first[cell(row, column)] = used;
        used += 2;
      }
    }
  };
  const free = (id, own, over = false) => {                 // over: faded dots may be covered
    const left = boxes[id * 4], top = boxes[id * 4 + 1], right = boxes[id * 4 + 2], bottom = boxes[id * 4 + 3];
    for (let row = Math.floor(top / 24); row <= bottom / 24; row++) {
      for (let column = Math.floor(left / 64); column <= right / 64; column++) {
        for (let at = first[cell(row, column)]; at >= 0; at = entries[at + 1]) {
          const other = entries[at], b = other * 4;
          if (other === own || (over && other < n && !opacity(other))) continue;
          if (left < boxes[b + 2] && boxes[b] < right && top < boxes[b + 3] && boxes[b + 1] < bottom) return false;
        }
      }
    }
    return true;
  };
  for (const { i, x, y, r } of papers) {
    set(i, x * kx - r - 1, y * ky - r - 0.5, x * kx + r + 1, y * ky + r + 0.5);
    if (!view.strips || (view.lit && opacity(i))) keep(i);
  }
  view.sides = new Int8Array(n);
  const inside = (y) => y - LINE / 2 > view.top * ky - 5 && y + LINE / 2 < view.bottom * ky + 4;
  const [padX, padY] = view.strips ? [16, 7.5] : [3, 0];    // streams stay visible between labels
  const most = view.right * kx + 4, least = view.left * kx - 4;
  const chosen = byKey.get(state.p);
  const attempt = (i, must) => {
    const paper = papers[i], { x, y, label_x, label_width } = paper, id = n + i;
    if (view.sides[i] || (!must && !opacity(i)) || (view.strips && !must && !free(i, i))) return;
    const wanted = label_x !== undefined && label_x < x ? -1 : 1;
    const put = (side) => {
      const [from, middle] = labelAt(paper, side, x * kx, y * ky);
      set(id, from - padX, middle - LINE / 2 - padY, from + paper.wide + padX, middle + LINE / 2 + padY);
      return from + paper.wide < most && from > least && inside(middle);
    };
    const found = (wide, one, over) => {
      paper.wide = wide;
      return put(one) && free(id, i, over) ? one : put(-one) && free(id, i, over) ? -one : 0;
    };
    let side = found(label_width, wanted);
    if (!side && label_width > 1.5 * BRIEF) side = found(0.8 * label_width, wanted) || found(BRIEF, wanted);
    if (!side && (view.lit || ky > 1.2)) side = found(label_width, 2);
    if (!side && view.lit) side = found(label_width, wanted, true) || found(label_width, 2, true);
    if (!side && must) {
      side = put(1) ? 1 : -1;
      put(side);
    }
    if (!side) return;
    view.sides[i] = side;
    keep(id);
    if (view.strips) keep(i);
  };
  if (view.held >= 0) attempt(view.held, true);             // the paper with the focus needs its label
  if (chosen) attempt(chosen.i, false);
  order.forEach((i) => attempt(i, false));
  view.placed = [kx, ky].join();
}

// The left end of a label and its middle, with the dot at x, y.
function labelAt({ r, wide }, side, x, y) {
  if (side * side > 1) return [x - r, y - Math.sign(side) * (r + LINE / 2 + 3)];
  return [side > 0 ? x + r + 4 : x - r - 4 - wide, y];
}

// A dot is drawn for every paper; among density strips, only for those that have a label or are lit.
function isDrawn(i) {
  return !view.strips || (view.sides && view.sides[i] !== 0) || (view.lit !== null && opacity(i) > 0);
}

// Updates the links in the page, in order of date, to what `place` found.
function writeLabels() {
  const container = $('labels'), wanted = [];
  for (const paper of papers) {
    const side = view.sides[paper.i];
    if (!side) continue;
    const [from, y] = labelAt(paper, side, sx(paper.x), sy(paper.y));
    const begins = from > GUTTER - 2 && from < view.width && sx(paper.x) > GUTTER - 3;
    const inside = begins && y - LINE / 2 > TOP - 3 && y < view.height;
    if (inside || paper.i === view.held) wanted.push([paper, from, y]);
  }
  const stay = new Set(wanted.map(([paper]) => paper.i));
  for (const [i, label] of view.shown) {
    if (!stay.has(i)) {
      label.node.remove();
      view.shown.delete(i);
    }
  }
  let next = container.firstChild;
  for (const [paper, from, y] of wanted) {
    let label = view.shown.get(paper.i);
    if (!label) {
      const when = paper.date || 'undated';
      label = { node: el('a', { href: '#p=' + encodeURIComponent(paper.key), 'data-i': paper.i, draggable: 'false',
        title: `${paper.title} (${when})` }, paper.label), at: '', kind: '' };
      view.shown.set(paper.i, label);
    }
    if (label.node === next) next = next.nextSibling;
    else container.insertBefore(label.node, next);
    const weight = paper.important ? ' bold' : '', strength = opacity(paper.i) < 0.6 ? ' soft' : '';
    const color = ' c' + paper.lane % view.colors.lanes.length, left = view.sides[paper.i] === -1 ? ' left' : '';
    const kind = 'label' + color + weight + strength + left;
    const at = `translate(${Math.round(from)}px,${Math.round(y - LINE / 2)}px)`;
    if (label.kind !== kind) label.node.className = label.kind = kind;
    if (label.wide !== paper.wide) label.node.style.maxWidth = Math.ceil((label.wide = paper.wide) + 1) + 'px';
    if (label.at !== at) label.node.style.transform = label.at = at;
    const current = paper.key === state.p;
    if (current !== label.current) {
      if (current) label.node.setAttribute('aria-current', 'true');
      else label.node.removeAttribute('aria-current');
      label.current = current;
    }
  }
}

// Lane names stay visible with their band, in as many lines as it has room for; of narrow bands, the larger go first.
function writeLanes() {
  const taken = [], buttons = $('gutter').children;
  const spans = data.lanes.map((lane, i) => {
    const top = Math.max(sy(lane.y), TOP), bottom = Math.min(sy(lane.y + lane.height), view.height);
    return { button: buttons[i], middle: (top + bottom) / 2, size: bottom - top };
  });
  for (const { button, middle, size } of spans.sort((a, b) => b.size - a.size)) {
    const half = clamp(Math.floor((size - 3) / LINE), 1, 3) * LINE / 2;
    button.hidden = size < 6 || taken.some(([from, to]) => middle - half < to && from < middle + half);
    if (!button.hidden) taken.push([middle - half, middle + half]);
    button.style.maxHeight = 2 * half + 'px';
    button.style.whiteSpace = 2 * half > LINE ? '' : 'nowrap'; // a name cut after a hyphen would look whole
    button.style.transform = `translateY(${Math.round(middle)}px) translateY(-50%)`;
  }
}
