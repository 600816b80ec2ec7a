"""How good is generated music? The objective measures of the field, each with an interval.

The task
    Compare a set of generated windows with real ones, in numbers. No number hears music. What they can say is whether the
    machine's music has the statistics of real music, whether it repeats itself, and whether it copies. So every
    measure is also taken of *held-out real music*, families of tunes that no model has seen: that is the ceiling, and
    where it differs from perfection, the measure says more about itself than about the model.

Conventions
    ``samples`` and ``reference`` are windows of tokens, shape (n, n_steps) and (m, n_steps); the reference is the training
    set, and for the two-sample test real music that no model has seen. ``groups`` says which samples hang together: real
    windows of one family of tunes overlap and are no independent witnesses; generated ones are each a group of their own.
    Each value comes with the 2.5th and 97.5th percentile of a bootstrap over the groups (resampled with replacement,
    seeded). It says how far another draw of groups would differ, not another training.

The measures, :data:`MEASURES`
    auc
        A classifier is trained to tell samples from real windows that no model has seen; area under its ROC curve on
        groups that it has not seen. 0.5: it cannot; 1: always. The strictest measure here (lopezpaz2017c2st). It grows
        with the number of windows that the classifier learns from, so that number is fixed: :data:`JUDGED` of each kind.
    overlap, divergence
        For nine features of a window (yang2020evaluation): distances between real windows against distances between
        samples and real windows; area that the two densities share, and their KL divergence in nats. Means over the nine.
    pitch_class_js, interval_js, length_js, onset_js
        Jensen-Shannon divergence of the set's histogram from the reference's, in bits: 0 equal, 1 nothing in common.
    rhythm
        Share of pairs of bars in a window with onsets at the same steps. Real music repeats its rhythm.
    scale
        Mean share of a window's notes within the major scale that fits it best (scale consistency).
    empty_bars, pitch_classes_a_bar, qualified_notes
        Share of bars without a note that begins; mean number of pitch classes in a bar; share of notes of an eighth or
        longer (dong2018musegan ask for a thirty-second, which on a grid of sixteenths every note is).
    duplicates
        Share of samples that another sample has been before, token for token: mode collapse.
    copies, six_grams
        Share of samples that stand in the training set, token for token; share of passages of six notes that do.

The functions and classes
    :func:`measure`, :func:`table`, :class:`Reference`, :class:`Measure`; :func:`overlap_and_divergence`, :func:`two_sample_auc`,
    :func:`jensen_shannon`, :func:`scale_consistency`, :func:`mean_with_interval`

Sources
    yang2020evaluation, dong2018musegan, lopezpaz2017c2st, dong2020muspy (scale consistency), yin2022originality (why copies
    are counted), theis2016note (why no single number will do). Chapter "Generators on real music".
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from musicbook.compose import windows as counted
from musicbook.music.melody import FIRST_PITCH

MEASURES = {
    "auc": ("AUC of a classifier that tells it from real music", "lower"),
    "overlap": ("overlap with real music, nine features", "higher"),
    "divergence": ("KL divergence from real music, nine features (nats)", "lower"),
    "pitch_class_js": ("pitch classes: divergence (bits)", "lower"),
    "interval_js": ("intervals: divergence (bits)", "lower"),
    "length_js": ("note lengths: divergence (bits)", "lower"),
    "onset_js": ("places in the bar: divergence (bits)", "lower"),
    "rhythm": ("pairs of bars with the same rhythm", "near real"),
    "scale": ("notes within one major scale", "near real"),
    "empty_bars": ("bars without a note", "near real"),
    "pitch_classes_a_bar": ("pitch classes in a bar", "near real"),
    "qualified_notes": ("notes of an eighth or longer", "near real"),
    "duplicates": ("repeats among the samples", "near real"),
    "copies": ("samples that stand in the training set", "near real"),
    "six_grams": ("passages of six notes that stand there", "near real"),
}
"""Name of each measure, what it is, and which way is better."""

MAJOR_SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
JUDGED = 1000
"""Windows of each kind in the two-sample test: 800 to learn from and 200 to judge in each of five folds."""
FOLDS = 5
PAIRS = 300
"""Windows of each set whose distances are compared: 45,000 pairs."""
BINS = 128


class Measure(NamedTuple):
    """A value, and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Reference:
    """Real music, prepared once for many comparisons; :func:`musicbook.compose.evaluate.reference` gives the book's.

    Attributes
    ----------
    windows : ndarray of uint8, shape (m, n_steps)
        The training set.
    unseen, families : ndarray of uint8, shape (k, n_steps), and of str, shape (k,)
        Real windows for the two-sample test, and the family of tunes of each.
    """

    windows: np.ndarray
    unseen: np.ndarray
    families: np.ndarray

    @classmethod
    def of(cls, windows, unseen, families) -> Reference:
        """Prepare training windows, and real windows for the two-sample test with the family of each.

        Raises
        ------
        ValueError
            If they are no windows, or there is not one family for each.
        """
        windows, unseen = (_checked(rows).astype(np.uint8) for rows in (windows, unseen))  # an eighth of the memory
        return cls(windows, unseen, _groups(families, len(unseen)))

    @functools.cached_property
    def rows(self) -> set[bytes]:
        """The training windows, to look copies up in."""
        return {row.tobytes() for row in self.windows}

    @functools.cached_property
    def six_grams(self) -> np.ndarray:
        """The numbers of all passages of six notes of the training windows."""
        return np.unique(counted.grams(counted.Notes.of(_checked(self.windows)))[1])

    @functools.cached_property
    def histograms(self) -> dict[str, np.ndarray]:
        """The training set's counts, by measure."""
        counts = _histograms(counted.Notes.of(_checked(self.windows)))
        return {name: table.sum(axis=0) for name, table in counts.items()}


