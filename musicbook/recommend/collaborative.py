"""The article's two functions, as they should be: who is like whom, and what they play.

The task
    ``S = compute_similarity(U)`` and ``r = collaborative_filter(S, u, U)`` for a table small enough to look at. The printed
    version fails in four ways (errata B-36 to B-39); this one leaves the listener out of her own neighbourhood, keeps the
    nearest neighbours alone, hides what she has played and gives the best tune first. The dense table that the article
    draws ends at some thousand listeners; :mod:`musicbook.recommend.neighbours` does the same with sparse blocks.

Conventions
    U has a row for each listener and a column for each item, 0 where she has not met it. S is listeners by listeners.

Functions
    ``compute_similarity``, ``collaborative_filter``

Sources
    Resnick et al. (1994); Herlocker et al. (1999); erratum B-26 for the dimensions.
"""

from __future__ import annotations

import numpy as np


def compute_similarity(U: np.ndarray) -> np.ndarray:
    """Compute the cosine between every two listeners.

    Parameters
    ----------
    U : array_like of float, shape (n_listeners, n_items)

    Returns
    -------
    ndarray of float64, shape (n_listeners, n_listeners)
        Symmetric; the diagonal is 0, because nobody is her own neighbour. A listener without plays is like nobody.

    Raises
    ------
    ValueError
        If U is not a table of finite numbers.
    """
    U = np.asarray(U, float)
    if U.ndim != 2 or not np.isfinite(U).all():
        raise ValueError(f"U is a table of finite numbers, listeners by items; got shape {U.shape}")
    length = np.linalg.norm(U, axis=1, keepdims=True)
    unit = np.divide(U, length, where=length > 0, out=np.zeros_like(U))
    S = unit @ unit.T
    np.fill_diagonal(S, 0.0)
    return S


def collaborative_filter(S: np.ndarray, u: int, U: np.ndarray, k: int = 10, n_neighbors: int = 50) -> np.ndarray:
    """Rank the items that listener u has not met by what her neighbours play.

    The score of item i is the mean of U[v, i] over the neighbours v, weighted by S[u, v]: row u of S @ U, divided by the
    sum of the similarities.

    Parameters
    ----------
    S : ndarray, shape (n_listeners, n_listeners)
        From :func:`compute_similarity`.
    u : int
        Row of the listener.
    U : ndarray, shape (n_listeners, n_items)
    k : int
        Length of the list.
    n_neighbors : int
        How many of the nearest listeners have a say.

    Returns
    -------
    ndarray of int, shape (at most k,)
        Columns of U, best first, the lower column first at a tie.

    Raises
    ------
    ValueError
        If S does not fit U.
    IndexError
        If there is no row u.
    """
    S, U = np.asarray(S, float), np.asarray(U, float)
    if S.shape != (len(U), len(U)):
        raise ValueError(f"S is {len(U)} x {len(U)} for the {len(U)} rows of U; got {S.shape}")
    if not 0 <= u < len(U):
        raise IndexError(f"no listener {u} among {len(U)}")
    s = S[u].copy()
    s[u] = 0.0
    s[np.argsort(-s, kind="stable")[n_neighbors:]] = 0.0
    scores = s @ U / max(np.abs(s).sum(), 1e-12)
    scores[U[u] > 0] = -np.inf
    best = np.argsort(-scores, kind="stable")[:k]
    return best[np.isfinite(scores[best])]
