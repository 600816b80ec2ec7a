"""The syllabi: every chapter is taught, after what it builds on, and the minutes add up."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sphinx.errors import ExtensionError

from chapters import rules
from musicbook.book.teaching import FILE, load_syllabus, reading_minutes
from musicbook.course import headings

ROOT = Path(__file__).parents[2]
ORDER = [Path(page).name for page in headings.book(ROOT)]


@pytest.fixture
def syllabus():
    return load_syllabus(ROOT / FILE, set(ORDER))


def test_a_chapter_builds_on_earlier_ones(syllabus):
    for name, before in syllabus["builds_on"].items():
        assert all(ORDER.index(each) < ORDER.index(name) for each in before), name


def test_twelve_weeks_teach_every_chapter_once_and_after_what_it_builds_on(syllabus):
    weeks = next(each for each in syllabus["syllabi"] if each["hours"] == 36)["sessions"]
    taught = [name for week in weeks for name in week["chapters"]]
    assert sorted(taught) == sorted(ORDER)
    for place, name in enumerate(taught):
        assert set(syllabus["builds_on"][name]) <= set(taught[:place]), name


def test_there_are_three_lengths(syllabus):
    assert [each["hours"] for each in syllabus["syllabi"]] == [2, 12, 36]


def test_every_chapter_says_how_long_it_takes():
    for path in rules.notebooks():
        if path.stem in ORDER:
            assert reading_minutes(path) >= 20, path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda whole: whole["builds_on"].pop("gan"), "'gan'.* is missing or unknown"),
        (lambda whole: whole["builds_on"]["gan"].append("gin"), "gan builds on \\['gin'\\]"),
        (lambda whole: whole["syllabi"][0].update(hours=3), "Two hours has 120 minutes for 3 hours"),
        (lambda whole: whole["syllabi"][0]["sessions"][0]["chapters"].append("gin"), "has an unknown chapter"),
    ],
)
def test_a_syllabus_that_does_not_add_up_is_refused(tmp_path, change, message):
    whole = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))
    change(whole)
    (tmp_path / "syllabus.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    with pytest.raises(ExtensionError, match=message):
        load_syllabus(tmp_path / "syllabus.yml", set(ORDER))
