"""Chords under a melody: a hidden Markov model, taught by Bach's chorales.

The task
    A melody is given; a chord for every beat is wanted. The chords are *hidden*: what can be seen is the melody alone.
    Two things are counted in the chorales: which chord follows which, and which notes of the melody come over each chord.
    :func:`~musicbook.compose.paths.best_path` then finds the most probable row of chords.

Conventions
    A chord is a number: 0 to 11 are C major to B major, 12 to 23 the minor, 24 to 35 the diminished triads
    (:data:`CHORDS` has the names). Sevenths count as their triads. Beats are ``every`` quarter notes long; a pickup that is no
    whole number of beats begins with a part of one. A melody is seen as two numbers a beat, int64 of shape
    (beats, 2): the pitch class that sounds as the beat begins (:data:`NOTHING` for silence), and the one that sounds at
    its middle if that is a new note (:data:`NOTHING` if not). The model reads C major or A minor, the
    two modes apart; other keys are moved there by :func:`~musicbook.music.tonality.estimate_key` and back.

Limits
    One chord a beat, no sevenths, no inversions: :mod:`musicbook.compose.voicing` chooses the bass. The labels that it
    learns from are made by :func:`label` from the four voices, not by a musician. It knows no phrases and no text.

Functions and classes
    :func:`beat_grid`, :func:`sounding`, :func:`label`, :func:`observe`, :func:`examples`; :class:`Harmoniser`

Sources
    Chorales by hidden Markov models: allan2005chorales; the algorithms: rabiner1989hmm; the templates of chords:
    pardo2002chordal. Chapter "Harmony and rhythm".
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from musicbook.compose.paths import best_path, draw_path, log_total
from musicbook.music.melody import TICKS, Melody
from musicbook.music.tonality import NAMES, estimate_key

TRIADS = ((0, 4, 7), (0, 3, 7), (0, 3, 6))
"""Semitones above the root: major, minor, diminished."""

N_CHORDS = 36
CHORDS = [name + mark for mark in ("", "m", "°") for name in NAMES]
NOTHING = 12
"""Stands for a pitch class where there is none."""

# Each row: the kind of triad that it counts as, and its tones. The sevenths are those of pardo2002chordal, and two more.
_TEMPLATES = (
    *enumerate(TRIADS),
    *((0, (0, 4, 7, 10)), (0, (0, 4, 7, 11)), (1, (0, 3, 7, 10)), (2, (0, 3, 6, 10)), (2, (0, 3, 6, 9))),
)
SEVENTH = 0.2
"""What a template of four tones must be better by than its triad, in quarter notes of sound."""


def beat_grid(melody: Melody, every: float) -> tuple[int, int, int]:
    """Lay beats over a melody.

    Returns
    -------
    start, beat, n_beats : int
        Where the first beat begins (0, or before it if the pickup is no whole number of beats) and how long a beat is, in
        ticks; how many there are until the last note ends.

    Raises
    ------
    ValueError
        If the melody has no notes, or a beat is not longer than nothing.
    """
    if not len(melody):
        raise ValueError("a melody without notes has no beats")
    beat = round(every * TICKS)
    if beat < 1:
        raise ValueError(f"a beat of {every} quarter notes; it must be longer than nothing")
    start = melody.pickup % beat
    start -= beat if start else 0
    return start, beat, -(-(melody.length - start) // beat)


def sounding(melody: Melody, every: float = 1.0) -> np.ndarray:
    """Give how long each pitch class sounds in each beat, all voices together: float, quarters, shape (beats, 12).

    Raises as :func:`beat_grid` does.
    """
    start, beat, n_beats = beat_grid(melody, every)
    table = np.zeros((n_beats, 12))
    first = (melody.onset - start) // beat
    last = (melody.onset + melody.duration - start - 1) // beat
    for offset in range(int((last - first).max()) + 1):
        at = first + offset
        there = at <= last
        low = np.maximum(melody.onset, start + at * beat)
        high = np.minimum(melody.onset + melody.duration, start + (at + 1) * beat)
        np.add.at(table, (at[there], melody.pitch[there] % 12), (high - low)[there] / TICKS)
    return table


def label(melody: Melody, every: float = 1.0) -> np.ndarray:
    """Name the chord of each beat from all voices: int64, shape (beats,).

    Each template scores the sound of its tones, less the sound of other tones, less one for each tone that is missing
    (pardo2002chordal); a fourth tone must earn :data:`SEVENTH`. Raises as :func:`beat_grid` does.
    """
    sound = sounding(melody, every)
    best = np.full((len(sound), N_CHORDS), -np.inf)
    for kind, tones in _TEMPLATES:
        for root in range(12):
            within = [(root + tone) % 12 for tone in tones]
            inside = sound[:, within].sum(axis=1)
            missing = (sound[:, within] == 0).sum(axis=1)
            score = 2 * inside - sound.sum(axis=1) - missing - SEVENTH * (len(tones) == 4)
            best[:, 12 * kind + root] = np.maximum(best[:, 12 * kind + root], score)
    return best.argmax(axis=1)


def observe(melody: Melody, every: float = 1.0) -> np.ndarray:
    """Give what the model sees of the first voice: int64, shape (beats, 2); see the conventions.

    Raises as :func:`beat_grid` does.
    """
    start, beat, n_beats = beat_grid(melody, every)
    seen = np.full((n_beats, 2), NOTHING)
    lead = melody.voice == 0
    for onset, duration, pitch in zip(melody.onset[lead], melody.duration[lead], melody.pitch[lead], strict=True):
        first, last = -(-(onset - start) // beat), (onset + duration - start - 1) // beat
        seen[first : last + 1, 0] = pitch % 12
        at, into = divmod(onset - start, beat)
        if 0 < into <= beat // 2 < into + duration:
            seen[at, 1] = pitch % 12
    return seen


def examples(piece: Melody, every: float = 1.0) -> tuple[np.ndarray, np.ndarray, str]:
    """Give what the model learns from a piece in several voices, in the common key.

    Returns
    -------
    seen : ndarray of int64, shape (beats, 2)
    chords : ndarray of int64, shape (beats,)
    mode : str
        ``"major"`` or ``"minor"``.
    """
    shift, mode = _to_common(piece)
    seen, chords = observe(piece, every), label(piece, every)
    return _move(seen, shift), _moved_chords(chords, shift), mode


class Harmoniser:
    """A hidden Markov model of the chords under a melody.

    Parameters
    ----------
    smoothing : float
        How many counts the pooled knowledge weighs: what a chord does in one key is expected of its like in another, and
        counts of its own overrule that with time.

    Raises
    ------
    ValueError
        If the smoothing is not above 0.

    Attributes
    ----------
    start, moves, notes, common : dict of str to ndarray
        By mode, as logarithms: of the first chord, shape (36,); of one chord after another, (36, 36); of the two seen numbers
        over a chord, (2, 36, 13); of a chord anywhere, (36,).
    """

    def __init__(self, smoothing: float = 5.0):
        if not smoothing > 0:
            raise ValueError(f"smoothing must be above 0, got {smoothing}")
        self.smoothing = smoothing
        self.start: dict[str, np.ndarray] = {}
        self.moves: dict[str, np.ndarray] = {}
        self.notes: dict[str, np.ndarray] = {}
        self.common: dict[str, np.ndarray] = {}

    def fit(self, pieces: Iterable[Melody]) -> Harmoniser:
        """Count chords and notes in pieces of several voices, and give itself.

        Raises
        ------
        ValueError
            If there is no piece of a mode.
        """
        found = [examples(piece) for piece in pieces]
        for mode in ("major", "minor"):
            some = [(seen, chords) for seen, chords, of in found if of == mode]
            if not some:
                raise ValueError(f"no piece in {mode} to learn from; both modes are needed")
            self._count(mode, some)
        return self

    def _count(self, mode, some) -> None:
        start, moves, notes = np.zeros(N_CHORDS), np.zeros((N_CHORDS, N_CHORDS)), np.zeros((2, N_CHORDS, 13))
        for seen, chords in some:
            start[chords[0]] += 1
            np.add.at(moves, (chords[:-1], chords[1:]), 1)
            for k in (0, 1):
                np.add.at(notes[k], (chords, seen[:, k]), 1)
        common = moves.sum(axis=0) + start + 0.1
        self.common[mode] = np.log(common / common.sum())
        self.start[mode] = _smoothed(start[None], np.exp(self.common[mode])[None], 1.0)[0]
        self.moves[mode] = _smoothed(moves, _pooled_moves(moves), self.smoothing)
        self.notes[mode] = np.stack([_smoothed(table, _pooled_notes(table), self.smoothing) for table in notes])

    def lattice(self, seen: np.ndarray, mode: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Give the scores of :mod:`musicbook.compose.paths` for what is seen of a melody in the common key.

        Raises
        ------
        RuntimeError
            If nothing has been learned yet.
        """
        if mode not in self.moves:
            raise RuntimeError("this harmoniser has not learned anything yet: call fit first")
        heard = self.notes[mode][0][:, seen[:, 0]] + self.notes[mode][1][:, seen[:, 1]]
        local = list(heard.T)
        local[0] = local[0] + self.start[mode]
        return local, [self.moves[mode]] * (len(local) - 1)

    def chords(
        self, melody: Melody, *, every: float = 1.0, key: tuple[str, str] | None = None, seed: int | None = None
    ) -> np.ndarray:
        """Give a chord for every beat, in the melody's own key: int64, shape (beats,).

        Parameters
        ----------
        melody : Melody
            Its first voice is read.
        every : float
            Length of a beat in quarter notes; longer beats give calmer chords.
        key : tuple of str, optional
            Tonic and mode, such as ``("G", "major")``; guessed from the melody if not given, which often goes wrong.
        seed : int, optional
            Draw the chords by their probability; without it the most probable row is given.

        Raises
        ------
        ValueError
            If the melody has no notes, the beat is not above 0, or there is no such key.
        RuntimeError
            If nothing has been learned yet.
        """
        lead = melody.voices()[0]
        shift, mode = _to_common(lead, key)
        scores = self.lattice(_move(observe(lead, every), shift), mode)
        path = best_path(*scores) if seed is None else draw_path(*scores, np.random.default_rng(seed))
        return _moved_chords(path, -shift)

    def each_alone(self, melody: Melody, *, every: float = 1.0, key: tuple[str, str] | None = None) -> np.ndarray:
        """Give the most probable chord of every beat as if nothing stood before or after it: the baseline of :meth:`chords`.

        Arguments, shape and errors are those of :meth:`chords`.
        """
        lead = melody.voices()[0]
        shift, mode = _to_common(lead, key)
        local, _ = self.lattice(_move(observe(lead, every), shift), mode)
        local[0] = local[0] - self.start[mode]
        return _moved_chords(np.argmax(local + self.common[mode], axis=1), -shift)

    def log_likelihood(self, melody: Melody, *, every: float = 1.0, key: tuple[str, str] | None = None) -> float:
        """Give the logarithm of the probability of what is seen of a melody, over all rows of chords, in nats."""
        lead = melody.voices()[0]
        shift, mode = _to_common(lead, key)
        return log_total(*self.lattice(_move(observe(lead, every), shift), mode))


