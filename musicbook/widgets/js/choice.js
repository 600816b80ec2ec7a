// Where a tuner's tune is chosen: on a slider, or on a plane with two.

const samePlace = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function axisHead(name, where) {
  return make("div", { class: "mb-axis" }, make("span", { "aria-hidden": "true" }, name), where);
}

function sliderChoice({ get, count, move }) {
  const last = count - 1;
  const labels = get("labels");
  let place = Math.min(get("position"), last);
  const say = (at) => (at === Math.round(at) ? labels[at] : `between ${labels[Math.floor(at)]} and ${labels[Math.ceil(at)]}`);
  const knob = slider({
    label: get("axis"), min: 0, max: last, step: 1, value: place, className: "mb-knob", say, oninput: move,
  });
  const where = make("output", { class: "mb-where" });
  return {
    trait: "position",
    className: "mb-tuner",
    parts: [axisHead(get("axis"), where), knob.input],
    place: () => place,
    set(to) {
      place = Math.min(to, last);
    },
    stop: () => Math.round(place),
    onStop: () => place === Math.round(place),
    label: () => say(place),
    show() {
      knob.show(place);
      where.textContent = say(place);
    },
    // With a kernel behind it the slider stops anywhere.
    free() {
      knob.input.step = 0.05;
    },
  };
}

// A plane of cells, first row at the bottom. The pointer works on the picture, keys on a slider for each axis.
function padChoice({ get, move }) {
  const { cols, rows, x, y, axes, values, value_name: valueName, marks } = get("grid");
  let [col, row] = get("place");
  let step = 1;
  const fit = (at, size) => Math.min(Math.max(Math.round(at / step) * step, 0), size - 1);
  const between = (ticks, at) => {
    const low = Math.floor(at);
    return ticks[low] + (at - low) * ((ticks[low + 1] ?? ticks[low]) - ticks[low]);
  };
  const number = (value) => value.toFixed(2).replace("-", "−");
  const stop = () => Math.round(row) * cols + Math.round(col);
  const go = (c, r) => {
    const to = [fit(c, cols), fit(r, rows)];
    if (!samePlace(to, [col, row])) move(to);
  };
  const knob = (k, ticks, oninput) => slider({
    label: axes[k], min: 0, max: ticks.length - 1, step: 1, value: [col, row][k], className: "mb-knob",
    say: (at) => number(between(ticks, at)), oninput,
  });
  const across = knob(0, x, (at) => go(at, row));
  const up = knob(1, y, (at) => go(col, at));
  const where = make("output", { class: "mb-where" });
  const plane = make("canvas", { class: "mb-plane", role: "img" });
  const point = (event) => {
    const box = plane.getBoundingClientRect();
    go(((event.clientX - box.left) / box.width) * cols - 0.5, (1 - (event.clientY - box.top) / box.height) * rows - 0.5);
  };
  plane.addEventListener("pointerdown", (event) => {
    plane.setPointerCapture(event.pointerId);
    point(event);
  });
  plane.addEventListener("pointermove", (event) => event.buttons && point(event));

  function draw() {
    const paper = penOf(plane);
    if (!paper) return;
    const { pen, width, height, colour, colours } = paper;
    const [wide, tall] = [width / cols, height / rows];
    pen.fillStyle = colours[0];
    values.forEach((value, k) => {
      pen.globalAlpha = 0.08 + (0.72 * value) / 255;
      pen.fillRect((k % cols) * wide + 0.5, height - (Math.floor(k / cols) + 1) * tall + 0.5, wide - 1, tall - 1);
    });
    pen.globalAlpha = 1;
    pen.font = paper.font;
    const spot = (c, r, radius) => {
      pen.beginPath();
      pen.arc((c + 0.5) * wide, height - (r + 0.5) * tall, radius, 0, 7);
    };
    for (const [c, r, name] of marks) {
      pen.fillStyle = colour("--mb-ink");
      spot(c, r, 3);
      pen.fill();
      const left = (c + 0.5) * wide > width / 2;
      const away = Math.min(wide, tall) * 0.42 + 5; // clear of the ring
      pen.textAlign = left ? "right" : "left";
      pen.fillText(name, (c + 0.5) * wide + (left ? -away : away), height - (r + 0.5) * tall + 4);
    }
    pen.lineWidth = 3;
    pen.strokeStyle = colour("--mb-playhead");
    spot(col, row, Math.min(wide, tall) * 0.42);
    pen.stroke();
  }

  const label = () => `${axes[0]} ${number(between(x, col))}, ${axes[1]} ${number(between(y, row))}`;
  return {
    trait: "place",
    className: "mb-pad",
    parts: [
      axisHead(valueName ? `Stronger colour: more ${valueName}` : "", where), plane,
      axisHead(axes[0], make("span", { "aria-hidden": "true" }, "→")), across.input,
      axisHead(axes[1], make("span", { "aria-hidden": "true" }, "↑")), up.input,
    ],
    place: () => [col, row],
    set([c, r]) {
      [col, row] = [Math.min(c, cols - 1), Math.min(r, rows - 1)];
    },
    stop,
    onStop: () => col === Math.round(col) && row === Math.round(row),
    label,
    show() {
      across.show(col);
      up.show(row);
      where.textContent = label();
      plane.setAttribute("aria-label", `Plane of ${cols} by ${rows} tunes, at ${label()}; the sliders below move the place`);
      draw();
    },
    free() {
      step = 0.1;
      for (const each of [across, up]) each.input.step = step;
    },
  };
}
