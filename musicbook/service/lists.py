"""What a listener is shown: ten places, eight for the recommender and two for an experiment.

The task
    Fill a list so that it can be learned from afterwards. What stands at each place is drawn with a probability that is
    known and kept: the *propensity*. Two places hold one steered and one unsteered melody that were composed for the
    listener, and a coin decides which of them comes first; a difference in their clicks is the effect of steering alone.

Conventions
    Places count from 1. Listeners are codes, tunes ids.

Functions
    ``pairs``, ``fill``

Sources
    Logged propensities: schnabel2016. Randomised exploration: li2010linucb.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

SLATE, NEW_PLACES = 10, (4, 8)
"""Places of a list, and the two of them that hold what was composed for the listener."""
EXPLORE = 0.1
"""Chance that any other place holds any tune at all instead of the one that the recommender wants there."""


def pairs(made: pd.DataFrame, people: Sequence[str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw for each listener one of her steered tunes and one of those that were not, in an order that a coin decides.

    Parameters
    ----------
    made : DataFrame
        What was composed in a round, with columns ``listener``, ``steered`` (1 or 0) and ``tune``.
    people : sequence of str
        Ids of the listeners.
    rng : numpy.random.Generator
    """
    of = made.groupby(["listener", "steered"])["tune"].agg(list)
    drawn = []
    for name in people:
        pair = [of[name, steered][rng.integers(len(of[name, steered]))] for steered in (1, 0)]
        drawn.append(tuple(pair if rng.random() < 0.5 else pair[::-1]))
    return drawn


def fill(
    tops: np.ndarray, items: np.ndarray, new: Sequence[tuple[str, str]], n_new: int, rng: np.random.Generator
) -> list:
    """Fill the lists of all listeners.

    Parameters
    ----------
    tops : ndarray of int, shape (n_listeners, at least SLATE - 2)
        What the recommender would show each, best first; -1 where it has no more.
    items : array_like of str
        Ids by code.
    new : sequence of (str, str)
        As :func:`pairs` draws them.
    n_new : int
        Number of tunes from which each of a pair was drawn.
    rng : numpy.random.Generator

    Returns
    -------
    list of (int, str, int, float)
        Listener, tune, place, propensity.
    """
    shown = []
    for who, top in enumerate(tops):
        wanted = [code for code in top if code >= 0 and items[code] not in new[who]]
        for place in range(1, SLATE + 1):
            if place in NEW_PLACES:
                shown.append((who, new[who][NEW_PLACES.index(place)], place, 0.5 / n_new))
                continue
            best = wanted.pop(0) if wanted else -1
            explore = best < 0 or rng.random() < EXPLORE
            code = int(rng.integers(len(items))) if explore else best
            share = 1.0 if best < 0 else EXPLORE
            shown.append((who, items[code], place, share / len(items) + (1 - share) * (code == best)))
    return shown
