"""Cold starts, measured: what to hold out for a new listener, a new item and a new system.

The task
    Three things can be new. A new *listener* has no history, or a short one; hold out listeners and tell the system a few of
    their items. A new *item* has been met by nobody; hold out items. A new *system* has few listeners; hold out most of them.
    All three keep the codes of listeners and items, so that what was held out can be asked for.

Functions
    ``without_listeners``, ``short_histories``   a new listener
    ``without_items``                            a new item
    ``first_listeners``                          a new system

Sources
    Schein et al. (2002) for holding out listeners and items.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from musicbook.recommend.interactions import Interactions


def without_listeners(train: Interactions, listeners: np.ndarray) -> Interactions:
    """Forget all that these listeners (codes) have met."""
    return train.keep(~np.isin(train.listener, listeners))


def without_items(train: Interactions, items: np.ndarray) -> Interactions:
    """Forget everybody's meetings with these items (codes)."""
    return train.keep(~np.isin(train.item, items))


def first_listeners(train: Interactions, n: int) -> Interactions:
    """Keep the first n listeners, as if no others had come yet."""
    return train.keep(train.listener < n)


def short_histories(train: Interactions, listeners: np.ndarray, n: int, seed: int = 0) -> csr_array:
    """Give a few items of each listener, drawn by chance.

    Parameters
    ----------
    train : Interactions
    listeners : ndarray of int, shape (b,)
        Codes.
    n : int
        Items of each, fewer where she has fewer. Histories with more items hold those with fewer, for the same seed.
    seed : int

    Returns
    -------
    csr_array of float32, shape (b, n_items)
        Histories for ``recommender.score_histories``.
    """
    rows = train.matrix[np.asarray(listeners)]
    size = np.diff(rows.indptr)
    owner = np.repeat(np.arange(len(size)), size)
    order = np.lexsort((np.random.default_rng(seed).random(len(owner)), owner))
    place = np.empty(len(owner), int)
    place[order] = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    kept = place < n
    # A row with zeros stored in it would still count as met.
    return csr_array((rows.data[kept], (owner[kept], rows.indices[kept])), shape=rows.shape, dtype=np.float32)
