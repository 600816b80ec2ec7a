// What a feed computes: a score with a part of fame, the tunes that come next, and what is known of the listener so far.

const FEED = { pool: 30, surprise: 5, familiarity: 0.6 };

function opinionsOf(history, count) {
  const opinions = new Array(count).fill(0);
  for (const [i, value] of history) opinions[i] = value;
  return opinions;
}

// Likeness to what was liked, and fame: for it at familiar (0), against it at new (1). Fame leads where nothing is known.
function feedValues(F, fame, opinions, fresh) {
  const lean = opinions.some((each) => each !== 0) ? 1 - 2 * fresh : 1 - fresh / 2;
  return cosinesWith(interestOf(F, opinions), F).map((near, i) => roundTen(near + FEED.familiarity * lean * fame[i]));
}

// Of `rest` the tune whose nearest judged tune is furthest away.
function unlike(F, judged, rest) {
  const unit = (i) => {
    const size = Math.sqrt(dot(F[i], F[i]));
    return F[i].map((value) => (size > 0 ? value / size : 0));
  };
  const known = judged.map(unit);
  let [found, least] = [rest[0], Infinity];
  for (const i of rest) {
    const own = unit(i);
    const near = roundTen(Math.max(...known.map((other) => dot(own, other))));
    if (near < least) [found, least] = [i, near];
  }
  return found;
}

// The next tunes, as [tune, whether it is there because it is unlike all that was judged].
function feedQueue(F, fame, opinions, fresh, length) {
  const values = feedValues(F, fame, opinions, fresh);
  const rows = F.map((_, i) => i);
  const left = rows.filter((i) => opinions[i] === 0);
  const judged = rows.filter((i) => opinions[i] !== 0);
  const pool = [...left].sort((a, b) => values[b] - values[a] || a - b).slice(0, FEED.pool);
  const chosen = varied(pool, values, F, fresh / 2, length).map((i) => [i, false]);
  chosen.forEach((_, place) => {
    if (!(fresh > 0) || !judged.length || (judged.length + place + 1) % FEED.surprise) return;
    const rest = left.filter((i) => !chosen.some(([other]) => other === i));
    if (rest.length) chosen[place] = [unlike(F, judged, rest), true];
  });
  return chosen;
}

// The features in which her interest is strongest, and how strong, in standard deviations.
function strongest(F, opinions, names, count) {
  const interest = interestOf(F, opinions);
  return names.map((name, k) => [name, interest[k]]).filter(([, value]) => value !== 0)
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, count);
}
