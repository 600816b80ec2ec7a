// What a screen computes: steps of a tune, local alignment, the chance level, and melodies from text. As
// musicbook.music.alignment, similarity and widgets.screening do it in Python.

const STEP_GAP = 3;
const EULER = 0.5772156649015329;
const held = (value, most) => Math.max(-most, Math.min(most, value));

// Rows [onset, duration, pitch, ...] in quarter notes to steps [interval, ratio in half powers of two].
function stepsOf(rows) {
  const long = rows.map(([onset, duration], i) => (i + 1 < rows.length ? Math.max(rows[i + 1][0] - onset, 1e-4) : duration));
  return rows.slice(1).map((row, i) => [held(row[2] - rows[i][2], 12), held(Math.round(2 * Math.log2(long[i + 1] / long[i])), 4)]);
}

const INTERVAL_WORTH = [3, -1, -2, -3];
const RATIO_WORTH = [1, 0, -1];
const worthOf = (a, b) => INTERVAL_WORTH[Math.min(Math.abs(a[0] - b[0]), 3)] + RATIO_WORTH[Math.min(Math.abs(a[1] - b[1]), 2)];

// The best local alignment of two rows of steps: its score, and what stands under what (numbers of steps, null for a gap).
function alignSteps(a, b) {
  const table = [new Int32Array(b.length + 1)];
  let [score, i, j] = [0, 0, 0];
  a.forEach((step, r) => {
    const [above, row] = [table[r], new Int32Array(b.length + 1)];
    b.forEach((other, c) => {
      row[c + 1] = Math.max(0, above[c] + worthOf(step, other), above[c + 1] - STEP_GAP, row[c] - STEP_GAP);
      if (row[c + 1] > score) [score, i, j] = [row[c + 1], r + 1, c + 1];
    });
    table.push(row);
  });
  const pairs = [];
  while (table[i][j] > 0) {
    if (table[i][j] === table[i - 1][j - 1] + worthOf(a[i - 1], b[j - 1])) pairs.push([--i, --j]);
    else if (table[i][j] === table[i - 1][j] - STEP_GAP) pairs.push([--i, null]);
    else pairs.push([null, --j]);
  }
  return { score, pairs: pairs.reverse() };
}

// The Gumbel curve around a line in the logarithm of the lengths, fitted again without strays; gives p for score and length.
function chanceOf(scores, lengths) {
  const size = lengths.map((n) => Math.log(n));
  let keep = scores.map(() => true);
  let p;
  for (let round = 0; round < 5; round++) {
    const rows = scores.map((_, k) => k).filter((k) => keep[k]);
    const mean = (value) => rows.reduce((sum, k) => sum + value(k), 0) / rows.length;
    const [x, y] = [mean((k) => size[k]), mean((k) => scores[k])];
    const spread = mean((k) => (size[k] - x) ** 2);
    const slope = spread > 1e-18 ? mean((k) => (size[k] - x) * (scores[k] - y)) / spread : 0;
    const left = (k) => scores[k] - y - slope * (size[k] - x);
    const around = mean(left);
    const scale = (Math.max(Math.sqrt(mean((k) => (left(k) - around) ** 2)), 0.1) * Math.sqrt(6)) / Math.PI;
    p = (score, n) => -Math.expm1(-Math.exp(-((score - y - slope * (Math.log(n) - x)) / scale + EULER)));
    keep = scores.map((score, k) => p(score, lengths[k]) * scores.length > 0.01);
  }
  return p;
}

// Every passage, the least likely by chance first: {k, score, surprise, expected, pairs of the alignment}.
function screenMelody(rows, passages) {
  const mine = stepsOf(rows);
  const found = passages.map((steps, k) => ({ k, ...alignSteps(mine, steps) }));
  const p = chanceOf(found.map((each) => each.score), passages.map((steps) => steps.length));
  for (const each of found) {
    const chance = Math.max(p(each.score, passages[each.k].length), 1e-300);
    Object.assign(each, { surprise: -Math.log10(chance), expected: chance * passages.length });
  }
  return found.sort((a, b) => b.surprise - a.surprise || a.k - b.k);
}

const SEMITONES = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

