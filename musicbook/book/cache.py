"""Name the cache of executed notebooks after everything that their output depends on.

MyST-NB executes a notebook again only if its own code cells changed. But the output of a chapter also depends on the
package, the data and the installed versions: a cache that does not know them serves stale numbers. So the cache lives
in a folder whose name is a hash of all of them. Any change there gives a new folder; the old ones are removed. The name
is part of the Sphinx configuration, so a new one makes Sphinx read every page again; with the same one nothing is read.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

import musicbook

CACHE_FOLDER = ".jupyter_cache"
"""Folder in ``_build``; `jupyter-book clean` spares this name."""

_KEY_LENGTH = 16
_IGNORED_FOLDERS = {"__pycache__", ".ipynb_checkpoints"}
_SETTINGS = ("MUSICBOOK_FULL",)


def input_files(paths: Iterable[Path]) -> list[Path]:
    """List the files that count as inputs below some paths.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders. One that does not exist is left out.

    Returns
    -------
    list of Path
        Files, sorted within each path. Compiled Python, checkpoints and hidden files do not count.
    """
    found = []
    for path in paths:
        if path.is_file():
            found.append(path)
            continue
        for child in sorted(path.rglob("*")):
            parts = child.relative_to(path).parts
            if child.is_file() and not any(part in _IGNORED_FOLDERS or part.startswith(".") for part in parts):
                found.append(child)
    return found


def cache_key(paths: Iterable[Path]) -> str:
    """Hash the inputs that every notebook depends on.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders, as for `input_files`. Names and contents count, times of change do not.

    Returns
    -------
    str
        16 hexadecimal digits. The Python version and the settings that change what a chapter computes are part of it.
    """
    digest = hashlib.sha256()
    digest.update(repr(sys.version_info[:2]).encode())
    for name in _SETTINGS:
        digest.update(f"{name}={os.environ.get(name, '')}\n".encode())
    for root in paths:
        for path in input_files([root]):
            name = path.relative_to(root.parent).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:_KEY_LENGTH]


def remove_other_caches(folder: Path, key: str) -> None:
    """Remove the caches of other keys, so that the folder does not grow with every change.

    Parameters
    ----------
    folder : Path
        The folder that holds one folder per key; it need not exist.
    key : str
        The key to keep.
    """
    if not folder.is_dir():
        return
    for child in folder.iterdir():
        if child.name != key and re.fullmatch(rf"[0-9a-f]{{{_KEY_LENGTH}}}", child.name):
            shutil.rmtree(child)


def _inputs(source: Path) -> list[Path]:
    paths = [source / "musicbook", source / "data", source / "requirements.txt"]
    installed = Path(musicbook.__file__).resolve().parent
    if installed != paths[0].resolve():
        paths.append(installed)
    return paths


def _choose_cache(app: Sphinx, config: Config) -> None:
    key = cache_key(_inputs(Path(app.srcdir)))
    folder = Path(app.outdir).parent / CACHE_FOLDER
    remove_other_caches(folder, key)
    config.nb_execution_cache_path = str(folder / key)


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("config-inited", _choose_cache)
