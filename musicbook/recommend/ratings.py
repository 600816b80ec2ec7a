"""Stars: predict a rating from the ratings of similar listeners, as Surprise does, a table at a time.

The task
    Before there were logs of plays there were stars, and a recommender was judged by how well it guessed them. The classic
    guess is the mean of what the k nearest listeners *who rated the item* gave, weighted by their similarity; Surprise calls
    it ``KNNBasic`` and computes it pair by pair. Here whole blocks of pairs go through NumPy at once: the same numbers for a
    small part of the work. With ``centred`` the neighbours vote with their distance from their own mean, as in GroupLens.

Conventions
    Ratings are above 0. The similarity of two listeners is taken over the items that *both* rated: the cosine, or Pearson's
    correlation. One that is not above 0 has no say. Where fewer than ``min_k`` neighbours rated the item the guess is the
    mean of all ratings (or, centred, the listener's own mean). Guesses are clipped to the scale; :meth:`RatingKNN.scores`,
    which only order a list, are not. Between neighbours who are equally similar the one whose rating of the item stands first
    in the data is nearer, as in Surprise when it is fed in that order; :meth:`RatingKNN.tied` tells where that mattered.
    All similarities are held: n_listeners x n_listeners numbers of 8 bytes, so this is for some thousand listeners.

Classes
    ``RatingKNN``    the recommender
    ``Votes``        its weighted means, for similarities of any origin

Functions
    ``rmse``, ``mae``, ``listener_means``

Sources
    Resnick et al. (1994) for the weighted mean of deviations; Herlocker et al. (1999) for the neighbourhood of size k; Hug
    (2020) for Surprise, whose semantics these are.
"""

from __future__ import annotations

import itertools

import numpy as np

from musicbook.recommend.corated import SIMILARITIES, corated_similarity
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import Recommender

STARS = (1.0, 5.0)
CHOSEN = 64
"""Pairs looked at once more because of a tie, at once."""