# ---- keys ----------------------------------------------------------------------------------------------------------


def _to_common(piece: Melody, key: tuple[str, str] | None = None) -> tuple[int, str]:
    """Give the semitones that bring a piece to C major or A minor, and its mode."""
    tonic, mode = key or estimate_key(piece)[:2]
    if tonic not in NAMES or mode not in ("major", "minor"):
        raise ValueError(f"no key {tonic} {mode}; a key is one of {', '.join(NAMES)} and 'major' or 'minor'")
    return ((0 if mode == "major" else 9) - NAMES.index(tonic)) % 12, mode


def _move(seen, shift) -> np.ndarray:
    return np.where(seen == NOTHING, NOTHING, (seen + shift) % 12)


def _moved_chords(chords, shift) -> np.ndarray:
    return chords // 12 * 12 + (chords + shift) % 12


# ---- counting -------------------------------------------------------------------------------------------------------


def _smoothed(counts, prior, weight) -> np.ndarray:
    """Give log((counts + weight * prior) / sum), row by row."""
    mixed = counts + weight * prior
    return np.log(mixed / mixed.sum(axis=1, keepdims=True))


def _pooled_notes(table) -> np.ndarray:
    """Give P(note | chord) from all roots of its kind together, counting intervals above the root: shape (36, 13)."""
    kind, root = np.divmod(np.arange(N_CHORDS), 12)
    pooled = np.full((3, 13), 0.1)
    for chord in range(N_CHORDS):
        pooled[kind[chord], :12] += np.roll(table[chord, :12], -root[chord])
        pooled[kind[chord], 12] += table[chord, 12]
    pooled /= pooled.sum(axis=1, keepdims=True)
    return np.array([np.append(np.roll(pooled[k, :12], r), pooled[k, 12]) for k, r in zip(kind, root, strict=True)])


def _pooled_moves(table) -> np.ndarray:
    """Give P(chord | chord before) from all roots together, counting the step from root to root: shape (36, 36)."""
    kind, root = np.divmod(np.arange(N_CHORDS), 12)
    step = (root[None, :] - root[:, None]) % 12
    pooled = np.full((3, 3, 12), 0.02)
    np.add.at(pooled, (kind[:, None], kind[None, :], step), table)
    pooled /= pooled.sum(axis=(1, 2), keepdims=True)
    return pooled[kind[:, None], kind[None, :], step]
