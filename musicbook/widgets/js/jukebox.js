// One player for many tunes: buttons all over a widget choose what it plays.

// names: what the buttons say; titleOf(k): what the player says, if it is more; changed: called whenever something must be drawn;
// tunes: as readTune gives them, each with its tempo, if they are not the trait of that name.
function createJukebox(model, names, { titleOf = (k) => names[k], changed, tunes = model.get("tunes").map((each) => ({ ...readTune(each), tempo: each.tempo })) } = {}) {
  const get = (name) => model.get(name);
  let chosen = Math.min(get("selected"), tunes.length - 1);
  let tempo = tunes[chosen].tempo;

  const sound = () => ({ notes: tunes[chosen].notes, length: tunes[chosen].length, tempo });
  const settings = sound();
  for (const trait of ["loop", "instrument", "volume"]) settings[trait] = get(trait);
  const transport = createTransport(model, settings, () => refresh());
  const player = playerView({
    name: () => titleOf(chosen),
    tune: () => tunes[chosen],
    get: (name) => ({ tempo, key: "", caption: "" })[name] ?? get(name),
    transport,
    change: (name, value) => {
      if (name === "tempo") {
        tempo = value;
        transport.set({ tempo });
        player.renew();
      } else save(name, value);
    },
  });

  function save(name, value) {
    if (JSON.stringify(get(name)) === JSON.stringify(value)) return;
    model.set(name, value);
    model.save_changes();
  }
  const runs = (k) => k === chosen && (transport.state === "playing" || transport.state === "loading");

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

  function play(k) {
    if (runs(k)) {
      transport.pause();
      return;
    }
    choose(k);
    transport.seek(0);
    transport.play();
  }

  // A button that plays tune k and says so to those who hear it: "Play", then `words`. An icon is the first of what it shows.
  let buttons = [];
  function playButton(k, className, words, ...shown) {
    const button = make("button", { type: "button", class: className, "data-lm-suppress-shortcuts": "true", onclick: () => play(k) }, icon("play"), ...shown);
    buttons.push([k, button, words]);
    return button;
  }
  const tuneButton = (k, more, ...shown) => playButton(k, "mb-near-tune", more ? `${names[k]}, ${more}` : names[k], make("span", { class: "mb-name" }, names[k]), ...shown);

  let frame = 0;
  function refresh() {
    player.show(transport.position());
    buttons = buttons.filter(([, button]) => button.isConnected);
    for (const [k, button, words] of buttons) {
      button.dataset.chosen = String(k === chosen);
      const label = `${runs(k) ? "Pause" : "Play"} ${words}`;
      if (button.getAttribute("aria-label") === label) continue;
      button.setAttribute("aria-label", label);
      button.replaceChild(icon(runs(k) ? "pause" : "play"), button.firstChild);
    }
    changed?.();
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
  }

  const heard = { "change:selected": () => choose(Math.min(get("selected"), tunes.length - 1)) };
  for (const trait of ["loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      player.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const size = new ResizeObserver(() => refresh());
  size.observe(player.root);

  function close() {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    size.disconnect();
  }
  return { tunes, transport, player, runs, play, choose, save, playButton, tuneButton, refresh, close, chosen: () => chosen };
}
