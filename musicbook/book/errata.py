"""Boxes that correct the article where the reader meets the error, and the page that lists all of them.

The book's table of contents comes from an article that has many errors. Each one is a record in ``data/errata.yml``:
what the article says, what is right, the sources, and a target in the chapter where a cell proves it. The chapter shows
it with::

    ```{erratum} B-06
    ```

and the errata page lists every record with ``{errata-table}``. A record without a box in its chapter, a box without a
record, an unknown source and a missing proof are all reported.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from ._nodes import Chinese, citations, complaints, depart_chinese, make_table, parse, parse_inline, visit_chinese
from .bibliography import known_keys
from .records import EVIDENCE, SEVERITIES, load_errata

logger = logging.getLogger(__name__)

FILE = "data/errata.yml"


class ErratumLink(nodes.Inline, nodes.TextElement):
    """A link that can be made only when every page has been read.

    Attributes
    ----------
    kind : str
        ``"page"``: to the entry on the errata page; ``"box"``: to the box in the chapter; ``"proof"``: to the proof.
    erratum : str
        Id of the record.
    """


def anchor(erratum: str) -> str:
    """Return the anchor of a record on the errata page."""
    return f"erratum-{erratum.lower()}"


def box_anchor(erratum: str) -> str:
    """Return the anchor of the box of a record in its chapter."""
    return f"box-{erratum.lower()}"


def _path(app: Sphinx) -> Path:
    return Path(app.srcdir) / FILE


def _load(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if _path(app).is_file():
        with complaints():
            env.musicbook_errata = load_errata(_path(app), known_keys(env))
    else:
        env.musicbook_errata = {}
    if not hasattr(env, "musicbook_boxes"):
        env.musicbook_boxes = {}
        env.musicbook_errata_page = None


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    boxes = getattr(env, "musicbook_boxes", {})
    for erratum in [key for key, page in boxes.items() if page == docname]:
        del boxes[erratum]
    if getattr(env, "musicbook_errata_page", None) == docname:
        env.musicbook_errata_page = None


def _link(kind: str, erratum: str, text: str) -> ErratumLink:
    return ErratumLink("", text, kind=kind, erratum=erratum)


def erratum_link(erratum: str) -> ErratumLink:
    """Make a link to a record on the errata page, to be put in any page."""
    return _link("page", erratum, f"erratum {erratum}")


class Erratum(SphinxDirective):
    """The box of one record: what the article says, what is right, and where that is known from."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the box."""
        name = self.arguments[0].strip()
        self.env.note_dependency(str(_path(self.env.app)))
        if name not in self.env.musicbook_errata:
            raise self.error(f"there is no erratum {name} in {FILE}")
        if name in self.env.musicbook_boxes:
            raise self.error(f"the erratum {name} already has a box in {self.env.musicbook_boxes[name]}")
        record = self.env.musicbook_errata[name]
        self.env.musicbook_boxes[name] = self.env.docname

        box = nodes.admonition(classes=["erratum"], ids=[box_anchor(name)])
        title = nodes.title("", "", nodes.Text("Erratum "), _link("page", name, name))
        box += title
        box += self._labelled("The article says", record["says"])
        if record["says_zh"]:
            box[-1] += [nodes.Text(" "), Chinese("", f"「{record['says_zh']}」")]
        box += self._labelled("What is right", record["right"])
        foot = nodes.paragraph(classes=["erratum-sources"])
        if record["sources"]:
            foot += nodes.Text("Sources: ")
            foot += parse_inline(self, citations(record["sources"]))
            foot += nodes.Text(". ")
        if record["proof"]:
            foot += _link("proof", name, "See the proof")
            foot += nodes.Text(". ")
        foot += _link("page", name, "All errata")
        foot += nodes.Text(".")
        box += foot
        return [box]

    def _labelled(self, label: str, text: str) -> list[nodes.Node]:
        found = parse(self, text)
        found[0].insert(0, [nodes.strong(text=label + "."), nodes.Text(" ")])
        return found


