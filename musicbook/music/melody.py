"""A tune as numbers: one value type for a melody and for several voices.

The task
    Hold what a score says about *which* notes sound *when*, exactly, and move it without loss between the forms that the
    book needs: a row of tokens (what the models read), a piano roll (what the eye reads), a music21 stream (what the
    engraver reads) and MIDI bytes (what every other program reads).

Conventions
    Time is counted in whole *ticks*; :data:`TICKS` ticks make a quarter note. 10,080 = 2^5 * 3^2 * 5 * 7 divides evenly
    into 128th notes, triplets, quintuplets and septuplets, so no duration of the corpus has to be rounded. Pitch is the
    MIDI number (60 is middle C, one is a semitone). Voices count from 0. Tempo is in quarter notes per minute.

What a form loses
    :meth:`Melody.to_tokens`
        keeps one voice on a grid of sixteenths. Anything off the grid, a second voice, overlapping notes or pitches
        outside the alphabet raise :class:`MusicError` unless ``strict=False``; :meth:`Melody.losses` counts them.
        Metre, key, tempo and title are not part of the tokens: hand them to :meth:`Melody.from_tokens`.
    :meth:`Melody.to_roll`
        keeps all voices on the grid. Its second layer marks onsets; without it two quarter notes on one pitch could not
        be told from one half note.
    :meth:`Melody.to_stream`, :meth:`Melody.to_midi`
        keep every note. See :mod:`musicbook.music.stream` and :mod:`musicbook.music.midi` for the fields.

Sources
    One token for each sixteenth, as in MusicVAE (Roberts et al. 2018, section 4), whose note-off and rest we fold into
    one token for silence, and with a *hold* symbol (Briot, Hadjeres and Pachet 2020); chapter "Data".
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
        if not (np.isfinite(self.tempo) and 5 <= self.tempo <= 1000):
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

    # ---- the grid ----------------------------------------------------------------------------------------------

    def losses(self, steps_per_quarter: int = 4, low: int = 0, high: int = 127) -> dict[str, int]:
        """Count what :meth:`to_tokens` could not keep.

        Returns
        -------
        dict
            Notes that are ``off_grid``, ``outside`` the pitches ``low`` to ``high``, ``overlapping`` an earlier note,
            and in ``other_voices``. Only what is above zero is listed; an empty dict means lossless.
        """
        step = _step(steps_per_quarter)
        overlap = np.zeros(len(self), bool)
        overlap[1:] = self.onset[1:] < np.maximum.accumulate(self.onset + self.duration)[:-1]
        counts = {
            "off_grid": ((self.onset % step != 0) | (self.duration % step != 0)).sum(),
            "outside": ((self.pitch < low) | (self.pitch > high)).sum(),
            "overlapping": overlap.sum(),
            "other_voices": (self.voice > 0).sum(),
        }
        return {name: int(count) for name, count in counts.items() if count}

    def to_tokens(self, steps_per_quarter: int = 4, low: int = 0, high: int = 127, strict: bool = True) -> np.ndarray:
        """Write the first voice as one token a grid step.

        Parameters
        ----------
        steps_per_quarter : int
            4 gives sixteenth notes.
        low, high : int
            Lowest and highest pitch of the alphabet; the token of pitch p is ``FIRST_PITCH + p - low``.
        strict : bool
            Refuse to lose anything. If False, times are rounded to the grid, pitches are moved by octaves into the
            alphabet, a later note cuts an earlier one short, and other voices are left out.

        Returns
        -------
        ndarray of int64, shape (steps,)
            0 is silence, 1 holds the sounding note, the rest start a note.

        Raises
        ------
        MusicError
            If strict and something would be lost; the message counts it.
        """
        lost = self.losses(steps_per_quarter, low, high)
        if strict and lost:
            what = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in lost.items())
            raise MusicError(f"the token grid would lose notes: {what}. Pass strict=False to lose them knowingly")
        step, first = _step(steps_per_quarter), self.voice == 0
        onset = np.rint(self.onset[first] / step).astype(int)
        end = np.maximum(np.rint((self.onset + self.duration)[first] / step).astype(int), onset + 1)
        tokens = np.full(int(end.max(initial=0)), REST)
        for start, stop, pitch in zip(onset, end, self.pitch[first], strict=True):
            tokens[start:] = REST
            tokens[start] = FIRST_PITCH + _fold(int(pitch), low, high) - low
            tokens[start + 1 : stop] = HOLD
        return tokens

    @classmethod
    def from_tokens(cls, tokens, steps_per_quarter: int = 4, low: int = 0, high: int = 127, **fields) -> Melody:
        """Read a row of tokens; the inverse of :meth:`to_tokens`.

        A hold with nothing to hold (at the start, or after silence) is read as silence: models write such rows.

        Raises
        ------
        MusicError
            If the row is not one-dimensional or holds a number that is not a token of this alphabet.
        """
        tokens = np.asarray(tokens)
        size = FIRST_PITCH + high - low + 1
        if tokens.ndim != 1 or (tokens.size and not (tokens.min() >= 0 and tokens.max() < size)):
            raise MusicError(f"tokens must be one row of numbers from 0 to {size - 1}, got shape {tokens.shape}")
        step, rows, sounding = _step(steps_per_quarter), [], False
        for i, token in enumerate(tokens.tolist()):
            if token == HOLD and sounding:
                rows[-1][1] += step
            elif token >= FIRST_PITCH:
                rows.append([i * step, step, token - FIRST_PITCH + low, 0])
            sounding = token >= FIRST_PITCH or (token == HOLD and sounding)
        return cls(*(np.array(rows, dtype=np.int64).reshape(-1, 4).T), **fields)

    def to_roll(self, steps_per_quarter: int = 4) -> np.ndarray:
        """Draw all voices on a grid.

        Returns
        -------
        ndarray of bool, shape (voices, 2, steps, 128)
            Layer 0: the pitch sounds in this step. Layer 1: it starts here.

        Raises
        ------
        MusicError
            If a note is off the grid, or sounds twice at once on one pitch of one voice.
        """
        step = _step(steps_per_quarter)
        off = (self.onset % step != 0) | (self.duration % step != 0)
        if off.any():
            raise MusicError(f"{int(off.sum())} notes are off the grid of {steps_per_quarter} steps a quarter")
        roll = np.zeros((self.n_voices, 2, -(-self.length // step), 128), bool)
        for o, d, p, v in zip(self.onset // step, self.duration // step, self.pitch, self.voice, strict=True):
            if roll[v, 0, o : o + d, p].any():
                raise MusicError(f"pitch {p} sounds twice at once in voice {v} at step {o}: a roll cannot show that")
            roll[v, 0, o : o + d, p] = True
            roll[v, 1, o, p] = True
        return roll

    @classmethod
    def from_roll(cls, roll, steps_per_quarter: int = 4, **fields) -> Melody:
        """Read a roll of shape (voices, 2, steps, 128); the inverse of :meth:`to_roll`."""
        roll = np.asarray(roll, bool)
        if roll.ndim != 4 or roll.shape[1] != 2 or roll.shape[3] != 128:
            raise MusicError(f"a roll has the shape (voices, 2, steps, 128), got {roll.shape}")
        step, rows = _step(steps_per_quarter), []
        for v, o, p in np.argwhere(roll[:, 1]):
            goes_on = roll[v, 0, o + 1 :, p] & ~roll[v, 1, o + 1 :, p]
            rows.append((o * step, (1 + int(np.argmin(np.append(goes_on, False)))) * step, p, v))
        return cls(*(np.array(rows, dtype=np.int64).reshape(-1, 4).T), **fields)

    # ---- other programs ----------------------------------------------------------------------------------------

    def to_stream(self):
        """Give a music21 score; see :func:`musicbook.music.stream.to_stream`."""
        from musicbook.music.stream import to_stream

        return to_stream(self)

    @classmethod
    def from_stream(cls, stream) -> Melody:
        """Read a music21 stream; see :func:`musicbook.music.stream.from_stream`."""
        from musicbook.music.stream import from_stream

        return from_stream(stream)

    def to_midi(self) -> bytes:
        """Give a Standard MIDI File; see :func:`musicbook.music.midi.to_midi`."""
        from musicbook.music.midi import to_midi

        return to_midi(self)


def check_meter(meter: str) -> None:
    """Raise :class:`MusicError` unless ``meter`` is ``"none"`` or ``"beats/unit"`` with a unit that is a power of two."""
    beats, slash, unit = meter.partition("/")
    ok = slash and beats.isascii() and beats.isdigit() and unit.isascii() and unit.isdigit() and len(beats + unit) < 6
    if meter != "none" and not (ok and 1 <= int(beats) <= 64 and int(unit) in (1, 2, 4, 8, 16, 32)):
        raise MusicError(f"{meter!r} is not a metre; write beats over a power of two such as '6/8', or 'none'")


def _ticks(quarters) -> int:
    return round(Fraction(quarters) * TICKS)


def _step(steps_per_quarter: int) -> int:
    if steps_per_quarter < 1 or TICKS % steps_per_quarter:
        raise MusicError(f"{steps_per_quarter} steps a quarter do not divide {TICKS} ticks; 4 gives sixteenths")
    return TICKS // steps_per_quarter


def _fold(pitch: int, low: int, high: int) -> int:
    """Move a pitch by octaves until it lies within the alphabet (which spans an octave or more)."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch
