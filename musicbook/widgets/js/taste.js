// Your taste: six tunes to like or dislike, sliders for what counts, and a list that follows at once.

const POOL = 30;
const OPINIONS = [[1, "Like"], [-1, "Dislike"]];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const names = get("names");
  const asked = get("asked");
  const groups = get("groups");
  const tunes = get("tunes").map((each) => ({ ...readTune(each), tempo: each.tempo }));
  let chosen = Math.min(get("selected"), tunes.length - 1);
  let tempo = tunes[chosen].tempo;

  const sound = () => ({ notes: tunes[chosen].notes, length: tunes[chosen].length, tempo });
  const settings = sound();
  for (const trait of ["loop", "instrument", "volume"]) settings[trait] = get(trait);
  const transport = createTransport(model, settings, () => refresh());
  const player = playerView({
    name: () => names[chosen],
    tune: () => tunes[chosen],
    get: (name) => ({ tempo, key: "", caption: "" })[name] ?? get(name),
    transport,
    change: (name, value) => {
      if (name === "tempo") {
        tempo = value;
        transport.set({ tempo });
      } else save(name, value);
    },
  });

  function save(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  const runs = (k) => k === chosen && (transport.state === "playing" || transport.state === "loading");
  function play(k) {
    if (runs(k)) {
      transport.pause();
      return;
    }
    choose(k);
    transport.seek(0);
    transport.play();
  }
  function choose(k) {
    if (k === chosen) return;
    chosen = k;
    tempo = tunes[k].tempo;
    if (transport.state === "paused") transport.stop();
    transport.set(sound());
    player.renew();
    save("selected", k);
    refresh();
  }
  const turn = (name, value) => {
    save(name, value);
    renew();
  };

  const playButtons = []; // of the tunes that are asked about
  let listButtons = []; // of the list: both are [row, button]
  const tuneButton = (i, ...more) => make("button", { type: "button", class: "mb-near-tune", "data-lm-suppress-shortcuts": "true", onclick: () => play(i) },
    icon("play"), make("span", { class: "mb-name" }, names[i]), ...more);

  // ---- six opinions
  const marks = [];
  const questions = names.slice(0, asked).map((name, i) => {
    const button = tuneButton(i);
    playButtons.push([i, button]);
    const pair = OPINIONS.map(([value, words]) => {
      const mark = make("button", {
        type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", "aria-label": `${words} ${name}`,
        onclick: () => turn("opinions", get("opinions").map((each, k) => (k === i ? (each === value ? 0 : value) : each))),
      }, words);
      marks.push([i, value, mark]);
      return mark;
    });
    return make("li", { class: "mb-taste-ask" }, button, make("div", { class: "mb-taste-marks", role: "group", "aria-label": name }, ...pair));
  });

  // ---- what counts, and how far to wander
  const knob = (label, value, max, say, oninput) => {
    const said = make("output", { class: "mb-where" });
    const made = slider({ label, min: 0, max, step: max / 20, value, className: "mb-near-slider", say, oninput });
    const show = (to) => {
      made.show(to);
      said.textContent = say(to);
    };
    return { box: make("div", {}, make("div", { class: "mb-near-line" }, make("span", { "aria-hidden": "true" }, label), said), made.input), show };
  };
  const times = (value) => (value === 0 ? "does not count" : `× ${Number(value.toFixed(2))}`);
  const wander = knob("Discovery", get("discovery"), 1, (value) => (value < 0.05 ? "familiar" : value > 0.95 ? "new" : `${Math.round(100 * value)} % new`), (value) => turn("discovery", value));
  const knobs = groups.map(([words], g) => knob(words, get("weights")[g], 3, times, (value) => turn("weights", get("weights").map((each, k) => (k === g ? value : each)))));

  const list = make("ol", { class: "mb-near-tunes" });
  const verdict = make("p", { class: "mb-near-verdict", role: "status" });
  const root = make("div", { class: "mb mb-neighbours mb-taste", role: "group", "aria-label": get("title") || "Your taste" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-columns mb-taste-columns" },
      make("div", {}, make("p", { class: "mb-near-head" }, `Listen to these ${asked}, and say what you think`), make("ol", { class: "mb-near-tunes" }, ...questions),
        make("details", { class: "mb-taste-weights" }, make("summary", {}, "What shall count?"), ...knobs.map((each) => each.box))),
      make("div", {}, wander.box, make("p", { class: "mb-near-head" }, "Then you may like"), list, verdict)),
    player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function renew() {
    const opinions = get("opinions");
    for (const [i, value, mark] of marks) mark.setAttribute("aria-pressed", String(opinions[i] === value));
    wander.show(get("discovery"));
    knobs.forEach((each, g) => each.show(get("weights")[g]));
    const held = list.contains(document.activeElement) ? [...list.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    const F = weightedFeatures(get("features"), groups, get("weights"));
    const found = tasteList(F, opinions, asked, get("discovery"), get("length"), POOL);
    listButtons = [];
    list.replaceChildren(...found.map(({ i, score }) => {
      const why = reasons(F, opinions, i, groups).filter(([, part]) => part > 0).slice(0, 2).map(([words]) => words);
      const button = tuneButton(i, make("span", { class: "mb-near-number" }, score.toFixed(2)),
        make("span", { class: "mb-taste-why" }, why.length ? `because of its ${why.join(" and ")}` : "for a change"));
      listButtons.push([i, button]);
      return make("li", {}, button);
    }));
    if (held >= 0) list.querySelectorAll("button")[Math.min(held, found.length - 1)]?.focus();
    const said = found.length ? `First: ${names[found[0].i]}, likeness ${found[0].score.toFixed(2)}.` : "Like or dislike a tune, and a list appears.";
    if (verdict.textContent !== said) verdict.textContent = said;
    refresh();
  }

  let frame = 0;
  function refresh() {
    player.show(transport.position());
    for (const [i, button] of [...playButtons, ...listButtons]) {
      button.dataset.chosen = String(i === chosen);
      const label = `${runs(i) ? "Pause" : "Play"} ${names[i]}`;
      if (button.getAttribute("aria-label") === label) continue;
      button.setAttribute("aria-label", label);
      button.replaceChild(icon(runs(i) ? "pause" : "play"), button.firstChild);
    }
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
  }

  const heard = { "change:selected": () => choose(Math.min(get("selected"), tunes.length - 1)) };
  for (const trait of ["opinions", "weights", "discovery"]) heard[`change:${trait}`] = () => renew();
  for (const trait of ["loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      player.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, player.root].map((each) => watchTheme(each, () => refresh()));
  const size = new ResizeObserver(() => refresh());
  size.observe(player.root);
  renew();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    for (const stop of stopWatching) stop();
    size.disconnect();
  };
}

export default { render };
