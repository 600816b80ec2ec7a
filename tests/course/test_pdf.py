"""The printed book: two chapters, with their contents, bookmarks, scores, and links to what sounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from musicbook.course import pdf

ROOT = Path(__file__).parents[2]
PAGES = ["chapters/preface", "chapters/03_algorithms/vae"]


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> PdfReader:
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # In a process of its own, as Playwright runs once in each and the other browser tests have it here.
    command = [sys.executable, "-m", "musicbook.course.pdf", str(ROOT), "--pages", *PAGES, "--to", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return PdfReader(path)


def links(book: PdfReader) -> list[str]:
    annotations = [each.get_object() for page in book.pages for each in page.get("/Annots") or ()]
    return [str(each["/A"]["/URI"]) for each in annotations if "/URI" in each.get("/A", {})]


def titles(outline: list) -> list[str]:
    return [entry.title for entry in outline if not isinstance(entry, list)]


def test_title_contents_and_numbers(book):
    assert 10 < len(book.pages) < 60
    assert "AI for the Music Industry" in book.pages[0].extract_text()
    contents = book.pages[1].extract_text()
    starts = {book.get_destination_page_number(each) + 1 for each in book.outline[1:] if not isinstance(each, list)}
    assert len(starts) == len(PAGES)
    for start in starts:
        assert str(start) in contents.split()
        assert book.pages[start - 1].extract_text().rstrip().endswith(str(start))


def test_bookmarks_are_the_chapters_with_their_sections(book):
    assert len(titles(book.outline)) == 1 + len(PAGES)
    inside = [entry for entry in book.outline if isinstance(entry, list)]
    assert len(inside) == len(PAGES)


def test_what_was_folded_is_open(book):
    text = " ".join("\n".join(page.extract_text() for page in book.pages).split())
    assert "Exercises" in text
    assert "Takeaways" in text


def test_links_lead_to_the_sounds_and_never_to_the_machine(book):
    found = links(book)
    sounds = [link for link in found if link.startswith("html/chapters/03_algorithms/vae.html#")]
    assert sounds
    assert not [link for link in found if link.startswith(("file:", pdf.LISTEN))]
    for link in sounds:
        page, _, section = link.removeprefix("html/").partition("#")
        assert f'id="{section}"' in (ROOT / "_build" / "html" / page).read_text(encoding="utf-8")


def test_scores_are_drawn(book):
    """The score of the preface is drawn by curves: its page has far more of them than a page of words."""
    curves = [page.get_contents().get_data().count(b" c\n") for page in book.pages]
    assert max(curves[2:]) > 300


def test_no_book_is_told(tmp_path, capsys):
    assert pdf.main([str(tmp_path)]) == 2
    assert "run make book first" in capsys.readouterr().err


def test_pages_come_in_the_order_of_the_contents():
    found = pdf.chapters(ROOT)
    assert found[0] == "chapters/preface"
    assert found.index("chapters/03_algorithms/gan") < found.index("chapters/03_algorithms/vae")
    assert len(set(found)) == len(found) > 35
