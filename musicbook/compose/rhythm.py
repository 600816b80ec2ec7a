"""Rhythm by itself: taken off a melody, learned, varied, and given pitches again.

The task
    A melody answers two questions, *when* and *which note*. Here they are asked one after the other. The rhythm of a window
    is what is left when all pitches are forgotten; put other pitches on it, or keep the pitches and change the rhythm, and
    hear what each of them carries. :class:`RhythmChain` learns rhythm alone; :class:`RhythmFirst` writes a rhythm, then
    pitches for it, and is the cheap composer that any network has to beat.

Conventions
    Windows as in :mod:`musicbook.compose.composer`. A rhythm is a row of the same length over three symbols: 0 silence,
    1 goes on, 2 a note begins; so it is itself a row of tokens, on one pitch. A beat is 4 steps and a bar 4 beats; the
    chain reads whole beats and knows which beat of the bar it is at.

Limits
    The pitches do not know where in the bar they fall, or that bar 2 answers bar 1: only the rhythm does.

Functions and classes
    :func:`rhythm_of`, :func:`pitches_of`, :func:`put`; :class:`RhythmChain`, :class:`RhythmFirst`

Sources
    Chapter "Harmony and rhythm". The chains back off as :mod:`musicbook.compose.markov` says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicbook.compose.composer import N_TOKENS, Composer
from musicbook.compose.markov import MarkovChain
from musicbook.music.melody import FIRST_PITCH, HOLD, REST

STEPS, BEATS = 4, 4
"""Steps in a beat, beats in a bar."""

PATTERNS = 3**STEPS
ONSET = FIRST_PITCH
"""In a rhythm, "a note begins"."""


def rhythm_of(windows) -> np.ndarray:
    """Forget the pitches: rows over 0, 1, 2, of the same shape."""
    return np.minimum(np.asarray(windows), ONSET)


def pitches_of(windows) -> list[np.ndarray]:
    """Forget the rhythm: for each window the tokens that start a note, in their order."""
    return [row[row >= FIRST_PITCH] for row in np.asarray(windows)]


def put(rhythm, pitches: Sequence) -> np.ndarray:
    """Play pitches in a rhythm.

    Parameters
    ----------
    rhythm : array_like of int, shape (n, n_steps)
    pitches : sequence of n array_like of int
        Tokens that start a note. If there are too few they begin again, if too many the last are left out.

    Returns
    -------
    ndarray of int64, shape (n, n_steps)

    Raises
    ------
    ValueError
        If the numbers of rows differ, a rhythm has other symbols than 0, 1 and 2, or there is no pitch for a rhythm with notes.
    """
    rhythm = np.array(rhythm)
    if rhythm.ndim != 2 or len(rhythm) != len(pitches):
        raise ValueError(f"rhythms of shape {rhythm.shape} for {len(pitches)} rows of pitches")
    if not np.isin(rhythm, (REST, HOLD, ONSET)).all():
        raise ValueError("a rhythm has the symbols 0 (silence), 1 (goes on) and 2 (a note begins) only")
    for row, tokens in zip(rhythm, pitches, strict=True):
        onsets = row == ONSET
        if onsets.any() and not len(tokens):
            raise ValueError("a rhythm with notes needs at least one pitch")
        row[onsets] = np.resize(tokens, onsets.sum())
    return rhythm


class RhythmChain(Composer):
    """A Markov chain over beats that knows its place in the bar; what it writes are rhythms.

    Parameters
    ----------
    order : int
        How many beats it looks back, at least 1; 4 reach the same place of the bar before.
    n_steps : int
        Length of what it writes, in whole beats.

    Raises
    ------
    ValueError
        If the order is below 1 or the length no whole number of beats.
    """

    def __init__(self, order: int = 4, *, n_steps: int = 32, n_tokens: int = 3):
        super().__init__(n_steps, n_tokens, order=order)
        if order < 1:
            raise ValueError(f"order must be at least 1, got {order}")
        if n_steps % STEPS:
            raise ValueError(f"n_steps must be a multiple of {STEPS}, got {n_steps}")
        self.order = order
        self._chain = _BeatChain(order, PATTERNS * BEATS, n_steps=n_steps // STEPS)

    def fit(self, windows, *, seed: int = 0) -> RhythmChain:
        """Count beats after beats in the rhythm of windows, shape (n, steps); the seed changes nothing."""
        self._chain.fit(_beats(windows))
        return self

    def sample(self, n: int, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Write rhythms: int64 of shape (n, n_steps) over 0, 1, 2. A rhythm without any note is given one on its first step."""
        beats = self._chain.sample(n, seed, temperature=temperature) % PATTERNS
        rows = (beats[..., None] // 3 ** np.arange(STEPS - 1, -1, -1) % 3).reshape(n, -1)
        silent = ~(rows == ONSET).any(axis=1)
        rows[silent, 0] = ONSET
        return rows

    def log_likelihood(self, window) -> float:
        """Give the logarithm of the probability of a window's rhythm, in nats."""
        return self._chain.log_likelihood(_beats([window])[0])

    def _arrays(self):
        return self._chain._arrays()

    def _restore(self, arrays):
        self._chain._restore(arrays)


class RhythmFirst(Composer):
    """A composer of two chains: one writes the rhythm, the other the pitches for it.

    Parameters
    ----------
    n_steps, n_tokens : int
        Shape of a window.
    rhythm_order : int
        Beats that the rhythm looks back.
    pitch_order : int
        Notes that a pitch looks back.
    """

    def __init__(self, n_steps: int = 32, n_tokens: int = N_TOKENS, *, rhythm_order: int = 4, pitch_order: int = 3):
        super().__init__(n_steps, n_tokens, rhythm_order=rhythm_order, pitch_order=pitch_order)
        self.rhythm = RhythmChain(rhythm_order, n_steps=n_steps)
        self.pitch = MarkovChain(pitch_order, n_tokens - FIRST_PITCH, n_steps=n_steps)

    def fit(self, windows, *, seed: int = 0) -> RhythmFirst:
        """Count rhythms and rows of pitches in windows, shape (n, n_steps); the seed changes nothing."""
        self.rhythm.fit(windows)
        self.pitch.fit([row - FIRST_PITCH for row in pitches_of(windows)])
        return self

    def sample(self, n: int, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Write windows: a rhythm each, then pitches for it."""
        first, second = np.random.SeedSequence(seed).generate_state(2)
        return self.sing(self.rhythm.sample(n, first, temperature=temperature), second, temperature=temperature)

    def sing(self, rhythm, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Write pitches for given rhythms, shape (n, n_steps); raises as :func:`put` does."""
        tokens = self.pitch.sample(len(rhythm), seed, temperature=temperature) + FIRST_PITCH
        return put(rhythm, list(tokens))

    def _arrays(self):
        parts = {"rhythm": self.rhythm, "pitch": self.pitch}
        return {f"{part}.{name}": values for part, chain in parts.items() for name, values in chain._arrays().items()}

    def _restore(self, arrays):
        for part, chain in {"rhythm": self.rhythm, "pitch": self.pitch}.items():
            chain._restore({name[len(part) + 1 :]: v for name, v in arrays.items() if name.startswith(f"{part}.")})


class _BeatChain(MarkovChain):
    """A chain over symbols ``place * PATTERNS + pattern`` in which the places follow one another."""

    def _mix(self, contexts):
        p = super()._mix(contexts)
        last = contexts[:, -1]
        place = np.where(last == self._start, 0, (last // PATTERNS + 1) % BEATS)
        p[np.arange(self.n_tokens) // PATTERNS != place[:, None]] = 0
        return p / p.sum(axis=1, keepdims=True)


def _beats(windows) -> np.ndarray:
    """Write each beat as one symbol: shape (n, steps) in, (n, steps / 4) out."""
    rows = rhythm_of(windows)
    if rows.ndim != 2 or rows.shape[1] % STEPS:
        raise ValueError(f"windows of whole beats are wanted, shape (n, a multiple of {STEPS}), got {rows.shape}")
    patterns = rows.reshape(len(rows), -1, STEPS) @ 3 ** np.arange(STEPS - 1, -1, -1)
    return patterns + PATTERNS * (np.arange(patterns.shape[1]) % BEATS)
