"""Levels of difficulty that can be measured: how wide, how far, how quick, in which key.

Task
    An exercise is right for a learner if it asks for no more than she has met. So a level is a list of limits, each of which can
    be counted in the notes; a melody's level is the lowest whose limits it keeps. Between two levels a score says how near to
    which limit a melody lies.

Conventions
    Widths and leaps are in semitones, lengths in quarter notes, the tempo in quarter notes a minute. A note is *foreign* if it
    is not in the scale of the melody's key; a melody without a key is given the most likely one. *Signs* are the sharps or flats
    of the key. Levels count from 1; ``BEYOND`` is what keeps the limits of none. The first voice counts; rests are not measured.

Functions
    :func:`measure`, :func:`faults`, :func:`level_of`, :func:`difficulty`; :func:`scale_of` and :func:`signs_of` read a key

Sources
    Criteria that teachers name, as Sébastien et al. count them in scores: ``sebastien2012``; several dimensions of difficulty,
    judged apart and together: ``ramoneda2024``. The limits below are our own and not a syllabus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.music.tonality import estimate_key

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
DEGREE = {"": 0, "dor": 2, "phr": 4, "lyd": 5, "mix": 7, "m": 9}
"""Of a mode's tonic in the major scale with the same notes, in semitones."""
MAJOR = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True)
class Level:
    """What an exercise may ask for.

    Attributes
    ----------
    name : str
    span, leap : int
        Semitones from the lowest note to the highest, and between one note and the next.
    lengths : tuple of Fraction
        Lengths of notes, in quarter notes.
    foreign, signs : int
        Notes outside the key; sharps or flats of the key.
    tempo : float
        Quarter notes a minute.
    notes : int
    """

    name: str
    span: int
    leap: int
    lengths: tuple[Fraction, ...]
    foreign: int
    signs: int
    tempo: float
    notes: int


def _lengths(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(word) for word in text.split())


LEVELS = (
    Level("first steps", 7, 4, _lengths("1 2 4"), 0, 1, 80, 16),
    Level("on the way", 12, 7, _lengths("1/2 1 3/2 2 3 4"), 0, 2, 100, 32),
    Level("at home", 17, 12, _lengths("1/4 1/2 3/4 1 3/2 2 3 4"), 2, 4, 126, 64),
)
BEYOND = len(LEVELS) + 1


class Measures(NamedTuple):
    """What is counted in a melody, in the order and the units of a :class:`Level`."""

    span: int
    leap: int
    lengths: tuple[Fraction, ...]
    foreign: int
    signs: int
    tempo: float
    notes: int


def scale_of(key: str) -> frozenset[int]:
    """Give the seven pitch classes of a key such as ``"G"``, ``"Em"`` or ``"Ddor"``.

    Raises
    ------
    MusicError
        If the key is not written like that.
    """
    home = _home(key)
    return frozenset((home + step) % 12 for step in MAJOR)


def signs_of(key: str) -> int:
    """Count the sharps (above 0) or flats (below 0) of a key; raises as :func:`scale_of` does."""
    fifths = 7 * _home(key) % 12
    return fifths if fifths <= 6 else fifths - 12


def _home(key: str) -> int:
    """Give the tonic, 0 to 11, of the major key with the same notes."""
    match = re.fullmatch(r"([A-G])([#b]?)(m|dor|phr|lyd|mix)?", key)
    if not match:
        raise MusicError(f"the key {key!r} is not written as 'G', 'Bb', 'Em' or 'Ddor'")
    letter, sign, mode = match.groups()
    return (LETTERS[letter] + {"#": 1, "b": -1, "": 0}[sign] - DEGREE[mode or ""]) % 12


def key_of(melody: Melody) -> str:
    """Give a melody's key, the most likely one if it names none."""
    if melody.key:
        return melody.key
    tonic, mode, _ = estimate_key(melody)
    return tonic + ("m" if mode == "minor" else "")


def measure(melody: Melody) -> Measures:
    """Measure what levels are made of.

    Raises
    ------
    MusicError
        If there is no note in the first voice, or the key is unknown.
    """
    first = melody.voice == 0
    pitch, duration = melody.pitch[first], melody.duration[first]
    if not len(pitch):
        raise MusicError("a melody without notes has no level")
    key = key_of(melody)
    foreign = ~np.isin(pitch % 12, list(scale_of(key)))
    return Measures(
        int(pitch.max() - pitch.min()),
        int(np.abs(np.diff(pitch)).max(initial=0)),
        tuple(Fraction(int(ticks), TICKS) for ticks in np.unique(duration)),
        int(foreign.sum()),
        abs(signs_of(key)),
        float(melody.tempo),
        len(pitch),
    )


def faults(melody: Melody, level: Level | int) -> list[str]:
    """List in words what of a melody lies beyond a level; empty if it keeps all limits."""
    limits = LEVELS[level - 1] if isinstance(level, int) else level
    found = measure(melody)
    words = {
        "span": "{} semitones wide",
        "leap": "a leap of {} semitones",
        "foreign": "{} notes outside the key",
        "signs": "{} sharps or flats",
        "tempo": "{:g} quarter notes a minute",
        "notes": "{} notes",
    }
    said = [
        f"{say.format(getattr(found, name))}; the level allows {getattr(limits, name):g}"
        for name, say in words.items()
        if getattr(found, name) > getattr(limits, name)
    ]
    strange = [str(length) for length in found.lengths if length not in limits.lengths]
    return said + [f"a note of {length} quarters, which the level has not" for length in strange]


def level_of(melody: Melody) -> int:
    """Give the lowest level whose limits a melody keeps, ``BEYOND`` if it keeps those of none."""
    return next((k for k, level in enumerate(LEVELS, 1) if not faults(melody, level)), BEYOND)


def difficulty(melody: Melody) -> float:
    """Score how difficult a melody is, from 0 to 4.

    Each measure is put on the scale of the levels: 1 at the limit of the first, 2 at that of the second, and so on, straight
    between them and at most 4. The score is the mean of eight: span, leap, quickness (notes in a quarter, by the shortest),
    kinds of lengths, foreign notes, signs, tempo and number of notes.
    """
    found = measure(melody)
    mine = _parts(found)
    limits = np.array([_parts(level) for level in LEVELS])
    return float(np.mean([_place(value, column) for value, column in zip(mine, limits.T, strict=True)]))


def _parts(m: Measures | Level) -> list[float]:
    return [m.span, m.leap, float(1 / min(m.lengths)), len(m.lengths), m.foreign, m.signs, m.tempo, m.notes]


def _place(value: float, limits: np.ndarray) -> float:
    places: dict[float, float] = {}
    for k, limit in enumerate(limits, 1):
        places.setdefault(float(limit), k)  # two levels with the same limit: what keeps it lies at the lower one
    places.setdefault(0.0, 0)
    x, y = zip(*sorted(places.items()), strict=True)
    if value <= x[-1]:
        return float(np.interp(value, x, y))
    return float(min(y[-1] + (value - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2]), BEYOND))
