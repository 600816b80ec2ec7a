"""Numbers with intervals, ready for a picture or a slider: from the values of single listeners to bars.

Functions
    ``panel``   a panel of :class:`musicbook.widgets.Explorer`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from musicbook.recommend.intervals import bootstrap

DRAWS = 300
"""Enough for two digits, and there are many bars."""


def panel(title: str, unit: str, values: Mapping[str, Sequence], digits: int = 2, most: float | None = None) -> dict:
    """Bring values of single listeners to means with intervals of 95 %.

    Parameters
    ----------
    title, unit : str
        What is measured, and in what.
    values : mapping of str to sequence
        Name of a bar -> for each stop of a slider the values of the listeners (an array), or for several sliders such
        sequences of sequences. Listeners who could not be judged (not-a-number) are left out.
    digits : int
        Digits that are shown.
    most : float, optional
        Right end of the scale.

    Returns
    -------
    dict
        ``title``, ``unit``, ``digits``, ``max``, and ``bars``, ``low`` and ``high``: mappings of the same names to ndarrays of
        the shape of the stops.

    Raises
    ------
    ValueError
        If at a stop nobody was judged.
    """
    found = {name: _means(rows) for name, rows in values.items()}
    parts = {
        part: {name: each[..., k] for name, each in found.items()} for k, part in enumerate(("bars", "low", "high"))
    }
    return {"title": title, "unit": unit, "digits": digits, "max": most, **parts}


def _means(rows) -> np.ndarray:
    if np.ndim(rows[0]) == 0:
        values = np.asarray(rows, float)
        values = values[~np.isnan(values)]
        if not len(values):
            raise ValueError("nobody was judged at one of the stops")
        return np.array(bootstrap(values, draws=DRAWS))
    return np.array([_means(row) for row in rows])
