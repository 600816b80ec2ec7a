"""A tune as numbers: one value type for a melody and for several voices.

The task
    Hold what a score says about *which* notes sound *when*, exactly, and move it without loss between the forms that the
    book needs: a row of tokens (what the models read), a piano roll (what the eye reads), a music21 stream (what the
    engraver reads) and MIDI bytes (what every other program reads).

Conventions
    Time is counted in whole *ticks*; :data:`TICKS` ticks make a quarter note. 10,080 = 2^5 * 3^2 * 5 * 7 divides evenly
    into 128th notes, triplets, quintuplets and septuplets, so no duration of the corpus has to be rounded. Pitch is the
    MIDI number (60 is middle C, one is a semitone). Voices count from 0. Tempo is in quarter notes per minute.

Other forms
    Tokens and piano roll: :mod:`musicbook.music.grid`; music21 streams: :mod:`musicbook.music.stream`; MIDI bytes:
    :mod:`musicbook.music.midi`; files of all kinds: :mod:`musicbook.music.files`. Each says what it loses.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

TICKS = 10080
"""Ticks in a quarter note."""

REST, HOLD, FIRST_PITCH = 0, 1, 2
"""Tokens: silence, "the note goes on", and the first of the pitch tokens."""

LOW, HIGH = 55, 84
"""The models' alphabet, G3 to C6: 30 pitches and two more tokens make 32 (chapter "Data")."""

MAX_NOTES = 100_000
MAX_TICKS = TICKS * 4 * 10_000
"""Guards against hostile files: a hundred thousand notes, ten thousand bars of four quarters."""


class MusicError(ValueError):
    """The input is not music that this book can read; the message says what was wrong and what would be right."""


