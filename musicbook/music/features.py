"""A tune in a dozen numbers: the features that the catalogue carries.

The task
    Describe a melody by numbers that can be compared across tunes and that a reader can check by hand. They say how high,
    how fast, how jumpy and how regular a tune is; they do not say whether it is beautiful.

Conventions
    Computed on the first voice. Pitch in MIDI numbers, intervals in semitones, time in quarter notes; shares and entropies
    are without unit. A feature that needs two notes is 0 for a tune of one.

Functions
    :func:`describe`, with the names and units in :data:`FEATURES`

Sources
    The kinds of feature follow jSymbolic (McKay et al. 2018); the key estimate is :mod:`musicbook.music.tonality`.
"""

from __future__ import annotations

import numpy as np

from musicbook.music.melody import TICKS, Melody
from musicbook.music.tonality import pitch_class_weights

FEATURES = {
    "low": "lowest pitch (MIDI number)",
    "high": "highest pitch (MIDI number)",
    "mean_pitch": "mean pitch, each note weighted by its length (MIDI number)",
    "density": "notes in a quarter note of time",
    "mean_duration": "mean length of a note (quarter notes)",
    "duration_entropy": "how varied the note lengths are: entropy (bits)",
    "step_share": "share of intervals of one or two semitones",
    "leap_share": "share of intervals above four semitones",
    "repeat_share": "share of intervals of no semitones: the same pitch again",
    "mean_interval": "mean size of an interval (semitones)",
    "up_share": "share of the moving intervals that go up",
    "offbeat_share": "share of notes that start off the quarter-note beat",
    "rest_share": "share of the tune's time that is silent",
    "pitch_class_entropy": "how varied the pitch classes are: entropy (bits)",
    "chromatic_share": "share of time outside the seven most used pitch classes",
}
"""Name and meaning of each feature, in the order in which :func:`describe` gives them."""


def describe(melody: Melody) -> dict[str, float]:
    """Compute all of :data:`FEATURES` for one melody.

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    weights = pitch_class_weights(melody)
    first = melody.voices()[0]
    onset, duration, pitch = first.onset, first.duration, first.pitch
    intervals = np.diff(pitch)
    size = np.abs(intervals)
    moving = intervals[size > 0]
    _, counts = np.unique(duration, return_counts=True)
    values = (
        pitch.min(),
        pitch.max(),
        np.average(pitch, weights=duration),
        len(first) * TICKS / first.length,
        duration.mean() / TICKS,
        _entropy(counts / counts.sum()),
        _share((size == 1) | (size == 2)),
        _share(size > 4),
        _share(size == 0),
        size.mean() if len(size) else 0.0,
        _share(moving > 0),
        _share((onset - first.pickup) % TICKS != 0),
        max(0.0, 1 - duration.sum() / first.length),
        _entropy(weights),
        np.sort(weights)[:5].sum(),
    )
    return {name: float(value) for name, value in zip(FEATURES, values, strict=True)}


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())
