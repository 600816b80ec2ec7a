// What a quiz counts and keeps: answers are the numbers of the chosen options, -1 where none was chosen.

function quizScore(questions, answers) {
  const given = answers.map((a, q) => [a, q]).filter(([a]) => a >= 0);
  return { right: given.filter(([a, q]) => questions[q].options[a][1]).length, done: given.length, total: questions.length };
}

// A short number for the questions, so that answers to other ones are not taken for answers to these (FNV-1a).
function quizMark(questions) {
  let mark = 0x811c9dc5;
  for (const character of JSON.stringify(questions)) mark = Math.imul(mark ^ character.codePointAt(0), 0x01000193) >>> 0;
  return mark.toString(36);
}

// Answers kept in the browser under a name; a browser that forbids it, or damaged text, keeps nothing.
function quizStore(key, questions) {
  const place = `musicbook.quiz.${key}`;
  const mark = quizMark(questions);
  const fits = (a, q) => Number.isInteger(a) && a >= -1 && a < questions[q].options.length;
  const attempt = (what) => {
    try {
      return key ? what() : null;
    } catch {
      return null;
    }
  };
  return {
    read: () => attempt(() => {
      const found = JSON.parse(localStorage.getItem(place));
      return found?.mark === mark && found.answers.length === questions.length && found.answers.every(fits) ? found.answers : null;
    }),
    write: (answers) => attempt(() => localStorage.setItem(place, JSON.stringify({ mark, answers }))),
  };
}
