// What the comparison looks like: a card for each tune, one set of controls, and the quiz's guesses and score.

const letterOf = (slot) => String.fromCharCode(65 + slot);

function compareView({ model, quiz, tuneAt, transport, choose, slot, save, newRound }) {
  const get = (name) => model.get(name);
  const names = get("names");
  const hidden = () => quiz && !quiz.revealed;
  const nameAt = (k) => (hidden() ? `Tune ${letterOf(k)}` : names[quiz ? quiz.order[k] : k]);
  const tune = () => tuneAt(slot());

  const count = quiz ? quiz.order.length : names.length;
  const cards = Array.from({ length: count }, (_, k) => card(k));
  const time = make("span", { class: "mb-time" });
  const seek = seekBar(tune, transport);
  const play = iconButton("play", "Play", "mb-play", () => {
    if (transport.state === "playing" || transport.state === "loading") transport.pause();
    else transport.play();
  });
  const stop = iconButton("stop", "Stop", "", transport.stop);
  const loop = iconButton("loop", "Loop", "mb-toggle", () => save("loop", !get("loop")));
  const instrument = menu("Instrument", INSTRUMENT_NAMES, get("instrument"), (value) => save("instrument", value));
  const volume = slider({
    label: "Volume", min: 0, max: 1, step: 0.01, value: get("volume"), className: "mb-volume-slider",
    say: (value) => `${Math.round(value * 100)} per cent`,
    oninput: (value) => save("volume", value),
  });
  const text = make("details", { class: "mb-details" },
    make("summary", { "data-lm-suppress-shortcuts": "true" }, "Notes as text"));
  text.addEventListener("toggle", () => text.open && fillText());
  const note = make("p", { class: "mb-note", role: "status" });
  const caption = make("figcaption", { class: "mb-caption" }, get("caption"));
  caption.hidden = !get("caption");
  const question = get("question") || "Compare the tunes";
  const game = quiz ? quizBar(quiz, get("cards") > 0, { renew: () => renew(), newRound, save, toCards: () => cards[0].pick.focus() }) : null;
  const root = make("figure", { class: "mb mb-compare", "aria-label": `Comparison: ${question}` },
    make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, question), time),
    make("div", { class: "mb-cards", "data-count": String(count) }, ...cards.map((each) => each.box)),
    seek.input,
    make("div", { class: "mb-bar-of-controls" },
      make("div", { class: "mb-keys" }, play, stop, loop),
      make("span", { class: "mb-hint" }, `Keys 1 to ${count} switch`),
      make("div", { class: "mb-field mb-voice-menu" }, instrument),
      make("div", { class: "mb-field mb-volume" }, icon("volume"), volume.input)),
    game && game.box, note, make("div", { class: "mb-more" }, text), caption);
  root.addEventListener("keydown", (event) => {
    const k = Number(event.key) - 1;
    const typing = event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey;
    if (!typing && Number.isInteger(k) && k >= 0 && k < count) choose(k);
  });

  function card(k) {
    const name = make("span", { class: "mb-name" });
    const pick = make("button", { type: "button", class: "mb-pick", "data-lm-suppress-shortcuts": "true", onclick: () => choose(k) },
      make("span", { class: "mb-letter", "aria-hidden": "true" }, letterOf(k)), name);
    const canvas = make("canvas", { class: "mb-roll", role: "img" });
    // The first click on a roll brings its tune; in the tune that is chosen it moves the playhead.
    canvas.addEventListener("click", () => slot() !== k && choose(k));
    seekOnRoll(canvas, () => tuneAt(k), transport.position, (to) => slot() === k && transport.seek(to));
    const guess = quiz ? menu(`Your guess for tune ${letterOf(k)}`, [["", "Your guess …"], ...quiz.labels.map((l) => [l, l])], "",
      (value) => {
        quiz.guesses[k] = value;
        renew();
      }) : null;
    const verdict = quiz ? make("p", { class: "mb-verdict" }) : null;
    return { box: make("div", { class: "mb-card" }, pick, canvas, guess, verdict), pick, name, canvas, guess, verdict };
  }

  function fillText() {
    for (const old of text.querySelectorAll(".mb-text")) old.remove();
    cards.forEach((_, k) => {
      const box = notesAsText(tuneAt(k), "");
      box.prepend(make("p", { class: "mb-voice" }, nameAt(k)));
      text.append(box);
    });
  }

  function renew() {
    cards.forEach(({ box, pick, name, canvas, guess, verdict }, k) => {
      name.textContent = nameAt(k);
      box.dataset.chosen = String(k === slot());
      pick.setAttribute("aria-pressed", String(k === slot()));
      canvas.setAttribute("aria-label", `Piano roll of ${nameAt(k)}, ${tuneAt(k).notes.length} notes; the notes as text are below`);
      if (!quiz) return;
      guess.value = quiz.guesses[k];
      guess.hidden = quiz.revealed;
      verdict.hidden = !quiz.revealed;
      verdict.dataset.right = String(quiz.isRight(k));
      const truth = get("answers")[quiz.order[k]];
      verdict.textContent = quiz.isRight(k) ? `✓ Right: ${truth}` : `✗ You said ${quiz.guesses[k]}; it is ${truth}`;
    });
    seek.input.max = tune().length;
    loop.setAttribute("aria-pressed", String(get("loop")));
    instrument.value = get("instrument");
    volume.show(get("volume"));
    game?.renew();
    if (text.open) fillText();
    show();
  }

  function show() {
    const { state, source } = transport;
    const position = transport.position();
    cards.forEach(({ canvas }, k) => {
      const active = k === slot() && (state === "playing" || state === "paused");
      const own = tuneAt(k);
      drawRoll(canvas, own, shownPosition(own, Math.min(position, own.length)), active);
    });
    seek.show(position);
    const per = 60 / tune().tempo;
    time.textContent = `${clockText(position * per)} / ${clockText(tune().length * per)}`;
    const runs = state === "playing" || state === "loading";
    setButton(play, runs ? "pause" : "play", runs ? "Pause" : "Play");
    root.dataset.state = state;
    sayNote(note, state, source);
  }

  renew();
  return { root, renew, show };
}

