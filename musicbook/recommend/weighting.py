"""How much a play counts: the weights that neighbourhoods and factors are computed on.

The task
    A listener who played one tune 800 times and fifty others once is not 800 times a fan of it, and two listeners who share
    the most popular tune have little in common. Raw plays make both mistakes, and cost a recommender a quarter of its
    nDCG on real listening data; the logarithm mends the first and the inverse document frequency the second.

Conventions
    ``plays`` leaves the weights, ``binary`` makes each 1, ``log`` is 1 + ln(plays), ``log-idf`` multiplies that by
    ln(n_listeners / listeners of the item): text retrieval's tf-idf, with tunes for words.

Functions
    ``weigh``, ``idf``

Sources
    Hu et al. (2008) for the logarithm of plays; the rest is common practice in neighbourhood methods.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

WEIGHTINGS = ("plays", "binary", "log", "log-idf")


def idf(binary: csr_array) -> np.ndarray:
    """Give ``ln(n / d)`` for each item, of n listeners and d who met it; 0 for an item that nobody met.

    Parameters
    ----------
    binary : csr_array, shape (n_listeners, n_items)

    Returns
    -------
    ndarray of float32, shape (n_items,)
    """
    met = np.bincount(binary.indices, minlength=binary.shape[1])
    return np.log(binary.shape[0] / np.maximum(met, 1), where=met > 0, out=np.zeros(len(met))).astype(np.float32)


def weigh(histories: csr_array, weighting: str, item_idf: np.ndarray | None = None) -> csr_array:
    """Give the histories with other weights.

    Parameters
    ----------
    histories : csr_array, shape (b, n_items)
        Plays or ratings.
    weighting : str
        One of :data:`WEIGHTINGS`.
    item_idf : ndarray, shape (n_items,)
        From :func:`idf` of the training data; needed for ``"log-idf"``.

    Raises
    ------
    ValueError
        If there is no such weighting.
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting {weighting!r}; there are {', '.join(WEIGHTINGS)}")
    if weighting == "plays":
        return histories
    data = np.ones_like(histories.data)
    if weighting.startswith("log"):
        # Loaders admit any weight above 0; below 1 the logarithm would turn a play into a dislike.
        data += np.log(np.maximum(histories.data, 1))
    if weighting == "log-idf":
        data *= item_idf[histories.indices]
    return csr_array((data, histories.indices, histories.indptr), shape=histories.shape)
