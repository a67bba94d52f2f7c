// Pointer, wheel and touch on the picture, and the walk from paper to paper by keys.

function turn(event) {
  if (event.target.closest('button')) return;
  event.preventDefault();
  const unit = event.deltaMode ? 16 : 1, box = $('chart').getBoundingClientRect();
  const aside = Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (!event.ctrlKey && !event.shiftKey && aside) return panBy(event.deltaX * unit, 0);
  const factor = Math.exp(-clamp((event.deltaY || event.deltaX) * unit, -240, 240) * (event.ctrlKey ? 0.008 : 0.0018));
  zoomBy(event.altKey ? 1 : factor, event.shiftKey ? 1 : factor, event.clientX - box.left, event.clientY - box.top);
}

const fingers = new Map();
let dragged = false;
function grab(event) {
  if (event.button || event.target.closest('button')) return;
  fingers.set(event.pointerId, event);
  const moved = (next) => {
    if (next.pointerId !== event.pointerId) return;
    const before = fingers.get(next.pointerId);
    const other = [...fingers.values()].find((finger) => finger.pointerId !== next.pointerId);
    const far = Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY);
    if (!dragged && far < 4 && !other) return;
    if (!dragged) $('chart').classList.add('dragging');
    dragged = true;
    fingers.set(next.pointerId, next);
    if (other) {
      const span = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
      const box = $('chart').getBoundingClientRect(), factor = span(next) / span(before);
      const x = (next.clientX + other.clientX) / 2 - box.left, y = (next.clientY + other.clientY) / 2 - box.top;
      zoomBy(factor, factor, x, y);
    } else panBy(before.clientX - next.clientX, before.clientY - next.clientY);
  };
  const done = (last) => {
    if (last.pointerId !== event.pointerId) return;
    fingers.delete(event.pointerId);
    removeEventListener('pointermove', moved);
    removeEventListener('pointerup', done);
    removeEventListener('pointercancel', done);
    $('chart').classList.remove('dragging');
    if (!dragged && last.type === 'pointerup' && event.target === $('canvas')) {
      const at = nearest(last);
      if (at >= 0) choose(papers[at]);
    }
  };
  addEventListener('pointermove', moved);
  addEventListener('pointerup', done);
  addEventListener('pointercancel', done);
}

function choose(paper) {
  setState({ p: paper.key, to: '' }, { push: true });
}

function nearest(event) {
  const box = $('chart').getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  let best = -1, least = Infinity;
  for (const paper of papers) {
    if (!isDrawn(paper.i)) continue;
    const far = Math.hypot(sx(paper.x) - x, sy(paper.y) - y) - paper.r;
    if (far < Math.min(least, 7)) [best, least] = [paper.i, far];
  }
  return x > GUTTER ? best : -1;
}

function hover(event) {
  if (fingers.size || event.pointerType === 'touch') return;
  const label = event.target.closest('.label');
  point(label ? Number(label.dataset.i) : event.target === $('canvas') ? nearest(event) : -1);
}

// Shows the links of the paper under the pointer, and its title if it has no label there.
function point(i) {
  if (view.hover === i) return;
  view.hover = i;
  const paper = papers[i], tip = $('tip');
  tip.hidden = !paper || view.shown.has(i);
  if (!tip.hidden) {
    tip.replaceChildren(el('bdi', {}, paper.title), el('span', {}, paper.date || 'undated'));
    const x = clamp(sx(paper.x) - tip.offsetWidth / 2, GUTTER, view.width - tip.offsetWidth - 4);
    const below = sy(paper.y) + paper.r + 8;
    const y = below + tip.offsetHeight < view.height ? below : sy(paper.y) - paper.r - 8 - tip.offsetHeight;
    tip.style.transform = `translate(${x}px,${y}px)`;
  }
  $('canvas').style.cursor = paper ? 'pointer' : '';
  if (!view.frame) view.frame = requestAnimationFrame(draw);
}

// Walks the lit papers: by time, or to the nearest one in a row above or below. Puts the focus on its label.
function walk(right, down) {
  const lit = papers.filter((paper) => opacity(paper.i) > 0);
  if (!lit.length) return;
  const chosen = byKey.get(state.p), from = papers[view.cursor] || chosen;
  let to = lit[0];
  if (from && right) {
    const later = lit.findIndex((paper) => paper.i >= from.i), at = later < 0 ? lit.length : later;
    to = lit[clamp(right < 0 ? at - 1 : at + (lit[at] === from), 0, lit.length - 1)];
  } else if (from) {
    const cost = (paper) => Math.abs(paper.y - from.y) * view.ky * 3 + Math.abs(paper.x - from.x) * view.kx;
    to = lit.filter((paper) => (paper.y - from.y) * down > 1).sort((a, b) => cost(a) - cost(b))[0] || from;
  }
  focusPaper(to);
}

function focusPaper(paper) {
  view.cursor = view.held = paper.i;
  view.placed = null;
  reveal(paper);
  saveSoon();
  draw();
  const label = view.shown.get(paper.i);
  if (label) label.node.focus({ preventScroll: true });
}
