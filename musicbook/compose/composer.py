"""What every composing machine of the book can do: learn, write music, be kept in a file. Also the place to plug in your own.

The task
    A Markov chain, a GAN, a VAE and a Transformer are different machines with one job. Behind one interface they can be
    trained, played, measured and compared by the same code.

Conventions
    Music is rows of tokens, one sixteenth each, in the alphabet of :mod:`musicbook.music.grid`, C major or A minor:
    ``int64`` of shape (n, n_steps). Seeds are whole numbers; the same seed gives the same music. Temperature 1 samples
    the model as it was learned, below 1 more cautiously, above 1 more boldly.

Plug in your own
    Anything with ``sample(n, seed)`` that returns such rows can be played and measured
    (:func:`musicbook.compose.quality.measure`). Derive it from :class:`Composer` and it can be saved, loaded and listed too::

        class Drone(Composer):
            def fit(self, windows, *, seed=0):
                self.note = int(np.median(windows[windows > 1]))
                return self

            def sample(self, n, seed, *, temperature=1.0):
                return np.tile([self.note] + [1] * (self.n_steps - 1), (n, 1))

            def _arrays(self):
                return {"note": np.array(self.note)}

            def _restore(self, arrays):
                self.note = int(arrays["note"])

Files
    ``save`` writes an ``.npz`` of plain arrays (no pickle) with a JSON header: format, class, settings, SHA-256 of the
    arrays. Weights are kept in 16 bits where that does not change them by more than their rounding.

The classes and functions
    :class:`Composer`, :class:`Noise`, :func:`write_arrays`, :func:`read_arrays`, :func:`rounded`; errors are
    :class:`WeightsError`. The trained ones are opened by :mod:`musicbook.compose.models`.

Sources
    Chapter "Generators on real music". numpy.lib.format describes the arrays in the file.
"""

from __future__ import annotations

import abc
import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np

FORMAT = "musicbook composer 1"
N_TOKENS = 32
"""Size of the models' alphabet: silence, hold, and the pitches G3 to C6."""

