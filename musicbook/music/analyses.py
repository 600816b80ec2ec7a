"""What musicians say about harmony: the analyses of twenty chorales that music21 ships.

The task
    Hold chords that were found by counting against chords that a person has written down.

Conventions
    Chorales are numbered as in Riemenschneider's edition, 1 to 20; the catalogue's chorales come in the same order, so that
    number 1 is ``corpus.chorales()[0]``. Chords are roots 0 to 11 and kinds 0 to 2 (major, minor, diminished), sevenths and
    all inversions as their triads, augmented ones as major. An analysis may be in another key than the catalogue's score (14 and
    17 are), and number 11 changes its metre, so that its beats do not line up.

Functions
    :func:`chords_by_musician`

Sources
    The analyses are by Andrew Jones and others, in RomanText, part of music21: cuthbert2010music21.
"""

from __future__ import annotations

import numpy as np

NUMBERS = range(1, 21)


def chords_by_musician(number: int, n_beats: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the chord that holds at the beginning of each quarter note.

    Parameters
    ----------
    number : int
        1 to 20.
    n_beats : int
        Quarter notes from the beginning of the piece, the pickup included.

    Returns
    -------
    roots, kinds : ndarray of int64, shape (n_beats,)

    Raises
    ------
    ValueError
        If there is no analysis of that number.
    """
    if number not in NUMBERS:
        raise ValueError(f"no analysis of chorale {number}; there are {NUMBERS[0]} to {NUMBERS[-1]}")
    from music21 import corpus
    from music21.roman import RomanNumeral

    score = corpus.parse(f"bach/choraleAnalyses/riemenschneider{number:03d}.rntxt")
    numerals = list(score.recurse().getElementsByClass(RomanNumeral))
    starts = [float(numeral.getOffsetInHierarchy(score)) for numeral in numerals]
    at = np.searchsorted(starts, np.arange(n_beats) + 0.01, side="right") - 1
    roots = np.array([numeral.root().pitchClass for numeral in numerals])
    kinds = np.array([{"minor": 1, "diminished": 2}.get(numeral.quality, 0) for numeral in numerals])
    return roots[at], kinds[at]
