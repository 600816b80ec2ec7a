"""Plans at every setting of a budget, computed beforehand, as panels of :class:`musicbook.widgets.Explorer`.

Functions
    ``plan_panels``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from musicbook.recommend import audience
from musicbook.recommend.panels import panel

MEASURES = (
    "Reach, of all who would like it",
    "Precision, of those who are shown it",
    "Diversity of those who are shown it",
)


def plan_panels(
    worlds: Sequence[Mapping[str, np.ndarray]],
    chances: Sequence[np.ndarray],
    people: np.ndarray,
    budgets: Sequence[int],
    spreads: Sequence[float],
    spreading: str = "content",
) -> list[dict]:
    """Judge the plans of some policies for kinds of release, budgets and spreads.

    Parameters
    ----------
    worlds : sequence of mapping of str to ndarray of float, shape (n_listeners, n_releases)
        For each kind of release the scores of each policy.
    chances : sequence of ndarray of float, shape (n_listeners, n_releases)
        For each kind the true probabilities of liking.
    people : ndarray of float, shape (n_listeners, d)
        Interests.
    budgets : sequence of int
    spreads : sequence of float
        As of :func:`musicbook.recommend.audience.spend`.
    spreading : str
        The policy that spreads; the others are the same at each spread.

    Returns
    -------
    list of dict
        Reach, precision and diversity, means over the releases with intervals of 95 %, with axes budget, kind, spread.
    """
    curves = {name: [] for name in worlds[0]}
    for scores, chance in zip(worlds, chances, strict=True):
        for name, values in scores.items():
            levels = spreads if name == spreading else [0.0]
            found = [audience.exposure_curve(values, chance, people, budgets, level) for level in levels]
            curves[name].append(found * (len(spreads) // len(found)))
    return [
        panel(
            title,
            "",
            {
                name: [[[level[:, b, k] for level in kind] for kind in kinds] for b in range(len(budgets))]
                for name, kinds in curves.items()
            },
        )
        for k, title in enumerate(MEASURES)
    ]
