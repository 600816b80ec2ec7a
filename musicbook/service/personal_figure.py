"""A picture of a feedback loop over its rounds.

Functions
    ``draw_rounds``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt

COLOURS = ("#1a5fb4", "#c2185b", "#2e7d32", "#b8860b")


def draw_rounds(left: Mapping[str, Sequence[float]], right: Mapping[str, Sequence[float]], labels: tuple[str, str]):
    """Draw two pictures side by side, each with a line for each policy over the rounds.

    Parameters
    ----------
    left, right : mapping of str to sequence of float
        Values of each round, by the policy's name.
    labels : tuple of str
        What each picture measures.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (2,)
    """
    _, both = plt.subplots(1, 2, figsize=(6.6, 3), layout="constrained")
    for axes, values, label in zip(both, (left, right), labels, strict=True):
        for (name, row), colour in zip(values.items(), COLOURS, strict=False):
            axes.plot(range(1, len(row) + 1), row, marker="o", markersize=4, color=colour, label=name)
        axes.set(xlabel="round", title=label, ylim=(0, None))
        axes.title.set_fontsize(10)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    both[0].legend(frameon=False, loc="lower left", fontsize=9)
    return both
