"""Beyond accuracy: how much of the catalogue is shown, how known, how varied, how fair.

The task
    A list can be right and dull. These measures look at lists without asking whether they are right: which items are shown at
    all, how evenly, how unexpected they are, how unlike one another, and whether a listener is given what is like her own
    history or only what is popular.

Conventions
    ``lists`` as in :mod:`musicbook.recommend.ranking`: item codes of shape (n, k), -1 for none, row r for ``listeners[r]``
    (listener r if not given). Popularity is the number of listeners of an item in the training data. A value that a list
    cannot have, such as the diversity of one item, is not-a-number.

Functions
    ``exposure``, ``coverage``, ``gini``         of all lists together
    ``novelty``, ``diversity``, ``calibration``  of each list, shape (n,)
    ``groups``, ``average_popularity``, ``popularity_lift``   of groups of listeners

Sources
    Kaminskas and Bridge (2016); Steck (2018, equations 2 and 3); Abdollahpouri et al. (2019) and Kowald et al. (2020) for
    groups and the popularity lift.
"""

from __future__ import annotations

import numpy as np

from musicbook.recommend.interactions import Interactions

GROUPS = ("niche", "diverse", "mainstream")
"""Groups of listeners, by the share of popular items in what they have met."""
POPULAR, NICHE, MAINSTREAM = 0.2, 0.2, 0.2
"""Share of the items that count as popular, and shares of the listeners at both ends."""
SMOOTHING = 0.01
"""Share of a listener's own distribution that is mixed into that of her list, or a kind that is missing would cost infinity."""


def exposure(lists: np.ndarray, n_items: int) -> np.ndarray:
    """Count in how many lists each item stands; int64, shape (n_items,)."""
    lists = np.asarray(lists)
    return np.bincount(lists[lists >= 0], minlength=n_items)


def coverage(lists: np.ndarray, n_items: int) -> float:
    """Share of all items that stand in some list."""
    return float((exposure(lists, n_items) > 0).mean())


def gini(lists: np.ndarray, n_items: int) -> float:
    """Inequality of exposure: 0 if all items are shown equally often, near 1 if one has it all.

    Raises
    ------
    ValueError
        If nothing is shown.
    """
    shown = np.sort(exposure(lists, n_items))
    if not shown.sum():
        raise ValueError("no list holds an item")
    place = np.arange(1, n_items + 1)
    return float(((2 * place - n_items - 1) * shown).sum() / (n_items * shown.sum()))


def novelty(lists: np.ndarray, train: Interactions) -> np.ndarray:
    """Mean self-information of each list's items in bits, -log2 of the share of listeners who met the item; shape (n,).

    An item that nobody has met counts as one that a single listener has.
    """
    lists = np.asarray(lists)
    surprise = -np.log2(np.maximum(train.popularity, 1) / train.n_listeners)
    return _mean_of(surprise[lists], lists >= 0)