@dataclass(frozen=True, eq=False)
class Melody:
    """One or several voices of notes.

    Parameters
    ----------
    onset, duration, pitch, voice : array_like of int, shape (n,)
        Start and length in ticks, MIDI pitch, voice from 0. Any order; they are sorted by onset, voice, pitch.
    meter : str
        Time signature such as ``"6/8"``, or ``"none"`` for free metre.
    key : str
        As an ABC file writes it: ``"G"``, ``"Em"``, ``"Ddor"``; ``""`` when unknown.
    tempo : float
        Quarter notes per minute.
    title : str
        Shown to readers; not part of equality.
    pickup : int
        Ticks before the first full bar.

    Raises
    ------
    MusicError
        If the columns differ in length, or a value is outside what music can be (pitch 0 to 127, duration above 0).
    """

    onset: np.ndarray
    duration: np.ndarray
    pitch: np.ndarray
    voice: np.ndarray
    meter: str = "4/4"
    key: str = ""
    tempo: float = 120.0
    title: str = ""
    pickup: int = 0

    def __post_init__(self):
        columns = [np.asarray(getattr(self, name)) for name in ("onset", "duration", "pitch", "voice")]
        if len({column.shape for column in columns}) != 1 or columns[0].ndim != 1:
            raise MusicError(
                f"onset, duration, pitch and voice must be equally long rows, got {[c.shape for c in columns]}"
            )
        columns = [column.astype(np.int64) for column in columns]
        onset, duration, pitch, voice = columns
        if len(onset) > MAX_NOTES:
            raise MusicError(f"{len(onset):,} notes; at most {MAX_NOTES:,} are read")
        for bad, what in (
            (onset < 0, "a note starts before 0"),
            (duration <= 0, "a note has no length: durations must be above 0 ticks"),
            ((pitch < 0) | (pitch > 127), "a pitch is outside the MIDI numbers 0 to 127"),
            (voice < 0, "a voice number is below 0"),
            (
                onset + duration > MAX_TICKS,
                f"a note ends after {MAX_TICKS // TICKS:,} quarter notes, the longest tune read",
            ),
        ):
            if bad.any():
                raise MusicError(f"{what} (note {int(np.flatnonzero(bad)[0])})")
        if not 5 <= self.tempo <= 1000:
            raise MusicError(f"a tempo of {self.tempo} quarter notes a minute; 5 to 1000 are read")
        if not 0 <= self.pickup <= MAX_TICKS:
            raise MusicError(f"a pickup of {self.pickup} ticks; it lasts from 0 ticks to less than a bar")
        check_meter(self.meter)
        order = np.lexsort((pitch, voice, onset))
        for name, column in zip(("onset", "duration", "pitch", "voice"), columns, strict=True):
            column = column[order]
            column.flags.writeable = False
            object.__setattr__(self, name, column)

    @classmethod
    def from_notes(cls, notes, **fields) -> Melody:
        """Build a melody from ``(onset, duration, pitch[, voice])`` rows, times in quarter notes.

        Times may be ints, floats or Fractions; they are rounded to the nearest tick.
        """
        rows = [(*row, 0)[:4] for row in notes]
        columns = [[_ticks(row[0]) for row in rows], [_ticks(row[1]) for row in rows]]
        return cls(*columns, [row[2] for row in rows], [row[3] for row in rows], **fields)

    def __len__(self) -> int:
        return len(self.onset)

    def __eq__(self, other) -> bool:
        """Compare notes, voices and fields; the title is a label and does not count."""
        if not isinstance(other, Melody):
            return NotImplemented
        columns = ("onset", "duration", "pitch", "voice")
        same_notes = all(np.array_equal(getattr(self, name), getattr(other, name)) for name in columns)
        return same_notes and all(getattr(self, f) == getattr(other, f) for f in ("meter", "key", "tempo", "pickup"))

    def __hash__(self) -> int:
        return hash((self.onset.tobytes(), self.pitch.tobytes(), self.meter))

    def __repr__(self) -> str:
        voices = f", {self.n_voices} voices" if self.n_voices > 1 else ""
        return (
            f"Melody({self.title!r}, {len(self)} notes{voices}, {self.meter}, {float(self.length) / TICKS:g} quarters)"
        )

    @property
    def notes(self) -> list[tuple[Fraction, Fraction, int, int]]:
        """Rows ``(onset, duration, pitch, voice)``, times in quarter notes, exact."""
        rows = zip(self.onset.tolist(), self.duration.tolist(), self.pitch.tolist(), self.voice.tolist(), strict=True)
        return [(Fraction(o, TICKS), Fraction(d, TICKS), p, v) for o, d, p, v in rows]

    @property
    def n_voices(self) -> int:
        """Number of voices: one more than the highest voice in use, at least 1."""
        return int(self.voice.max()) + 1 if len(self) else 1

    @property
    def length(self) -> int:
        """Ticks until the last note ends."""
        return int((self.onset + self.duration).max()) if len(self) else 0

    @property
    def seconds(self) -> float:
        """Length in seconds at the melody's own tempo."""
        return self.length / TICKS * 60 / self.tempo

    @property
    def bar(self) -> int:
        """Ticks in a full bar; a free metre counts as bars of four quarters."""
        beats, unit = (int(x) for x in self.meter.split("/")) if self.meter != "none" else (4, 4)
        return beats * 4 * TICKS // unit

    def voices(self) -> list[Melody]:
        """Each voice as a melody of its own, numbered 0."""
        return [self._take(self.voice == v, voice=0 * self.voice[self.voice == v]) for v in range(self.n_voices)]

    def with_(self, **fields) -> Melody:
        """Give a copy with some fields changed."""
        return dataclasses.replace(self, **fields)

    def transpose(self, semitones: int) -> Melody:
        """Give a copy moved up (or down) by semitones. The key field is dropped: it would no longer be true."""
        return self.with_(pitch=self.pitch + semitones, key="" if semitones % 12 else self.key)

    def excerpt(self, start_bar: int = 0, n_bars: int = 4) -> Melody:
        """Give bars ``start_bar`` to ``start_bar + n_bars``, counted from the first full bar; notes are cut at the edges."""
        start = self.pickup + start_bar * self.bar
        stop = start + n_bars * self.bar
        keep = (self.onset < stop) & (self.onset + self.duration > start)
        onset = np.maximum(self.onset, start)[keep]
        end = np.minimum(self.onset + self.duration, stop)[keep]
        return self._take(keep, onset=onset - start, duration=end - onset, pickup=0)

    def _take(self, keep, **changes) -> Melody:
        columns = {name: getattr(self, name)[keep] for name in ("onset", "duration", "pitch", "voice")}
        return self.with_(**{**columns, **changes})

    # ---- other forms; each module says what its form loses ---------------------------------------------------------

    def losses(self, **alphabet) -> dict[str, int]:
        """Count what the token grid could not keep; see :func:`musicbook.music.grid.losses`."""
        from musicbook.music import grid

        return grid.losses(self, **alphabet)

    def to_tokens(self, **options) -> np.ndarray:
        """Write the first voice as one token a sixteenth; see :func:`musicbook.music.grid.to_tokens`."""
        from musicbook.music import grid

        return grid.to_tokens(self, **options)

    @staticmethod
    def from_tokens(tokens, **options) -> Melody:
        """Read a row of tokens; see :func:`musicbook.music.grid.from_tokens`."""
        from musicbook.music import grid

        return grid.from_tokens(tokens, **options)

    def to_roll(self, **options) -> np.ndarray:
        """Draw all voices on a grid; see :func:`musicbook.music.grid.to_roll`."""
        from musicbook.music import grid

        return grid.to_roll(self, **options)

    @staticmethod
    def from_roll(roll, **options) -> Melody:
        """Read a piano roll; see :func:`musicbook.music.grid.from_roll`."""
        from musicbook.music import grid

        return grid.from_roll(roll, **options)

    def to_stream(self):
        """Give a music21 score; see :func:`musicbook.music.stream.to_stream`."""
        from musicbook.music import stream

        return stream.to_stream(self)

    @staticmethod
    def from_stream(stream) -> Melody:
        """Read a music21 stream; see :func:`musicbook.music.stream.from_stream`."""
        from musicbook.music.stream import from_stream

        return from_stream(stream)

    def to_midi(self) -> bytes:
        """Give a Standard MIDI File; see :func:`musicbook.music.midi.to_midi`."""
        from musicbook.music import midi

        return midi.to_midi(self)


def check_meter(meter: str) -> None:
    """Raise :class:`MusicError` unless ``meter`` is ``"none"`` or ``"beats/unit"`` with a unit that is a power of two."""
    beats, slash, unit = meter.partition("/")
    ok = slash and beats.isascii() and beats.isdigit() and unit.isascii() and unit.isdigit() and len(beats + unit) < 6
    if meter != "none" and not (ok and 1 <= int(beats) <= 64 and int(unit) in (1, 2, 4, 8, 16, 32)):
        raise MusicError(f"{meter!r} is not a metre; write beats over a power of two such as '6/8', or 'none'")


def _ticks(quarters) -> int:
    return round(Fraction(quarters) * TICKS)
