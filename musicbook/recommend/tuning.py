"""Choosing a recommender's settings without looking at the test part.

The task
    Hold out a part of the training data once more, fit each setting on the rest, keep the one with the best nDCG@10, and fit
    it on all of the training data. The test part is never seen. A table in which one model was tuned and another left at
    its defaults compares the care taken, not the models; so each family has its grid here, and a similar number of tries.

Conventions
    A grid is a list of constructor arguments. The relevant items of the validation part are those of the test part's rule.

Functions
    ``tune``, ``GRIDS``, ``build``

Sources
    Ferrari Dacrema et al. (2019) on baselines that were left untuned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np

from musicbook.recommend import ease, factors, neighbours, popularity
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.ranking import ndcg
from musicbook.recommend.recommender import Recommender

VALIDATION_SHARE = 0.2


def _grid(**values) -> list[dict]:
    return [dict(zip(values, each, strict=True)) for each in product(*values.values())]


GRIDS: dict[str, tuple[Callable[..., Recommender], list[dict]]] = {
    "random": (popularity.Random, [{}]),
    "popularity": (popularity.Popularity, [{}]),
    "user-kNN": (neighbours.UserKNN, _grid(k=(50, 100, 200), shrinkage=(0, 10), vote=("log", "plays", "binary"))),
    "item-kNN": (neighbours.ItemKNN, _grid(k=(20, 50, 100, 200), shrinkage=(0, 10), vote=("log", "binary"))),
    "PureSVD": (factors.PureSVD, _grid(rank=(10, 20, 35, 50, 75, 100), weighting=("binary", "log", "plays"))),
    "ALS": (
        factors.ALS,
        _grid(rank=(32, 64, 128), regularization=(3, 10, 30, 100), alpha=(1, 4, 16), weighting=("binary", "log")),
    ),
    "EASE": (ease.EASE, _grid(penalty=(30, 100, 200, 400, 800), weighting=("binary", "log"))),
}
"""What is tried for each family: how to build it, and its settings."""


def build(model: str, settings: dict) -> Recommender:
    """Build a recommender of a family by its name in :data:`GRIDS`."""
    return GRIDS[model][0](**settings)


def tune(
    model: str,
    train: Interactions,
    seed: int = 0,
    relevant: float = 0.0,
    watch: Callable[[Iterable], Iterable] = iter,
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
    watch : callable
        Wraps the list of settings, such as a progress bar.

    Returns
    -------
    dict
        Constructor arguments.
    """
    grid = GRIDS[model][1]
    if len(grid) == 1:
        return grid[0]
    inner, held = train.split_random(VALIDATION_SHARE, seed)
    held = held.keep(held.weight >= relevant)
    listeners = np.unique(held.listener)
    scores = []
    for settings in watch(grid):
        lists = build(model, settings).fit(inner).top(listeners, 10)
        scores.append(np.mean(ndcg(lists, held, 10, listeners=listeners)))
    return grid[int(np.argmax(scores))]
