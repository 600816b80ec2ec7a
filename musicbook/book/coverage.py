"""What the article promises, line by line, and where the book keeps it: made from ``data/coverage.yml``.

Each record is one thing that the article names, claims or needs: its line, what an implementation must do, the chapter that
does it, and a *target*, either the dotted name of a function, class or module of the package, or a place in a notebook as
``chapters/….ipynb#words``, the words being a heading of the notebook or the name of something that it defines. The directive
``{coverage-table}`` shows all of them, under the sections of the article. Whether every target exists is a test of the book's
(``tests/book/test_coverage.py``); the page only says what the file says.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ._nodes import complaints, make_table, parse
from .records import RecordError, load_records

FILE = "data/coverage.yml"
REQUIRED = ("id", "section", "line", "requirement", "chapter", "target")
OPTIONAL = ("note",)
PARTS = {
    "A0": "Names that the article uses",
    "A1": "1 Background",
    "A2": "2 Concepts",
    "A3": "3 Algorithms",
    "A4": "4 Mathematics",
    "A5": "5 Project",
    "A6": "6 Applications",
    "A7": "7 Tools and resources",
    "A8": "8 Trends and challenges",
    "A9": "9 Questions and answers",
    "A10": "10 Further reading",
    "A11": "Facts about the data",
}
_DOTTED = re.compile(r"musicbook(\.\w+)+")
_CELL = re.compile(r"chapters/([\w/]+)\.ipynb#(\S.*)")


def load_coverage(path: Path) -> list[dict]:
    """Read and check the file.

    Parameters
    ----------
    path : Path
        ``data/coverage.yml``.

    Returns
    -------
    list of dict
        The records, in the order of the file.

    Raises
    ------
    RecordError
        Names the record and what is wrong with it.
    """
    records = load_records(path, "id", REQUIRED, OPTIONAL)
    for record in records:
        if part_of(record) not in PARTS:
            raise RecordError(f"{path}: {record['id']} belongs to none of {', '.join(PARTS)}")
        target = str(record["target"])
        if not _DOTTED.fullmatch(target) and not _CELL.fullmatch(target):
            wanted = "a dotted name of musicbook or chapters/….ipynb#words"
            raise RecordError(f"{path}: {record['id']} has target: {target}, not {wanted}")
    return records


def part_of(record: dict) -> str:
    """Give the part of the article that a record belongs to, such as ``"A5"``."""
    return re.match(r"[A-Z]\d*", str(record["id"]))[0]


def cell_of(record: dict) -> tuple[str, str] | None:
    """Give notebook (below ``chapters/``, without its ending) and words of a target in a notebook; None for a function."""
    found = _CELL.fullmatch(record["target"])
    return (found[1], found[2]) if found else None


class CoverageTable(SphinxDirective):
    """One table for each part of the article."""

    def run(self) -> list[nodes.Node]:
        """Build the tables, and the sentence that counts them."""
        path = Path(self.env.app.srcdir) / FILE
        self.env.note_dependency(str(path))
        with complaints():
            records = load_coverage(path)
        chapters = {record["chapter"] for record in records}
        words = f"{len(records)} requirements, kept in {len(chapters)} chapters and pages."
        found: list[nodes.Node] = [nodes.paragraph(text=words)]
        for part, title in PARTS.items():
            rows = [self._row(record) for record in records if part_of(record) == part]
            if rows:
                found.append(nodes.rubric(text=title))
                head = ["In the article", "What it asks for", "Where it is kept"]
                found.append(make_table(head, rows, [17, 45, 38], ["coverage-table", "stacked-table"]))
        return found

    def _row(self, record: dict) -> list[list[nodes.Node]]:
        label = nodes.paragraph("", "", nodes.strong(text=record["id"]))
        label["ids"].append("coverage-" + nodes.make_id(record["id"]))
        lines = str(record["line"]).replace("L", "")
        several = "," in lines or "–" in lines
        words = f"section {record['section']}, {'lines' if several else 'line'} {lines}"
        asked = parse(self, record["requirement"])
        if record.get("note"):
            asked += [nodes.paragraph("", "", nodes.emphasis(text=record["note"]))]
        detail = nodes.paragraph(text=words, classes=["erratum-detail"])
        return [[label, detail], asked, self._where(record)]

    def _where(self, record: dict) -> list[nodes.Node]:
        page = f"chapters/{record['chapter']}"
        known = page in self.env.found_docs
        found = parse(self, f"{{doc}}`/{page}`") if known else [nodes.paragraph(text="a later chapter")]
        cell = cell_of(record)
        if cell is None:
            target: nodes.Node = nodes.literal(text=record["target"])
        else:
            target = nodes.literal(text=cell[1]) if cell[1].isidentifier() else nodes.Text(f"“{cell[1]}”")
        return [*found, nodes.paragraph("", "", target)]


def setup(app: Sphinx) -> None:
    """Register the directive of this module."""
    app.add_directive("coverage-table", CoverageTable)
