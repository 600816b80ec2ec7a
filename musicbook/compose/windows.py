"""What can be counted in windows of music, all at once: notes, histograms, and the features that measures are made of.

The task
    The measures of :mod:`musicbook.compose.quality` compare sets of a thousand windows and more. So everything here works on
    a whole array of windows and gives one row for each.

Conventions
    Windows are tokens of shape (n, n_steps), 16 steps a bar, in the alphabet of :mod:`musicbook.compose.composer`. A note
    *lasts* until the next one begins or the window ends, silence included (its inter-onset interval), in steps.
    Intervals are in semitones, counted between successive notes and cut at an octave up or down.

The functions and classes
    :class:`Notes`, every note of every window; :func:`pitch_classes`, :func:`intervals`, :func:`lengths`,
    :func:`onset_places`, histograms of each window; :func:`yang_lerch`, nine features; :func:`bar_pairs`; :func:`grams`;
    :func:`everything`, what the classifier of the two-sample test sees; :func:`moved`, windows in other keys

Sources
    yang2020evaluation (the nine features, section 3.1). Chapter "Generators on real music".
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from musicbook.music.melody import FIRST_PITCH, LOW

BAR = 16
OCTAVE = 12


@dataclass(frozen=True)
class Notes:
    """Every note of every window, one after the other.

    Attributes
    ----------
    n_windows, n_steps : int
    window, step, pitch, length : ndarray of int, shape (notes,)
        In which window, at which step, which pitch (MIDI number), how many steps until the next.
    """

    n_windows: int
    n_steps: int
    window: np.ndarray
    step: np.ndarray
    pitch: np.ndarray
    length: np.ndarray

    @classmethod
    def of(cls, windows: np.ndarray) -> Notes:
        """List the notes of windows, shape (n, n_steps)."""
        window, step = np.nonzero(windows >= FIRST_PITCH)
        follows = np.append(window[1:] == window[:-1], False)
        end = np.where(follows, np.append(step[1:], 0), windows.shape[1])
        pitch = windows[window, step] - FIRST_PITCH + LOW
        return cls(len(windows), windows.shape[1], window, step, pitch, end - step)

    def steps_between(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the window of each pair of successive notes, and the place of its first note in the list."""
        first = np.flatnonzero(self.window[1:] == self.window[:-1])
        return self.window[first], first

    def table(self, values: np.ndarray, size: int, window: np.ndarray | None = None) -> np.ndarray:
        """Count values from 0 to ``size - 1`` in each window: shape (n_windows, size)."""
        window = self.window if window is None else window
        counts = np.bincount(window * size + values, minlength=self.n_windows * size)
        return counts.reshape(self.n_windows, size)


def pitch_classes(notes: Notes) -> np.ndarray:
    """Count notes by pitch class, C first: shape (n, 12)."""
    return notes.table(notes.pitch % OCTAVE, OCTAVE)


def intervals(notes: Notes) -> np.ndarray:
    """Count intervals from -12 to 12 semitones: shape (n, 25)."""
    window, first = notes.steps_between()
    return notes.table(np.clip(notes.pitch[first + 1] - notes.pitch[first], -OCTAVE, OCTAVE) + OCTAVE, 25, window)


def lengths(notes: Notes) -> np.ndarray:
    """Count notes by length, 1 to 16 steps and more: shape (n, 16)."""
    return notes.table(np.minimum(notes.length, BAR) - 1, BAR)


def onset_places(notes: Notes) -> np.ndarray:
    """Count notes by the step of the bar at which they begin: shape (n, 16)."""
    return notes.table(notes.step % BAR, BAR)


def yang_lerch(notes: Notes) -> dict[str, np.ndarray]:
    """Compute the nine features of each window by which yang2020evaluation compares sets, each of shape (n, size).

    Used pitches, pitch range, mean size of an interval, number of notes, mean length; histograms of pitch classes and of
    lengths, and the transitions of both, as shares of the window's notes.
    """
    count = notes.table(np.zeros_like(notes.window), 1)[:, 0]
    some = np.maximum(count, 1)
    used = (notes.table(notes.pitch, 128) > 0).sum(axis=1)
    high, low = np.zeros(notes.n_windows), np.full(notes.n_windows, 127.0)
    np.maximum.at(high, notes.window, notes.pitch)
    np.minimum.at(low, notes.window, notes.pitch)
    window, first = notes.steps_between()
    size = np.abs(notes.pitch[first + 1] - notes.pitch[first])
    pairs = np.maximum(np.bincount(window, minlength=notes.n_windows), 1)
    kind = np.searchsorted([2, 3, 5, 7, 9, 13], notes.length, side="right")  # 1, 2, 3-4, 5-6, 7-8, 9-12, 13 and more
    pitch_class = notes.pitch % OCTAVE
    return {
        "pitch count": used[:, None],
        "pitch range": np.where(count > 0, high - low, 0)[:, None],
        "interval size": (np.bincount(window, size, notes.n_windows) / pairs)[:, None],
        "note count": count[:, None],
        "note length": (np.bincount(notes.window, notes.length, notes.n_windows) / some)[:, None],
        "pitch classes": pitch_classes(notes) / some[:, None],
        "lengths": notes.table(kind, 7) / some[:, None],
        "pitch class transitions": _transitions(notes, pitch_class, OCTAVE) / pairs[:, None],
        "length transitions": _transitions(notes, kind, 7) / pairs[:, None],
    }


