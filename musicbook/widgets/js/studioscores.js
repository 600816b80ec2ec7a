// What the studio computes: an interest from opinions, the next four melodies, a list of old tunes, the melodies' features.

const STUDIO_FOUR = 4;
const STUDIO_POOL = 30; // best candidates among which variety may choose

// One byte a number: 127 is the average of the catalogue, 42 a standard deviation.
function studioFeatures(bytes, width) {
  const rows = [];
  for (let at = 0; at < bytes.length; at += width) rows.push(Array.from(bytes.slice(at, at + width), (byte) => (byte - 127) / 42));
  return rows;
}

const opinionRow = (F, opinions) => F.map((_, i) => opinions[i] ?? 0);

function studioScores(F, opinions) {
  return cosinesWith(interestOf(F, opinionRow(F, opinions)), F);
}

const ranked = (rows, scores) => rows.sort((a, b) => scores[b] - scores[a] || a - b);

// The next four of the first `count` melodies, those heard before left out. With a reach of 1 they come from the end that is
// nearest to the interest, with a reach of 0 from the middle of the pool; without an opinion in their order.
function nextFour(F, { opinions, rounds, reach, surprise }, count) {
  const heard = new Set(rounds.flat());
  const scores = studioScores(F, opinions);
  const rest = ranked(F.map((_, i) => i).slice(0, count).filter((i) => !heard.has(i)), scores);
  const first = Object.keys(opinions).length ? Math.floor(((1 - reach) * Math.max(0, rest.length - STUDIO_POOL)) / 2 + 0.5) : 0;
  return varied(rest.slice(first, first + STUDIO_POOL), scores, F, surprise, STUDIO_FOUR);
}

// Old tunes without an opinion, best first: rows from `from` to `to`.
function studioList(F, { opinions, surprise }, [from, to], length) {
  if (!Object.keys(opinions).length) return [];
  const scores = studioScores(F, opinions);
  const rest = ranked(F.map((_, i) => i).slice(from, to).filter((i) => !opinions[i]), scores);
  return varied(rest.slice(0, STUDIO_POOL), scores, F, surprise, length);
}

// Groups of features that speak for an item, the strongest first.
function speaksFor(F, opinions, i, groups) {
  return reasons(F, opinionRow(F, opinions), i, groups).filter(([, part]) => part > 0).slice(0, 2).map(([words]) => words);
}