def measure(
    samples, reference: Reference, *, groups, n: int = JUDGED, seed: int = 0, n_boot: int = 200
) -> dict[str, Measure]:
    """Take all :data:`MEASURES` of a set of samples.

    Parameters
    ----------
    samples : array_like of int, shape (m, n_steps)
    reference : Reference
    groups : sequence, length m
        What each sample hangs together with: its family of tunes; ``range(m)`` where each was written by itself.
    n : int
        Windows of each kind in the two-sample test, see :func:`two_sample_auc`.
    seed : int
        Of the bootstrap, the choice of pairs and the classifier.
    n_boot : int
        Number of resamples.

    Returns
    -------
    dict of str to Measure

    Raises
    ------
    ValueError
        If there are too few samples, not one group for each, or the two sets differ in length or alphabet.
    """
    samples = _checked(samples)
    result = {"auc": two_sample_auc(samples, reference, groups=groups, n=n, seed=seed, n_boot=n_boot)}
    group = np.unique(_groups(groups, len(samples)), return_inverse=True)[1]
    weights = _drawn(group, np.random.default_rng(seed), n_boot)
    notes = counted.Notes.of(samples)
    result["overlap"], result["divergence"] = overlap_and_divergence(samples, reference, groups=groups, seed=seed)
    for name, rows in _histograms(notes).items():
        drawn = [jensen_shannon(counts, reference.histograms[name]) for counts in weights @ rows]
        value, low, high = _interval(jensen_shannon(rows.sum(axis=0), reference.histograms[name]), drawn)
        result[f"{name}_js"] = Measure(value, max(low, 0.0), high)
    for name, (value, share) in _ratios(samples, notes, reference).items():
        drawn = (weights @ value) / np.maximum(weights @ share, 1e-12)
        result[name] = _interval(value.sum() / max(share.sum(), 1e-12), drawn)
    return {name: result[name] for name in MEASURES}


def table(measured: dict[str, dict[str, Measure]], names=tuple(MEASURES)) -> pd.DataFrame:
    """Set measures of several models side by side.

    Parameters
    ----------
    measured : dict of str to dict of str to Measure
        What :func:`measure` gave, by model.
    names : sequence of str
        Which measures.

    Returns
    -------
    pandas.DataFrame
        A row for each model, a column for each measure, cells such as ``"0.606 [0.581, 0.629]"``.
    """
    return pd.DataFrame({name: {model: str(row[name]) for model, row in measured.items()} for name in names})


