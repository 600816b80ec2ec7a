// Ticks what the reader has solved: the forms of exercises and the quizzes keep it in this browser, and nowhere else.
(() => {
  "use strict";
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null; // forbidden, or damaged: no progress to show
    }
  };
  const places = [...document.querySelectorAll("[data-exercise]")];
  const quizzes = [...document.querySelectorAll("[data-quiz]")];
  const sum = document.querySelector("[data-progress-sum]");
  const forget = document.querySelector("[data-progress-forget]");

  function show() {
    let solved = 0;
    let any = false;
    for (const place of places) {
      const kept = read(`musicbook.exercise.${place.dataset.exercise}`);
      solved += kept?.right === true;
      any ||= Boolean(kept);
      place.textContent = kept?.right ? " ✓ solved" : kept?.tries > 0 ? " … tried" : "";
    }
    for (const place of quizzes) {
      const kept = read(`musicbook.quiz.${place.dataset.quiz}`)?.answers ?? [];
      const done = kept.filter((answer) => answer >= 0).length;
      any ||= done > 0;
      place.textContent = done ? ` ${done >= Number(place.dataset.total) ? "✓" : "…"} ${done} answered` : "";
    }
    sum.textContent = `You have solved ${solved} of ${sum.dataset.total} exercises in this browser.`;
    forget.hidden = !any;
  }

  let sure = false;
  forget.addEventListener("click", () => {
    if (!sure) {
      sure = true;
      forget.textContent = "Really forget? Press once more";
      return;
    }
    for (const place of places) localStorage.removeItem(`musicbook.exercise.${place.dataset.exercise}`);
    for (const place of quizzes) localStorage.removeItem(`musicbook.quiz.${place.dataset.quiz}`);
    sure = false;
    forget.textContent = "Forget my progress";
    sum.tabIndex = -1;
    sum.focus();
    show();
  });
  // A page that comes back from the browser's memory shows what was solved since.
  addEventListener("pageshow", show);
})();
