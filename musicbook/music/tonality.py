"""Which key is a tune in, and is it major or minor? An estimate from the notes alone.

The task
    The key field of a folk-song file cannot be trusted for the mode: Essen's says "major" for nearly every tune. So the
    mode is estimated: count how long each of the twelve pitch classes sounds, and see which of 24 key profiles, measured
    on listeners, the counts resemble most.

Conventions
    Pitch class 0 is C. Keys 0 to 11 are C major to B major, 12 to 23 C minor to B minor. A correlation of 1 would be a
    perfect likeness; the estimate is a guess, most uncertain between relatives (C major and A minor share all notes), and
    it knows only major and minor: a Dorian tune is called the nearer of the two.

Functions
    :func:`pitch_class_weights`, :func:`key_correlations`, :func:`estimate_key`

Sources
    Profiles: Krumhansl and Kessler 1982 (listeners rated how well each pitch fits a key); use for key finding: Krumhansl
    1990, chapter 4; how well it does, and what to do better: Temperley 1999.
"""

from __future__ import annotations

import numpy as np

from musicbook.music.melody import Melody, MusicError

MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])

PROFILES = np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]


def pitch_class_weights(melody: Melody) -> np.ndarray:
    """Share of the sounding time of each pitch class, shape (12,), summing to 1.

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    if not len(melody):
        raise MusicError("a melody without notes has no pitch classes")
    weights = np.bincount(melody.pitch % 12, weights=melody.duration, minlength=12)
    return weights / weights.sum()


def key_correlations(weights: np.ndarray) -> np.ndarray:
    """Pearson correlation of pitch-class weights with each of the 24 key profiles.

    Parameters
    ----------
    weights : ndarray, shape (12,)

    Returns
    -------
    ndarray, shape (24,)
        Zeros if all weights are equal: then no key is better than another.
    """
    if np.ptp(weights) == 0:
        return np.zeros(24)
    return np.corrcoef(weights, PROFILES)[0, 1:]


def estimate_key(melody: Melody) -> tuple[str, str, float]:
    """Name the most likely key.

    Returns
    -------
    tonic : str
        Such as ``"G"`` or ``"Bb"``.
    mode : str
        ``"major"`` or ``"minor"``.
    margin : float
        How much better the best key of this mode correlates than the best key of the other mode: near 0 means a coin toss.
    """
    scores = key_correlations(pitch_class_weights(melody))
    best = int(np.argmax(scores))
    by_mode = scores.reshape(2, 12).max(axis=1)
    mode = ("major", "minor")[best // 12]
    return NAMES[best % 12], mode, float(abs(by_mode[0] - by_mode[1]))
