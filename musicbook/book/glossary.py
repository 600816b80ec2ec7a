"""The two-language glossary, made from ``data/glossary.yml``.

Each record has a term in English and in Chinese, a definition in both languages, its sources, the section of the
article that names it, and the chapter that explains it. The directive ``{glossary-table}`` shows them in the order of
the file, under the article's own headings. Every Chinese text says in the page that it is Chinese, so that a screen
reader changes its voice and a browser its font; every term has the anchor ``term-…``.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ._nodes import Chinese, citations, complaints, make_table, parse, parse_inline
from .bibliography import known_keys
from .errata import erratum_link
from .records import RecordError, check_sources, load_records

FILE = "data/glossary.yml"
REQUIRED = ("term", "zh", "article", "definition", "definition_zh", "sources", "chapter")
OPTIONAL = ("short", "erratum")
SECTIONS = {
    "1.4.1": "Core terms",
    "1.4.2": "Related ideas",
    "1.4.3": "Abbreviations",
    "added": "Added by the book",
}


def load_glossary(path: Path, known: set[str]) -> list[dict]:
    """Read and check the glossary.

    Parameters
    ----------
    path : Path
        ``data/glossary.yml``.
    known : set of str
        BibTeX keys that may be cited.

    Returns
    -------
    list of dict
        The records, in the order of the file.

    Raises
    ------
    RecordError
        Names the record and what is wrong with it.
    """
    records = load_records(path, "term", REQUIRED, OPTIONAL)
    for record in records:
        if str(record["article"]) not in SECTIONS:
            raise RecordError(f"{path}: {record['term']} has article: {record['article']}, not {', '.join(SECTIONS)}")
    check_sources(path, records, "term", known)
    return records


class GlossaryTable(SphinxDirective):
    """One table for each section of the article's glossary."""

    def run(self) -> list[nodes.Node]:
        """Build the tables."""
        path = Path(self.env.app.srcdir) / FILE
        self.env.note_dependency(str(path))
        with complaints():
            records = load_glossary(path, known_keys(self.env))
        found: list[nodes.Node] = []
        for section, title in SECTIONS.items():
            rows = [self._row(record) for record in records if str(record["article"]) == section]
            if rows:
                where = "" if section == "added" else f" ({section})"
                found.append(nodes.rubric(text=title + where))
                head = ["Term", "Meaning", "Chapter"]
                found.append(make_table(head, rows, [24, 60, 16], ["glossary-table", "stacked-table"]))
        return found

    def _row(self, record: dict) -> list[list[nodes.Node]]:
        name = nodes.paragraph("", "", nodes.strong(text=record["term"]))
        if record.get("short"):
            name += nodes.Text(f" ({record['short']})")
        name += [nodes.Text(" "), Chinese("", record["zh"])]
        name["ids"].append("term-" + nodes.make_id(record["term"]))
        meaning = parse(self, record["definition"])
        if record["sources"]:
            meaning[-1] += [nodes.Text(" "), *parse_inline(self, citations(record["sources"]))]
        if record.get("erratum"):
            meaning[-1] += [
                nodes.Text(" The article's definition is corrected: "),
                erratum_link(record["erratum"]),
                nodes.Text("."),
            ]
        chinese = nodes.paragraph("", "", Chinese("", record["definition_zh"]), classes=["glossary-zh"])
        return [[name], [*meaning, chinese], self._chapter(record["chapter"])]

    def _chapter(self, chapter: str | None) -> list[nodes.Node]:
        page = f"chapters/{chapter}"
        if page not in self.env.found_docs:
            return [nodes.paragraph(text="a later chapter" if chapter else "")]
        return parse(self, f"{{doc}}`/{page}`")


def setup(app: Sphinx) -> None:
    """Register the directive of this module."""
    app.add_directive("glossary-table", GlossaryTable)
