"""Factors: a few numbers for each listener and each item, whose product is the score.

The task
    Write the table of plays, listeners by items, as a product of two thin ones. PureSVD takes missing plays for zeros and
    truncates the singular value decomposition. ALS for implicit feedback takes them for zeros of low *confidence*:
    a play r counts c = 1 + alpha r, an absent one 1, and the squared error is weighted by c. With the items fixed it is a
    ridge regression for each listener, and the other way round, so two closed-form half-steps alternate.

Conventions
    Listener factors P, item factors Q, scores P Q'. Weights may be transformed first (:mod:`musicbook.recommend.weighting`).
    All are seeded.

Classes
    ``PureSVD``, ``ALS``

Sources
    Cremonesi et al. (2010) for PureSVD; Hu et al. (2008), eqs. 3 to 5, for ALS, with the trick that Q'CQ = Q'Q + Q'(C - I)Q
    touches only what was played.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from musicbook.recommend.recommender import Recommender
from musicbook.recommend.weighting import idf, weigh

BATCH = 2_000_000
"""Numbers gathered at once in a half-step: 8 MB in float32."""


class PureSVD(Recommender):
    """Truncated singular value decomposition of the table of plays.

    Parameters
    ----------
    rank : int
        Number of factors, below the number of listeners and of items.
    weighting : str
        What a play counts.
    """

    name = "PureSVD"

    def __init__(self, rank: int = 50, weighting: str = "binary"):
        if rank < 1:
            raise ValueError(f"a rank of {rank}; at least 1")
        self.rank, self.weighting = rank, weighting

    def _learn(self, train):
        self._idf = idf(train.binary)
        X = weigh(train.matrix, self.weighting, self._idf)
        rank = min(self.rank, min(X.shape) - 1)
        # A fixed start vector makes Lanczos' iterations repeatable.
        start = np.random.default_rng(0).standard_normal(min(X.shape))
        _, _, V = svds(X.astype(np.float64), k=rank, v0=start)
        self.item_factors = V.T.astype(np.float32)

    def score_histories(self, histories, listeners=None):
        """Give X Q Q'."""
        return (weigh(histories, self.weighting, self._idf) @ self.item_factors) @ self.item_factors.T


class ALS(Recommender):
    """Weighted matrix factorisation for implicit feedback by alternating least squares.

    Parameters
    ----------
    rank : int
        Number of factors.
    regularization : float
        Lambda of |P|^2 + |Q|^2, above 0.
    alpha : float
        Confidence of a play: c = 1 + alpha * weight.
    sweeps : int
        Rounds of both half-steps.
    weighting : str
        What a play counts before alpha.
    seed : int
        Of the first item factors.
    """

    name = "ALS"

    def __init__(
        self,
        rank: int = 64,
        regularization: float = 10.0,
        alpha: float = 10.0,
        sweeps: int = 12,
        weighting: str = "binary",
        seed: int = 0,
    ):
        if rank < 1 or regularization <= 0 or alpha <= 0 or sweeps < 1:
            raise ValueError("rank and sweeps are at least 1, regularization and alpha above 0")
        self.rank, self.regularization, self.alpha = rank, regularization, alpha
        self.sweeps, self.weighting, self.seed = sweeps, weighting, seed

    def _learn(self, train):
        self._idf = idf(train.binary)
        extra = self._confidence(train.matrix)
        by_item = extra.T.tocsr()
        rng = np.random.default_rng(self.seed)
        self.item_factors = rng.normal(0, 0.1, (train.n_items, self.rank)).astype(np.float32)
        for _ in range(self.sweeps):
            self.listener_factors = half_step(extra, self.item_factors, self.regularization)
            self.item_factors = half_step(by_item, self.listener_factors, self.regularization)

    def objective(self) -> float:
        """Give sum c (p - P Q')^2 + lambda (|P|^2 + |Q|^2) over the whole table, p being 1 where there is a play."""
        train = self._fitted()
        return objective(self._confidence(train.matrix), self.listener_factors, self.item_factors, self.regularization)

    def score_histories(self, histories, listeners=None):
        """Give P Q', with the factors of each history from one half-step."""
        if listeners is not None:
            factors = self.listener_factors[listeners]
        else:
            factors = half_step(self._confidence(histories), self.item_factors, self.regularization)
        return factors @ self.item_factors.T

    def _confidence(self, histories: csr_array) -> csr_array:
        """Give c - 1: zero wherever there is no play."""
        weighted = weigh(histories, self.weighting, self._idf)
        return csr_array((self.alpha * weighted.data, weighted.indices, weighted.indptr), shape=weighted.shape)


def half_step(extra: csr_array, fixed: np.ndarray, regularization: float) -> np.ndarray:
    """Solve for one side while the other stays fixed: a weighted ridge regression for each row.

    Row r solves (F'F + F_r' D F_r + lambda I) x = F_r' (1 + d), where F_r are the fixed factors of what r played and D the
    diagonal of its extra confidence d = c - 1. Rows with equally many plays are solved together; one with n plays, fewer than
    factors, by the n x n system that is the same thing: with A = F'F + lambda I,
    (A + F_r' D F_r)^-1 F_r' = A^-1 F_r' (I + D F_r A^-1 F_r')^-1.

    Parameters
    ----------
    extra : csr_array, shape (n, m)
        c - 1 where there is a play.
    fixed : ndarray, shape (m, rank)
    regularization : float

    Returns
    -------
    ndarray, shape (n, rank), of the fixed side's dtype
    """
    rank = fixed.shape[1]
    base = fixed.T @ fixed + regularization * np.eye(rank, dtype=fixed.dtype)
    inner = np.linalg.solve(base, fixed.T).T
    out = np.zeros((extra.shape[0], rank), fixed.dtype)
    size = np.diff(extra.indptr)
    for n in np.unique(size[size > 0]):
        rows = np.flatnonzero(size == n)
        for some in np.array_split(rows, -(-len(rows) * n * rank // BATCH)):
            place = extra.indptr[some][:, None] + np.arange(n)
            columns, d = extra.indices[place], extra.data[place].astype(fixed.dtype)
            F, target = fixed[columns], (1 + d)[..., None]
            if n < rank:
                small = np.eye(n, dtype=fixed.dtype) + d[..., None] * (F @ inner[columns].transpose(0, 2, 1))
                out[some] = (inner[columns].transpose(0, 2, 1) @ np.linalg.solve(small, target))[..., 0]
            else:
                F_turned = F.transpose(0, 2, 1)
                out[some] = np.linalg.solve(base + (F_turned * d[:, None]) @ F, F_turned @ target)[..., 0]
    return out


def objective(extra: csr_array, P: np.ndarray, Q: np.ndarray, regularization: float) -> float:
    """Give the objective of ALS without forming the whole table.

    The sum of (P Q')^2 over all cells is the trace of P'P Q'Q; the cells with a play are then corrected.
    """
    P, Q = P.astype(np.float64), Q.astype(np.float64)
    row = np.repeat(np.arange(extra.shape[0]), np.diff(extra.indptr))
    predicted = (P[row] * Q[extra.indices]).sum(axis=1)
    everywhere = ((P.T @ P) * (Q.T @ Q)).sum()
    played = ((1 + extra.data) * (1 - predicted) ** 2 - predicted**2).sum()
    return float(everywhere + played + regularization * ((P**2).sum() + (Q**2).sum()))
