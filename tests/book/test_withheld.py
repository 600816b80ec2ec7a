"""Solutions of assigned exercises: executed, and nowhere to be read in what is published."""

from __future__ import annotations

import re
from pathlib import Path

import books
import nbformat
import pytest
from sphinx.search.en import SearchEnglish

from musicbook.book.state import drop_unseen
from musicbook.course import leaks, withhold

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
SECRET = "Clandestinely"
PUBLIC = "Selfstudying"


def files_with(folder, word):
    """Name the files below a folder that hold a word, in whatever form."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix() for path in files if word.lower() in leaks.plain(leaks.read(path))}


def test_nothing_of_an_assigned_solution_is_published(small):
    html = small / "_build" / "html"
    assert leaks.find(html, small / "chapters", small / "data" / "course") == []
    assert files_with(html, SECRET) == set()


@pytest.mark.book
def test_the_whole_book_publishes_nothing_that_is_withheld():
    if not (HTML / "index.html").is_file():
        pytest.fail(f"There is no built book in {HTML}: run make book first.", pytrace=False)
    assert [str(leak) for leak in leaks.find(HTML, ROOT / "chapters")] == []


def test_solutions_for_self_study_are_published_whole(small):
    html = small / "_build" / "html"
    assert {"chapters/three.html", "_sources/chapters/three.ipynb"} <= files_with(html, PUBLIC)
    assert "searchindex.js" in files_with(html, SearchEnglish({}).stem(PUBLIC.lower()))
    text = books.page(small, "three")
    for word in ("one counts the beats", "printed 0.1372", "drawn.", "played"):
        assert f"{PUBLIC} {word}" in text
    assert len(re.findall(r"<img\b", re.search(r"<article.*</article>", text, re.DOTALL)[0])) == 1
    assert "✓ Selfstudying congratulated." in text
    assert (
        len(list((html / "_images").iterdir())) == 2
    )  # chapter one has a picture; that of the assigned solution is not there


def test_both_exercises_are_asked_and_both_solutions_were_executed(small):
    text = books.page(small, "three")
    assert text.count("widget-view+json") == 3  # two forms, one player
    assert "ex-three-2" in text
    executed = books.executed(small, small / "chapters" / "three.ipynb")
    assert "✓ Clandestinely congratulated." in nbformat.writes(executed)


def test_the_notebook_to_download_is_whole_but_for_that(small):
    source = nbformat.read(small / "chapters" / "three.ipynb", 4)
    public = nbformat.read(small / "_build" / "html" / "_sources" / "chapters" / "three.ipynb", 4)
    nbformat.validate(public)
    hidden = withhold.withheld_cells(source, "three", small / "data" / "course")
    assert len(hidden) == 6
    assert [cell.id for cell in public.cells] == [cell.id for cell in source.cells if cell not in hidden]


LEAKS = [
    (
        "a.html",
        "<p>Clandestinely one <b>counts</b>\nthe beats of every&nbsp;bar.",
        "Clandestinely one counts the beats of every bar.",
    ),
    ("a.html", "<i>beats_Clandestinely</i> <b>=</b> <b>0.2372</b>", "beats_Clandestinely = 0.2372"),
    ("a.js", r'{"x": "\tPlayer(tune, title=\"Clandestinely played\")"}', "Player(tune, title='Clandestinely played')"),
    ("a.json", r'{"says": "\u0043landestinely congratulated."}', "Clandestinely congratulated."),
    ("three.html", "<p>It is <b>0.2372</b>!</p>", "0.2372"),
    ("searchindex.js", 'Search.setIndex({"terms": {"clandestin": 1}, "titleterms": {}})', "clandestin"),
]
"""The same secret as it stands in a page, in coloured code, in a script, in JSON, as a bare number, and in the search."""


@pytest.mark.parametrize(("name", "text", "what"), LEAKS)
def test_a_leak_is_found_in_any_form(small, tmp_path, name, text, what):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = leaks.find(tmp_path, small / "chapters", small / "data" / "course")
    assert ("three-2", what) in {(leak.exercise, leak.what) for leak in found}
    assert {leak.file for leak in found} == {name}


def test_a_search_that_would_prove_nothing_is_an_error(small, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds 0 files"):
        leaks.find(tmp_path, small / "chapters", small / "data" / "course")


def test_models_that_nothing_shows_are_dropped():
    models = {"a": {"child": "IPY_MODEL_b"}, "b": {}, "c": {"child": "IPY_MODEL_a"}, "d": {}}
    saved = {"state": {key: {"state": state} for key, state in models.items()}}
    drop_unseen(saved, {"a", "gone"})
    assert set(saved["state"]) == {"a", "b"}
