// The SQL box: choose a question, or type one where a kernel runs, and read the answer as a table.

function tableOf(answer) {
  const cell = (value, column) => make(column ? "td" : "th", column ? {} : { scope: "row" }, value);
  const head = make("tr", {}, ...answer.columns.map((name) => make("th", { scope: "col" }, name)));
  const body = answer.rows.map((row) => make("tr", {}, ...row.map(cell)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

function render({ model, el }) {
  const examples = model.get("examples");
  const choice = menu("Question", examples.map((each, i) => [String(i), each.words]), "0", (value) => {
    const chosen = examples[Number(value)];
    text.value = chosen.sql;
    ask(chosen.sql, chosen.answer);
  });
  const text = make("textarea", { class: "mb-sql-text", rows: "5", spellcheck: "false", "aria-label": "Question in SQL", maxlength: "2000" });
  text.setAttribute("data-lm-suppress-shortcuts", "true");
  const go = make("button", { type: "button", class: "mb-sql-go", onclick: () => ask(text.value.trim()) }, "Ask");
  go.setAttribute("data-lm-suppress-shortcuts", "true");
  const said = make("p", { class: "mb-sql-said", role: "status" });
  const place = make("div", { class: "mb-sql-answer", tabindex: "0", role: "region", "aria-label": "Answer" });
  const root = make("figure", { class: "mb mb-sql", "aria-label": "Questions to the event log" },
    make("label", { class: "mb-sql-choice" }, make("span", { "aria-hidden": "true" }, "Question"), choice),
    text, go, said, place, model.get("caption") ? make("figcaption", { class: "mb-caption" }, model.get("caption")) : null);
  el.append(root);
  text.value = model.get("sql");

  function show(answer) {
    if (answer.error) {
      place.replaceChildren();
      said.textContent = answer.error;
      return;
    }
    place.replaceChildren(tableOf(answer));
    const { rows, total } = answer;
    said.textContent = total > rows.length ? `${total.toLocaleString("en")} rows, the first ${rows.length}` : `${total} ${total === 1 ? "row" : "rows"}`;
  }

  // A question from the list is answered in the page; any other one needs the kernel, which may not be there.
  let waiting = 0;
  function ask(sql, known = examples.find((each) => each.sql === sql)?.answer) {
    clearTimeout(waiting);
    if (known) return show(known);
    if (sql === model.get("sql")) return show(model.get("answer"));
    place.replaceChildren();
    said.textContent = "Asking …";
    waiting = setTimeout(() => {
      said.textContent = "No answer: a question of your own needs a running kernel. Those of the list are answered here.";
    }, 4000);
    model.set("sql", sql);
    model.save_changes();
  }
  const heard = () => {
    const answer = model.get("answer");
    if (answer.to !== text.value.trim()) return;
    clearTimeout(waiting);
    show(answer);
  };
  model.on("change:answer", heard);
  const stopWatching = watchTheme(root, () => {});
  ask(examples[0].sql);
  return () => {
    clearTimeout(waiting);
    model.off("change:answer", heard);
    stopWatching();
  };
}

export default { render };
