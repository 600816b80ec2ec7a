"""A picture of many tunes on the plane of valence and arousal.

Functions
    ``draw_plane``
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd

from musicbook.music.mood import QUADRANTS

COLOURS = ("#1a5fb4", "#c2185b", "#2e7d32", "#b8860b")


def draw_plane(groups: Mapping[str, pd.DataFrame], n: int = 250):
    """Draw some tunes of each group as points, and each group's median as a large mark with its name.

    Parameters
    ----------
    groups : mapping of str to DataFrame
        Rows of :func:`musicbook.music.mood.table`, by the group's name; at most four groups.
    n : int
        So many points of each are drawn.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 5), layout="constrained")
    axes.axhline(0, color="#9aa5b1", linewidth=0.8)
    axes.axvline(0, color="#9aa5b1", linewidth=0.8)
    for (name, moods), colour in zip(groups.items(), COLOURS, strict=False):
        some = moods.sample(min(n, len(moods)), random_state=0)
        axes.scatter(some["valence"], some["arousal"], 7, colour, alpha=0.35, linewidths=0)
        middle = moods[["valence", "arousal"]].median()
        axes.scatter(*middle, 110, colour, edgecolors="white", linewidths=1.5, label=name, zorder=3)
    for (positive, excited), words in QUADRANTS.items():
        axes.annotate(
            words,
            (0.98 if positive else 0.02, 0.98 if excited else 0.02),
            xycoords="axes fraction",
            ha="right" if positive else "left",
            va="top" if excited else "bottom",
            color="#5c6773",
        )
    axes.set(xlabel="predicted valence", ylabel="predicted arousal", xlim=(-1.05, 1.05), ylim=(-1.05, 1.05))
    axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), handletextpad=0.1)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
