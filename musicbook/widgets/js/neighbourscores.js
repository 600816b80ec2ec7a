// User-based collaborative filtering on a small table, corrected and as the article prints it.
//
// U has a row for each listener and a column for each tune. What is equal to ten digits is equal, and the lower index is first:
// sums may be taken in another order than Python takes them.

const tenDigits = (x) => Math.round(x * 1e10) / 1e10;
const dotOf = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

// Indices in falling order of their values; with `rising`, in rising order.
const ranked = (values, rising = false) =>
  values.map((_, i) => i).sort((a, b) => (rising ? values[a] - values[b] : values[b] - values[a]) || a - b);

const sharedBy = (a, b) => a.filter((x, i) => x > 0 && b[i] > 0).length;

// Cosines with the rows of all listeners; 1 with herself.
function cosinesOf(U, u) {
  const length = (row) => Math.sqrt(dotOf(row, row));
  return U.map((row) => {
    const both = length(row) * length(U[u]);
    return both > 0 ? dotOf(row, U[u]) / both : 0;
  });
}

// The k nearest listeners, nearest first: {v, likeness, shared}.
function nearestTo(U, u, k, shrinkage) {
  const shared = U.map((row) => sharedBy(row, U[u]));
  const likeness = cosinesOf(U, u).map((s, v) => (v === u ? 0 : tenDigits((s * shared[v]) / Math.max(shared[v] + shrinkage, 1))));
  return ranked(likeness).slice(0, k).filter((v) => likeness[v] > 0).map((v) => ({ v, likeness: likeness[v], shared: shared[v] }));
}

// The corrected function: the neighbours' mean plays, what she has played hidden, best first: [{i, score}].
function correctedList(U, u, k, shrinkage, length) {
  const near = nearestTo(U, u, k, shrinkage);
  const weight = Math.max(near.reduce((sum, each) => sum + each.likeness, 0), 1e-12);
  const scores = U[u].map((_, i) => tenDigits(near.reduce((sum, { v, likeness }) => sum + likeness * U[v][i], 0) / weight));
  return ranked(scores).filter((i) => !(U[u][i] > 0)).slice(0, length).map((i) => ({ i, score: scores[i] }));
}

// The article's scores of listener u: everybody has a say, herself most of all.
function articleScores(U, u) {
  const s = cosinesOf(U, u);
  return U[u].map((_, i) => tenDigits(U.reduce((sum, row, v) => sum + s[v] * row[i], 0)));
}

// Row u of np.argsort(scores)[::-1]: the tunes of listener n - 1 - u, in rising order.
function articleList(U, u, length) {
  const scores = articleScores(U, U.length - 1 - u);
  return ranked(scores, true).slice(0, length).map((i) => ({ i, score: scores[i] }));
}

// Row u of np.argsort(-scores, axis=1): the order mended, and nothing else.
function orderedList(U, u, length) {
  const scores = articleScores(U, u);
  return ranked(scores).slice(0, length).map((i) => ({ i, score: scores[i] }));
}
