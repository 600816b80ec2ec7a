// The pictures of the studio: the loop, a melody as a card, and the map of all tunes.

const STUDIO_STEPS = ["compose", "hear", "like", "recommend"];
const STUDIO_SIGNS = [
  '<path d="M9 17V5l9-2v12"/><circle cx="6.500" cy="17" r="2.500"/><circle cx="15.500" cy="15" r="2.500"/>',
  '<path d="M4 10v4h4l5 4V6L8 10z"/><path d="M16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11"/>',
  '<path d="M12 20 4.500 12.500a4.800 4.800 0 0 1 7.500-6 4.800 4.800 0 0 1 7.500 6z"/>',
  '<path d="M5 6h14M5 12h14M5 18h8"/>',
];

// Four steps on a circle, clockwise from the top; the arcs between them are arrows.
function loopPicture() {
  const at = (turn, r) => [110 + r * Math.sin(turn), 92 - r * Math.cos(turn)].map((v) => v.toFixed(1)).join(" ");
  const quarter = Math.PI / 2;
  const arcs = STUDIO_STEPS.map((_, k) => {
    const [from, to] = [k * quarter + 0.46, (k + 1) * quarter - 0.5];
    return `<path class="mb-loop-arc" d="M${at(from, 58)}A58 58 0 0 1 ${at(to, 58)}"/><path class="mb-loop-tip" d="M${at(to + 0.09, 58)}L${at(to - 0.06, 64)}L${at(to - 0.06, 52)}z"/>`;
  });
  const nodes = STUDIO_STEPS.map((name, k) => {
    const [x, y] = at(k * quarter, 58).split(" ").map(Number);
    const label = [[x, y - 27, "middle"], [x + 26, y + 4, "start"], [x, y + 36, "middle"], [x - 26, y + 4, "end"]][k];
    return `<g class="mb-loop-node"><circle cx="${x}" cy="${y}" r="20"/><g transform="translate(${x - 12} ${y - 12})">${STUDIO_SIGNS[k]}</g><text x="${label[0]}" y="${label[1]}" text-anchor="${label[2]}">${name}</text></g>`;
  });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-62 -8 332 202");
  svg.setAttribute("class", "mb-loop");
  svg.setAttribute("role", "img");
  svg.innerHTML = arcs.map((arc, k) => `<g>${arc}</g>`).join("") + nodes.join("") + '<text class="mb-loop-round" x="110" y="90" text-anchor="middle"></text><text class="mb-loop-word" x="110" y="106" text-anchor="middle">round</text>';
  return {
    svg,
    show(step, round) {
      svg.setAttribute("aria-label", `The loop: ${STUDIO_STEPS.join(", ")}, and compose again. Round ${round}; now: ${step}.`);
      [...svg.querySelectorAll(".mb-loop-node")].forEach((node, k) => node.classList.toggle("mb-now", STUDIO_STEPS[k] === step));
      [...svg.children].slice(0, 4).forEach((arc, k) => arc.classList.toggle("mb-now", STUDIO_STEPS[(k + 1) % 4] === step));
      svg.querySelector(".mb-loop-round").textContent = round;
    },
  };
}

// A melody in the colour of its card. `place` is the position in quarter notes while it sounds, else null.
function drawCard(canvas, tune, place) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colour } = paper;
  const pitches = tune.notes.map((note) => note[2]);
  const [low, high] = [Math.min(...pitches, 60), Math.max(...pitches, 77)];
  const row = (height - 16) / (high - low + 1);
  const x = (quarters) => 6 + (quarters / tune.length) * (width - 12);
  pen.fillStyle = colour("--mb-line");
  for (let bar = tune.bar; bar < tune.length - 0.01; bar += tune.bar) pen.fillRect(Math.round(x(bar)), 0, 1, height);
  pen.fillStyle = colour("--mb-hue");
  const thick = Math.max(row, 3.5);
  for (const [onset, duration, pitch] of tune.notes) {
    const sounds = place !== null && onset <= place && place < onset + duration;
    pen.globalAlpha = place === null || sounds ? 1 : onset < place ? 0.85 : 0.4;
    pen.shadowColor = pen.fillStyle;
    pen.shadowBlur = sounds ? 12 : 0;
    pen.beginPath();
    pen.roundRect(x(onset), 8 + (high - pitch) * row + (row - thick) / 2, Math.max(x(onset + duration) - x(onset) - 1.5, 2.5), thick, 2);
    pen.fill();
  }
  pen.shadowBlur = 0;
  pen.globalAlpha = 1;
  if (place === null) return;
  pen.fillStyle = colour("--mb-playhead");
  pen.fillRect(x(place) - 0.75, 0, 1.5, height);
}

