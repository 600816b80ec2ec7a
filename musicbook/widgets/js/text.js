// The notes in words: what stands in for the picture when it cannot be seen.

const SHARPS = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const FLATS = ["C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B"];

// Keys with flats in their signature, as ABC writes keys ("Gm", "Ddor"): by how far the mode's signature lies from the major's.
function usesFlats(key) {
  const found = /^([A-G])([#b]?)(.*)$/.exec(key);
  if (!found) return false;
  const [, letter, accidental, mode] = found;
  const fifths = "FCGDAEB".indexOf(letter) - 1 + (accidental === "#" ? 7 : accidental === "b" ? -7 : 0);
  const shift = { m: -3, min: -3, aeo: -3, dor: -2, phr: -4, lyd: 1, mix: -1, loc: -5 }[mode.trim().toLowerCase().slice(0, 3)];
  return fifths + (shift ?? 0) < 0;
}

const noteName = (pitch, flats) => `${(flats ? FLATS : SHARPS)[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

const FRACTIONS = { 0.25: "¼", 0.5: "½", 0.75: "¾", 0.125: "⅛", 0.375: "⅜", 0.333: "⅓", 0.667: "⅔", 0.167: "⅙" };

function lengthText(quarters) {
  const whole = Math.floor(quarters + 1e-4);
  const rest = Math.round((quarters - whole) * 1000) / 1000;
  if (rest <= 0) return `${whole}`;
  const part = FRACTIONS[rest] ?? rest.toFixed(3).slice(1);
  return whole ? `${whole}${part}` : part;
}

// A list of bars for each voice: "Bar 2: D4 1, rest ½, ...". Lengths in quarter notes.
function notesAsText(tune, key) {
  const flats = usesFlats(key);
  const voices = Math.max(0, ...tune.notes.map((note) => note[3])) + 1;
  const box = make("div", { class: "mb-text" }, make("p", {}, "A note and its length in quarter notes; the number after the letter is the octave (C4 is middle C)."));
  for (let voice = 0; voice < voices; voice++) {
    if (voices > 1) box.append(make("p", { class: "mb-voice" }, `Voice ${voice + 1}`));
    const list = make("ul");
    for (const [bar, words] of barsOf(tune, voice, flats)) {
      list.append(make("li", {}, make("span", { class: "mb-bar" }, `${bar === 0 ? "Pickup" : `Bar ${bar}`}: `), words.join(", ")));
    }
    box.append(list);
  }
  return box;
}

function barsOf(tune, voice, flats) {
  const bars = new Map();
  let reached = 0;
  const put = (onset, words) => {
    const bar = Math.floor((onset - tune.pickup + 1e-6) / tune.bar) + 1;
    if (!bars.has(bar)) bars.set(bar, []);
    bars.get(bar).push(words);
  };
  for (const [onset, duration, pitch, of] of tune.notes) {
    if (of !== voice) continue;
    if (onset - reached > 1e-4) put(reached, `rest ${lengthText(onset - reached)}`);
    put(onset, `${noteName(pitch, flats)} ${lengthText(duration)}`);
    reached = Math.max(reached, onset + duration);
  }
  return bars;
}