// "C4 D4:2 F#4" (a colon gives quarters), or "+2 -1 0" (semitones from note to note, from middle C). Throws words for the reader.
function readWords(text) {
  const words = text.trim().split(/[\s,]+/).filter(Boolean);
  const steps = words.every((word) => /^[+-]?\d+$/.test(word));
  const found = steps ? [[60, 1]] : [];
  for (const word of words) {
    const name = /^([A-Ga-g])([#♯b♭]?)(\d)(?::(\d*\.?\d+))?$/.exec(word);
    if (steps) found.push([found.at(-1)[0] + Number(word), 1]);
    else if (name) found.push([SEMITONES[name[1].toUpperCase()] + { "#": 1, "♯": 1, b: -1, "♭": -1, "": 0 }[name[2]] + 12 * (Number(name[3]) + 1), Number(name[4] ?? 1)]);
    else throw new Error(`“${word}” is no name of a note. Write C4, F#4, Bb3 or C4:2, or ABC with a line K:`);
  }
  return found;
}

// One voice of ABC: L:, M:, K: and notes with accidentals, octaves and lengths; repeats are not played out.
function readAbc(text) {
  const field = (letter) => new RegExp(`^${letter}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
  const [, over, under] = /(\d+)\/(\d+)/.exec(field("L")) ?? [0, 1, 8];
  const key = /^([A-G])([#b]?)\s*(min|m(?!aj|ix)|dor|phr|lyd|mix|aeo|loc)?/i.exec(field("K")) ?? ["", "C", "", ""];
  const modes = { min: -3, m: -3, aeo: -3, dor: -2, phr: -4, lyd: 1, mix: -1, loc: -5 };
  const fifths = "FCGDAEB".indexOf(key[1].toUpperCase()) - 1 + 7 * ({ "#": 1, b: -1 }[key[2]] ?? 0) + (modes[(key[3] ?? "").toLowerCase()] ?? 0);
  const signs = {};
  for (let k = 0; k < Math.abs(fifths); k++) signs[(fifths > 0 ? "FCGDAEB" : "BEADGCF")[k % 7]] = Math.sign(fifths);
  const body = text.replace(/^[A-Za-z]:.*$/gm, "").replace(/%.*$|"[^"]*"|![^!]*!|\{[^}]*\}/gm, "");
  const found = [];
  let here = {}; // accidentals of this bar
  let [tied, last] = [false, ""];
  for (const [all, sign, letter, octave, up, slash] of body.matchAll(/\||-|(\^+|_+|=)?([A-Ga-gzx])([,']*)(\d*)(\/*\d*)/g)) {
    if (all === "|") here = {};
    if (all === "-") tied = true;
    if (!letter) continue;
    const below = /^\/+$/.test(slash) ? 2 ** slash.length : Number(slash.slice(1) || 1);
    const long = (4 * over * (up || 1)) / (under * below);
    if (/[zx]/.test(letter)) {
      if (found.length) found.at(-1)[2] = (found.at(-1)[2] ?? 0) + long;
      continue;
    }
    const name = letter.toUpperCase();
    const place = letter + octave;
    if (sign) here[place] = sign === "=" ? 0 : (sign[0] === "^" ? 1 : -1) * sign.length;
    const height = (name === letter ? 60 : 72) + 12 * ([...octave].reduce((sum, each) => sum + (each === "'" ? 1 : -1), 0));
    const pitch = height + SEMITONES[name] + (here[place] ?? signs[name] ?? 0);
    if (tied && place === last && !sign) found.at(-1)[1] += long; // a tied note keeps its accidental over the bar line
    else found.push([pitch, long]);
    [tied, last] = [false, place];
  }
  return found;
}

// Rows [onset, duration, pitch, voice] of what the reader wrote.
function readMelody(text) {
  const found = /^K:|\|/m.test(text) ? readAbc(text) : readWords(text);
  if (found.length < 4) throw new Error("Give at least four notes: with fewer, anything is like everything.");
  if (found.length > 200) throw new Error("Give at most 200 notes.");
  if (found.some(([pitch, long]) => pitch < 24 || pitch > 100 || !(long > 0) || long > 16)) throw new Error("A note is too high, too low or too long to be played.");
  let at = 0;
  return found.map(([pitch, long, rest = 0]) => {
    const row = [at, long, pitch, 0];
    at += long + rest;
    return row;
  });
}