class RatingKNN(Recommender):
    """Guess a rating from the k most similar listeners who rated the item.

    Parameters
    ----------
    k : int
        Neighbours that have a say.
    min_k : int
        Fewest neighbours for a guess.
    similarity : str
        ``"cosine"`` or ``"pearson"``, over the items that both rated.
    centred : bool
        Vote with the distance from one's own mean rating.
    scale : (float, float)
        Least and greatest rating.

    Raises
    ------
    ValueError
        For k or min_k below 1, an unknown similarity, or a scale that does not grow.
    """

    name = "rating-kNN"

    def __init__(
        self,
        k: int = 40,
        min_k: int = 1,
        similarity: str = "cosine",
        centred: bool = False,
        scale: tuple[float, float] = STARS,
    ):
        if k < 1 or min_k < 1:
            raise ValueError(f"k and min_k are at least 1, got {k} and {min_k}")
        if similarity not in SIMILARITIES:
            raise ValueError(f"similarity {similarity!r}; it is {' or '.join(map(repr, SIMILARITIES))}")
        if not scale[0] < scale[1]:
            raise ValueError(f"the scale {scale} must grow")
        self.k, self.min_k, self.similarity = k, min_k, similarity
        self.centred, self.scale = centred, scale

    def _learn(self, train):
        if train.kind != "ratings":
            raise ValueError(f"{self.name} learns from ratings, and {train.name or 'this source'} holds {train.kind}")
        self.similarities = corated_similarity(train.matrix, similarity=self.similarity)
        if self.similarity == "pearson":  # the only one that falls below 0, and there it has no say
            np.maximum(self.similarities, 0, out=self.similarities)
        self.means = listener_means(train)
        stars = train.weight.astype(np.float64)
        self._mean = stars.mean()
        self._votes = Votes(train, stars - self.means[train.listener] if self.centred else stars, self.k, self.min_k)

    def predict(self, listeners: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Guess ratings.

        Parameters
        ----------
        listeners, items : array_like of int, shape (n,)
            Codes, pair by pair.

        Returns
        -------
        ndarray of float64, shape (n,)
            On the scale. A listener or an item without ratings gets the mean of all ratings.
        """
        train = self._fitted()
        listeners, items = np.asarray(listeners), np.asarray(items)
        guess, _ = self._votes.of_pairs(self.similarities, listeners, items)
        guess = self._finish(guess, self.means[listeners])
        rated = np.bincount(train.listener, minlength=train.n_listeners)
        unknown = (rated[listeners] == 0) | (train.popularity[items] == 0)
        return np.where(unknown, self._mean, guess).clip(*self.scale)

    def tied(self, listeners: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Tell for which pairs the last neighbour let in is exactly as similar as one left out; bool, shape (n,)."""
        self._fitted()
        return self._votes.of_pairs(self.similarities, np.asarray(listeners), np.asarray(items))[1]

    def score_histories(self, histories, listeners=None):
        """Guess a rating of every item, not clipped: a list needs no more than their order."""
        if listeners is not None:
            near, means = self.similarities[listeners], self.means[listeners]
        else:
            near = np.maximum(corated_similarity(histories, self.train.matrix, self.similarity), 0)
            size = np.maximum(np.diff(histories.indptr), 1)
            means = np.asarray(histories.sum(axis=1)).ravel() / size
        return self._finish(self._votes.of_all(near), means[:, None])

    def _finish(self, said, means):
        """Turn what the neighbours say into stars, also where none did."""
        said[np.isnan(said)] = 0 if self.centred else self._mean
        if self.centred:
            said += means
        return said


class Votes:
    """The weighted mean of the k nearest raters of an item, for many pairs at once.

    Parameters
    ----------
    train : Interactions
    values : ndarray of float64, shape (len(train),)
        What each rating counts in the mean.
    k, min_k : int
        Most and fewest raters.
    """

    def __init__(self, train: Interactions, values: np.ndarray, k: int, min_k: int = 1):
        order = np.argsort(_small(train.item), kind="stable")
        self._raters = train.listener[order].astype(np.intp)
        self._values = np.stack([values[order], np.ones(len(order))], axis=1)
        self._start = np.concatenate([[0], np.cumsum(train.popularity)])
        self._k, self._min_k = k, min_k

    def of_pairs(self, near: np.ndarray, rows: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give ``(mean, tied)`` for pairs of a row of ``near`` and an item; the mean is NaN where too few have a say.

        Items with at most k raters need no choice and are added up all together; the others go one by one, each with all
        its rows.
        """
        sums, tied = np.empty((len(rows), 2)), np.zeros(len(rows), bool)
        size = np.diff(self._start)[items]
        few = np.flatnonzero(size <= self._k)
        sums[few] = self._all_raters(near, rows[few], items[few], size[few])
        many = np.flatnonzero(size > self._k)
        many = many[np.argsort(_small(items[many]), kind="stable")]
        every_item, items = items, items[many]
        flat, offset = near.ravel(), (rows * near.shape[1])[many, None]
        crowded = []
        cuts = np.flatnonzero(np.diff(items, prepend=-1, append=-1)).tolist()
        for begin, end in itertools.pairwise(cuts):
            raters = self._of_item(items[begin])
            # "wrap" does not look whether a place exists, and all do.
            likeness = flat.take(offset[begin:end] + self._raters[raters], mode="wrap")
            more = self._drop_others(likeness)
            sums[many[begin:end]] = self._add(likeness, raters)
            if more is not None:
                crowded.append(many[begin:end][more])
        if crowded:
            again = np.concatenate(crowded)
            sums[again], tied[again] = self._choose(near, rows[again], every_item[again])
        return _ratio(sums), tied

    def of_all(self, near: np.ndarray) -> np.ndarray:
        """Give the mean for every item and every row of ``near``, float32, shape (len(near), n_items)."""
        mean = np.full((len(near), len(self._start) - 1), np.nan, np.float32)
        for item in np.flatnonzero(np.diff(self._start)):
            raters = self._of_item(item)
            likeness = near.take(self._raters[raters], axis=1)
            more = self._drop_others(likeness) if likeness.shape[1] > self._k else None
            sums = self._add(likeness, raters)
            if more is not None:
                sums[more] = self._choose(near, more, np.full(len(more), item))[0]
            mean[:, item] = _ratio(sums)
        return mean

    def _of_item(self, item):
        return slice(self._start[item], self._start[item + 1])

    def _all_raters(self, near, rows, items, size):
        """Do what ``_add`` does for items that need no choice, many at once."""
        pair = np.repeat(np.arange(len(rows)), size)
        at = np.arange(len(pair)) + np.repeat(self._start[items] - np.cumsum(size) + size, size)
        likeness = near[rows[pair], self._raters[at]]
        votes, weight, say = (
            np.bincount(pair, column, len(rows)) for column in (likeness * self._values[at, 0], likeness, likeness > 0)
        )
        return np.stack([votes, weight * (say >= self._min_k)], axis=1)

    def _drop_others(self, likeness):
        """Set all that is below the k-th greatest of its row to 0, in place; give the rows left with more than k, or None."""
        # Sorting short rows is as fast as partitioning them: the processor does several numbers at once.
        inside = likeness >= np.sort(likeness, axis=1)[:, -self._k, None]
        likeness *= inside
        if np.count_nonzero(inside) <= self._k * len(likeness):
            return None
        return np.flatnonzero(np.count_nonzero(inside, axis=1) > self._k)

    def _choose(self, near, rows, items):
        """Add up the k nearest in double precision, the first in the data among equals; tell where that took a choice."""
        sums, tied = np.zeros((len(rows), 2)), np.zeros(len(rows), bool)
        size = np.diff(self._start)[items]
        # Items with about as many raters go together, so that little of a block is empty.
        for some in np.array_split(np.argsort(size), -(-len(rows) // CHOSEN)):
            at = np.arange(size[some].max())
            there = at < size[some, None]
            at = np.where(there, self._start[items[some], None] + at, 0)
            likeness = np.where(there, near[rows[some, None], self._raters[at]], -1.0)
            least = np.partition(likeness, -self._k, axis=1)[:, -self._k, None]
            above, equal = likeness > least, likeness == least
            left = self._k - np.count_nonzero(above, axis=1)
            tied[some] = (np.count_nonzero(equal, axis=1) > left) & (least[:, 0] > 0)
            likeness *= above | (equal & (np.cumsum(equal, axis=1) <= left[:, None]))
            enough = np.count_nonzero(likeness, axis=1) >= self._min_k
            sums[some, 0] = (likeness * self._values[at, 0]).sum(axis=1)
            sums[some, 1] = likeness.sum(axis=1) * enough
        return sums, tied

    def _add(self, likeness, raters):
        """Add up a row for each pair: weighted values and weights, no weight where too few have a say."""
        sums = likeness @ self._values[raters]
        if self._min_k > 1:
            sums[np.count_nonzero(likeness, axis=1) < self._min_k, 1] = 0
        return sums


def _ratio(sums: np.ndarray) -> np.ndarray:
    """Divide the first column by the second, NaN where that is 0."""
    return np.divide(sums[:, 0], sums[:, 1], where=sums[:, 1] > 0, out=np.full(len(sums), np.nan))


def _small(codes: np.ndarray) -> np.ndarray:
    """Give codes in the smallest type that holds them: 16 bits are sorted by radix, several times as fast."""
    return codes.astype(np.min_scalar_type(codes.max(initial=0)))


def listener_means(train: Interactions) -> np.ndarray:
    """Give each listener's mean rating, float64, shape (n_listeners,); the mean of all for one without ratings."""
    total = np.bincount(train.listener, train.weight, minlength=train.n_listeners)
    size = np.bincount(train.listener, minlength=train.n_listeners)
    return np.where(size > 0, total / np.maximum(size, 1), train.weight.mean(dtype=np.float64))


def rmse(predicted: np.ndarray, rated: np.ndarray) -> float:
    """Give the root of the mean squared error, in stars."""
    return float(np.sqrt(np.mean(np.square(_errors(predicted, rated)))))


def mae(predicted: np.ndarray, rated: np.ndarray) -> float:
    """Give the mean absolute error, in stars."""
    return float(np.mean(np.abs(_errors(predicted, rated))))


def _errors(predicted, rated) -> np.ndarray:
    predicted, rated = np.asarray(predicted, float), np.asarray(rated, float)
    if predicted.shape != rated.shape or not len(predicted):
        raise ValueError(f"as many guesses as ratings, and at least one; got {predicted.shape} and {rated.shape}")
    return predicted - rated
