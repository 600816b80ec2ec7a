"""How sure is a mean? Bootstrap intervals of one system, and of the difference between two on the same listeners.

The task
    A table's fourth decimal is worth nothing if other listeners would have changed the second. The bootstrap draws as many
    listeners as there are, with replacement, again and again, and looks at how far the mean moves. To compare two systems
    the *same* listeners are drawn for both: what is hard for one is hard for the other, and cancels out.

Conventions
    Values are one number a listener, as :mod:`musicbook.recommend.ranking` gives them; listeners whose value is not a number
    are left out (from both systems, if either lacks it). Intervals are of 95 %, between percentiles.

Functions
    ``bootstrap``, ``paired_bootstrap``
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DRAWS = 2000
BLOCK = 200
"""Draws made at once, so that memory does not grow with their number."""


class Interval(NamedTuple):
    """A mean, and the ends of its interval."""

    mean: float
    low: float
    high: float


class Difference(NamedTuple):
    """A mean difference a - b, the ends of its interval, and a two-sided p-value."""

    mean: float
    low: float
    high: float
    p: float


def bootstrap(values, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Give the mean of one system and its interval.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    level : float
        0.95 leaves 2.5 % at either end.
    draws : int
    seed : int

    Raises
    ------
    ValueError
        If there are fewer than two numbers, or the level does not lie between 0 and 1.
    """
    values = _numbers(values)
    low, high = np.quantile(_means(values, draws, seed), _ends(level))
    return Interval(float(values.mean()), float(low), float(high))


def paired_bootstrap(a, b, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Difference:
    """Compare two systems on the same listeners.

    Parameters
    ----------
    a, b : array_like of float, shape (n,)
        Values of the same listeners in the same order.
    level, draws, seed
        As in :func:`bootstrap`.

    Returns
    -------
    Difference
        ``p`` is twice the smaller share of draws at or beyond zero, each share with one added above and below, so that it is
        never 0: with 2000 draws it is 0.001 at least.

    Raises
    ------
    ValueError
        If the rows differ in length, or as :func:`bootstrap`.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        raise ValueError(
            f"values of shape {a.shape} and {b.shape}; both systems need the same listeners in the same order"
        )
    difference = _numbers(a - b)
    means = _means(difference, draws, seed)
    low, high = np.quantile(means, _ends(level))
    sides = ((means <= 0).sum() + 1) / (draws + 1), ((means >= 0).sum() + 1) / (draws + 1)
    return Difference(float(difference.mean()), float(low), float(high), float(min(1.0, 2 * min(sides))))


def _numbers(values) -> np.ndarray:
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"{values.size} values of listeners; an interval needs at least two, in one row")
    return values


def _ends(level: float) -> list[float]:
    if not 0 < level < 1:
        raise ValueError(f"a level of {level}; it lies between 0 and 1")
    return [(1 - level) / 2, (1 + level) / 2]


def _means(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = [np.empty(0)]
    for start in range(0, draws, BLOCK):
        chosen = rng.integers(0, len(values), (min(BLOCK, draws - start), len(values)))
        means.append(values[chosen].mean(axis=1))
    return np.concatenate(means)
