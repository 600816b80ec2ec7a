// A table to filter: menus and a box of words above, rows below.

function render({ model, el }) {
  const get = (name) => model.get(name);
  const [rows, columns, filters, hosts] = ["rows", "columns", "filters", "hosts"].map(get);
  const save = (name, value) => {
    model.set(name, value);
    model.save_changes();
    renew();
  };
  const field = (words, control) => make("label", { class: "mb-filter-field" }, make("span", { "aria-hidden": "true" }, words), control);
  const menus = filters.map((column, k) => {
    const values = [...new Set(rows.map((row) => row[column]))].sort();
    const pick = menu(columns[column], [["", "any"], ...values.map((each) => [each, each])], get("wanted")[k], (value) => save("wanted", get("wanted").map((each, f) => (f === k ? value : each))));
    return field(columns[column], pick);
  });
  const box = make("input", { type: "search", class: "mb-menu mb-filter-words", "aria-label": "Words", "data-lm-suppress-shortcuts": "true", oninput: () => save("words", box.value) });
  box.value = get("words");
  const said = make("p", { class: "mb-filter-said", role: "status" });

  const cell = (text, column) => {
    const shown = hosts[text] ? make("a", { href: text, rel: "noopener" }, hosts[text]) : text;
    return make(column ? "td" : "th", column ? { "data-name": columns[column] } : { scope: "row" }, shown);
  };
  const lines = rows.map((row) => make("tr", {}, ...row.map(cell)));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...lines));
  const place = make("div", { class: "mb-filter-place", tabindex: "0", role: "region", "aria-label": get("title") || "Table" }, table);
  const root = make("figure", { class: "mb mb-filter", "aria-label": get("title") || "Table" },
    get("title") ? make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title"))) : null,
    make("div", { class: "mb-filter-fields" }, ...menus, field("Words", box)), said, place,
    get("caption") ? make("figcaption", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function renew() {
    const fits = new Set(filterRows(rows, filters, get("wanted"), get("words")));
    lines.forEach((line, k) => { line.hidden = !fits.has(k); });
    said.textContent = `${fits.size} of ${rows.length}`;
  }
  const heard = ["change:wanted", "change:words"];
  for (const event of heard) model.on(event, renew);
  const stopWatching = watchTheme(root, () => {});
  renew();
  return () => {
    for (const event of heard) model.off(event, renew);
    stopWatching();
  };
}

export default { render };