def bar_pairs(windows: np.ndarray) -> np.ndarray:
    """Give the share of pairs of bars within each window that have the same rhythm, that is, onsets at the same steps.

    Returns
    -------
    ndarray of float, shape (n,)
        0 for windows of one bar.
    """
    onsets = (windows >= FIRST_PITCH).reshape(len(windows), -1, BAR)
    pairs = list(itertools.combinations(range(onsets.shape[1]), 2))
    same = [(onsets[:, a] == onsets[:, b]).all(axis=1) for a, b in pairs]
    return np.mean(same, axis=0) if pairs else np.zeros(len(windows))


def grams(notes: Notes, n: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Give every passage of ``n`` successive notes a number; equal pitches and lengths give equal numbers.

    Returns
    -------
    window, number : ndarray of int64, shape (passages,)
    """
    code = (notes.pitch - LOW) * BAR + np.minimum(notes.length, BAR) - 1
    first = np.flatnonzero(notes.window[n - 1 :] == notes.window[: len(notes.window) - n + 1])
    number = np.zeros(len(first), np.int64)
    for k in range(n):
        number = (
            number * 1_000_003 + code[first + k] + 1
        )  # wraps around: a hash, whose collisions are rarer than 1 in 1e12
    return notes.window[first], number


def everything(windows: np.ndarray) -> np.ndarray:
    """Describe windows as fully as a classifier could wish: shape (n, features), float32.

    Counts of tokens, pitch classes, intervals, pairs of intervals, lengths; the nine features; onsets at every step;
    likenesses of bars and half bars; the first tokens, those at the beats, and the last.
    """
    notes = Notes.of(windows)
    n, n_steps = windows.shape
    window, first = notes.steps_between()
    step = np.clip(notes.pitch[first + 1] - notes.pitch[first], -3, 3) + 3
    joined = np.flatnonzero(window[1:] == window[:-1])
    pairs = notes.table(step[joined] * 7 + step[joined + 1], 49, window[joined])
    halves = windows.reshape(n, -1, 8)
    alike = [(halves[:, a] == halves[:, b]).mean(axis=1) for a, b in itertools.combinations(range(n_steps // 8), 2)]
    alike = np.array(alike).reshape(-1, n).T
    scalars = [value for value in yang_lerch(notes).values() if value.shape[1] == 1]
    tokens = np.bincount((np.arange(n)[:, None] * 32 + windows).ravel(), minlength=32 * n).reshape(n, 32)
    parts = [
        tokens,
        pitch_classes(notes),
        intervals(notes),
        pairs,
        lengths(notes),
        *scalars,
        bar_pairs(windows)[:, None],
    ]
    parts += [windows >= FIRST_PITCH, alike.max(axis=1, initial=0)[:, None], (alike == 1).sum(axis=1)[:, None]]
    parts += [windows[:, :1], windows[:, ::4], windows[:, -4:]]
    return np.concatenate(parts, axis=1).astype(np.float32)


def moved(windows: np.ndarray, seed: int) -> np.ndarray:
    """Transpose each window by a number of semitones from -6 to 5, drawn from those that keep it within the alphabet.

    Returns
    -------
    ndarray of int, shape (n, n_steps)
        A new array; silence and holds stay.
    """
    notes = windows >= FIRST_PITCH
    lowest = np.where(notes, windows, 31).min(axis=1) - FIRST_PITCH
    highest = 31 - np.where(notes, windows, FIRST_PITCH).max(axis=1)
    rng = np.random.default_rng(seed)
    shift = rng.integers(-np.minimum(lowest, 6), np.minimum(highest, 5) + 1)
    return windows + notes * shift[:, None]


def _transitions(notes: Notes, values: np.ndarray, size: int) -> np.ndarray:
    window, first = notes.steps_between()
    return notes.table(values[first] * size + values[first + 1], size * size, window)