// Reveal, another round, the score and its reset. A button that hides itself hands the focus on, or the keyboard would start again at
// the top of the page.
function quizBar(quiz, byMaker, { renew, newRound, save, toCards }) {
  const button = (words, className, onclick) =>
    make("button", { type: "button", class: className, "data-lm-suppress-shortcuts": "true", onclick }, words);
  const reveal = button("Reveal", "mb-action", () => {
    quiz.reveal();
    save("results", quiz.keeper.get());
    renew();
    again.focus();
  });
  const again = button("Another round", "mb-action", () => {
    newRound();
    toCards();
  });
  const reset = button("Reset score", "mb-link", () => {
    quiz.keeper.reset();
    save("results", quiz.keeper.get());
    renew();
    if (quiz.revealed) again.focus();
    else toCards();
  });
  const words = make("p", { class: "mb-score-line", role: "status" });
  const makers = make("p", { class: "mb-makers" });
  const box = make("div", { class: "mb-quiz" }, reveal, again, words, reset, makers);
  return {
    box,
    renew() {
      const { right, total, rounds } = quiz.keeper.get();
      reveal.hidden = quiz.revealed;
      reveal.disabled = !quiz.ready();
      again.hidden = !quiz.revealed;
      reset.hidden = rounds === 0;
      const now = quiz.revealed
        ? `${quiz.right()} of ${quiz.order.length} right.`
        : quiz.ready() ? "" : "The names are hidden and the order is drawn anew each round. Guess for each tune, then reveal.";
      const all = rounds === 0 ? "" : `Your score: ${right} of ${total} in ${rounds} ${rounds === 1 ? "round" : "rounds"}${quiz.keeper.kept() ? "" : " (until you leave the page)"}.`;
      const line = `${now} ${all}`.trim();
      if (words.textContent !== line) words.textContent = line;
      const known = Object.entries(quiz.keeper.get().makers).sort();
      makers.hidden = !byMaker || rounds === 0;
      makers.textContent = `Recognised: ${known.map(([maker, [hit, all]]) => `${maker} ${hit} of ${all}`).join(" · ")}.`;
    },
  };
}
