// What is on the canvas: bands, years, streams, edges, dots.

const SPREAD = [0.05, 0.12, 0.2, 0.26, 0.2, 0.12, 0.05];

function draw() {
  const began = performance.now();
  cancelAnimationFrame(view.frame);
  view.frame = 0;
  if ($('chart').hidden || !view.width) return;
  settle();
  if (view.placed !== [view.kx, view.ky].join()) place();
  const pen = $('canvas').getContext('2d');
  pen.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  drawBands(pen);
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER, 0, view.width - GUTTER, view.height);
  pen.clip();
  drawYears(pen);
  pen.beginPath();
  pen.rect(GUTTER, TOP, view.width - GUTTER, view.height - TOP);
  pen.clip();
  if (view.strips) drawStrips(pen);
  drawEdges(pen);
  drawDots(pen);
  pen.restore();
  writeLabels();
  writeLanes();
  timings.draws += 1;
  timings.redraws.push(performance.now() - began);
  if (timings.redraws.length > 1000) timings.redraws.shift();
}

function drawBands(pen) {
  const { bands, wash } = view.colors, plain = state.color !== 'lane';
  data.lanes.forEach((lane, i) => {
    const top = i ? Math.max(sy(lane.y), TOP) : TOP;
    pen.fillStyle = plain ? wash : bands[i % bands.length];
    pen.fillRect(0, top, view.width, Math.max(sy(lane.y + lane.height) - 2 - top, 0));
  });
}

function drawYears(pen) {
  const ticks = data.ticks, taken = [], bottom = Math.min(sy(view.bottom), view.height);
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = 'middle';
  pen.fillStyle = view.colors.faint;
  pen.strokeStyle = view.colors.grid;
  pen.lineWidth = 1;
  const write = (text, x, centered) => {
    const width = pen.measureText(text).width;
    const left = clamp(centered ? x - width / 2 : x, GUTTER, view.width - width - 2); // never half a label at an end
    if (x < GUTTER - 1 || taken.some(([from, to]) => left < to + 10 && from < left + width + 10)) return false;
    taken.push([left, left + width]);
    pen.fillText(text, left, TOP / 2);
    return true;
  };
  const line = (x, from) => {
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, from);
    pen.lineTo(Math.round(x) + 0.5, bottom);
    pen.stroke();
  };
  if (data.undated) {
    write('undated', sx(data.undated[0]) + 8, false);
    if (ticks.length) line(sx(data.undated[1]), TOP - 6);
  }
  const seen = ticks.filter((tick) => sx(tick.x) > GUTTER - 2 && sx(tick.x) < view.width);
  const before = ticks.filter((tick) => sx(tick.x) <= GUTTER - 2).pop();
  const alone = !seen.length || sx(seen[0].x) > GUTTER + 90;
  if (alone && before && before !== ticks[ticks.length - 1]) write(String(before.year), GUTTER + 4, false);
  for (const labeled of [true, false]) {
    for (const tick of seen) if (Boolean(tick.label) === labeled) write(tick.label || String(tick.year), sx(tick.x), true);
  }
  let last = -Infinity;
  for (const tick of seen) {
    if (sx(tick.x) - last < 22) continue;
    last = sx(tick.x);
    line(last, TOP - 6);
  }
  ticks.forEach((tick, i) => {
    const next = ticks[i + 1], from = sx(tick.x), width = sx(next ? next.x : data.plot[1]) - from;
    if (width < 240 || from > view.width || from + width < GUTTER) return;
    // months of broad years have their own places
    const months = (data.months || []).filter(([, year]) => year === tick.year).map(([x, , month]) => [sx(x), month]);
    const step = width > 560 ? 1 : 3;
    if (next && !months.length) {
      for (let month = step; month < 12; month += step) months.push([from + width * month / 12, month]);
    }
    pen.globalAlpha = 0.6;
    for (const [x] of months) line(x, TOP);
    pen.globalAlpha = 1;
    for (const [x, month] of months) write(MONTHLY[month].slice(0, 3), x, true);
  });
}

// How many papers a lane has over time, as the width of a stream in the middle of its band.
function drawStrips(pen) {
  const step = 6, bins = Math.ceil((view.width - GUTTER) / step) + 8;
  const counts = data.lanes.map(() => new Float64Array(bins));
  for (const paper of papers) {
    const bin = Math.floor((sx(paper.x) - GUTTER) / step) + 4;
    SPREAD.forEach((share, k) => { if (bin + k - 3 >= 0) counts[paper.lane][bin + k - 3] += share; });
  }
  const most = Math.max(...counts.map((lane) => Math.max(...lane)), 1);
  data.lanes.forEach((lane, i) => {
    const half = (lane.height * view.ky - 8) / 2, middle = sy(lane.y + lane.height / 2) - 1;
    const rim = [...counts[i]].map((count, bin) => [GUTTER + (bin - 3.5) * step, half * Math.sqrt(count / most)]);
    pen.beginPath();
    rim.forEach(([x, high]) => pen.lineTo(x, middle - high));
    rim.reverse().forEach(([x, high]) => pen.lineTo(x, middle + high));
    pen.fillStyle = view.colors.lanes[i % view.colors.lanes.length];
    pen.globalAlpha = view.lit ? 0.1 : 0.2;
    pen.fill();
  });
  pen.globalAlpha = 1;
}

