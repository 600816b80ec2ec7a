"""Screening: find the passages of a catalogue that are so like a melody that somebody should listen.

The task
    A creator, or the maker of a composing machine, wants to know whether a melody is close to one that exists. Here a
    catalogue of passages is searched by several measures, and each is tried out on planted copies
    (:mod:`musicbook.music.planting`): how many are found, and how many innocent tunes are pointed at? So a threshold comes
    with an error rate. What is above it is a reason to listen. It does not say who knew whose tune, nor what a court would
    call it.

Conventions
    A measure gives a score for each passage, more for more alike; the passage with the best score is pointed at if the score
    reaches the threshold. *Precision* is the share of what is pointed at that is a planted passage, the right one; *recall*
    the share of the planted ones that are found so. Precision depends on how many of the cases are copies; the share of
    honest ones pointed at does not. Scores of "alignment" are *surprise*: -log10 of the probability that an unrelated passage
    of that length does as well, 3 for one in a thousand.

Functions and classes
    :class:`Screen`; :func:`verdicts` and :class:`Verdicts`, :func:`curve`, :func:`threshold`, :func:`share`

Sources
    smith1981 and mongeau1990 for the alignment, levenshtein1966 for the plain edit distance, mullensiefen2004 for runs of
    intervals and for comparing such measures with what people hear.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from musicbook.music.alignment import RATIO, Index, steps
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody, MusicError
from musicbook.music.planting import Case
from musicbook.music.similarity import Chance

RUN = 4
"""Intervals in a run that is looked for as a whole."""
SMALLEST = 1e-300


class Screen:
    """Passages, ready to be compared with a melody in several ways.

    Parameters
    ----------
    pool : Catalogue
        At least two passages.
    """

    def __init__(self, pool: Catalogue):
        if len(pool) < 2:
            raise MusicError(f"a screen needs two passages at least, got {len(pool)}")
        self.pool, self.index = pool, Index(pool)

    @functools.cached_property
    def _intervals(self) -> list[np.ndarray]:
        return [_intervals(self.index.row(i)) for i in range(len(self.pool))]

    @functools.cached_property
    def _owned(self) -> tuple[np.ndarray, np.ndarray]:
        """Each passage's runs, each once, one passage after the other; and whose they are."""
        runs = [np.unique(_runs(row)) for row in self._intervals]
        return np.concatenate(runs), np.repeat(np.arange(len(runs)), [len(each) for each in runs])

    @functools.cached_property
    def _rarity(self) -> dict[int, float]:
        names, counts = np.unique(self._owned[0], return_counts=True)
        return dict(zip(names.tolist(), np.log(len(self.pool) / counts).tolist(), strict=True))

    @functools.cached_property
    def _notes(self) -> np.ndarray:
        """The notes of all passages in one row; -1 where one ends."""
        return np.concatenate([np.append(_notes(melody), -1) for melody in self.pool])

    @property
    def measures(self) -> dict[str, Callable[[Melody], np.ndarray]]:
        """The measures by name, the one that is meant for use first."""
        return {
            "alignment": self.surprise,
            "alignment, raw score": self.raw,
            "runs of intervals": self.runs,
            "exact match": self.exact,
            "edit distance": self.edit,
        }

    def chance(self, query: Melody) -> Chance:
        """Measure what a melody scores with these passages by chance, relatives and itself passed over."""
        return Chance.of(self.raw(query), self.index.lengths)

    def surprise(self, query: Melody) -> np.ndarray:
        """Give -log10 of the probability that an unrelated passage scores as much; shape (n_passages,)."""
        raw = self.raw(query)
        p = Chance.of(raw, self.index.lengths).p_value(raw, self.index.lengths)
        return -np.log10(np.maximum(p, SMALLEST))

    def raw(self, query: Melody) -> np.ndarray:
        """Give the scores of the best local alignments, as they are."""
        return self.index.scores(steps(query))

    def runs(self, query: Melody, weighted: bool = False) -> np.ndarray:
        """Give the share of the melody's runs of :data:`RUN` intervals that a passage has, each run once.

        With ``weighted`` a run counts by its rarity: ln of the passages over those that have it; strange ones not at all.
        """
        mine = np.unique(_runs(_intervals(steps(query))))
        weight = np.array([self._rarity.get(run, 0.0) for run in mine.tolist()]) if weighted else np.ones(len(mine))
        worth = dict(zip(mine.tolist(), weight.tolist(), strict=True))
        runs, owner = self._owned
        shared = np.isin(runs, mine)
        found = np.array([worth[run] for run in runs[shared].tolist()])
        return np.bincount(owner[shared], found, len(self.pool)) / max(len(mine), 1)

    def exact(self, query: Melody) -> np.ndarray:
        """Give the number of notes in the longest row that a passage has with the same pitches and lengths."""
        run, best = np.zeros(len(self._notes) + 1, int), np.zeros(len(self._notes), int)
        for note in _notes(query):
            run[1:] = np.where(self._notes == note, run[:-1] + 1, 0)
            np.maximum(best, run[1:], out=best)
        ends = np.flatnonzero(self._notes < 0)
        return np.maximum.reduceat(best, np.concatenate([[0], ends[:-1] + 1])).astype(float)

    def edit(self, query: Melody) -> np.ndarray:
        """Give 1 less the edit distance of the intervals, over the length of the longer row: both from end to end."""
        mine = _intervals(steps(query))
        lengths = np.array([len(row) for row in self._intervals])
        table = np.full((len(lengths), lengths.max()), 99, np.int16)
        for k, row in enumerate(self._intervals):
            table[k, : len(row)] = row
        at = np.arange(lengths.max() + 1, dtype=np.int16)
        above = np.tile(at, (len(lengths), 1))
        for i, interval in enumerate(mine, 1):
            row = np.empty_like(above)
            row[:, 0] = i
            row[:, 1:] = np.minimum(above[:, 1:] + 1, above[:, :-1] + (table != interval).astype(np.int16))
            above = np.minimum.accumulate(row - at, axis=1) + at  # a step from the left costs one more
        return 1 - above[np.arange(len(lengths)), lengths] / np.maximum(lengths, len(mine))


