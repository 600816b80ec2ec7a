// The explorer: sliders over a grid that was computed beforehand, and a bar for each number of the setting.

const GRID_MOST_BUTTONS = 4;
let gridGroups = 0; // radio buttons belong together by a name that no other group of the page has

function render({ model, el }) {
  const get = (name) => model.get(name);
  const axes = get("axes");
  const panels = get("panels");
  const series = [...new Set(panels.flatMap((panel) => panel.names))];
  const move = (axis, stop) => {
    if (get("at")[axis] === stop) return;
    model.set("at", get("at").map((k, a) => (a === axis ? stop : k)));
    model.save_changes();
    renew();
  };

  // ---- what can be set: the first axis always on a slider
  const knobs = axes.map(([name, stops], axis) => {
    const said = make("output", { class: "mb-explore-where" });
    const head = make("div", { class: "mb-explore-axis" }, make("span", { "aria-hidden": "true" }, name), said);
    if (axis === 0 || stops.length > GRID_MOST_BUTTONS) {
      const knob = slider({
        label: name, min: 0, max: stops.length - 1, step: 1, value: get("at")[axis], className: "mb-explore-slider",
        say: (k) => stops[k], oninput: (k) => move(axis, k),
      });
      const show = (k) => {
        knob.show(k);
        said.textContent = stops[k];
      };
      return { box: make("div", { class: "mb-explore-knob" }, head, knob.input), show };
    }
    const group = `mb-explore-${++gridGroups}`;
    const radios = stops.map((stop, k) => make("input", { type: "radio", name: group, value: stop, "data-lm-suppress-shortcuts": "true", onchange: () => move(axis, k) }));
    const labels = radios.map((radio, k) => make("label", { class: "mb-explore-radio" }, radio, make("span", {}, stops[k])));
    const show = (k) => radios.forEach((radio, r) => {
      radio.checked = r === k;
    });
    const box = make("div", { class: "mb-explore-knob", role: "radiogroup", "aria-label": name }, head, make("div", { class: "mb-explore-radios" }, ...labels));
    return { box, show };
  });

  // ---- what is seen
  const boards = panels.map((panel) => {
    const lines = panel.names.map((name) => {
      const bar = make("span", { class: "mb-explore-bar" });
      const whisker = make("span", { class: "mb-explore-whisker" });
      const value = make("b", {});
      const span = make("span", { class: "mb-explore-span" });
      const item = make("li", { class: "mb-explore-line" }, make("span", { class: "mb-explore-name" }, name),
        make("span", { class: "mb-explore-track", "aria-hidden": "true" }, bar, whisker), make("span", { class: "mb-explore-value" }, value, " ", span));
      return { item, bar, whisker, value, span };
    });
    const head = make("p", { class: "mb-explore-head" }, panel.title, panel.unit ? make("span", {}, ` in ${panel.unit}`) : null);
    return { panel, lines, box: make("div", { class: "mb-explore-panel" }, head, make("ul", { class: "mb-explore-lines" }, ...lines.map((line) => line.item))) };
  });
  const sum = make("p", { class: "mb-explore-sum", "aria-live": "polite" });
  const root = make("figure", { class: "mb mb-explore", "aria-label": get("title") || "Settings and what was measured" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-explore-knobs" }, ...knobs.map((each) => each.box)),
    ...boards.map((each) => each.box), sum,
    get("caption") ? make("figcaption", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function renew() {
    const at = get("at");
    const k = gridPlace(axes, at);
    knobs.forEach((knob, a) => knob.show(at[a]));
    const colours = VOICES[isDark() ? "dark" : "light"];
    const told = boards.map(({ panel, lines }) => {
      const found = gridValues(panel, k);
      const share = (value) => gridShare(panel.range, value);
      found.forEach((each, s) => {
        const { item, bar, whisker, value, span } = lines[s];
        const [text, between] = gridWords(panel, each);
        const [from, to] = [share(0), share(each.value ?? 0)];
        bar.style.left = `${Math.min(from, to)}%`;
        bar.style.width = `${Math.abs(to - from)}%`;
        bar.style.background = colours[series.indexOf(each.name) % colours.length];
        whisker.hidden = !between;
        if (between) {
          whisker.style.left = `${share(each.low)}%`;
          whisker.style.width = `${share(each.high) - share(each.low)}%`;
        }
        item.dataset.measured = String(each.value !== null);
        value.textContent = text;
        span.textContent = between ? `(${between})` : "";
      });
      const known = found.filter((each) => each.value !== null);
      const title = panel.title.charAt(0).toUpperCase() + panel.title.slice(1);
      if (!known.length) return `${title}: not measured`;
      const most = known.reduce((best, each) => (each.value > best.value ? each : best));
      const unit = panel.unit ? ` ${panel.unit}` : "";
      return `${title}${known.length > 1 ? `: most for ${most.name},` : ""} ${gridWords(panel, most)[0]}${unit}`;
    });
    const said = `At ${axes.map(([name, stops], a) => `${name} ${stops[at[a]]}`).join(", ")}. ${told.join(". ")}.`;
    if (sum.textContent !== said) sum.textContent = said;
  }

  model.on("change:at", renew);
  const stopWatching = watchTheme(root, renew);
  return () => {
    model.off("change:at", renew);
    stopWatching();
  };
}

export default { render };
