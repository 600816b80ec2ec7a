// How many bytes a method holds, for n listeners, m tunes and q pairs. The same formulas as musicbook/recommend/footprint.py; a test
// holds the two together.

const GIB = 2 ** 30;
const SPARSE = 64;
const [BLOCK, CELLS, RANK, NEAR] = [512, 4e6, 64, 100];

const blockBytes = (n, m) => 2 * 4 * Math.min(BLOCK, n) * m;
const similarityBytes = (n) => 16 * Math.min(CELLS, n * n);

const FOOTPRINTS = {
  "dense table": (n, m) => Math.max(3 * 8 * n * m, 2 * 8 * n * m + 8 * n * n),
  "dense neighbours": (n, m, q) => SPARSE * q + 4 * n * n,
  EASE: (n, m, q) => (n < m ? SPARSE * q + 2 * 8 * n * n + 4 * n * m + 3 * 8 * 2048 * n : SPARSE * q + 3 * 8 * m * m),
  "user-kNN in blocks": (n, m, q) => SPARSE * q + blockBytes(n, m) + similarityBytes(n),
  "item-kNN in blocks": (n, m, q) => SPARSE * q + blockBytes(n, m) + similarityBytes(m) + 24 * NEAR * m,
  ALS: (n, m, q) => SPARSE * q + 4 * 4 * RANK * (n + m) + blockBytes(n, m),
};

const footprint = (method, base, { listeners, items, plays }) => base + FOOTPRINTS[method](listeners, items, Math.max(1, Math.round(listeners * plays)));

// The greatest number of listeners that fit, within a thousandth, up to a thousand million.
function mostListeners(method, base, { items, plays }, budget) {
  let [low, high] = [0, 1e9];
  while (high - low > Math.max(1, Math.floor(low / 1000))) {
    const listeners = Math.floor((low + high) / 2);
    if (footprint(method, base, { listeners, items, plays }) <= budget) low = listeners;
    else high = listeners;
  }
  return low;
}
