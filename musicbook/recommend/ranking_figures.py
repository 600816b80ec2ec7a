"""Pictures of how recommenders were judged.

Functions
    ``draw_sampling``    a metric over the size of the sample that was ranked against
    ``draw_groups``      bars for each system, one for each group of listeners or split
    ``draw_rates``       estimates of a click-through rate, with errors, against the truth
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

COLOURS = ("#1a5fb4", "#c2185b", "#2e7d32", "#b8860b", "#6a4c93", "#5c6773")


def draw_sampling(sizes: Sequence[int], curves: Mapping[str, np.ndarray], label: str):
    """Draw curves over sample sizes on a logarithmic axis; the last size is that of the whole.

    Parameters
    ----------
    sizes : sequence of int
    curves : mapping of str to ndarray of float, shape (len(sizes),)
        By the system's name.
    label : str
        Of the upright axis.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(5.6, 3.0), layout="constrained")
    for (name, values), colour in zip(curves.items(), COLOURS, strict=False):
        axes.plot(sizes, values, marker="o", markersize=3.5, color=colour, label=name)
    axes.set(xscale="log", xlabel="tunes that each held-out tune is ranked against", ylabel=label, ylim=(0, None))
    axes.legend(frameon=False)
    return _plain(axes)


def draw_groups(values: Mapping[str, Sequence[float]], names: Sequence[str], label: str):
    """Draw a group of bars for each system: one for each group of listeners, or for each split.

    Parameters
    ----------
    values : mapping of str to sequence of float, as many as ``names``
        By the system's name.
    names : sequence of str
        What the bars of a group are.
    label : str

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    width = 0.8 / len(names)
    for k, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        places = np.arange(len(values)) + (k - (len(names) - 1) / 2) * width
        axes.bar(places, [each[k] for each in values.values()], width * 0.92, label=name, color=colour)
    axes.set_xticks(range(len(values)), values)
    axes.axhline(0, color="#5c6773", linewidth=0.8)
    axes.set_ylabel(label)
    axes.legend(frameon=False, ncols=len(names), loc="lower center", bbox_to_anchor=(0.5, 1))
    return _plain(axes)


def draw_rates(rates: Mapping[str, tuple[float, float]], truth: float, label: str):
    """Draw estimates with two standard errors to either side, and the truth as a line.

    Parameters
    ----------
    rates : mapping of str to (rate, standard error)
    truth : float
    label : str

    Returns
    -------
    matplotlib.axes.Axes
    """
    _, axes = plt.subplots(figsize=(6.4, 0.4 * len(rates) + 1.1), layout="constrained")
    for k, (rate, error) in enumerate(rates.values()):
        axes.errorbar(rate, k, xerr=2 * error, fmt="o", color=COLOURS[0], ecolor="#7aa6d6", capsize=3)
    axes.axvline(truth, color=COLOURS[1], linewidth=1.2)
    axes.annotate(
        "truth", (truth, 1), (4, 2), xycoords=("data", "axes fraction"), textcoords="offset points", color=COLOURS[1]
    )
    axes.set_yticks(range(len(rates)), rates)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    return _plain(axes)


def _plain(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
