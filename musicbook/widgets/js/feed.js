// A feed: a tune, Like or Skip, and the next one; a slider from familiar to new, a profile that grows, and a history.

function render({ model, el }) {
  const get = (name) => model.get(name);
  const names = get("names");
  const composed = new Set(get("composed"));
  const features = get("features").map((row) => row.map((value) => value / 100));
  const box = createJukebox(model, names);
  const heights = { low: "lowest note", high: "highest note", mean_pitch: "pitch" };
  const wanted = (name, value) => (name in heights ? `${value > 0 ? "higher" : "lower"} ${heights[name]}` : `${value > 0 ? "more" : "less"} ${name.replaceAll("_", " ")}`);
  const number = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
  const mark = (i) => (composed.has(i) ? make("span", { class: "mb-near-mark" }, "composed") : null);
  const spoken = (i) => (composed.has(i) ? "composed" : "");
  let coming = [];

  // ---- the slider, and the tune of the moment
  const said = make("output", { class: "mb-where" });
  const say = (value) => (value < 0.05 ? "familiar" : value > 0.95 ? "new" : `${Math.round(100 * value)} % new`);
  const knob = slider({ label: "Familiar or new", min: 0, max: 1, step: 0.05, value: get("fresh"), className: "mb-near-slider", say, oninput: (value) => turn("fresh", value) });
  const judge = (value, label, className) => make("button", {
    type: "button", class: `mb-feed-judge ${className}`, "data-lm-suppress-shortcuts": "true", onclick: () => answer(value),
  }, label);
  const like = judge(1, "Like", "mb-feed-like");
  const skip = judge(-1, "Skip", "mb-feed-skip");
  const now = make("div", { class: "mb-feed-now" });
  const why = make("p", { class: "mb-feed-why" });
  const later = make("ol", { class: "mb-near-tunes" });
  const status = make("p", { class: "mb-near-verdict", role: "status" });

  // ---- what has been learned, and what was heard
  const profile = make("ul", { class: "mb-feed-profile" });
  const past = make("ol", { class: "mb-near-tunes mb-feed-past" });
  const back = make("button", { type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => turn("history", get("history").slice(0, -1)) }, "Take back");
  const again = make("button", { type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => turn("history", []) }, "Start again");
  const head = (text) => make("p", { class: "mb-near-head" }, text);
  const root = make("div", { class: "mb mb-neighbours mb-feed", role: "group", "aria-label": get("title") || "Your feed" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-columns mb-feed-columns" },
      make("div", {}, make("div", { class: "mb-near-line" }, make("span", { "aria-hidden": "true" }, "Familiar or new"), said), knob.input,
        head("Now"), now, why, make("div", { class: "mb-feed-judges" }, like, skip), head("Then"), later, status),
      make("div", {}, head("What the feed has learned"), profile, head("Heard"), past, make("div", { class: "mb-near-sides" }, back, again))),
    box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function turn(name, value) {
    box.save(name, value);
    renew();
  }

  // Judge the tune of the moment; what was sounding goes on with the next.
  function answer(value) {
    if (!coming.length) return;
    const sounding = box.transport.state === "playing" || box.transport.state === "loading";
    box.save("history", [...get("history"), [coming[0][0], value]]);
    renew();
    if (!coming.length) box.transport.pause();
    else if (!sounding) box.choose(coming[0][0]);
    else if (!box.runs(coming[0][0])) box.play(coming[0][0]);
  }

  function because(i, surprise, opinions) {
    if (surprise) return "To learn something: unlike all that you have judged.";
    if (!opinions.some((each) => each !== 0)) return `To begin with: ${get("listeners")[i]} of the simulated listeners play it.`;
    const parts = reasons(features, opinions, i, get("groups")).filter(([, part]) => part > 0).slice(0, 2).map(([group]) => group);
    return parts.length ? `Because of its ${parts.join(" and ")}.` : "For a change: nothing nearer is left.";
  }

  function renew() {
    const history = get("history");
    const opinions = opinionsOf(history, names.length);
    const focus = document.activeElement;
    const held = [now, later, past].find((part) => part.contains(focus));
    const at = held ? [...held.querySelectorAll("button")].indexOf(focus) : -1;
    knob.show(get("fresh"));
    said.textContent = say(get("fresh"));
    coming = feedQueue(features, get("fame"), opinions, get("fresh"), get("length"));
    const button = (i, ...more) => box.tuneButton(i, spoken(i), mark(i), ...more);
    const [first, ...rest] = coming;
    now.replaceChildren(first ? button(first[0]) : make("p", {}, "You have heard everything."));
    why.textContent = first ? [because(...first, opinions), get("notes")[first[0]]].filter(Boolean).join(" ") : "";
    later.replaceChildren(...rest.map(([i]) => make("li", {}, button(i))));
    for (const each of [like, skip]) each.disabled = !first;
    const strong = strongest(features, opinions, get("feature_names"), 5);
    const most = Math.max(1, ...strong.map(([, value]) => Math.abs(value)));
    profile.replaceChildren(...strong.map(([name, value]) => make("li", {},
      make("span", {}, wanted(name, value)),
      make("span", { class: "mb-near-bar", "aria-hidden": "true" }, make("span", { style: `width: ${(100 * Math.abs(value)) / most}%` })),
      make("span", { class: "mb-near-number" }, number(value)))));
    if (!strong.length) profile.append(make("li", {}, "Nothing yet."));
    past.replaceChildren(...[...history].reverse().slice(0, 6).map(([i, value]) => make("li", {}, button(i, make("span", { class: "mb-near-number" }, value > 0 ? "liked" : "skipped")))));
    back.disabled = again.disabled = !history.length;
    if (held && !held.contains(document.activeElement)) {
      const buttons = held.querySelectorAll("button");
      buttons[Math.min(at, buttons.length - 1)]?.focus();
    }
    const liked = history.filter(([, value]) => value > 0);
    const made = liked.filter(([i]) => composed.has(i)).length;
    const sum = history.length ? `${history.length} judged, ${liked.length} liked, ${made} of them composed.` : "Like or skip, and the feed learns.";
    const text = first ? `${sum} Now: ${names[first[0]]}.` : sum;
    if (status.textContent !== text) status.textContent = text;
    box.refresh();
  }

  const heard = Object.fromEntries(["history", "fresh"].map((trait) => [`change:${trait}`, () => renew()]));
  for (const [event, react] of Object.entries(heard)) model.on(event, react);
  const stopWatching = [root, box.player.root].map((each) => watchTheme(each, () => box.refresh()));
  renew();

  return () => {
    for (const [event, react] of Object.entries(heard)) model.off(event, react);
    for (const stop of stopWatching) stop();
    box.close();
  };
}

export default { render };
