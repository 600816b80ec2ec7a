"""Several recommenders as one: a blend whose weights were found on held-out data.

The task
    Families err in different ways: neighbours know the niche, factors the taste, content the tunes that nobody has played. A
    weighted sum of their standardised scores ranks better than the best of them. How much each counts is chosen by trial on a
    validation part of the training data, never on the test part.

Method
    Scores of a listener are brought to mean 0 and standard deviation 1 over all items. Then, starting from nothing, the part
    that helps nDCG@10 most is added, again and again, the same part as often as it helps (ensemble selection with
    replacement); the counts are the weights. It cannot overfit much, and it leaves out what does not help.

Conventions
    The parts are refitted on all of the training data afterwards. A blend keeps what its parts can: if one of them scores
    tunes without plays, so does the blend.

Classes
    ``Hybrid``

Sources
    Burke (2002) for hybrids by weighting.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from musicbook.recommend.interactions import VALIDATION_SHARE, Interactions
from musicbook.recommend.recommender import BLOCK, Recommender, rank

CANDIDATES = 100
"""Best items of each part that a validation listener's blend may rank."""


class Hybrid(Recommender):
    """A weighted sum of standardised scores.

    Parameters
    ----------
    parts : sequence of Recommender
        Not yet fitted; two at least.
    weights : sequence of float, optional
        One a part. Found on a validation part if not given.
    steps : int
        Additions when the weights are searched for.
    seed : int
        Of the validation split.
    relevant : float
        Least weight of a relevant item in validation: 4 for stars, 0 for plays.

    Attributes
    ----------
    weights : ndarray, shape (parts,)
        Sum to 1, after fitting.
    """

    name = "hybrid"

    def __init__(
        self,
        parts: Sequence[Recommender],
        weights: Sequence[float] | None = None,
        steps: int = 20,
        seed: int = 0,
        relevant: float = 0.0,
    ):
        if len(parts) < 2:
            raise ValueError(f"a blend of {len(parts)}; give two recommenders at least")
        if weights is not None and (len(weights) != len(parts) or min(weights) < 0 or sum(weights) <= 0):
            raise ValueError(f"one weight a part, none below 0 and not all 0; got {list(weights)}")
        self.parts, self.steps, self.seed, self.relevant = list(parts), steps, seed, relevant
        self._given = weights

    def _learn(self, train):
        if self._given is None:
            self.weights = self._search(train)
        else:
            self.weights = np.asarray(self._given, float) / sum(self._given)
        for part, weight in zip(self.parts, self.weights, strict=True):
            if weight:
                part.fit(train)

    def score_histories(self, histories, listeners=None):
        """Give the weighted sum of the parts' standardised scores."""
        total = np.zeros(histories.shape, np.float32)
        for part, weight in zip(self.parts, self.weights, strict=True):
            if weight:
                total += np.float32(weight) * standardise(part.score_histories(histories, listeners))
        return total

    def _search(self, train: Interactions) -> np.ndarray:
        inner, held = train.split_random(VALIDATION_SHARE, self.seed)
        held = held.keep(held.weight >= self.relevant)
        listeners = np.unique(held.listener)
        # One part at a time is fitted and kept, and only as long as its scores are wanted: memory is that of the largest.
        chosen = self._candidates(inner, listeners)
        scores = np.stack([_at(copy.copy(part).fit(inner), listeners, chosen) for part in self.parts])
        relevant = _contains(held, listeners, chosen)
        ideal = np.minimum(np.bincount(held.listener, minlength=held.n_listeners)[listeners], 10)
        return _select(scores, relevant, ideal, self.steps)

    def _candidates(self, inner: Interactions, listeners: np.ndarray) -> np.ndarray:
        """Give the union of the parts' best items for each listener; codes, filled up with -1."""
        tops = [copy.copy(part).fit(inner).top(listeners, CANDIDATES) for part in self.parts]
        together = np.sort(np.concatenate(tops, axis=1), axis=1)
        together[:, 1:][together[:, 1:] == together[:, :-1]] = -1
        return together


def standardise(scores: np.ndarray) -> np.ndarray:
    """Bring each row to mean 0 and standard deviation 1; a row of equal scores to 0."""
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)


def _at(part: Recommender, listeners: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Give a part's standardised scores of the chosen items; float32, minus infinity where there is none."""
    found = np.empty(chosen.shape, np.float32)
    start = 0
    for _, scores in part.blocks(listeners):
        some = chosen[start : start + BLOCK]
        found[start : start + BLOCK] = np.take_along_axis(standardise(scores), np.maximum(some, 0), axis=1)
        start += BLOCK
    return np.where(chosen < 0, -np.inf, found)


def _contains(held: Interactions, listeners: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Say which chosen items are held out for their listener."""
    pairs = held.listener.astype(np.int64) * held.n_items + held.item
    return np.isin(listeners[:, None].astype(np.int64) * held.n_items + chosen, pairs) & (chosen >= 0)


def _select(scores: np.ndarray, relevant: np.ndarray, ideal: np.ndarray, steps: int) -> np.ndarray:
    """Add the part that helps most, again and again, and give the shares of the best blend on the way."""
    discount = 1 / np.log2(np.arange(2, 12))
    best_possible = np.cumsum(discount)[ideal - 1]

    def quality(total):
        top = rank(total.copy(), None, 10)
        hits = np.take_along_axis(relevant, np.maximum(top, 0), axis=1) & (top >= 0)
        return ((hits * discount).sum(axis=1) / best_possible).mean()

    total, counts = np.zeros(scores.shape[1:], np.float32), np.zeros(len(scores))
    best, best_counts = -1.0, counts
    for _ in range(steps):
        qualities = [quality(total + each) for each in scores]
        added = int(np.argmax(qualities))
        total, counts[added] = total + scores[added], counts[added] + 1
        if qualities[added] > best:
            best, best_counts = qualities[added], counts.copy()
    return best_counts / best_counts.sum()
