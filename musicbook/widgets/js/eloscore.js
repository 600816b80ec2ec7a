// Ratings of a learner, one for each topic, and what she should practise next; as musicbook.recommend.elo.

const ELO_REPEAT = 0.1;

function eloExpected(skill, difficulty, options) {
  const guess = 1 / options;
  return guess + (1 - guess) / (1 + Math.exp(difficulty - skill));
}

const eloStep = (n) => 1 / (1 + 0.05 * n);

// All answers from the beginning: ratings before the first and after each, answers a topic, and how often each exercise was seen.
function eloReplay(exercises, log, topics) {
  const history = [Array(topics).fill(0)];
  const answers = Array(topics).fill(0);
  const seen = exercises.map(() => 0);
  for (const [item, option] of log) {
    const { topic, d, options, right } = exercises[item];
    const row = [...history.at(-1)];
    row[topic] += eloStep(answers[topic]) * ((option === right) - eloExpected(row[topic], d / 100, options.length));
    answers[topic] += 1;
    seen[item] += 1;
    history.push(row);
  }
  return { history, skills: history.at(-1), answers, seen };
}

// The exercise worth most: near the target, of an interesting topic, not seen before. level 0 and topic -1 mean any.
function eloChoose(exercises, { skills, seen }, { interest, target, weight, level, topic }) {
  const fits = (each) => (level === 0 || each.level === level) && (topic < 0 || each.topic === topic);
  const all = exercises.map((_, k) => k);
  const items = all.filter((k) => fits(exercises[k]));
  let [best, most] = [0, -Infinity];
  for (const k of items.length ? items : all) {
    const { topic: t, d, options } = exercises[k];
    const away = Math.abs(eloExpected(skills[t], d / 100, options.length) - target);
    const worth = Math.round((weight * interest[t] - (1 - weight) * 2 * away - ELO_REPEAT * seen[k]) * 1e10);
    if (worth > most) [best, most] = [k, worth];
  }
  return best;
}
