"""Surprise, the well-known library for ratings, behind the book's own interface.

The task
    Fit any algorithm of scikit-surprise on :class:`~musicbook.recommend.interactions.Interactions` and let it rank, so that
    the two things one can ask of it stand side by side: how far its guesses are from the stars that were given, and how good
    a list they make. The two do not agree, which is the lesson of the book's chapter on ratings.

Conventions
    Surprise guesses one pair at a time. Where a guess is a formula over arrays that the algorithm has learned (SVD, SVD++,
    the user-based neighbourhoods) it is written out here for all items at once; the test compares it with Surprise's own. Any
    other algorithm is asked pair by pair, which takes some 50 microseconds a pair. Scores are not clipped to the scale, or
    the best items would all stand at five stars.

Classes
    ``SurpriseRecommender``

Functions
    ``side_by_side``   RMSE, MAE and the quality of the list, for several recommenders on one split
    ``trainset``       the training data as Surprise takes it

Sources
    Hug (2020) for the library; Koren et al. (2009) for its factors; Cremonesi et al. (2010) for the lesson.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from surprise import AlgoBase, Dataset, KNNBaseline, KNNBasic, KNNWithMeans, Reader, SVDpp, Trainset
from surprise.prediction_algorithms.matrix_factorization import SVD

from musicbook.recommend import ranking
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.ratings import STARS, Votes, mae, rmse
from musicbook.recommend.recommender import Recommender

FOUR_STARS = 4.0
BLOCK = 128
"""Listeners whose guesses are written out at once."""


@functools.lru_cache(maxsize=1)
def trainset(train: Interactions, scale: tuple[float, float] = STARS) -> Trainset:
    """Give the ratings as Surprise takes them: codes for raw ids, in the order of the rows.

    The last one is kept, because it is large and several algorithms usually learn from the same; none of them changes it.

    Raises
    ------
    ValueError
        If these are not ratings.
    """
    if train.kind != "ratings":
        raise ValueError(f"Surprise learns from ratings, and {train.name or 'this source'} holds {train.kind}")
    table = pd.DataFrame({"listener": train.listener, "item": train.item, "stars": train.weight.astype(float)})
    return Dataset.load_from_df(table, Reader(rating_scale=scale)).build_full_trainset()


class SurpriseRecommender(Recommender):
    """An algorithm of Surprise as a recommender of this book.

    Parameters
    ----------
    algorithm : surprise.AlgoBase
        Such as ``SVD(random_state=0)``; one that draws needs its ``random_state``, or no two runs agree.
    scale : (float, float)
        Least and greatest rating.
    """

    def __init__(self, algorithm: AlgoBase, scale: tuple[float, float] = STARS):
        self.algorithm, self.scale = algorithm, scale
        self.name = f"Surprise {type(algorithm).__name__}"

    def _learn(self, train):
        data = trainset(train, self.scale)
        self.algorithm.fit(data)
        self._mean = data.global_mean
        self._users = np.fromiter(map(data.to_raw_uid, data.all_users()), int, data.n_users)
        self._items = np.fromiter(map(data.to_raw_iid, data.all_items()), int, data.n_items)
        self._guess = _formula(self.algorithm, self)

    def predict(self, listeners: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Guess ratings by Surprise's own ``predict``, pair by pair; float64, shape (n,), on the scale."""
        self._fitted()
        pairs = zip(np.asarray(listeners).tolist(), np.asarray(items).tolist(), strict=True)
        return np.array([self.algorithm.predict(u, i).est for u, i in pairs])

    def score_histories(self, histories, listeners=None):
        """Guess a rating of every item; somebody unknown gets what Surprise says of an unknown user."""
        if listeners is None:
            stranger = self._one_by_one(["nobody"])
            return np.tile(stranger, (histories.shape[0], 1))
        if self._guess is None:
            return self._one_by_one(np.asarray(listeners).tolist())
        # The formulas are in double precision: a few listeners at a time.
        parts = (listeners[start : start + BLOCK] for start in range(0, len(listeners), BLOCK))
        return np.concatenate([self._guess(part).astype(np.float32) for part in parts])

    def _one_by_one(self, listeners):
        items = range(self.train.n_items)
        return np.array([[self.algorithm.predict(u, i, clip=False).est for i in items] for u in listeners])

    def spread(self, values: np.ndarray, codes: np.ndarray, n: int) -> np.ndarray:
        """Put what Surprise learned, in the order of its inner ids, at our codes; 0 for what it has not met."""
        out = np.zeros((n, *values.shape[1:]))
        out[codes] = values
        return out


