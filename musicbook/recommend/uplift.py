"""What did showing it change? A randomised experiment, and the two ways to read a log that no die has thrown.

The task
    A release was shown to some listeners, and some of them played it. How much of that is owed to the showing? Whoever is shown
    a tune was chosen because she might like it, and might have found it without help; whoever was not shown it is another kind
    of listener. A comparison of the two in a log mixes the effect of showing with the taste of those who were chosen. An
    experiment that draws by chance does not, and a log whose probabilities of showing are known can be reweighed.

Conventions
    ``chance`` is the true probability that a listener likes the release once she hears it. By herself she finds it with
    probability ``organic``; when it is shown she looks at it with probability ``looks``. So she plays it with probability
    p0 = organic x chance without, and p1 = 1 - (1 - p0)(1 - looks x chance) with a showing. Uplift is p1 - p0. Intervals are
    of 95 %.

Functions
    ``experiment``                two arms drawn by chance, each with its own plan
    ``difference``, ``redrawn``   difference of two rates: with the interval of a formula, and of the bootstrap
    ``keep_log``                  what a platform records that shows the release by a score; ``Record``
    ``naive``, ``reweighed``      two readings of such a record

Sources
    Schnabel et al. (2016) for propensities; Chaney et al. (2018) for logs that recommendations have shaped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from musicbook.recommend.intervals import DRAWS, Interval

ORGANIC, LOOKS = 0.3, 0.8
Z = 1.959964
"""Of the normal distribution: 2.5 % lie above it."""


class Record(NamedTuple):
    """What is in the log of a release, and below it what is not."""

    shown: np.ndarray
    """Whether each listener was shown it; bool, shape (n,)."""
    played: np.ndarray
    """Whether she played it; bool, shape (n,)."""
    propensity: np.ndarray
    """Probability with which she was to be shown it; float, shape (n,)."""
    uplift: float
    """The true mean effect of a showing on all listeners, which nobody but the simulator knows."""


def experiment(
    chance: np.ndarray, first: np.ndarray, second: np.ndarray, budget: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Divide the listeners by chance into two arms; each spends its budget on the best scores among its own.

    Parameters
    ----------
    chance : ndarray of float, shape (n,)
    first, second : ndarray of float, shape (n,)
        Scores of the policies of the two arms; random numbers make an arm that shows the release to anybody.
    budget : int
        Showings in each arm.
    seed : int
        Of the division and of what is liked.

    Returns
    -------
    first, second : ndarray of bool, shape (budget,)
        Who of those who were shown the release liked it, in each arm.

    Raises
    ------
    ValueError
        If an arm has fewer listeners than showings.
    """
    chance, rng = np.asarray(chance, float), np.random.default_rng(seed)
    if not 1 <= budget <= len(chance) // 2:
        raise ValueError(f"a budget of {budget} in arms of {len(chance) // 2} listeners; 1 to {len(chance) // 2}")
    arms = np.array_split(rng.permutation(len(chance)), 2)
    shown = [
        arm[np.argsort(-score[arm], kind="stable")[:budget]] for arm, score in zip(arms, (first, second), strict=True)
    ]
    return tuple(rng.random(budget) < chance[each] for each in shown)


def difference(a: np.ndarray, b: np.ndarray) -> Interval:
    """Give the difference of two rates, a - b, with the interval of the formula: 1.96 standard errors to either side.

    The variance of a difference of independent means is the sum of theirs, s^2 / n each; good for rates that are not near 0 or 1.

    Raises
    ------
    ValueError
        If an arm has fewer than two listeners.
    """
    a, b = _arms(a, b)
    middle = a.mean() - b.mean()
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return Interval(float(middle), float(middle - Z * error), float(middle + Z * error))


def redrawn(a: np.ndarray, b: np.ndarray, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Give the same difference with the bootstrap's interval: each arm is drawn again from itself, on its own."""
    a, b = _arms(a, b)
    rng = np.random.default_rng(seed)
    means = [x[rng.integers(0, len(x), (draws, len(x)))].mean(axis=1) for x in (a, b)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return Interval(float(a.mean() - b.mean()), float(low), float(high))


def keep_log(
    chance: np.ndarray,
    score: np.ndarray,
    sharpness: float = 2.0,
    *,
    organic: float = ORGANIC,
    looks: float = LOOKS,
    seed: int = 0,
) -> Record:
    """Let a platform show a release by its recommender's score for a while, and keep the record.

    Parameters
    ----------
    chance : ndarray of float, shape (n,)
    score : ndarray of float, shape (n,)
        Of the recommender; it is standardised here.
    sharpness : float
        How strongly the score decides: a listener is shown the release with probability expit(sharpness z - 1). At 0 a die
        decides, as in an experiment.
    organic, looks : float
        See the module.
    seed : int

    Returns
    -------
    Record
    """
    chance, rng = np.asarray(chance, float), np.random.default_rng(seed)
    score = np.asarray(score, float)
    z = (score - score.mean()) / (score.std() or 1)
    propensity = expit(sharpness * z - 1)
    shown = rng.random(len(chance)) < propensity
    without = organic * chance
    with_ = 1 - (1 - without) * (1 - looks * chance)
    played = rng.random(len(chance)) < np.where(shown, with_, without)
    return Record(shown, played, propensity, float((with_ - without).mean()))


def naive(record: Record) -> float:
    """Compare those who were shown the release with those who were not, as if a die had chosen them."""
    return float(record.played[record.shown].mean() - record.played[~record.shown].mean())


def reweighed(record: Record) -> float:
    """Count each listener by one over the probability of what happened to her (self-normalised inverse propensity)."""
    one, none = record.shown / record.propensity, ~record.shown / (1 - record.propensity)
    return float(one @ record.played / one.sum() - none @ record.played / none.sum())


def _arms(a, b) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a, float), np.asarray(b, float)
    if min(len(a), len(b)) < 2:
        raise ValueError(f"arms of {len(a)} and {len(b)} listeners; an interval needs two in each")
    return a, b
