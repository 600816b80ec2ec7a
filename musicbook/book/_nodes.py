"""What the pages that are made from records have in common: Chinese words, tables, text that is parsed, and complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .records import RecordError


class Chinese(nodes.Inline, nodes.TextElement):
    """Text in Chinese, marked as such in the page."""


def visit_chinese(translator: HTML5Translator, node: Chinese) -> None:
    """Open the element in HTML."""
    translator.body.append('<span lang="zh-Hans">')


def depart_chinese(translator: HTML5Translator, node: Chinese) -> None:
    """Close the element in HTML."""
    translator.body.append("</span>")


@contextmanager
def complaints() -> Iterator[None]:
    """End the build with the words of a `RecordError`, which Sphinx would take for a mistake in the extension.

    Raises
    ------
    ExtensionError
        With the same words.
    """
    try:
        yield
    except RecordError as error:
        raise ExtensionError(str(error)) from error


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
