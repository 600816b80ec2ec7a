"""EASE: one ridge regression that predicts each item from all the others.

The task
    Find the matrix B, items by items, that minimises |X - X B|^2 + lambda |B|^2 with zeros on its diagonal, so that no item
    may predict itself. It has a closed form: with P = (X'X + lambda I)^-1, B = I - P diag(1 / diag P), and the scores are
    X B. No neighbours, no iterations, one number to tune; on real listening data little beats it.

The dual form
    P is items by items: 17,632 items are 1.2 GB in float32 and an inversion of n^3. But X P = (XX' + lambda I)^-1 X, and
    diag P = (1 - colsum(X * (XX' + lambda I)^-1 X)) / lambda, so everything follows from the smaller matrix XX', listeners
    by listeners. Where there are fewer items than listeners the primal form is the cheaper one. Both give the same scores
    (up to rounding); the choice is made by size.

Conventions
    X is binary or weighted (:mod:`musicbook.recommend.weighting`).

Classes
    ``EASE``

Sources
    Steck (2019), eq. 8; the dual form is the push-through identity of linear algebra.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from musicbook.recommend.recommender import Recommender
from musicbook.recommend.weighting import idf, weigh


class EASE(Recommender):
    """Embarrassingly shallow autoencoder.

    Parameters
    ----------
    penalty : float
        Lambda, above 0.
    weighting : str
        What a play counts, see :mod:`musicbook.recommend.weighting`.
    form : str
        ``"primal"``, ``"dual"``, or ``"auto"`` for the smaller.
    """

    name = "EASE"

    def __init__(self, penalty: float = 100.0, weighting: str = "binary", form: str = "auto"):
        if penalty <= 0:
            raise ValueError(f"a penalty of {penalty}; it is above 0")
        if form not in ("auto", "primal", "dual"):
            raise ValueError(f"form {form!r}; it is 'auto', 'primal' or 'dual'")
        self.penalty, self.weighting, self.form = penalty, weighting, form

    def _learn(self, train):
        self._idf = idf(train.binary)
        X = self._weigh(train.matrix)
        dual = X.shape[0] < X.shape[1] if self.form == "auto" else self.form == "dual"
        if dual:
            self._solve_dual(X)
        else:
            self._solve_primal(X)

    def _solve_primal(self, X):
        gram = (X.T @ X).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.penalty
        factor = cho_factor(gram, lower=True, overwrite_a=True)
        P = cho_solve(factor, np.eye(len(gram)), overwrite_b=True)
        B = np.divide(P, -np.diag(P), out=P)
        np.fill_diagonal(B, 0)
        self._B = B.astype(np.float32)

    def _solve_dual(self, X):
        gram = (X @ X.T).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.penalty
        factor = cho_factor(gram, lower=True, overwrite_a=True)
        self._XP = np.empty(X.shape, np.float32)
        self._P = np.empty(X.shape[1])
        # By columns, so that only a slice is ever held in double precision.
        by_item = X.tocsc()
        for start in range(0, X.shape[1], 2048):
            part = by_item[:, start : start + 2048].toarray()
            solved = cho_solve(factor, part.astype(np.float64), overwrite_b=True)
            self._P[start : start + 2048] = (1 - (part * solved).sum(axis=0)) / self.penalty
            self._XP[:, start : start + 2048] = solved
        self._X = X
        self._B = None

    def score_histories(self, histories: csr_array, listeners=None):
        """Give X B for these histories."""
        H = self._weigh(histories)
        if self._B is not None:
            return H @ self._B
        # H P = (H - H X' (XX' + lambda I)^-1 X) / lambda, and for rows of the training data it is stored.
        HP = (
            self._XP[listeners]
            if listeners is not None
            else (H.toarray() - (H @ self._X.T).toarray() @ self._XP) / self.penalty
        )
        return H.toarray() - HP / self._P.astype(np.float32)

    def weights(self) -> np.ndarray:
        """Give B itself, float32, shape (n_items, n_items): to look at where there are few items."""
        self._fitted()
        if self._B is not None:
            return self._B
        P = (np.eye(len(self._P)) - (self._X.T @ self._XP)) / self.penalty
        return (np.eye(len(P)) - P / self._P).astype(np.float32)

    def _weigh(self, histories):
        return weigh(histories, self.weighting, self._idf)
