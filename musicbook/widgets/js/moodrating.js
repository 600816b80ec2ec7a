// Mood rating: clips to place on the plane of valence and arousal, and how far your places agree with the predicted ones.

const FINENESS = 0.05;
const QUIET = 2000; // ms after the last touch until the predictions appear: the last dot may still be on its way

function render({ model, el }) {
  const get = (name) => model.get(name);
  const { predictions, quadrants, titles, chance } = Object.fromEntries(["predictions", "quadrants", "titles", "chance"].map((name) => [name, get(name)]));
  const count = predictions.length;
  const names = [];
  const nameAll = () => titles.forEach((title, k) => { names[k] = get("revealed") && title ? `${k + 1}. ${title}` : `Clip ${k + 1}`; });
  nameAll();
  let shown = -1; // the clip whose place the sliders show
  const jukebox = createJukebox(model, names, { changed: () => shown !== jukebox.chosen() && renew() });
  jukebox.player.root.querySelector(".mb-tempo").remove(); // at another tempo it would be another mood
  const mine = () => get("ratings")[jukebox.chosen()];

  function rate(place) {
    const to = place.map((value) => Number((Math.round(value / FINENESS) * FINENESS).toFixed(2)) + 0);
    if (to.join() === mine().join()) return;
    jukebox.save("ratings", get("ratings").map((each, k) => (k === jukebox.chosen() ? to : each)));
  }

  const list = make("ol", { class: "mb-near-tunes" });
  const question = make("p", { class: "mb-near-head" });
  const plane = make("canvas", { class: "mb-mood-plane mb-mood-open", role: "img" });
  plane.addEventListener("pointerdown", (event) => {
    plane.setPointerCapture(event.pointerId);
    rate(placeOf(event, plane));
  });
  plane.addEventListener("pointermove", (event) => event.buttons && rate(placeOf(event, plane)));
  const knobs = ["Valence", "Arousal"].map((label, axis) => {
    const said = make("output", { class: "mb-where" });
    const say = (value) => (mine().length ? signed(value) : "not rated");
    const made = slider({
      label, min: -1, max: 1, step: FINENESS, value: 0, className: "mb-mood-slider", say,
      oninput: (value) => rate([0, 1].map((k) => (k === axis ? value : mine()[k] ?? 0))),
    });
    const show = () => {
      made.show(mine()[axis] ?? 0);
      said.textContent = say(mine()[axis]);
    };
    return { box: make("div", {}, make("div", { class: "mb-mood-line" }, make("span", { "aria-hidden": "true" }, label), said), made.input), show };
  });
  const verdict = make("p", { class: "mb-mood-verdict" });
  const limits = make("p", { class: "mb-mood-cues" });
  const reveal = make("button", {
    type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => jukebox.save("revealed", !get("revealed")),
  }, "Show the predictions");
  const mark = (kind) => make("span", { class: `mb-mood-dot mb-mood-${kind}`, "aria-hidden": "true" });
  const key = make("p", { class: "mb-mood-key" }, make("span", {}, mark("mine"), "your place"), make("span", {}, mark("theirs"), "prediction"));
  const root = make("div", { class: "mb mb-neighbours mb-mood-rating", role: "group", "aria-label": get("title") || "Rate the mood of clips" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-columns" },
      make("div", {}, make("p", { class: "mb-near-head" }, "The clips, with (valence, arousal)"), list),
      make("div", {}, question, plane, key, ...knobs.map((each) => each.box),
        make("div", { class: "mb-mood-said", role: "status" }, verdict, limits), make("div", { class: "mb-mood-modes" }, reveal))),
    jukebox.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  const pair = (place) => `(${place.map(signed).join(", ")})`;
  let listed = "";
  function fillList() {
    const words = get("ratings").map((place, k) => [place.length ? `you ${pair(place)}` : "not rated", ...(get("revealed") ? [`predicted ${pair(predictions[k])}`] : [])]);
    if (words + names === listed) return;
    listed = words + names;
    const held = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...words.map((each, k) => make("li", {}, jukebox.tuneButton(k, each.join(", "), ...each.map((part) => make("span", { class: "mb-near-number" }, part))))));
    if (held >= 0) list.querySelectorAll("button")[held].focus();
  }

  function draw() {
    const ratings = get("ratings");
    const order = ratings.map((_, k) => k).sort((a, b) => (a === jukebox.chosen()) - (b === jukebox.chosen())); // the chosen one on top
    const rated = order.filter((k) => ratings[k].length);
    const dot = (at, k, colour, hollow) => ({ at, text: `${k + 1}`, radius: k === jukebox.chosen() ? 12 : 9, colour, hollow });
    const theirs = get("revealed") ? order.map((k) => dot(predictions[k], k, "--mb-playhead", true)) : [];
    const dots = [...theirs, ...rated.map((k) => dot(ratings[k], k, "--mb-accent", false))];
    drawMoodPlane(plane, quadrants, dots, get("revealed") ? rated.map((k) => [ratings[k], predictions[k]]) : []);
  }

  // Two sentences: how far they agree, and how far pure chance would.
  function agreementTexts() {
    const { valence, arousal, n, chance: limit } = agreementOf(get("ratings"), predictions, chance);
    if (n < 3) return [`${n} of ${count} clips rated`, "From 3 on you see how far you and the prediction agree."];
    const said = (r) => (Number.isNaN(r) ? "r undefined, as all are alike" : `r\u00a0=\u00a0${signed(r)}`);
    return [
      `Agreement with the prediction: valence ${said(valence)}, arousal ${said(arousal)}`,
      `${n} of ${count} clips rated. With ${n} clips, pure chance reaches ±${limit.toFixed(3)} once in twenty times.`,
    ];
  }

  function renew() {
    shown = jukebox.chosen();
    fillList();
    const place = mine();
    question.textContent = `Where would you place clip ${shown + 1}?`;
    for (const each of knobs) each.show();
    plane.setAttribute("aria-label", `Plane of valence and arousal. Clip ${shown + 1} ${place.length ? `is at ${pair(place)}, ${quadrantOf(place, quadrants)}` : "is not rated"}; the sliders below move it.`);
    key.lastChild.hidden = !get("revealed");
    reveal.setAttribute("aria-pressed", String(get("revealed")));
    const said = agreementTexts();
    [verdict, limits].forEach((each, k) => each.textContent !== said[k] && (each.textContent = said[k]));
    list.dataset.revealed = String(get("revealed"));
    draw();
    jukebox.refresh();
  }

  const complete = () => get("ratings").every((each) => each.length);
  let wasComplete = complete();
  let waiting = 0;
  const heard = {
    "change:ratings": () => {
      if (complete() && (waiting || !wasComplete)) {
        clearTimeout(waiting);
        waiting = setTimeout(() => {
          waiting = 0;
          jukebox.save("revealed", true);
        }, QUIET);
      }
      wasComplete = complete();
      renew();
    },
    "change:revealed": () => {
      nameAll();
      jukebox.player.renew();
      renew();
    },
  };
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, jukebox.player.root].map((each) => watchTheme(each, () => renew()));
  const size = new ResizeObserver(draw);
  size.observe(root);

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    clearTimeout(waiting);
    jukebox.close();
    for (const stop of stopWatching) stop();
    size.disconnect();
  };
}

export default { render };
