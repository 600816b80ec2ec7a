"""Small repairs of what the theme and the notebook renderer write, so that every reader can use the pages.

- The title in the sidebar stands outside every landmark, where a screen reader's list of regions misses it: a template
  of our own puts it inside one.
- A data frame's corner is an empty heading; it becomes a plain cell. The frame is put into a region that scrolls
  sideways by itself and can be reached and moved with the keyboard.
- The entries of the bibliography are given a deprecated role; they become items of a list, without a visible label.
- Names, punctuation and spaces in code have the colour of the code around them: they are not marked one by one, which is
  up to a quarter of a page's weight.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from docutils import nodes
from pygments.formatters import HtmlFormatter
from pygments.token import Token
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.highlighting import PygmentsBridge
from sphinx.writers.html5 import HTML5Translator

TEMPLATES = Path(__file__).parent / "templates"
SIDEBAR = ["book-title.html", "icon-links.html", "search-button-field.html", "sbt-sidebar-nav.html"]

PLAIN = {Token.Name, Token.Name.Namespace, Token.Punctuation, Token.Text.Whitespace}
"""Words of code that the book's two colour schemes leave in the colour of the block."""

_CORNER = re.compile(r"<th[^>]*>\s*</th>")
_FRAME = re.compile(r'<table\b[^>]*class="[^"]*dataframe[^"]*".*?</table>', re.DOTALL)


class ColourFormatter(HtmlFormatter):
    """Write code as HTML in which only the words that have a colour of their own are marked."""

    def format_unencoded(self, tokensource, outfile):
        """Write tokens, those of :data:`PLAIN` as bare text."""
        super().format_unencoded(((Token.Text if kind in PLAIN else kind, text) for kind, text in tokensource), outfile)


def repair_frames(html: str, number: int = 1) -> str:
    """Make the data frames in some HTML accessible.

    Parameters
    ----------
    html : str
        What pandas wrote.
    number : int
        Of the first frame on its page: a screen reader lists the regions by name, so that no two may share one.

    Returns
    -------
    str
        The same with each frame in a scrolling region and no heading without words.
    """
    numbers = itertools.count(number)

    def repair(match: re.Match[str]) -> str:
        table = _CORNER.sub("<td></td>", match.group())
        return (
            '<div class="pst-scrollable-table-container" tabindex="0" role="region" '
            f'aria-label="Table {next(numbers)}, scrolls sideways">{table}</div>'
        )

    return _FRAME.sub(repair, html)


def _use_templates(app: Sphinx, config: Config) -> None:
    config.templates_path = [*config.templates_path, str(TEMPLATES)]
    config.html_sidebars = {**config.html_sidebars, "**": SIDEBAR}
    # The search field is in the sidebar; the theme would show a second one in a bar of its own above the page.
    config.html_theme_options["navbar_persistent"] = []


def _repair_outputs(app: Sphinx, doctree: nodes.document) -> None:
    number = 1
    for raw in list(doctree.findall(nodes.raw)):
        if "html" in raw.get("format", "").split() and "dataframe" in raw.astext():
            raw.replace_self(nodes.raw("", repair_frames(raw.astext(), number), format="html"))
            number += len(_FRAME.findall(raw.astext()))


def _drop_labels(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for entry in doctree.findall(nodes.citation):
        for label in [child for child in entry.children if isinstance(child, nodes.label)]:
            entry.remove(label)


def _visit_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    if not isinstance(node.previous_sibling(), nodes.citation):
        translator.body.append('<div role="list" class="citation-list">\n')
    translator.body.append(translator.starttag(node, "div", CLASS="citation", role="listitem"))


def _depart_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    translator.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        translator.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    """Register the handlers of this module."""
    PygmentsBridge.html_formatter = ColourFormatter
    app.add_node(nodes.citation, override=True, html=(_visit_citation, _depart_citation))
    app.connect("config-inited", _use_templates)
    app.connect("doctree-read", _repair_outputs)
    app.connect("doctree-resolved", _drop_labels, priority=900)
