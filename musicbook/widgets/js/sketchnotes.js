// What can be done to a sketch: a row of tokens as text, one character a sixteenth, as in charts.js.

const BAR_STEPS = 16;
const [REST_SIGN, HOLD_SIGN] = ["0", "1"];
const isNote = (sign) => sign !== undefined && sign > HOLD_SIGN;
const whiteKey = (token) => [0, 2, 4, 5, 7, 9, 11].includes((token - 2 + LOWEST_PITCH) % 12);

// The notes that begin in a bar, as [step, length in steps, MIDI pitch].
function notesOfBar(sketch, bar) {
  const found = [];
  for (let step = bar * BAR_STEPS; step < (bar + 1) * BAR_STEPS; step++) {
    if (isNote(sketch[step])) found.push([step, endOfNote(sketch, step) - step, parseInt(sketch[step], 32) - 2 + LOWEST_PITCH]);
  }
  return found;
}

function endOfNote(sketch, start) {
  let end = start + 1;
  while (sketch[end] === HOLD_SIGN) end += 1;
  return end;
}

// One note a step of the scale up or down, or a sixteenth longer or shorter; as it was, if there is no room.
function editNote(sketch, start, how) {
  const row = [...sketch];
  const end = endOfNote(sketch, start);
  if (how === "up" || how === "down") {
    const by = how === "up" ? 1 : -1;
    let token = parseInt(row[start], 32) + by;
    while (token >= 2 && token < 32 && !whiteKey(token)) token += by;
    if (token >= 2 && token < 32) row[start] = token.toString(32);
  } else if (how === "shorter" && end > start + 1) row[end - 1] = REST_SIGN;
  else if (how === "longer" && end < row.length) {
    if (isNote(row[end]) && row[end + 1] === HOLD_SIGN) row[end + 1] = row[end]; // the next note begins later
    row[end] = HOLD_SIGN;
  }
  return row.join("");
}

// Put another bar in the place of one; a hold of nothing becomes the silence that it is.
function putBar(sketch, bar, signs) {
  const row = [...(sketch.slice(0, bar * BAR_STEPS) + signs + sketch.slice((bar + 1) * BAR_STEPS))];
  row.forEach((sign, step) => {
    if (sign === HOLD_SIGN && (step === 0 || row[step - 1] === REST_SIGN)) row[step] = REST_SIGN;
  });
  return row.join("");
}

// The longest unbroken passage that two rows share, in steps.
function sharedSteps(a, b) {
  let best = 0;
  let before = new Array(b.length + 1).fill(0);
  for (const sign of a) {
    const now = [0];
    [...b].forEach((other, k) => now.push(sign === other ? before[k] + 1 : 0));
    best = Math.max(best, ...now);
    before = now;
  }
  return best;
}

// The label of a file: as Sketch.label in Python.
function sketchLabel({ madeBy, style, mood, chosen, candidate, sketch, window: [title, tokens] }) {
  const changed = [...sketch].filter((sign, step) => sign !== candidate.t[step]).length;
  const settings = { ...madeBy.settings, style, mood, sketch: chosen + 1, "steps changed by hand": changed };
  return { ...madeBy, settings, nearest: title, shared: `${sharedSteps(sketch, tokens)} of ${tokens.length} steps` };
}

function labelTexts(label) {
  const near = label.nearest ? `; nearest training tune: ${label.nearest}` : "";
  return [`${label.statement} by ${label.model}${near}.`, `musicbook-provenance:${JSON.stringify(label)}`];
}
