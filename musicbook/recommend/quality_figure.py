"""Pictures of a table of recommenders: a bar for each, with the interval of its mean; a dot for each, by two rulers.

Functions
    ``draw_quality``, ``draw_two_rulers``
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from musicbook.recommend.intervals import bootstrap


def draw_quality(quality: Mapping[str, np.ndarray], label: str):
    """Draw the mean of each recommender and its bootstrap interval of 95 %.

    Parameters
    ----------
    quality : mapping of str to array_like of float, shape (n_listeners,)
        Values of each listener, by the recommender's name, from the top of the picture.
    label : str
        What is measured, and on whom.

    Returns
    -------
    matplotlib.axes.Axes
    """
    mean, low, high = np.array([bootstrap(values) for values in quality.values()]).T
    _, axes = plt.subplots(figsize=(6.4, 0.35 * len(quality) + 0.8), layout="constrained")
    axes.barh(range(len(quality)), mean, xerr=[mean - low, high - mean], color="#7aa6d6", ecolor="#33424f")
    axes.set_yticks(range(len(quality)), quality)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def draw_two_rulers(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray], across: str, upwards: str):
    """Draw each recommender as a dot: its mean by one ruler to the right, by another upwards.

    Parameters
    ----------
    first, second : mapping of str to array_like of float, shape (n_listeners,)
        Values of each listener, by the recommender's name; NaN for a listener who was not judged.
    across, upwards : str
        What each ruler measures.

    Returns
    -------
    matplotlib.axes.Axes
    """
    places = {name: np.array([np.nanmean(first[name]), np.nanmean(second[name])]) for name in first}
    room = np.ptp(list(places.values()), axis=0) * (0.1, 0.08)  # what a label covers
    _, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    for name, place in places.items():
        away = [other - place for other in places.values()]
        covered = any(0 < x < room[0] and abs(y) < room[1] for x, y in away)
        where = {"xytext": (-6, 0), "ha": "right"} if covered else {"xytext": (6, 0), "ha": "left"}
        axes.plot(*place, "o", color="#33424f")
        axes.annotate(name, place, textcoords="offset points", va="center", **where)
    axes.margins(x=0.15, y=0.1)
    axes.set(xlabel=across, ylabel=upwards)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
