"""An audience for something new: who would want a tune that nobody has played, and what a plan to show it is worth.

The task
    Recommending asks which tune suits a listener; distributing asks which listeners suit a tune. The scores are the same table,
    read by columns. A release has no plays, so its audience is found by content: the likeness of its features to what each
    listener plays. A *plan* spends a budget, one showing a listener; what it brings is measured by reach, precision and
    diversity. *Segments* are groups of listeners with like interests; where a segment holds more listeners than tunes lie near
    it, there may be a gap in the catalogue.

Conventions
    Listeners are codes of the log. Interests have a row for each listener and a column for each feature, in the space of
    :func:`musicbook.recommend.content.item_features`. Scores order listeners and mean nothing more. ``chance`` is the true
    probability that a listener likes the release, which in this book only the simulator knows: it judges plans and makes none.

Functions
    ``interests``, ``wanting``    what listeners play, and how near a release comes to it
    ``spend``, ``judge``          a plan under a budget, and what it brings; ``Outcome``
    ``exposure_curve``            the same for many releases and budgets
    ``segments``, ``gaps``        groups of listeners, and their demand beside the supply

Sources
    Lops et al. (2011) for interests from content; Schein et al. (2002) for items without plays; Carbonell and Goldstein (1998)
    for choosing what is near and not all alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from musicbook.recommend import beyond, content
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.weighting import weigh


class Outcome(NamedTuple):
    """What a plan brings."""

    reach: float
    """Expected share of all who would like the release that are shown it."""
    precision: float
    """Expected share of those who are shown it that like it."""
    diversity: float
    """Mean distance, 1 - cosine, between the interests of those who are shown it."""


def interests(train: Interactions, F: np.ndarray) -> np.ndarray:
    """Describe every listener by the mean of what she plays, each tune counting 1 + ln(plays).

    Parameters
    ----------
    train : Interactions
    F : ndarray of float, shape (n_items, d)
        Features of its items.

    Returns
    -------
    ndarray of float64, shape (n_listeners, d)
        Zeros for a listener without a history; row u is :func:`musicbook.recommend.content.build_interest_model` of u.

    Raises
    ------
    ValueError
        If there is not one row of features for each item.
    """
    if len(F) != train.n_items:
        raise ValueError(f"{len(F)} rows of features for {train.n_items} items; give one for each")
    weights = weigh(train.matrix, "log").astype(float)
    total = np.asarray(weights.sum(axis=1)).reshape(-1, 1)
    return (weights @ np.asarray(F, float)) / np.where(total > 0, total, 1)


def wanting(people: np.ndarray, releases: np.ndarray) -> np.ndarray:
    """Give the cosine of each listener's interest with each release; float, shape (n_listeners, n_releases).

    Parameters
    ----------
    people : ndarray of float, shape (n_listeners, d)
        As :func:`interests` gives them.
    releases : ndarray of float, shape (n_releases, d)
        As :func:`musicbook.recommend.content.new_features` gives them.
    """
    return np.stack([content.cosine(each, np.asarray(people)) for each in np.atleast_2d(releases)], axis=1)


def spend(score: np.ndarray, budget: int, people: np.ndarray | None = None, spread: float = 0.0) -> np.ndarray:
    """Choose whom to show a release to.

    Parameters
    ----------
    score : ndarray of float, shape (n_listeners,)
        The greater, the sooner.
    budget : int
        Showings, one a listener.
    people : ndarray of float, shape (n_listeners, d), optional
        Interests; needed for a spread above 0.
    spread : float
        From 0 (the best scores) to 1: how much a listener counts for being unlike those chosen already (MMR).

    Returns
    -------
    ndarray of int, shape (budget,)
        Codes, in the order in which they are chosen: a smaller budget is the beginning of a greater one.

    Raises
    ------
    ValueError
        If the budget is not between 1 and the number of listeners, or the interests are missing.
    """
    score = np.asarray(score, float)
    if not 1 <= budget <= len(score):
        raise ValueError(f"a budget of {budget} showings for {len(score)} listeners; 1 to {len(score)}")
    if spread == 0:
        return np.argsort(-score, kind="stable")[:budget]
    if people is None or len(people) != len(score):
        raise ValueError("a plan that spreads needs the interests of all listeners")
    return content.rerank(np.arange(len(score)), score, np.asarray(people), budget, spread)


def judge(chosen: np.ndarray, chance: np.ndarray, people: np.ndarray) -> Outcome:
    """Say what a plan brings.

    Parameters
    ----------
    chosen : ndarray of int
        Codes of those who are shown the release.
    chance : ndarray of float, shape (n_listeners,)
        True probabilities of liking it.
    people : ndarray of float, shape (n_listeners, d)
        Interests.

    Returns
    -------
    Outcome
    """
    liked = np.asarray(chance, float)[chosen]
    apart = beyond.diversity(np.asarray(chosen)[None], people)[0]
    return Outcome(float(liked.sum() / np.sum(chance, dtype=float)), float(liked.mean()), float(apart))


def exposure_curve(
    scores: np.ndarray, chance: np.ndarray, people: np.ndarray, budgets, spread: float = 0.0
) -> np.ndarray:
    """Judge the plans of several releases under several budgets.

    Parameters
    ----------
    scores, chance : ndarray of float, shape (n_listeners, n_releases)
    people : ndarray of float, shape (n_listeners, d)
    budgets : sequence of int
    spread : float
        As of :func:`spend`.

    Returns
    -------
    ndarray of float, shape (n_releases, n_budgets, 3)
        Reach, precision and diversity.
    """
    plans = [spend(score, max(budgets), people, spread) for score in np.asarray(scores).T]
    return np.array(
        [
            [judge(plan[:budget], liked, people) for budget in budgets]
            for plan, liked in zip(plans, np.asarray(chance).T, strict=True)
        ]
    )


def segments(people: np.ndarray, n: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Group listeners by the direction in which they differ from the average listener.

    Parameters
    ----------
    people : ndarray of float, shape (n_listeners, d)
        Interests.
    n : int
        Number of segments, from 2.
    seed : int

    Returns
    -------
    label : ndarray of int, shape (n_listeners,)
        Segment of each, the largest being 0.
    centres : ndarray of float, shape (n, d)
        Of length 1.

    Raises
    ------
    ValueError
        If there are fewer than two segments, or fewer listeners than segments.
    """
    people = np.asarray(people, float)
    if not 2 <= n <= len(people):
        raise ValueError(f"{n} segments of {len(people)} listeners; 2 to {len(people)}")
    found = KMeans(n, n_init=4, random_state=seed).fit(_unit(people - people.mean(axis=0)))
    order = np.argsort(-np.bincount(found.labels_, minlength=n), kind="stable")
    return np.argsort(order)[found.labels_], _unit(found.cluster_centers_[order])


