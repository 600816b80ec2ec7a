"""A tune in numbers: the fifteen that the catalogue carries, and the long description with which styles are told apart.

The task
    Describe a melody by numbers that can be compared across tunes and that a reader can check by hand. They say how high,
    how fast, how jumpy and how regular a tune is; they do not say whether it is beautiful.

Conventions
    Computed on the first voice. Pitch in MIDI numbers, intervals in semitones, time in quarter notes; shares and entropies
    are without unit. A feature that needs two notes is 0 for a tune of one.

Functions
    :func:`describe`, with the names and units in :data:`FEATURES`; :func:`extract_features`, with :func:`names`; and
    :func:`table` of a whole catalogue, kept once it is made. The groups are in :mod:`musicbook.music.feature_groups`.

Sources
    The kinds of feature follow jSymbolic (McKay et al. 2018); the key estimate is :mod:`musicbook.music.tonality`.
"""

from __future__ import annotations

import functools
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from musicbook.music import cache, corpus
from musicbook.music.feature_groups import GROUPS, Line
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
READS_BEATS = ("offbeat_share",)
"""Those of FEATURES that need bar lines."""


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


def names(metre: bool = True) -> list[str]:
    """Name the numbers of :func:`extract_features`: those of FEATURES, then each group's.

    Parameters
    ----------
    metre : bool
        Whether those are among them that need bar lines or a time signature.
    """
    own = [name for name in FEATURES if metre or name not in READS_BEATS]
    return own + [name for group in GROUPS if metre or not group.metre for name in group.names]


def extract_features(melody: Melody) -> np.ndarray:
    """Describe one melody by all numbers that the book knows, float64, shape (len(names()),).

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    own = list(describe(melody).values())
    line = Line(melody)
    return np.concatenate([own, *(group.of(line) for group in GROUPS)])


def table(catalogue: corpus.Catalogue) -> pd.DataFrame:
    """Give the features of each tune of a catalogue: a row a tune, by id, and a column a name, float32.

    The first call on a machine computes them, in some twenty seconds with a progress bar; later calls read them.
    """
    columns, ids = names(), catalogue.table.index
    kept = _kept()
    if ids.isin(kept.index).all():
        return kept.loc[ids]
    return pd.DataFrame(np.array([extract_features(melody) for melody in catalogue], np.float32), ids, columns)


@functools.cache
def _kept() -> pd.DataFrame:
    """Features of all tunes of the book."""

    def make():
        catalogue = corpus.load()
        show = cache.progress("Describing the tunes (once)", "tune")
        rows = [extract_features(melody) for melody in show(catalogue, total=len(catalogue))]
        return {"ids": catalogue.table.index.to_numpy(str), "features": np.array(rows, np.float32)}

    code = [(Path(__file__).parent / name).read_bytes() for name in ("features.py", "feature_groups.py", "tonality.py")]
    key = cache.key(version("numpy").encode(), (corpus.data_folder() / "catalogue.csv").read_bytes(), *code)
    found = cache.arrays(cache.folder() / f"features-{key}.arrays", "the features", make)
    return pd.DataFrame(found["features"], pd.Index(found["ids"], name="id"), names())


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())
