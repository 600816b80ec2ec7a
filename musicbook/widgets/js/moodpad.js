// Mood pad: a tune whose tempo, register and mode can be moved while it plays, and the mood that is predicted for it.

const MODES = [["own", "As it is"], ["major", "Major"], ["minor", "Minor"]];
const PARTS_OF_SOUND = ["loop", "instrument", "volume"];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const save = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const { rule, found, quadrants, reach } = Object.fromEntries(["rule", "found", "quadrants", "reach"].map((name) => [name, get(name)]));
  const read = (notes) => readTune({ notes, meter: get("meter"), pickup: get("pickup") });
  const own = read(get("notes"));
  const was = moodOf(cuesOf(own.notes, get("own_tempo"), rule), rule);
  let tune = changed();

  // The roll keeps room for where the tune was, so that a change of register is seen.
  function changed() {
    const made = read(inOctave(inMode(own.notes, found, get("mode"), rule.to_minor), get("octaves")));
    made.range = [Math.min(made.range[0], own.range[0]), Math.max(made.range[1], own.range[1])];
    return made;
  }

  const settings = { notes: tune.notes, length: tune.length, tempo: get("tempo") };
  for (const trait of PARTS_OF_SOUND) settings[trait] = get(trait);
  const transport = createTransport(model, settings, () => refresh());
  const isOwn = () => get("mode") === "own" || get("mode") === found.mode;
  const view = playerView({
    name: () => get("title") || "Tune",
    tune: () => tune,
    get: (name) => (name === "key" && !isOwn() ? `${found.name}${get("mode") === "minor" ? "m" : ""}` : get(name)),
    transport,
    change: save,
  });
  view.root.classList.add("mb-moodpad");

  // ---- what the reader moves: the player's own tempo slider, and two more
  const tempo = view.root.querySelector(".mb-tempo");
  tempo.prepend(make("span", { "aria-hidden": "true" }, "Tempo"));
  const say = (octaves) => (octaves ? `${Math.abs(octaves)} octave${Math.abs(octaves) > 1 ? "s" : ""} ${octaves > 0 ? "up" : "down"}` : "as it is");
  const said = make("output", { class: "mb-where" });
  const register = slider({
    label: "Register", min: reach[0], max: reach[1], step: 1, value: get("octaves"), className: "mb-mood-slider", say,
    oninput: (value) => save("octaves", value),
  });
  const modes = MODES.map(([value, words]) => make("button", {
    type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => save("mode", value),
  }, words));
  const key = `${found.name.replace("b", "♭").replace("#", "♯")} ${found.mode}`;
  const cues = make("p", { class: "mb-mood-cues" });
  const verdict = make("p", { class: "mb-mood-verdict" });
  const plane = make("canvas", { class: "mb-mood-plane", role: "img" });
  const mark = (kind) => make("span", { class: `mb-mood-dot mb-mood-${kind}`, "aria-hidden": "true" });
  view.root.insertBefore(make("div", { class: "mb-mood-columns" },
    make("div", {}, plane, make("p", { class: "mb-mood-key" }, make("span", {}, mark("now"), "as you hear it"), make("span", {}, mark("was"), "as it was"))),
    make("div", { class: "mb-mood-knobs" }, tempo,
      make("div", {}, make("div", { class: "mb-mood-line" }, make("span", { "aria-hidden": "true" }, "Register"), said), register.input),
      make("div", {}, make("p", { class: "mb-mood-line" }, make("span", {}, "Mode"), make("span", { class: "mb-mood-quiet" }, `most likely ${key}`)),
        make("div", { class: "mb-mood-modes", role: "group", "aria-label": "Mode" }, ...modes)),
      make("div", { class: "mb-mood-said", role: "status" }, cues, verdict))), view.root.querySelector(".mb-stage"));
  el.append(view.root);

  let mood = was;
  function draw() {
    const dots = [{ at: was, radius: 7, colour: "--mb-ink", hollow: true }, { at: mood, radius: 8, colour: "--mb-playhead" }];
    drawMoodPlane(plane, quadrants, dots, [[was, mood]]);
  }

  function renew() {
    const heard = cuesOf(tune.notes, get("tempo"), rule);
    mood = moodOf(heard, rule);
    register.show(get("octaves"));
    said.textContent = say(get("octaves"));
    MODES.forEach(([value], k) => modes[k].setAttribute("aria-pressed", String(get("mode") === value)));
    cues.textContent = `${heard.speed.toFixed(2)} notes a second; majorness ${signed(heard.majorness)}; ` +
      `register ${Math.abs(heard.register).toFixed(2)} octaves ${heard.register < 0 ? "below" : "above"} usual`;
    const place = ([valence, arousal]) => `valence ${signed(valence)}, arousal ${signed(arousal)}`;
    verdict.textContent = `Predicted: ${quadrantOf(mood, quadrants)} (${place(mood)})`;
    plane.setAttribute("aria-label", `Plane of valence and arousal. As you hear it: ${place(mood)}. As it was: ${place(was)}.`);
    view.renew();
    draw();
  }

  let frame = 0;
  function refresh() {
    view.show(transport.position());
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
  }

  const heard = {
    // Alone: notes that ring go on at a new tempo, and fall silent when notes are new.
    "change:tempo": () => {
      transport.set({ tempo: get("tempo") });
      renew();
    },
    "change:octaves change:mode": () => {
      tune = changed();
      transport.set({ notes: tune.notes, length: tune.length });
      renew();
    },
  };
  for (const trait of PARTS_OF_SOUND) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      view.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const redraw = () => {
    refresh();
    draw();
  };
  const stopWatching = watchTheme(view.root, redraw);
  const size = new ResizeObserver(redraw);
  size.observe(view.root);
  renew();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    stopWatching();
    size.disconnect();
  };
}

export default { render };
