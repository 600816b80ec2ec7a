"""Style: which kind of dance is it, or from where does the song come? A guess from the notes, honestly judged.

The task
    Give a tune a probability for each label that people have put on tunes like it. The labels here are those of the printed
    collections (reel, jig, hornpipe; Germany, China), not pop, rock and classical, because those are what the catalogue has.
    Guessing is easy; to know how good the guess is takes care: variants of a tune on both sides of a split, or a collection that
    was printed in one way, and the classifier looks cleverer than it is.

Conventions
    Features are :func:`musicbook.music.features.table`, standardised inside the training part. The classifier is a linear
    discriminant analysis: each label is a cloud of points, all clouds of one shape, and a tune belongs to the cloud in which
    it is likeliest. Labels weigh alike, however many tunes they have. Judged by *balanced accuracy*, the mean over the labels
    of the share of tunes that were recognised: chance gives one over the number of labels. Families of tunes stay together.

Functions
    :func:`labelled`, :func:`classifier`, :func:`guess_held_out`, :func:`learning_curve`, :func:`transfer`; :class:`Labelled`,
    :class:`Guesses`, :class:`StyleClassifier`

Sources
    Labels and their faults: Aucouturier and Pachet 2003, Sturm 2013. "Is it solving the problem, or a horse?": Sturm 2014.
    Resampling: Chawla et al. 2002. The classifier and the division in folds are scikit-learn's.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from musicbook.music import corpus, features
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody

if TYPE_CHECKING:  # scikit-learn takes a second and 100 MB: it is imported where a style is learned or judged
    from sklearn.pipeline import Pipeline

DANCES = ("reel", "jig", "slip jig", "hornpipe", "strathspey")
"""Dances that differ by how one moves to them; a march may have any metre, so it is a use and not a dance."""
FOLDS = 5
one_thread = threadpool_limits.wrap(limits=1)
"""On matrices as small as these, threads wait for each other longer than they compute."""


@dataclass(frozen=True)
class Labelled:
    """Tunes with their features and labels.

    Attributes
    ----------
    X : DataFrame of float, shape (n_tunes, d)
        Named features, one row a tune, indexed by id.
    y : ndarray of str, shape (n_tunes,)
    family : ndarray of str, shape (n_tunes,)
        Variants of a tune are one family.
    """

    X: pd.DataFrame
    y: np.ndarray
    family: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows) -> Labelled:
        """Give some of the tunes, by a mask or by positions."""
        return Labelled(self.X.iloc[rows] if not _is_mask(rows) else self.X[rows], self.y[rows], self.family[rows])


def labelled(
    catalogue: Catalogue, column: str = "kind", labels: Sequence[str] = DANCES, metre: bool = True
) -> Labelled:
    """Collect the tunes of a catalogue that bear one of some labels.

    Parameters
    ----------
    catalogue : Catalogue
    column : str
        Where the label stands: ``"kind"`` or ``"region"``.
    labels : sequence of str
    metre : bool
        Whether the features may read bar lines and the time signature.

    Raises
    ------
    KeyError
        If there is no such column.
    ValueError
        If a label has fewer tunes than there are folds.
    """
    chosen = catalogue.where(**{column: list(labels)})
    counts = chosen.table[column].value_counts()
    for label in labels:
        if counts.get(label, 0) < FOLDS:
            raise ValueError(f"{counts.get(label, 0)} tunes with {column} {label!r}; at least {FOLDS} are needed")
    # Double precision, or another processor would round to another guess now and then.
    found = features.table(chosen)[features.names(metre)].astype(np.float64)
    return Labelled(found, chosen.table[column].to_numpy(str), chosen.table["family"].to_numpy(str))


def classifier(n_labels: int) -> Pipeline:
    """Give the untrained classifier: standardise, then a linear discriminant analysis with labels that weigh alike.

    There are more features than strathspeys, so the covariance is shrunk towards a diagonal one, by as much as Ledoit and
    Wolf's estimate says.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    even = [1 / n_labels] * n_labels
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=even))