// The map: points [x, y] from 0 to 1, first the pool and then `songs` of them; what is drawn on top comes in `marks`.
function drawMap(canvas, points, { songs, heard, opinions, shown, next, playing, hues }) {
  const paper = penOf(canvas);
  if (!paper) return;
  const { pen, width, height, colour } = paper;
  const spot = (point) => mapSpot(point, width, height);
  const dot = (i, r, fill, alpha = 1) => {
    pen.globalAlpha = alpha;
    pen.beginPath();
    pen.arc(...spot(points[i]), r, 0, 7);
    pen.fillStyle = fill;
    pen.fill();
  };
  points.forEach((_, i) => {
    const old = i >= songs[0] && i < songs[1];
    dot(i, old ? 2.6 : 2, colour(old ? "--mb-old" : "--mb-quiet"), old ? 0.75 : heard.has(i) ? 0.7 : 0.26);
  });
  for (const i of next) {
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(...spot(points[i]), 5, 0, 7);
    pen.setLineDash([3, 2.5]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = colour("--mb-ink");
    pen.stroke();
    pen.setLineDash([]);
  }
  for (const [item, opinion] of Object.entries(opinions)) {
    const [x, y] = spot(points[item]);
    if (opinion > 0) {
      pen.shadowColor = colour("--mb-playhead");
      pen.shadowBlur = 16;
      dot(item, 9, colour("--mb-playhead"), 0.35);
      dot(item, 5.5, colour("--mb-playhead"));
      pen.shadowBlur = 0;
    } else {
      pen.globalAlpha = 1;
      pen.strokeStyle = colour("--mb-quiet");
      pen.lineWidth = 2.5;
      pen.beginPath();
      for (const s of [-1, 1]) {
        pen.moveTo(x - 5, y - 5 * s);
        pen.lineTo(x + 5, y + 5 * s);
      }
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
  shown.forEach((i, k) => {
    pen.beginPath();
    pen.arc(...spot(points[i]), 8.5, 0, 7);
    pen.lineWidth = 2.5;
    pen.strokeStyle = hues[k];
    pen.stroke();
  });
  if (playing !== null) {
    pen.beginPath();
    pen.arc(...spot(points[playing]), 13, 0, 7);
    pen.lineWidth = 1.5;
    pen.strokeStyle = colour("--mb-ink");
    pen.stroke();
  }
  if (next.length && shown.length) arrow(pen, spot(middleOf(points, shown)), spot(middleOf(points, next)), colour("--mb-accent"));
}

const mapSpot = ([x, y], width, height) => [14 + x * (width - 28), height - 14 - y * (height - 28)];
const middleOf = (points, rows) => [0, 1].map((k) => rows.reduce((sum, i) => sum + points[i][k], 0) / rows.length);

function arrow(pen, [x, y], [u, v], colour) {
  const turn = Math.atan2(v - y, u - x);
  if (Math.hypot(u - x, v - y) < 12) return;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 3.5;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(u - 8 * Math.cos(turn), v - 8 * Math.sin(turn));
  pen.stroke();
  pen.beginPath();
  pen.moveTo(u, v);
  for (const side of [-0.45, 0.45]) pen.lineTo(u - 15 * Math.cos(turn + side), v - 15 * Math.sin(turn + side));
  pen.fill();
}
