"""A learner model: how likely is she to solve an exercise, and what comes next.

Task
    Chess players have a rating, and so may learners and exercises: an answer is a game between the two. After each answer both
    ratings move towards what happened. The next exercise is one that she will probably solve at a rate that she chose, and of a
    topic that interests her.

Conventions
    Skills and difficulties are on the same logistic scale, 0 in the middle; one unit is a factor e in the odds. ``options`` is
    the number of answers to choose from, so that guessing alone is right once in ``options``. Skills are one for each topic.
    Many learners at once are rows. Everything is computed the same in the page (``js/eloscore.js``).

Functions
    :func:`expected`, :func:`step`, :func:`update`, :func:`worth` and :func:`choose` are the model; :func:`simulate` lets learners
    who do not exist practise, and says how they fared; :func:`sweep` does so at many settings

Sources
    Pelánek (2016), for the expected answer with guessing and the step that shrinks as answers come in.
    How the simulated learners learn is our own assumption: see :class:`Learners`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from musicbook.recommend.intervals import bootstrap

FIRST_STEP, SHRINK = 1.0, 0.05
"""a and b of Pelánek's step a / (1 + b n)."""
NEAR = 0.1
"""How near to the target counts as near."""
REPEAT = 0.1
"""What an exercise loses in worth for each time it was seen."""


def expected(skill, difficulty, options=4):
    """Give the probability of a right answer: 1/k by guessing, and the rest by a logistic curve."""
    guess = 1 / np.asarray(options, float)
    return guess + (1 - guess) / (1 + np.exp(np.asarray(difficulty, float) - skill))


def step(n):
    """Give how far a rating moves, at most, after n earlier answers."""
    return FIRST_STEP / (1 + SHRINK * np.asarray(n, float))


def update(skill, difficulty, right, n_skill, n_difficulty=None, options=4):
    """Move the two ratings after an answer.

    Parameters
    ----------
    skill, difficulty : float or ndarray
        Before it.
    right : bool or ndarray of bool
    n_skill, n_difficulty : int or ndarray
        Earlier answers behind each rating. Without the second the difficulty stays.
    options : int
        Answers to choose from.

    Returns
    -------
    tuple
        Skill and difficulty after it.
    """
    surprise = np.asarray(right, float) - expected(skill, difficulty, options)
    moved = difficulty if n_difficulty is None else difficulty - step(n_difficulty) * surprise
    return skill + step(n_skill) * surprise, moved


def worth(skill, difficulty, options, interest, seen, target: float = 0.75, weight: float = 0.5):
    """Say how suitable exercises are: near the target rate, of an interesting topic, not seen before.

    Parameters
    ----------
    skill, difficulty, options, interest, seen : ndarray, shape (..., m)
        Of each exercise: the learner's skill in its topic, its difficulty, its number of answers, her interest in its topic
        (0 to 1) and how often she saw it.
    target : float
        Wanted probability of a right answer.
    weight : float
        0 looks at progress alone, 1 at interest alone.
    """
    away = np.abs(expected(skill, difficulty, options) - target)
    return weight * interest - (1 - weight) * 2 * away - REPEAT * seen


def choose(skills, topic, difficulty, options, interest, seen, target: float = 0.75, weight: float = 0.5):
    """Give the row of the exercise that is worth most, for each learner; the first of several equal ones.

    Parameters
    ----------
    skills, interest : ndarray, shape (n, t)
        Of each learner in each topic.
    topic, difficulty, options : ndarray, shape (m,)
        Of each exercise.
    seen : ndarray of int, shape (n, m)
    target, weight : float
        As in :func:`worth`.
    """
    values = worth(skills[:, topic], difficulty, options, interest[:, topic], seen, target, weight)
    return np.argmax(values.round(10), axis=1)


@dataclass(frozen=True)
class Bank:
    """Exercises to choose from, one entry each: topic (int), difficulty as the notes suggest it, true difficulty, options."""

    topic: np.ndarray
    difficulty: np.ndarray
    true: np.ndarray
    options: np.ndarray

    @classmethod
    def draw(cls, difficulty, topic, options=4, *, error: float = 0.5, seed: int = 0) -> Bank:
        """Invent true difficulties that lie around the suggested ones, with a standard deviation of ``error``."""
        difficulty = np.asarray(difficulty, float)
        true = difficulty + np.random.default_rng(seed).normal(0, error, len(difficulty))
        return cls(np.asarray(topic, int), difficulty, true, np.broadcast_to(options, difficulty.shape).astype(int))


@dataclass(frozen=True)
class Learners:
    """Learners who do not exist, with what they truly know.

    An exercise that she does raises her skill in its topic by ``gain * 4 p (1 - p)``, where p is the probability that she knows
    the answer: most where that is a toss-up, little where it is sure either way. With ``flat`` it is ``gain`` whatever p is. She
    does what she is offered with a probability that grows with her interest in the topic, from 0.4 to 1, and that is lower by a
    half after two wrong answers in a row. All three are assumptions.

    Attributes
    ----------
    skill, interest : ndarray, shape (n, t)
    gain : float
    flat : bool
    """

    skill: np.ndarray
    interest: np.ndarray
    gain: float = 0.06
    flat: bool = False

    @classmethod
    def draw(cls, n: int, topics: int, seed: int = 0, **options) -> Learners:
        """Invent learners: skills from a normal distribution around -0.5, interests even between 0 and 1."""
        rng = np.random.default_rng(seed)
        general = rng.normal(-0.5, 0.8, (n, 1))
        return cls(general + rng.normal(0, 0.6, (n, topics)), rng.random((n, topics)), **options)


