"""The course of a GAN's training: what the same z sounds like after every epoch, and what the opponent thinks of it.

The task
    The loss of a GAN says little about its music. So a training can be given a recorder, which keeps after each epoch
    the windows that the generator makes of a few fixed z, how many different windows it makes of a thousand z, and the
    verdicts of the opponent on real and on generated windows. Chapters and widgets read it back.

Conventions
    A course is one ``.npz`` with a JSON header, as all files of :mod:`musicbook.compose.composer`. Its committed files are
    ``data/runs/NAME.npz``. A recorder that finds the file of a killed run goes on with it, as the training does.

The classes and functions
    :class:`Recorder`, an ``on_epoch`` of :meth:`~musicbook.compose.training.NeuralComposer.fit`; :func:`open_course` and
    :class:`Course`

Sources
    goodfellow2014gan (what the verdicts should come to). Chapter "GAN, the algorithm".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicbook.compose.composer import WeightsError, read_arrays, write_arrays

FORMAT = "musicbook course 1"
N_TUNES, N_JUDGED, N_COUNTED = 8, 250, 1000


@dataclass(frozen=True)
class Course:
    """What a training left behind; the first axis of every array is the epoch, from 1.

    Attributes
    ----------
    kind : str
        Class of the GAN.
    settings : dict
        Its settings.
    epochs : ndarray of int, shape (n,)
    tunes : ndarray of int64, shape (n, tunes, n_steps)
        Windows made of the same z after every epoch.
    real, fake : ndarray of float32, shape (n, windows)
        The opponent's logits or scores of real and of generated windows.
    distinct : ndarray of int, shape (n,)
        How many different windows the generator makes of 1,000 z.
    losses : dict of str to list of float
        Mean of each loss in each epoch.
    """

    kind: str
    settings: dict
    epochs: np.ndarray
    tunes: np.ndarray
    real: np.ndarray
    fake: np.ndarray
    distinct: np.ndarray
    losses: dict[str, list[float]]

    def histograms(self, bins: int = 20) -> dict[str, np.ndarray]:
        """Count the verdicts of every epoch, in bins from 0 to 1, as `musicbook.widgets.Tuner` shows them.

        A discriminator's are probabilities. A critic's scores have no zero, and sit around the middle between the two
        means; what lies 3 or more away from it is in the outermost bins.

        Returns
        -------
        dict of str to ndarray of int, shape (n, bins)
        """
        if self.kind == "DenseGAN":
            shown = {f"D({name})": 1 / (1 + np.exp(-values)) for name, values in self._verdicts()}
        else:
            middle = (self.real.mean(axis=1) + self.fake.mean(axis=1))[:, None] / 2
            shown = {f"score of {name}": np.clip((v - middle) / 6 + 0.5, 0, 1) for name, v in self._verdicts()}
        return {name: np.array([np.histogram(row, bins, (0, 1))[0] for row in v]) for name, v in shown.items()}

    def _verdicts(self):
        return ("real", self.real), ("fake", self.fake)


class Recorder:
    """Writes the course of a training to a file, epoch by epoch.

    Parameters
    ----------
    path : str or Path
    windows : array_like of int, shape (n, n_steps)
        Real windows; some of them are put before the opponent.
    seed : int
        Of the fixed z and of the choice of windows.
    """

    def __init__(self, path: str | Path, windows, seed: int = 0):
        windows = np.asarray(windows)
        self.path, self.seed = Path(path), seed
        order = np.random.default_rng(seed).permutation(len(windows))
        self._judged = windows[order[:N_JUDGED]]

    def __call__(self, gan, epoch: int, losses: dict[str, float]) -> None:
        """Add an epoch; the file is whole after every call."""
        real, fake = gan.judge(self._judged, self.seed)
        tunes = gan.generate(gan.draw_codes(N_TUNES, self.seed))
        now = {
            "epochs": np.int16(epoch),
            "tunes": tunes.astype(np.uint8),
            "real": real.astype(np.float16),
            "fake": fake.astype(np.float16),
            "distinct": np.int16(len(np.unique(gan.sample(N_COUNTED, self.seed), axis=0))),
        }
        before, kept = {}, {}
        if self.path.exists() and epoch > 1:
            header, before = _read(self.path)
            kept = {name: values[: epoch - 1] for name, values in header["losses"].items()}
        arrays = {
            key: np.concatenate([before[key][: epoch - 1], [new]]) if before else np.array([new])
            for key, new in now.items()
        }
        header = {
            "format": FORMAT,
            "kind": type(gan).__name__,
            "settings": gan.settings,
            "losses": {name: [*kept.get(name, []), round(float(value), 4)] for name, value in losses.items()},
        }
        write_arrays(self.path, header, arrays)


def open_course(path: str | Path) -> Course:
    """Read the course of a training.

    Parameters
    ----------
    path : str or Path
        A file, or the name of a committed course, such as ``"dense-gan-2"``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    WeightsError
        If it is damaged, or no course.
    """
    if isinstance(path, str) and not path.endswith(".npz"):
        from musicbook.music import corpus

        path = corpus.data_folder() / "runs" / f"{path}.npz"
    header, arrays = _read(Path(path))
    full = {name: array.astype(np.float32 if name in ("real", "fake") else np.int64) for name, array in arrays.items()}
    return Course(header["kind"], header["settings"], losses=header["losses"], **full)


def _read(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    header, arrays = read_arrays(path)
    if header.get("format") != FORMAT:
        raise WeightsError(f"{path} is not the course of a training: its format is {header.get('format')!r}")
    return header, arrays
