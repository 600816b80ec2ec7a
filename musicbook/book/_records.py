"""Read the lists of records in ``data/*.yml`` that pages are made from, and complain clearly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class Chinese(nodes.Inline, nodes.TextElement):
    """Text in Chinese, marked as such in the page."""


def visit_chinese(translator: HTML5Translator, node: Chinese) -> None:
    """Open the element in HTML."""
    translator.body.append('<span lang="zh-Hans">')


def depart_chinese(translator: HTML5Translator, node: Chinese) -> None:
    """Close the element in HTML."""
    translator.body.append("</span>")


def load_records(path: Path, key: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict]:
    """Read a YAML list of records and check its form.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The field that names a record; no two may share its value.
    required, optional : tuple of str
        The fields that a record must and may have. A required one may be null but not left out.

    Returns
    -------
    list of dict
        The records, in the order of the file.

    Raises
    ------
    ExtensionError
        Names the file, the record and what is wrong with it.
    """
    try:
        records = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExtensionError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ExtensionError(f"{path}: is not YAML: {error}") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ExtensionError(f"{path}: must be a list of records")
    seen: set[Any] = set()
    for position, record in enumerate(records, start=1):
        name = record.get(key, f"record {position}")
        missing = [field for field in required if field not in record]
        unknown = [field for field in record if field not in required + optional]
        if missing:
            raise ExtensionError(f"{path}: {name} lacks the field {', '.join(missing)}")
        if unknown:
            raise ExtensionError(f"{path}: {name} has the unknown field {', '.join(unknown)}")
        if name in seen:
            raise ExtensionError(f"{path}: {name} is there twice")
        seen.add(name)
    return records


def check_sources(path: Path, records: list[dict], key: str, known: set[str]) -> None:
    """Require that every source of every record is in the bibliography.

    Parameters
    ----------
    path : Path
        The file of the records, for the message.
    records : list of dict
        Records with a list in the field ``sources``.
    key : str
        The field that names a record.
    known : set of str
        BibTeX keys.

    Raises
    ------
    ExtensionError
        Names the record and its unknown sources.
    """
    for record in records:
        unknown = [source for source in record["sources"] or [] if source not in known]
        if unknown:
            raise ExtensionError(f"{path}: {record[key]} cites {', '.join(unknown)}, which the bibliography lacks")


def citations(sources: list[str]) -> str:
    """Write MyST that cites some sources in parentheses."""
    return "{cite:p}`" + ",".join(sources) + "`"


def parse(directive: SphinxDirective, text: str) -> list[nodes.Node]:
    """Turn MyST text into nodes, as if it stood where the directive stands."""
    holder = nodes.Element()
    source, line = directive.get_source_info()
    lines = StringList(text.splitlines(), source=source)
    directive.state.nested_parse(lines, line, holder)
    return holder.children


def parse_inline(directive: SphinxDirective, text: str) -> list[nodes.Node]:
    """Turn one paragraph of MyST text into the nodes inside that paragraph."""
    return [child for paragraph in parse(directive, text) for child in paragraph.children]


def make_table(
    head: list[str], rows: list[list[list[nodes.Node]]], widths: list[int], classes: list[str]
) -> nodes.table:
    """Build a table.

    Parameters
    ----------
    head : list of str
        Headings of the columns.
    rows : list
        For each row, for each column, the block-level nodes of the cell.
    widths : list of int
        Relative widths of the columns.
    classes : list of str
        Classes of the table, for the style sheet.

    Returns
    -------
    nodes.table
        The table.
    """
    table = nodes.table(classes=[*classes, "colwidths-given"])  # without this class the writer drops the widths
    group = nodes.tgroup(cols=len(head))
    table += group
    group += [nodes.colspec(colwidth=width) for width in widths]
    header = nodes.row()
    header += [nodes.entry("", nodes.paragraph(text=text)) for text in head]
    group += nodes.thead("", header)
    body = nodes.tbody()
    for row in rows:
        line = nodes.row()
        line += [nodes.entry("", *cell) for cell in row]
        body += line
    group += body
    return table
