// The blind comparison's rules: who is hidden behind which letter, what was guessed, what counts.

// Fisher and Yates' shuffle, in place. random(n) gives a whole number from 0 to n - 1.
function shuffled(order, random) {
  for (let i = order.length - 1; i > 0; i--) {
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
  const nothing = () => ({ right: 0, total: 0, rounds: 0, makers: {} });
  let score = nothing();
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
    const pairs = Object.values(found?.makers ?? {});
    if (!found || ![found.right, found.total, found.rounds, ...pairs.flat()].every(whole)) return;
    score = { ...nothing(), ...found };
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
    // verdicts: [maker, right or not] of each card
    add(verdicts) {
      const makers = { ...score.makers };
      let right = 0;
      for (const [maker, isRight] of verdicts) {
        const [before, all] = makers[maker] ?? [0, 0];
        makers[maker] = [before + isRight, all + 1];
        right += isRight;
      }
      score = { right: score.right + right, total: score.total + verdicts.length, rounds: score.rounds + 1, makers };
      attempt(() => localStorage.setItem(place, JSON.stringify(score)));
    },
    reset() {
      score = nothing();
      attempt(() => localStorage.removeItem(place));
    },
  };
}

// A hand of cards from a shuffled pack: no maker twice, and answers that are not there yet before the rest.
function hand(order, cards, names, answers) {
  const held = [];
  for (const label of [answers, names]) {
    for (const k of order) {
      if (held.length < cards && held.every((h) => label[k] !== label[h] && names[k] !== names[h])) held.push(k);
    }
  }
  return held;
}

function createQuiz(answers, names, seed, key, cards) {
  const keeper = scoreKeeper(key);
  const labels = [...new Set(answers)].sort();
  const quiz = { labels, keeper, order: [], guesses: [], revealed: false };
  const draw = () => {
    const random = drawer(seed, keeper.get().rounds);
    const order = shuffled([...answers.keys()], random);
    // A hand is shuffled once more: the makers with most tunes would else lie on the left.
    quiz.order = cards ? shuffled(hand(order, cards, names, answers), random) : order;
    quiz.guesses = quiz.order.map(() => "");
    quiz.revealed = false;
  };
  quiz.ready = () => quiz.guesses.every((guess) => guess !== "");
  quiz.isRight = (slot) => quiz.guesses[slot] === answers[quiz.order[slot]];
  quiz.right = () => quiz.guesses.filter((_, slot) => quiz.isRight(slot)).length;
  quiz.reveal = () => {
    if (quiz.revealed || !quiz.ready()) return;
    quiz.revealed = true;
    keeper.add(quiz.order.map((k, slot) => [names[k], quiz.isRight(slot)]));
  };
  quiz.again = draw;
  draw();
  return quiz;
}
