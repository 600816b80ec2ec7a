"""Ranked against all items, or against a hundred: what a sampled metric makes of the same ranking.

The task
    To save time, many papers rank each held-out item among a small sample of items that the listener has not met. Krichene and
    Rendle (2020) show that this changes the metric, not only its noise: place 1 of 101 can be place 1 or 30 of three
    thousand. Here both are computed for the same scores.

Conventions
    Each held-out item is judged alone, as in the paper: the listener's other held-out items and all that she has met are
    removed, m items remain, and the place is 1 + the number of those with a higher score (an equal score with a lower item
    code counts as higher). The sample is drawn without replacement, so the number of better items in it follows the
    hypergeometric distribution.

Functions
    ``place``          the place of each held-out item among all
    ``sample_places``  the place among a sample
    ``score_places``   recall, nDCG, average precision or AUC from places
    ``curve``          the mean of a metric for samples of many sizes

Sources
    Krichene and Rendle (2020, sections 3 and 4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import Recommender


class Places(NamedTuple):
    """Where held-out items stand: one row for each pair of the test part, in the order of its matrix."""

    listener: np.ndarray
    item: np.ndarray
    place: np.ndarray
    """From 1, among the item itself and ``others``."""
    others: np.ndarray
    """How many items it was ranked against."""


def place(recommender: Recommender, test: Interactions) -> Places:
    """Rank each held-out item among all items that its listener has neither met nor will meet.

    Parameters
    ----------
    recommender : Recommender
        Fitted on the training part.
    test : Interactions
        What counts as relevant.
    """
    train = recommender.train
    listeners = np.unique(test.listener)
    found = []
    for part, scores in recommender.blocks(listeners):
        for who, row in zip(part, scores, strict=True):
            wanted = test.items_of(who)
            free = np.ones(len(row), bool)
            free[train.items_of(who)] = free[wanted] = False
            rivals, codes = row[free], np.flatnonzero(free)
            ahead = (rivals > row[wanted][:, None]) | ((rivals == row[wanted][:, None]) & (codes < wanted[:, None]))
            found.append((np.full(len(wanted), who), wanted, 1 + ahead.sum(axis=1), np.full(len(wanted), free.sum())))
    return Places(*(np.concatenate(column) for column in zip(*found, strict=True)))


def sample_places(places: Places, size: int = 100, seed: int = 0) -> Places:
    """Rank each held-out item against a random sample instead.

    Raises
    ------
    ValueError
        If the sample is larger than what there is to sample from.
    """
    if not 1 <= size <= places.others.min():
        raise ValueError(f"a sample of {size}; there are from {places.others.min()} items on, so 1 to that many")
    better = places.place - 1
    drawn = np.random.default_rng(seed).hypergeometric(better, places.others - better, size)
    return places._replace(place=1 + drawn, others=np.full_like(places.others, size))


def score_places(places: Places, k: int = 10, metric: str = "recall") -> np.ndarray:
    """Turn places into a metric of one relevant item each; float, shape (n_pairs,).

    Parameters
    ----------
    places : Places
    k : int
        Length of the list; not used by the AUC.
    metric : str
        ``"recall"`` (1 if the place is at most k), ``"nDCG"`` (1 / log2(place + 1)), ``"AP"`` (1 / place) or ``"AUC"`` (share
        of the others that stand behind).

    Raises
    ------
    ValueError
        If there is no such metric.
    """
    at = places.place
    if metric == "AUC":
        return 1 - (at - 1) / places.others
    value = {"recall": np.ones(len(at)), "nDCG": 1 / np.log2(at + 1), "AP": 1 / at}
    if metric not in value:
        raise ValueError(f"no metric {metric!r}; there are {', '.join([*value, 'AUC'])}")
    return np.where(at <= k, value[metric], 0)


def curve(places: Places, sizes, k: int = 10, metric: str = "recall", seed: int = 0) -> np.ndarray:
    """Give the mean of a metric for samples of each size; float, shape (len(sizes),)."""
    return np.array([score_places(sample_places(places, size, seed), k, metric).mean() for size in sizes])