def diversity(lists: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Mean distance, 1 - cosine, between the items of each list; shape (n,).

    Parameters
    ----------
    lists : ndarray of int, shape (n, k)
    features : ndarray of float, shape (n_items, d)
        Of any scale; a row of zeros is like nothing.
    """
    lists, features = np.asarray(lists), np.asarray(features, float)
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    there = lists >= 0
    count = there.sum(axis=1)
    found = unit[lists] * there[..., None]
    # The sum over all ordered pairs is the squared length of the sum, less the items with themselves.
    alike = (found.sum(axis=1) ** 2).sum(axis=1) - (found**2).sum(axis=(1, 2))
    pairs = np.where(count > 1, count * (count - 1), np.nan)
    return 1 - alike / pairs


def calibration(
    lists: np.ndarray,
    train: Interactions,
    kinds: np.ndarray,
    listeners: np.ndarray | None = None,
    smoothing: float = SMOOTHING,
) -> np.ndarray:
    """Kullback-Leibler divergence, in nats, of a list's mixture of kinds from the listener's own; shape (n,).

    Steck (2018): p is the mean of ``kinds`` over what she has met, q over her list, and C = sum p log(p / q~) with
    q~ = (1 - smoothing) q + smoothing p. 0 is perfectly calibrated.

    Parameters
    ----------
    lists : ndarray of int, shape (n, k)
    train : Interactions
    kinds : ndarray of float, shape (n_items, n_kinds)
        How much of each kind an item is; rows add up to 1.
    listeners : ndarray of int, shape (n,), optional
    smoothing : float
    """
    lists, kinds = np.asarray(lists), np.asarray(kinds, float)
    rows = np.arange(train.n_listeners) if listeners is None else np.asarray(listeners)
    met = train.binary[rows]
    p = met @ kinds / np.maximum(np.diff(met.indptr), 1)[:, None]
    there = lists >= 0
    q = (kinds[lists] * there[..., None]).sum(axis=1) / np.maximum(there.sum(axis=1), 1)[:, None]
    mixed = (1 - smoothing) * q + smoothing * p
    terms = np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / np.where(p > 0, mixed, 1)), 0)
    known = (np.diff(met.indptr) > 0) & there.any(axis=1)
    return np.where(known, terms.sum(axis=1), np.nan)


def groups(train: Interactions) -> np.ndarray:
    """Sort listeners into niche, diverse and mainstream; positions in :data:`GROUPS`, shape (n_listeners,).

    Abdollahpouri et al. (2019): the most popular fifth of the items is popular, and listeners are ranked by the share of
    popular items in what they have met. The lowest fifth is niche, the highest mainstream. Ties go by the listener's code;
    listeners without a history are diverse, for nothing is known of them.
    """
    popular = np.zeros(train.n_items)
    popular[np.argsort(-train.popularity, kind="stable")[: round(POPULAR * train.n_items)]] = 1
    met = np.diff(train.binary.indptr)
    share = train.binary @ popular / np.maximum(met, 1)
    known = np.flatnonzero(met)
    order = known[np.argsort(share[known], kind="stable")]
    group = np.ones(train.n_listeners, int)
    group[order[: round(NICHE * len(order))]] = 0
    group[order[len(order) - round(MAINSTREAM * len(order)) :]] = 2
    return group


def average_popularity(lists: np.ndarray, train: Interactions) -> np.ndarray:
    """Mean share of listeners who met the items of each list; shape (n,)."""
    lists = np.asarray(lists)
    return _mean_of((train.popularity / train.n_listeners)[lists], lists >= 0)


def popularity_lift(
    lists: np.ndarray,
    train: Interactions,
    group: np.ndarray,
    listeners: np.ndarray | None = None,
) -> np.ndarray:
    """How much more popular a group's lists are than its histories, (GAP_q - GAP_p) / GAP_p; shape (n_groups,).

    Abdollahpouri et al. (2019): GAP is the mean, over the listeners of a group, of the mean popularity of their items. 0 is
    no lift, 1 means twice as popular.

    Parameters
    ----------
    lists : ndarray of int, shape (n, k)
    train : Interactions
    group : ndarray of int, shape (n,)
        Group of each row, from 0.
    listeners : ndarray of int, shape (n,), optional
    """
    rows = np.arange(train.n_listeners) if listeners is None else np.asarray(listeners)
    met = train.binary[rows]
    history = met @ (train.popularity / train.n_listeners) / np.maximum(np.diff(met.indptr), 1)
    shown = average_popularity(lists, train)
    known = (np.diff(met.indptr) > 0) & np.isfinite(shown)
    before, after = (
        np.bincount(np.asarray(group)[known], values[known], np.max(group) + 1) for values in (history, shown)
    )
    return (after - before) / np.where(before > 0, before, np.nan)


def _mean_of(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    count = there.sum(axis=1)
    return np.where(there, values, 0).sum(axis=1) / np.where(count > 0, count, np.nan)
