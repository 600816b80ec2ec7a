"""The bells: move a normal distribution, see what it is worth, and hear it.

Task
    Two questions of the mathematics of composition have answers that a page can compute while the reader moves a curve:
    how well the best discriminator tells p_g from p_r (`GaussianGame`), and how far p is from N(0, 1) (`GaussianKL`). Both
    play eight notes of the fixed distribution and eight of the one that is moved.

Conventions
    As in `musicbook.compose.gaussians`, which computes the same in Python. ``pair`` is ``[mu, sigma]`` of the curve that is
    moved, mu from -3 to 3 and sigma from 0.2 to 3.

Classes
    ``GaussianGame``, ``GaussianKL``
"""

from __future__ import annotations

import traitlets

from musicbook.compose import gaussians
from musicbook.music.melody import MusicError
from musicbook.widgets._module import css, esm
from musicbook.widgets.tuner import MOVING, Tuned

LOW, HIGH = (-3.0, 0.2), (3.0, 3.0)


class _Bell(Tuned):
    bell = traitlets.Dict().tag(sync=True)
    pair = traitlets.List(traitlets.Float(), [0, 1], minlen=2, maxlen=2).tag(sync=True)

    def __init__(self, kind: str, still, pair, names: list[str], **options):
        for mu, sigma in (still, pair):
            if not (LOW[0] <= mu <= HIGH[0] and LOW[1] <= sigma <= HIGH[1]):
                raise MusicError(f"mu lies from -3 to 3 and sigma from 0.2 to 3, got {mu} and {sigma}")
        bell = {"kind": kind, "still": list(still), "names": names, "quantiles": gaussians.QUANTILES}
        super().__init__(bell=bell, pair=list(pair), **options)

    def notes(self) -> list[list[float]]:
        """Give the rows ``[onset, duration, pitch, voice]``, in quarter notes, that the page plays now."""
        sounding = [*gaussians.pitches(self.bell["still"]), *gaussians.pitches(self.pair)]
        return [[k / 2, 0.5, pitch, 0] for k, pitch in enumerate(sounding)]


class GaussianGame(_Bell):
    """Move p_g against p_r: the optimal discriminator, the value of the game and the Jensen-Shannon divergence.

    Parameters
    ----------
    real, fake : pair of float
        (mu, sigma) of p_r, which stands still, and of p_g at the beginning.
    title, caption, tempo, instrument, loop
        As in `Tuner`.

    Raises
    ------
    MusicError
        For a mean or deviation that the sliders do not reach.
    """

    _anywidget_id = traitlets.Unicode("musicbook.GaussianGame").tag(sync=True)
    _esm = esm(*MOVING)
    _css = css("theme", "player", "tuner", "bell")

    def __init__(self, real=(0.0, 1.0), fake=(2.0, 0.5), **options):
        super().__init__("game", real, fake, ["p_r", "p_g"], **{"title": "The game of two bells"} | options)

    def numbers(self) -> dict[str, float]:
        """Give what the page writes: value of the game and Jensen-Shannon divergence, in nats."""
        real = self.bell["still"]
        return {"V": gaussians.value(real, self.pair), "JS": gaussians.jensen_shannon(real, self.pair)}


class GaussianKL(_Bell):
    """Move p = N(mu, sigma^2) against N(0, 1): the KL divergence, and the term whose area it is.

    Parameters
    ----------
    pair : pair of float
        (mu, sigma) of p at the beginning.
    title, caption, tempo, instrument, loop
        As in `Tuner`.

    Raises
    ------
    MusicError
        For a mean or deviation that the sliders do not reach.
    """

    _anywidget_id = traitlets.Unicode("musicbook.GaussianKL").tag(sync=True)
    _esm = esm(*MOVING)
    _css = css("theme", "player", "tuner", "bell")

    def __init__(self, pair=(1.0, 0.5), **options):
        super().__init__("kl", (0.0, 1.0), pair, ["N(0, 1)", "p"], **{"title": "How far from N(0, 1)?"} | options)

    def numbers(self) -> dict[str, float]:
        """Give what the page writes: the KL divergence by the closed form, in nats."""
        return {"KL": gaussians.kl(self.pair)}
