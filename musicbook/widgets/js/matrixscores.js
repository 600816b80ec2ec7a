// Scores of a small table of plays by four families: the same sums as musicbook/widgets/matrix.py. A table is an array of rows.

const turned = (A) => A[0].map((_, j) => A.map((row) => row[j]));
const inner = (a, b) => a.reduce((sum, x, k) => sum + x * b[k], 0);
const product = (A, B) => A.map((row) => turned(B).map((column) => inner(row, column)));
const withoutDiagonal = (A) => A.map((row, i) => row.map((x, j) => (i === j ? 0 : x)));

// Cosine between every two rows; a row without plays is like nobody, and nobody is like herself.
function cosinesOfRows(A) {
  const length = A.map((row) => Math.sqrt(inner(row, row)));
  const unit = A.map((row, i) => row.map((x) => (length[i] > 0 ? x / length[i] : 0)));
  return withoutDiagonal(product(unit, turned(unit)));
}

// Keep the k greatest of each row. Likenesses that differ by rounding alone are equal: then the first is the nearer.
function nearestOfRows(S, k) {
  return S.map((row, i) => {
    const rounded = row.map((x) => Math.round(x * 1e10));
    const order = row.map((_, j) => j).filter((j) => j !== i).sort((a, b) => rounded[b] - rounded[a] || a - b);
    const kept = new Set(order.slice(0, k));
    return row.map((x, j) => (kept.has(j) ? x : 0));
  });
}

// Solve A X = B for a symmetric positive definite A by Cholesky's factors.
function solveSymmetric(A, B) {
  const n = A.length;
  const L = A.map(() => new Array(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = A[i][j];
      for (let k = 0; k < j; k++) rest -= L[i][k] * L[j][k];
      L[i][j] = i === j ? Math.sqrt(rest) : rest / L[j][j];
    }
  }
  return turned(turned(B).map((b) => {
    const x = [...b];
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= L[i][k] * x[k];
      x[i] /= L[i][i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= L[k][i] * x[k];
      x[i] /= L[i][i];
    }
    return x;
  }));
}

// Mean of the neighbours' plays, weighted by likeness.
function meanOfNeighbours(S, U) {
  const weight = S.map((row) => Math.max(row.reduce((sum, s) => sum + Math.abs(s), 0), 1e-12));
  return product(S, U).map((row, i) => row.map((x) => x / weight[i]));
}

function easeWeights(X, penalty) {
  const gram = product(turned(X), X).map((row, i) => row.map((x, j) => x + (i === j ? penalty : 0)));
  const P = solveSymmetric(gram, gram.map((row, i) => row.map((_, j) => (i === j ? 1 : 0))));
  return withoutDiagonal(P.map((row) => row.map((x, j) => -x / P[j][j])));
}

// One side of ALS while the other stays: a weighted ridge regression for each row of the confidences C.
function alsHalfStep(C, U, fixed, penalty) {
  return C.map((c, u) => {
    const A = fixed[0].map((_, a) => fixed[0].map((__, b) =>
      fixed.reduce((sum, q, i) => sum + c[i] * q[a] * q[b], a === b ? penalty : 0)));
    const target = fixed[0].map((_, a) => [fixed.reduce((sum, q, i) => sum + (U[u][i] > 0 ? c[i] * q[a] : 0), 0)]);
    return solveSymmetric(A, target).map(([x]) => x);
  });
}

const confidences = (U, alpha) => U.map((row) => row.map((r) => 1 + alpha * r));

function alsScores(U, alpha, { start, sweeps, penalty }) {
  const C = confidences(U, alpha);
  let [P, Q] = [null, start];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    P = alsHalfStep(C, U, Q, penalty);
    Q = alsHalfStep(turned(C), turned(U), P, penalty);
  }
  return product(P, turned(Q));
}

// What the widget shows: the table behind the scores, and the scores of all tunes.
function scoresBy(method, U, setting, als, S) {
  if (method === "given S") return { shown: S, scores: meanOfNeighbours(withoutDiagonal(S), U) };
  if (method === "user-kNN") {
    const near = nearestOfRows(cosinesOfRows(U), setting);
    return { shown: near, scores: meanOfNeighbours(near, U) };
  }
  if (method === "ALS") return { shown: confidences(U, setting), scores: alsScores(U, setting, als) };
  // The k nearest of the tune that is scored have a say: a column of B.
  const B = method === "EASE" ? easeWeights(U, setting) : turned(nearestOfRows(cosinesOfRows(turned(U)), setting));
  return { shown: B, scores: product(U, B) };
}

// The best tune of each listener among those she has not played; -1 if there is none.
function bestUnseen(U, scores) {
  return U.map((row, u) => {
    const rounded = scores[u].map((x) => Math.round(x * 1e10));
    return row.reduce((best, r, i) => (r > 0 || (best >= 0 && rounded[best] >= rounded[i]) ? best : i), -1);
  });
}
