"""Predicted mood: where listeners would probably put a tune on the plane of valence and arousal.

The task
    A mood is not in the notes, it is in whoever listens. But some properties of a performance move most listeners of the
    studies the same way: fast music sounds more aroused, and music in major more positive, than slow music and music in
    minor. This module turns these cues into two numbers. No labelled corpus stands behind it, so it is called *predicted* mood,
    and a reader can hold it against her own ratings.

Conventions
    Valence and arousal lie between -1 and 1 (negative to positive, calm to excited). Arousal 0 is a usual speed, valence 0
    is neither major nor minor; most tunes of the catalogue are in major, so their valence is above 0.
    What is predicted is the mood that listeners say music *expresses*, not what they feel. Cues: notes a second, at the
    melody's own tempo; *majorness*, by how much the best major key fits the pitch classes better than the best minor key,
    as a difference of correlations; and register, the mean pitch in octaves above what is usual. Weights are chosen by
    hand, so that the plane is used; only their signs come from the studies.

Functions
    :func:`cues`, :func:`predict`, :func:`interval`, :func:`table`, :func:`closest`; :func:`in_mode` rewrites a tune in
    major or minor; :func:`quadrant`; :class:`Mood`

Sources
    The plane: Russell 1980. Tempo and arousal, mode and mood: Husain, Thompson and Schellenberg 2002. Review of the cues, and
    of how much they depend on each other: Gabrielsson and Lindström 2010 (for register it reports both directions, hence
    the small weight). Two dimensions or named emotions: Eerola and Vuoskoski 2011. A labelled corpus: Hung et al. 2021.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody, MusicError
from musicbook.music.tonality import NAMES, estimate_key, key_correlations, pitch_class_weights

USUAL_SPEED = 3.0
"""Notes a second that count as neither calm nor excited."""
USUAL_PITCH = 71.0
"""Mean pitch (MIDI number) that counts as neither high nor low; both are close to the catalogue's medians."""
SPEED_WEIGHT, REGISTER_WEIGHT, MAJOR_WEIGHT = 0.8, 0.15, 4.0
"""Arousal for a doubled speed, arousal for an octave, valence for a majorness of 1; all before the tanh."""
QUADRANTS = {
    (True, True): "happy, excited",
    (False, True): "tense, angry",
    (False, False): "sad, tired",
    (True, False): "calm, content",
}
"""Words for (valence at least 0, arousal at least 0), after Russell's circle."""
TO_MINOR = {4: 3, 9: 8, 11: 10}
"""Degrees of the major scale, in semitones above the tonic, and what they become in natural minor."""


class Mood(NamedTuple):
    """A point on the plane: two numbers between -1 and 1."""

    valence: float
    arousal: float


def cues(melody: Melody) -> dict[str, float]:
    """Measure what the prediction rests on.

    Returns
    -------
    dict
        ``speed`` (notes a second), ``majorness`` (difference of two correlations), ``register`` (octaves above usual).

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    weights = pitch_class_weights(melody)
    return {
        "speed": len(melody) / melody.seconds,
        "majorness": float(_majorness(weights)),
        "register": float((np.average(melody.pitch, weights=melody.duration) - USUAL_PITCH) / 12),
    }


def predict(melody: Melody) -> Mood:
    """Predict the mood that listeners would say a melody expresses, as it is played: at its tempo, in its register."""
    return Mood(*map(float, _place(**cues(melody))))


def interval(melody: Melody, draws: int = 400, seed: int = 0) -> tuple[Mood, Mood]:
    """Say how far the prediction hangs on which bars the tune happens to have.

    Bars are drawn from the tune's own with replacement, as many as it has, and the mood is predicted anew. The interval
    covers this chance alone; that listeners differ, and that the rule may be wrong, is not in it.

    Returns
    -------
    low, high : Mood
        The middle 95 % of each number.

    Raises
    ------
    MusicError
        If the melody has fewer than two bars.
    """
    bar = (melody.onset - melody.pickup) // melody.bar + 1
    n = int(bar.max()) + 1
    if n < 3:
        raise MusicError("bars cannot be drawn from fewer than two")
    notes = np.bincount(bar, minlength=n)
    heights = np.bincount(bar, weights=melody.duration * melody.pitch, minlength=n)
    classes = np.zeros((n, 12))
    np.add.at(classes, (bar, melody.pitch % 12), melody.duration)
    # The pickup counts as the first bar does: it is drawn or not.
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), draws)
    sums = drawn @ classes
    sounding = sums.sum(axis=1)
    drawn, sums = drawn[sounding > 0], sums[sounding > 0]
    found = _place(
        speed=np.maximum(drawn @ notes, 1) / melody.seconds,
        majorness=np.array([_majorness(each / each.sum()) for each in sums]),
        register=(drawn @ heights / sums.sum(axis=1) - USUAL_PITCH) / 12,
    )
    low, high = np.quantile(np.array(found), [0.025, 0.975], axis=1)
    return Mood(*map(float, low)), Mood(*map(float, high))


def table(catalogue: Catalogue) -> pd.DataFrame:
    """Give cues and predicted mood of each tune: a row a tune, by id; two or three seconds for the whole catalogue."""
    rows = [(*(found := cues(melody)).values(), *_place(**found)) for melody in catalogue]
    return pd.DataFrame(rows, catalogue.table.index, ["speed", "majorness", "register", "valence", "arousal"])


def closest(moods: pd.DataFrame, valence: float, arousal: float, k: int = 10) -> pd.DataFrame:
    """Give the k tunes of a table whose predicted mood lies nearest to a wanted one, nearest first."""
    distance = np.hypot(moods["valence"] - valence, moods["arousal"] - arousal)
    return moods.loc[distance.sort_values(kind="stable").index[:k]]


def quadrant(mood: Mood) -> str:
    """Name the quarter of the plane."""
    return QUADRANTS[mood.valence >= 0, mood.arousal >= 0]


def in_mode(melody: Melody, mode: str) -> Melody:
    """Rewrite a melody in major or in natural minor on the same tonic: third, sixth and seventh move by a semitone.

    The tonic is that of the most likely key. A melody that is in the wanted mode already is given back as it is.

    Parameters
    ----------
    melody : Melody
    mode : {"major", "minor"}

    Raises
    ------
    MusicError
        For another mode.
    """
    if mode not in ("major", "minor"):
        raise MusicError(f"no mode {mode!r}; there are 'major' and 'minor'")
    tonic, now, _ = estimate_key(melody)
    if now == mode:
        return melody
    moves = TO_MINOR if mode == "minor" else {minor: major for major, minor in TO_MINOR.items()}
    shift = np.zeros(12, int)
    for degree, to in moves.items():
        shift[degree] = to - degree
    pitch = melody.pitch + shift[(melody.pitch - NAMES.index(tonic)) % 12]
    return melody.with_(pitch=pitch, key="")


def _majorness(weights: np.ndarray):
    found = key_correlations(weights)
    return found[:12].max() - found[12:].max()


def _place(speed, majorness, register) -> Mood:
    return Mood(
        np.tanh(MAJOR_WEIGHT * majorness),
        np.tanh(SPEED_WEIGHT * np.log2(speed / USUAL_SPEED) + REGISTER_WEIGHT * register),
    )