def two_sample_auc(
    samples, reference: Reference, *, groups, n: int = JUDGED, seed: int = 0, n_boot: int = 200
) -> Measure:
    """Train a classifier to tell samples from real windows, and give its AUC on groups that it has not seen.

    Extremely randomised trees on :func:`musicbook.compose.windows.everything`, in five folds of whole groups. The mean of
    the folds' areas is given: their scores are not put into one row, as each fold's classifier has a scale of its own. The
    interval draws the groups of every fold again. That leaves out that other classifiers would have been learned, from what
    the folds share; so it is widened by the factor of nadeau2003inference: the variance is that of k independent folds times
    1 + k n_judged / n_learned, which is 2.25 for five.

    Parameters
    ----------
    samples : array_like of int, shape (m, n_steps)
    reference : Reference
        Its ``unseen`` windows are the real ones.
    groups : sequence, length m
        What each sample hangs together with: its family of tunes; ``range(m)`` where each was written by itself. A group
        is never learned from and judged in one fold, whichever set it stands in.
    n : int
        So many samples and so many real windows are drawn. Areas of different ``n`` cannot be compared.
    seed, n_boot : int
        Of the choice, the trees and the interval; number of resamples.

    Raises
    ------
    ValueError
        If there are fewer than ``n`` of either, fewer than five groups of either, or not one group for each sample.

    References
    ----------
    lopezpaz2017c2st, nadeau2003inference. Chapter "Generators on real music", and "How we fooled ourselves" there.
    """
    from joblib import Parallel, delayed
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    samples = _checked(samples)
    groups, families = _groups(groups, len(samples)), reference.families
    if samples.shape[1] != reference.unseen.shape[1]:
        raise ValueError(f"windows of {reference.unseen.shape[1]} steps are wanted, got {samples.shape[1]}")
    if min(len(samples), len(reference.unseen)) < n:
        raise ValueError(
            f"{n} windows of each kind are wanted, got {len(samples)} samples and {len(reference.unseen)} real ones; the "
            f"area depends on the number, so a smaller one is asked for with n="
        )
    rng = np.random.default_rng(seed)
    here, there = rng.permutation(len(samples))[:n], rng.permutation(len(reference.unseen))[:n]
    if min(len(np.unique(groups[here])), len(np.unique(families[there]))) < 5:
        raise ValueError("five folds need at least five groups of samples and five families of real music")
    features = counted.everything(np.concatenate([samples[here], reference.unseen[there]]))
    label = np.repeat([0, 1], n)
    group = np.unique(np.concatenate([groups[here], families[there]]), return_inverse=True)[1]

    def judged(learned, asked):
        trees = ExtraTreesClassifier(150, min_samples_leaf=2, max_features=0.1, random_state=seed)
        return trees.fit(features[learned], label[learned]).predict_proba(features[asked])[:, 1]

    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(features, label, group))
    # A fold a thread: trees in threads would add up in any order.
    scores = Parallel(n_jobs=-1, prefer="threads")(delayed(judged)(*fold) for fold in folds)
    areas = [
        _areas(score, label[asked], group[asked], rng, n_boot) for score, (_, asked) in zip(scores, folds, strict=True)
    ]
    value, *drawn = np.mean(areas, axis=0)
    wider = np.sqrt(1 + FOLDS / (FOLDS - 1))
    low, high = (min(max(value + wider * (end - value), 0.0), 1.0) for end in _interval(value, drawn)[1:])
    return Measure(float(value), low, high)


