// Where the nodes and edges of a graph stand, in CSS pixels: boxes on a grid, curves that go round boxes in their way, and for each
// edge a place for its button.

const ROW = 112; // from one row of boxes to the next
const BOX_HEIGHT = 60;
const WIDEST_BOX = 190;
const BUTTON = 28; // an edge's button, and the least distance between two of them
const ARROW = 7;

function layoutGraph(nodes, edges, width) {
  const columns = 1 + Math.max(...nodes.map((node) => node.at[0]));
  const rows = 1 + Math.max(...nodes.map((node) => node.at[1]));
  const column = width / columns;
  const half = [Math.min(column - 14, WIDEST_BOX) / 2, BOX_HEIGHT / 2];
  const boxes = new Map(nodes.map(({ id, at }) => [id, { x: (at[0] + 0.5) * column, y: (at[1] + 0.5) * ROW, half }]));
  const taken = [];
  const curves = new Map();
  for (const edge of edges) {
    const points = curveOf(edge, edges, boxes, column);
    const button = placeOfButton(points, taken, [...boxes.values()]);
    taken.push(button);
    curves.set(edge.id, { points, button });
  }
  return { boxes, curves, width: 2 * half[0], height: rows * ROW };
}

const within = (box, point, margin) =>
  Math.abs(point[0] - box.x) < box.half[0] + margin && Math.abs(point[1] - box.y) < box.half[1] + margin;

// A curve from border to border. It bends when another box is in its way, or when an edge comes back between the same two boxes.
function curveOf(edge, edges, boxes, column) {
  const [a, b] = [boxes.get(edge.from), boxes.get(edge.to)];
  const others = [...boxes].filter(([id]) => id !== edge.from && id !== edge.to).map(([, box]) => box);
  const back = edges.some((other) => other.from === edge.to && other.to === edge.from);
  const bends = back ? [34, -34] : [0];
  for (const bend of [0.5, 0.8, 1.1, 1.5]) bends.push(bend * column, -bend * column);
  let best = null;
  for (const bend of bends) {
    const points = sampled(a, b, bend).filter((point) => !within(a, point, 1) && !within(b, point, ARROW));
    const hits = points.filter((point) => others.some((box) => within(box, point, 5))).length;
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

// The most central point of the curve where a button covers neither a box nor another button.
function placeOfButton(points, taken, boxes) {
  const middle = (points.length - 1) / 2;
  const order = points.map((point, i) => [Math.abs(i - middle), point]).sort((p, q) => p[0] - q[0]);
  const room = (point) => Math.min(BUTTON, ...taken.map((other) => Math.hypot(point[0] - other[0], point[1] - other[1])));
  const free = order.filter(([, point]) => !boxes.some((box) => within(box, point, BUTTON / 2)));
  const candidates = (free.length ? free : order).map(([, point]) => point);
  return candidates.find((point) => room(point) >= BUTTON) ?? candidates.sort((p, q) => room(q) - room(p))[0];
}

const pathOf = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