function drawEdges(pen) {
  const focused = view.litEdges !== null, dim = focused || view.lit !== null;
  const groups = new Map();
  const add = (edge, alpha, width) => {
    const hue = view.hues[edge.target.i], dash = edge.kind === 'cites' ? '1 3' : edge.backward ? '5 3' : '';
    const name = [hue, dash, alpha, width].join('|');
    if (!groups.has(name)) groups.set(name, { hue, dash, alpha, width, edges: [] });
    groups.get(name).edges.push(edge);
  };
  for (const edge of view.strips ? [] : view.curves) {
    if (!focused || !view.litEdges.has(edge.i)) {
      const seen = Math.min(opacity(edge.source.i), opacity(edge.target.i));
      const [alpha, width] = edge.kind === 'links' ? [0.4, 0.8] : [0.55, 1.1];
      add(edge, dim && (focused || !seen) ? 0.1 : alpha, width);
    }
  }
  for (const i of view.litEdges || []) {
    const { source, target } = edges[i];
    add(edges[i], 0.35 + 0.6 * Math.min(opacity(source.i), opacity(target.i)), 1.5);
  }
  const hovered = papers[view.hover];
  if (hovered) for (const edge of [...hovered.parents, ...hovered.children].filter(isPictured)) add(edge, 1, 1.8);
  for (const { hue, dash, alpha, width, edges: some } of groups.values()) {
    pen.strokeStyle = hue;
    pen.globalAlpha = alpha;
    pen.lineWidth = width;
    pen.setLineDash(dash ? dash.split(' ').map(Number) : []);
    pen.beginPath();
    for (const edge of some) trace(pen, edge);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}

// From the older paper (after its label) to the newer one: the route of the layout, stretched, or one curve.
function trace(pen, { source, target, path }) {
  const ends = (paper, side) => sx(paper.x) + side * paper.r;
  const labeled = view.sides[target.i] === 1 ? target.wide + 7 : 0;
  const toX = sx(source.x), toY = sy(source.y), fromY = sy(target.y);
  let fromX = ends(target, 1) + labeled;
  if (path) {
    const parts = path.match(/[MCH]|-?[\d.]+/g);
    let x = sx(parts[1]), y = sy(parts[2]);
    // the layout leaves room for label and dot, which do not grow with the zoom: extend the line to them
    if (Math.abs(x - sx(target.x)) < 1) pen.moveTo(x, fromY);
    else pen.moveTo(x > fromX && Math.abs(y - fromY) < 1 ? fromX : x, y);
    pen.lineTo(x, y);
    for (let at = 3; at < parts.length;) {
      if (parts[at] === 'H') {
        x = sx(parts[at + 1]);
        pen.lineTo(x, y);
        at += 2;
      } else {
        if (parts[at] === 'C') at += 1;
        const [a, b, c, d, e, f] = parts.slice(at, at + 6);
        x = sx(e);
        y = sy(f);
        pen.bezierCurveTo(sx(a), sy(b), sx(c), sy(d), x, y);
        at += 6;
      }
    }
    if (Math.abs(y - toY) < 1 || Math.abs(x - toX) < 1) pen.lineTo(toX, toY);
    return;
  }
  if (toX - source.r - fromX < 12) fromX = ends(target, toX < sx(target.x) ? -1 : 1);
  const lean = Math.max(Math.abs(toX - fromX) / 2, 24) * (toX < fromX ? -1 : 1);
  pen.moveTo(fromX, fromY);
  pen.bezierCurveTo(fromX + lean, fromY, toX - lean, toY, toX, toY);
}

function drawDots(pen) {
  const groups = new Map();
  for (const paper of papers) {
    const x = sx(paper.x), y = sy(paper.y), { i, r } = paper;
    if (x < GUTTER - r || x > view.width + r || y < TOP - r || y > view.height + r || !isDrawn(i)) continue;
    const alpha = Math.max(Math.round(opacity(i) * 5) / 5, 0.16), name = view.hues[i] + paper.runnable + alpha;
    if (!groups.has(name)) groups.set(name, { hue: view.hues[i], runnable: paper.runnable, alpha, dots: [] });
    groups.get(name).dots.push(x, y, r);
    if (paper.precision === 'year') groups.get(name).bars = (groups.get(name).bars || []).concat([[x, y + r + 2]]);
  }
  const circles = (dots, grow) => {
    pen.beginPath();
    for (let at = 0; at < dots.length; at += 3) {
      pen.moveTo(dots[at] + dots[at + 2] + grow, dots[at + 1]);
      pen.arc(dots[at], dots[at + 1], dots[at + 2] + grow, 0, 7);
    }
  };
  for (const { hue, runnable, alpha, dots, bars } of [...groups.values()].sort((a, b) => a.alpha - b.alpha)) {
    circles(dots, runnable ? 0 : -0.8);
    pen.fillStyle = view.colors.paper;
    if (alpha < 1 || !runnable) pen.fill();
    pen.globalAlpha = alpha;
    pen.fillStyle = pen.strokeStyle = hue;
    pen.lineWidth = 1.6;
    if (runnable) pen.fill();
    else pen.stroke();
    if (bars) {
      pen.beginPath();
      for (const [x, y] of bars) {
        pen.moveTo(x - 4, y);
        pen.lineTo(x + 4, y);
      }
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }
  const chosen = byKey.get(state.p);
  if (chosen) {
    circles([sx(chosen.x), sy(chosen.y), chosen.r], 3.5);
    pen.strokeStyle = view.colors.ink;
    pen.lineWidth = 1.6;
    pen.stroke();
  }
}
