// What musicbook.music.mood computes, and how far two rows of numbers agree.
//
// `rule` holds the key profiles and every constant, as Python sends them: they stand there and nowhere else.

// Pearson's r; not a number where one of the rows does not vary.
function correlation(a, b) {
  const flat = (row) => Math.max(...row) - Math.min(...row) < 1e-9;
  if (flat(a) || flat(b)) return NaN;
  const mean = (row) => row.reduce((sum, value) => sum + value, 0) / row.length;
  const [middleA, middleB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - middleA, b[i] - middleB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  });
  return both / Math.sqrt(squareA * squareB);
}

// Times arrive rounded to six digits; in whole ticks they are exact again, and both sides add the same numbers.
function cuesOf(notes, tempo, rule) {
  const ticks = (quarters) => Math.round(quarters * rule.ticks);
  const classes = new Array(12).fill(0);
  let [sounding, height, end] = [0, 0, 0];
  for (const [onset, duration, pitch] of notes) {
    const long = ticks(duration);
    classes[pitch % 12] += long;
    sounding += long;
    height += long * pitch;
    end = Math.max(end, ticks(onset) + long);
  }
  const fits = rule.profiles.map((profile) => correlation(classes, profile) || 0);
  return {
    speed: notes.length / (((end / rule.ticks) * 60) / tempo),
    majorness: Math.max(...fits.slice(0, 12)) - Math.max(...fits.slice(12)),
    register: (height / sounding - rule.usual_pitch) / 12,
  };
}

function moodOf({ speed, majorness, register }, rule) {
  return [
    Math.tanh(rule.major_weight * majorness),
    Math.tanh(rule.speed_weight * Math.log2(speed / rule.usual_speed) + rule.register_weight * register),
  ];
}

// The notes in "major" or "minor" on the same tonic; as they are for "own" and for the mode that they have.
function inMode(notes, found, mode, toMinor) {
  if (mode === "own" || mode === found.mode) return notes;
  const shift = new Array(12).fill(0);
  for (const [major, minor] of toMinor) {
    if (mode === "minor") shift[major] = minor - major;
    else shift[minor] = major - minor;
  }
  return notes.map(([onset, duration, pitch, voice]) => [onset, duration, pitch + shift[(pitch - found.tonic + 12) % 12], voice]);
}

function inOctave(notes, octaves) {
  return notes.map(([onset, duration, pitch, voice]) => [onset, duration, pitch + 12 * octaves, voice]);
}

// Between the ratings that there are and their predictions; `chance` begins with three ratings, as fewer say nothing.
function agreementOf(ratings, predictions, chance) {
  const rated = ratings.flatMap((mine, k) => (mine.length ? [[mine, predictions[k]]] : []));
  const enough = chance[rated.length - 3];
  const r = (axis) => (enough ? correlation(...[0, 1].map((side) => rated.map((pair) => pair[side][axis]))) : NaN);
  return { valence: r(0), arousal: r(1), n: rated.length, chance: enough ?? NaN };
}