def _intervals(codes: np.ndarray) -> np.ndarray:
    return codes.astype(np.int64) // (2 * RATIO + 1)


def _runs(intervals: np.ndarray) -> np.ndarray:
    if len(intervals) < RUN:
        return np.zeros(0, np.int64)
    return np.lib.stride_tricks.sliding_window_view(intervals, RUN) @ 25 ** np.arange(RUN)


def _notes(melody: Melody) -> np.ndarray:
    voice = melody.voices()[0]
    return voice.duration * 128 + voice.pitch


# ---- counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdicts:
    """What a measure says of each case: the best score, the passage that has it, and whether that one was planted.

    Attributes
    ----------
    best : ndarray of float, shape (n_cases,)
    found : ndarray of int, shape (n_cases,)
    right, honest : ndarray of bool, shape (n_cases,)
    """

    best: np.ndarray
    found: np.ndarray
    right: np.ndarray
    honest: np.ndarray

    def at(self, limit: float) -> tuple[float, float]:
        """Give precision and recall at a threshold; a precision of 1 where nothing is pointed at."""
        pointed = self.best >= limit
        right = (pointed & self.right).sum()
        return float(right / pointed.sum()) if pointed.any() else 1.0, float(right / (~self.honest).sum())


def verdicts(measure: Callable[[Melody], np.ndarray], cases: Sequence[Case]) -> Verdicts:
    """Screen each case; of equally good passages the first is pointed at."""
    scores = [measure(case.query) for case in cases]
    found = np.array([int(row.argmax()) for row in scores])
    source = np.array([case.source for case in cases])
    return Verdicts(np.array([row.max() for row in scores], float), found, found == source, source < 0)


class Curve(NamedTuple):
    """Precision and recall at each threshold, the highest first, and the area under the steps between them."""

    threshold: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    area: float


def curve(found: Verdicts) -> Curve:
    """Draw the threshold down through every score that occurs.

    Returns
    -------
    Curve
        The area is the mean precision over what is found, 0 for what never is (average precision).
    """
    limits = np.unique(found.best)[::-1]
    precision, recall = np.array([found.at(limit) for limit in limits]).T
    return Curve(limits, precision, recall, float(np.sum(np.diff(recall, prepend=0) * precision)))


def threshold(honest, rate: float = 0.05) -> float:
    """Give the lowest of some honest cases' scores that at most a share ``rate`` of them reaches, or what is just above all.

    Raises
    ------
    MusicError
        If ``rate`` is not between 0 and 1, or there are too few honest cases to tell.
    """
    ordered = np.sort(np.asarray(honest, float))[::-1]
    if not 0 < rate < 1 or len(ordered) * rate < 1:
        raise MusicError(f"{len(ordered)} honest cases cannot tell a rate of {rate}; at least 1 / rate are needed")
    for limit in np.unique(ordered):
        if (ordered >= limit).mean() <= rate:
            return float(limit)
    return float(np.nextafter(ordered[0], np.inf))


class Share(NamedTuple):
    """A share of some cases, and its exact interval of 95 % (Clopper and Pearson)."""

    share: float
    low: float
    high: float


def share(best, limit: float) -> Share:
    """Say what share of scores reaches a threshold, with an interval."""
    reached = np.asarray(best, float) >= limit
    interval = binomtest(int(reached.sum()), len(reached)).proportion_ci()
    return Share(float(reached.mean()), float(interval.low), float(interval.high))
