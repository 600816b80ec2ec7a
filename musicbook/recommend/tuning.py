"""Choosing a recommender's settings without looking at the test part.

The task
    Hold out a part of the training data once more, fit each setting on the rest, keep the one with the best nDCG@10, and fit
    it on all of the training data. The test part is never seen. A table in which one model was tuned and another left at
    its defaults compares the care taken, not the models; so each family has its grid here, and a similar number of tries.

Conventions
    One setting after the other is moved to its best value while the rest stay, twice round: some dozen trials instead of the
    hundreds of a full grid. The relevant items of the validation part are those of the test part's rule.

Functions
    ``tune``, ``GRIDS``, ``build``

Sources
    Ferrari Dacrema et al. (2019) on baselines that were left untuned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from musicbook.recommend import ease, factors, neighbours, popularity
from musicbook.recommend.interactions import VALIDATION_SHARE, Interactions
from musicbook.recommend.ranking import ndcg
from musicbook.recommend.recommender import Recommender

ROUNDS = 2

GRIDS: dict[str, tuple[Callable[..., Recommender], dict[str, tuple]]] = {
    "random": (popularity.Random, {}),
    "popularity": (popularity.Popularity, {}),
    "user-kNN": (
        neighbours.UserKNN,
        {
            "k": (100, 50, 200),
            "vote": ("log", "binary", "plays"),
            "weighting": ("log-idf", "log", "binary"),
            "shrinkage": (0, 5, 20),
        },
    ),
    "item-kNN": (
        neighbours.ItemKNN,
        {
            "k": (100, 20, 50, 200),
            "vote": ("log", "binary", "log-idf"),
            "weighting": ("log-idf", "log", "binary"),
            "shrinkage": (0, 5, 20),
        },
    ),
    "PureSVD": (
        factors.PureSVD,
        {"weighting": ("log", "binary", "plays", "log-idf"), "rank": (50, 7, 14, 28, 100, 200)},
    ),
    "ALS": (
        factors.ALS,
        {
            "alpha": (4, 1, 16, 40),
            "regularization": (10, 3, 30, 100),
            "weighting": ("binary", "log"),
            "rank": (64, 32, 128),
        },
    ),
    "EASE": (
        ease.EASE,
        {"penalty": (200, 30, 60, 100, 400, 800), "weighting": ("binary", "log", "log-idf")},
    ),
}
"""What is tried for each family: how to build it, and for each setting the values, the usual one first."""


def build(model: str, settings: dict) -> Recommender:
    """Build a recommender of a family by its name in :data:`GRIDS`."""
    return GRIDS[model][0](**settings)


def tune(
    model: str,
    train: Interactions,
    seed: int = 0,
    relevant: float = 0.0,
    step: Callable[[], object] = lambda: None,
) -> dict:
    """Find the best settings of a family on a validation part of the training data.

    Parameters
    ----------
    model : str
        A name in :data:`GRIDS`.
    train : Interactions
    seed : int
        Of the split.
    relevant : float
        Least weight of a relevant item: 4 for stars, 0 for plays.
    step : callable
        Called after each trial, such as a progress bar's ``update``.

    Returns
    -------
    dict
        Constructor arguments.
    """
    settings = {name: values[0] for name, values in GRIDS[model][1].items()}
    if not settings:
        return settings
    inner, held = train.split_random(VALIDATION_SHARE, seed)
    held = held.keep(held.weight >= relevant)
    listeners = np.unique(held.listener)
    known: dict[tuple, float] = {}

    def quality(tried: dict) -> float:
        key = tuple(tried.values())
        if key not in known:
            lists = build(model, tried).fit(inner).top(listeners, 10)
            known[key] = float(np.mean(ndcg(lists, held, 10, listeners=listeners)))
            step()
        return known[key]

    for _ in range(ROUNDS):
        for name, values in GRIDS[model][1].items():
            settings = max(({**settings, name: value} for value in values), key=quality)
    return settings
