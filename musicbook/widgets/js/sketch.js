// The sketchbook: order a style and a mood, hear four candidates, keep one and work on it.

const EDITS = [["up", "Higher", "ArrowUp"], ["down", "Lower", "ArrowDown"], ["longer", "Longer", "+"], ["shorter", "Shorter", "-"]];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const styles = get("styles");
  const moods = get("moods");
  const ticks = [0, 1].map((axis) => [...new Set(moods.map((each) => each[axis]))].sort((a, b) => a - b));
  const state = { style: get("style"), mood: get("mood"), chosen: get("chosen"), sketch: get("sketch") };
  const past = []; // what Undo goes back to
  let bar = 0;
  let note = 0; // which note of the bar
  let near = false; // the nearest training window instead of the sketch
  let seed = 0; // of what is composed live
  const turns = new Map(); // how often each bar was written again

  const cell = () => get("cells")[state.style * moods.length + state.mood];
  const candidate = () => cell()[Math.min(state.chosen, cell().length - 1)];
  const nearest = () => get("windows")[candidate().near];
  const tune = () => readStop({ tokens: near ? nearest()[1] : state.sketch }, "4/4");
  const label = () => sketchLabel({
    madeBy: get("made_by"), style: styles[state.style], mood: moods[state.mood], chosen: state.chosen, candidate: candidate(), sketch: state.sketch, window: nearest(),
  });
  const name = () => (near ? nearest()[0] : `Sketch ${state.chosen + 1}, ${styles[state.style]}`);

  let now = tune();
  const settings = { notes: now.notes, length: now.length };
  for (const trait of ["tempo", "loop", "instrument", "volume"]) settings[trait] = get(trait);
  const transport = createTransport(model, settings, () => refresh());
  const player = playerView({
    name,
    tune: () => now,
    get: (trait) => (trait === "midi_texts" ? (near ? [] : labelTexts(label())) : trait === "caption" || trait === "key" ? "" : get(trait)),
    transport,
    change: (trait, value) => {
      model.set(trait, value);
      model.save_changes();
    },
  });
  const runs = () => transport.state === "playing" || transport.state === "loading";

  // Everything that changes what is heard goes through here.
  function take(next, { keep = true } = {}) {
    if (keep) past.push({ ...state });
    Object.assign(state, next);
    const changed = Object.entries(state).filter(([trait, value]) => get(trait) !== value);
    for (const [trait, value] of changed) model.set(trait, value);
    if (changed.length) model.save_changes();
    renew();
  }
  function order(next) {
    const made = { ...state, chosen: 0, ...next };
    near = false;
    [bar, note] = [0, 0];
    turns.clear();
    transport.stop();
    take({ ...made, sketch: get("cells")[made.style * moods.length + made.mood][made.chosen].t });
  }
  function sound() {
    transport.seek(0);
    transport.play();
  }

  // ---- the wish
  const chip = (words, onclick) => make("button", { type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick }, words);
  const styleChips = styles.map((words, k) => chip(words, () => k === state.style || order({ style: k })));
  const plane = make("canvas", { class: "mb-mood-plane mb-mood-open", role: "img" });
  const moodAt = ([valence, arousal]) => moods.reduce((best, each, k) => {
    const away = (one) => Math.hypot(one[0] - valence, one[1] - arousal);
    return away(each) < away(moods[best]) ? k : best;
  }, 0);
  plane.addEventListener("pointerdown", (event) => {
    const k = moodAt(placeOf(event, plane));
    if (k !== state.mood) order({ mood: k });
  });
  const knobs = ["Valence", "Arousal"].map((words, axis) => {
    const said = make("output", { class: "mb-where" });
    const made = slider({
      label: words, min: 0, max: ticks[axis].length - 1, step: 1, value: 0, className: "mb-near-slider", say: (k) => signed(ticks[axis][k]),
      oninput: (k) => order({ mood: moodAt(moods[state.mood].map((value, other) => (other === axis ? ticks[axis][k] : value))) }),
    });
    const show = () => {
      made.show(ticks[axis].indexOf(moods[state.mood][axis]));
      said.textContent = signed(moods[state.mood][axis]);
    };
    return { show, box: make("div", {}, make("div", { class: "mb-near-line" }, make("span", { "aria-hidden": "true" }, words), said), made.input) };
  });

  // ---- four sketches and the nearest tune
  const list = make("ol", { class: "mb-near-tunes" });
  const nearButton = make("button", { type: "button", class: "mb-near-tune", "data-lm-suppress-shortcuts": "true", onclick: () => {
    if (near && runs()) return transport.pause();
    near = true;
    renew();
    return sound();
  } });
  const more = chip("Four new ones", () => {
    seed += 1;
    model.send({ kind: "compose", seed });
  });
  more.hidden = true;

  function pick(k) {
    if (k === state.chosen && !near) return runs() ? transport.pause() : sound();
    const other = k !== state.chosen;
    near = false;
    if (other) order({ chosen: k });
    else renew();
    return sound();
  }

  // ---- work on it
  const barChips = [...Array(state.sketch.length / BAR_STEPS).keys()].map((k) => chip(`Bar ${k + 1}`, () => {
    [bar, note] = [k, 0];
    renew();
  }));
  const rewrite = chip("", () => {
    const there = candidate().bars[bar];
    const versions = [candidate().t.slice(bar * BAR_STEPS, (bar + 1) * BAR_STEPS)];
    for (let at = 0; at < there.length; at += BAR_STEPS) versions.push(there.slice(at, at + BAR_STEPS));
    turns.set(bar, (turns.get(bar) ?? 0) + 1);
    note = 0;
    change(putBar(state.sketch, bar, versions[turns.get(bar) % versions.length]));
  });
  const undo = chip("Undo", () => {
    const last = past.pop();
    if (!last) return;
    if (last.style !== state.style || last.mood !== state.mood || last.chosen !== state.chosen) turns.clear();
    take(last, { keep: false });
  });
  const notes = make("div", { class: "mb-sketch-notes", role: "group" });
  const edits = EDITS.map(([how, words]) => chip(words, () => edit(how)));

  function change(sketch) {
    near = false;
    if (sketch !== state.sketch) take({ sketch });
    else renew();
  }
  function edit(how) {
    const start = notesOfBar(state.sketch, bar)[note]?.[0];
    if (start === undefined) return;
    change(editNote(state.sketch, start, how));
  }
  notes.addEventListener("keydown", (event) => {
    const found = EDITS.find(([, , key]) => key === event.key || (key === "+" && event.key === "="));
    const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!found && !aside) return;
    event.preventDefault();
    if (aside) {
      note = Math.min(Math.max(note + aside, 0), notesOfBar(state.sketch, bar).length - 1);
      renew();
    } else edit(found[0]);
    notes.children[note]?.focus();
  });

  const verdict = make("p", { class: "mb-near-verdict", role: "status" });
  const root = make("div", { class: "mb mb-neighbours mb-sketch", role: "group", "aria-label": get("title") || "Sketchbook" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-columns" },
      make("div", {}, make("p", { class: "mb-near-head" }, "1. Order"), make("div", { class: "mb-near-sides", role: "group", "aria-label": "Style" }, ...styleChips), plane, ...knobs.map((each) => each.box)),
      make("div", {}, make("p", { class: "mb-near-head" }, "2. Choose"), make("p", { class: "mb-near-more" }, "What the judges say: style; valence, arousal"), list, make("div", { class: "mb-near-sides" }, more),
        make("p", { class: "mb-near-head" }, "Nearest training tune"), nearButton)),
    player.root,
    make("p", { class: "mb-near-head" }, "3. Work on it"),
    make("div", { class: "mb-near-sides", role: "group", "aria-label": "Bar to work on" }, ...barChips),
    notes,
    make("div", { class: "mb-near-sides mb-sketch-edits" }, ...edits, rewrite, undo),
    verdict,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  const pitchName = (pitch) => noteName(pitch, false);
  function renewLists() {
    const held = [list, notes].map((box) => [...box.querySelectorAll("button")].indexOf(document.activeElement));
    list.replaceChildren(...cell().map(({ judged: [share, valence, arousal] }, k) => {
      const playing = runs() && !near && k === state.chosen;
      const button = make("button", { type: "button", class: "mb-near-tune", "data-lm-suppress-shortcuts": "true", onclick: () => pick(k) },
        icon(playing ? "pause" : "play"), make("span", { class: "mb-name" }, `Sketch ${k + 1}`),
        make("span", { class: "mb-near-number" }, `${Math.round(100 * share)} % ${styles[state.style]}; ${signed(valence)}, ${signed(arousal)}`));
      button.dataset.chosen = String(k === state.chosen);
      button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} sketch ${k + 1}; judged ${Math.round(100 * share)} per cent ${styles[state.style]}, valence ${signed(valence)}, arousal ${signed(arousal)}`);
      return make("li", {}, button);
    }));
    const shared = `${sharedSteps(state.sketch, nearest()[1])} of ${state.sketch.length} steps shared`;
    nearButton.replaceChildren(icon(near && runs() ? "pause" : "play"), make("span", { class: "mb-name" }, nearest()[0]), make("span", { class: "mb-near-number" }, shared));
    nearButton.setAttribute("aria-label", `${near && runs() ? "Pause" : "Play"} the nearest training tune, ${nearest()[0]}, ${shared}`);
    nearButton.dataset.chosen = String(near);
    const found = notesOfBar(state.sketch, bar);
    note = Math.min(note, Math.max(found.length - 1, 0));
    notes.setAttribute("aria-label", `Notes of bar ${bar + 1}; arrow keys move them and choose, plus and minus change their length`);
    notes.replaceChildren(...found.map(([, length, pitch], k) => {
      const button = chip(`${pitchName(pitch)} ${lengthText(length / STEPS_A_QUARTER)}`, () => {
        note = k;
        renew();
      });
      button.setAttribute("aria-pressed", String(k === note));
      return button;
    }));
    [list, notes].forEach((box, k) => held[k] >= 0 && box.querySelectorAll("button")[Math.min(held[k], box.querySelectorAll("button").length - 1)]?.focus());
  }

  function draw() {
    const dots = moods.map((at) => ({ at, radius: 4, colour: "--mb-track", hollow: true }));
    dots.push({ at: moods[state.mood], radius: 11, colour: "--mb-playhead", hollow: true });
    cell().forEach(({ judged: [, valence, arousal] }, k) => k !== state.chosen && dots.push({ at: [valence, arousal], radius: 9, colour: "--mb-accent", hollow: true, text: `${k + 1}` }));
    dots.push({ at: candidate().judged.slice(1), radius: 9, colour: "--mb-accent", text: `${state.chosen + 1}` });
    drawMoodPlane(plane, get("quadrants"), dots, [[moods[state.mood], candidate().judged.slice(1)]]);
    const wish = `valence ${signed(moods[state.mood][0])}, arousal ${signed(moods[state.mood][1])}`;
    plane.setAttribute("aria-label", `Plane of valence and arousal. Wanted: ${wish}; numbers show where the sketches are judged to be. The sliders below move the wish.`);
  }

  function renew() {
    now = tune();
    transport.set({ notes: now.notes, length: now.length });
    player.renew();
    const pressed = (chips, at) => chips.forEach((each, k) => each.setAttribute("aria-pressed", String(k === at)));
    pressed(styleChips, state.style);
    pressed(barChips, bar);
    knobs.forEach((each) => each.show());
    rewrite.textContent = `Write bar ${bar + 1} again`;
    undo.disabled = past.length === 0;
    renewLists();
    draw();
    const changed = label().settings["steps changed by hand"];
    const said = `Sketch ${state.chosen + 1}, a ${styles[state.style]} to order: ${changed ? `${changed} steps changed by you` : "as it was composed"}; ${label().shared} with ${nearest()[0]}.`;
    if (verdict.textContent !== said) verdict.textContent = said;
  }

  let shown = "";
  let frame = 0;
  function refresh() {
    player.show(transport.position());
    const what = `${runs()} ${near} ${state.chosen}`;
    if (what !== shown) {
      shown = what;
      renewLists();
    }
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
  }

  // Python moved something, or composed anew.
  function follow() {
    const asked = { style: get("style"), mood: get("mood"), chosen: get("chosen"), sketch: get("sketch") };
    if (JSON.stringify(asked) === JSON.stringify(state)) return;
    const other = ["style", "mood", "chosen"].some((trait) => asked[trait] !== state[trait]);
    if (other && asked.sketch === state.sketch) order(asked);
    else take(asked);
  }
  const heard = { "change:cells": () => order({}), "msg:custom": (message) => { if (message.kind === "source") more.hidden = !message.there; } };
  for (const trait of ["style", "mood", "chosen", "sketch"]) heard[`change:${trait}`] = follow;
  for (const trait of ["tempo", "loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      player.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  model.send({ kind: "source" });
  const redraw = () => {
    refresh();
    draw();
  };
  const stops = [root, player.root].map((each) => watchTheme(each, redraw));
  const size = new ResizeObserver(redraw);
  size.observe(root);
  renew();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    for (const stop of stops) stop();
    size.disconnect();
  };
}

export default { render };
