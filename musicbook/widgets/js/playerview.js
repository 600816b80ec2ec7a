// What the tune player looks like: title, roll, seek bar, controls, notes as text, caption.

const INSTRUMENT_NAMES = [["piano", "Piano"], ["violin", "Violin"], ["flute", "Flute"], ["guitar", "Guitar"]];
const PROGRAMS = { piano: 0, violin: 40, flute: 73, guitar: 24 };

function playerView({ name, tune, get, transport, change }) {
  const title = make("span", { class: "mb-title" });
  const time = make("span", { class: "mb-time" });
  const canvas = make("canvas", { class: "mb-roll", role: "img" });
  seekOnRoll(canvas, tune, transport.position, transport.seek);
  const seek = seekBar(tune, transport);
  const play = iconButton("play", "Play", "mb-play", () => {
    if (transport.state === "playing" || transport.state === "loading") transport.pause();
    else transport.play();
  });
  const stop = iconButton("stop", "Stop", "", transport.stop);
  const loop = iconButton("loop", "Loop", "mb-toggle", () => change("loop", !get("loop")));
  const tempo = slider({
    label: "Tempo", min: 30, max: 300, step: 1, value: get("tempo"), className: "mb-tempo-slider",
    say: (value) => `${Math.round(value)} quarter notes a minute`,
    oninput: (value) => change("tempo", value),
  });
  const beats = make("span", { class: "mb-beats" });
  const instrument = menu("Instrument", INSTRUMENT_NAMES, get("instrument"), (value) => change("instrument", value));
  const volume = slider({
    label: "Volume", min: 0, max: 1, step: 0.01, value: get("volume"), className: "mb-volume-slider",
    say: (value) => `${Math.round(value * 100)} per cent`,
    oninput: (value) => change("volume", value),
  });
  const midi = make("button", { type: "button", class: "mb-link", "data-lm-suppress-shortcuts": "true", onclick: saveMidi },
    icon("save"), "MIDI file");
  const text = make("details", { class: "mb-details", "data-lm-suppress-shortcuts": "true" },
    make("summary", { "data-lm-suppress-shortcuts": "true" }, "Notes as text"));
  // Only when it is opened: a long tune in words is heavier than its picture.
  text.addEventListener("toggle", () => text.open && fillText());
  const note = make("p", { class: "mb-note", role: "status" });
  const caption = make("figcaption", { class: "mb-caption" });
  const more = make("div", { class: "mb-more" }, text, midi);
  const root = make("figure", { class: "mb mb-player" },
    make("div", { class: "mb-head" }, title, time),
    make("div", { class: "mb-stage" }, canvas, seek.input),
    make("div", { class: "mb-bar-of-controls" },
      make("div", { class: "mb-keys" }, play, stop, loop),
      make("label", { class: "mb-field mb-tempo" }, beats, tempo.input),
      make("div", { class: "mb-field mb-voice-menu" }, instrument),
      make("div", { class: "mb-field mb-volume" }, icon("volume"), volume.input)),
    note, more, caption);

  function fillText() {
    text.querySelector(".mb-text")?.remove();
    text.append(notesAsText(tune(), get("key")));
  }

  function saveMidi() {
    const fields = { tempo: get("tempo"), meter: tune().meter, title: name(), program: PROGRAMS[get("instrument")], texts: get("midi_texts") };
    const file = name().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "tune";
    download(writeMidi({ notes: tune().notes, ...fields }), `${file}.mid`, "audio/midi");
  }

  // Everything that does not change from frame to frame.
  function renew() {
    title.textContent = name();
    root.setAttribute("aria-label", `Tune player: ${name()}`);
    const voices = new Set(tune().notes.map((row) => row[3])).size;
    const what = `${tune().notes.length} notes${voices > 1 ? ` in ${voices} voices` : ""}`;
    canvas.setAttribute("aria-label", `Piano roll of ${name()}, ${what}; the notes as text are below`);
    seek.input.max = tune().length;
    tempo.show(get("tempo"));
    beats.textContent = `♩ = ${Math.round(get("tempo"))}`;
    instrument.value = get("instrument");
    volume.show(get("volume"));
    loop.setAttribute("aria-pressed", String(get("loop")));
    caption.textContent = get("caption");
    caption.hidden = !get("caption");
    if (text.open) fillText();
  }

  function show(position) {
    const { state, source } = transport;
    const active = state === "playing" || state === "paused";
    drawRoll(canvas, tune(), shownPosition(tune(), position), active);
    seek.show(position);
    const per = 60 / get("tempo");
    time.textContent = `${clockText(position * per)} / ${clockText(tune().length * per)}`;
    beats.textContent = `♩ = ${Math.round(get("tempo"))}`;
    const runs = state === "playing" || state === "loading";
    setButton(play, runs ? "pause" : "play", runs ? "Pause" : "Play");
    root.dataset.state = state;
    sayNote(note, state, source);
  }

  renew();
  return { root, canvas, more, renew, show };
}

// Readers who ask for less motion get a playhead that steps from note to note instead of gliding.
function shownPosition(tune, position) {
  if (!calmMotion()) return position;
  return tune.notes.reduce((best, [onset]) => (onset <= position && onset > best ? onset : best), 0);
}

function sayNote(note, state, source) {
  let words = "";
  if (state === "blocked") words = "The browser lets a page sound only after a click: press Play.";
  else if (source === "oscillator") words = "The recorded instruments could not be loaded; a plain tone stands in for them.";
  if (note.textContent !== words) note.textContent = words;
}

// The position as a native slider: arrow keys go by beats, Page Up and Page Down by bars, Home and End to the ends.
function seekBar(tune, transport) {
  const bar = slider({
    label: "Position", min: 0, max: tune().length, step: 0.001, value: 0, className: "mb-seek",
    say: (value) => placeText(tune(), value),
    oninput: transport.seek,
  });
  bar.input.addEventListener("keydown", (event) => {
    const { beat, bar: whole } = tune();
    const move = { ArrowLeft: -beat, ArrowRight: beat, ArrowDown: -beat, ArrowUp: beat, PageDown: -whole, PageUp: whole };
    if (event.key in move) {
      event.preventDefault();
      transport.seek(transport.position() + move[event.key]);
    } else if (event.key === " ") {
      event.preventDefault();
      if (transport.state === "playing") transport.pause();
      else transport.play();
    }
  });
  return bar;
}
