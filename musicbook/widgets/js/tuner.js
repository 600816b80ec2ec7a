// The tuner, the pad and the bells: a player whose tune is chosen on a slider, a plane or a curve, while it plays.

function render({ model, el }) {
  const get = (name) => model.get(name);
  const save = (name, value) => {
    if (samePlace(get(name), value)) return;
    model.set(name, value);
    model.save_changes();
  };
  const stops = get("stops").map((stop) => readStop(stop, get("meter")));
  const others = get("nearest").map((stop) => readStop(stop, get("meter")));
  const makeChoice = get("bell") ? bellChoice : get("grid") ? padChoice : sliderChoice;
  const choice = makeChoice({ get, count: stops.length, move });
  const all = [...stops, ...others];
  const range = choice.range ?? [Math.min(...all.map((tune) => tune.range[0])), Math.max(...all.map((tune) => tune.range[1]))];
  for (const tune of all) tune.range = range;
  const { stop } = choice;
  let other = false; // the nearest tune instead of the stop's own
  const between = () => {
    const live = get("live");
    return samePlace(live.at, choice.place()) ? Object.assign(readStop(live, get("meter")), { range }) : null;
  };
  const tune = () => choice.tune?.() ?? (other ? others[stop()] : choice.onStop() ? stops[stop()] : between() ?? stops[stop()]);
  const voice = () => ({ notes: tune().notes, length: tune().length });

  const settings = { ...voice(), tempo: get("tempo"), loop: get("loop"), instrument: get("instrument"), volume: get("volume") };
  const transport = createTransport(model, settings, () => refresh());
  const name = () => get("title") || get("axis");
  const view = playerView({ name, tune, get, transport, change: save });
  view.root.classList.add(...choice.className.split(" "));

  const info = make("p", { class: "mb-info" });
  const head = make("div", { class: "mb-tuning" }, ...choice.parts, info);
  view.root.insertBefore(head, view.root.querySelector(".mb-stage"));

  const near = others.length ? nearSwitch() : null;
  if (near) view.root.insertBefore(near.box, view.root.querySelector(".mb-stage"));
  const pictures = charts();
  for (const each of pictures) view.root.insertBefore(each.box, view.more);
  el.append(view.root);

  function move(to) {
    choice.set(to);
    save(choice.trait, to);
    play();
  }

  // Hand the tune of the place to the player; the playhead stays where it is in the tune.
  function play() {
    transport.set(voice());
    view.renew();
    renew();
  }

  function nearSwitch() {
    const button = (words, wanted) =>
      make("button", { type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => {
        other = wanted;
        play();
      } }, words);
    const sides = [button("Generated", false), button("Nearest training tune", true)];
    const words = make("span", { class: "mb-near-name" });
    const box = make("div", { class: "mb-near", role: "group", "aria-label": "Which tune" }, ...sides, words);
    return {
      box,
      renew() {
        sides.forEach((side, k) => side.setAttribute("aria-pressed", String(other === Boolean(k))));
        words.textContent = get("nearest_names")[stop()] ?? "";
      },
    };
  }

  function charts() {
    const made = [];
    const add = (className, names, words, draw) => {
      const canvas = make("canvas", { class: className, role: "img" });
      const key = legend(names, words);
      const box = make("div", { class: "mb-picture" }, names.length ? key.box : null, canvas);
      made.push({ box, renew() {
        key.show(stop());
        canvas.setAttribute("aria-label", `${choice.label()}: ${names.map((each) => words(each, stop())).join(", ") || "probabilities of the tokens"}`);
      }, draw: () => draw(canvas) });
    };
    const heat = get("heat");
    if (heat.data) {
      const bytes = bytesOf(heat.data);
      add("mb-heat", [], () => "", (canvas) => drawHeat(canvas, { shape: heat.shape, bytes }, stop(), Math.min(1, transport.position() / tune().length)));
    }
    const tables = get("histograms");
    if (Object.keys(tables).length) {
      const mean = (row) => row.reduce((sum, count, i) => sum + count * (i + 0.5), 0) / row.length / (row.reduce((a, b) => a + b, 0) || 1);
      add("mb-chart", Object.keys(tables), (each, at) => `${each}: mean ${mean(tables[each][at]).toFixed(2)}`, (canvas) => drawHistograms(canvas, tables, stop()));
    }
    const curves = get("curves");
    if (Object.keys(curves).length) {
      add("mb-chart", Object.keys(curves), (each, at) => `${each}: ${Number(curves[each][at].toPrecision(3))}`, (canvas) => drawCurves(canvas, curves, stop()));
    }
    return made;
  }

  function renew() {
    choice.show();
    info.textContent = get("info")[stop()] ?? "";
    info.hidden = !get("info").length;
    near?.renew();
    for (const each of pictures) {
      each.renew();
      each.draw();
    }
  }

  let frame = 0;
  function refresh() {
    view.show(transport.position());
    if (get("heat").data) pictures[0].draw();
    const playing = transport.state === "playing" || transport.state === "loading";
    if (transport.state === "playing" && !frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    }
    save("playing", playing);
  }

  const heard = {
    [`change:${choice.trait}`]: () => {
      if (samePlace(get(choice.trait), choice.place())) return;
      choice.set(get(choice.trait));
      play();
    },
    "change:live": () => samePlace(get("live").at, choice.place()) && play(),
    "change:playing": () => {
      const playing = transport.state === "playing" || transport.state === "loading";
      if (get("playing") === playing) return;
      if (get("playing")) transport.play();
      else transport.pause();
    },
    "msg:custom": (message) => {
      if (message.kind === "source" && message.there) choice.free();
    },
  };
  for (const trait of ["tempo", "loop", "instrument", "volume"]) {
    heard[`change:${trait}`] = () => {
      transport.set({ [trait]: get(trait) });
      view.renew();
    };
  }
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  model.send({ kind: "source" });
  const stopWatching = watchTheme(view.root, () => {
    refresh();
    renew();
  });
  const size = new ResizeObserver(() => {
    refresh();
    renew();
  });
  size.observe(view.root);
  renew();
  if (get("playing")) transport.play();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    transport.pause();
    cancelAnimationFrame(frame);
    stopWatching();
    size.disconnect();
  };
}

export default { render };
