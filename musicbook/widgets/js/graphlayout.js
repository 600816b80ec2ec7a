// Where the nodes and edges of a graph stand, in CSS pixels: boxes on a grid, curves that go round boxes in their way, and for each
// edge a place for its button.

const ROWS = { narrow: 136, wide: 112 }; // from one row of boxes to the next; steep edges need more room
const NARROW = 460;
const BOX_HEIGHT = 60;
const WIDEST_BOX = 190;
const BUTTON = 28; // an edge's button, and the least distance between two of them
const ARROW = 7;

function layoutGraph(nodes, edges, width) {
  const columns = 1 + Math.max(...nodes.map((node) => node.at[0]));
  const rows = 1 + Math.max(...nodes.map((node) => node.at[1]));
  const column = width / columns;
  const row = width < NARROW ? ROWS.narrow : ROWS.wide;
  const half = [Math.min(column - 10, WIDEST_BOX) / 2, BOX_HEIGHT / 2];
  const boxes = new Map(nodes.map(({ id, at }) => [id, { x: (at[0] + 0.5) * column, y: (at[1] + 0.5) * row, half }]));
  const all = [...boxes.values()];
  const curves = new Map();
  for (const edge of edges) {
    const points = curveOf(edge, edges, boxes, column);
    const free = points.filter((point) => !all.some((box) => within(box, point, BUTTON / 2)));
    curves.set(edge.id, { points, free: free.length ? free : points });
  }
  // The edges with the least room choose first.
  const taken = [];
  for (const curve of [...curves.values()].sort((a, b) => lengthOf(a.free) - lengthOf(b.free))) {
    curve.button = placeOfButton(curve.free, taken);
    taken.push(curve.button);
  }
  return { boxes, curves, width: 2 * half[0], height: rows * row };
}

const within = (box, point, margin) =>
  Math.abs(point[0] - box.x) < box.half[0] + margin && Math.abs(point[1] - box.y) < box.half[1] + margin;

// A curve from border to border. It bends when another box is in its way, or when an edge comes back between the same two boxes.
function curveOf(edge, edges, boxes, column) {
  const [a, b] = [boxes.get(edge.from), boxes.get(edge.to)];
  const others = [...boxes].filter(([id]) => id !== edge.from && id !== edge.to).map(([, box]) => box);
  const back = edges.some((other) => other.from === edge.to && other.to === edge.from);
  const bends = back ? [34, -34] : [0];
  for (const bend of [0.5, 0.8, 0.9, 1, 1.1, 1.5]) bends.push(bend * column, -bend * column);
  let best = null;
  for (const bend of bends) {
    const points = sampled(a, b, bend).filter((point) => !within(a, point, 1) && !within(b, point, ARROW));
    const hits = points.filter((point) => others.some((box) => within(box, point, 2))).length;
    if (points.length > 1 && (!best || hits < best.hits)) best = { points, hits };
    if (best?.hits === 0) break;
  }
  return best.points;
}

function sampled(a, b, bend) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const size = Math.hypot(dx, dy);
  const [cx, cy] = [(a.x + b.x) / 2 - (dy / size) * bend, (a.y + b.y) / 2 + (dx / size) * bend];
  return Array.from({ length: 61 }, (_, i) => {
    const t = i / 60;
    const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [p * a.x + q * cx + r * b.x, p * a.y + q * cy + r * b.y];
  });
}

const lengthOf = (points) => Math.hypot(points.at(-1)[0] - points[0][0], points.at(-1)[1] - points[0][1]);

// The most central of these points where a button does not cover another, or else the one that covers least.
function placeOfButton(points, taken) {
  const middle = (points.length - 1) / 2;
  const central = points.map((point, i) => [Math.abs(i - middle), point]).sort((p, q) => p[0] - q[0]).map(([, point]) => point);
  const room = (point) => Math.min(BUTTON, ...taken.map((other) => Math.hypot(point[0] - other[0], point[1] - other[1])));
  return central.find((point) => room(point) >= BUTTON) ?? central.sort((p, q) => room(q) - room(p))[0];
}

const pathOf = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