class ErrataTable(SphinxDirective):
    """The list of all records."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        self.env.note_dependency(str(_path(self.env.app)))
        self.env.musicbook_errata_page = self.env.docname
        rows = [self._row(name, record) for name, record in self.env.musicbook_errata.items()]
        head = ["Erratum", "The article says", "What is right", "Sources", "In the book"]
        return [make_table(head, rows, [15, 25, 31, 15, 14], ["errata-table", "stacked-table"])]

    def _row(self, name: str, record: dict) -> list[list[nodes.Node]]:
        evidence = ", ".join(EVIDENCE[kind] for kind in record["evidence"])
        detail = f"{str(record['line']).replace('L', 'line ')}; {SEVERITIES[record['severity']]}; {evidence}"
        label = nodes.container(ids=[anchor(name)], classes=["erratum-id"])
        label += nodes.paragraph("", "", nodes.strong(text=name))
        label += nodes.paragraph(text=detail, classes=["erratum-detail"])
        says = parse(self, record["says"])
        if record["says_zh"]:
            says += nodes.paragraph("", "", Chinese("", f"「{record['says_zh']}」"), classes=["erratum-detail"])
        sources = parse(self, citations(record["sources"])) if record["sources"] else [nodes.paragraph(text="–")]
        where = nodes.paragraph("", "", _link("box", name, record["chapter"]))
        if record["proof"]:
            where += [nodes.Text(", "), _link("proof", name, "proof")]
        return [[label], says, parse(self, record["right"]), sources, [where]]


def _warn(message: str) -> None:
    logger.warning("%s: %s", FILE, message, type="musicbook", subtype="errata")


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    labels = env.get_domain("std").anonlabels
    for name, record in env.musicbook_errata.items():
        page = f"chapters/{record['chapter']}"
        if page not in env.found_docs:
            _warn(f"the chapter of {name}, {page}, is not in the book")
            continue
        if env.musicbook_boxes.get(name) != page:
            _warn(f"{name} has no box in {page}")
        if record["proof"] and record["proof"] not in labels:
            _warn(f"the proof of {name} is the target {record['proof']!r}, which no page has")


def _rewrite_page(app: Sphinx, env: BuildEnvironment) -> list[str]:
    # The page links to the boxes and proofs of others, so it changes when they move, although its source does not.
    places = [_destination(env, kind, name) for name in env.musicbook_errata for kind in ("box", "proof")]
    titles = [env.titles[place[0]].astext() for place in places if place]
    changed = getattr(env, "musicbook_errata_places", None) != (places, titles)
    env.musicbook_errata_places = (places, titles)
    return [env.musicbook_errata_page] if changed and env.musicbook_errata_page else []


def _destination(env: BuildEnvironment, kind: str, name: str) -> tuple[str, str] | None:
    if kind == "page":
        return (env.musicbook_errata_page, anchor(name)) if env.musicbook_errata_page else None
    if kind == "box":
        page = env.musicbook_boxes.get(name)
        return (page, box_anchor(name)) if page else None
    return env.get_domain("std").anonlabels.get(env.musicbook_errata[name]["proof"])


def _resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for link in list(doctree.findall(ErratumLink)):
        place = _destination(app.env, link["kind"], link["erratum"])
        text = link.astext()
        if place is None:
            link.replace_self(nodes.Text(text))
            continue
        page, target = place
        if link["kind"] == "box":
            text = app.env.titles[page].astext()
        link.replace_self(make_refnode(app.builder, docname, page, target, nodes.Text(text)))


def setup(app: Sphinx) -> None:
    """Register the directives and handlers of this module."""
    app.add_node(ErratumLink)
    app.add_node(Chinese, html=(visit_chinese, depart_chinese))
    app.add_directive("erratum", Erratum)
    app.add_directive("errata-table", ErrataTable)
    app.connect("env-before-read-docs", _load)
    app.connect("env-purge-doc", _purge)
    app.connect("env-updated", _rewrite_page)
    app.connect("env-check-consistency", _check)
    app.connect("doctree-resolved", _resolve)
