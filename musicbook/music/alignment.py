"""The best passage that two tunes have in common, whatever the key and the tempo.

The task
    Two players write down the same tune in different keys, at different speeds, with other ornaments. Find the passage that
    they share, bar the small differences; and do it for one tune against thousands in a few seconds.

Conventions
    A tune of n notes (its first voice) is a row of n - 1 *steps*. A step is the interval to the next note in semitones, and
    the ratio of the two notes' lengths, from onset to onset, in half powers of two; both are cut off at an octave and at
    four times as long. So neither key nor tempo plays a part. Two steps that are the same are worth :data:`BEST`, others
    less, down to below nothing; a step that only one tune has costs :data:`GAP`. All scores are whole numbers. The best
    *local* alignment is the pair of passages with the greatest sum.

Functions
    :func:`steps`, :func:`worth`, :func:`align`; :class:`Alignment`; :class:`Index`, which aligns one tune with many

Sources
    Smith and Waterman 1981 (local alignment); Mongeau and Sankoff 1990 (melodies compared by pitch and length).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody, MusicError

OCTAVE = 12
RATIO = 4
"""Steps are cut off at so many semitones, and at so many half powers of two."""
CODES = (2 * OCTAVE + 1) * (2 * RATIO + 1)

INTERVAL_WORTH = (3, -1, -2, -3)
"""Worth of two intervals that are the same, one semitone apart, two, more."""
RATIO_WORTH = (1, 0, -1)
"""Worth of two ratios of lengths that are the same, a half power of two apart, more."""
BEST = INTERVAL_WORTH[0] + RATIO_WORTH[0]
GAP = 3
GRAM = 6
"""Steps in a run that a tune must share to pass the prefilter."""


def steps(melody: Melody) -> np.ndarray:
    """Write a tune as one code a step, uint8, shape (n_notes - 1,).

    Raises
    ------
    MusicError
        If the first voice has fewer than two notes.
    """
    voice = melody.voices()[0]
    if len(voice) < 2:
        raise MusicError(f"a tune of {len(voice)} notes has no steps: at least two notes are needed")
    return _codes(voice.onset, voice.duration, voice.pitch)


def _codes(onset: np.ndarray, duration: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    long = np.maximum(np.append(np.diff(onset), duration[-1]), 1)
    interval = np.clip(np.diff(pitch), -OCTAVE, OCTAVE) + OCTAVE
    ratio = np.clip(np.rint(2 * np.diff(np.log2(long))), -RATIO, RATIO).astype(int) + RATIO
    return (interval * (2 * RATIO + 1) + ratio).astype(np.uint8)


@functools.cache
def worth() -> np.ndarray:
    """Give what each two steps are worth together, int32, shape (CODES, CODES), symmetric."""
    interval, ratio = np.divmod(np.arange(CODES), 2 * RATIO + 1)
    apart = np.abs(np.subtract.outer(interval, interval))
    other = np.abs(np.subtract.outer(ratio, ratio))
    table = (
        np.array(INTERVAL_WORTH, np.int32)[np.minimum(apart, 3)] + np.array(RATIO_WORTH, np.int32)[np.minimum(other, 2)]
    )
    table.flags.writeable = False
    return table


def _rows(a: np.ndarray, b: np.ndarray, ramp: np.ndarray, first: np.ndarray):
    """Give the rows of Smith and Waterman's table, one for each step of ``a``.

    A gap along the row would need a loop; but the best way to arrive from the left is a running maximum once each place
    is lifted by what a gap up to it costs. ``ramp`` is that cost. Where a new tune begins in ``b``, it jumps by more than
    any score, so that no alignment runs from one tune into the next; ``first`` marks these places.
    """
    scores = worth()
    above = np.zeros(len(b), np.int32)
    for code in a:
        row = np.empty_like(above)
        row[0] = 0
        row[1:] = above[:-1]  # the step before, in both
        row[first] = 0
        row += scores[code][b]
        np.maximum(row, above - GAP, out=row)
        np.maximum(row, 0, out=row)
        row += ramp
        np.maximum.accumulate(row, out=row)
        row -= ramp
        yield row
        above = row


@dataclass(frozen=True)
class Alignment:
    """The best passage that two tunes share.

    Attributes
    ----------
    score : int
        0 if they share nothing.
    similarity : float
        The score as a share of what the shorter tune scores with itself: 1 if it lies in the other, note for note.
    a, b : tuple of int
        First note of the passage and the note after its last, in each tune's first voice; (0, 0) if there is none.
    pairs : tuple of (int or None, int or None)
        What stands under what: numbers of the *steps*, None where only the other tune has one. Step i leads from note i to
        note i + 1.
    transposition : int
        Semitones from the passage of a to that of b: the commonest over the steps that are paired.
    """

    score: int
    similarity: float
    a: tuple[int, int]
    b: tuple[int, int]
    pairs: tuple[tuple[int | None, int | None], ...]
    transposition: int


def align(a: Melody, b: Melody) -> Alignment:
    """Find the best passage that two tunes share.

    Parameters
    ----------
    a, b : Melody
        Their first voices are compared, each at least two notes.

    Returns
    -------
    Alignment
        Of equally good passages the one that ends first in a, then in b. Swapping the tunes keeps the score.

    Raises
    ------
    MusicError
        If a tune has fewer than two notes.
    """
    first, second = steps(a), steps(b)
    table = np.zeros((len(first) + 1, len(second) + 1), np.int32)
    ramp = GAP * np.arange(len(second), dtype=np.int32)
    for i, row in enumerate(_rows(first, second, ramp, np.array([0])), 1):
        table[i, 1:] = row
    score = int(table.max())
    full = BEST * min(len(first), len(second))
    if not score:
        return Alignment(0, 0.0, (0, 0), (0, 0), (), 0)
    pairs = _back(table, first, second)
    ends = [[pair[side] for pair in pairs if pair[side] is not None] for side in (0, 1)]
    spans = [(each[0], each[-1] + 2) for each in ends]
    both = [(i, j) for i, j in pairs if i is not None and j is not None]
    pitch = a.voices()[0].pitch, b.voices()[0].pitch
    moved, often = np.unique([pitch[1][j] - pitch[0][i] for i, j in both], return_counts=True)
    return Alignment(score, score / full, *spans, tuple(pairs), int(moved[often.argmax()]))


def _back(table: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[tuple[int | None, int | None]]:
    """Walk back from the greatest entry to where the passage began."""
    i, j = np.unravel_index(table.argmax(), table.shape)
    pairs = []
    while table[i, j]:
        if table[i, j] == table[i - 1, j - 1] + worth()[a[i - 1], b[j - 1]]:
            i, j = i - 1, j - 1
            pairs.append((int(i), int(j)))
        elif table[i, j] == table[i - 1, j] - GAP:
            i -= 1
            pairs.append((int(i), None))
        else:
            j -= 1
            pairs.append((None, int(j)))
    return pairs[::-1]


class Index:
    """The steps of many tunes in one row, ready to be searched.

    Parameters
    ----------
    catalogue : Catalogue
        Tunes of at least two notes.

    Attributes
    ----------
    ids : ndarray of str, shape (n_tunes,)
    lengths : ndarray of int, shape (n_tunes,)
        Number of steps of each.
    families, songs : ndarray, shape (n_tunes,)
        Family of each, and whether it is of the Essen collection of songs.
    """

    def __init__(self, catalogue: Catalogue):
        self.ids = catalogue.table.index.to_numpy()
        self.families = catalogue.table["family"].to_numpy()
        self.songs = (catalogue.table["collection"] == "essen").to_numpy()
        rows = [steps(melody) for melody in catalogue]
        self._take(rows)

    def _take(self, rows: list[np.ndarray]) -> None:
        self.lengths = np.array([len(row) for row in rows])
        self.codes = np.concatenate(rows)
        self.starts = np.cumsum(self.lengths) - self.lengths

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, which) -> Index:
        """Give some of the tunes, by position, as an index of their own."""
        which = np.asarray(which)
        new = object.__new__(Index)
        new.ids, new.families, new.songs = self.ids[which], self.families[which], self.songs[which]
        new._take([self.row(i) for i in which])
        return new

    def row(self, i: int) -> np.ndarray:
        """Give the steps of the tune at a position."""
        return self.codes[self.starts[i] : self.starts[i] + self.lengths[i]]

    def scores(self, query: np.ndarray) -> np.ndarray:
        """Align a row of steps with every tune; int, shape (n_tunes,). The work is len(query) passes over all notes."""
        apart = BEST * len(query) // GAP + 2  # a jump that costs more than any score is worth
        at = np.arange(len(self.codes)) + apart * np.repeat(np.arange(len(self)), self.lengths)
        if GAP * at[-1] + BEST * len(query) >= 2**31:
            raise MusicError(
                f"a tune of {len(query)} steps against {len(self):,} tunes at once is too much: use part()"
            )
        ramp = (GAP * at).astype(np.int32)
        best = np.zeros(len(self.codes), np.int32)
        for row in _rows(query, self.codes, ramp, self.starts):
            np.maximum(best, row, out=best)
        return np.maximum.reduceat(best, self.starts)

    def sharing(self, query: np.ndarray, n: int, which: np.ndarray | bool = True) -> np.ndarray:
        """Positions of the at most ``n`` tunes that share most of the query's runs of :data:`GRAM` steps, pitch alone.

        ``which`` says of each tune whether it is asked for.
        """
        wanted = np.unique(_runs(query))
        owner = np.repeat(np.arange(len(self)), self.lengths)
        runs = self._all_runs
        found = np.isin(runs, wanted)
        # a run counts once a tune, so that a tune full of repeats is not preferred
        pairs = np.unique(owner[: len(runs)][found] * (1 << 32) + np.searchsorted(wanted, runs[found]))
        shared = np.bincount(pairs >> 32, minlength=len(self)) * which
        order = np.argsort(-shared, kind="stable")[:n]
        return np.sort(order[shared[order] > 0])

    @functools.cached_property
    def _all_runs(self) -> np.ndarray:
        runs = _runs(self.codes)
        ends = np.repeat(self.starts + self.lengths, self.lengths)[: len(runs)]
        runs[np.arange(len(runs)) + GRAM > ends] = -1  # those that would run into the next tune
        return runs


def _runs(codes: np.ndarray) -> np.ndarray:
    """Give each run of intervals as one number."""
    if len(codes) < GRAM:
        return np.zeros(0, np.int64)
    interval = (codes // (2 * RATIO + 1)).astype(np.int64)
    return np.lib.stride_tricks.sliding_window_view(interval, GRAM) @ (2 * OCTAVE + 1) ** np.arange(GRAM)
