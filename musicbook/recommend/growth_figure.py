"""A picture of growth: memory against listeners, measured and predicted, with the budget as a line.

Functions
    ``draw_growth``
"""

from __future__ import annotations

import numpy as np

from musicbook.recommend.footprint import BASE, BUDGET, GIB, METHODS, predict


def draw_growth(record: dict, budget: float = BUDGET):
    """Draw what :func:`musicbook.recommend.growth.recorded` holds: points are measured, lines predicted.

    Parameters
    ----------
    record : dict
    budget : float
        Bytes, drawn as a line across.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    sizes = np.unique([row["listeners"] for row in record["growth"]])
    along = np.geomspace(sizes[0], sizes[-1], 60)
    for colour, (method, marker) in enumerate(zip(METHODS, "osD^vP", strict=True)):
        predicted = [BASE + predict(method, n, record["items"], record["plays"] * n) for n in along]
        axes.plot(along, np.divide(predicted, GIB), color=f"C{colour}", linewidth=1)
        rows = [row for row in record["growth"] if row["method"] == method and "peak" in row]
        peaks = [row["peak"] / GIB for row in rows]
        axes.plot([row["listeners"] for row in rows], peaks, marker, color=f"C{colour}", label=method)
    axes.axhline(budget / GIB, color="black", linestyle="--", linewidth=1)
    axes.annotate(f"{budget / GIB:.0f} GiB", (sizes[0], budget / GIB * 1.1))
    axes.set(xscale="log", yscale="log", xlabel="listeners", ylabel="peak memory, GiB", ylim=(0.05, 200))
    axes.legend(fontsize="small", ncols=2)
    return figure
