"""Pictures of a screening: precision against recall, and how surprising the best match of each melody is.

Functions
    ``draw_curves``, ``draw_audit``
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from musicbook.music.screening import Curve


def draw_curves(curves: Mapping[str, Curve]):
    """Draw precision against recall for each measure, with the area in the legend.

    Parameters
    ----------
    curves : mapping of str to musicbook.music.screening.Curve

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    styles = ("-", "--", "-.", ":", (0, (1, 3)))
    for (name, curve), style in zip(curves.items(), styles, strict=False):
        axes.plot(curve.recall, curve.precision, linestyle=style, label=f"{name} ({curve.area:.2f})")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.03))
    axes.legend(fontsize=8, loc="lower left", frameon=False)
    return _bare(axes)


def draw_audit(best: Mapping[str, np.ndarray], limit: float):
    """Draw the surprise of each melody's best match, a row of dots for each group, and the threshold.

    Parameters
    ----------
    best : mapping of str to array_like of float
        By the group's name, from the top.
    limit : float

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 0.5 * len(best) + 0.9), layout="constrained")
    rng = np.random.default_rng(0)
    for k, values in enumerate(best.values()):
        axes.plot(values, k + rng.uniform(-0.25, 0.25, len(values)), "o", color="#1668b8", alpha=0.45, markersize=4)
        axes.plot([np.median(values)] * 2, [k - 0.35, k + 0.35], color="#33424f", linewidth=2)
    axes.axvline(limit, color="#b84a00", linestyle="--")
    axes.set_yticks(range(len(best)), best)
    axes.invert_yaxis()
    axes.set_xlabel("surprise of the best match (dashed: the threshold, bars: medians)")
    return _bare(axes)


def _bare(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
