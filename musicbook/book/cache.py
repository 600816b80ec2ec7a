"""Give each executed notebook in the cache a key that names everything that its outputs depend on.

MyST-NB executes a notebook again only if its own code cells changed. But the output of a chapter also depends on modules,
data and installed versions: a cache that does not know them serves stale numbers. So when a notebook is read, the key of
its `depends.Dependencies` is put into its metadata, where it is part of what the cache compares. A change of anything that
the notebook depends on makes another key, and no other notebook is executed.

The pages have inputs of their own besides: this extension, and the files in ``data/`` of which it makes boxes and tables.
If one of these changes, every page is read again, with the outputs from the cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from .depends import Dependencies

CACHE_FOLDER = ".jupyter_cache"
"""Folder in ``_build``; `jupyter-book clean` spares this name."""

FIELD = "musicbook"
"""Name of the key among a notebook's ``kernelspec``, the part of the metadata that the cache compares."""

VERSIONS = 4
"""So many executed versions of each notebook are kept, so that to go back to an earlier branch costs nothing."""

_IGNORED_FOLDERS = {"__pycache__", ".ipynb_checkpoints"}


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


def digest_of(paths: Iterable[Path]) -> str:
    """Hash files.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders, as for `input_files`. Names and contents count, times of change do not.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for root in paths:
        for path in input_files([root]):
            name = path.relative_to(root.parent).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Give the code cells of a notebook."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def with_key(dependencies: Dependencies, page: str, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Put the key of what a notebook depends on into its metadata.

    Parameters
    ----------
    dependencies : Dependencies
        Of the book.
    page : str
        Name of its page.
    notebook : NotebookNode
        Changed in place.

    Returns
    -------
    NotebookNode
        The same.
    """
    notebook.metadata.setdefault("kernelspec", {})[FIELD] = dependencies.key(page, code_of(notebook))
    return notebook


def _choose_cache(app: Sphinx, config: Config) -> None:
    source = Path(app.srcdir)
    app.musicbook_dependencies = dependencies = Dependencies(source)
    own = [f"import {name}" for name in dependencies.paths if name.startswith(f"{__package__}.")]
    modules = [dependencies.paths[name] for name in sorted(dependencies.of("", own).modules)]
    config.musicbook_inputs = digest_of([*modules, Path(__file__).parent, source / "data"])
    config.nb_execution_cache_path = str(Path(app.outdir).parent / CACHE_FOLDER)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Name the pages whose notebooks depend on something that changed since they were read; make room in the cache."""
    paths = {name: Path(env.doc2path(name)) for name in env.found_docs}
    notebooks = {name: path for name, path in paths.items() if path.suffix == ".ipynb"}
    if notebooks:
        get_cache(app.config.nb_execution_cache_path).change_cache_limit(VERSIONS * len(notebooks))
    known = _keys(env)
    return [
        name
        for name, path in notebooks.items()
        if name not in added
        and known.get(name) != app.musicbook_dependencies.key(name, code_of(nbformat.read(path, as_version=4)))
    ]


def _add_key(app: Sphinx, docname: str, source: list[str]) -> None:
    if Path(app.env.doc2path(docname)).suffix == ".ipynb":
        notebook = with_key(app.musicbook_dependencies, docname, nbformat.reads(source[0], as_version=4))
        source[0] = json.dumps(notebook)
        _keys(app.env)[docname] = notebook.metadata.kernelspec[FIELD]


def _keys(env: BuildEnvironment) -> dict[str, str]:
    if not hasattr(env, "musicbook_keys"):
        env.musicbook_keys = {}
    return env.musicbook_keys


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _keys(env).pop(docname, None)


def setup(app: Sphinx) -> None:
    """Register the handlers of this module."""
    app.add_config_value("musicbook_inputs", "", "env")
    app.connect("config-inited", _choose_cache)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("source-read", _add_key)
