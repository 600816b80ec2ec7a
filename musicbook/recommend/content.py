"""Content-based recommendation: more of what you play, judged by the notes alone.

The task
    The article's three steps. Describe each tune by a row of numbers f(x); describe a listener by a row i(u) *in the same space*,
    the mean of what she plays; rank all tunes by the cosine between the two. Nobody else's plays are needed, so it works for
    a tune that nobody has heard, and it can say why. It also never leaves the neighbourhood of what it knows.

Conventions
    F has a row for each item and a column for each feature, standardised over the catalogue (mean 0, standard deviation 1), so
    that no unit outweighs another. Items are codes, positions in F.

Functions
    ``item_features``           F of a catalogue, with the names of its columns
    ``new_features``            the same numbers for tunes that are not in it
    ``build_interest_model``    i(u) from a history, with weights, ages and dislikes
    ``cosine``, ``recommend``   score and rank all items
    ``place``                   where a new tune would stand
    ``rerank``                  trade likeness for variety (MMR)
    ``explain``                 which features speak for an item
    ``ContentBased``, ``PredictedFactors``   recommenders for the tables of the book

Sources
    Lops et al. (2011) for the family; Carbonell and Goldstein (1998) for MMR; van den Oord et al. (2013) for predicting the
    factors of items without plays from content.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicbook.music.corpus import Catalogue
from musicbook.music.features import FEATURES, describe
from musicbook.music.melody import Melody
from musicbook.recommend.factors import ALS
from musicbook.recommend.recommender import Recommender
from musicbook.recommend.weighting import weigh

METRES = ("2/4", "3/4", "4/4", "6/8")
GROUPS = {
    "height": ("low", "high", "mean_pitch"),
    "speed": ("density", "mean_duration"),
    "rhythm": ("duration_entropy", "offbeat_share", "rest_share"),
    "steps and leaps": ("step_share", "leap_share", "repeat_share", "mean_interval", "up_share"),
    "colour": ("pitch_class_entropy", "chromatic_share"),
    "metre": METRES,
}
"""Features by what a listener would call them."""


def item_features(catalogue: Catalogue) -> tuple[np.ndarray, list[str]]:
    """Describe every tune of a catalogue by the numbers that the catalogue carries, and by its metre.

    Returns
    -------
    F : ndarray of float32, shape (n_items, 19)
        Standardised columns, cut off at three standard deviations: a single odd tune shall not stretch the scale.
    names : list of str
        Names of the columns: those of :data:`musicbook.music.features.FEATURES`, then :data:`METRES`.
    """
    return standardise(_columns(catalogue)), [*FEATURES, *METRES]


def _columns(catalogue: Catalogue) -> np.ndarray:
    table = catalogue.table
    metres = np.stack([table["meter"] == metre for metre in METRES], axis=1)
    return np.hstack([table[list(FEATURES)].to_numpy(float), metres])


def new_features(melodies: Sequence[Melody], catalogue: Catalogue) -> np.ndarray:
    """Describe tunes that are not in a catalogue in the space of those that are; as :func:`item_features`.

    Raises
    ------
    MusicError
        If a melody has no notes.
    """
    rows = [[*describe(each).values(), *(each.meter == metre for metre in METRES)] for each in melodies]
    known = _columns(catalogue)
    spread = known.std(axis=0)
    return np.clip((np.array(rows) - known.mean(axis=0)) / np.where(spread > 0, spread, 1), -3, 3).astype(np.float32)


def standardise(columns: np.ndarray) -> np.ndarray:
    """Bring columns to mean 0 and standard deviation 1, cut off at 3; a column of equal numbers to 0."""
    columns = np.asarray(columns, float)
    spread = columns.std(axis=0)
    return np.clip((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1), -3, 3).astype(np.float32)


def build_interest_model(
    history: Sequence[int],
    F: np.ndarray,
    weights: Sequence[float] | None = None,
    ages: Sequence[float] | None = None,
    half_life: float = 30.0,
    dislikes: Sequence[int] = (),
) -> np.ndarray:
    """Describe a listener in the space of the features: the mean of what she plays, less what she dislikes.

    Parameters
    ----------
    history : sequence of int
        Items that she played.
    F : ndarray, shape (n_items, d)
    weights : sequence of float, optional
        How much each counts, such as 1 + ln(plays); equal if not given.
    ages : sequence of float, optional
        Days since each was played; what is ``half_life`` days old counts half.
    half_life : float
        In days, above 0.
    dislikes : sequence of int
        Items that she rejected; the mean of their features is taken off.

    Returns
    -------
    ndarray of float, shape (d,)
        Zeros for a listener of whom nothing is known.

    Raises
    ------
    ValueError
        If a row does not fit the history, a weight is negative, or the half-life is not above 0.
    IndexError
        If an item is outside F.
    """
    history, dislikes = np.asarray(history, int), np.asarray(dislikes, int)
    weights = np.ones(len(history)) if weights is None else np.asarray(weights, float)
    if ages is not None:
        if half_life <= 0:
            raise ValueError(f"a half-life of {half_life} days; it is above 0")
        if len(ages) != len(history):
            raise ValueError(f"{len(ages)} ages for a history of {len(history)}")
        weights = weights * 0.5 ** (np.asarray(ages, float) / half_life)
    if len(weights) != len(history) or (weights < 0).any():
        raise ValueError(f"one weight, not below 0, for each of {len(history)} items; got {len(weights)}")
    interest = np.zeros(F.shape[1])
    if weights.sum() > 0:
        interest += weights @ F[history] / weights.sum()
    if len(dislikes):
        interest -= F[dislikes].mean(axis=0)
    return interest


def cosine(interest: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Give the cosine between an interest and each item; float, shape (n_items,), 0 where either is zero."""
    if interest.shape[-1] != F.shape[1]:
        raise ValueError(f"an interest of {interest.shape[-1]} numbers for items of {F.shape[1]}: they share one space")
    length = np.linalg.norm(F, axis=1) * np.linalg.norm(interest)
    return np.divide(F @ interest, length, where=length > 0, out=np.zeros(len(F)))


