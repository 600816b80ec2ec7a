// The tune player: one tune as piano roll and score, with everything to play it.
//
// Python's traits and the page's controls are two hands on the same thing: what either changes, the other sees at once.

const SYNC_EVERY = 500; // ms between two reports of the position to Python while a tune plays

function render({ model, el }) {
  const get = (name) => model.get(name);
  const save = (name, value) => {
    if (get(name) === value) return;
    model.set(name, value);
    model.save_changes();
  };
  let tune = readTune({ notes: get("notes"), meter: get("meter"), pickup: get("pickup") });
  const settings = { notes: tune.notes, length: tune.length };
  for (const name of ["tempo", "loop", "instrument", "volume"]) settings[name] = get(name);
  const transport = createTransport(model, settings, () => refresh());
  const name = () => get("title") || "Tune";

  const view = playerView({
    name,
    tune: () => tune,
    get,
    transport,
    change: save,
  });
  el.append(view.root);
  let score = null;
  const placeScore = () => {
    score?.box.remove();
    score = get("score_svg") ? createScore(get("score_svg"), get("score_ids"), transport.seek) : null;
    if (score) view.root.insertBefore(score.box, view.more);
  };
  placeScore();

  let frame = 0;
  let reported = 0;
  function refresh() {
    const { state } = transport;
    view.show(transport.position());
    score?.show(transport.position(), state === "playing" || state === "paused");
    if (state === "playing" && !frame) frame = requestAnimationFrame(step);
    const playing = state === "playing" || state === "loading";
    if (get("playing") !== playing || state !== "playing") report(playing);
  }
  function step() {
    frame = 0;
    refresh();
    if (performance.now() - reported > SYNC_EVERY && transport.state === "playing") report(true);
  }
  // Our own report comes back as a change event in the same turn: `reporting` tells it from one made in Python.
  let reporting = false;
  function report(playing) {
    const position = Math.round(transport.position() * 1000) / 1000;
    if (get("playing") === playing && get("position") === position) return;
    reported = performance.now();
    reporting = true;
    model.set("playing", playing);
    model.set("position", position);
    reporting = false;
    model.save_changes();
  }

  const stopWatching = [watchTheme(view.root, () => refresh()), watchModel()];
  const size = new ResizeObserver(() => refresh());
  size.observe(view.canvas);
  transport.seek(get("position"));
  refresh();
  if (get("playing")) transport.play();

  function watchModel() {
    const heard = {
      "change:playing": () => {
        if (reporting) return;
        if (get("playing")) transport.play();
        else if (transport.state !== "stopped") transport.pause();
      },
      "change:position": () => reporting || transport.seek(get("position")),
      "change:notes": () => {
        tune = readTune({ notes: get("notes"), meter: get("meter"), pickup: get("pickup") });
        transport.set({ notes: tune.notes, length: tune.length });
        view.renew();
      },
      "change:score_ids": placeScore, // Python sends the ids after the picture
      "change:title change:caption": () => view.renew(),
    };
    for (const trait of ["tempo", "loop", "instrument", "volume"]) {
      heard[`change:${trait}`] = () => {
        if (settings[trait] === get(trait)) return;
        transport.set({ [trait]: get(trait) });
        view.renew();
      };
    }
    for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
    return () => {
      for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    };
  }

  return () => {
    transport.pause();
    cancelAnimationFrame(frame);
    size.disconnect();
    for (const stop of stopWatching) stop();
  };
}

export default { render };
