// Your taste: six tunes to like or dislike, sliders for what counts, and a list that follows at once.

const POOL = 30;
const OPINIONS = [[1, "Like"], [-1, "Dislike"]];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const names = get("names");
  const asked = get("asked");
  const groups = get("groups");
  const box = createJukebox(model, names);
  const turn = (name, value) => {
    box.save(name, value);
    renew();
  };

  // ---- six opinions
  const marks = [];
  const questions = names.slice(0, asked).map((name, i) => {
    const button = box.tuneButton(i);
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
    box.player.root,
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
    list.replaceChildren(...found.map(({ i, score }) => {
      const why = reasons(F, opinions, i, groups).filter(([, part]) => part > 0).slice(0, 2).map(([words]) => words);
      const button = box.tuneButton(i, "", make("span", { class: "mb-near-number" }, score.toFixed(2)),
        make("span", { class: "mb-taste-why" }, why.length ? `because of its ${why.join(" and ")}` : "for a change"));
      return make("li", {}, button);
    }));
    if (held >= 0) list.querySelectorAll("button")[Math.min(held, found.length - 1)]?.focus();
    const said = found.length ? `First: ${names[found[0].i]}, likeness ${found[0].score.toFixed(2)}.` : "Like or dislike a tune, and a list appears.";
    if (verdict.textContent !== said) verdict.textContent = said;
    box.refresh();
  }

  const heard = Object.fromEntries(["opinions", "weights", "discovery"].map((trait) => [`change:${trait}`, () => renew()]));
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => box.refresh()));
  renew();

  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    for (const stop of stopWatching) stop();
    box.close();
  };
}

export default { render };
