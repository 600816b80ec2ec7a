"""Fair to whom? Listeners with another taste, and those whose tunes are shown or not.

The task
    A mean hides who pays for it. On the side of the listeners: is the quality of the lists the same for people of little known
    taste, and are they given what is more popular than what they play? On the side of the *providers*, here the collections
    that tunes come from: does each get as much of the listeners' attention as its tunes earn? Balancing the training data
    answers neither question. A measure for each does, and a re-ranking of the lists lets one choose the price.

Conventions
    ``lists`` are as in :mod:`musicbook.recommend.ranking`: item codes of shape (n, k), -1 for none. *Attention* falls with the
    place as in DCG, 1 / log2(1 + place), and is given as shares of a provider, which add up to 1. Groups of listeners and the
    popularity lift are in :mod:`musicbook.recommend.beyond`.

Functions
    ``quality``, ``gap``     of groups of listeners, with intervals
    ``attention``, ``owed``, ``disparity``   of providers
    ``rerank``               move attention to those who are owed some

Sources
    Abdollahpouri et al. (2019) and Kowald et al. (2020) for what niche listeners get; Ekstrand et al. (2022) for the two sides
    and amortised exposure; Mehrotra et al. (2018) for the trade-off with relevance; Ferraro et al. (2021) for re-ranking as a way
    out of the loop.
"""

from __future__ import annotations

import numpy as np

from musicbook.recommend.interactions import Interactions
from musicbook.recommend.intervals import DRAWS, Difference, Interval, bootstrap
from musicbook.recommend.recommender import Recommender, rank

CANDIDATES = 100
"""Tunes of each listener that a re-ranking chooses from."""


def quality(values: np.ndarray, group: np.ndarray, seed: int = 0) -> list[Interval]:
    """Give the mean of each group with its interval.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        One for each listener, such as nDCG; not-a-number is left out.
    group : ndarray of int, shape (n,)
        From 0.
    seed : int
    """
    values, group = np.asarray(values, float), np.asarray(group)
    return [bootstrap(values[(group == g) & np.isfinite(values)], seed=seed) for g in range(group.max() + 1)]


def gap(values: np.ndarray, group: np.ndarray, one: int, other: int, seed: int = 0) -> Difference:
    """Give how much better group ``one`` is served than group ``other``, with the bootstrap's interval of 95 %.

    The groups have different listeners, so both are drawn by themselves.
    """
    values, group = np.asarray(values, float), np.asarray(group)
    rng = np.random.default_rng(seed)
    parts = [values[(group == g) & np.isfinite(values)] for g in (one, other)]
    for g, part in zip((one, other), parts, strict=True):
        if not len(part):
            raise ValueError(f"group {g} has no listener with a value")
    first, second = (part[rng.integers(len(part), size=(DRAWS, len(part)))].mean(axis=1) for part in parts)
    moved = first - second
    low, high = np.percentile(moved, [2.5, 97.5])
    below = ((moved <= 0).sum() + 1) / (DRAWS + 1)
    above = ((moved >= 0).sum() + 1) / (DRAWS + 1)
    return Difference(
        float(parts[0].mean() - parts[1].mean()), float(low), float(high), float(min(1, 2 * min(below, above)))
    )


def attention(lists: np.ndarray, provider: np.ndarray) -> np.ndarray:
    """Share of all attention that each provider gets; float, shape (n_providers,), adds up to 1.

    Parameters
    ----------
    lists : ndarray of int, shape (n, k)
    provider : ndarray of int, shape (n_items,)
        Whose each item is, from 0.

    Raises
    ------
    ValueError
        If nothing is shown.
    """
    lists, provider = np.asarray(lists), np.asarray(provider)
    there = lists >= 0
    if not there.any():
        raise ValueError("no list holds an item")
    given = np.bincount(
        provider[lists[there]], np.broadcast_to(_look(lists.shape[1]), lists.shape)[there], provider.max() + 1
    )
    return given / given.sum()


def owed(train: Interactions, provider: np.ndarray, by: str = "plays") -> np.ndarray:
    """Share that each provider has earned: of the pairs of listener and tune (``"plays"``), or of the ``"tunes"``."""
    provider = np.asarray(provider)
    weights = {"plays": train.popularity, "tunes": np.ones(train.n_items)}
    if by not in weights:
        raise ValueError(f"what is owed goes by plays or by tunes, not by {by!r}")
    earned = np.bincount(provider, weights[by], provider.max() + 1)
    return earned / earned.sum()


def disparity(given: np.ndarray, target: np.ndarray) -> float:
    """Share of the attention that would have to change hands: half the sum of the absolute differences, 0 to 1."""
    return float(np.abs(np.asarray(given) - np.asarray(target)).sum() / 2)


def rerank(
    recommender: Recommender,
    listeners: np.ndarray,
    provider: np.ndarray,
    target: np.ndarray,
    weight: float,
    k: int = 10,
    candidates: int = CANDIDATES,
) -> np.ndarray:
    """Give lists that mind who has had less attention than is owed.

    Listeners are served one after the other, and place by place the candidate with the greatest (1 - weight) relevance +
    weight * need is taken. Relevance is her score, brought to 0 to 1 among her candidates; need is the share of a provider's due
    that it still lacks after all lists so far, 0 if it has had its due.

    Parameters
    ----------
    recommender : Recommender
        Fitted.
    listeners : ndarray of int, shape (n,)
    provider : ndarray of int, shape (n_items,)
    target : ndarray of float, shape (n_providers,)
        Shares of attention that are owed; they add up to 1.
    weight : float
        0 for the recommender's own lists, up to 1.
    k, candidates : int

    Returns
    -------
    ndarray of int, shape (n, k)

    Raises
    ------
    ValueError
        For a weight outside 0 to 1, fewer candidates than places, or a target that does not fit the providers.
    """
    provider, target = np.asarray(provider), np.asarray(target, float)
    if not 0 <= weight <= 1 or not 1 <= k <= candidates:
        raise ValueError(f"weight is 0 to 1 and k 1 to candidates, got {weight}, {k} and {candidates}")
    if target.shape != (provider.max() + 1,) or not np.isclose(target.sum(), 1):
        raise ValueError(f"target is {provider.max() + 1} shares that add up to 1, not {target}")
    look, given = _look(k), np.zeros(len(target))
    lists = np.full((len(listeners), k), -1)
    row = 0
    for part, scores in recommender.blocks(np.asarray(listeners)):
        best = rank(scores, recommender.train.matrix[part], candidates)
        for mine, score in zip(best, scores, strict=True):
            mine = mine[mine >= 0]
            lists[row, : min(k, len(mine))] = _choose(mine, score[mine], provider[mine], target, given, weight, look)
            row += 1
    return lists


def _choose(items, scores, provider, target, given, weight, look) -> np.ndarray:
    """Fill one list, and add what it gives to ``given``."""
    spread = scores.max() - scores.min() if len(items) else 0
    relevance = (scores - scores.min()) / spread if spread > 0 else np.zeros(len(items))
    left = np.ones(len(items), bool)
    chosen = []
    for worth in look[: len(items)]:
        due = target * (given.sum() + worth)
        need = np.clip((due - given) / np.where(due > 0, due, 1), 0, 1)
        merit = (1 - weight) * relevance + weight * need[provider]
        at = np.where(left, merit, -np.inf).argmax()
        left[at] = False
        given[provider[at]] += worth
        chosen.append(items[at])
    return np.array(chosen, int)


def _look(k: int) -> np.ndarray:
    return 1 / np.log2(np.arange(2, k + 2))
