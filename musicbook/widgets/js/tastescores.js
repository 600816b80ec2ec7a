// What a content-based recommender computes: an interest, a cosine for each tune, a list with some variety, and reasons.

const roundTen = (value) => Math.round(value * 1e10) / 1e10;
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

// Features in standard deviations, each group of columns with its weight.
function weightedFeatures(features, groups, weights) {
  const factor = [];
  groups.forEach(([, columns], g) => columns.forEach((column) => { factor[column] = weights[g]; }));
  return features.map((row) => row.map((value, column) => (value / 100) * factor[column]));
}

// The mean of what is liked, less the mean of what is disliked.
function interestOf(F, opinions) {
  const mean = (sign) => {
    const rows = F.filter((_, i) => opinions[i] === sign);
    return F[0].map((_, column) => rows.reduce((sum, row) => sum + row[column], 0) / (rows.length || 1));
  };
  const [liked, disliked] = [mean(1), mean(-1)];
  return liked.map((value, column) => value - disliked[column]);
}

function cosinesWith(interest, F) {
  const length = Math.sqrt(dot(interest, interest));
  return F.map((row) => {
    const both = length * Math.sqrt(dot(row, row));
    return both > 0 ? roundTen(dot(row, interest) / both) : 0;
  });
}

// Maximal marginal relevance: from `rest` one after the other, near to the interest, unlike what is chosen already.
function varied(rest, scores, F, discovery, length) {
  const left = [...rest];
  const unit = new Map(left.map((i) => {
    const size = Math.sqrt(dot(F[i], F[i]));
    return [i, F[i].map((value) => (size > 0 ? value / size : 0))];
  }));
  const chosen = [];
  while (chosen.length < length && left.length) {
    let [best, most] = [0, -Infinity];
    left.forEach((i, at) => {
      const near = chosen.length ? Math.max(...chosen.map((other) => dot(unit.get(i), unit.get(other)))) : 0;
      const gain = (1 - discovery) * scores[i] - discovery * near;
      if (gain > most) [best, most] = [at, gain];
    });
    chosen.push(...left.splice(best, 1));
  }
  return chosen;
}

// The list: variety may choose among the best `pool` candidates.
function tasteList(F, opinions, asked, discovery, length, pool) {
  if (!opinions.some((each) => each !== 0)) return [];
  const scores = cosinesWith(interestOf(F, opinions), F);
  const rest = F.map((_, i) => i).slice(asked).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, pool);
  return varied(rest, scores, F, discovery, length).map((i) => ({ i, score: scores[i] }));
}

// Each group's part of a score, the greatest first.
function reasons(F, opinions, i, groups) {
  const interest = interestOf(F, opinions);
  const both = Math.sqrt(dot(interest, interest)) * Math.sqrt(dot(F[i], F[i])) || 1;
  const parts = groups.map(([words, columns]) => [words, columns.reduce((sum, column) => sum + (F[i][column] * interest[column]) / both, 0)]);
  return parts.sort((a, b) => b[1] - a[1]);
}
