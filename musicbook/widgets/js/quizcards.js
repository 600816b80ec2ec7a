// The quiz: one question at a time; the first choice counts, and every option then says why.

// Text with its Chinese parts marked, so that a screen reader changes its voice.
function inTwoLanguages(text) {
  const parts = text.split(/([\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+)/).filter(Boolean);
  return parts.map((part) => (/[\u3400-\u9fff]/.test(part) ? make("span", { lang: "zh" }, part) : part));
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const questions = get("questions");
  const store = quizStore(get("key"), questions);
  const press = (words, onclick) => make("button", { type: "button", class: "mb-quiz-go", "data-lm-suppress-shortcuts": "true", onclick }, words);

  const where = make("span", { class: "mb-time" });
  const ask = make("p", { class: "mb-quiz-ask", tabindex: "-1" });
  const options = make("ul", { class: "mb-quiz-options" });
  const said = make("p", { class: "mb-quiz-said", role: "status" });
  const back = press("Back", () => turn(at - 1));
  const next = press("Next", () => turn(at + 1));
  const again = press("Again", () => {
    keep(questions.map(() => -1));
    turn(0);
  });
  const root = make("div", { class: "mb mb-quiz", role: "group", "aria-label": get("title") || "Quiz" },
    make("div", { class: "mb-head" }, make("span", { class: "mb-title" }, get("title") || "Quiz"), where),
    ask, options, said, make("div", { class: "mb-quiz-row" }, back, next, again),
    get("caption") ? make("p", { class: "mb-caption" }, get("caption")) : null);
  el.append(root);

  function keep(answers) {
    store.write(answers);
    model.set("answers", answers);
    model.save_changes();
  }
  function turn(to) {
    at = Math.min(Math.max(to, 0), questions.length - 1);
    renew();
    ask.focus();
  }
  function choose(k) {
    if (get("answers")[at] >= 0) return;
    keep(get("answers").map((each, q) => (q === at ? k : each)));
    renew();
    options.querySelectorAll("button")[k].focus();
  }

  function renew() {
    const answers = get("answers");
    const chosen = answers[at];
    const open = chosen < 0;
    const { right, done, total } = quizScore(questions, answers);
    where.textContent = total > 1 ? `${at + 1} of ${total}` : "";
    ask.replaceChildren(...inTwoLanguages(questions[at].text));
    options.replaceChildren(...questions[at].options.map(([text, isRight, why], k) => {
      const mark = make("span", { class: "mb-quiz-mark", "aria-hidden": "true" }, open ? "" : isRight ? "✓" : "✗");
      const button = make("button", {
        type: "button", class: "mb-quiz-option", "data-lm-suppress-shortcuts": "true", "aria-pressed": String(k === chosen), onclick: () => choose(k),
      }, mark, make("span", {}, ...inTwoLanguages(text)));
      if (!open) {
        button.dataset.right = String(isRight);
        button.setAttribute("aria-disabled", "true");
      }
      return make("li", {}, button, open ? null : make("p", { class: "mb-quiz-why" }, isRight ? "Right: " : "Not this: ", ...inTwoLanguages(why)));
    }));
    const tally = done ? `${right} of ${done} right` : "";
    const verdict = open ? "" : questions[at].options[chosen][1] ? "Right. " : "Not this one. ";
    const more = done === total ? (total > 1 ? ": all answered" : "") : "";
    said.textContent = `${verdict}${total > 1 || open ? tally + more : ""}${open && !done ? "Choose an answer: every one says why." : ""}`;
    back.disabled = at === 0;
    next.disabled = at === total - 1;
    back.hidden = next.hidden = total === 1;
    again.disabled = done === 0;
  }

  const kept = store.read();
  if (kept && get("answers").every((each) => each < 0)) {
    model.set("answers", kept);
    model.save_changes();
  }
  let at = Math.max(get("answers").indexOf(-1), 0);
  model.on("change:answers", renew);
  const stopWatching = watchTheme(root, () => {});
  renew();

  return () => {
    model.off("change:answers", renew);
    stopWatching();
  };
}

export default { render };
