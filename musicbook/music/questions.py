"""Questions about a melody, by ear and by eye, with their answers: which interval, which rhythm, which note, which bar.

Task
    An exercise is more than a melody: it asks something, and it knows whether an answer is right and why. What is asked by ear
    is heard and not seen; what is asked by eye is seen. Wrong answers are near to the right one.

Conventions
    A question has two to four different options, one of them right. ``seen`` is what is written, if anything is; ``heard`` is
    what sounds. Intervals are in semitones; bars count from 1. The same melody and seed give the same question.

Functions
    :func:`direction`, :func:`interval`, :func:`rhythm`, :func:`name`, :func:`wrong_bar` ask; :func:`check` tells right from
    wrong;
    :func:`spell`, :func:`signature` and :func:`note_name` write notes

Sources
    The kinds of questions are those of any course of ear training; the code is our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from musicbook.music.levels import LETTERS, key_of, scale_of, signs_of
from musicbook.music.melody import TICKS, Melody, MusicError

INTERVALS = (
    "unison",
    "minor second",
    "major second",
    "minor third",
    "major third",
    "fourth",
    "tritone",
    "fifth",
    "minor sixth",
    "major sixth",
    "minor seventh",
    "major seventh",
    "octave",
)
PARTS = {Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}


@dataclass(frozen=True)
class Question:
    """Something to answer.

    Attributes
    ----------
    topic : str
        ``"intervals"``, ``"rhythm"`` or ``"reading"``.
    text : str
    heard : Melody
    seen : Melody or None
    options : tuple of str
    right : int
        Position of the right option.
    why : str
        The reason, for all who answered.
    """

    topic: str
    text: str
    heard: Melody
    seen: Melody | None
    options: tuple[str, ...]
    right: int
    why: str


def check(question: Question, answer: int) -> bool:
    """Tell whether an answer, the position of an option, is right; ``MusicError`` if there is no such option."""
    if not 0 <= answer < len(question.options):
        raise MusicError(
            f"answer {answer} to a question with {len(question.options)} options, 0 to {len(question.options) - 1}"
        )
    return answer == question.right


def spell(pitch: int, key: str) -> tuple[int, int]:
    """Write a note as its key does.

    Returns
    -------
    tuple of int
        The step of the staff, C4 (middle C) being 0 and each letter one more, and its sign: 1 for sharp, -1 for flat, 0 for
        none. A note outside the key is a plain letter if it can be, else the note below it, raised.
    """
    altered = signature(key)
    for letter, semitones in LETTERS.items():
        sign = altered.get(letter, 0)
        if (pitch - semitones - sign) % 12 == 0:
            octave = (pitch - semitones - sign) // 12 - 5
            return "CDEFGAB".index(letter) + 7 * octave, sign
    if pitch % 12 in LETTERS.values():
        return spell(pitch, "C")
    step, sign = spell(pitch - 1, key)
    return step, sign + 1


def signature(key: str) -> dict[str, int]:
    """Give the letters that the key raises (1) or lowers (-1), in the order in which they are written."""
    signs = signs_of(key)
    return dict.fromkeys("FCGDAEB"[:signs], 1) if signs >= 0 else dict.fromkeys("BEADGCF"[:-signs], -1)


def note_name(pitch: int, key: str) -> str:
    """Name a note as the key would write it, without its octave, such as ``"F♯"``."""
    step, sign = spell(pitch, key)
    return "CDEFGAB"[step % 7] + {0: "", 1: "♯", -1: "♭"}[sign]


def direction(melody: Melody, seed: int) -> Question:
    """Ask by ear whether the second of two successive notes is higher, lower or the same."""
    a, b = _pair(melody, np.random.default_rng(seed))
    options = ("higher", "lower", "the same")
    right = 0 if b > a else 1 if b < a else 2
    why = f"It goes from {_called(a, melody)} to {_called(b, melody)}, {_distance(a, b)}."
    return Question("intervals", "Is the second note higher or lower?", _two(a, b, melody), None, options, right, why)


def interval(melody: Melody, seed: int, largest: int = 12) -> Question:
    """Ask by ear how far it is between two successive notes; wrong answers are near, and at most ``largest`` semitones.

    Raises
    ------
    MusicError
        If all notes are alike, or no two successive ones lie as near as that.
    """
    rng = np.random.default_rng(seed)
    a, b = _pair(melody, rng, 1, largest)
    size = abs(b - a)
    others = sorted((k for k in range(1, largest + 1) if k != size), key=lambda k: (abs(k - size), rng.random()))[:3]
    options = tuple(INTERVALS[k] for k in sorted([size, *others]))
    why = f"It goes {'up' if b > a else 'down'} from {_called(a, melody)} to {_called(b, melody)}: {_semitones(size)}."
    ask = "Which interval do you hear?"
    return Question("intervals", ask, _two(a, b, melody), None, options, options.index(INTERVALS[size]), why)


def rhythm(melody: Melody, seed: int) -> Question:
    """Ask by ear which rhythm a bar has; wrong answers have the same lengths in another order, or one of them changed.

    Raises
    ------
    MusicError
        If there is no full bar of two notes or more.
    """
    rng = np.random.default_rng(seed)
    bars = [bar for bar in _bars(melody) if len(bar) > 1]
    if not bars:
        raise MusicError("a question about rhythm needs a bar of two notes")
    bar = bars[rng.integers(len(bars))]
    lengths = [Fraction(int(ticks), TICKS) for ticks in bar.duration]
    options, tries = [lengths], 0
    while len(options) < 4 and tries < 200:
        tries += 1
        other = _changed(lengths, rng) if tries % 2 or len(set(lengths)) == 1 else list(rng.permutation(lengths))
        if other not in options and len(other) > 1:
            options.append(other)
    order = rng.permutation(len(options))
    said = tuple(_beats(options[k]) for k in order)
    why = f"The lengths are {_beats(lengths)} quarter notes."
    ask = "Which rhythm do you hear? Lengths are in quarter notes."
    return Question("rhythm", ask, bar, None, said, int(np.flatnonzero(order == 0)[0]), why)


def name(melody: Melody, seed: int) -> Question:
    """Ask by eye what a note of a bar is called; wrong answers are its neighbours in the scale."""
    rng = np.random.default_rng(seed)
    bars = _bars(melody)
    bar = bars[rng.integers(len(bars))]
    k = int(rng.integers(len(bar)))
    key, pitch = key_of(melody), int(bar.pitch[k])
    around = [p for p in range(pitch - 6, pitch + 7) if p % 12 in scale_of(key) and p % 12 != pitch % 12]
    near = sorted(around, key=lambda p: (abs(p - pitch), rng.random()))
    called = list(dict.fromkeys(note_name(p, key) for p in [pitch, *near]))[:4]
    options = tuple(sorted(called))
    ask = f"What is note {k + 1} called?"
    why = f"Note {k + 1} is {note_name(pitch, key)}."
    return Question("reading", ask, bar, bar, options, options.index(called[0]), why)


def wrong_bar(melody: Melody, seed: int, steps: int = 2) -> Question:
    """Ask in which bar the sound differs from what is written: one note is played some steps of the scale too high or too low.

    Raises
    ------
    MusicError
        If there are fewer than two bars.
    """
    rng = np.random.default_rng(seed)
    starts = _bar_numbers(melody)
    numbers = sorted(set(starts.tolist()))
    if len(numbers) < 2:
        raise MusicError("a question about a wrong bar needs two bars")
    bar = numbers[rng.integers(len(numbers))]
    k = int(rng.choice(np.flatnonzero(starts == bar)))
    scale = sorted(p for p in range(128) if p % 12 in scale_of(key_of(melody)))
    place = int(np.searchsorted(scale, melody.pitch[k]))
    turn = steps if rng.random() < 0.5 else -steps
    pitch = melody.pitch.copy()
    pitch[k] = scale[place + turn]
    played = melody.with_(pitch=pitch)
    options = tuple(f"bar {number + 1}" for number in numbers)
    why = (
        f"In bar {bar + 1} a note sounds as {_called(pitch[k], melody)}; {_called(melody.pitch[k], melody)} is written."
    )
    ask = "One note is played wrong. In which bar?"
    return Question("reading", ask, played, melody, options, numbers.index(bar), why)


def _called(pitch: int, melody: Melody) -> str:
    return note_name(int(pitch), key_of(melody))


def _distance(a: int, b: int) -> str:
    return "the same pitch" if a == b else f"{_semitones(abs(b - a))} {'up' if b > a else 'down'}"


def _semitones(size: int) -> str:
    return "1 semitone" if size == 1 else f"{size} semitones"


def _pair(melody: Melody, rng: np.random.Generator, least: int = 0, most: int = 127) -> tuple[int, int]:
    size = np.abs(np.diff(melody.pitch))
    places = np.flatnonzero((size >= least) & (size <= most))
    if not len(places):
        raise MusicError(f"no two successive notes lie {least} to {most} semitones apart")
    k = int(rng.choice(places))
    return int(melody.pitch[k]), int(melody.pitch[k + 1])


def _two(a: int, b: int, melody: Melody) -> Melody:
    return Melody.from_notes([(0, 2, a), (2, 2, b)], key=key_of(melody), tempo=80.0)


def _bar_numbers(melody: Melody) -> np.ndarray:
    return (melody.onset - melody.pickup) // melody.bar


def _bars(melody: Melody) -> list[Melody]:
    """Give the bars that have notes, each moved to the beginning."""
    numbers = _bar_numbers(melody)
    found = []
    for number in sorted(set(numbers.tolist()) - {-1}):
        here = numbers == number
        start = melody.pickup + number * melody.bar
        found.append(
            Melody(
                melody.onset[here] - start,
                melody.duration[here],
                melody.pitch[here],
                melody.voice[here],
                meter=melody.meter,
                key=key_of(melody),
                tempo=melody.tempo,
            )
        )
    return found


def _changed(lengths: list[Fraction], rng: np.random.Generator) -> list[Fraction]:
    """Split one length in two, or put two together; the bar stays as long."""
    k = int(rng.integers(len(lengths)))
    if rng.random() < 0.5 and lengths[k] > Fraction(1, 2):
        half = lengths[k] / 2
        return [*lengths[:k], half, half, *lengths[k + 1 :]]
    k = int(rng.integers(len(lengths) - 1))
    return [*lengths[:k], lengths[k] + lengths[k + 1], *lengths[k + 2 :]]


def _beats(lengths) -> str:
    def say(length: Fraction) -> str:
        whole, part = int(length), length - int(length)
        return (str(whole) if whole else "") + (PARTS.get(part, str(part)) if part else "")

    return " · ".join(say(length) for length in lengths)