UNREADABLE = (
    *(ValueError, LookupError, TypeError, AttributeError, EOFError, OSError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What NumPy, zipfile and json raise on bytes that are not what they should be."""


class WeightsError(ValueError):
    """A file of weights is damaged, foreign, or does not fit."""


class Composer(abc.ABC):
    """A machine that learns from windows of music and writes new ones.

    Parameters
    ----------
    n_steps : int
        Length of what it writes, in sixteenths; 16 a bar.
    n_tokens : int
        Size of the alphabet.
    **settings
        Whatever else a subclass takes. They are kept in ``settings`` and saved with the weights.

    Raises
    ------
    ValueError
        If a size is below 1.
    """

    kinds: ClassVar[dict[str, type[Composer]]] = {}
    """Every class of composer that has been defined, by name; a class defined in a cell is here too."""

    def __init__(self, n_steps: int = 32, n_tokens: int = N_TOKENS, **settings):
        if n_steps < 1 or n_tokens < 1:
            raise ValueError(f"n_steps and n_tokens must be at least 1, got {n_steps} and {n_tokens}")
        self.n_steps = n_steps
        self.n_tokens = n_tokens
        self.settings = {"n_steps": n_steps, "n_tokens": n_tokens, **settings}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        Composer.kinds[cls.__name__] = cls

    @abc.abstractmethod
    def fit(self, windows, *, seed: int = 0) -> Composer:
        """Learn from windows, shape (n, n_steps); returns itself. Subclasses take more options."""

    @abc.abstractmethod
    def sample(self, n: int, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Write ``n`` windows: int64, shape (n, n_steps)."""

    @abc.abstractmethod
    def _arrays(self) -> dict[str, np.ndarray]:
        """Give all that was learned, as arrays of numbers."""

    @abc.abstractmethod
    def _restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take back what :meth:`_arrays` gave; raise KeyError or ValueError if it does not fit."""

    def save(self, path: str | Path, *, note: dict | None = None) -> Path:
        """Write settings and weights to a file, whole or not at all.

        Parameters
        ----------
        path : str or Path
            By custom with the ending ``.npz``.
        note : dict, optional
            Anything worth knowing of the run, as JSON: data, seed, figures. :func:`read_arrays` gives it back in the header.

        Raises
        ------
        RuntimeError
            If nothing has been learned yet.
        """
        path = Path(path)
        arrays = {name: _half(np.asarray(array)) for name, array in self._arrays().items()}
        header = {
            "format": FORMAT,
            "kind": type(self).__name__,
            "settings": self.settings,
            "sha256": _digest(arrays),
            "note": note or {},
        }
        write_arrays(path, header, arrays)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Composer:
        """Read a file that :meth:`save` wrote.

        ``Composer.load`` gives whatever class was saved, a subclass's ``load`` insists on its own.

        Raises
        ------
        WeightsError
            If the file is damaged, is none of ours, or holds another kind of composer.
        FileNotFoundError
            If there is no file.
        """
        header, arrays = read_arrays(path)
        if header.get("format") != FORMAT:
            raise WeightsError(f"{path} is not a composer of this book: its format is {header.get('format')!r}")
        if _digest(arrays) != header.get("sha256"):
            raise WeightsError(f"{path} is damaged: the checksum of its weights does not fit")
        kind = Composer.kinds.get(header.get("kind"))
        if kind is None or not issubclass(kind, cls):
            raise WeightsError(f"{path} holds a {header.get('kind')}, not a {cls.__name__}; import its module first")
        try:
            composer = kind(**header["settings"])
            composer._restore({name: _full(array) for name, array in arrays.items()})
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the weights in {path} do not fit a {kind.__name__}: {error}") from error
        return composer

    def _check_windows(self, windows) -> np.ndarray:
        """Give windows as int64 of shape (n, n_steps); raise ValueError if they are something else."""
        windows = np.asarray(windows)
        if windows.ndim != 2 or windows.shape[1] != self.n_steps or not len(windows):
            raise ValueError(f"windows of shape (n, {self.n_steps}) are wanted, got {windows.shape}")
        if not np.issubdtype(windows.dtype, np.integer) or windows.min() < 0 or windows.max() >= self.n_tokens:
            raise ValueError(f"windows hold whole numbers from 0 to {self.n_tokens - 1}")
        return windows.astype(np.int64)


class Noise(Composer):
    """Every token drawn on its own, all equally likely: the floor that any machine must leave."""

    def fit(self, windows, *, seed: int = 0) -> Noise:
        """Learn nothing."""
        self._check_windows(windows)
        return self

    def sample(self, n: int, seed: int, *, temperature: float = 1.0) -> np.ndarray:
        """Draw tokens; the temperature changes nothing where all are equally likely."""
        return np.random.default_rng(seed).integers(self.n_tokens, size=(n, self.n_steps))

    def _arrays(self) -> dict[str, np.ndarray]:
        return {}

    def _restore(self, arrays: dict[str, np.ndarray]) -> None:
        pass


def write_arrays(path: Path, header: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a JSON header and arrays as one ``.npz``, to a temporary name first, so that the file is whole or not there."""
    text = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as file:
            np.savez_compressed(file, **{"header.json": text}, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def read_arrays(path: str | Path) -> tuple[dict, dict[str, np.ndarray]]:
    """Read what :func:`write_arrays` wrote.

    Raises
    ------
    WeightsError
        If it is something else, or damaged.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as content:
                arrays = dict(content)
            header = json.loads(arrays.pop("header.json").tobytes())
        except UNREADABLE as e:
            raise WeightsError(f"{path} is damaged or is not a file of weights ({type(e).__name__}: {e})") from e
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is not a file of weights: its header is not a table")
    return header, arrays


def rounded(array) -> np.ndarray:
    """Round weights to what 16 bits can hold, as float32: so a composer samples with the very numbers that it saves."""
    return _full(_half(np.asarray(array)))


def _half(array: np.ndarray) -> np.ndarray:
    """Keep weights in 16 bits; counts and other whole numbers stay as they are."""
    return array.astype(np.float16) if array.dtype in (np.float32, np.float64) else array


def _full(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _digest(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
