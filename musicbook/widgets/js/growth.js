// The growth explorer: listeners, tunes and plays grow under three sliders, and each method's memory against a budget.

const [LEAST_BYTES, MOST_BYTES] = [2 ** 26, 2 ** 46];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const { base, methods, budgets, ranges } = get("growth");
  const save = (name, value) => {
    if (get(name) === value) return;
    model.set(name, value);
    model.save_changes();
    renew();
  };
  const twoDigits = (power) => Number((10 ** power).toPrecision(2));
  const count = (value) => value.toLocaleString("en");
  const size = (bytes) => {
    const [unit, name] = [[1024 * GIB, "TiB"], [GIB, "GiB"], [2 ** 20, "MiB"]].find(([each]) => bytes >= each) ?? [2 ** 20, "MiB"];
    const value = bytes / unit;
    return `${value < 10 ? value.toFixed(1) : count(Math.round(value))} ${name}`;
  };
  const share = (bytes) => Math.min(1, Math.max(0.004, Math.log(bytes / LEAST_BYTES) / Math.log(MOST_BYTES / LEAST_BYTES)));

  // Sliders run over powers of ten.
  const words = { listeners: "listeners", items: "tunes", plays: "tunes a listener has played" };
  const knobs = Object.entries(ranges).map(([name, [low, high]]) => {
    const knob = slider({
      label: words[name], min: Math.log10(low), max: Math.log10(high), step: 0.05, value: Math.log10(get(name)), className: "mb-growth-slider",
      say: (power) => count(twoDigits(power)), oninput: (power) => save(name, twoDigits(power)),
    });
    const said = make("output", { class: "mb-where" });
    const box = make("div", {}, make("div", { class: "mb-axis" }, make("span", { "aria-hidden": "true" }, words[name]), said), knob.input);
    return { name, knob, said, box };
  });
  const budget = menu("Memory there is", budgets.map(([bytes, text]) => [String(bytes), text]), String(get("budget")), (value) => save("budget", Number(value)));

  const lines = methods.map((method) => {
    const bar = make("span", { class: "mb-growth-bar" });
    const edge = make("span", { class: "mb-growth-edge" });
    const need = make("span", { class: "mb-growth-need" });
    const verdict = make("span", { class: "mb-growth-verdict" });
    const item = make("li", { class: "mb-growth-line" }, make("span", { class: "mb-growth-name" }, method), need,
      make("span", { class: "mb-growth-track", "aria-hidden": "true" }, bar, edge), verdict);
    return { method, item, bar, edge, need, verdict };
  });
  const sum = make("p", { class: "mb-growth-sum", role: "status" });
  const root = make("figure", { class: "mb mb-growth", "aria-label": "What each method needs" },
    make("div", { class: "mb-growth-knobs" }, ...knobs.map((each) => each.box)),
    make("label", { class: "mb-growth-budget" }, make("span", { "aria-hidden": "true" }, "Memory there is"), budget),
    make("ol", { class: "mb-growth-lines" }, ...lines.map((each) => each.item)), sum,
    get("caption") ? make("figcaption", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function renew() {
    const at = { listeners: get("listeners"), items: get("items"), plays: get("plays") };
    for (const { name, knob, said } of knobs) {
      knob.show(Math.log10(at[name]));
      said.textContent = count(at[name]);
    }
    budget.value = String(get("budget"));
    let fitting = 0;
    for (const { method, item, bar, edge, need, verdict } of lines) {
      const bytes = footprint(method, base, at);
      const fits = bytes <= get("budget");
      fitting += fits;
      item.dataset.fits = String(fits);
      bar.style.width = `${100 * share(bytes)}%`;
      edge.style.left = `${100 * share(get("budget"))}%`;
      need.textContent = size(bytes);
      const most = mostListeners(method, base, at, get("budget"));
      verdict.textContent = `${fits ? "✓ fits" : "✗ does not fit"}; room for ${most ? `${count(Number(most.toPrecision(2)))} listeners` : "nobody"}`;
    }
    sum.textContent = `${fitting} of ${lines.length} fit into ${size(get("budget"))}`;
  }

  const heard = "change:listeners change:items change:plays change:budget";
  model.on(heard, renew);
  const stopWatching = watchTheme(root, () => {});
  renew();
  return () => {
    model.off(heard, renew);
    stopWatching();
  };
}

export default { render };
