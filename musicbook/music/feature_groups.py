"""The long description of a tune, group by group.

The task
    A dozen numbers (:data:`musicbook.music.features.FEATURES`) tell a fast tune from a slow one, and not a reel from a
    hornpipe. Here are over three hundred more, in groups that each answer a question about a melody: which intervals, which
    degrees of the scale, which rhythms, what comes again after how many notes, how it begins and ends. Two groups read bar
    lines and time signature; they are marked, since whoever knows that a tune is in 9/8 need not be clever to call it a
    slip jig.

Conventions
    A :class:`Line` is the first voice as arrays. Its *unit* is the commonest time from onset to onset (the shorter one at a
    tie), and lengths are written relative to it, in octaves (log2): 0 is the unit, 1 twice as long. Shares are between 0
    and 1. What needs more notes than there are is 0.

Functions
    :data:`GROUPS`, each a :class:`Group` with its names and its function; :class:`Line`

Sources
    Interval, degree, rhythm and contour statistics follow jSymbolic (McKay et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from musicbook.music.melody import TICKS, Melody
from musicbook.music.tonality import NAMES, estimate_key, pitch_class_weights

RATIOS = {
    **{"1/4": 1 / 4, "1/3": 1 / 3, "1/2": 1 / 2, "2/3": 2 / 3, "3/4": 3 / 4, "1": 1},
    **{"4/3": 4 / 3, "3/2": 3 / 2, "2": 2, "3": 3, "4": 4},
}
"""Lengths that are counted, as parts of another length; each is counted where it is nearest."""
SIGNATURES = ("2/4", "3/4", "4/4", "6/8", "2/2", "9/8", "12/8")
LAGS = 16
GRID_LAGS = (2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 48)
"""In half units: what comes again after one bar of three, of four, of six, after two bars ..."""
PLACES, COARSE = 24, 12
"""Places into which a bar is cut, finely and coarsely."""
LONGEST_GRID = 20_000
CADENCE, OPENING = 8, 6
DIRECTIONS = ("down", "level", "up")
LENGTH_MOVES = ("shorter", "same", "longer")
DOTTED = {
    "three_halves_quarter": (0.585, -1),
    "quarter_three_halves": (-1, 0.585),
    "double_half": (1, -1),
    "unit_double": (0, 1),
    "double_unit": (1, 0),
}
"""Pairs of successive lengths, in octaves of the unit."""


class Line:
    """A tune's first voice, and what most groups need of it."""

    def __init__(self, melody: Melody):
        voice = melody.voices()[0]
        self.melody = melody
        self.bar, self.pickup, self.meter = voice.bar, voice.pickup, melody.meter
        self.onset, self.duration, self.pitch = voice.onset, voice.duration, voice.pitch
        self.gap = np.maximum(np.diff(np.append(self.onset, self.onset[-1] + self.duration[-1])), 1)
        lengths, counts = np.unique(self.gap, return_counts=True)
        self.unit = int(lengths[counts.argmax()])
        self.length = np.log2(self.gap / self.unit)
        self.interval = np.diff(self.pitch)
        self.ratio = np.diff(self.length)
        self.tonic = NAMES.index(estimate_key(melody)[0])
        self.degree = (self.pitch - self.tonic) % 12
        self.degree_weights = np.roll(pitch_class_weights(voice), -self.tonic)


@dataclass(frozen=True)
class Group:
    """Some features that answer one question.

    Attributes
    ----------
    name, question : str
    names : tuple of str
        One for each number that ``of`` gives.
    of : callable
        Computes them of a :class:`Line`; float, shape (len(names),).
    metre : bool
        Whether it reads bar lines or the time signature.
    """

    name: str
    question: str
    names: tuple[str, ...]
    of: Callable[[Line], np.ndarray]
    metre: bool = False


def _counts(codes: np.ndarray, n: int) -> np.ndarray:
    """Give the shares of the codes 0 to n - 1."""
    return np.bincount(codes, minlength=n) / max(len(codes), 1)


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _nearest(octaves: np.ndarray) -> np.ndarray:
    """For each length the position of the nearest of RATIOS."""
    return np.abs(octaves[:, None] - np.log2([*RATIOS.values()])).argmin(axis=1)


