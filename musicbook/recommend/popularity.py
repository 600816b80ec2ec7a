"""What most people play, and what a die gives: the two baselines that every recommender must beat.

The task
    The popularity list is the same for everybody, and hard to beat where a few items draw most plays. The random list shows
    what a measure gives for nothing.

Conventions
    As in :mod:`musicbook.recommend.recommender`.

Classes
    ``Popularity``, ``Random``

Sources
    Cremonesi et al. (2010) and Ferrari Dacrema et al. (2019) show how often such baselines win.
"""

from __future__ import annotations

import numpy as np

from musicbook.recommend.recommender import Recommender


class Popularity(Recommender):
    """Score an item by the number of its listeners."""

    name = "popularity"

    def _learn(self, train):
        self._score = train.popularity.astype(np.float32)

    def score_histories(self, histories, listeners=None):
        """Give everybody the same scores."""
        return np.tile(self._score, (histories.shape[0], 1))


class Random(Recommender):
    """Score each item by chance.

    Parameters
    ----------
    seed : int
        The same seed and history give the same scores.
    """

    name = "random"

    def __init__(self, seed: int = 0):
        self.seed = seed

    def _learn(self, train):
        pass

    def score_histories(self, histories, listeners=None):
        """Draw the scores anew for each history, seeded by what is in it."""
        parts = np.split(histories.indices, histories.indptr[1:-1])
        draw = (np.random.default_rng([self.seed, *part]) for part in parts)
        return np.stack([each.random(histories.shape[1], np.float32) for each in draw])