def overlap_and_divergence(
    samples, reference: Reference, *, groups, seed: int = 0, n_boot: int = 100
) -> tuple[Measure, Measure]:
    """Compare distances within real music with distances between samples and real music (yang2020evaluation, section 3.2).

    Both densities are estimated with Gaussian kernels (Scott's bandwidth) on one and the same grid. The means over the
    nine features are given: overlapping area, and KL divergence of the first density from the second, in nats.
    """
    samples = _checked(samples)
    rng = np.random.default_rng(seed)
    real = reference.windows[rng.permutation(len(reference.windows))[: 2 * PAIRS]]
    here, there = np.array_split(real.astype(np.int64), 2)
    drawn = rng.permutation(len(samples))[:PAIRS]
    new = samples[drawn]
    features = [counted.yang_lerch(counted.Notes.of(each)) for each in (here, there, new)]
    group = np.unique(_groups(groups, len(samples))[drawn], return_inverse=True)[1]
    weights = np.concatenate([np.ones((1, len(new)), int), _drawn(group, rng, n_boot)])
    shared, divergence = np.zeros((2, len(weights)))
    for name in features[0]:
        first, second, made = (np.asarray(each[name], float) for each in features)
        within, between = _distances(second, first), _distances(made, first)
        top = max(within.max(), between.max(), 1e-9) * 1.1
        edges = np.linspace(-0.1 * top, top, BINS + 1)
        p = _density(np.histogram(within, edges)[0][None], within, edges)[0]
        bins = np.clip(np.digitize(between, edges) - 1, 0, BINS - 1)
        rows = np.stack([np.bincount(row, minlength=BINS) for row in bins])
        q = _density(weights @ rows, between, edges)
        shared += np.minimum(p, q).sum(axis=1) / len(features[0])
        divergence += np.where(p > 0, p * np.log(np.maximum(p, 1e-12) / np.maximum(q, 1e-12)), 0).sum(axis=1) / 9
    return _interval(shared[0], shared[1:]), _interval(divergence[0], divergence[1:])


def jensen_shannon(first, second) -> float:
    """Give the Jensen-Shannon divergence of two histograms in bits, 0 to 1; 1 if one of them is empty."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if not first.sum() or not second.sum():
        return 1.0
    p, q = first / first.sum(), second / second.sum()
    middle = (p + q) / 2

    def bits(a):
        return (a[a > 0] * np.log2(a[a > 0] / middle[a > 0])).sum()

    return float((bits(p) + bits(q)) / 2)


def mean_with_interval(values, *, seed: int = 0, n_boot: int = 2000) -> Measure:
    """Give the mean of independent values, such as one share a piece, and the interval from drawing the pieces again.

    Raises
    ------
    ValueError
        If there is no value.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"a row of at least one value is wanted, got shape {values.shape}")
    drawn = np.random.default_rng(seed).choice(values, (n_boot, len(values))).mean(axis=1)
    return _interval(values.mean(), drawn)


def scale_consistency(notes: counted.Notes) -> np.ndarray:
    """Give the largest share of each window's notes within one major scale (dong2020muspy): shape (n,), 1 for silence."""
    by_class = counted.pitch_classes(notes)
    inside = np.stack([by_class[:, (MAJOR_SCALE + tonic) % 12].sum(axis=1) for tonic in range(12)])
    total = by_class.sum(axis=1)
    return np.where(total > 0, inside.max(axis=0) / np.maximum(total, 1), 1.0)


def _histograms(notes: counted.Notes) -> dict[str, np.ndarray]:
    return {
        "pitch_class": counted.pitch_classes(notes),
        "interval": counted.intervals(notes),
        "length": counted.lengths(notes),
        "onset": counted.onset_places(notes),
    }


