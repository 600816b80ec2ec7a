"""How good are the lists? Precision, recall, nDCG and their relatives, for every listener at once, ranked against all items.

The task
    A recommender gave each listener an ordered list; some of her items had been held out. A metric turns the places at which
    the held-out items stand into one number for each listener. The mean over listeners is what tables print; the single
    values are what intervals (:mod:`musicbook.recommend.intervals`) are made from.

Conventions
    ``lists`` is an array of item codes of shape (n, k'), best first, -1 for "none", with k' at least k: what
    ``recommender.top(listeners, k)`` gives. Row r belongs to ``listeners[r]``; without ``listeners``, to listener r. Relevant
    is every pair of ``test``; for ratings keep those from four stars on first (:func:`relevant`). A listener without a
    relevant item cannot be judged: her value is not-a-number, which :func:`mean` leaves out and :func:`evaluate` counts.

    Two denominators of recall are in use, the number of relevant items (default) and the smaller of that and k
    (``capped=True``); the same holds for average precision. nDCG adds 1 / log2(place + 1) for each relevant item and divides
    by the best possible sum, that of min(k, relevant) items in front; ``graded=True`` adds weight / log2(place + 1) and the
    best sum has the heaviest items in front.

Functions
    ``precision``, ``recall``, ``f1``, ``hit_rate``, ``reciprocal_rank``, ``average_precision``, ``ndcg``   (n,) each
    ``hits``, ``relevant``, ``mean``    their parts
    ``evaluate``                        a table of everything, with what lies beyond accuracy

Sources
    Herlocker et al. (2004, section 4); Järvelin and Kekäläinen (2002); Cremonesi et al. (2010); Krichene and Rendle (2020) on
    why all items are ranked.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from musicbook.recommend import beyond
from musicbook.recommend.beyond import coverage
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import Recommender

__all__ = [
    "average_precision",
    "coverage",
    "evaluate",
    "f1",
    "hit_rate",
    "hits",
    "mean",
    "ndcg",
    "precision",
    "recall",
    "reciprocal_rank",
    "relevant",
]


def relevant(test: Interactions, least: float) -> Interactions:
    """Keep the pairs that weigh at least so much: 4 for stars from 1 to 5.

    Raises
    ------
    ValueError
        If none does.
    """
    if not (test.weight >= least).any():
        raise ValueError(f"no pair weighs {least} or more; the greatest weight is {test.weight.max():g}")
    return test.keep(test.weight >= least)


def hits(lists: np.ndarray, test: Interactions, k: int, listeners: np.ndarray | None = None) -> np.ndarray:
    """Tell which places of each list hold a relevant item; bool, shape (n, k)."""
    return _gains(lists, test, k, listeners) > 0


def precision(lists, test: Interactions, k: int = 10, listeners=None) -> np.ndarray:
    """Share of the k places that hold a relevant item; float, shape (n,). Empty places count as wrong."""
    return _judged(hits(lists, test, k, listeners).sum(axis=1) / k, test, listeners)


def recall(lists, test: Interactions, k: int = 10, listeners=None, capped: bool = False) -> np.ndarray:
    """Share of the relevant items that stand in the k places; float, shape (n,).

    ``capped`` divides by min(k, relevant), so that a perfect list has 1 even where more than k items are relevant.
    """
    found = hits(lists, test, k, listeners).sum(axis=1)
    return found / _denominator(test, k, listeners, capped)


def f1(lists, test: Interactions, k: int = 10, listeners=None) -> np.ndarray:
    """Harmonic mean of precision and recall of each listener, 0 where both are 0; float, shape (n,)."""
    p, r = precision(lists, test, k, listeners), recall(lists, test, k, listeners)
    return 2 * p * r / np.where(p + r == 0, 1, p + r)


def hit_rate(lists, test: Interactions, k: int = 10, listeners=None) -> np.ndarray:
    """1 if any of the k places holds a relevant item, else 0; float, shape (n,)."""
    return _judged(hits(lists, test, k, listeners).any(axis=1).astype(float), test, listeners)


def reciprocal_rank(lists, test: Interactions, k: int = 10, listeners=None) -> np.ndarray:
    """1 / place of the first relevant item, 0 if it is not among the k; float, shape (n,). Its mean is the MRR."""
    found = hits(lists, test, k, listeners)
    return _judged(found.any(axis=1) / (found.argmax(axis=1) + 1), test, listeners)


def average_precision(lists, test: Interactions, k: int = 10, listeners=None, capped: bool = False) -> np.ndarray:
    """Sum of the precision at each relevant item's place over the number of relevant items; float, shape (n,).

    Its mean is the MAP. ``capped`` divides by min(k, relevant).
    """
    found = hits(lists, test, k, listeners)
    so_far = found.cumsum(axis=1) / np.arange(1, k + 1)
    return (found * so_far).sum(axis=1) / _denominator(test, k, listeners, capped)


def ndcg(lists, test: Interactions, k: int = 10, listeners=None, graded: bool = False) -> np.ndarray:
    """Discounted gain over that of the best list; float, shape (n,).

    Järvelin and Kekäläinen (2002) with the discount 1 / log2(place + 1), which counts the first place in full. ``graded``
    takes the weight for the gain, not 1.
    """
    gains = _gains(lists, test, k, listeners)
    discount = 1 / np.log2(np.arange(2, k + 2))
    if graded:
        return gains @ discount / _best_gain(test, discount)[_rows(test, listeners)]
    best = np.concatenate([[np.nan], discount.cumsum()])
    return (gains > 0) @ discount / best[np.minimum(_relevant_of(test, listeners), k)]


METRICS: dict[str, Callable[..., np.ndarray]] = {
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "hit rate": hit_rate,
    "MRR": reciprocal_rank,
    "MAP": average_precision,
    "nDCG": ndcg,
}
"""Metrics by the names that tables use."""


def mean(values: np.ndarray) -> float:
    """Average the listeners who can be judged."""
    return float(np.nanmean(values))


def evaluate(
    recommender: Recommender,
    train: Interactions,
    test: Interactions,
    k: int = 10,
    least: float = 0.0,
    features: np.ndarray | None = None,
) -> tuple[pd.Series, pd.DataFrame]:
    """Measure a fitted recommender on what was held out, ranking all items that the listener has not met.

    Parameters
    ----------
    recommender : Recommender
        Fitted on ``train``.
    train, test : Interactions
        Parts of one split.
    k : int
        Length of the lists.
    least : float
        Weight from which a held-out item is relevant.
    features : ndarray of float, shape (n_items, d), optional
        What the diversity of a list is measured by.

    Returns
    -------
    table : Series
        Means of :data:`METRICS`, then coverage, Gini index, novelty (bits) and, with ``features``, diversity; the number of
        listeners judged and of those left out because nothing of theirs is relevant.
    values : DataFrame
        One row for each listener judged, one column for each metric; the index holds their codes.

    Raises
    ------
    ValueError
        If nothing is relevant, or the two parts do not share their listeners and items.
    """
    if train.shape != test.shape:
        raise ValueError(
            f"train has {train.shape} listeners and items, test {test.shape}; take both parts of one split"
        )
    wanted = relevant(test, least)
    listeners = np.unique(wanted.listener)
    lists = recommender.top(listeners, k)
    values = {name: metric(lists, wanted, k, listeners) for name, metric in METRICS.items()}
    values["novelty"] = beyond.novelty(lists, train)
    if features is not None:
        values["diversity"] = beyond.diversity(lists, features)
    values = pd.DataFrame(values, index=pd.Index(listeners, name="listener"))
    whole = {
        "coverage": coverage(lists, train.n_items),
        "Gini": beyond.gini(lists, train.n_items),
        "judged": len(listeners),
        "left out": train.n_listeners - len(listeners),
    }
    return pd.concat([values.mean(), pd.Series(whole)]).rename(recommender.name), values


def _rows(test, listeners) -> np.ndarray:
    return np.arange(test.n_listeners) if listeners is None else np.atleast_1d(np.asarray(listeners))


def _relevant_of(test, listeners) -> np.ndarray:
    return np.diff(test.matrix.indptr)[_rows(test, listeners)]


def _denominator(test, k, listeners, capped) -> np.ndarray:
    count = _relevant_of(test, listeners).astype(float)
    count[count == 0] = np.nan
    return np.minimum(count, k) if capped else count


def _judged(values, test, listeners) -> np.ndarray:
    return np.where(_relevant_of(test, listeners) > 0, values, np.nan)


def _gains(lists, test, k, listeners) -> np.ndarray:
    """Give the weight of each place's item among the relevant ones, 0 if it is not; float, shape (n, k)."""
    lists, rows = np.asarray(lists), _rows(test, listeners)
    if lists.ndim != 2 or len(lists) != len(rows):
        raise ValueError(f"lists of shape {lists.shape} for {len(rows)} listeners; one row for each")
    if not 1 <= k <= lists.shape[1]:
        raise ValueError(f"the lists hold {lists.shape[1]} items, so k lies between 1 and that, not {k}")
    lists = lists[:, :k]
    if lists.max() >= test.n_items or lists.min() < -1:
        raise ValueError(f"an item code outside 0 to {test.n_items - 1}; -1 stands for no item")
    in_order = np.sort(lists, axis=1)
    if ((in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] >= 0)).any():
        raise ValueError("an item stands twice in one list, which would count it twice")
    # Pairs as single numbers, sorted, so that all places of all lists are looked up at once.
    known = np.repeat(np.arange(test.n_listeners), np.diff(test.matrix.indptr)) * test.n_items + test.matrix.indices
    asked = rows[:, None] * test.n_items + lists
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where((known[at] == asked) & (lists >= 0), test.matrix.data[at].astype(float), 0.0)


def _best_gain(test, discount) -> np.ndarray:
    """Give the discounted sum of each listener's heaviest items; nan for one who has none; shape (n_listeners,)."""
    size = np.diff(test.matrix.indptr)
    row = np.repeat(np.arange(test.n_listeners), size)
    heaviest = test.matrix.data[np.lexsort((-test.matrix.data, row))].astype(float)
    place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    inside = place < len(discount)
    best = np.bincount(row[inside], heaviest[inside] * discount[place[inside]], test.n_listeners)
    return np.where(size > 0, best, np.nan)
