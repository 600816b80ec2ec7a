// The confusion matrix: a table of counts, and behind each cell tunes to listen to.

function render({ model, el }) {
  const get = (name) => model.get(name);
  const labels = get("labels");
  const box = createJukebox(model, get("names"));
  const turn = (name, value) => {
    box.save(name, value);
    renew();
    // What the player holds should be in sight, but a tune that sounds is left to sound.
    const [true_, guess] = get("cell");
    const inside = get("examples")[get("version")][true_][guess];
    if (inside.length && !box.runs(box.chosen())) box.choose(inside[0][0]);
  };

  const sides = get("versions").map((words, v) => make("button", {
    type: "button", class: "mb-side", "data-lm-suppress-shortcuts": "true", onclick: () => turn("version", v),
  }, words));
  const cells = labels.map((_, i) => labels.map((__, j) => make("button", {
    type: "button", class: "mb-cell", "data-lm-suppress-shortcuts": "true", onclick: () => turn("cell", [i, j]),
  })));
  const shares = labels.map(() => make("td", { class: "mb-recall" }));
  const heads = [...labels, "recognised"].map((head) => make("th", { scope: "col" }, make("span", {}, head)));
  const table = make("table", { class: "mb-confusion-table" },
    make("thead", {}, make("tr", {}, make("td", {}, "is ↓ guessed →"), ...heads)),
    make("tbody", {}, ...labels.map((label, i) => make("tr", {}, make("th", { scope: "row" }, label),
      ...cells[i].map((button) => make("td", {}, button)), shares[i]))));
  const verdict = make("p", { class: "mb-near-verdict", role: "status" });
  const opened = make("p", { class: "mb-near-head" });
  const list = make("ol", { class: "mb-near-tunes" });
  const root = make("div", { class: "mb mb-neighbours mb-confusion", role: "group", "aria-label": get("title") || "Confusion matrix" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    sides.length > 1 ? make("div", { class: "mb-near-sides", role: "group", "aria-label": "Which classifier" }, ...sides) : null,
    table, verdict, opened, list, box.player.root,
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function renew() {
    const version = Math.min(get("version"), sides.length - 1);
    const counts = get("counts")[version];
    const [true_, guess] = get("cell").map((at) => Math.min(at, labels.length - 1));
    sides.forEach((side, v) => side.setAttribute("aria-pressed", String(v === version)));
    recalls(counts).forEach((share, i) => {
      const all = counts[i].reduce((sum, n) => sum + n, 0);
      shares[i].textContent = `${Math.round(100 * share)} %`;
      cells[i].forEach((button, j) => {
        button.textContent = counts[i][j];
        button.style.setProperty("--mb-share", `${Math.round(100 * Math.sqrt(counts[i][j] / Math.max(1, all)))}%`);
        button.dataset.right = String(i === j);
        button.setAttribute("aria-pressed", String(i === true_ && j === guess));
        button.setAttribute("aria-label", `${labels[i]}, guessed ${labels[j]}: ${counts[i][j]} of ${all}`);
      });
    });
    const said = `Balanced accuracy ${balancedAccuracy(counts).toFixed(3)}: the mean of the last column. Chance would give ${(1 / labels.length).toFixed(2)}.`;
    if (verdict.textContent !== said) verdict.textContent = said;
    const inside = get("examples")[version][true_][guess];
    const what = true_ === guess ? `${labels[true_]}, recognised` : `${labels[true_]}, taken for ${labels[guess]}`;
    opened.textContent = inside.length ? `${what}: the ${inside.length === 1 ? "one" : `${inside.length}`} of which it was most certain` : `${what}: none`;
    list.replaceChildren(...inside.map(([k, percent]) => {
      const order = percent.map((_, j) => j).sort((a, b) => percent[b] - percent[a] || a - b).filter((j, n) => n === 0 || percent[j] > 0).slice(0, 3);
      const words = order.map((j) => `${labels[j]} ${percent[j]} %`).join(", ");
      return make("li", {}, box.tuneButton(k, words, make("span", { class: "mb-near-number" }, words)));
    }));
    box.refresh();
  }

  const heard = { "change:version": renew, "change:cell": renew };
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