def _ratios(samples, notes, reference) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give each measure that is a ratio of sums over windows as its two terms, each of shape (n,)."""
    n = len(samples)
    one, bars = np.ones(n), np.full(n, samples.shape[1] // counted.BAR, float)
    onsets = (samples >= FIRST_PITCH).reshape(n, -1, counted.BAR)
    bar = notes.window * onsets.shape[1] + notes.step // counted.BAR
    used = np.zeros((n * onsets.shape[1], 12), bool)
    used[bar, notes.pitch % 12] = True
    count = np.bincount(notes.window, minlength=n).astype(float)
    _, first = np.unique(samples, axis=0, return_index=True)
    repeated = one.copy()
    repeated[first] = 0
    window, number = counted.grams(notes)
    known = np.isin(number, reference.six_grams)
    return {
        "rhythm": (counted.bar_pairs(samples), one),
        "scale": (scale_consistency(notes), one),
        "empty_bars": ((~onsets.any(axis=2)).sum(axis=1), bars),
        "pitch_classes_a_bar": (used.sum(axis=1).reshape(n, -1).sum(axis=1), bars),
        "qualified_notes": (np.bincount(notes.window, notes.length >= 2, n), count),
        "duplicates": (repeated, one),
        "copies": (np.array([row.tobytes() in reference.rows for row in samples.astype(np.uint8)], float), one),
        "six_grams": (np.bincount(window, known, n), np.bincount(window, minlength=n).astype(float)),
    }


def _distances(a, b) -> np.ndarray:
    """Give the Euclidean distances of rows of a from rows of b, shape (len(a), len(b))."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def _density(counts, values, edges) -> np.ndarray:
    """Smooth histograms, shape (k, BINS), with a Gaussian kernel of Scott's bandwidth; each row sums to 1."""
    middle = (edges[1:] + edges[:-1]) / 2
    width = max(values.std() * values.size ** (-1 / 5), (edges[1] - edges[0]) / 2)
    kernel = np.exp(-0.5 * ((middle[:, None] - middle) / width) ** 2)
    smooth = counts @ (kernel / kernel.sum(axis=1, keepdims=True))
    return smooth / smooth.sum(axis=1, keepdims=True)


def _areas(score, label, group, rng, n_boot) -> np.ndarray:
    """Give the area under the curve of one fold, and of `n_boot` draws of its groups: shape (1 + n_boot,).

    It is the share of pairs of a real window and a generated one in which the real one has the higher score; ties count
    half. A draw weights each window by how often its group was drawn.
    """
    real, made = label == 1, label == 0
    weights = np.concatenate(
        [np.ones((1, len(score)), int), _drawn(np.unique(group, return_inverse=True)[1], rng, n_boot)]
    )
    above = score[real][:, None] - score[made]
    wins = np.einsum("br,rm,bm->b", weights[:, real], (np.sign(above) + 1) / 2, weights[:, made], optimize=True)
    pairs = weights[:, real].sum(axis=1) * weights[:, made].sum(axis=1)
    return wins / np.maximum(pairs, 1)


def _drawn(group, rng, n_boot) -> np.ndarray:
    """Draw groups, numbered from 0, with replacement; give how often each window was drawn: shape (n_boot, windows)."""
    number = group.max() + 1
    return rng.multinomial(number, np.full(number, 1 / number), size=n_boot)[:, group]


def _groups(groups, n: int) -> np.ndarray:
    groups = np.asarray(groups).astype(str)
    if groups.shape != (n,):
        raise ValueError(f"one group for each of {n} windows is wanted, got shape {groups.shape}")
    return groups


def _interval(value, drawn) -> Measure:
    """Give a value with the middle 95 % of its draws, moved so that their mean is the value.

    A draw repeats some windows and lacks others, so a divergence between histograms is always larger in it than in the set
    itself, and the value would stand at the edge of its own interval.
    """
    low, high = np.quantile(drawn, [0.025, 0.975]) - np.mean(drawn) + value if len(drawn) else (value, value)
    return Measure(float(value), float(low), float(high))


def _checked(windows) -> np.ndarray:
    windows = np.asarray(windows)
    if windows.ndim != 2 or not len(windows) or windows.shape[1] % counted.BAR:
        raise ValueError(f"windows of shape (n, 16 * bars) are wanted, got {windows.shape}")
    if not np.issubdtype(windows.dtype, np.integer) or windows.min() < 0 or windows.max() > 31:
        raise ValueError("windows hold whole numbers from 0 to 31")
    return np.ascontiguousarray(windows, np.int64)