def gaps(label: np.ndarray, centres: np.ndarray, F: np.ndarray, names) -> pd.DataFrame:
    """Set the demand of each segment beside its supply.

    Parameters
    ----------
    label, centres
        As :func:`segments` gives them.
    F : ndarray of float, shape (n_items, d)
        Standardised features of the catalogue. A tune belongs to the segment whose centre it is most like.
    names : sequence of str
        Of the d features.

    Returns
    -------
    DataFrame
        A row for each segment: ``wants`` (its two strongest features), ``demand`` (share of the listeners), ``supply`` (share
        of the tunes) and ``ratio``, demand / supply: above 1 there are more listeners than tunes.
    """
    nearest = np.argmax(_unit(F) @ centres.T, axis=1)
    n = len(centres)
    demand = np.bincount(label, minlength=n) / len(label)
    supply = np.bincount(nearest, minlength=n) / len(nearest)
    wants = [
        ", ".join(f"{'more' if row[k] > 0 else 'less'} {names[k]}" for k in np.argsort(-np.abs(row))[:2])
        for row in centres
    ]
    ratio = np.divide(demand, supply, where=supply > 0, out=np.full(n, np.inf))
    return pd.DataFrame({"wants": wants, "demand": demand, "supply": supply, "ratio": ratio})


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows, float) / np.where(length > 0, length, 1)
