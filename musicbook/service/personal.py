"""Composing for one listener: what she played decides where on the map of all tunes the machine looks.

The task
    The article's text promises that feedback improves composition, and its picture has no arrow for it. Here is the arrow. A
    listener's history becomes an *interest* in the space of features (content-based recommendation). Windows of real music have
    both a score for that interest and a code in a VAE; a regression of the scores on the codes gives the *direction* in
    which her liking grows. New codes are moved along it, decoded, and the best of some candidates are kept.

Conventions
    Windows are rows of tokens as in :mod:`musicbook.compose.composer`. Codes are measured in standard deviations of the codes
    of real music; a direction has length 1, ``strength`` says how far to go. Scores are cosines between -1 and 1. Nothing here
    sees what the simulated listeners truly like.

Classes
    ``Steering`` for a VAE, and ``Choosing`` for a machine without a map of tunes

Sources
    Attribute vectors: roberts2018musicvae, section 5.3. Choosing among candidates instead of changing the model, and learning
    where to look in a latent space that is kept: engel2018latent. Chapter "Composing for a listener".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicbook.compose.composer import Composer
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import FIRST_PITCH, HIGH, LOW, Melody
from musicbook.recommend import content

if TYPE_CHECKING:
    from musicbook.compose.vae import VAE

KNOWN = 4000
"""Windows of real music from which a direction is learned."""
RIDGE = 0.1
"""Penalty on the weights of the regression, against codes of standard deviation 1."""
STRENGTH, TEMPERATURE = 4.0, 0.8
"""How far to go, in standard deviations, and how much to leave to chance."""
FEWEST = 8
"""Notes that a window must have to be kept: silence pleases nobody."""


def uphill(codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Give the direction in which scores grow with codes: ridge regression, brought to length 1.

    Parameters
    ----------
    codes : ndarray of float, shape (n, z_dim)
        Of mean 0 and standard deviation 1 in each column.
    scores : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of float, shape (z_dim,)
        Zeros if all scores are the same.
    """
    square = codes.T @ codes / len(codes) + RIDGE * np.eye(codes.shape[1])
    weights = np.linalg.solve(square, codes.T @ (scores - scores.mean()) / len(scores))
    length = np.linalg.norm(weights)
    return weights / length if length > 0 else weights


class Choosing:
    """A composer that composes for an interest by choosing: the best of some candidates, whatever the machine.

    Parameters
    ----------
    composer : Composer
        Trained.
    windows : array_like of int, shape (n, n_steps)
        Real music of the kind that the composer learned from; at most :data:`KNOWN` of it are used.
    catalogue : Catalogue
        Whose features set the scale.
    seed : int
        Of the choice among the windows.
    meter : str
        Of what is composed.

    Raises
    ------
    ValueError
        If the windows do not fit the composer, or there are none.
    """

    def __init__(self, composer: Composer, windows, catalogue: Catalogue, *, seed: int = 0, meter: str = "4/4"):
        windows = np.asarray(windows)
        if windows.ndim != 2 or windows.shape[1] != composer.n_steps or not len(windows):
            raise ValueError(f"windows of shape {windows.shape} for a composer of {composer.n_steps} steps")
        chosen = np.random.default_rng(seed).permutation(len(windows))[:KNOWN]
        self.composer, self.catalogue, self.meter = composer, catalogue, meter
        self.known = windows[np.sort(chosen)]
        self.known = self.known[(self.known >= FIRST_PITCH).sum(axis=1) >= FEWEST]
        self._features = self.features(self.known)

    def melodies(self, rows) -> list[Melody]:
        """Read windows as tunes."""
        return [Melody.from_tokens(row, low=LOW, high=HIGH, meter=self.meter) for row in rows]

    def features(self, rows) -> np.ndarray:
        """Describe windows in the space of the catalogue, shape (n, 19)."""
        return content.new_features(self.melodies(rows), self.catalogue)

    def score(self, rows, interest: np.ndarray) -> np.ndarray:
        """Give the cosine of each window with an interest, float, shape (n,)."""
        return content.cosine(interest, self.features(rows))

    def compose(
        self,
        interest: np.ndarray,
        n: int,
        seed: int,
        *,
        strength: float = STRENGTH,
        candidates: int = 1,
        temperature: float = TEMPERATURE,
    ) -> np.ndarray:
        """Compose windows for an interest.

        Parameters
        ----------
        interest : ndarray of float, shape (19,)
            As :func:`musicbook.recommend.content.build_interest_model` gives it.
        n, seed : int
            How many, and the seed of all draws.
        strength : float
            How far to go along the direction, in standard deviations; 0 does not steer. A machine without a map of tunes
            cannot steer and takes no notice.
        candidates : int
            So many times n are composed, and those with the best score are kept.
        temperature : float
            Of the draw of each token.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)
            The best score first.

        Raises
        ------
        ValueError
            If n or candidates is below 1, or nearly everything that is composed is silent: then the strength is too great.
        """
        if n < 1 or candidates < 1:
            raise ValueError(f"n and candidates are at least 1, got {n} and {candidates}")
        kept = np.empty((0, self.composer.n_steps), np.int64)
        for round_ in range(4):  # a few windows are nearly silent and are made up for
            rows = self._draw(interest, n * candidates, seed + 7919 * round_, strength, temperature)
            kept = np.concatenate([kept, rows[(rows >= FIRST_PITCH).sum(axis=1) >= FEWEST]])
            if len(kept) >= n * candidates:
                break
        if len(kept) < n:
            raise ValueError(
                f"at strength {strength} only {len(kept)} of {4 * n * candidates} windows have {FEWEST} notes"
            )
        kept = kept[: n * candidates]
        return kept[np.argsort(-self.score(kept, interest), kind="stable")[:n]]

    def _draw(self, interest, n: int, seed: int, strength: float, temperature: float) -> np.ndarray:
        return self.composer.sample(n, seed, temperature=temperature)

    def nearest(self, interest: np.ndarray, n: int) -> np.ndarray:
        """Give the known windows with the best score: what one would recommend instead of composing."""
        return self.known[np.argsort(-content.cosine(interest, self._features), kind="stable")[:n]]


class Steering(Choosing):
    """A VAE that composes for an interest: it moves along the direction in which the score grows, and may choose as well.

    Parameters as of :class:`Choosing`; the composer is a :class:`~musicbook.compose.vae.VAE`, one with rich codes.

    Raises
    ------
    ValueError
        If there are fewer windows than numbers in a code, or they do not fit the VAE.
    """

    def __init__(self, composer: VAE, windows, catalogue: Catalogue, *, seed: int = 0, meter: str = "4/4"):
        if len(windows) <= composer.z_dim:
            raise ValueError(f"{len(windows)} windows for codes of {composer.z_dim} numbers; more are needed")
        super().__init__(composer, windows, catalogue, seed=seed, meter=meter)
        codes = composer.encode(self.known)[0]
        self._spread = codes.std(axis=0)
        self._codes = (codes - codes.mean(axis=0)) / self._spread

    def direction(self, interest: np.ndarray) -> np.ndarray:
        """Give the direction in which the score grows: ridge regression of the known windows' scores on their codes.

        Returns
        -------
        ndarray of float, shape (z_dim,)
            In standard deviations, of length 1. Zeros if nothing is known of the listener.
        """
        return uphill(self._codes, content.cosine(interest, self._features))

    def _draw(self, interest, n, seed, strength, temperature):
        shift = (strength * self.direction(interest) * self._spread).astype(np.float32)
        return self.composer.decode(self.composer.draw_codes(n, seed) + shift, seed, temperature=temperature)
