"""The eight directions in which tunes differ most: what the simulated listeners have a taste for.

The task
    A taste for speed is a taste for many numbers at once. So fifteen features, and which book and metre a tune is in, are turned
    into a few directions that carry most of the differences between tunes (the principal components, but for the first, which
    is the mean). A tune that is composed later finds its place on the same directions.

Conventions
    Features are standardised and cut off at three standard deviations; a book with its metre weighs like two of them.

Classes
    ``Directions``

Sources
    Chapter "A thousand listeners".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from musicbook.music.features import FEATURES, describe
from musicbook.music.melody import Melody

METERS = ("2/4", "3/4", "4/4", "6/8", "2/2")


class Directions:
    """The directions of a catalogue, and the way from a new tune to its place on them.

    Parameters
    ----------
    table : DataFrame
        Of a catalogue, with :data:`musicbook.music.features.FEATURES`.

    Attributes
    ----------
    tunes : ndarray of float, shape (n_tunes, 8)
        Each direction has standard deviation 1.
    """

    def __init__(self, table: pd.DataFrame):
        F = table[list(FEATURES)].to_numpy(float)
        self._mean, self._spread = F.mean(axis=0), F.std(axis=0)
        kinds = pd.get_dummies(table["collection"] + " " + table["meter"].where(table["meter"].isin(METERS), "other"))
        self._kinds = list(kinds)
        left, sizes, right = np.linalg.svd(np.hstack([self._scaled(F), kinds.to_numpy(float) * 2]), full_matrices=False)
        self.tunes = left[:, 1:9]
        self._back = right[1:9].T / sizes[1:9] / self.tunes.std(axis=0)
        self.tunes /= self.tunes.std(axis=0)

    def _scaled(self, F: np.ndarray) -> np.ndarray:
        return np.clip((F - self._mean) / self._spread, -3, 3)

    def of(self, melodies: Sequence[Melody], collection: str) -> np.ndarray:
        """Give new tunes on the same directions.

        Parameters
        ----------
        melodies : sequence of Melody
        collection : str
            The book in which they are counted.

        Returns
        -------
        ndarray of float64, shape (len(melodies), 8)
        """
        F = self._scaled(np.array([list(describe(each).values()) for each in melodies]))
        meters = [each.meter if each.meter in METERS else "other" for each in melodies]
        kinds = np.array([[2.0 * (kind == f"{collection} {meter}") for kind in self._kinds] for meter in meters])
        return np.hstack([F, kinds]) @ self._back
