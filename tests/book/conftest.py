"""Shared by the tests of the build: one small book, built once."""

from __future__ import annotations

import books
import pytest

PLAIN = "# Two\n\nA page without widgets and without formulas.\n"
REFERENCE = {
    "errata": "# Errata\n\n```{errata-table}\n```\n",
    "bibliography": "# Sources\n\n```{bibliography}\n:all:\n```\n",
    "status": "# Status\n\n```{status-table}\n```\n",
}


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A book with two notebooks, a plain page and the reference pages, built without a warning."""
    folder = tmp_path_factory.mktemp("small") / "book"
    chapters = {"two": PLAIN, "one": books.chapter_one(), "three": books.chapter_three()}
    books.write_book(folder, {**chapters, **REFERENCE}, course={"three": books.course_three()})
    done = books.build(folder, *books.STRICT)
    assert done.returncode == 0, done.output
    return folder