class Fared(NamedTuple):
    """How learners fared, one entry a learner.

    ``gain`` in true skill, the mean of the topics; ``least`` the gain in the topic in which she gained least; ``near`` the share
    of offers whose true probability of a right answer was within 0.1 of the target; ``done`` the share of offers that she took;
    ``estimate`` and ``skill``, shape (n, t), what the model believes at the end and what is true.
    """

    gain: np.ndarray
    least: np.ndarray
    near: np.ndarray
    done: np.ndarray
    estimate: np.ndarray
    skill: np.ndarray


Policy = Callable[..., np.ndarray]
"""Gives a row of the bank for each learner: ``policy(estimate, interest, seen, turn, rng)``."""


def elo_policy(bank: Bank, target: float = 0.75, weight: float = 0.5) -> Policy:
    """Recommend by :func:`choose`."""

    def policy(estimate, interest, seen, turn, rng):
        return choose(estimate, bank.topic, bank.difficulty, bank.options, interest, seen, target, weight)

    return policy


def fixed_policy(bank: Bank) -> Policy:
    """Give everybody the same: from the easiest exercise to the hardest, and then again."""
    order = np.argsort(bank.difficulty, kind="stable")

    def policy(estimate, interest, seen, turn, rng):
        return np.full(len(estimate), order[turn % len(order)])

    return policy


def random_policy(bank: Bank) -> Policy:
    """Draw any exercise."""

    def policy(estimate, interest, seen, turn, rng):
        return rng.integers(len(bank.topic), size=len(estimate))

    return policy


def simulate(
    policy: Policy, bank: Bank, learners: Learners, offers: int = 60, target: float = 0.75, seed: int = 0
) -> Fared:
    """Let simulated learners practise.

    Parameters
    ----------
    policy : callable
        What is offered next. It knows answers, not truths.
    bank : Bank
    learners : Learners
    offers : int
        Exercises that each is offered.
    target : float
        The rate that ``near`` looks at.
    seed : int
        Of taking, knowing and guessing.
    """
    rng = np.random.default_rng(seed)
    n, topics = learners.skill.shape
    rows = np.arange(n)
    skill, estimate = learners.skill.copy(), np.zeros((n, topics))
    answers = np.zeros((n, topics), int)
    seen, wrong = np.zeros((n, len(bank.topic)), int), np.zeros(n, int)
    near, done = np.zeros(n), np.zeros(n)
    for turn in range(offers):
        item = policy(estimate, learners.interest, seen, turn, rng)
        topic, options = bank.topic[item], bank.options[item]
        chance = expected(skill[rows, topic], bank.true[item], options)
        near += np.abs(chance - target) <= NEAR
        seen[rows, item] += 1
        willing = (0.4 + 0.6 * learners.interest[rows, topic]) * np.where(wrong >= 2, 0.5, 1.0)
        draws = rng.random((2, n))
        takes = draws[0] < willing
        right = draws[1] < chance
        done += takes
        wrong = np.where(takes, np.where(right, 0, wrong + 1), 0)
        new, _ = update(estimate[rows, topic], bank.difficulty[item], right, answers[rows, topic], options=options)
        estimate[rows, topic] = np.where(takes, new, estimate[rows, topic])
        answers[rows, topic] += takes
        knows = expected(skill[rows, topic], bank.true[item], np.inf)
        share = 1.0 if learners.flat else 4 * knows * (1 - knows)
        skill[rows, topic] += np.where(takes, learners.gain * share, 0.0)
    gained = skill - learners.skill
    return Fared(gained.mean(axis=1), gained.min(axis=1), near / offers, done / offers, estimate, skill)


def sweep(bank: Bank, learners: Learners, targets, weights, seed: int = 0) -> list[dict]:
    """Simulate :func:`elo_policy` at many settings.

    Parameters
    ----------
    bank, learners
        As in :func:`simulate`.
    targets, weights : sequence of float
        Every pair of them is run.

    Returns
    -------
    list of dict
        One panel for each of four measures, with means and intervals of shape (targets, weights), as
        ``musicbook.widgets.Explorer`` takes them.
    """
    titles = {
        "gain": "gain in skill",
        "least": "gain in the least topic",
        "done": "share taken",
        "near": "share near target",
    }
    who = f"{len(learners.skill)} simulated learners"
    runs = [[simulate(elo_policy(bank, t, w), bank, learners, target=t, seed=seed) for w in weights] for t in targets]
    panels = []
    for field, title in titles.items():
        ends = np.array([[bootstrap(getattr(run, field)) for run in row] for row in runs])
        bars, low, high = ({who: ends[..., k]} for k in range(3))
        panels.append({"title": title, "bars": bars, "low": low, "high": high})
    return panels
