// Where a bell's tune is chosen: a normal distribution that is moved against one that stands still. Same sums as
// musicbook/compose/gaussians.py.

const logDensity = (x, [mu, sigma]) => -0.5 * ((x - mu) / sigma) ** 2 - Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
// log(1 + exp(t)) without overflow
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

function gameNumbers(real, fake) {
  const low = Math.min(real[0] - 12 * real[1], fake[0] - 12 * fake[1]);
  const high = Math.max(real[0] + 12 * real[1], fake[0] + 12 * fake[1]);
  const points = 4001;
  const step = (high - low) / (points - 1);
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const [a, b] = [logDensity(low + i * step, real), logDensity(low + i * step, fake)];
    sum -= (Math.exp(a) * softplus(b - a) + Math.exp(b) * softplus(a - b)) * (i % (points - 1) ? 1 : 0.5);
  }
  return { V: sum * step, JS: (sum * step + Math.log(4)) / 2 };
}

function klNumbers([mu, sigma]) {
  return { KL: -Math.log(sigma) + (sigma ** 2 + mu ** 2) / 2 - 0.5 };
}

function bellPitches([mu, sigma], quantiles) {
  return quantiles.map((z) => Math.min(96, Math.max(36, Math.floor(60.5 + 4 * (mu + sigma * z)))));
}

function bellChoice({ get, move }) {
  const { kind, still, names, quantiles } = get("bell");
  let pair = [...get("pair")];
  const range = [36, 96];
  const snug = (value, low, high) => Math.min(high, Math.max(low, Math.round(value * 20) / 20));
  const go = (mu, sigma) => {
    const to = [snug(mu, -3, 3), snug(sigma, 0.2, 3)];
    if (!samePlace(to, pair)) move(to);
  };
  const said = (value, digits = 2) => value.toFixed(digits).replace("-", "−");
  const knob = (label, k, min) => slider({
    label, min, max: 3, step: 0.05, value: pair[k], className: "mb-knob", say: (at) => said(at),
    oninput: (at) => (k ? go(pair[0], at) : go(at, pair[1])),
  });
  const [mean, deviation] = [knob(`mean of ${names[1]}`, 0, -3), knob(`deviation of ${names[1]}`, 1, 0.2)];
  const where = make("output", { class: "mb-where" });
  const plot = make("canvas", { class: "mb-curve", role: "img" });
  const numbers = () => (kind === "game" ? gameNumbers(still, pair) : klNumbers(pair));
  const words = () => Object.entries(numbers()).map(([name, value]) => `${name} = ${said(value, 4)} nats`).join(", ");
  const key = legend(kind === "game" ? [...names, "D*"] : [...names, "what adds up to the KL"], (name) => name);

  // x from -6 to 6; densities up to 1.2 fill the picture, higher ones leave it
  const floorOf = (height) => height - 18;
  plot.addEventListener("pointerdown", (event) => {
    plot.setPointerCapture(event.pointerId);
    point(event);
  });
  plot.addEventListener("pointermove", (event) => event.buttons && point(event));
  // The top of the bell follows the pointer.
  function point(event) {
    const box = plot.getBoundingClientRect();
    const peak = ((floorOf(box.height) - (event.clientY - box.top)) / floorOf(box.height)) * 1.2;
    go(((event.clientX - box.left) / box.width) * 12 - 6, 1 / Math.sqrt(2 * Math.PI) / Math.max(peak, 0.05));
  }

  function draw() {
    const paper = penOf(plot);
    if (!paper) return;
    const { pen, width, height, colour, colours } = paper;
    const floor = floorOf(height);
    const line = (of, shade, top, filled) => {
      pen.beginPath();
      for (let i = 0; i <= 240; i++) {
        const y = floor - (of(i / 20 - 6) / top) * floor;
        if (i) pen.lineTo((i / 240) * width, y);
        else pen.moveTo(0, y);
      }
      if (filled) {
        pen.lineTo(width, floor);
        pen.lineTo(0, floor);
        pen.globalAlpha = 0.3;
        pen.fillStyle = shade;
        pen.fill();
        pen.globalAlpha = 1;
      }
      pen.strokeStyle = shade;
      pen.lineWidth = 2;
      pen.stroke();
    };
    const at = (which) => (x) => Math.exp(logDensity(x, which));
    if (kind === "game") line((x) => Math.exp(-softplus(logDensity(x, pair) - logDensity(x, still))), colours[2], 1.05);
    else line((x) => at(pair)(x) * (logDensity(x, pair) - logDensity(x, still)), colours[2], 1.2, true);
    line(at(still), colours[0], 1.2);
    line(at(pair), colours[1], 1.2);
    pen.fillStyle = colour("--mb-quiet");
    pen.font = paper.font;
    pen.textAlign = "center";
    for (const x of [-4, -2, 0, 2, 4]) pen.fillText(said(x, 0), ((x + 6) / 12) * width, height - 4);
  }

  return {
    trait: "pair",
    className: `mb-bell mb-bell-${kind}`,
    range,
    parts: [
      key.box, plot, axisHead(`mean of ${names[1]}`, where), mean.input,
      axisHead(`deviation of ${names[1]}`, make("span", { "aria-hidden": "true" }, "↔")), deviation.input,
    ],
    place: () => pair,
    set(to) {
      pair = [...to];
    },
    stop: () => 0,
    onStop: () => true,
    tune() {
      const sounding = [...bellPitches(still, quantiles), ...bellPitches(pair, quantiles)];
      const tune = readTune({ notes: sounding.map((pitch, k) => [k / 2, 0.5, pitch, 0]), meter: get("meter"), pickup: 0 });
      return Object.assign(tune, { range });
    },
    label: words,
    show() {
      mean.show(pair[0]);
      deviation.show(pair[1]);
      where.textContent = words();
      key.show(0);
      plot.setAttribute("aria-label", `${names[1]} with mean ${said(pair[0])} and deviation ${said(pair[1])} against ${names[0]}: ${words()}`);
      draw();
    },
    free() {},
  };
}
