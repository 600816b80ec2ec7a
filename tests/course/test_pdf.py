"""The printed book: two chapters, with their contents, bookmarks, scores, and links to what sounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from musicbook.course import archive, pdf

ROOT = Path(__file__).parents[2]
PAGES = ["chapters/preface", "chapters/03_algorithms/vae"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> PdfReader:
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # In a process of its own, as Playwright runs once in each and the other browser tests have it here.
    command = [sys.executable, "-m", "musicbook.course.pdf", str(ROOT), "--pages", *PAGES, "--out", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return PdfReader(path)


def links(printed: PdfReader) -> list[str]:
    annotations = [each.get_object() for page in printed.pages for each in page.get("/Annots") or ()]
    return [str(each["/A"]["/URI"]) for each in annotations if "/URI" in each.get("/A", {})]


def titles(outline: list) -> list[str]:
    return [entry.title for entry in outline if not isinstance(entry, list)]


@pytest.mark.pdf
def test_title_contents_and_numbers(printed):
    assert 10 < len(printed.pages) < 60
    assert "AI for the Music Industry" in printed.pages[0].extract_text()
    contents = printed.pages[1]
    leads = [each.get_object()["/A"]["/D"][0].get_object() for each in contents["/Annots"]]
    starts = [printed.get_page_number(page) + 1 for page in leads]
    assert len(set(starts)) == len(PAGES)
    for start in starts:
        assert str(start) in contents.extract_text().split()
        assert printed.pages[start - 1].extract_text().rstrip().endswith(str(start))


@pytest.mark.pdf
def test_bookmarks_are_the_parts_with_their_chapters(printed):
    assert titles(printed.outline)[0] == "Contents"
    assert titles(printed.outline)[2:] == ["Machines that compose"]
    assert "VAE" in titles(printed.outline[-1])[0]


@pytest.mark.pdf
def test_what_was_folded_is_open(printed):
    text = " ".join("\n".join(page.extract_text() for page in printed.pages).split())
    assert "Exercises" in text
    assert "Takeaways" in text


@pytest.mark.pdf
def test_links_lead_to_the_sounds_and_never_to_the_machine(printed):
    found = links(printed)
    assert not [link for link in found if link.startswith(("file:", pdf.LISTEN, pdf.START))]
    chosen = {link for link in found if link.startswith("sounds/vae/")}
    html = (ROOT / "_build" / "html" / f"{PAGES[1]}.html").read_text(encoding="utf-8")
    there = {archive.sound_name("vae", n, tune) for n, tune in enumerate(archive.tunes_of(html), start=1)}
    assert chosen
    assert chosen <= there


@pytest.mark.pdf
def test_controls_are_not_printed(printed):
    # The preface says in its prose what they are called; so only the chapter is looked at.
    start = printed.get_destination_page_number(printed.outline[-1][0])
    text = "\n".join(page.extract_text() for page in printed.pages[start:])
    assert "Listen: " in text
    for words in ("Notes as text", "MIDI file", "♩ =", "Loop", "Volume", "Check\n"):
        assert words not in text


@pytest.mark.pdf
def test_scores_are_drawn(printed):
    """The score of the preface is drawn by curves: its page has far more of them than a page of words."""
    curves = [page.get_contents().get_data().count(b" c\n") for page in printed.pages]
    assert max(curves[2:]) > 300


def test_no_book_is_told(tmp_path, capsys):
    assert pdf.main([str(tmp_path)]) == 2
    assert "run make book first" in capsys.readouterr().err


@pytest.mark.book
def test_an_unknown_page_is_told(tmp_path, capsys):
    assert pdf.main([str(ROOT), "--pages", "chapters/none", "--out", str(tmp_path / "book.pdf")]) == 2
    assert "has no page chapters/none" in capsys.readouterr().err


def test_pages_come_in_the_order_of_the_contents():
    found = [name for _, name in pdf.parts(ROOT)]
    assert found[0] == "chapters/preface"
    assert found.index("chapters/03_algorithms/gan") < found.index("chapters/03_algorithms/vae")
    assert len(set(found)) == len(found) > 35
