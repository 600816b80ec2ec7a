"""Differential privacy for a recommender: noise with a promise.

The task
    What a service publishes about its listeners together tells about each of them (:mod:`musicbook.recommend.leaks`). So the
    tables behind the recommendations are released with noise, so large that the release would have looked almost the same
    without any one listener.

Conventions
    The unit of privacy is a listener with all her plays: two logs are neighbours if one has her and the other does not. Her
    contribution is bounded first, to ``most`` tunes drawn by chance. Two tables are released: how many listeners each tune has
    (L2 sensitivity sqrt(most)), and how many each pair of the ``shown`` best known tunes shares (sqrt(most (most - 1) / 2)).
    Each gets Gaussian noise, and ``epsilon`` and ``delta`` are those of both together, spent as in :data:`SPLIT`. All else is
    made of the two tables and costs nothing more. The *release* is protected: what a listener is recommended is computed from
    the release and her own history, which never has to leave her device. A new release spends as much again.

    Privacy loss of the Gaussian mechanism: with s = sensitivity / sigma the loss is normal with mean s^2 / 2 and standard
    deviation s; the release is (epsilon, delta)-private if it exceeds epsilon with probability delta at most.

Classes
    ``Release``, ``NoisyItemKNN``   what is released, and a recommender that needs nothing else

Functions
    ``bound``, ``noise``, ``release``   a bounded contribution, how much noise it needs, and both tables

Sources
    Dwork and Roth (2014, chapter 3 and appendix A) for the Gaussian mechanism; McSherry and Mironov (2009) for noisy tables of
    pairs behind recommendations.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import norm

from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import Recommender

SPLIT = 0.3
"""Share of epsilon, and of delta, for the numbers of listeners; the rest is for the pairs."""
MOST, SHOWN = 30, 300
"""Tunes that a listener contributes, and tunes that a release is of."""
DAMPING = 20.0
"""Standard deviations of noise that are added to a number of listeners before its root is divided by."""


def bound(binary: csr_array, most: int, seed: int = 0) -> csr_array:
    """Keep at most so many items of each row, drawn by chance; float64, of the same shape.

    The draw is stable: what a row keeps changes little when an item is added to it.
    """
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(binary.shape[0]), np.diff(binary.indptr))
    lot = (rng.random(binary.shape[1])[binary.indices] + rng.random(binary.shape[0])[rows]) % 1
    order = np.lexsort((lot, rows))  # rows stay together, each in an order of chance
    place = np.arange(binary.nnz) - binary.indptr[rows]
    kept = order[place < most]
    return csr_array((np.ones(len(kept)), (rows[kept], binary.indices[kept])), shape=binary.shape)


def noise(epsilon: float, delta: float, sensitivity: float) -> float:
    """Give the standard deviation that Gaussian noise needs; 0 for an infinite epsilon.

    Parameters
    ----------
    epsilon : float
        Above 0.
    delta : float
        Between 0 and 1/2; should be far below 1 / number of listeners.
    sensitivity : float
        Greatest change, as an L2 norm, that one listener can make.

    Raises
    ------
    ValueError
        For numbers outside these ranges.
    """
    if not epsilon > 0 or not 0 < delta < 0.5 or sensitivity < 0:
        raise ValueError(f"epsilon > 0, 0 < delta < 0.5 and sensitivity >= 0, not {epsilon}, {delta} and {sensitivity}")
    if math.isinf(epsilon):
        return 0.0
    tail = norm.isf(delta)
    # The greatest s with s^2 / 2 + s tail <= epsilon.
    return sensitivity / (math.sqrt(tail**2 + 2 * epsilon) - tail)


class Release(NamedTuple):
    """Two noisy tables: all that leaves the house.

    Attributes
    ----------
    items : ndarray of int, shape (shown,)
        Codes of the tunes with the most listeners, by the noisy numbers.
    listeners : ndarray of float, shape (shown,)
        Noisy number of listeners of each.
    pairs : ndarray of float, shape (shown, shown)
        Noisy number of listeners that each two share; symmetric, 0 on the diagonal.
    sd : float
        Standard deviation of the noise of the pairs.
    """

    items: np.ndarray
    listeners: np.ndarray
    pairs: np.ndarray
    sd: float


def release(
    train: Interactions,
    epsilon: float = math.inf,
    delta: float = 1e-5,
    most: int = MOST,
    shown: int = SHOWN,
    seed: int = 0,
) -> Release:
    """Count listeners and pairs, and add noise.

    Parameters
    ----------
    train : Interactions
    epsilon : float
        Privacy loss of the whole release; ``math.inf`` for no noise.
    delta : float
        Probability with which the loss may be greater.
    most : int
        Tunes that each listener contributes, at most.
    shown : int
        Tunes that the second table is of.
    seed : int
        Of the tunes drawn and of the noise. In earnest the noise must not be repeatable.

    Raises
    ------
    ValueError
        For numbers outside their ranges.
    """
    if most < 2 or not 2 <= shown <= train.n_items:
        raise ValueError(f"most is at least 2 and shown 2 to {train.n_items}, got {most} and {shown}")
    rng = np.random.default_rng((seed, 1))
    kept = bound(train.binary, most, seed)
    few, many = SPLIT, 1 - SPLIT
    sd = noise(epsilon * few, delta * few, math.sqrt(most))
    listeners = np.asarray(kept.sum(axis=0)).ravel() + sd * rng.standard_normal(train.n_items)
    items = np.argsort(-listeners, kind="stable")[:shown]
    sd = noise(epsilon * many, delta * many, math.sqrt(most * (most - 1) / 2))
    part = kept[:, items]
    pairs = np.triu((part.T @ part).toarray(), 1) + np.triu(sd * rng.standard_normal((shown, shown)), 1)
    return Release(items, listeners[items], pairs + pairs.T, sd)


class NoisyItemKNN(Recommender):
    """Recommend from a table of pairs that was released once, with noise; parameters as of :func:`release`.

    Attributes
    ----------
    found : Release
        What was released.
    table : ndarray of float32, shape (shown, shown)
        Similarities made of it: pairs over the root of the listeners of both, held down by the noise.
    """

    name = "noisy item-kNN"

    def __init__(
        self, epsilon: float = math.inf, delta: float = 1e-5, most: int = MOST, shown: int = SHOWN, seed: int = 0
    ):
        noise(epsilon, delta, 1)
        self._settings = {"epsilon": epsilon, "delta": delta, "most": most, "shown": shown, "seed": seed}

    def _learn(self, train):
        self.found = release(train, **self._settings)
        # The noisier the table, the less a well-known tune is held down: that would lift noise among the unknown ones.
        size = np.sqrt(np.maximum(self.found.listeners, 1) + DAMPING * self.found.sd)
        self.table = (self.found.pairs / np.outer(size, size)).astype(np.float32)
        self._floor = -np.abs(self.table).sum() - 1

    def score_histories(self, histories, listeners=None):
        """Give X B for these histories; what cannot be recommended is below everything else."""
        scores = np.full(histories.shape, self._floor, np.float32)
        items = self.found.items
        scores[:, items] = (histories[:, items] > 0).astype(np.float32) @ self.table
        return scores
