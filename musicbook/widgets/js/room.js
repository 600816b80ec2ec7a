// The room: voices on a map, a listener among them, and in the headphones what her two ears would get.

const ROOM_HALF = 5; // metres from the middle to the walls

function render({ model, el }) {
  const get = (name) => model.get(name);
  const names = get("names");
  const tune = get("tunes")[0];
  const box = createJukebox(model, [tune.title]);
  const movers = ["You", ...names];
  const chains = new Map();
  const earsOf = (voice) => roomEars(...roomRelative(get("places")[voice], get("listener"), get("turned")));

  // Notes of a voice go through its own chain; the chains end where the player sets the volume.
  box.transport.settings.route = (out, voice) => {
    const k = Math.min(voice, names.length - 1);
    if (!chains.has(k)) {
      const chain = roomChain(out.context, out);
      chain.move(earsOf(k), 0);
      chains.set(k, chain);
    }
    return chains.get(k).input;
  };

  const fit = (value) => Math.round(10 * Math.min(ROOM_HALF, Math.max(-ROOM_HALF, value))) / 10;
  const placeOf = (mover) => (mover ? get("places")[mover - 1] : get("listener"));
  function put(mover, [x, y]) {
    const to = [fit(x), fit(y)];
    if (mover) box.save("places", get("places").map((place, v) => (v === mover - 1 ? to : place)));
    else box.save("listener", to);
    renew();
  }

  // ---- controls
  const chips = movers.map((name, m) => make("button", {
    type: "button", class: "mb-side mb-room-mover", "data-lm-suppress-shortcuts": "true", onclick: () => {
      box.save("moving", m);
      renew();
    },
  }, name));
  const metres = (value) => `${value.toFixed(1).replace("-", "−")} m`;
  const knob = (label, min, max, step, value, say, oninput) => {
    const said = make("output", { class: "mb-where" });
    const one = slider({ label, min, max, step, value, className: "mb-room-slider", say, oninput });
    const show = (to) => {
      one.show(to);
      said.textContent = say(to);
    };
    return { show, box: make("div", {}, make("div", { class: "mb-axis" }, make("span", { "aria-hidden": "true" }, label), said), one.input) };
  };
  const turn = knob("Your head, turned to the right", -180, 180, 5, get("turned"), (value) => `${value}°`.replace("-", "−"), (value) => {
    box.save("turned", value);
    renew();
  });
  const across = knob("To the right", -ROOM_HALF, ROOM_HALF, 0.1, 0, metres, (value) => put(get("moving"), [value, placeOf(get("moving"))[1]]));
  const ahead = knob("To the front", -ROOM_HALF, ROOM_HALF, 0.1, 0, metres, (value) => put(get("moving"), [placeOf(get("moving"))[0], value]));

  const map = make("canvas", { class: "mb-room-map", role: "img" });
  const where = (event) => {
    const frame = map.getBoundingClientRect();
    const scale = (2 * ROOM_HALF + 1) / frame.width;
    return [(event.clientX - frame.left - frame.width / 2) * scale, (frame.height / 2 - (event.clientY - frame.top)) * scale];
  };
  map.addEventListener("pointerdown", (event) => {
    const at = where(event);
    const away = (mover) => Math.hypot(...placeOf(mover).map((x, k) => x - at[k]));
    const nearest = movers.map((_, m) => m).reduce((best, m) => (away(m) < away(best) ? m : best));
    map.setPointerCapture(event.pointerId);
    box.save("moving", nearest);
    renew();
  });
  map.addEventListener("pointermove", (event) => event.buttons && put(get("moving"), where(event)));

  const told = make("p", { class: "mb-room-told", "aria-live": "polite" });
  const root = make("div", { class: "mb mb-room", role: "group", "aria-label": get("title") || "Voices in a room" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    turn.box, make("div", { class: "mb-room-plan" }, map, make("div", {},
      make("p", { class: "mb-room-move" }, "Move"),
      make("div", { class: "mb-room-movers", role: "group", "aria-label": "What moves" }, ...chips), across.box, ahead.box, told)),
    box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function draw() {
    const paper = penOf(map);
    if (!paper) return;
    const { pen, width, colour, colours, font } = paper;
    const unit = width / (2 * ROOM_HALF + 1);
    const at = ([x, y]) => [width / 2 + x * unit, width / 2 - y * unit];
    const [x, y] = at(get("listener"));
    pen.strokeStyle = colour("--mb-line");
    for (const metre of [1, 3, 5]) {
      pen.beginPath();
      pen.arc(x, y, metre * unit, 0, 7);
      pen.stroke();
    }
    pen.font = font;
    get("places").forEach((place, v) => {
      const [px, py] = at(place);
      pen.fillStyle = colours[v % colours.length];
      pen.beginPath();
      pen.arc(px, py, 9, 0, 7);
      pen.fill();
      pen.fillStyle = colour("--mb-ink");
      // Names stand on the outer side, where there is room; at a wall on the inner one.
      const wide = pen.measureText(names[v]).width + 15;
      const left = px < width / 2 ? px > wide : px + wide > width;
      pen.textAlign = left ? "right" : "left";
      pen.fillText(names[v], px + (left ? -13 : 13), py + 4);
    });
    // A head from above: its nose looks where she looks.
    pen.save();
    pen.translate(x, y);
    pen.rotate((get("turned") * Math.PI) / 180);
    pen.fillStyle = colour("--mb-ink");
    pen.beginPath();
    pen.arc(0, 0, 10, 0, 7);
    pen.moveTo(-5, -8);
    pen.lineTo(0, -17);
    pen.lineTo(5, -8);
    pen.fill();
    for (const ear of [-11, 11]) pen.fillRect(ear - 2, -4, 4, 8);
    pen.restore();
    const [mx, my] = at(placeOf(get("moving")));
    pen.strokeStyle = colour("--mb-playhead");
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.arc(mx, my, 20, 0, 7);
    pen.stroke();
  }

  function renew() {
    const [x, y] = placeOf(get("moving"));
    turn.show(get("turned"));
    across.show(x);
    ahead.show(y);
    chips.forEach((chip, m) => chip.setAttribute("aria-pressed", String(m === get("moving"))));
    for (const [voice, chain] of chains) chain.move(earsOf(voice));
    const words = names.map((name, v) => `${name}: ${roomWords(...roomRelative(get("places")[v], get("listener"), get("turned")))}.`).join(" ");
    if (told.textContent !== words) told.textContent = words;
    map.setAttribute("aria-label", `Map of the room from above. ${words}`);
    draw();
  }

  const heard = "change:places change:listener change:turned change:moving";
  model.on(heard, renew);
  const size = new ResizeObserver(draw);
  size.observe(map);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => {
    draw();
    box.refresh();
  }));
  renew();
  return () => {
    model.off(heard, renew);
    size.disconnect();
    for (const stop of stopWatching) stop();
    box.close();
    for (const chain of chains.values()) chain.close();
  };
}

export default { render };
