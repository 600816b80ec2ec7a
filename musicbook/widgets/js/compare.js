// The comparison player: several tunes side by side, equally loud, switched while they play; blind if asked for.

function render({ model, el }) {
  const get = (name) => model.get(name);
  const save = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const tunes = get("tunes").map((each) => ({ ...readTune(each), tempo: each.tempo }));
  // One scale of pitch for all, or a tune and its transposition would look the same.
  const range = [Math.min(...tunes.map((each) => each.range[0])), Math.max(...tunes.map((each) => each.range[1]))];
  for (const each of tunes) each.range = range;
  const quiz = get("blind") ? createQuiz(get("answers"), get("names"), get("seed"), get("key"), get("cards")) : null;
  let slot = 0; // which of the cards is chosen, from the left
  const tuneAt = (k) => tunes[quiz ? quiz.order[k] : k];
  const tune = () => tuneAt(slot);
  const voice = () => ({ notes: tune().notes, length: tune().length, tempo: tune().tempo });

  const settings = { ...voice(), loop: get("loop"), instrument: get("instrument"), volume: get("volume") };
  const transport = createTransport(model, settings, () => refresh());
  const choose = (k) => {
    if (k < 0 || k >= (quiz ? quiz.order : tunes).length) return;
    slot = k;
    view.renew();
    // A shorter tune is entered where it would be if it had been going round.
    const at = transport.position() % tune().length;
    transport.set(voice());
    transport.seek(at);
    if (transport.state !== "playing") transport.play();
  };

  const view = compareView({ model, quiz, tuneAt, transport, choose, slot: () => slot, save, newRound });
  el.append(view.root);

  function newRound() {
    transport.stop();
    quiz.again();
    slot = 0;
    transport.set(voice());
    view.renew();
  }

  let frame = 0;
  function refresh() {
    view.show();
    const playing = transport.state === "playing" || transport.state === "loading";
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
    if (get("playing") !== playing) save("playing", playing);
  }

  const heard = {
    "change:playing": () => {
      const playing = transport.state === "playing" || transport.state === "loading";
      if (get("playing") === playing) return;
      if (get("playing")) transport.play();
      else transport.pause();
    },
  };
  for (const trait of ["loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      view.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = watchTheme(view.root, () => refresh());
  const size = new ResizeObserver(() => refresh());
  size.observe(view.root);

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    stopWatching();
    size.disconnect();
  };
}

export default { render };
