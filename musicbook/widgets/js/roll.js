// The piano roll: time runs to the right, pitch upwards, a colour for each voice.
//
// A long tune is shown a page at a time, so that a quarter note never shrinks below a readable width; the page turns when the
// playhead leaves it. Clicking or dragging on the roll moves the playhead.

const NARROWEST_QUARTER = 9; // CSS pixels

// Which stretch of the tune the canvas shows: whole bars, from the bar page that holds the position.
function rollPage(tune, position, width) {
  const bars = Math.max(1, Math.floor(width / NARROWEST_QUARTER / tune.bar));
  const span = bars * tune.bar;
  if (tune.length <= span * 1.1) return { start: 0, end: tune.length };
  // A pickup belongs to the first page.
  const page = Math.max(0, Math.floor((Math.min(position, tune.length - 1e-6) - tune.pickup) / span));
  const start = page === 0 ? 0 : tune.pickup + page * span;
  return { start, end: Math.min(tune.pickup + (page + 1) * span, Math.max(tune.length, start + span / 2)) };
}

function drawRoll(canvas, tune, position, active) {
  const ratio = globalThis.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const page = rollPage(tune, position, width);
  const x = (quarters) => ((quarters - page.start) / (page.end - page.start)) * width;
  const style = getComputedStyle(canvas);
  const colours = VOICES[isDark() ? "dark" : "light"];
  const [low, high] = tune.range;
  const row = height / (high - low + 5);
  const y = (pitch) => (high + 2 - pitch) * row;
  drawGrid(pen, tune, page, { x, y, width, height, row, low, high, style });
  drawNotes(pen, tune, page, { x, y, row, colours, position, active });
  const at = Math.round(x(position) * ratio) / ratio;
  pen.fillStyle = style.getPropertyValue("--mb-playhead");
  pen.fillRect(Math.min(Math.max(at - 0.75, 0), width - 1.5), 0, 1.5, height);
}

function drawGrid(pen, tune, page, { x, y, width, height, row, low, high, style }) {
  pen.fillStyle = style.getPropertyValue("--mb-stripe");
  for (let pitch = low - 2; pitch <= high + 2; pitch++) {
    if ([1, 3, 6, 8, 10].includes(((pitch % 12) + 12) % 12)) pen.fillRect(0, y(pitch), width, row); // the black keys
  }
  pen.fillStyle = style.getPropertyValue("--mb-line");
  for (let bar = tune.pickup % tune.bar; bar < page.end; bar += tune.bar) {
    if (bar > page.start) pen.fillRect(Math.round(x(bar)), 0, 1, height);
  }
}

function drawNotes(pen, tune, page, { x, y, row, colours, position, active }) {
  const thick = Math.min(Math.max(row * 0.86, 3), 13);
  for (const [onset, duration, pitch, voice] of tune.notes) {
    if (onset >= page.end || onset + duration <= page.start) continue;
    const left = x(onset);
    const wide = Math.max(x(onset + duration) - left - 1.5, 2.5);
    const top = y(pitch) + (row - thick) / 2;
    const sounds = active && onset <= position && position < onset + duration;
    pen.fillStyle = colours[voice % colours.length];
    pen.globalAlpha = sounds || !active ? 1 : onset + duration <= position ? 1 : 0.7;
    if (sounds) {
      pen.shadowColor = pen.fillStyle;
      pen.shadowBlur = 10;
    }
    pen.beginPath();
    pen.roundRect(left + 0.75, top, wide, thick, Math.min(thick / 2, 4));
    pen.fill();
    pen.shadowBlur = 0;
    if (sounds) {
      pen.lineWidth = 1.5;
      pen.strokeStyle = pen.fillStyle;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

// Seek by pointer. A sideways drag scrubs; an up-and-down one still scrolls the page (touch-action in the style sheet).
function seekOnRoll(canvas, tuneOf, positionOf, seek) {
  let page = null;
  const go = (event) => {
    const { left, width } = canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    seek(page.start + share * (page.end - page.start));
  };
  canvas.addEventListener("pointerdown", (event) => {
    page = rollPage(tuneOf(), positionOf(), canvas.clientWidth);
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener("pointermove", (event) => page && go(event));
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (page = null));
}

// What the roll and the transport need to know of a tune, from the plain rows that Python sends.
function readTune({ notes, meter, pickup }) {
  const rows = [...notes].sort((a, b) => a[0] - b[0] || a[3] - b[3]);
  const length = Math.max(0, ...rows.map(([onset, duration]) => onset + duration));
  const [beats, unit] = meter === "none" ? [4, 4] : meter.split("/").map(Number);
  const pitches = rows.length ? rows.map((note) => note[2]) : [60];
  // At least an octave, so that a tune of three notes is not drawn as three slabs.
  const middle = (Math.min(...pitches) + Math.max(...pitches)) / 2;
  const half = Math.max(6, (Math.max(...pitches) - Math.min(...pitches)) / 2);
  const range = [Math.floor(middle - half), Math.ceil(middle + half)];
  return { notes: rows, meter, pickup, length, bar: (beats * 4) / unit, beat: 4 / unit, range };
}

// "bar 3, beat 2" for people; the pickup is bar 0.
function placeText(tune, position) {
  const from = position - tune.pickup + 1e-6;
  const bar = Math.floor(from / tune.bar);
  const beat = Math.floor((from - bar * tune.bar) / tune.beat);
  return `bar ${bar + 1}, beat ${beat + 1}`;
}
