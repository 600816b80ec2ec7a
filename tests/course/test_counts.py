"""What the book counts of itself: every chapter has enough, and everything has what it should have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from course.test_course_records import CHAPTERS, MIN_EXERCISES, MIN_QUESTIONS

from musicbook.course import counts

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def printed():
    """What ``make counts`` prints."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", found.append)
        assert counts.main([str(ROOT)]) == 0
    return json.loads(found[0])


@pytest.mark.slow
def test_every_exercise_and_question_is_complete(printed):
    assert {Path(page).name for page in printed["chapters"]} == set(CHAPTERS)
    for page, row in printed["chapters"].items():
        assert row["exercises"] >= MIN_EXERCISES, page
        assert row["questions"] >= MIN_QUESTIONS, page
        assert min(row["levels"].values()) >= 1, page
        complete = [row[name] for name in ("with_goal_and_hint", "with_solution", "with_check", "with_wrong_answers")]
        assert complete == [row["exercises"]] * 4, page
        assert row["explained"] == row["questions"], page
        assert row["assigned"] == 1, page
    total = printed["total"]
    assert total["chapters"] == len(CHAPTERS)
    assert total["wrong_answers"] >= 2 * total["exercises"]
    assert total["exercises"] == sum(row["exercises"] for row in printed["chapters"].values())


@pytest.mark.book
def test_every_picture_has_words(printed):
    assert printed["images"], "There is no built book: run make book first."
    assert printed["images"]["with_text"] == printed["images"]["images"] > 30


@pytest.mark.book
def test_axe_found_nothing(printed):
    if printed["axe"]:  # the pages may not have been looked at yet in this run; test_pages.py does, and fails itself
        assert printed["axe"]["violations"] == 0


def test_what_is_missing_is_counted_as_missing(tmp_path):
    (tmp_path / "a.json").write_text('{"page": "one", "violations": 2}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"page": "one", "violations": 1}', encoding="utf-8")
    assert counts.axe(tmp_path) == {"pages": 1, "runs": 2, "violations": 3}
    assert counts.axe(tmp_path / "none") is None
    page = tmp_path / "chapters" / "x" / "y.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '<img src="logo.png"><article><img src="a" alt="A line that rises"><img alt="Line"><img></article>',
        encoding="utf-8",
    )
    assert counts.images(tmp_path) == {"pages": 1, "images": 3, "with_text": 1}
    assert counts.images(tmp_path / "none") is None


def test_a_folder_that_is_no_book_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        counts.main([str(tmp_path)])
    assert "holds no _toc.yml" in capsys.readouterr().err
