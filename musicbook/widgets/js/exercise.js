// An exercise: what is asked, a place for the answer, and at once what is right or wrong about it.

async function render({ model, el }) {
  const record = model.get("record");
  const store = exerciseStore(record);
  const progress = { given: [], right: false, tries: 0, ...store.read() };

  // The widget that the reader sets, if the exercise is about one.
  const watched = record.watch ? await model.widget_manager.get_model(model.get("watched").replace("IPY_MODEL_", "")) : null;
  const read = () => [watched.get(model.get("trait"))].flat();

  const state = make("span", { class: "mb-time" });
  const said = make("p", { class: "mb-ex-said", role: "status" });
  const place = exerciseForms(record, touched, read);
  const check = make("button", { type: "submit", class: "mb-ex-go", "data-lm-suppress-shortcuts": "true" }, "Check");
  const form = make("form", { class: "mb-ex-form", novalidate: "", onsubmit: judge }, ...place.nodes, check);
  const root = make("div", { class: "mb mb-ex", role: "group", "aria-label": `Exercise ${record.id}` },
    make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, `Exercise ${record.id}`), state),
    make("p", { class: "mb-ex-goal" }, make("b", {}, "Goal: "), record.goal),
    make("p", { class: "mb-ex-ask" }, record.ask), form, said,
    make("details", { class: "mb-ex-hint" }, make("summary", { "data-lm-suppress-shortcuts": "true" }, "Hint"), make("p", {}, record.hint)),
    record.assigned ? make("p", { class: "mb-caption" }, "Assigned work: its solution is not in this book.") : null);
  el.append(root);
  // JupyterLab takes the Enter key for itself before the browser sends the form.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit();
  });

  function renew() {
    root.dataset.solved = String(progress.right);
    const tries = progress.tries === 1 ? "1 try" : `${progress.tries} tries`;
    state.textContent = progress.right ? `✓ solved, ${tries}` : progress.tries ? tries : "";
  }
  function tell(verdict) {
    said.dataset.verdict = verdict.right ? "right" : verdict.done ? "wrong" : "open";
    said.textContent = `${verdict.right ? "✓ " : verdict.done ? "✗ " : ""}${verdict.says}`;
  }
  // A verdict belongs to the answer that was checked.
  function touched(words = "") {
    delete said.dataset.verdict;
    said.textContent = typeof words === "string" ? words : "";
  }
  function judge(event) {
    event.preventDefault();
    const given = place.given();
    const verdict = exerciseJudge(record, given);
    tell(verdict);
    if (!verdict.done) return;
    progress.given = given;
    // Who has solved it once has solved it; tries are counted up to then.
    if (!progress.right) progress.tries += 1;
    progress.right ||= verdict.right;
    store.write(progress);
    model.set("given", given);
    model.set("solved", progress.right);
    model.save_changes();
    renew();
  }

  if (progress.given.length) {
    place.put(progress.given);
    tell(exerciseJudge(record, progress.given));
  }
  const change = `change:${model.get("trait")}`;
  const follow = () => {
    place.show();
    touched();
  };
  watched?.on(change, follow);
  const stopWatching = watchTheme(root, () => {});
  renew();

  return () => {
    watched?.off(change, follow);
    stopWatching();
  };
}

export default { render };
