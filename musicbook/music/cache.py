"""Notes that were read once, kept on the reader's disk.

The task
    Reading twelve thousand tunes takes seconds, a notebook should not wait for it twice. The notes lie in one file in the
    user's cache folder. That file may be damaged, out of date, half-written by a process that was killed, or wanted by
    two kernels at once; whatever happens, a caller gets right notes or a clear error.

Conventions
    A file's name carries a key made of everything that its content depends on (versions of music21 and symusic, our
    reading code, the catalogue), so a change of any of them means another file. A file is a line that names the format, the
    SHA-256 of what follows, and the notes as NumPy arrays. It is written under a lock to a temporary name, flushed to
    disk and renamed: it is there whole or not at all.

Functions
    :func:`notes`, :func:`folder`; :class:`Notes`
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import platformdirs
from filelock import FileLock

from musicbook.music.melody import Melody

FORMAT = b"musicbook notes 1\n"
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

    def to_bytes(self) -> bytes:
        """Give the content of a cache file."""
        buffer = io.BytesIO()
        np.savez(buffer, **self._arrays)
        return FORMAT + hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Notes:
        """Read the content of a cache file.

        Raises
        ------
        ValueError
            If it is not one, or is damaged.
        """
        start = len(FORMAT) + 32
        if data[: len(FORMAT)] != FORMAT:
            raise ValueError("not a file of notes")
        if hashlib.sha256(data[start:]).digest() != data[len(FORMAT) : start]:
            raise ValueError("damaged: the checksum does not fit")
        with np.load(io.BytesIO(data[start:]), allow_pickle=False) as file:
            return cls(dict(file))


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
    found = _try(path)
    if found is not None:
        return found
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            found = _try(path)  # another kernel may have filled the cache while this one waited for the lock
            if found is None:
                found = Notes.pack(read(_progress(kind)))
                _write(path, found)
            return found
    except OSError as error:
        if found is None:
            found = Notes.pack(read(_progress(kind)))
        warnings.warn(f"the {kind} could not be kept in {path.parent} ({error}); they will be read anew", stacklevel=2)
        return found


def _try(path: Path) -> Notes | None:
    try:
        return Notes.from_bytes(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, OSError) as error:
        warnings.warn(f"{path} cannot be used ({error}); the notes are read anew", stacklevel=3)
        return None


def _write(path: Path, content: Notes) -> None:
    """Write a whole file or none; called under the lock of this file, so what a killed process left is overwritten."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        file.write(content.to_bytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _key(catalogue: Path) -> str:
    parts = [version("music21").encode(), version("symusic").encode(), catalogue.read_bytes()]
    parts += [(Path(__file__).parent / name).read_bytes() for name in READERS]
    return hashlib.sha256(b"|".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]


def _progress(kind: str) -> Callable:
    from tqdm.auto import tqdm

    def progress(batches, total=None):
        return tqdm(batches, total=total, desc=f"Reading the {kind} (once)", unit="batch")

    return progress