def _formula(algorithm: AlgoBase, of: SurpriseRecommender):
    """Give a function from listener codes to the guesses of all items, or None where there is none."""
    if isinstance(algorithm, SVD | SVDpp) and getattr(algorithm, "biased", True):
        return _factors(algorithm, of)
    user_based = getattr(algorithm, "sim_options", {}).get("user_based", False)
    if type(algorithm) in (KNNBasic, KNNWithMeans, KNNBaseline) and user_based:
        return _neighbours(algorithm, of)
    return None


def _factors(algorithm, of):
    """Write out mu + b_u + b_i + q_i . p_u.

    SVD++ adds to p_u the sum of what the rated items say, over the root of their number.
    """
    train = of.train
    bias_u, P = (of.spread(each, of._users, train.n_listeners) for each in (algorithm.bu, algorithm.pu))
    bias_i, Q = (of.spread(each, of._items, train.n_items) for each in (algorithm.bi, algorithm.qi))
    if isinstance(algorithm, SVDpp):
        size = np.maximum(np.diff(train.binary.indptr), 1)
        P = P + train.binary @ of.spread(algorithm.yj, of._items, train.n_items) / np.sqrt(size)[:, None]
    return lambda listeners: of._mean + bias_u[listeners, None] + bias_i + P[listeners] @ Q.T


def _neighbours(algorithm, of):
    """Write out a base for each pair, and the mean of the neighbours' distance from theirs."""
    train = of.train
    S = np.zeros((train.n_listeners, train.n_listeners))
    S[np.ix_(of._users, of._users)] = np.maximum(algorithm.sim, 0)
    u, i = np.zeros(train.n_listeners), np.zeros(train.n_items)
    if isinstance(algorithm, KNNBaseline):
        u = of._mean + of.spread(algorithm.bu, of._users, train.n_listeners)
        i = of.spread(algorithm.bi, of._items, train.n_items)
    elif isinstance(algorithm, KNNWithMeans):
        u = of.spread(algorithm.means, of._users, train.n_listeners)
    stars = train.weight.astype(np.float64)
    votes = Votes(train, stars - u[train.listener] - i[train.item], algorithm.k, algorithm.min_k)
    silence = of._mean if isinstance(algorithm, KNNBasic) else 0.0

    def guess(listeners):
        said = votes.of_all(S[listeners])
        said[np.isnan(said)] = silence
        said += u[listeners, None] + i
        if isinstance(algorithm, KNNWithMeans):
            said[:, train.popularity == 0] = of._mean  # the other two take an unknown item for an average one
        return said

    return guess


def side_by_side(
    recommenders: Sequence[Recommender],
    train: Interactions,
    test: Interactions,
    least: float = FOUR_STARS,
    k: int = 10,
    listeners: np.ndarray | None = None,
) -> pd.DataFrame:
    """Fit on ratings, and measure both the guesses and the lists.

    Parameters
    ----------
    recommenders : sequence of Recommender
        One that has no ``predict`` guesses no stars; its RMSE is not a number.
    train, test : Interactions
        Parts of one split.
    least : float
        Stars from which a held-out item is relevant.
    k : int
        Length of the lists.
    listeners : array_like of int, optional
        Whose lists are judged; by default of all who have a relevant held-out item.

    Returns
    -------
    pandas.DataFrame
        A row for each, by name: RMSE, MAE, nDCG@k over all items, and the share of all items in some list (coverage).
    """
    wanted = ranking.relevant(test, least)
    listeners = np.unique(wanted.listener) if listeners is None else np.asarray(listeners)
    rows = {}
    for each in recommenders:
        each.fit(train)
        guess = each.predict(test.listener, test.item) if hasattr(each, "predict") else None
        lists = each.top(listeners, k)
        rows[each.name] = {
            "RMSE": np.nan if guess is None else rmse(guess, test.weight),
            "MAE": np.nan if guess is None else mae(guess, test.weight),
            f"nDCG@{k}": ranking.mean(ranking.ndcg(lists, wanted, k, listeners=listeners)),
            "coverage": ranking.coverage(lists, test.n_items),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
