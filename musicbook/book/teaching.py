"""The tables of the page for teachers: what each chapter needs, and the syllabi, made from ``data/syllabus.yml``.

Minutes come from the chapters themselves: the title of the box of objectives, and the headings of the exercises. Seconds and
memory of each notebook are on the status page, where the build writes them. The directives are ``{needs-table}`` and
``{syllabus} NAME``.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import nbformat
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from musicbook.course import headings

from ._nodes import make_table, parse

FILE = "data/syllabus.yml"
_OBJECTIVES = re.compile(r"^`{3,}\{admonition\} .*?(\d+) minutes", re.MULTILINE)


def load_syllabus(path: Path, chapters: set[str]) -> dict:
    """Read and check the file.

    Parameters
    ----------
    path : Path
        ``data/syllabus.yml``.
    chapters : set of str
        The names of the chapters that have exercises.

    Returns
    -------
    dict
        ``builds_on`` and ``syllabi``, as in the file.

    Raises
    ------
    ExtensionError
        If a chapter is unknown or left out, or the minutes of a syllabus are not its hours.
    """
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    if set(whole["builds_on"]) != chapters:
        raise ExtensionError(f"{path}: builds_on: {sorted(set(whole['builds_on']) ^ chapters)} is missing or unknown")
    for name, before in whole["builds_on"].items():
        if not set(before) <= chapters:
            raise ExtensionError(f"{path}: {name} builds on {sorted(set(before) - chapters)}, which is no chapter")
    for syllabus in whole["syllabi"]:
        minutes = sum(session["minutes"] for session in syllabus["sessions"])
        if minutes != 60 * syllabus["hours"]:
            raise ExtensionError(f"{path}: {syllabus['name']} has {minutes} minutes for {syllabus['hours']} hours")
        for session in syllabus["sessions"]:
            if not set(session["chapters"]) <= chapters:
                raise ExtensionError(f"{path}: {session['title']} has an unknown chapter")
    return whole


def reading_minutes(path: Path) -> int:
    """Give the minutes that a chapter says it takes to read, 0 if it says nothing."""
    cells = nbformat.read(path, as_version=4).cells
    found = [int(minutes) for cell in cells for minutes in _OBJECTIVES.findall(cell.source)]
    return found[0] if found else 0


class _Table(SphinxDirective):
    def book(self) -> tuple[dict, dict[str, str], dict[str, tuple]]:
        """Give the syllabus, the page of each chapter, and the headings of its exercises."""
        root = Path(self.env.srcdir)
        found = headings.book(root)
        self.env.note_dependency(str(root / FILE))
        for page in found:
            self.env.note_dependency(str(root / f"{page}.ipynb"))
        pages = {PurePosixPath(page).name: page for page in found}
        return load_syllabus(root / FILE, set(pages)), pages, {name: found[page] for name, page in pages.items()}

    def links(self, names: list[str], pages: dict[str, str], before: str = "") -> list[nodes.Node]:
        """Write links to chapters, after some words."""
        return parse(self, before + ", ".join(f"{{doc}}`/{pages[name]}`" for name in names))


class NeedsTable(_Table):
    """Each chapter: minutes of reading and of exercises, and what it builds on."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        syllabus, pages, exercises = self.book()
        rows = []
        for name, page in pages.items():
            reading = reading_minutes(Path(self.env.srcdir) / f"{page}.ipynb")
            practice = sum(each.minutes for each in exercises[name])
            # On a phone the cells stand under each other, without the headings: each says what it is.
            minutes = [f"{reading} min reading", f"{practice} min exercises"]
            before = syllabus["builds_on"][name]
            rows.append(
                [
                    self.links([name], pages),
                    *([nodes.paragraph(text=text)] for text in minutes),
                    self.links(before, pages, "after ") if before else [nodes.paragraph(text="a start")],
                ]
            )
        return [make_table(["Chapter", "Reading", "Exercises", "Builds on"], rows, [30, 12, 14, 44], ["stacked-table"])]


class SyllabusTable(_Table):
    """One syllabus: whom it is for, and its sessions."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        whole, pages, _ = self.book()
        found = [each for each in whole["syllabi"] if each["name"] == self.arguments[0]]
        if not found:
            raise self.error(f"there is no syllabus {self.arguments[0]!r} in {FILE}")
        rows = [
            [
                [nodes.paragraph(text=session["title"])],
                [nodes.paragraph(text=f"{session['minutes']} min")],
                self.links(session["chapters"], pages),
                [nodes.paragraph(text=session["do"])],
            ]
            for session in found[0]["sessions"]
        ]
        table = make_table(["Session", "Minutes", "Chapters", "In class"], rows, [18, 9, 28, 45], ["stacked-table"])
        return [nodes.paragraph(text=found[0]["whom"]), table]


def setup(app: Sphinx) -> None:
    """Register the directives of this module."""
    app.add_directive("needs-table", NeedsTable)
    app.add_directive("syllabus", SyllabusTable)
