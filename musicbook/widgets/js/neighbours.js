// Listeners like you: pick a listener, see her neighbours and the list they make, and hear it.

const VERSION_WORDS = [
  ["article", "The article's function"],
  ["ordered", "Its order mended"],
  ["corrected", "Corrected"],
];
const NEAREST_SHOWN = 6;

function render({ model, el }) {
  const get = (name) => model.get(name);
  const U = get("plays");
  const names = get("names");
  const listeners = get("listeners");
  const last = listeners.length - 1;
  const box = createJukebox(model, names);
  const turn = (name, value) => {
    box.save(name, value);
    renew();
  };

  // ---- what can be changed
  const picker = menu("Listener", listeners.map((who, u) => [String(u), who]), String(get("who")), (value) => turn("who", Number(value)));
  const knob = (label, name, min, max, say) => {
    const said = make("output", { class: "mb-where" });
    const made = slider({ label, min, max, step: 1, value: get(name), className: "mb-near-slider", say, oninput: (value) => turn(name, value) });
    const box = make("div", {}, make("div", { class: "mb-near-line" }, make("span", { "aria-hidden": "true" }, label), said), made.input);
    const show = (off) => {
      made.show(get(name));
      made.input.disabled = off;
      said.textContent = off ? "has no say" : say(get(name));
    };
    return { box, show };
  };
  const neighbours = knob("Neighbours, k", "k", 1, last, (value) => `${value} of ${last}`);
  const shrinkage = knob("Shrinkage", "shrinkage", 0, 20, (value) => `${Number(value.toFixed(1))}`);
  const sides = VERSION_WORDS.map(([version, words]) => make("button", {
    type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => turn("version", version),
  }, words));

  // ---- what is seen
  const own = make("div", { class: "mb-near-own", role: "group", "aria-label": "What she plays most" });
  const nearHead = make("p", { class: "mb-near-head" });
  const nearList = make("ol", { class: "mb-near-people" });
  const listHead = make("p", { class: "mb-near-head" });
  const list = make("ol", { class: "mb-near-tunes" });
  const verdict = make("p", { class: "mb-near-verdict", role: "status" });
  const root = make("div", { class: "mb mb-neighbours", role: "group", "aria-label": get("title") || "Listeners and their neighbours" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-near-controls" },
      make("label", { class: "mb-near-pick" }, make("span", { "aria-hidden": "true" }, "Listener"), picker), neighbours.box, shrinkage.box),
    make("div", { class: "mb-near-sides", role: "group", "aria-label": "Which function" }, ...sides),
    own,
    make("div", { class: "mb-near-columns" },
      make("div", {}, nearHead, nearList),
      make("div", {}, listHead, list, verdict)),
    box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  const times = (n) => (n === 1 ? "once" : `${n} times`);
  function tuneButton(i, ...more) {
    const plays = U[get("who")]?.[i];
    return box.tuneButton(i, plays > 0 ? `played ${times(plays)}` : "new to her", ...more);
  }

  function renew() {
    const [u, k, version] = [Math.min(get("who"), last), Math.min(get("k"), last), get("version")];
    const corrected = version === "corrected";
    // The list is made anew, so the focus of the keyboard is handed on to what stands in its place.
    const held = document.activeElement?.closest?.(".mb-near-people, .mb-near-own, .mb-near-tunes");
    const place = held && root.contains(held) ? [...held.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    picker.value = String(u);
    neighbours.show(!corrected);
    shrinkage.show(!corrected);
    sides.forEach((side, n) => side.setAttribute("aria-pressed", String(VERSION_WORDS[n][0] === version)));
    const most = ranked(U[u]).filter((i) => U[u][i] > 0).slice(0, 4);
    own.replaceChildren(make("span", { class: "mb-near-head" }, `${listeners[u]} plays most:`), ...most.map((i) => tuneButton(i)));
    showNearest(u, k, corrected);
    showList(u, k, version);
    if (place >= 0) [...held.querySelectorAll("button")].at(Math.min(place, held.querySelectorAll("button").length - 1))?.focus();
    box.refresh();
  }

  function showNearest(u, k, corrected) {
    const near = corrected ? nearestTo(U, u, k, get("shrinkage"))
      : ranked(cosinesOf(U, u)).map((v) => ({ v, likeness: cosinesOf(U, u)[v], shared: sharedBy(U[v], U[u]) }));
    nearHead.textContent = corrected ? "Her neighbours" : "Everybody has a say, herself first";
    const shown = near.slice(0, NEAREST_SHOWN).map(({ v, likeness, shared }) => make("li", {}, make("button", {
      type: "button", class: "mb-near-person", "data-lm-suppress-shortcuts": "true", "data-self": String(v === u), onclick: () => turn("who", v),
      "aria-label": v === u ? `${listeners[v]}: herself, likeness 1` : `Go to ${listeners[v]}: likeness ${likeness.toFixed(2)}, ${shared} tunes in common`,
    }, make("span", { class: "mb-name" }, v === u ? "herself" : listeners[v]), make("span", { class: "mb-near-bar" }, make("span", { style: `width:${100 * likeness}%` })),
      make("span", { class: "mb-near-number" }, `${likeness.toFixed(2)} · ${shared} shared`))));
    const more = near.length - shown.length;
    nearList.replaceChildren(...shown, ...(more > 0 ? [make("li", { class: "mb-near-more" }, `and ${more} more`)] : []));
  }

  function showList(u, k, version) {
    const found = version === "corrected" ? correctedList(U, u, k, get("shrinkage"), get("length"))
      : version === "ordered" ? orderedList(U, u, get("length")) : articleList(U, u, get("length"));
    const near = new Set(nearestTo(U, u, k, get("shrinkage")).map((each) => each.v));
    const owner = version === "article" ? last - u : u;
    listHead.textContent = `Row ${u + 1}: the list for ${listeners[u]}`;
    const items = found.map(({ i, score }) => {
      const marks = [];
      if (owner !== u) marks.push("someone else's list");
      if (U[u][i] > 0) marks.push("already played");
      const voices = version === "corrected" ? U.filter((row, v) => near.has(v) && row[i] > 0).length : 0;
      const words = version === "corrected" ? `score ${score.toFixed(2)}, from ${voices} neighbour${voices === 1 ? "" : "s"}` : `score ${score.toFixed(2)}`;
      return make("li", {}, tuneButton(i, make("span", { class: "mb-near-number" }, words),
        ...marks.map((mark) => make("span", { class: "mb-near-mark" }, mark))));
    });
    list.replaceChildren(...items);
    const heard = found.filter(({ i }) => U[u][i] > 0).length;
    const rest = `${heard} of these ${found.length} she has already played.`;
    const said = version === "article"
      ? `${owner === u ? "The row in the middle is her own" : `This is the list of ${listeners[owner]}, because [::-1] turns the rows`}, worst tune first. ${rest}`
      : version === "ordered" ? `Her own list, best first. ${rest}`
        : found.length ? `Nothing that she knows. First: ${names[found[0].i]}.` : "She has played everything.";
    if (verdict.textContent !== said) verdict.textContent = said;
  }

  const heard = Object.fromEntries(["who", "k", "shrinkage", "version"].map((trait) => [`change:${trait}`, () => renew()]));
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
