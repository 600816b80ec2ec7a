"""Arrays that were computed once, kept on the reader's disk: the notes of the tunes, and their features.

The task
    Reading twelve thousand tunes takes seconds, a notebook should not wait for it twice. The notes lie in one file in the
    user's cache folder. That file may be damaged, out of date, half-written by a process that was killed, or wanted by
    two kernels at once; whatever happens, a caller gets right notes or a clear error.

Conventions
    A file's name carries a key made of everything that its content depends on (versions of music21 and symusic, our
    reading code, the catalogue), so a change of any of them means another file. A file is a line that names the format, the
    SHA-256 of what follows, and NumPy arrays. It is written under a lock to a temporary name, flushed to
    disk and renamed: it is there whole or not at all.

Functions
    :func:`notes`, :func:`arrays`, :func:`key`, :func:`progress`, :func:`folder`; :class:`Notes`
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import numpy as np
import platformdirs
from filelock import FileLock

from musicbook.music.melody import Melody

FORMAT = b"musicbook arrays 1\n"
COLUMNS = ("onset", "duration", "pitch", "voice")
READERS = ("abc.py", "abc_fields.py", "cache.py", "melody.py", "sources.py", "stream.py")
"""Modules of this folder whose text decides what is read."""


class Notes:
    """Notes of many tunes: ``notes[id]`` gives onset, duration, pitch and voice, int32 arrays in ticks."""

    def __init__(self, arrays: dict[str, np.ndarray]):
        self._arrays = arrays
        self._at = {name: i for i, name in enumerate(arrays["ids"].tolist())}

    def __contains__(self, name: str) -> bool:
        return name in self._at

    def __len__(self) -> int:
        return len(self._at)

    def __getitem__(self, name: str) -> tuple[np.ndarray, ...]:
        start, stop = self._arrays["bounds"][self._at[name] : self._at[name] + 2]
        return tuple(self._arrays[column][start:stop] for column in COLUMNS)

    @classmethod
    def pack(cls, melodies: dict[str, Melody]) -> Notes:
        """Put melodies in rows one after the other."""
        arrays = {c: np.concatenate([getattr(m, c) for m in melodies.values()]).astype("<i4") for c in COLUMNS}
        arrays["ids"] = np.array(list(melodies))
        arrays["bounds"] = np.concatenate([[0], np.cumsum([len(m) for m in melodies.values()])]).astype("<i8")
        return cls(arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give what a cache file holds."""
        return self._arrays


def folder() -> Path:
    """Cache folder: ``MUSICBOOK_CACHE`` if set, else the operating system's place for caches."""
    return Path(os.environ.get("MUSICBOOK_CACHE") or platformdirs.user_cache_dir("musicbook", appauthor=False))


def notes(kind: str, catalogue: Path, read: Callable[[Callable], dict[str, Melody]]) -> Notes:
    """Give the notes of a kind from the cache, or read and keep them.

    Parameters
    ----------
    kind : str
        Name of the file, such as ``"tunes"``.
    catalogue : Path
        The catalogue file that the notes belong to.
    read : callable
        Reads all melodies; is given a function that shows progress over an iterable.
    """
    path = folder() / f"{kind}-{_key(catalogue)}.notes"
    return Notes(arrays(path, f"the {kind}", lambda: Notes.pack(read(progress(f"Reading the {kind} (once)"))).arrays()))


def arrays(path: Path, what: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Give the arrays of a cache file, or make and keep them.

    Parameters
    ----------
    path : Path
        In :func:`folder`; its name must change with whatever the arrays depend on, see :func:`key`.
    what : str
        What they are, for a message.
    make : callable
        Makes them, if the file is not there or damaged.

    Warns
    -----
    UserWarning
        If the file is damaged or cannot be written; the arrays are right all the same.
    """
    found = _try(path, what)
    if found is not None:
        return found
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            found = _try(path, what)  # another kernel may have filled the cache while this one waited for the lock
            if found is None:
                found = make()
                _write(path, found)
            return found
    except OSError as error:
        if found is None:
            found = make()
        warnings.warn(f"{what} could not be kept in {path.parent} ({error}); they will be made anew", stacklevel=2)
        return found


def key(*parts: bytes) -> str:
    """Sixteen hexadecimal digits for what the content of a file depends on."""
    return hashlib.sha256(b"|".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]


def progress(words: str, unit: str = "batch") -> Callable:
    """Give a function that shows progress over an iterable."""

    def show(items, total=None):
        from tqdm.auto import tqdm

        return tqdm(items, total=total, desc=words, unit=unit)

    return show


def _to_bytes(content: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **content)
    return FORMAT + hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue()


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    """Read the arrays, of which no second copy is in memory: the checksum is taken of the file piece by piece."""
    if file.read(len(FORMAT)) != FORMAT:
        raise ValueError("not a cache file of this book")
    checksum, start = file.read(32), file.tell()
    if hashlib.file_digest(file, "sha256").digest() != checksum:
        raise ValueError("damaged: the checksum does not fit")
    file.seek(start)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _try(path: Path, what: str) -> dict[str, np.ndarray] | None:
    try:
        with open(path, "rb") as file:
            return _read(file)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, OSError) as error:
        warnings.warn(f"{path} cannot be used ({error}); {what} are made anew", stacklevel=3)
        return None


def _write(path: Path, content: dict[str, np.ndarray]) -> None:
    """Write a whole file or none; called under the lock of this file, so what a killed process left is overwritten."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        file.write(_to_bytes(content))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _key(catalogue: Path) -> str:
    parts = [version("music21").encode(), version("symusic").encode(), catalogue.read_bytes()]
    return key(*parts, *((Path(__file__).parent / name).read_bytes() for name in READERS))
