"""Pictures of how styles are told apart.

Functions
    ``draw_dances``     tunes on two features, a colour for each label
    ``draw_groups``     how well each group of features does alone
    ``draw_learning``   balanced accuracy over the number of training tunes
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

COLOURS = ("#1a5fb4", "#c2185b", "#2e7d32", "#b8860b", "#6a4c93")
MARKS = ("o", "s", "^", "D", "v")


def draw_dances(x: np.ndarray, y: np.ndarray, labels: np.ndarray, names: tuple[str, str], n: int = 60):
    """Draw tunes on two features, n of each label (all, if there are fewer); colour and shape tell the label.

    Parameters
    ----------
    x, y : array_like of float, shape (n_tunes,)
        ``x`` is above 0: its axis is logarithmic.
    labels : ndarray of str, shape (n_tunes,)
        At most five different ones.
    names : tuple of str
        Of the axes.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    rng = np.random.default_rng(0)
    for label, colour, mark in zip(np.unique(labels), COLOURS, MARKS, strict=False):
        rows = np.flatnonzero(labels == label)
        rows = rng.choice(rows, min(n, len(rows)), replace=False)
        axes.scatter(np.asarray(x)[rows], np.asarray(y)[rows], 14, colour, mark, alpha=0.65, linewidths=0, label=label)
    axes.set(xlabel=names[0], ylabel=names[1], xscale="log")
    ticks = [tick for tick in (25, 50, 100, 200, 400, 800) if np.min(x) <= tick <= np.max(x)]
    axes.set_xticks(ticks, ticks)
    axes.minorticks_off()
    axes.legend(frameon=False, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1), handletextpad=0.1, columnspacing=1)
    return _plain(axes)


def draw_groups(scores: Mapping[str, float], chance: float, whole: float):
    """Draw a bar for the balanced accuracy of each group of features, the best on top, with chance and the whole as lines.

    Returns
    -------
    matplotlib.axes.Axes
    """
    order = sorted(scores, key=scores.get)
    _, axes = plt.subplots(figsize=(6.4, 0.27 * len(scores) + 0.9), layout="constrained")
    axes.barh(order, [scores[name] for name in order], color=COLOURS[0], height=0.7)
    for value, words in ((chance, "chance"), (whole, "all together")):
        axes.axvline(value, color=COLOURS[1], linewidth=1.2)
        axes.annotate(
            words, (value, 1), (3, 2), xycoords=("data", "axes fraction"), textcoords="offset points", color=COLOURS[1]
        )
    axes.set(xlabel="balanced accuracy of a group alone", xlim=(0, 1))
    return _plain(axes)


def draw_learning(curve: pd.DataFrame, chance: float):
    """Draw a learning curve.

    Parameters
    ----------
    curve : DataFrame
        As :func:`musicbook.music.style.learning_curve` gives it.
    chance : float

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for name, colour in zip(curve, (COLOURS[3], COLOURS[0]), strict=True):
        axes.plot(curve.index, curve[name], marker="o", markersize=4, color=colour, label=f"{name} tunes")
    axes.axhline(chance, color="#5c6773", linewidth=0.8)
    axes.annotate("chance", (curve.index[-1], chance), (0, 3), textcoords="offset points", ha="right", color="#5c6773")
    axes.set(xlabel="training tunes", ylabel="balanced accuracy", xscale="log", ylim=(0, 1.02))
    axes.set_xticks(list(curve.index), [str(size) for size in curve.index])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.25))
    return _plain(axes)


def _plain(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
