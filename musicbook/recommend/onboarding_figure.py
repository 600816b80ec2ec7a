"""A picture of cold starts: what each way of recommending is worth while events come in.

Functions
    ``draw_starts``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

COLOURS = ("#5c6773", "#1a5fb4", "#c2185b", "#2e7d32", "#b8860b")


def draw_starts(events: Sequence[int], panels: Mapping[str, Mapping[str, Sequence[float]]], label: str):
    """Draw a panel for each measure, with a curve for each way over the number of events.

    Parameters
    ----------
    events : sequence of int
        Numbers of events, rising.
    panels : mapping of str to mapping of str to sequence of float, shape (len(events),)
        Title of a panel -> name of a way -> its values. A way has the same colour in all panels.
    label : str
        What an event is.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (len(panels),)
    """
    width = 3.3 * len(panels) if len(panels) > 1 else 5.6
    figure, all_axes = plt.subplots(1, len(panels), figsize=(width, 3.2), layout="constrained", squeeze=False)
    all_axes, place = all_axes[0], np.arange(len(events))
    names = list(dict.fromkeys(name for values in panels.values() for name in values))
    for axes, (title, values) in zip(all_axes, panels.items(), strict=True):
        for name, row in values.items():
            colour = COLOURS[names.index(name) % len(COLOURS)]
            axes.plot(place, row, marker="o", markersize=4, color=colour, label=name)
        axes.set(xlabel=label, ylim=(0, None))
        axes.set_title(title, fontsize=10)
        axes.set_xticks(place, events)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    handles = {h.get_label(): h for axes in all_axes for h in axes.get_lines()}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return all_axes