@dataclass(frozen=True)
class Guesses:
    """What a classifier says of tunes that it has not seen.

    Attributes
    ----------
    ids : ndarray of str, shape (n,)
    truth, guess : ndarray of str, shape (n,)
    labels : ndarray of str, shape (n_labels,)
        Sorted.
    probability : ndarray of float, shape (n, n_labels)
    """

    ids: np.ndarray
    truth: np.ndarray
    labels: np.ndarray
    probability: np.ndarray

    @property
    def guess(self) -> np.ndarray:
        """The likeliest label of each tune."""
        return self.labels[self.probability.argmax(axis=1)]

    @property
    def accuracy(self) -> float:
        """Share of right guesses, which the commonest label dominates."""
        return float((self.guess == self.truth).mean())

    @property
    def balanced(self) -> float:
        """Mean over the labels of the share that was recognised."""
        from sklearn.metrics import balanced_accuracy_score

        return float(balanced_accuracy_score(self.truth, self.guess))

    def confusion(self) -> pd.DataFrame:
        """Count tunes by true label (rows) and guess (columns)."""
        from sklearn.metrics import confusion_matrix

        counts = confusion_matrix(self.truth, self.guess, labels=self.labels)
        return pd.DataFrame(counts, pd.Index(self.labels, name="true"), pd.Index(self.labels, name="guess"))

    def interval(self, family: np.ndarray, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
        """Give the middle 95 % of the balanced accuracy over families drawn with replacement."""
        right, rng = self.guess == self.truth, np.random.default_rng(seed)
        codes = np.unique(family, return_inverse=True)[1]
        times = rng.multinomial(codes.max() + 1, np.full(codes.max() + 1, 1 / (codes.max() + 1)), draws)[:, codes]
        shares = [
            (times[:, self.truth == label] @ right[self.truth == label])
            / np.maximum(times[:, self.truth == label].sum(axis=1), 1)
            for label in self.labels
        ]
        low, high = np.quantile(np.mean(shares, axis=0), [0.025, 0.975])
        return float(low), float(high)


@one_thread
def guess_held_out(tunes: Labelled, model: Pipeline | None = None, grouped: bool = True, seed: int = 0) -> Guesses:
    """Guess each tune by a classifier that saw four fifths of the others.

    Parameters
    ----------
    tunes : Labelled
    model : Pipeline, optional
        :func:`classifier` if not given. All that it learns, scaling included, it learns in the four fifths.
    grouped : bool
        Whether a tune's variants stay out of its training part. They must; False shows what happens if not.
    seed : int
        Of the division.

    Returns
    -------
    Guesses
        In the order of ``tunes``.
    """
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    groups = tunes.family if grouped else np.arange(len(tunes))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    probability = cross_val_predict(
        _given(model, tunes), tunes.X, tunes.y, groups=groups, cv=folds, method="predict_proba"
    )
    return Guesses(tunes.X.index.to_numpy(str), tunes.y, np.unique(tunes.y), probability)


@one_thread
def learning_curve(tunes: Labelled, sizes: Sequence[int], seed: int = 0) -> pd.DataFrame:
    """Judge the classifier after training on fewer families.

    Parameters
    ----------
    tunes : Labelled
    sizes : sequence of int
        Numbers of training tunes, about; whole families are taken.
    seed : int
        Of the division and of the order in which families are taken.

    Returns
    -------
    DataFrame
        Indexed by the number of training tunes: balanced accuracy on them (``seen``) and on held-out tunes (``held out``), means
        over the folds.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedGroupKFold

    rows = []
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(tunes.X, tunes.y, tunes.family):
        families = np.unique(tunes.family[train])
        place = dict(zip(np.random.default_rng(seed).permutation(families).tolist(), range(len(families)), strict=True))
        order = train[np.argsort([place[family] for family in tunes.family[train]], kind="stable")]
        for size in sizes:
            part, held = tunes.take(order[:size]), tunes.take(test)
            model = _given(None, part).fit(part.X, part.y)
            seen = balanced_accuracy_score(part.y, model.predict(part.X))
            rows.append((size, seen, balanced_accuracy_score(held.y, model.predict(held.X))))
    return pd.DataFrame(rows, columns=["tunes", "seen", "held out"]).groupby("tunes").mean()


@one_thread
def transfer(train: Labelled, test: Labelled, model: Pipeline | None = None) -> Guesses:
    """Train on one collection and guess another; families of the test are left out of the training.

    Raises
    ------
    ValueError
        If the columns differ, or a label of the test does not occur in the training.
    """
    if list(train.X) != list(test.X):
        raise ValueError("training and test have other features")
    if missing := set(test.y) - set(train.y):
        raise ValueError(f"no tunes to learn {', '.join(sorted(missing))} from")
    part = train.take(~np.isin(train.family, test.family))
    model = _given(model, part).fit(part.X, part.y)
    return Guesses(test.X.index.to_numpy(str), test.y, model.classes_, model.predict_proba(test.X))


class StyleClassifier:
    """Which dance is it? A classifier for tunes from anywhere, such as generated ones.

    Parameters
    ----------
    catalogue : Catalogue, optional
        What it learns from: the training split of the fiddle books if not given.
    labels : sequence of str
    metre : bool
        As in :func:`labelled`.
    """

    def __init__(self, catalogue: Catalogue | None = None, labels: Sequence[str] = DANCES, metre: bool = True):
        if catalogue is None:
            catalogue = corpus.load().where(collection=corpus.FIDDLE_BOOKS, split="train")
        tunes = labelled(catalogue, "kind", labels, metre)
        self.columns = list(tunes.X)
        self._places = [features.names().index(name) for name in self.columns]
        self.model = _given(None, tunes).fit(tunes.X.to_numpy(), tunes.y)
        self.labels = self.model.classes_

    def probabilities(self, melody: Melody) -> dict[str, float]:
        """Give each label's probability for one melody, the likeliest first.

        Raises
        ------
        MusicError
            If the melody has no notes.
        """
        row = features.extract_features(melody)[self._places]
        found = self.model.predict_proba(row[None])[0]
        return {str(self.labels[i]): float(found[i]) for i in np.argsort(-found, kind="stable")}

    def table(self, catalogue: Catalogue) -> pd.DataFrame:
        """Give each label's probability for the tunes of a catalogue: a row a tune, a column a label."""
        X = features.table(catalogue)[self.columns].astype(np.float64)
        return pd.DataFrame(self.model.predict_proba(X.to_numpy()), X.index, self.labels)


@functools.cache
def standard(metre: bool = True) -> StyleClassifier:
    """Give the classifier of the fiddle books, trained once in a session."""
    return StyleClassifier(metre=metre)


def _given(model: Pipeline | None, tunes: Labelled) -> Pipeline:
    return classifier(len(np.unique(tunes.y))) if model is None else model


def _is_mask(rows) -> bool:
    return np.asarray(rows).dtype == bool
