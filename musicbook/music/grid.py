"""Melodies on a grid: as a row of tokens and as a piano roll, both ways.

The task
    Models read and write music as arrays. Time is cut into equal steps, sixteenths unless said otherwise, and each step
    says what sounds in it.

Conventions
    Tokens: 0 is silence, 1 holds the sounding note, from 2 upwards a pitch starts (2 is the pitch ``low``). The models'
    alphabet is ``low=LOW, high=HIGH``, G3 to C6: 32 tokens. Rolls have the shape (voices, 2, steps, 128).

What a form loses
    Tokens keep one voice on the grid. Anything off the grid, a second voice, overlapping notes or pitches outside the
    alphabet raise :class:`~musicbook.music.melody.MusicError` unless ``strict=False``; :func:`losses` counts them. Rolls
    keep all voices on the grid; their second layer marks onsets, without which two quarter notes on one pitch could not be
    told from one half note. Neither holds metre, key, tempo and title: hand them to the function that reads.

Functions
    :func:`losses`, :func:`to_tokens`, :func:`from_tokens`, :func:`to_roll`, :func:`from_roll`

Sources
    One token for each sixteenth, as in MusicVAE (Roberts et al. 2018, section 4), whose note-off and rest we fold into
    one token for silence, and with a *hold* symbol (Briot, Hadjeres and Pachet 2020); chapter "Data".
"""

from __future__ import annotations

import numpy as np

from musicbook.music.melody import FIRST_PITCH, HOLD, REST, TICKS, Melody, MusicError


def losses(melody: Melody, steps_per_quarter: int = 4, low: int = 0, high: int = 127) -> dict[str, int]:
    """Count what :func:`to_tokens` could not keep.

    Returns
    -------
    dict
        Notes that are ``off_grid``, ``outside`` the pitches ``low`` to ``high``, ``overlapping`` an earlier note,
        and in ``other_voices``. Only what is above zero is listed; an empty dict means lossless.
    """
    step = _step(steps_per_quarter)
    overlap = np.zeros(len(melody), bool)
    overlap[1:] = melody.onset[1:] < np.maximum.accumulate(melody.onset + melody.duration)[:-1]
    counts = {
        "off_grid": ((melody.onset % step != 0) | (melody.duration % step != 0)).sum(),
        "outside": ((melody.pitch < low) | (melody.pitch > high)).sum(),
        "overlapping": overlap.sum(),
        "other_voices": (melody.voice > 0).sum(),
    }
    return {name: int(count) for name, count in counts.items() if count}


def to_tokens(
    melody: Melody, steps_per_quarter: int = 4, low: int = 0, high: int = 127, strict: bool = True
) -> np.ndarray:
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
    lost = losses(melody, steps_per_quarter, low, high)
    if strict and lost:
        what = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in lost.items())
        raise MusicError(f"the token grid would lose notes: {what}. Pass strict=False to lose them knowingly")
    step, first = _step(steps_per_quarter), melody.voice == 0
    onset = np.rint(melody.onset[first] / step).astype(int)
    end = np.maximum(np.rint((melody.onset + melody.duration)[first] / step).astype(int), onset + 1)
    tokens = np.full(int(end.max(initial=0)), REST)
    for start, stop, pitch in zip(onset, end, melody.pitch[first], strict=True):
        tokens[start:] = REST
        tokens[start] = FIRST_PITCH + _fold(int(pitch), low, high) - low
        tokens[start + 1 : stop] = HOLD
    return tokens


def from_tokens(tokens, steps_per_quarter: int = 4, low: int = 0, high: int = 127, **fields) -> Melody:
    """Read a row of tokens; the inverse of :func:`to_tokens`.

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
    return Melody(*(np.array(rows, dtype=np.int64).reshape(-1, 4).T), **fields)


def to_roll(melody: Melody, steps_per_quarter: int = 4) -> np.ndarray:
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
    off = (melody.onset % step != 0) | (melody.duration % step != 0)
    if off.any():
        raise MusicError(f"{int(off.sum())} notes are off the grid of {steps_per_quarter} steps a quarter")
    roll = np.zeros((melody.n_voices, 2, -(-melody.length // step), 128), bool)
    for o, d, p, v in zip(melody.onset // step, melody.duration // step, melody.pitch, melody.voice, strict=True):
        if roll[v, 0, o : o + d, p].any():
            raise MusicError(f"pitch {p} sounds twice at once in voice {v} at step {o}: a roll cannot show that")
        roll[v, 0, o : o + d, p] = True
        roll[v, 1, o, p] = True
    return roll


def from_roll(roll, steps_per_quarter: int = 4, **fields) -> Melody:
    """Read a roll of shape (voices, 2, steps, 128); the inverse of :func:`to_roll`."""
    roll = np.asarray(roll, bool)
    if roll.ndim != 4 or roll.shape[1] != 2 or roll.shape[3] != 128:
        raise MusicError(f"a roll has the shape (voices, 2, steps, 128), got {roll.shape}")
    step, rows = _step(steps_per_quarter), []
    for v, o, p in np.argwhere(roll[:, 1]):
        goes_on = roll[v, 0, o + 1 :, p] & ~roll[v, 1, o + 1 :, p]
        rows.append((o * step, (1 + int(np.argmin(np.append(goes_on, False)))) * step, p, v))
    return Melody(*(np.array(rows, dtype=np.int64).reshape(-1, 4).T), **fields)


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
