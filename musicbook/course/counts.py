"""How many exercises and questions there are, and what they have, as JSON.

Task
    A book that says "exercises check themselves" should be able to count them: by chapter, with a solution, with a check, with
    named wrong answers; and, of the built pages, the pictures that have words, and what axe found (a checker of accessibility,
    run on every page by the tests, which leave their findings in ``_build/axe``).

Functions
    ``count``    the exercises and questions of a book
    ``images``   the pictures of the built pages
    ``axe``      the findings of the last test run

Run ``make counts``, or ``python -m musicbook.course.counts``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from musicbook.course import headings, records, stubs

MIN_WORDS = 4
"""Words of a text that stands for a picture; fewer name it and do not describe it."""

_ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)
_ALT = re.compile(r'\balt="([^"]*)"')
_FORM = re.compile(r'^Exercise\(\s*"([\w-]+)"', re.MULTILINE)
_START = re.compile(r"^`{3,}\{solution-start\} (\S+)", re.MULTILINE)


def count(root: Path) -> dict[str, dict[str, Any]]:
    """Count the exercises and questions of every chapter.

    Parameters
    ----------
    root : Path
        The folder that holds ``_toc.yml``.

    Returns
    -------
    dict
        By page, in reading order. ``with_check`` are those that have a form in the page and are checked in their solution;
        ``with_wrong_answers`` those that name two mistakes or more, ``explained`` the questions of which every option has its
        reason.
    """
    found = {}
    for page, here in headings.book(root).items():
        notebook = nbformat.read(root / f"{page}.ipynb", as_version=4)
        markdown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        name = PurePosixPath(page).name
        place = root / "data" / "course"
        chapter = records.of_chapter(name, place) if name in records.chapters(place) else records.Chapter(name, (), ())
        labels, forms, checks = set(_START.findall(markdown)), _FORM.findall(code), stubs.CHECK.findall(code)
        known = {each.label: each for each in chapter.exercises}
        ours = [known[heading.label] for heading in here if heading.label in known]
        found[page] = {
            "exercises": len(here),
            "levels": {str(stars): sum(each.stars == stars for each in here) for stars in (1, 2, 3)},
            "minutes": sum(each.minutes for each in here),
            "with_goal_and_hint": sum(bool(each.goal and each.hint) for each in ours),
            "with_solution": sum(each.label in labels for each in here),
            "with_check": sum(each.id in forms and each.id in checks for each in ours),
            "with_wrong_answers": sum(len(each.wrong) >= records.MIN_WRONG for each in ours),
            "wrong_answers": sum(len(each.wrong) for each in ours),
            "assigned": sum(each.assigned for each in ours),
            "questions": len(chapter.quiz),
            "explained": sum(all(why for _, _, why in each.options) for each in chapter.quiz),
        }
    return found


def total(counts: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Add up what was counted."""
    names = [name for name, value in next(iter(counts.values())).items() if isinstance(value, int)]
    return {"chapters": len(counts)} | {name: sum(each[name] for each in counts.values()) for name in names}


def images(html: Path) -> dict[str, int] | None:
    """Count the pictures in the articles of the built pages, and those with words.

    Parameters
    ----------
    html : Path
        The built book.

    Returns
    -------
    dict or None
        None if there is no book.
    """
    pages = sorted(html.glob("chapters/**/*.html"))
    if not pages:
        return None
    found = []
    for page in pages:
        article = _ARTICLE.search(page.read_text(encoding="utf-8"))
        found += re.findall(r"<img\b[^>]*>", article.group() if article else "")
    words = [len(alt[1].split()) if (alt := _ALT.search(image)) else 0 for image in found]
    return {"pages": len(pages), "images": len(found), "with_text": sum(n >= MIN_WORDS for n in words)}


def axe(folder: Path) -> dict[str, Any] | None:
    """Add up what axe found on the pages in the last run of the tests.

    Parameters
    ----------
    folder : Path
        One JSON file for each page, width and theme, with ``page`` and ``violations``.

    Returns
    -------
    dict or None
        None if the tests have not looked yet.
    """
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if not runs:
        return None
    return {
        "pages": len({run["page"] for run in runs}),
        "runs": len(runs),
        "violations": sum(run["violations"] for run in runs),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.counts", description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, nargs="?", default=Path("."), help="the folder that holds _toc.yml")
    root = parser.parse_args(arguments).root
    if not (root / "_toc.yml").is_file():
        parser.error(f"{root} holds no _toc.yml: it is not the folder of the book")
    counts = count(root)
    built = {"images": images(root / "_build" / "html"), "axe": axe(root / "_build" / "axe")}
    print(json.dumps({"total": total(counts), **built, "chapters": counts}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
