// The metric explorer: k, the metric and the group move, the order of the systems follows; one listener's lists can be heard.

const METRIC_WORDS = {
  precision: "Precision", recall: "Recall", f1: "F1", "hit rate": "Hit rate", MRR: "MRR", MAP: "MAP", nDCG: "nDCG",
  novelty: "Novelty", coverage: "Coverage",
};
const GROUP_WORDS = ["niche", "diverse", "mainstream"];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const data = get("data");
  const example = get("example");
  const names = get("names");
  const { systems } = data;
  const metrics = Object.keys(METRIC_WORDS);
  const box = createJukebox(model, names);
  const turn = (name, value) => {
    box.save(name, value);
    renew();
  };

  // ---- what can be changed
  const said = make("output", { class: "mb-where" });
  const knob = slider({
    label: "k, the length of the list", min: 1, max: 20, step: 1, value: get("k"), className: "mb-metric-slider",
    say: (value) => `the first ${value}`, oninput: (value) => turn("k", value),
  });
  const present = [...new Set(data.group)].sort();
  const group = menu("Listeners", [["all", `all ${data.counts.length}`], ...present.map((g) =>
    [GROUP_WORDS[g], `${GROUP_WORDS[g]} (${data.group.filter((each) => each === g).length})`])], get("group"), (value) => turn("group", value));
  const against = data.places.sampled ? menu("Ranked against", [["all", "all tunes"], ["sampled", "a sample"]], get("against"), (value) => turn("against", value)) : null;
  const chips = metrics.map((name) => make("button", {
    type: "button", class: "mb-chip", "data-lm-suppress-shortcuts": "true", onclick: () => turn("metric", name),
  }, METRIC_WORDS[name]));

  // ---- what is seen
  const rowsOf = systems.map((name, s) => {
    const bar = make("span", { class: "mb-metric-bar", "aria-hidden": "true" });
    const value = make("span", { class: "mb-metric-value" });
    const button = make("button", { type: "button", class: "mb-metric-row", "data-lm-suppress-shortcuts": "true", onclick: () => turn("system", s) },
      make("span", { class: "mb-name" }, name), make("span", { class: "mb-metric-track" }, bar), value);
    return { item: make("li", {}, button), button, bar, value };
  });
  const bars = make("ol", { class: "mb-metric-bars" });
  const verdict = make("p", { class: "mb-metric-verdict", role: "status" });
  const cells = systems.map(() => metrics.map(() => make("td")));
  const table = make("table", { class: "mb-metric-table" }, make("caption", {}, "Place of each system in every metric"),
    make("thead", {}, make("tr", {}, make("td"), ...metrics.map((name) => make("th", { scope: "col" }, METRIC_WORDS[name])))),
    make("tbody", {}, ...systems.map((name, s) => make("tr", {}, make("th", { scope: "row" }, name), ...cells[s]))));
  const listHead = make("p", { class: "mb-metric-head" });
  const list = make("ol", { class: "mb-metric-tunes" });
  const root = make("div", { class: "mb mb-metrics", role: "group", "aria-label": get("title") || "Metrics and systems" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-metric-controls" },
      make("div", {}, make("div", { class: "mb-metric-line" }, make("span", { "aria-hidden": "true" }, "k, the length of the list"), said), knob.input),
      make("label", { class: "mb-metric-pick" }, make("span", { "aria-hidden": "true" }, "Listeners"), group),
      against && make("label", { class: "mb-metric-pick" }, make("span", { "aria-hidden": "true" }, "Ranked against"), against)),
    make("div", { class: "mb-chips", role: "group", "aria-label": "Metric" }, ...chips),
    bars, verdict, make("div", { class: "mb-metric-scroll", role: "region", "aria-label": "Table of places", tabindex: "0" }, table),
    listHead, list, box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  const numberOf = (name, x) => (name === "novelty" ? `${x.toFixed(2)} bits` : x.toFixed(3));
  let shown = []; // buttons of the tunes in sight

  function renew() {
    const [k, metric] = [get("k"), get("metric")];
    const which = GROUP_WORDS.indexOf(get("group"));
    const values = metricValues(data, { k, group: which < 0 ? null : which, against: against ? get("against") : "all" });
    const order = orderBy(values[metric]);
    knob.show(k);
    said.textContent = String(k);
    group.value = get("group");
    if (against) against.value = get("against");
    chips.forEach((chip, m) => chip.setAttribute("aria-pressed", String(metrics[m] === metric)));
    const top = Math.max(...values[metric], 1e-12);
    const held = document.activeElement;
    rowsOf.forEach(({ button, bar, value }, s) => {
      bar.style.width = `${(100 * values[metric][s]) / top}%`;
      value.textContent = numberOf(metric, values[metric][s]);
      button.setAttribute("aria-pressed", String(s === get("system")));
      button.title = `Read the list of ${systems[s]}`;
    });
    if (order.some((s, at) => bars.children[at] !== rowsOf[s].item)) {
      bars.replaceChildren(...order.map((s) => rowsOf[s].item));
      if (bars.contains(held)) held.focus(); // moving an element takes the focus from it
    }
    metrics.forEach((name, m) => orderBy(values[name]).forEach((s, at) => {
      cells[s][m].textContent = String(at + 1);
      cells[s][m].dataset.first = String(at === 0);
      cells[s][m].dataset.chosen = String(name === metric);
    }));
    const words = `${METRIC_WORDS[metric]}@${k}: ${order.map((s) => systems[s]).join(" > ")}`;
    if (verdict.textContent !== words) verdict.textContent = words;
    fillList(k);
    box.refresh();
  }

  let listed = "";
  function fillList(k) {
    const s = Math.min(get("system"), systems.length - 1);
    const own = example.lists[s];
    const inside = own.slice(0, k).filter((i) => example.relevant.includes(i)).length;
    listHead.textContent = `${systems[s]} for ${example.who}: ${inside} of ${example.count} held-out tunes among the first ${Math.min(k, own.length)}`;
    if (listed !== String(s)) {
      listed = String(s);
      shown = own.map((i) => {
        const hit = example.relevant.includes(i);
        const button = box.playButton(i, "mb-metric-tune", `${names[i]}${hit ? ", held out: relevant" : ""}`,
          make("span", { class: "mb-name" }, names[i]), make("span", { class: "mb-hit", "aria-hidden": "true" }, hit ? "✓" : ""));
        button.dataset.hit = String(hit);
        return button;
      });
      list.replaceChildren(...shown.map((button) => make("li", {}, button)));
    }
    shown.forEach((button, at) => (button.dataset.beyond = String(at >= k)));
  }

  const heard = { "change:k change:metric change:group change:against change:system": () => renew() };
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
