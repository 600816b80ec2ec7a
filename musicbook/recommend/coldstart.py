"""Cold starts, measured: what to hold out for a new listener, a new item and a new system.

The task
    Three things can be new. A new *listener* has no history, or a short one; hold out listeners and tell the system a few of
    their items. A new *item* has been met by nobody; hold out items. A new *system* has few listeners; hold out most of them.
    All three keep the codes of listeners and items, so that what was held out can be asked for.

Functions
    ``without_listeners``, ``short_histories``   a new listener
    ``without_items``, ``few_listeners``         a new item
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


def few_listeners(train: Interactions, items: np.ndarray, n: int, seed: int = 0) -> Interactions:
    """Let only n listeners, drawn by chance, have met each of these items.

    Parameters
    ----------
    train : Interactions
    items : ndarray of int
        Codes of the items that are new.
    n : int
        Listeners of each, fewer where it has fewer, 0 for :func:`without_items`. A part with more listeners holds that with
        fewer, for the same seed.
    seed : int

    Returns
    -------
    Interactions
        All meetings with other items, and these.
    """
    new = np.flatnonzero(np.isin(train.item, items))
    order = np.random.default_rng(seed).permutation(new)
    order = order[np.argsort(train.item[order], kind="stable")]
    first = np.unique(train.item[order], return_index=True, return_counts=True)[1:]
    place = np.arange(len(order)) - np.repeat(*first)
    kept = np.ones(len(train), bool)
    kept[order[place >= n]] = False
    return train.keep(kept)


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