def _echo(values: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """Autocorrelation at some lags; 0 for a constant or where nothing is left."""
    centred = values - values.mean() if len(values) else values
    power = centred @ centred
    return np.array(
        [centred[:-lag] @ centred[lag:] / power if power > 0 and len(values) > lag else 0.0 for lag in lags]
    )


def _padded(values: np.ndarray, n: int, end: bool) -> np.ndarray:
    """Give the first or last n values, filled up with 0."""
    return np.append(np.zeros(n), values)[-n:] if end else np.append(values, np.zeros(n))[:n]


def _intervals(line: Line) -> np.ndarray:
    return _counts(np.clip(line.interval, -12, 12) + 12, 25)


def _contour(line: Line) -> np.ndarray:
    move = np.sign(line.interval) + 1
    return _counts(move[:-1] * 3 + move[1:], 9)


def _arpeggios(line: Line) -> np.ndarray:
    return np.array([_share(np.abs(line.interval) == size) for size in (3, 4, 5, 7, 12)])


def _degrees(line: Line) -> np.ndarray:
    return np.append(line.degree_weights, line.degree_weights.max())


def _ends(line: Line) -> np.ndarray:
    return np.concatenate([np.eye(12)[line.degree[0]], np.eye(12)[line.degree[-1]]])


def _lengths(line: Line) -> np.ndarray:
    shares = _counts(_nearest(line.length), len(RATIOS))
    held = line.duration / line.unit
    return np.append(shares, [_share(held < 0.9), _share(held > 1.1)])


def _rhythm(line: Line) -> np.ndarray:
    move = np.digitize(line.ratio, (-0.2, 0.2))
    pairs = _counts(move[:-1] * 3 + move[1:], 9)
    long = line.length > 0.4
    dotted = [
        _share((np.abs(line.length[:-1] - a) < 0.1) & (np.abs(line.length[1:] - b) < 0.1)) for a, b in DOTTED.values()
    ]
    longs = _share(long[:-2] & long[1:-1] & long[2:])
    return np.concatenate([_counts(_nearest(line.ratio), len(RATIOS)), pairs, dotted, [longs]])


def _runs(line: Line) -> np.ndarray:
    change = np.abs(line.ratio) >= 0.05
    runs = np.diff(np.flatnonzero(np.concatenate([[True], change, [True]])))
    return np.array([runs.mean(), runs.max(), *((runs == n).mean() for n in (1, 2, 3)), (runs >= 6).mean()])


def _echoes(line: Line) -> np.ndarray:
    sizes = np.abs(line.interval).astype(float)
    return np.append(_echo(line.pitch.astype(float), range(1, LAGS + 1)), _echo(sizes, range(1, 13)))


def _grid_echoes(line: Line) -> np.ndarray:
    place = np.rint(2 * (line.onset - line.onset[0]) / line.unit).astype(int)
    n = place[-1] + 1
    if n > LONGEST_GRID:
        return np.zeros(2 * len(GRID_LAGS))
    pitch = line.pitch[np.searchsorted(place, np.arange(n), side="right") - 1].astype(float)
    struck = np.zeros(n)
    struck[place] = line.gap / line.unit
    return np.append(_echo(pitch, GRID_LAGS), _echo(struck, GRID_LAGS))


def _size(line: Line) -> np.ndarray:
    span = (line.onset[-1] + line.duration[-1] - line.onset[0]) / line.unit
    above = line.pitch - line.pitch.min()
    grams = np.lib.stride_tricks.sliding_window_view(line.interval, 4) if len(line.interval) >= 4 else np.zeros((0, 4))
    again = 1 - len(np.unique(grams, axis=0)) / len(grams) if len(grams) else 0.0
    return np.array(
        [np.log(len(line.pitch)), np.log(span), above.max(), above.mean(), np.log2(line.unit / TICKS), again]
    )


def _opening(line: Line) -> np.ndarray:
    lengths, steps = line.length.clip(-3, 3), line.interval.clip(-12, 12)
    return np.append(_padded(lengths, OPENING, False), _padded(steps, OPENING, False))


def _cadence(line: Line) -> np.ndarray:
    lengths, steps = line.length.clip(-3, 3), line.interval.clip(-12, 12)
    return np.append(_padded(lengths, CADENCE, True), _padded(steps, OPENING, True))


def _places(line: Line) -> np.ndarray:
    place = ((line.onset - line.pickup) % line.bar * PLACES // line.bar).astype(int)
    time = np.bincount(place, weights=line.duration, minlength=PLACES) / line.duration.sum()
    named = [line.meter == signature for signature in SIGNATURES]
    return np.concatenate([_counts(place, PLACES), time, named, [np.log2(line.bar / TICKS)]])


def _bars(line: Line) -> np.ndarray:
    place, since = (line.onset - line.pickup) % line.bar, line.onset - line.pickup
    bar = since[since >= 0] // line.bar
    n = int(bar.max()) + 1 if len(bar) else 1
    if n > LONGEST_GRID:
        return np.zeros(_BAR_FEATURES)
    grid = np.zeros((n, COARSE))
    grid[bar, (place[since >= 0] * COARSE // line.bar).astype(int)] = 1
    notes = grid.sum(axis=1)
    kinds = (grid[3::4], grid[7::8], grid[::8], grid[-1:])
    means = [(each if len(each) else grid[-1:]).mean(axis=0) for each in kinds]
    few, whole, double = (notes <= 3).mean(), n % 8 == 0, n % 16 == 0
    own = len(np.unique(grid, axis=0)) / n
    counted = _counts(notes.astype(int).clip(0, COARSE - 1), COARSE)
    return np.concatenate([*means, counted, [notes.mean(), notes.std(), few, np.log(n), whole, double, own]])


_BAR_FEATURES = 5 * COARSE + 7


def _named(word: str, parts) -> tuple[str, ...]:
    return tuple(f"{word}_{part}" for part in parts)


def _pairs(word: str, moves: tuple[str, ...]) -> tuple[str, ...]:
    return _named(word, [f"{first}_{then}" for first in moves for then in moves])


GROUPS = (
    Group("intervals", "how far from note to note", _named("interval", range(-12, 13)), _intervals),
    Group("contour", "which way, and which way then", _pairs("contour", DIRECTIONS), _contour),
    Group("arpeggios", "how many thirds, fourths, fifths, octaves", _named("jump", (3, 4, 5, 7, 12)), _arpeggios),
    Group("degrees", "which steps above the tonic", (*_named("degree", range(12)), "degree_most"), _degrees),
    Group("ends", "on which step it begins and ends", _named("first", range(12)) + _named("last", range(12)), _ends),
    Group("lengths", "how long, against the commonest length", (*_named("length", RATIOS), "short", "long"), _lengths),
    Group(
        "rhythm",
        "which length after which",
        (*_named("ratio", RATIOS), *_pairs("then", LENGTH_MOVES), *_named("pair", DOTTED), "three_long"),
        _rhythm,
    ),
    Group("runs", "how many of one length in a row", _named("run", ("mean", "max", 1, 2, 3, "six")), _runs),
    Group(
        "echoes",
        "what comes again after some notes",
        _named("pitch_echo", range(1, LAGS + 1)) + _named("interval_echo", range(1, 13)),
        _echoes,
    ),
    Group(
        "echoes in time",
        "what comes again after some time",
        _named("melody_echo", GRID_LAGS) + _named("rhythm_echo", GRID_LAGS),
        _grid_echoes,
    ),
    Group(
        "size",
        "how much of it, and how much of that is new",
        ("log_notes", "log_units", "range", "above_lowest", "unit", "repeated"),
        _size,
    ),
    Group(
        "opening",
        "how it begins",
        _named("opening_length", range(OPENING)) + _named("opening_interval", range(OPENING)),
        _opening,
    ),
    Group(
        "cadence",
        "how it ends",
        _named("cadence_length", range(CADENCE)) + _named("cadence_interval", range(OPENING)),
        _cadence,
    ),
    Group(
        "places",
        "where in the bar, and the time signature",
        (
            *_named("onset_at", range(PLACES)),
            *_named("time_at", range(PLACES)),
            *_named("signature", SIGNATURES),
            "log_bar",
        ),
        _places,
        metre=True,
    ),
    Group(
        "bars",
        "the rhythms of bars 4, 8, 1 and the last, and how many bars",
        (
            *(f"{which}_bar_{place}" for which in ("fourth", "eighth", "first", "last") for place in range(COARSE)),
            *_named("bar_of", range(COARSE)),
            *(
                "bar_notes",
                "bar_notes_spread",
                "sparse_bars",
                "log_bars",
                "whole_eights",
                "whole_sixteens",
                "bar_kinds",
            ),
        ),
        _bars,
        metre=True,
    ),
)
"""All groups, in the order in which :func:`musicbook.music.features.extract_features` gives their numbers."""
