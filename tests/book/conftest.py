"""Shared by the tests of the build: one small book, and one with a mistake on every page, each built once."""

from __future__ import annotations

import books
import nbformat
import pytest
import yaml
from books import code, markdown, notebook

PLAIN = "# Two\n\nA page without widgets and without formulas.\n"
REFERENCE = {
    "errata": "# Errata\n\n```{errata-table}\n```\n",
    "bibliography": "# Sources\n\n```{bibliography}\n:all:\n```\n",
    "status": "# Status\n\n```{status-table}\n```\n",
    "coverage": "# Coverage\n\n```{coverage-table}\n```\n",
}
KEPT = {
    "id": "A3.3-1",
    "section": "3.3",
    "line": "L9",
    "requirement": "Features are *extracted*.",
    "chapter": "one",
    "target": "musicbook.music.features.extract_features",
}
COVERAGE = [
    KEPT,
    {**KEPT, "id": "A10-1", "line": "L3–L5", "target": "chapters/one.ipynb#Some words", "note": "Mind this."},
    {**KEPT, "id": "A8.1-2", "chapter": "four", "target": "chapters/four.ipynb#name"},
]

RAISES = [markdown("# Raises"), code("1 + 1"), code("# The first line of the cell.\n1 / 0"), code("2 + 2")]
BROKEN = {
    "plain": "# Plain\n\nSee {ref}`nowhere`.\n",
    "foreign": '# Foreign\n\n```{raw} html\n<script src="https://cdn.example.org/x.js"></script>\n```\n',
    "boxes": "# Boxes\n\n```{erratum} B-02\n```\n\n```{erratum} B-77\n```\n",
    "errata": REFERENCE["errata"],
    "sources": REFERENCE["bibliography"],
    "image": notebook(markdown("# Image"), code("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")),
    "raises": notebook(*RAISES),
}
MENDED = {
    "plain": "# Plain\n",
    "foreign": "# Foreign\n",
    "boxes": "# Boxes\n\n```{erratum} B-01\n```\n\n(nowhere)=\nThe proof.\n\n```{erratum} B-02\n```\n",
}
ADDRESS = {"repository": {"url": "https://github.com/someone/some-book", "branch": "trunk"}}


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A book with two notebooks, a plain page and the reference pages, built without a warning."""
    folder = tmp_path_factory.mktemp("small") / "book"
    chapters = {"two": PLAIN, "one": books.chapter_one(), "three": books.chapter_three()}
    books.write_book(folder, {**chapters, **REFERENCE}, course={"three": books.course_three()})
    (folder / "data" / "coverage.yml").write_text(yaml.safe_dump(COVERAGE), encoding="utf-8")
    done = books.build(folder, *books.STRICT)
    assert done.returncode == 0, done.output
    return folder


def boxed(chapter: str, away: str) -> list[dict]:
    """Three errata of the broken book, whose boxes stand in a chapter, but for the last."""
    first, second, third = ({**books.ERRATUM, "id": f"B-0{n}", "chapter": chapter, "proof": None} for n in (1, 2, 3))
    return [first, {**second, "proof": "nowhere"}, {**third, "chapter": away}]


@pytest.fixture(scope="session")
def broken(tmp_path_factory):
    """A book with a mistake on each page, and what each of three builds said: strictly, again, and not strictly."""
    folder = tmp_path_factory.mktemp("broken") / "book"
    books.write_book(folder, BROKEN, errata=boxed("boxes", "missing"), terms=(), config=ADDRESS)
    return folder, [books.build(folder, *options) for options in (books.STRICT, books.STRICT, ())]


@pytest.fixture(scope="session")
def mended(broken):
    """The same book after every mistake was mended, and what its build said."""
    folder, _ = broken
    for name, text in MENDED.items():
        (folder / "chapters" / f"{name}.md").write_text(text, encoding="utf-8")
    figure = code("import matplotlib.pyplot as plt\nplt.plot([1, 2]);", metadata=books.FIGURE)
    nbformat.write(notebook(markdown("# Image"), figure), folder / "chapters" / "image.ipynb")
    nbformat.write(notebook(*RAISES[:2], *RAISES[3:]), folder / "chapters" / "raises.ipynb")
    text = yaml.safe_dump(boxed("boxes", "boxes")[:2], allow_unicode=True)
    (folder / "data" / "errata.yml").write_text(text, encoding="utf-8")
    return folder, books.build(folder, *books.STRICT)
