"""What the simulated listeners would like, which no recommender is ever told: a ruler that no log has.

The task
    A log holds what was met and played, and pays a list for tunes that are met anyway. Whether a listener would *like* the
    tunes of her list, once she heard them, only a simulator can say. That judges lists, and makes none.

Conventions
    Listeners and tunes are codes of the interactions of :func:`musicbook.recommend.listeners.simulate`, whose docstring
    states the rules. Utility has no unit, and 0 is the average; *affinity* is the probability of liking, its logistic function.

Functions
    ``Truth``, with ``liking`` and ``unexplained`` for lists; ``like``

Sources
    Schnabel et al. (2016): a recommender is judged by what it would do, not by what was logged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from musicbook.music.melody import Melody
from musicbook.recommend.directions import Directions

N_HIDDEN = 4
"""Properties of a tune that no feature shows."""
APPEAL = 0.35
"""Standard deviation of a tune's general appeal, in units of utility."""


class Truth:
    """What nobody can know: the utilities themselves."""

    def __init__(self, tunes: np.ndarray, listeners: np.ndarray, appeal: np.ndarray, directions: Directions):
        self._tunes, self._listeners, self._appeal = tunes, listeners, appeal
        self._directions = directions

    def utility(self, listeners: np.ndarray) -> np.ndarray:
        """Utilities of all tunes, float32, shape (len(listeners), n_items); the codes are those of the interactions."""
        utility = self._listeners[np.atleast_1d(listeners)] @ self._tunes.T
        utility += self._appeal
        return utility

    def affinity(self, listeners: np.ndarray) -> np.ndarray:
        """Probability that each listener likes each tune once she hears it; shape as of :meth:`utility`."""
        return like(self.utility(listeners))

    def liking(self, lists: np.ndarray, listeners: np.ndarray | None = None) -> np.ndarray:
        """Mean probability that each listener likes the tunes of her list, once she hears them: a ruler that no log has.

        A log holds what was met, and pays a list for tunes that are met anyway (schnabel2016). A simulated taste is made of
        features of the tunes in good part, so a content-based list is flattered: see :meth:`unexplained`.

        Parameters
        ----------
        lists : ndarray of int, shape (n, k)
            Codes of tunes, as :meth:`musicbook.recommend.recommender.Recommender.top` gives them; -1 for an empty place.
        listeners : ndarray of int, shape (n,), optional
            Whose lists; all in their order if not given.

        Returns
        -------
        ndarray of float, shape (n,)
            0 to 1; NaN for an empty list.
        """
        return self._mean(like(self._of_lists(lists, listeners, slice(None)) + self._appeal[lists]), lists)

    def unexplained(self, lists: np.ndarray, listeners: np.ndarray | None = None) -> np.ndarray:
        """Mean utility for each listener of what no feature of her tunes shows, 0 by chance; parameters as of :meth:`liking`."""
        return self._mean(self._of_lists(lists, listeners, slice(-N_HIDDEN, None)), lists)

    def _of_lists(self, lists, listeners, columns: slice) -> np.ndarray:
        who = self._listeners if listeners is None else self._listeners[listeners]
        return np.einsum("nd,nkd->nk", who[:, columns], self._tunes[lists][..., columns])

    @staticmethod
    def _mean(values: np.ndarray, lists: np.ndarray) -> np.ndarray:
        there = lists >= 0
        count = there.sum(axis=1)
        return np.divide(
            np.where(there, values, 0).sum(axis=1), count, out=np.full(len(lists), np.nan), where=count > 0
        )

    def affinity_for_new(
        self, melodies: Sequence[Melody], listeners: np.ndarray, seed: int = 0, collection: str = "oneill"
    ) -> np.ndarray:
        """Probability that each listener likes each of some tunes that are not in the catalogue, such as composed ones.

        Their features are computed from the notes; what no feature shows, and the general appeal, are drawn for each tune.

        Parameters
        ----------
        melodies : sequence of Melody
        listeners : array_like of int
            Codes.
        seed : int
            Of what is drawn.
        collection : str
            The book in which a listener would expect them: the taste of these listeners knows books, too.

        Returns
        -------
        ndarray of float32, shape (len(listeners), len(melodies))

        Raises
        ------
        MusicError
            If a melody has no notes.
        """
        rng = np.random.default_rng(seed)
        hidden = rng.standard_normal((len(melodies), N_HIDDEN))
        appeal = APPEAL * rng.standard_normal(len(melodies))
        tunes = np.hstack([self._directions.of(melodies, collection), hidden])
        return like(self._listeners[np.atleast_1d(listeners)] @ tunes.T + appeal).astype(np.float32)


def like(utility: np.ndarray) -> np.ndarray:
    """Turn utility into the probability of liking: 0.08 at utility 0, which is the average."""
    probability = 1.5 * utility  # one array for all three steps: of everybody and every tune it has 50 MB
    probability -= 2.5
    return expit(probability, out=probability)
