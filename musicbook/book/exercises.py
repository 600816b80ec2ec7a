"""The page that lists every exercise and quiz of the book, with what the reader has solved.

The list is made from the notebooks and from ``data/course``; the ticks are put in by ``progress.js``, which reads what the
forms have kept in the reader's browser. Nothing leaves the browser. The directive is ``{exercise-table}``.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from musicbook.course import headings, records

from ._nodes import parse
from .assets import write_if_changed

SCRIPT = Path(__file__).parent / "static" / "progress.js"
_MARK = "musicbook_exercises"


class ExerciseTable(SphinxDirective):
    """Every exercise, by chapter."""

    def run(self) -> list[nodes.Node]:
        """Build the list; its page is read again when a notebook or a record changes."""
        root = Path(self.env.srcdir)
        place = root / "data" / "course"
        chapters = set(records.chapters(place))
        found = headings.book(root)
        total = sum(len(here) for page, here in found.items() if PurePosixPath(page).name in chapters)
        made: list[nodes.Node] = [nodes.raw("", _summary(total), format="html")]
        for page, here in found.items():
            name = PurePosixPath(page).name
            if name not in chapters:
                continue
            self.env.note_dependency(str(root / f"{page}.ipynb"))
            self.env.note_dependency(str(place / f"{name}.yml"))
            made += parse(self, _chapter(page, name, here, records.of_chapter(name, place)))
        self.env.metadata[self.env.docname][_MARK] = True
        return made


def _summary(total: int) -> str:
    return (
        f'<p role="status" data-progress-sum data-total="{total}">There are {total} exercises. '
        "What you solve in this browser is ticked here.</p>"
        '<p><button type="button" class="musicbook-forget" data-progress-forget hidden>Forget my progress</button></p>'
    )


def _chapter(page: str, name: str, here: tuple[headings.Heading, ...], chapter: records.Chapter) -> str:
    by_label = {each.label: each for each in chapter.exercises}
    lines = [f"**{{doc}}`/{page}`**", ""]
    for heading in here:
        each = by_label[heading.label]
        about = f"{{ref}}`{heading.title} <{heading.label}>`"
        assigned = ", assigned work" if each.assigned else ""
        tick = f'<span class="musicbook-tick" data-exercise="{each.id}"></span>'
        lines.append(f"- {about} ({'★' * heading.stars}, {heading.minutes} min{assigned}){tick}: {each.goal}")
    tick = f'<span class="musicbook-tick" data-quiz="{name}" data-total="{len(chapter.quiz)}"></span>'
    lines.append(f"- Quiz, {len(chapter.quiz)} questions{tick}")
    return "\n".join(lines)


def _add_script(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if _MARK in (app.env.metadata.get(pagename) or {}):
        app.add_js_file("progress.js", loading_method="defer")


def _write_script(app: Sphinx) -> None:
    if app.builder.format == "html":
        write_if_changed(Path(app.outdir) / "_static" / SCRIPT.name, SCRIPT.read_bytes())


def setup(app: Sphinx) -> None:
    """Register the directive and the handlers of this module."""
    app.add_directive("exercise-table", ExerciseTable)
    app.connect("builder-inited", _write_script)
    app.connect("html-page-context", _add_script)
