"""Exercises for a level: new melodies that ask for no more than the level allows.

Task
    A teacher wants any number of short melodies of a stated difficulty. They are drawn from what the fiddle books do, which note
    follows which and which length stands where in the bar, with everything masked that the level forbids. So the limits are
    kept by construction, and not by luck.

Conventions
    Bars are of 4/4. A melody begins on a note of the tonic's chord and ends on the tonic. Levels are those of
    :mod:`musicbook.music.levels`; a level of one's own may be given instead of a number. Pitches are drawn exactly from the
    chain under its constraints (:func:`musicbook.compose.paths.draw_path`), not note by note with dead ends.

Functions
    :func:`exercise` writes a melody, :func:`ask` a question about one, :func:`bank` many questions; :func:`habits`

Sources
    The Markov chain as a generator: chapter "Generators"; levels for learners: ``sebastien2012``.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from musicbook.compose.paths import draw_path
from musicbook.music import corpus, questions
from musicbook.music.levels import LEVELS, MAJOR, Level, difficulty, signs_of
from musicbook.music.melody import FIRST_PITCH, LOW, REST, Melody, MusicError
from musicbook.music.questions import Question

KEYS = {"C": 60, "G": 67, "F": 65, "D": 62, "Bb": 70, "A": 69, "Eb": 63, "E": 64, "Ab": 68}
"""Major keys, and the pitch on which an exercise in them ends."""
BAR = 16
"""Sixteenths."""
TOP = 81
"""A5, one ledger line above the staff."""
TOPICS = ("intervals", "rhythm", "reading")
TRIES = 200


class Habits(NamedTuple):
    """What the fiddle books do.

    Attributes
    ----------
    moves : ndarray of float, shape (12, 25)
        Counts of an interval, -12 to 12 semitones, after a pitch class above the tonic.
    lengths : ndarray of float, shape (16, 17)
        Counts of a length in sixteenths at a sixteenth of the bar.
    """

    moves: np.ndarray
    lengths: np.ndarray


class Exercise(NamedTuple):
    """A question of a level, and how difficult its melody suggests that it is, on the scale of :mod:`musicbook.recommend.elo`."""

    level: int
    question: Question
    difficulty: float


@functools.cache
def habits() -> Habits:
    """Count what follows what in the training windows of the fiddle books; every count is one more than was found."""
    rows = corpus.windows(2, collections=corpus.FIDDLE_BOOKS)
    moves, lengths = np.ones((12, 25)), np.ones((BAR, BAR + 1))
    window, step = np.nonzero(rows >= FIRST_PITCH)
    pitch = rows[window, step] - FIRST_PITCH + LOW
    same = window[1:] == window[:-1]
    change = np.diff(pitch)
    near = same & (np.abs(change) <= 12)
    np.add.at(moves, (pitch[:-1][near] % 12, change[near] + 12), 1)
    length = np.diff(step)
    held = same & (length <= BAR - step[:-1] % BAR) & (rows[window[1:], step[1:] - 1] != REST)
    np.add.at(lengths, (step[:-1][held] % BAR, length[held]), 1)
    return Habits(moves, lengths)


def exercise(
    level: Level | int, seed: int, *, bars: int = 4, allowed: Callable[[int, int], bool] | None = None
) -> Melody:
    """Write an exercise.

    Parameters
    ----------
    level : Level or int
        Its limits, or its number from 1.
    seed : int
        The same seed writes the same exercise.
    bars : int
        Of four quarters.
    allowed : callable, optional
        A constraint of one's own: whether a pitch may follow a pitch, both MIDI numbers.

    Returns
    -------
    Melody
        Within all limits of the level, with its key and tempo.

    Raises
    ------
    ValueError
        If no melody keeps the limits, such as more bars than the level has notes.
    """
    limits = LEVELS[level - 1] if isinstance(level, int) else level
    rng = np.random.default_rng(seed)
    key = str(rng.choice([key for key in KEYS if abs(signs_of(key)) <= limits.signs]))
    lengths = _rhythm(limits, bars, rng)
    pitch = _pitches(limits, key, len(lengths), rng, allowed)
    _foreign(pitch, lengths, limits, rng, allowed)
    onset = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rows = [(start / 4, length / 4, p) for start, length, p in zip(onset, lengths, pitch, strict=True)]
    tempo = float(rng.choice(np.arange(limits.tempo - 20, limits.tempo + 1, 4)))
    return Melody.from_notes(rows, key=key, tempo=tempo, title=f"Exercise {seed}, {limits.name}")


def ask(level: int, topic: str, seed: int) -> Exercise:
    """Write a melody of a level and ask something about it.

    Intervals are asked by their direction at the first level and by name above; a wrong bar is easier to find the further off
    its note is, so it is off by 4 - level steps.

    Raises
    ------
    ValueError
        If there is no such topic.
    """
    if topic not in TOPICS:
        raise ValueError(f"no topic {topic!r}; there are {', '.join(TOPICS)}")
    melody = exercise(level, seed)
    if topic == "rhythm":
        question = questions.rhythm(melody, seed)
    elif topic == "intervals":
        largest = min(LEVELS[level - 1].leap, 12)
        question = questions.direction(melody, seed) if level == 1 else questions.interval(melody, seed, largest)
    else:
        question = questions.wrong_bar(melody, seed, 4 - level) if seed % 2 else questions.name(melody, seed)
    return Exercise(level, question, 1.5 * (difficulty(melody) - 1.5))


def bank(n: int = 8, seed: int = 0) -> list[Exercise]:
    """Ask n questions of each topic at each level, by level, then by topic; melodies too short to ask about are left out."""
    found = []
    for level in range(1, len(LEVELS) + 1):
        for k, topic in enumerate(TOPICS):
            kept, at = [], 1000 * seed + 100 * k
            while len(kept) < n:
                with contextlib.suppress(MusicError):
                    kept.append(ask(level, topic, at))
                at += 1
            found += kept
    return found


def _rhythm(limits: Level, bars: int, rng: np.random.Generator) -> np.ndarray:
    """Draw lengths in sixteenths; the last bar ends with a note of a quarter or more where the level has one."""
    ways = np.array([int(4 * length) for length in limits.lengths if (4 * length).denominator == 1])
    for _ in range(TRIES):
        drawn, at = [], 0
        while at < BAR * bars:
            rest = BAR - at % BAR
            fits = ways[(ways <= rest) & (at % np.minimum(ways, 4) == 0)]
            if not len(fits):
                break
            weight = habits().lengths[at % BAR, fits]
            drawn.append(int(rng.choice(fits, p=weight / weight.sum())))
            at += drawn[-1]
        if at == BAR * bars and len(drawn) <= limits.notes and drawn[-1] >= min(4, ways.max()):
            return np.array(drawn)
    raise ValueError(
        f"{bars} bars with at most {limits.notes} notes of {[str(x) for x in limits.lengths]} could not be written"
    )


def _pitches(limits: Level, key: str, n: int, rng: np.random.Generator, allowed) -> np.ndarray:
    """Draw pitches from the chain, given all limits."""
    tonic = KEYS[key]
    low = tonic - int(rng.integers(0, limits.span + 1))
    low = max(low, LOW)
    pitches = np.array([p for p in range(low, min(low + limits.span, TOP) + 1) if (p - tonic) % 12 in MAJOR])
    change = pitches[None, :] - pitches[:, None]
    counts = habits().moves[(pitches[:, None] - tonic) % 12, np.clip(change, -12, 12) + 12]
    counts = np.where(np.abs(change) <= limits.leap, counts, 0.0)
    if allowed is not None:
        counts *= np.array([[bool(allowed(int(a), int(b))) for b in pitches] for a in pitches])
    with np.errstate(divide="ignore"):
        totals = np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
        move = np.log(counts / totals)
        start = np.log(np.isin((pitches - tonic) % 12, (0, 4, 7)) * 1.0)
        end = np.log((pitches == tonic) * 1.0)
    local = [start] + [np.zeros(len(pitches))] * (n - 2) + [end] if n > 1 else [end]
    return pitches[draw_path(local, [move] * (n - 1), rng)]


def _foreign(pitch: np.ndarray, lengths: np.ndarray, limits: Level, rng: np.random.Generator, allowed) -> None:
    """Raise some notes by a semitone, each just before a note that lies a whole tone above it."""
    places = [k for k in range(1, len(pitch) - 1) if pitch[k + 1] - pitch[k] == 2]
    for k in rng.permutation(places)[: limits.foreign]:
        before, after, raised = int(pitch[k - 1]), int(pitch[k + 1]), int(pitch[k]) + 1
        fits = abs(raised - before) <= limits.leap and abs(after - raised) <= limits.leap
        if fits and (allowed is None or (allowed(before, raised) and allowed(raised, after))):
            pitch[k] = raised
