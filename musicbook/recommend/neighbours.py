"""Neighbourhoods at scale: listeners like you, tunes like this one, as sparse matrices.

The task
    User-kNN scores an item by the neighbours who play it, S X; item-kNN by its likeness to what the listener plays, X B.
    Both keep only the k strongest entries of a row, so that 100,000 listeners fit into a laptop: similarities are computed
    for a block of rows, cut to k, and thrown away.

Conventions
    Similarity is the cosine of weighted rows (:mod:`musicbook.recommend.weighting`), times n / (n + shrinkage) for rows that
    share n entries, which mistrusts likeness that rests on little. At a tie the lower code is the nearer.

Classes
    ``UserKNN``, ``ItemKNN``

Functions
    ``cosine_top_k``

Sources
    Herlocker et al. (1999) for user neighbourhoods and significance weighting; Sarwar et al. (2001) and Linden et al.
    (2003) for items.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from musicbook.recommend.recommender import Recommender, rank
from musicbook.recommend.weighting import idf, weigh

BLOCK_CELLS = 4_000_000
"""Similarities held at once: 16 MB."""


class _Neighbourhood(Recommender):
    """What both kinds share: their settings.

    Parameters
    ----------
    k : int
        Neighbours that have a say.
    shrinkage : float
        Shared items at which a similarity counts half; 0 for none.
    weighting : str
        What a play counts in the similarity, see :mod:`musicbook.recommend.weighting`.
    vote : str
        What a play counts in the score: that of a neighbour (user-kNN) or of the listener (item-kNN).
    """

    def __init__(self, k: int = 100, shrinkage: float = 0.0, weighting: str = "log-idf", vote: str = "log"):
        if k < 1 or shrinkage < 0:
            raise ValueError(f"k is at least 1 and shrinkage at least 0, got {k} and {shrinkage}")
        self.k, self.shrinkage, self.weighting, self.vote = k, shrinkage, weighting, vote

    def _learn(self, train):
        self._idf = idf(train.binary)

    def _unit(self, histories):
        return _unit_rows(weigh(histories, self.weighting, self._idf))

    def _votes(self, histories):
        return weigh(histories, self.vote, self._idf)


class UserKNN(_Neighbourhood):
    """Score items by what similar listeners play; settings as in the module."""

    name = "user-kNN"

    def _learn(self, train):
        super()._learn(train)
        self._columns = self._unit(train.matrix).T.tocsr()
        self._voices = self._votes(train.matrix)

    def neighbours(self, listeners: np.ndarray) -> csr_array:
        """Give the k nearest of each listener (codes), without herself: similarities, shape (b, n_listeners)."""
        listeners = np.atleast_1d(np.asarray(listeners))
        return self._neighbours_of(self._fitted().matrix[listeners], listeners)

    def score_histories(self, histories, listeners=None):
        """Give S X for these histories, weighted by similarity."""
        near = self._neighbours_of(histories, listeners)
        return (near @ self._voices).toarray()

    def _neighbours_of(self, histories, listeners):
        return _top_k(self._unit(histories), self._columns, self.k, self.shrinkage, listeners)


class ItemKNN(_Neighbourhood):
    """Score items by their likeness to what the listener plays; settings as in the module."""

    name = "item-kNN"

    def _learn(self, train):
        super()._learn(train)
        # Only the k nearest *of the item that is scored* have a say: rows of B.T are cut, then turned.
        weighted = weigh(train.matrix, self.weighting, self._idf)
        self._near = cosine_top_k(weighted.T.tocsr(), self.k, self.shrinkage).T.tocsr()

    def score_histories(self, histories, listeners=None):
        """Give X B for these histories."""
        return (self._votes(histories) @ self._near).toarray()


def cosine_top_k(rows: csr_array, k: int, shrinkage: float = 0.0) -> csr_array:
    """Compute the cosine of every two rows and keep the k greatest of each row, itself left out.

    Parameters
    ----------
    rows : csr_array, shape (n, m)
        Nowhere negative.
    k : int
    shrinkage : float
        Multiplies a cosine by n / (n + shrinkage), n being the number of shared columns.

    Returns
    -------
    csr_array of float32, shape (n, n)
        At most k entries a row, all above 0. Besides the result, :data:`BLOCK_CELLS` similarities are held.
    """
    unit = _unit_rows(rows)
    columns = unit.T.tocsr()
    return _top_k(unit, columns, k, shrinkage, np.arange(rows.shape[0]))


def _unit_rows(rows: csr_array) -> csr_array:
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    factor = np.divide(1, length, where=length > 0, out=np.zeros_like(length))
    return (diags_array(factor) @ rows).tocsr().astype(np.float32)


def _top_k(unit: csr_array, columns: csr_array, k: int, shrinkage: float, own: np.ndarray | None) -> csr_array:
    """Cut unit @ columns to the k greatest of each row, a block at a time; ``own`` is each row's own column."""
    height = max(1, BLOCK_CELLS // columns.shape[1])
    found = []
    for start in range(0, unit.shape[0], height):
        block = unit[start : start + height]
        likeness = (block @ columns).toarray()
        if shrinkage:
            shared = (_ones(block) @ _ones(columns)).toarray()
            likeness *= shared / (shared + shrinkage)
        if own is not None:
            likeness[np.arange(len(likeness)), own[start : start + height]] = 0
        likeness[likeness <= 0] = -np.inf
        nearest = rank(likeness, None, min(k, columns.shape[1]))
        row, place = np.nonzero(nearest >= 0)
        code = nearest[row, place]
        found.append((start + row, code, likeness[row, code]))
    rows, codes, values = (np.concatenate(each) for each in zip(*found, strict=True))
    return csr_array((values, (rows, codes)), shape=(unit.shape[0], columns.shape[1]), dtype=np.float32)


def _ones(matrix: csr_array) -> csr_array:
    return csr_array((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)
