// Small pictures beside a slider: histograms, curves over the stops, and a picture of numbers. And how tokens become notes.

const LOWEST_PITCH = 55;
const STEPS_A_QUARTER = 4;

// Tokens, one character each in base 32, to rows [onset, duration, pitch, voice] in quarter notes. 0 is silence, 1 holds the note
// before it, from 2 on a pitch begins; a hold of nothing is silence.
function notesOfTokens(text) {
  const notes = [];
  let sounding = null;
  [...text].forEach((character, step) => {
    const token = parseInt(character, 32);
    if (token === 1) {
      if (sounding) sounding[1] += 1 / STEPS_A_QUARTER;
    } else {
      sounding = token > 1 ? [step / STEPS_A_QUARTER, 1 / STEPS_A_QUARTER, token - 2 + LOWEST_PITCH, 0] : null;
      if (sounding) notes.push(sounding);
    }
  });
  return notes;
}

// A stop as Python sends it, ready to be drawn and played. Tokens last as long as their row, so that stops loop in step.
function readStop(stop, meter) {
  const notes = stop.rows ?? notesOfTokens(stop.tokens);
  const tune = readTune({ notes, meter, pickup: 0 });
  if (stop.tokens) tune.length = stop.tokens.length / STEPS_A_QUARTER;
  return tune;
}

// A canvas in the size of its place on the page, and the pen for it, in CSS pixels; null while it is not shown.
function penOf(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name);
  return { pen, width, height, colour, colours: VOICES[isDark() ? "dark" : "light"], font: `12px ${style.fontFamily}` };
}

function drawHistograms(canvas, tables, stop) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colours, colour } = paper;
  const names = Object.keys(tables);
  const top = Math.max(1, ...names.flatMap((name) => tables[name].flatMap((row) => row)));
  const floor = height - 16;
  names.forEach((name, k) => {
    const bars = tables[name][stop];
    const wide = width / bars.length;
    pen.fillStyle = colours[k];
    pen.globalAlpha = 0.75;
    bars.forEach((count, i) => {
      const tall = (Math.sqrt(count / top)) * (floor - 4);
      pen.fillRect(i * wide + (k * wide) / names.length + 0.5, floor - tall, wide / names.length - 1, tall);
    });
  });
  pen.globalAlpha = 1;
  pen.font = paper.font;
  pen.fillStyle = colour("--mb-quiet");
  pen.fillText("0", 1, height - 3);
  pen.fillText("1", width - 9, height - 3);
}

function drawCurves(canvas, curves, stop) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colours, colour } = paper;
  const names = Object.keys(curves);
  const values = names.flatMap((name) => curves[name]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = curves[names[0]].length - 1;
  const x = (i) => 5 + (i / last) * (width - 10);
  const y = (v) => height - 6 - ((v - low) / (high - low || 1)) * (height - 12);
  pen.fillStyle = colour("--mb-playhead");
  pen.fillRect(x(stop) - 0.75, 0, 1.5, height);
  names.forEach((name, k) => {
    pen.strokeStyle = colours[k % colours.length];
    pen.lineWidth = 2;
    pen.beginPath();
    curves[name].forEach((v, i) => (i ? pen.lineTo(x(i), y(v)) : pen.moveTo(x(i), y(v))));
    pen.stroke();
    pen.fillStyle = pen.strokeStyle;
    pen.beginPath();
    pen.arc(x(stop), y(curves[name][stop]), 3.5, 0, 7);
    pen.fill();
  });
}

// Numbers 0 to 255 as shades, first row at the bottom; the playhead runs over it.
function drawHeat(canvas, heat, stop, share) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colours, colour } = paper;
  const [, symbols, steps] = heat.shape;
  pen.fillStyle = colours[0];
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (let step = 0; step < steps; step++) {
      const value = heat.bytes[(stop * symbols + symbol) * steps + step];
      if (!value) continue;
      pen.globalAlpha = value / 255;
      pen.fillRect((step / steps) * width, height - ((symbol + 1) / symbols) * height, width / steps - 0.5, height / symbols - 0.5);
    }
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colour("--mb-playhead");
  pen.fillRect(share * width - 0.75, 0, 1.5, height);
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

// The names of lines or bars with their colours, in words; the numbers of the stop stand behind them.
function legend(names, words) {
  const box = make("p", { class: "mb-legend" });
  const show = (stop) => {
    const colours = VOICES[isDark() ? "dark" : "light"];
    box.replaceChildren(...names.map((name, k) => {
      const dot = make("span", { class: "mb-dot", "aria-hidden": "true" });
      dot.style.background = colours[k % colours.length];
      return make("span", {}, dot, words(name, stop));
    }));
  };
  return { box, show };
}
