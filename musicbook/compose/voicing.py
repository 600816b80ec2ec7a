"""Chords set for voices: a melody and its chords become four-part harmony.

The task
    A chord says which pitch classes sound, not where. For each chord the three lower voices choose their places, so that
    each sings little and nobody follows another in fifths or octaves. It is a search for the cheapest path
    (:mod:`musicbook.compose.paths`) through all the ways to set each chord.

Conventions
    Chords as in :mod:`musicbook.compose.harmony`, one for each beat. Voices: 0 is the melody, untouched; 1 alto, 2 tenor,
    3 bass. A chord is struck when it changes and at every bar line, and held in between.

Rules
    What the textbooks of four-part writing ask for, as costs: no missing third (6) or fifth (1), no doubled third (2), a
    bass on the root (a third costs 2, a fifth 6), no more than an octave between the upper neighbours (5), no voice above the
    melody (20), short ways (half a point a semitone, a tenth in the bass), no leap of more than an octave in the bass (10), no
    two voices moving on in fifths, octaves or unisons (15 each). The numbers are ours, and can be argued with.

Functions
    :func:`voice`, :func:`parallels`

Sources
    Chapter "Harmony and rhythm"; the steps from chords to parts follow the plan of allan2005chorales.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from musicbook.compose.harmony import N_CHORDS, TRIADS, beat_grid
from musicbook.compose.paths import best_path
from musicbook.music.melody import Melody

RANGES = ((53, 74), (48, 67), (38, 60))
"""Lowest and highest MIDI pitch of alto, tenor and bass."""


class _Top(NamedTuple):
    """Pitches of the melody over one segment."""

    first: int
    last: int
    lowest: int


def voice(melody: Melody, chords, *, every: float = 1.0) -> Melody:
    """Set chords under a melody.

    Parameters
    ----------
    melody : Melody
        Its first voice is taken.
    chords : array_like of int, shape (beats,)
        From :meth:`musicbook.compose.harmony.Harmoniser.chords` with the same ``every``.
    every : float
        Length of a beat in quarter notes.

    Returns
    -------
    Melody
        Four voices.

    Raises
    ------
    ValueError
        If the number of chords is not that of the beats, or one of them is none of the 36.
    """
    melody = melody.voices()[0]
    chords = np.asarray(chords)
    start, beat, n_beats = beat_grid(melody, every)
    if chords.shape != (n_beats,):
        raise ValueError(f"chords of shape {chords.shape} for {n_beats} beats")
    if chords.min() < 0 or chords.max() >= N_CHORDS:
        raise ValueError(f"chords run from 0 to {N_CHORDS - 1}, got {chords.min()} to {chords.max()}")
    edges = _segments(melody, chords, start, beat)
    tops = _tops(melody, edges)
    struck = chords[(edges[:-1] - start) // beat]
    sets = [_settings(chord) for chord in struck]
    local = [-_cost(found, chord, top) for found, chord, top in zip(sets, struck, tops, strict=True)]
    moves = [
        -_way(a, b, top.last, then.first) for (a, b), (top, then) in zip(pairwise(sets), pairwise(tops), strict=True)
    ]
    path = best_path(local, moves)
    chosen = np.array([found[k] for found, k in zip(sets, path, strict=True)])
    low, high = np.maximum(edges[:-1], 0), np.minimum(edges[1:], melody.length)
    n = len(chosen)
    return melody.with_(
        onset=np.concatenate([melody.onset, np.tile(low, 3)]),
        duration=np.concatenate([melody.duration, np.tile(high - low, 3)]),
        pitch=np.concatenate([melody.pitch, chosen.T.ravel()]),
        voice=np.concatenate([melody.voice, np.repeat([1, 2, 3], n)]),
    )


def parallels(piece: Melody, *, every: float = 1.0) -> tuple[int, int]:
    """Count parallel fifths, octaves and unisons between the beginnings of beats.

    Returns
    -------
    bad, all : int
        Pairs of voices that move from a fifth to a fifth or from an octave to an octave, and all pairs of voices that
        both move.

    Raises
    ------
    ValueError
        If the piece has no notes.
    """
    start, beat, n_beats = beat_grid(piece, every)
    times = start + beat * np.arange(n_beats)
    rows = np.full((piece.n_voices, n_beats), -1)
    for onset, duration, pitch, of in zip(piece.onset, piece.duration, piece.pitch, piece.voice, strict=True):
        rows[of, (times >= onset) & (times < onset + duration)] = pitch
    bad = moving = 0
    for upper, lower in combinations(rows, 2):
        sounding = (upper >= 0) & (lower >= 0)
        both = sounding[:-1] & sounding[1:] & (np.diff(upper) != 0) & (np.diff(lower) != 0)
        gap = (upper - lower) % 12
        moving += int(both.sum())
        bad += int((both & (gap[:-1] == gap[1:]) & np.isin(gap[1:], (0, 7))).sum())
    return bad, moving


# ---- the ways to set a chord, and what they cost ----------------------------------------------------------------------


def _segments(melody, chords, start, beat) -> np.ndarray:
    """Give where a chord is struck, in ticks, and the end."""
    times = start + beat * np.arange(len(chords) + 1)
    bars = (times[1:-1] - melody.pickup) // melody.bar != (times[:-2] - melody.pickup) // melody.bar
    struck = np.concatenate([[True], (np.diff(chords) != 0) | bars, [True]])
    return times[struck]


def _tops(melody, edges) -> list[_Top]:
    """Give what the melody does over each segment; over a silence, it is taken to stay on its last note."""
    tops, last = [], int(melody.pitch[0])
    for low, high in pairwise(edges):
        pitch = melody.pitch[(melody.onset < high) & (melody.onset + melody.duration > low)]
        top = _Top(int(pitch[0]), int(pitch[-1]), int(pitch.min())) if len(pitch) else _Top(last, last, last)
        tops.append(top)
        last = top.last
    return tops


def _settings(chord) -> np.ndarray:
    """Give all ways to set a chord for alto, tenor and bass, from above: int64, shape (n, 3)."""
    tones = [(chord + tone) % 12 for tone in TRIADS[chord // 12]]
    places = [[p for p in range(low, high + 1) if p % 12 in tones] for low, high in RANGES]
    found = np.array(np.meshgrid(*places)).reshape(3, -1).T
    return found[(found[:, 0] >= found[:, 1]) & (found[:, 1] > found[:, 2])]


def _cost(found, chord, top) -> np.ndarray:
    """Give what each setting costs by itself: shape (n,)."""
    above = (np.column_stack([np.full(len(found), top.first), found]) - chord) % 12
    third, fifth = TRIADS[chord // 12][1:]
    thirds, fifths = (above == third).sum(axis=1), (above == fifth).sum(axis=1)
    alto, tenor = found.T[:2]
    cost = 6.0 * (thirds == 0) + 2.0 * (thirds > 1) + 1.0 * (fifths == 0)
    cost += 2.0 * (above[:, 3] == third) + 6.0 * (above[:, 3] == fifth)
    cost += 5.0 * (alto - tenor > 12) + 5.0 * (top.first - alto > 12)
    return cost + 20.0 * (alto > top.lowest)


def _way(a, b, top, top_after) -> np.ndarray:
    """Give what it costs to go from each setting to each of the next chord: shape (n, m)."""
    before = np.column_stack([np.full(len(a), top), a])[:, None]
    after = np.column_stack([np.full(len(b), top_after), b])[None]
    move = after - before
    far = np.abs(move)
    cost = 0.5 * (far[..., 1] + far[..., 2]) + 0.1 * far[..., 3] + 10.0 * (far[..., 3] > 12)
    for i, j in combinations(range(4), 2):
        gap, gap_after = (before[..., i] - before[..., j]) % 12, (after[..., i] - after[..., j]) % 12
        moved = (move[..., i] != 0) & (move[..., j] != 0)
        cost = cost + 15.0 * (moved & (gap == gap_after) & ((gap == 0) | (gap == 7)))
    return cost
