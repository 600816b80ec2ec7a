// Metrics from the places of relevant tunes, as musicbook.recommend.ranking and .beyond compute them from lists.

const RANK_METRICS = ["precision", "recall", "f1", "hit rate", "MRR", "MAP", "nDCG"];
const gainAt = (place) => 1 / Math.log2(place + 1);
const meanOf = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

// One list: places of the relevant tunes in it, from 1 and growing, and how many are relevant in all.
function listMetrics(places, count, k) {
  const found = places.filter((place) => place <= k);
  const [precision, recall] = [found.length / k, found.length / count];
  let best = 0;
  for (let place = 1; place <= Math.min(k, count); place++) best += gainAt(place);
  return {
    precision,
    recall,
    f1: found.length ? (2 * precision * recall) / (precision + recall) : 0,
    "hit rate": found.length ? 1 : 0,
    MRR: found.length ? 1 / found[0] : 0,
    MAP: found.reduce((sum, place, n) => sum + (n + 1) / place, 0) / count,
    nDCG: found.reduce((sum, place) => sum + gainAt(place), 0) / best,
  };
}

// Every metric of every system: {name: [one number a system]}. `group` is a number, or null for all listeners.
function metricValues(data, { k, group, against }) {
  const inside = data.counts.map((_, u) => u).filter((u) => group === null || data.group[u] === group);
  const values = Object.fromEntries([...RANK_METRICS, "novelty", "coverage"].map((name) => [name, []]));
  data.systems.forEach((_, s) => {
    const each = inside.map((u) => listMetrics(data.places[against][s][u], data.counts[u], k));
    for (const name of RANK_METRICS) values[name].push(meanOf(each.map((one) => one[name])));
    const lists = inside.map((u) => data.shown[s][u].slice(0, k));
    const bits = (i) => -Math.log2(Math.max(data.known[i], 1) / data.n_listeners);
    values.novelty.push(meanOf(lists.filter((list) => list.length).map((list) => meanOf(list.map(bits)))));
    values.coverage.push(new Set(lists.flat()).size / data.n_items);
  });
  return values;
}

// The systems from the best to the worst; what is equal to ten digits keeps its order.
function orderBy(values) {
  const round = (x) => Math.round(x * 1e10);
  return values.map((_, s) => s).sort((a, b) => round(values[b]) - round(values[a]) || a - b);
}
