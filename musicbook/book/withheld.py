"""Keep the solutions of assigned exercises out of the pages and out of the notebooks that readers download.

The solutions are executed in every build, so that they stay right. They leave a page as soon as it was read, before its
widgets, its pictures and its words are collected; the notebooks beside the pages are rewritten when the build ends.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import solution_node

from musicbook.course import withhold

from .assets import write_if_changed

_BEFORE_ALL_OTHERS = 1


def _drop_solutions(app: Sphinx, doctree: nodes.document) -> None:
    labels = withhold.assigned_labels(PurePosixPath(app.env.docname).name, _records(app))
    for node in list(doctree.findall(solution_node)) if labels else []:
        if node["target_label"] in labels:
            node.parent.remove(node)


def _rewrite_downloads(app: Sphinx, exception: Exception | None) -> None:
    if exception:
        return
    for path in sorted((Path(app.outdir) / "_sources").rglob("*.ipynb")):
        if withhold.assigned_labels(path.stem, _records(app)):
            notebook = withhold.public_notebook(nbformat.read(path, as_version=4), path.stem, _records(app))
            write_if_changed(path, (nbformat.writes(notebook) + "\n").encode())


def _records(app: Sphinx) -> Path:
    return Path(app.srcdir) / "data" / "course"


def setup(app: Sphinx) -> None:
    """Register the handlers of this module."""
    app.connect("doctree-read", _drop_solutions, priority=_BEFORE_ALL_OTHERS)
    app.connect("build-finished", _rewrite_downloads)
