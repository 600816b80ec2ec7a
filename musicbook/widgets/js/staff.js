// Notes on a staff, as plain as they can be: treble clef, signs of the key, heads, stems, flags, dots, bar lines; two bars a line.

const STAFF = { width: 340, height: 112, bars: 2, gap: 5, low: 80 }; // the lowest line, E4, is step 2
const SIGN_STEPS = { "♯": [10, 7, 11, 8, 5, 9, 6], "♭": [6, 9, 5, 8, 4, 7, 3] };
const G_CLEF = "M19 65c-6 1-8 8-3 11s13 0 13-7-9-10-14-5-7 14-1 21 18 3 18-9S17 50 17 38s5-18 8-18 4 9-3 18S7 52 7 65s9 19 17 17M19 48l6 46c1 9-9 9-10 3";
const LENGTH_NAMES = { 0.25: "sixteenth", 0.5: "eighth", 0.75: "dotted eighth", 1: "quarter", 1.5: "dotted quarter", 2: "half", 3: "dotted half", 4: "whole" };

function svgNode(tag, properties, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

// Where a note lies, for readers who do not see it: E4 is on line 1, F4 in space 1.
function staffPlace(step) {
  if (step < 1) return `${2 - step} steps below line 1`;
  if (step > 11) return `${step - 10} steps above line 5`;
  if (step === 1) return "just below line 1";
  if (step === 11) return "just above line 5";
  return step % 2 ? `in space ${(step - 1) / 2}` : `on line ${step / 2}`;
}

function staffWords({ signs, bar, rows }) {
  const sign = signs > 0 ? "sharp" : "flat";
  const key = signs ? `${Math.abs(signs)} ${sign}${Math.abs(signs) > 1 ? "s" : ""}` : "no sharps or flats";
  let last = -1;
  const notes = rows.map(([onset, length, step, mark]) => {
    const number = Math.floor(onset / bar);
    const begin = number === last ? "" : `bar ${number + 1}: `;
    last = number;
    const name = { "♯": " sharp", "♭": " flat", "♮": " natural" }[mark] ?? "";
    return `${begin}${LENGTH_NAMES[length] ?? length}${name} ${staffPlace(step)}`;
  });
  return `Treble staff, ${key}; ${notes.join(", ")}`;
}

function staffPicture(staff) {
  const { signs, bar, rows } = staff;
  const { width, height, bars, gap, low } = STAFF;
  const count = Math.max(1, Math.ceil(Math.max(...rows.map(([onset, length]) => onset + length)) / bar));
  const lines = Math.ceil(count / bars);
  const svg = svgNode("svg", { class: "mb-staff", viewBox: `0 0 ${width} ${lines * height}`, role: "img", "aria-label": staffWords(staff) });
  const y = (step) => low - (step - 2) * gap;
  const start = 44 + 9 * Math.abs(signs);
  for (let line = 0; line < lines; line++) {
    const here = Math.min(bars, count - line * bars);
    const wide = (width - start - 4) / bars;
    const end = start + here * wide;
    const group = svgNode("g", { transform: `translate(0 ${line * height})` });
    const add = (tag, properties, text) => group.append(svgNode(tag, properties, text));
    const stroke = (x1, y1, x2, y2, thick = 1) => add("line", { x1, y1, x2, y2, "stroke-width": thick, class: "mb-staff-line" });
    for (let k = 2; k <= 10; k += 2) stroke(2, y(k), end, y(k), 0.8);
    add("path", { d: G_CLEF, class: "mb-staff-clef", transform: "translate(1 0)" });
    const sign = signs > 0 ? "♯" : "♭";
    for (let k = 0; k < Math.abs(signs); k++) add("text", { x: 36 + 9 * k, y: y(SIGN_STEPS[sign][k]) + 6, "font-size": 18 }, sign);
    for (let k = 1; k <= here; k++) stroke(start + k * wide, y(10), start + k * wide, y(2), 1.2);
    for (const [onset, length, step, mark] of rows) {
      const at = onset / bar - line * bars;
      if (at < 0 || at >= here) continue;
      const x = start + Math.floor(at) * wide + 16 + (at % 1) * (wide - 18);
      const top = y(step);
      for (let k = 0; k >= step; k -= 2) stroke(x - 8, y(k), x + 8, y(k));
      for (let k = 12; k <= step; k += 2) stroke(x - 8, y(k), x + 8, y(k));
      if (mark) add("text", { x: x - 15, y: top + 6, "font-size": 17 }, mark);
      const up = step < 6;
      const side = up ? x + 4.6 : x - 4.6;
      const tip = up ? top - 31 : top + 31;
      if (length < 4) stroke(side, top, side, tip, 1.2);
      for (let k = 0; k < (length < 0.5 ? 2 : length < 1 ? 1 : 0); k++) {
        const from = tip + (up ? 7 : -7) * k;
        stroke(side, from, side + 6, from + (up ? 9 : -9), 2);
      }
      add("ellipse", { cx: x, cy: top, rx: 5, ry: 3.7, transform: `rotate(-20 ${x} ${top})`, class: length < 2 ? "mb-staff-head" : "mb-staff-open" });
      if ([0.75, 1.5, 3].includes(length)) add("circle", { cx: x + 9, cy: top - (step % 2 ? 0 : 3), r: 1.7, class: "mb-staff-head" });
    }
    svg.append(group);
  }
  return svg;
}
