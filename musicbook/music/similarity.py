"""Search a catalogue for tunes that share a passage with this one, and say whether it is more than chance gives.

The task
    Any two tunes have something in common. So a score means little until it is held against what tunes that have nothing to
    do with each other score. The result is a reason to listen, nothing more: likeness does not say who knew whose tune.

Conventions
    Scores are those of :mod:`musicbook.music.alignment`. The best of many sums grows with the logarithm of the other tune's
    length; what is left when that is taken off follows an extreme-value (Gumbel) distribution, which gives a p-value. It is
    measured for each tune anew, and against tunes of one tradition (song or dance book): a reel has more in common with any
    reel than with a song. Who searches N tunes looks N times, so ``expected`` is N p, the number of unrelated tunes that
    would do as well. In the far tail the curve falls faster than the music, because tunes of one tradition share turns of
    phrase: p below a thousandth is a rough figure.

Functions
    :func:`align` two tunes (from :mod:`musicbook.music.alignment`), :func:`search`, :func:`chance`; :class:`Chance`,
    :class:`Match`

Sources
    Smith and Waterman 1981; Mongeau and Sankoff 1990. Significance by unrelated pairs is the usage of sequence analysis.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from musicbook.music import corpus
from musicbook.music.alignment import Alignment, Index, align, steps
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody, MusicError

__all__ = ["Alignment", "Chance", "Index", "Match", "align", "chance", "search", "steps"]

EULER = 0.5772156649015329
"""Mean of the standard Gumbel distribution."""
FEWEST = 200
"""Tunes without which chance is not measured."""
MEASURED = 1000
"""Tunes of each tradition that a search measures chance on."""
STRAY = 0.01
"""A score expected less often than so in all the tunes that are measured is a relative's, or the tune's own: no chance."""


@functools.lru_cache(2)
def _index_of(catalogue: Catalogue) -> Index:
    _enough(len(catalogue))
    return Index(catalogue)


def _enough(n: int) -> None:
    if n < FEWEST:
        raise MusicError(f"{n} unrelated tunes are too few to measure chance; at least {FEWEST} are needed")


@dataclass(frozen=True)
class Chance:
    """What a tune scores with unrelated ones: a Gumbel distribution around a line in the logarithm of their length.

    Attributes
    ----------
    intercept, slope : float
        Mean score with tunes of n steps: intercept + slope ln n.
    scale : float
        The Gumbel scale: standard deviation times sqrt(6) / pi.
    left_over : ndarray, shape (n_tunes,)
        What the line leaves of each score, sorted: the distribution itself, to check the curve with.
    """

    intercept: float
    slope: float
    scale: float
    left_over: np.ndarray

    @classmethod
    def of(cls, scores, lengths) -> Chance:
        """Fit the line by least squares and the Gumbel distribution by its moments, then both again without strays."""
        size, score = np.log(np.asarray(lengths, float)), np.asarray(scores, float)
        keep = np.ones(len(score), bool)
        for _ in range(5):
            slope, intercept = (
                np.polyfit(size[keep], score[keep], 1) if np.ptp(size[keep]) else (0.0, score[keep].mean())
            )
            left = score - intercept - slope * size
            found = cls(
                float(intercept), float(slope), float(max(left[keep].std(), 0.1) * np.sqrt(6) / np.pi), np.sort(left)
            )
            keep = found.p_value(score, np.exp(size)) * len(score) > STRAY
        return found

    def mean(self, n):
        """Mean score with unrelated tunes of n steps."""
        return self.intercept + self.slope * np.log(np.asarray(n, float))

    def p_value(self, score, n):
        """Probability that an unrelated tune of n steps scores as much or more."""
        z = (np.asarray(score, float) - self.mean(n)) / self.scale + EULER
        return -np.expm1(-np.exp(-z))

    def quantile(self, q: float, n):
        """Score that a share q of unrelated tunes of n steps does not reach."""
        return self.mean(n) + self.scale * (-np.log(-np.log(q)) - EULER)


def chance(
    melody: Melody, catalogue: Catalogue | None = None, *, n: int = 500, seed: int = 0, without: str = ""
) -> Chance:
    """Measure what a melody scores with tunes that have nothing to do with it.

    Parameters
    ----------
    melody : Melody
        At least two notes.
    catalogue : Catalogue, optional
        Tunes of *one tradition*, at least :data:`FEWEST`; the whole catalogue if not given. A reel shares more with any
        other reel than with a song, so reels are the measure for reels.
    n : int
        So many are drawn, without replacement.
    seed : int
        The same seed draws the same.
    without : str
        The melody's own family, which is not unrelated. The fit passes over a few relatives, or the melody itself.

    Raises
    ------
    MusicError
        If there are too few tunes, or the melody has fewer than two notes.
    """
    index = _index_of(corpus.load() if catalogue is None else catalogue)
    return _chance(steps(melody), index, np.flatnonzero(index.families != without), n, seed)


def _chance(query: np.ndarray, index: Index, among: np.ndarray, n: int, seed: int) -> Chance:
    _enough(len(among))
    drawn = np.random.default_rng(seed).choice(among, min(n, len(among)), replace=False)
    part = index.part(np.sort(drawn))
    return Chance.of(part.scores(query), part.lengths)


@dataclass(frozen=True)
class Match:
    """A tune of the catalogue that shares a passage with the one that was looked for.

    Attributes
    ----------
    id : str
    score : int
    similarity : float
        As in :class:`Alignment`.
    p : float
        Probability that an unrelated tune of the same tradition and length scores as much.
    expected : float
        Unrelated tunes among all that were searched that would: p times their number.
    alignment : Alignment
        Where the passages are; ``a`` is the tune that was looked for.
    """

    id: str
    score: int
    similarity: float
    p: float
    expected: float
    alignment: Alignment


def search(
    melody: Melody,
    catalogue: Catalogue | None = None,
    k: int = 10,
    *,
    prefilter: int | None = None,
    without: str = "",
) -> list[Match]:
    """Find the tunes of a catalogue that share most with a melody.

    Parameters
    ----------
    melody : Melody
        At least two notes.
    catalogue : Catalogue, optional
        The whole one if not given. Keep the object: the first search reads all its notes.
    k : int
        How many.
    prefilter : int, optional
        Align only so many tunes, those that share most runs of six intervals. Quicker, and blind to a tune that has an
        ornament in each of them; without it every tune is aligned.
    without : str
        A family that is left out, such as the melody's own.

    Returns
    -------
    list of Match
        The least likely by chance first, then the better score.

    Raises
    ------
    MusicError
        If k or prefilter is below 1, the melody has fewer than two notes, or the catalogue fewer than :data:`FEWEST` tunes.
    """
    if k < 1 or (prefilter is not None and prefilter < 1):
        raise MusicError(f"k and prefilter are at least 1, got {k} and {prefilter}")
    catalogue = corpus.load() if catalogue is None else catalogue
    index, query = _index_of(catalogue), steps(melody)
    wanted = index.families != without
    among = np.flatnonzero(wanted)
    _enough(len(among))
    if prefilter is not None:
        among = index.sharing(query, prefilter, wanted)
    if not len(among):
        return []
    part = index.part(among)
    scores, p = part.scores(query), np.zeros(len(among))
    for songs, kin in _traditions(index, wanted):
        here = index.songs[among] == songs if kin is not None else np.ones(len(among), bool)
        if here.any():
            level = _chance(query, index, np.flatnonzero(wanted) if kin is None else kin, MEASURED, 0)
            p[here] = level.p_value(scores[here], part.lengths[here])
    matches = []
    for i in np.lexsort((-scores, p))[:k]:
        alignment = align(melody, catalogue[part.ids[i]])
        expected = float(p[i]) * int(wanted.sum())
        matches.append(Match(part.ids[i], int(scores[i]), alignment.similarity, float(p[i]), expected, alignment))
    return matches


def _traditions(index: Index, wanted: np.ndarray) -> list[tuple[bool, np.ndarray | None]]:
    """Split the tunes in songs (Essen) and dance books, if both are there in numbers; else keep them together."""
    groups = [(songs, np.flatnonzero(wanted & (index.songs == songs))) for songs in (False, True)]
    groups = [(songs, kin) for songs, kin in groups if len(kin)]
    return groups if all(len(kin) >= FEWEST for _, kin in groups) else [(False, None)]
