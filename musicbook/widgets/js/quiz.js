// The blind comparison's rules: who is hidden behind which letter, what was guessed, what counts.

// Fisher and Yates' shuffle. random(n) gives a whole number from 0 to n - 1.
function shuffled(count, random) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// Fresh in every round and for every reader; a seed (0 or more) makes the rounds repeatable.
function drawer(seed, round) {
  if (seed < 0) return (n) => Math.floor((crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32) * n);
  let state = (seed * 7919 + round * 104729 + 1) >>> 0;
  return (n) => {
    // mulberry32: small, and good enough to shuffle a few tunes
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

// The reader's score, kept in the browser. Where the browser forbids that (private windows, file:// in some), it lasts as long
// as the page, and `kept` says so.
function scoreKeeper(key) {
  const place = `musicbook.compare.${key}`;
  let score = { right: 0, total: 0, rounds: 0 };
  let kept = true;
  const attempt = (what) => {
    try {
      return what();
    } catch {
      kept = false;
      return null;
    }
  };
  const read = () => {
    const found = JSON.parse(localStorage.getItem(place));
    const whole = (n) => Number.isInteger(n) && n >= 0;
    if (found && whole(found.right) && whole(found.total) && whole(found.rounds)) score = found;
  };
  try {
    read();
  } catch (reason) {
    // Damaged text is simply a score of nothing; a refusal is remembered.
    kept = reason instanceof SyntaxError;
  }
  return {
    get: () => score,
    kept: () => kept,
    add(right, total) {
      score = { right: score.right + right, total: score.total + total, rounds: score.rounds + 1 };
      attempt(() => localStorage.setItem(place, JSON.stringify(score)));
    },
    reset() {
      score = { right: 0, total: 0, rounds: 0 };
      attempt(() => localStorage.removeItem(place));
    },
  };
}

function createQuiz(answers, seed, key) {
  const keeper = scoreKeeper(key);
  const labels = [...new Set(answers)].sort();
  const quiz = { labels, keeper, order: [], guesses: [], revealed: false };
  const draw = () => {
    quiz.order = shuffled(answers.length, drawer(seed, keeper.get().rounds));
    quiz.guesses = answers.map(() => "");
    quiz.revealed = false;
  };
  quiz.ready = () => quiz.guesses.every((guess) => guess !== "");
  quiz.isRight = (slot) => quiz.guesses[slot] === answers[quiz.order[slot]];
  quiz.right = () => quiz.guesses.filter((_, slot) => quiz.isRight(slot)).length;
  quiz.reveal = () => {
    if (quiz.revealed || !quiz.ready()) return;
    quiz.revealed = true;
    keeper.add(quiz.right(), answers.length);
  };
  quiz.again = draw;
  draw();
  return quiz;
}
