"""What every recommender is: fit on a log, score, rank. The plug-in point.

The task
    Give each listener an ordered list of items that she has not met. Every family does it in two steps, *score* every item and
    *rank*, and only the scoring differs. So a recommender of your own is a class with two methods::

        class Newest(Recommender):
            name = "newest"

            def _learn(self, train):
                self.last = train.matrix.max(axis=0)

            def score_histories(self, histories, listeners=None):
                return np.tile(self.last, (histories.shape[0], 1))

    and has ``recommend``, ``top``, ``similar`` and a place in every table of the book.

Conventions
    A *history* is a sparse row of weights over all items of the training data. Scores are float32, a row a listener, a
    column an item, and only their order within a row means anything. They are computed in blocks of listeners, so that
    memory does not grow with their number. Ties are broken by the lower item code, so that a list never depends on chance.

Cold starts
    A listener who is unknown, or known without any history, is given what most listeners play. An item that nobody played
    is scored by what the family knows of it: nothing, unless it reads content
    (:mod:`musicbook.recommend.content`, :mod:`musicbook.recommend.hybrid`).

Classes
    ``Recommender``
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from musicbook.recommend.interactions import Interactions

BLOCK = 128
"""Listeners scored at once: 128 x 17,632 scores are 9 MB, and a recommender may need several times that."""


class NotFittedError(RuntimeError):
    """A recommender was asked before it was fitted."""


class Recommender(abc.ABC):
    """Base of all recommenders; see the module for how to write one."""

    name = "recommender"
    """Name in tables."""

    train: Interactions | None = None
    """What it was fitted on."""

    def fit(self, train: Interactions) -> Recommender:
        """Learn from a log, and give the recommender itself."""
        self.train = train
        self._learn(train)
        return self

    @abc.abstractmethod
    def _learn(self, train: Interactions) -> None:
        """Compute whatever the scores need."""

    @abc.abstractmethod
    def score_histories(self, histories: csr_array, listeners: np.ndarray | None = None) -> np.ndarray:
        """Score every item for each history.

        Parameters
        ----------
        histories : csr_array of float32, shape (b, n_items)
            Weights as in the training data. They need not belong to anybody whom the recommender knows.
        listeners : ndarray of int, shape (b,), optional
            Codes, where the histories are rows of the training data: a neighbourhood must leave out the listener herself.

        Returns
        -------
        ndarray of float32, shape (b, n_items)
        """

    def scores(self, listeners: np.ndarray) -> np.ndarray:
        """Score every item for these listeners (codes); float32, shape (len(listeners), n_items).

        Listeners without a history get the popularity of each item.
        """
        train = self._fitted()
        listeners = np.atleast_1d(np.asarray(listeners))
        histories = train.matrix[listeners]
        scores = np.asarray(self.score_histories(histories, listeners), dtype=np.float32)
        cold = np.diff(histories.indptr) == 0
        if cold.any():
            scores[cold] = train.popularity
        return scores

    def blocks(self, listeners: np.ndarray, size: int = BLOCK) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give ``(codes, scores)`` for a few listeners at a time."""
        for start in range(0, len(listeners), size):
            part = np.asarray(listeners[start : start + size])
            yield part, self.scores(part)

    def top(self, listeners: np.ndarray, k: int = 10, hide_seen: bool = True) -> np.ndarray:
        """Rank: the codes of the k best items for each listener (codes), best first; int64, shape (n, k).

        What a listener has met already is hidden unless ``hide_seen`` is false. Where fewer than k items are left, the
        row ends in -1.
        """
        train = self._fitted()
        found = [np.empty((0, k), np.int64)]
        for part, scores in self.blocks(np.atleast_1d(np.asarray(listeners))):
            found.append(rank(scores, train.matrix[part] if hide_seen else None, k))
        return np.concatenate(found)

    def recommend(self, listener: str, k: int = 10) -> list[str]:
        """Give the ids of the k best new items for a listener (an id), best first; popular ones for one who is unknown."""
        train = self._fitted()
        if listener in train._listener_codes:
            best = self.top(np.array([train.code_of(listener)]), k)[0]
        else:
            best = rank(train.popularity[None].astype(np.float32), None, k)[0]
        return [train.items[code] for code in best if code >= 0]

    def recommend_for(self, history: Sequence[str] | Mapping[str, float], k: int = 10) -> list[str]:
        """Give the ids of the k best new items for somebody who has just told us what she plays.

        Parameters
        ----------
        history : sequence of str, or mapping of str to float
            Item ids, or item ids with weights; a plain id weighs as much as one play. Empty: popular items.
        k : int
            Length of the list.

        Raises
        ------
        KeyError
            If an item is not in the training data.
        """
        train = self._fitted()
        weights = dict(history) if isinstance(history, Mapping) else dict.fromkeys(history, 1.0)
        codes = [train.item_code_of(item) for item in weights]
        row = csr_array((list(weights.values()), ([0] * len(codes), codes)), shape=(1, train.n_items), dtype=np.float32)
        scores = self.score_histories(row) if weights else train.popularity[None].astype(np.float32)
        return [train.items[code] for code in rank(scores, row, k)[0] if code >= 0]

    def similar(self, item: str, k: int = 10) -> list[str]:
        """Give the ids of the k items that this recommender holds nearest to an item: what it would add to it alone.

        Raises
        ------
        KeyError
            If the item is not in the training data.
        """
        return self.recommend_for([item], k)

    def _fitted(self) -> Interactions:
        if self.train is None:
            raise NotFittedError(f"{self.name} has seen no log yet: call fit(train) first")
        return self.train


def rank(scores: np.ndarray, seen: csr_array | None, k: int) -> np.ndarray:
    """Order items by score.

    Parameters
    ----------
    scores : ndarray, shape (b, n_items)
        Overwritten where items are hidden.
    seen : csr_array, shape (b, n_items), optional
        Items to hide.
    k : int
        Length of each list.

    Returns
    -------
    ndarray of int64, shape (b, k)
        Codes, best first, the lower code first at a tie; -1 after the last item that is left.
    """
    if k < 1:
        raise ValueError(f"a list of {k} items; at least 1")
    if seen is not None:
        scores[np.repeat(np.arange(len(scores)), np.diff(seen.indptr)), seen.indices] = -np.inf
    width = min(k, scores.shape[1])
    found = np.full((len(scores), k), -1, np.int64)
    for row, values in enumerate(scores):
        found[row, :width] = _best(values, width)
    return found


def _best(values: np.ndarray, k: int) -> np.ndarray:
    """Give the positions of the k greatest values that are not minus infinity, then -1."""
    if k < len(values):
        least = np.partition(values, -k)[-k]
        inside = np.flatnonzero(values > least)
        edge = np.flatnonzero(values == least)[: k - len(inside)]
        chosen = np.concatenate([inside, edge])
    else:
        chosen = np.arange(len(values))
    chosen = chosen[np.lexsort((chosen, -values[chosen]))]
    return np.where(np.isneginf(values[chosen]), -1, chosen)
