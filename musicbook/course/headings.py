"""What stands above an exercise in its notebook: title, level, minutes.

Conventions
    The directive is ``{exercise} ★★ · 15 min · Title`` with a ``:label:``. One star is listening or tuning, two change code,
    three build something or look into it. A star is worth a point.

Functions
    ``headings``   those of a notebook, in order
    ``book``       those of all chapters, in the order of the contents
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

_DIRECTIVE = re.compile(
    r"^`{3,}\{exercise\}[ \t]*(★{1,3}) · (\d+) min · (.*?)[ \t]*\n(?::(?!label).*\n)*:label: (\S+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Heading:
    """What stands above an exercise; `stars` from 1 to 3."""

    label: str
    stars: int
    minutes: int
    title: str


def headings(notebook: NotebookNode) -> tuple[Heading, ...]:
    """Give the headings of the exercises of a notebook, in order."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    found = [match for source in cells for match in _DIRECTIVE.findall(source)]
    return tuple(Heading(label, len(stars), int(minutes), title) for stars, minutes, title, label in found)


def contents(root: Path) -> list[str]:
    """Name the pages of the book in reading order, without ending, relative to the book's folder.

    Parameters
    ----------
    root : Path
        The folder that holds ``_toc.yml``.
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = toc.get("parts", [toc])
    return [toc["root"], *(each["file"] for part in parts for each in part.get("chapters", []))]


def book(root: Path) -> dict[str, tuple[Heading, ...]]:
    """Give the headings of every chapter that has exercises.

    Parameters
    ----------
    root : Path
        The folder that holds ``_toc.yml``.

    Returns
    -------
    dict
        By page, such as ``chapters/03_algorithms/gan``, in reading order.
    """
    found = {}
    for page in contents(root):
        path = root / f"{page}.ipynb"
        if path.is_file() and (here := headings(nbformat.read(path, as_version=4))):
            found[page] = here
    return found
