// The places for an answer, by kind. Each gives { nodes, given(), put(given), lock? }: what is shown, the answer as a list, and
// how a kept answer is put back. `changed` is called when the reader touches it.

const EXERCISE_STOP = { "data-lm-suppress-shortcuts": "true" };

function exerciseFields(record, changed) {
  const names = record.kind === "number" ? ["Your answer"] : record.fields;
  const inputs = names.map((name) => make("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", class: "mb-ex-field", "aria-label": record.unit ? `${name}, in ${record.unit}` : name, oninput: changed, ...EXERCISE_STOP,
  }));
  const nodes = inputs.map((input, i) => make("label", { class: "mb-ex-line" },
    make("span", {}, names[i]), input, record.unit ? make("span", { class: "mb-ex-unit" }, record.unit) : null));
  return { nodes, given: () => inputs.map((input) => input.value), put: (given) => inputs.forEach((input, i) => (input.value = given[i] ?? "")) };
}

function exerciseSlider(record, changed) {
  const [min, max, step] = record.slider;
  const digits = (String(step).split(".")[1] ?? "").length;
  const say = (value) => `${value.toFixed(digits)}${record.unit ? ` ${record.unit}` : ""}`;
  const now = make("output", { class: "mb-ex-now" });
  let touched = false;
  const knob = slider({ label: "Your answer", min, max, step, value: min, className: "mb-ex-slider", say, oninput: (to) => {
    touched = true;
    now.textContent = say(to);
    changed();
  } });
  now.textContent = "not moved yet";
  return {
    nodes: [make("div", { class: "mb-ex-line" }, knob.input, now)],
    given: () => (touched ? [knob.input.value] : [""]),
    put: ([value]) => {
      if (value === undefined || value === "") return;
      touched = true;
      knob.show(value);
      now.textContent = say(Number(value));
    },
  };
}

// The reader sets another widget of the page; `read` gives the numbers of its trait.
function exerciseWatch(record, read) {
  const now = make("output", { class: "mb-ex-now" });
  const show = () => {
    const values = read();
    now.textContent = values.map((value) => (typeof value === "number" ? String(Number(value.toFixed(4))) : "…")).join(", ") || "…";
  };
  show();
  return {
    nodes: [make("p", { class: "mb-ex-line" }, make("span", {}, `Set ${record.watch}. It stands at`), now)],
    given: () => read().map(String),
    put: () => {},
    show,
  };
}

function exerciseOptions(record, changed) {
  const type = record.kind === "choice" ? "radio" : "checkbox";
  const group = `${record.id}-${Math.random().toString(36).slice(2)}`;
  const inputs = record.options.map(([key]) => make("input", { type, name: group, value: key, onchange: changed, ...EXERCISE_STOP }));
  const nodes = inputs.map((input, i) => make("label", { class: "mb-ex-option" }, input, make("span", {}, record.options[i][1])));
  const set = make("fieldset", { class: "mb-ex-set" }, make("legend", {}, type === "radio" ? "Choose one" : "Choose all that apply"), ...nodes);
  return {
    nodes: [set],
    given: () => inputs.filter((input) => input.checked).map((input) => input.value),
    put: (given) => inputs.forEach((input) => (input.checked = given.includes(input.value))),
  };
}

function exerciseOrder(record, changed) {
  const text = Object.fromEntries(record.options);
  let order = record.options.map(([key]) => key);
  let touched = false;
  const list = make("ol", { class: "mb-ex-order" });
  const move = (place, by) => {
    const key = order[place];
    order.splice(place + by, 0, ...order.splice(place, 1));
    touched = true;
    draw();
    // The focus stays on the item that moved; at an end its other button takes it.
    const [up, down] = list.children[place + by].querySelectorAll("button");
    const wanted = by < 0 ? up : down;
    (wanted.disabled ? (by < 0 ? down : up) : wanted).focus();
    changed(`${text[key]}: place ${place + by + 1} of ${order.length}.`);
  };
  const arrow = (place, by) => make("button", {
    type: "button", class: "mb-ex-move", "aria-label": `Move ${by < 0 ? "up" : "down"}: ${text[order[place]]}`, disabled: place + by < 0 || place + by >= order.length, onclick: () => move(place, by), ...EXERCISE_STOP,
  }, by < 0 ? "↑" : "↓");
  function draw() {
    list.replaceChildren(...order.map((key, place) => make("li", {}, make("span", { class: "mb-ex-item" }, text[key]), arrow(place, -1), arrow(place, 1))));
  }
  draw();
  return {
    nodes: [list],
    given: () => (touched ? [...order] : []),
    put: (given) => {
      if (!exerciseRead(record, given)) return;
      order = [...given];
      touched = true;
      draw();
    },
  };
}

function exerciseForms(record, changed, read) {
  if (record.watch) return exerciseWatch(record, read);
  if (record.slider) return exerciseSlider(record, changed);
  if (record.kind === "order") return exerciseOrder(record, changed);
  return record.options.length ? exerciseOptions(record, changed) : exerciseFields(record, changed);
}