def recommend(interest: np.ndarray, F: np.ndarray, k: int = 10, seen: Sequence[int] = ()) -> np.ndarray:
    """Rank the whole catalogue for an interest, what was seen left out.

    Returns
    -------
    ndarray of int, shape (at most k,)
        Items, best first, the lower code first at a tie.
    """
    scores = cosine(interest, F)
    scores[np.asarray(seen, int)] = -np.inf
    best = np.argsort(-scores, kind="stable")[:k]
    return best[np.isfinite(scores[best])]


def place(melody: Melody, catalogue: Catalogue, interest: np.ndarray) -> int:
    """Say where a tune that is not in the catalogue, such as a generated one, would stand on a listener's list.

    Parameters
    ----------
    melody : Melody
    catalogue : Catalogue
        The tunes that it competes with.
    interest : ndarray of float, shape (19,)
        In the space of :func:`item_features`.

    Returns
    -------
    int
        Its place, from 1; tunes of the same score share one.

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    F, _ = item_features(catalogue)
    return 1 + int((cosine(interest, F) > cosine(interest, new_features([melody], catalogue))).sum())


def rerank(candidates: Sequence[int], scores: np.ndarray, F: np.ndarray, k: int, discovery: float) -> np.ndarray:
    """Choose k of some candidates one by one: near to the interest, and unlike what is chosen already.

    Maximal marginal relevance: each time the item with the greatest (1 - d) score - d (greatest cosine with a chosen one).

    Parameters
    ----------
    candidates : sequence of int
        Items, in any order.
    scores : ndarray, shape (n_items,)
        Such as :func:`cosine` gives.
    F : ndarray, shape (n_items, d)
    k : int
    discovery : float
        d from 0 (likeness alone) to 1 (variety alone).

    Returns
    -------
    ndarray of int, shape (min(k, candidates),)
    """
    if not 0 <= discovery <= 1:
        raise ValueError(f"discovery of {discovery}; it lies between 0 and 1")
    candidates = np.asarray(candidates, int)
    length = np.linalg.norm(F[candidates], axis=1, keepdims=True)
    unit = np.divide(F[candidates], length, where=length > 0, out=np.zeros_like(F[candidates]))
    nearest = np.full(len(candidates), 0.0)
    left = np.ones(len(candidates), bool)
    chosen = []
    for _ in range(min(k, len(candidates))):
        gain = np.where(left, (1 - discovery) * scores[candidates] - discovery * nearest, -np.inf)
        best = int(gain.argmax())
        left[best] = False
        nearest = np.maximum(nearest, unit @ unit[best]) if chosen else unit @ unit[best]
        chosen.append(candidates[best])
    return np.array(chosen, int)


def explain(interest: np.ndarray, F: np.ndarray, item: int, names: Sequence[str]) -> list[tuple[str, float]]:
    """Give each feature's part of an item's score, the greatest first; the parts sum to the cosine."""
    length = np.linalg.norm(F[item]) * np.linalg.norm(interest)
    parts = F[item] * interest / (length if length > 0 else 1)
    return sorted(zip(names, parts.tolist(), strict=True), key=lambda part: -part[1])


class ContentBased(Recommender):
    """Rank by the cosine between what a listener plays and every item, whether somebody has played it or not.

    Parameters
    ----------
    F : ndarray, shape (n_items, d)
        Rows in the order of the training data's items.
    weighting : str
        What a play counts, see :mod:`musicbook.recommend.weighting`.
    """

    name = "content"

    def __init__(self, F: np.ndarray, weighting: str = "log"):
        self.F, self.weighting = np.asarray(F, np.float32), weighting

    def _learn(self, train):
        _check_rows(self.F, train)
        length = np.linalg.norm(self.F, axis=1, keepdims=True)
        self._unit = np.divide(self.F, length, where=length > 0, out=np.zeros_like(self.F))

    def score_histories(self, histories, listeners=None):
        """Give the cosines; rows of zeros for empty histories."""
        interest = weigh(histories, self.weighting) @ self.F
        length = np.linalg.norm(interest, axis=1, keepdims=True)
        return (interest / np.where(length > 0, length, 1)) @ self._unit.T


class PredictedFactors(Recommender):
    """ALS, with the factors of items that few have played predicted from their content.

    A ridge regression maps F to the item factors that ALS found, each item weighted by its listeners. An item's factors are then
    a mean of ALS's and the predicted ones, and the fewer listeners it has, the more the prediction counts: for an item without
    plays it is all there is.

    Parameters
    ----------
    F : ndarray, shape (n_items, d)
    penalty : float
        Of the ridge regression, above 0.
    trust : float
        Listeners at which both count equally, above 0.
    **settings
        Of :class:`~musicbook.recommend.factors.ALS`.
    """

    name = "ALS + content"

    def __init__(self, F: np.ndarray, penalty: float = 10.0, trust: float = 5.0, **settings):
        if penalty <= 0 or trust <= 0:
            raise ValueError(f"penalty and trust are above 0, got {penalty} and {trust}")
        self.F, self.penalty, self.trust = np.asarray(F, np.float64), penalty, trust
        self.als = ALS(**settings)

    def _learn(self, train):
        _check_rows(self.F, train)
        self.als.fit(train)
        count = train.popularity.astype(float)[:, None]
        X = np.hstack([self.F, np.ones((len(self.F), 1))])
        gram = X.T @ (count * X) + self.penalty * np.eye(X.shape[1])
        predicted = X @ np.linalg.solve(gram, X.T @ (count * self.als.item_factors))
        mixed = (count * self.als.item_factors + self.trust * predicted) / (count + self.trust)
        self.als.item_factors = mixed.astype(np.float32)

    def score_histories(self, histories, listeners=None):
        """Give P Q' with the mixed item factors."""
        return self.als.score_histories(histories, listeners)


def _check_rows(F: np.ndarray, train) -> None:
    if len(F) != train.n_items:
        raise ValueError(f"{len(F)} rows of features for {train.n_items} items")
