"""Take the solutions of assigned exercises out of what is published.

Task
    Solutions of self-study exercises are folded in the book. Those of assigned ones are not in it: not in its pages, its
    search, its notebooks for download, nor in the saved state of its widgets. They are executed all the same in every build,
    so that they stay right, and an instructor gets them from `assignments`.

Functions
    ``assigned_labels``   the labels of a chapter's assigned exercises
    ``public_notebook``   a chapter as it is published
    ``withheld_cells``    the cells that are not
"""

from __future__ import annotations

import copy
import re
from pathlib import Path

from nbformat import NotebookNode

from musicbook.course import records

_MARKER = re.compile(r"^\s*(?:`{3,}|:{3,})\{solution-(start|end)\}[ \t]*(\S*)", re.MULTILINE)


def assigned_labels(chapter: str, place: Path | None = None) -> set[str]:
    """Name the exercises of a chapter whose solutions are withheld.

    Parameters
    ----------
    chapter : str
        Such as ``"gan"``.
    place : Path, optional
        Folder of the records.

    Returns
    -------
    set of str
        Labels; none for a page that has no records.
    """
    if chapter not in records.chapters(place):
        return set()
    return {each.label for each in records.of_chapter(chapter, place).exercises if each.assigned}


def _split(notebook: NotebookNode, labels: set[str]) -> tuple[list[NotebookNode], list[NotebookNode]]:
    public, withheld, inside = [], [], False
    for cell in notebook.cells:
        marker = _MARKER.search(cell.source) if cell.cell_type == "markdown" else None
        if marker and marker[1] == "start":
            inside = marker[2] in labels
        (withheld if inside else public).append(cell)
        if marker and marker[1] == "end":
            inside = False
    return public, withheld


def public_notebook(notebook: NotebookNode, chapter: str, place: Path | None = None) -> NotebookNode:
    """Give a chapter as it is published.

    Parameters
    ----------
    notebook : NotebookNode
        A chapter, in nbformat 4. It is not changed.
    chapter : str
        Its name.
    place : Path, optional
        Folder of the records.

    Returns
    -------
    NotebookNode
        A copy without the solutions of assigned exercises, their marker cells included.
    """
    result = copy.deepcopy(notebook)
    result.cells, _ = _split(result, assigned_labels(chapter, place))
    return result


def withheld_cells(notebook: NotebookNode, chapter: str, place: Path | None = None) -> list[NotebookNode]:
    """Give the cells that `public_notebook` leaves out, marker cells included."""
    return _split(notebook, assigned_labels(chapter, place))[1]
