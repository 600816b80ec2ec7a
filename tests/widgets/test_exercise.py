"""The form of an exercise in a page without a kernel: it judges as Python does, and holds no answer to be read."""

from __future__ import annotations

import hashlib
import json
import random
import string

import browser as chromium
import pytest
import yaml
from course.test_checks import whole
from pages import check_axe

from musicbook.course import checks, records, seal
from musicbook.widgets import Exercise, Player, Quiz
from musicbook.widgets._module import read_part

PARTS = "\n".join(read_part(name, "js") for name in ("sha256", "exercisejudge"))


def course_records():
    """One exercise of each kind, with a slider of its own, and about another widget."""
    found = whole()
    found["exercises"]["small-1"].pop("within")
    found["exercises"]["small-1"].pop("outside")
    found["exercises"]["small-6"] = found["exercises"]["small-1"] | {"slider": [0, 10, 0.25], "unit": "apples"}
    watched = {"watch": "the tempo of the tune", "answer": 90, "tolerance": 2, "wrong": []}
    for name, value in (("slow", 60), ("fast", 120)):
        watched["wrong"].append({"name": name, "value": value, "how": "so", "says": f"Too {name}."})
    found["exercises"]["small-7"] = found["exercises"]["small-1"] | watched
    return found


@pytest.fixture
def small(tmp_path, monkeypatch):
    (tmp_path / "small.yml").write_text(yaml.safe_dump(course_records(), sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("MUSICBOOK_COURSE", str(tmp_path))
    return records.exercises()


@pytest.fixture
def page(browser):
    page = chromium.open_page(browser)
    page.goto("about:blank")
    yield page
    page.close()


def test_the_digest_is_that_of_the_standard(page):
    rng = random.Random(2)
    texts = ["", "abc", *("".join(rng.choices(string.printable + "é音", k=n)) for n in (55, 56, 63, 64, 65, 200))]
    found = page.evaluate(f"(texts) => {{ {PARTS} return texts.map((text) => hexadecimal(sha256(text))); }}", texts)
    assert found == [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def texts_of(exercise, value):
    """Write a value as the form gives it."""
    values = value if isinstance(value, tuple) else (value,)
    return [each if isinstance(each, str) else repr(each) for each in values]


def test_page_and_python_judge_every_exercise_of_the_book_alike(page):
    """All exercises: the answer, the named mistakes, values at the borders of the tolerance, and whatever else."""
    rng, cases = random.Random(3), []
    for each in records.exercises().values():
        given = [each.answer, *(wrong.value for wrong in each.wrong)]
        if each.kind == "number":
            edges = [each.answer + side * each.tolerance[0] * share for side in (-1, 1) for share in (0.99, 1.01)]
            given += [*edges, -1e9, 1e9, each.answer + rng.gauss(0, 3)]
        elif each.kind in ("choice", "several", "order"):
            keys = [key for key, _ in each.options]
            given += [tuple(rng.sample(keys, len(keys) if each.kind == "order" else 1)) for _ in range(4)]
        cases += [(each, texts_of(each, value)) for value in given]
    sealed = [[seal.sealed(each), given] for each, given in cases]
    found = page.evaluate(f"(cases) => {{ {PARTS} return cases.map(([r, g]) => exerciseJudge(r, g)); }}", sealed)
    for (each, given), verdict in zip(cases, found, strict=True):
        answer = [float(text) for text in given] if each.tolerance else given
        expected = checks.judge(each, answer[0] if each.kind in ("number", "choice") else answer)
        assert (verdict["right"], verdict["says"]) == (expected.right, expected.says), (each.id, given)


def test_what_the_page_holds_tells_no_answer_and_no_message():
    for each in records.exercises().values():
        text = json.dumps(seal.sealed(each), ensure_ascii=False)
        for message in (each.right, *(wrong.says for wrong in each.wrong)):
            assert message not in text
        assert '"answer"' not in text


def said(page):
    return page.locator(".mb-ex-said").text_content()


def check(page):
    page.get_by_role("button", name="Check").click()


def test_wrong_then_right_then_kept(show, small):
    page = show(Exercise("small-1"))
    check(page)
    assert said(page) == "Give an answer first."
    field = page.get_by_label("Your answer")
    for text, words in (
        ("four", "Give one finite number, such as 0.25."),
        ("4,375", "✗ You multiplied."),
        ("9", "✗ Not yet."),
        ("4.25", "✓ Right."),
    ):
        field.fill(text)
        assert said(page) == ""
        check(page)
        assert said(page) == words
    assert page.locator(".mb-time").text_content() == "✓ solved, 3 tries"
    page.reload()
    page.wait_for_selector(".mb-ex")
    assert said(page) == "✓ Right."
    assert page.locator(".mb-time").text_content() == "✓ solved, 3 tries"
    assert field.input_value() == "4.25"


def test_a_changed_exercise_begins_anew_and_damage_is_nothing(show, small):
    page = show(Exercise("small-1"))
    for kept in ('{"mark": "old", "given": ["4.25"], "right": true, "tries": 1}', "{", "7"):
        page.evaluate("(kept) => localStorage.setItem('musicbook.exercise.small-1', kept)", kept)
        page.reload()
        page.wait_for_selector(".mb-ex")
        assert page.locator(".mb-time").text_content() == ""
    assert page.errors == []


def test_choices_by_keyboard(show, small):
    page = show(Exercise("small-2"))
    page.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert said(page) == "✓ Right."


def test_several(show, small):
    page = show(Exercise("small-3"))
    page.get_by_label("one").check()
    check(page)
    assert said(page) == "✗ No, 0."
    page.get_by_label("three").check()
    check(page)
    assert said(page) == "✓ Right."


def test_order_by_keyboard(show, small):
    page = show(Exercise("small-4"))
    check(page)
    assert said(page) == "Give an answer first."
    page.get_by_role("button", name="Move down: one").focus()
    page.keyboard.press("Enter")
    assert said(page) == "one: place 2 of 3."
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Move up: one"
    check(page)
    assert said(page) == "✓ Right."


def test_numbers(show, small):
    page = show(Exercise("small-5"))
    page.get_by_label("x", exact=True).fill("2")
    page.get_by_label("y", exact=True).fill("1")
    check(page)
    assert said(page) == "✗ No, 0."
    page.get_by_label("x", exact=True).fill("1")
    page.get_by_label("y", exact=True).fill("2")
    page.keyboard.press("Enter")
    assert said(page) == "✓ Right."


def test_a_slider_of_its_own(show, small):
    page = show(Exercise("small-6"))
    check(page)
    assert said(page) == "Give an answer first."
    page.get_by_label("Your answer").fill("4.25")
    check(page)
    assert said(page) == "✓ Right."
    assert page.locator(".mb-ex-now").text_content() == "4.25 apples"


def test_another_widget_of_the_page(show, small, scale):
    player = Player(scale, tempo=60)
    page = show(player, Exercise("small-7", watching=(player, "tempo")))
    check(page)
    assert said(page) == "✗ Too slow."
    page.get_by_role("slider", name="Tempo").fill("91")
    assert said(page) == ""
    check(page)
    assert said(page) == "✓ Right."


def test_what_it_watches_must_fit(small, scale):
    player = Player(scale)
    with pytest.raises(ValueError, match=r"needs watching=\(widget, trait\): the tempo of the tune"):
        Exercise("small-7")
    with pytest.raises(ValueError, match="needs no widget to watch"):
        Exercise("small-1", watching=(player, "tempo"))
    with pytest.raises(ValueError, match="Player has no synchronised trait 'speed'"):
        Exercise("small-7", watching=(player, "speed"))
    with pytest.raises(records.RecordError, match="no chapter 'ban'"):
        Exercise("ban-1")


def test_quiz_of_a_chapter(small):
    made = Quiz.of("small")
    assert made.key == "small"
    assert made.questions[0]["options"][0] == ["Yes", True, "It is."]


@pytest.mark.parametrize("width", [390, 1440])
def test_in_reach_of_every_reader(show, small, scale, width):
    player = Player(scale, tempo=60)
    plain = [Exercise(f"small-{n}") for n in range(1, 7)]
    page = show(
        *plain, player, Exercise("small-7", watching=(player, "tempo")), viewport={"width": width, "height": 900}
    )
    page.get_by_role("button", name="Check").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
