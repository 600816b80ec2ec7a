"""Click-through rate of a recommender that nobody has used yet: simulated, replayed, or reweighed.

The task
    The click-through rate of a policy is clicks over impressions when *it* chooses what is shown. A log was made by another
    policy, so its clicks answer for that one. Replay keeps the impressions that agree with the new policy, and is right if the
    log was random. Inverse propensity scoring (IPS) weighs each impression by how much more often the new policy would have
    shown it, and is right if the log kept its propensities and could have shown everything. Only a simulator knows the truth.

Conventions
    A row of a log is one impression: a listener, an item, whether she clicked, and the propensity, the probability with which
    the logging policy showed her this item. A policy is an array of probabilities of shape (n_listeners, n_items) or, for a
    recommender, its lists: one item of a listener's list is shown, each as likely as the others (:func:`policy_of`).
    A rate is given with its standard error and with how many impressions it really rests on.

Functions
    ``policy_of``, ``soften``, ``simulate_log``
    ``true_rate``, ``naive``, ``replay``, ``ips``, ``snips``

Sources
    Li et al. (2010) for the setting, Li et al. (2011, algorithm 2) for replay, Schnabel et al. (2016, section 3) for IPS and
    its self-normalised form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

REPLAY = 1
"""Second half of the seed of :func:`replay`."""


class Rate(NamedTuple):
    """A click-through rate, its standard error, and the impressions it rests on (effective sample size)."""

    rate: float
    error: float
    used: float


class ImpressionLog(NamedTuple):
    """Impressions, one row each."""

    listener: np.ndarray
    item: np.ndarray
    click: np.ndarray
    propensity: np.ndarray


def policy_of(lists: np.ndarray, n_items: int) -> np.ndarray:
    """Give the policy that shows one item of each list by chance; float, shape (n, n_items), rows add up to 1."""
    lists = np.asarray(lists)
    there = lists >= 0
    if not there.any(axis=1).all():
        raise ValueError("a list is empty, so nothing can be shown from it")
    policy = np.zeros((len(lists), n_items))
    row, column = np.nonzero(there)
    policy[row, lists[row, column]] = np.repeat(1 / there.sum(axis=1), there.sum(axis=1))
    return policy


def soften(policy: np.ndarray, share: float) -> np.ndarray:
    """Let a policy show any item at all with some small probability: a share of its impressions is drawn evenly.

    Raises
    ------
    ValueError
        If the share does not lie between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share}; it lies between 0 and 1")
    return (1 - share) * policy + share / policy.shape[1]


def simulate_log(policy: np.ndarray, chance: np.ndarray, rounds: int, seed: int = 0) -> ImpressionLog:
    """Show every listener so many items, drawn from a policy, and let her click by chance.

    Parameters
    ----------
    policy : ndarray of float, shape (n_listeners, n_items)
        Rows add up to 1.
    chance : ndarray of float, shape (n_listeners, n_items)
        Probability of a click: the truth, which only a simulator has.
    rounds : int
        Impressions of each listener.
    seed : int
    """
    rng = np.random.default_rng(seed)
    edges = policy.cumsum(axis=1)
    edges /= edges[:, -1:]
    item = np.stack([np.searchsorted(row, rng.random(rounds), side="right") for row in edges])
    listener = np.repeat(np.arange(len(policy)), rounds)
    item = item.ravel()
    click = rng.random(len(item)) < chance[listener, item]
    return ImpressionLog(listener, item, click.astype(float), policy[listener, item])


def true_rate(policy: np.ndarray, chance: np.ndarray) -> float:
    """Give the rate that a policy would really have: the mean over listeners of its expected clicks an impression."""
    return float((policy * chance).sum(axis=1).mean())


def naive(log: ImpressionLog, policy: np.ndarray) -> Rate:
    """Average the clicks on whatever the new policy might show, weighing nothing: biased towards the logging policy."""
    agree = policy[log.listener, log.item] > 0
    return _mean(log.click[agree])


def replay(log: ImpressionLog, policy: np.ndarray, seed: int = 0) -> Rate:
    """Keep the impressions at which the new policy makes the same choice, and average their clicks.

    Li et al. (2011): unbiased if the items were shown evenly. The policy's choice is drawn, once for each impression.
    """
    # A stream of its own: with the seed alone, a log of the same seed would have been drawn by the same numbers.
    rng = np.random.default_rng([seed, REPLAY])
    agree = rng.random(len(log.item)) < policy[log.listener, log.item]
    return _mean(log.click[agree])


def ips(log: ImpressionLog, policy: np.ndarray, clip: float = np.inf) -> Rate:
    """Average click times policy / propensity.

    Unbiased if no propensity is 0 where the policy is not. ``clip`` is the greatest weight allowed: a smaller one makes the
    estimate steadier and too low.
    """
    weight = _weights(log, policy, clip)
    terms = weight * log.click
    return Rate(float(terms.mean()), _error(terms), _effective(weight))


def snips(log: ImpressionLog, policy: np.ndarray, clip: float = np.inf) -> Rate:
    """Divide by the sum of the weights instead of by their number: a little biased, much steadier, never above 1."""
    weight = _weights(log, policy, clip)
    if not weight.sum():
        return Rate(np.nan, np.nan, 0.0)
    rate = (weight * log.click).sum() / weight.sum()
    # Delta method: the residuals of a ratio.
    error = _error(weight * (log.click - rate)) / weight.mean()
    return Rate(float(rate), float(error), _effective(weight))


def _weights(log, policy, clip) -> np.ndarray:
    if not (log.propensity > 0).all():
        raise ValueError(
            "a propensity is 0, yet the item was shown; the log must keep the probability of each impression"
        )
    return np.minimum(policy[log.listener, log.item] / log.propensity, clip)


def _mean(clicks) -> Rate:
    return Rate(float(clicks.mean()), _error(clicks), float(len(clicks))) if len(clicks) else Rate(np.nan, np.nan, 0.0)


def _error(terms) -> float:
    return float(terms.std(ddof=1) / np.sqrt(len(terms))) if len(terms) > 1 else np.nan


def _effective(weight) -> float:
    return float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300))
