"""The quiz in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import json
import random

import pytest
from pages import LOOKS, check_axe

from musicbook.widgets import Quiz
from musicbook.widgets._module import read_part

QUESTIONS = [
    {
        "text": "Which one is real?",
        "options": [("This", True, "It is found."), ("That", False, "It could not be found.")],
    },
    {"text": "And 《音乐》?", "options": [("a", False, "no a"), ("b", False, "no b"), ("c", True, "yes c")]},
]


def quiz(**options):
    return Quiz(QUESTIONS, **{"title": "Real?", "key": "test"} | options)


def choose(page, text):
    page.get_by_role("button", name=text, exact=True).click()


def test_page_and_python_count_alike(show):
    rng, page = random.Random(1), show(quiz())
    program = f"([questions, answers]) => {{ {read_part('quizscore', 'js')} return quizScore(questions, answers); }}"
    for _ in range(12):
        widget = quiz()
        widget.answers = [rng.randrange(-1, 2), rng.randrange(-1, 3)]
        found = page.evaluate(program, [widget.questions, widget.answers])
        assert (found["right"], found["done"], found["total"]) == (*widget.score(), 2)


def test_first_choice_counts_and_every_option_says_why(show):
    page = show(quiz())
    whys, said = page.locator(".mb-quiz-why"), page.locator(".mb-quiz-said")
    assert whys.count() == 0
    choose(page, "That")
    assert whys.all_text_contents() == ["Right: It is found.", "Not this: It could not be found."]
    assert said.text_content() == "Not this one. 0 of 1 right"
    page.get_by_role("button", name="This").click(force=True)
    assert said.text_content() == "Not this one. 0 of 1 right"
    choose(page, "Next")
    assert page.evaluate("document.activeElement.className") == "mb-quiz-ask"
    assert page.locator(".mb-quiz-ask [lang=zh]").text_content() == "《音乐》"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert said.text_content() == "Right. 1 of 2 right: all answered"
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_answers_are_kept_until_again(show):
    page = show(quiz())
    choose(page, "This")
    page.reload()
    page.wait_for_selector("html[data-musicbook=ready]")
    assert page.locator(".mb-quiz .mb-time").text_content() == "2 of 2", "goes on where it stopped"
    assert page.locator(".mb-quiz-said").text_content() == "1 of 1 right"
    choose(page, "Again")
    assert page.locator(".mb-quiz .mb-time").text_content() == "1 of 2"
    kept = json.loads(page.evaluate("localStorage.getItem('musicbook.quiz.test')"))
    assert kept["answers"] == [-1, -1]


@pytest.mark.parametrize("kept", ["{", "null", '{"mark": "other", "answers": [1, 1]}', '{"answers": [9, 9]}'])
def test_what_is_kept_of_another_quiz_is_not_read(show, kept):
    page = show(quiz(), init=f"localStorage.setItem('musicbook.quiz.test', {json.dumps(kept)})")
    assert page.locator(".mb-quiz .mb-time").text_content() == "1 of 2"
    assert page.locator(".mb-quiz-why").count() == 0


def test_browser_that_keeps_nothing(show):
    page = show(quiz(), init="Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    choose(page, "This")
    assert page.locator(".mb-quiz-said").text_content() == "Right. 1 of 1 right"


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(quiz(caption="Try."), theme=theme, viewport={"width": width, "height": 900})
    for chosen in (False, True):
        if chosen:
            choose(page, "That")
            page.mouse.move(0, 0)
        check_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.querySelectorAll('.mb-quiz button')].every((x) => x.offsetHeight >= 44)")


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "one question at least"),
        ([{"text": "?", "options": [("a", True, "b")]}], "1 options"),
        ([{"text": "?", "options": [("a", False, "b"), ("c", False, "d")]}], "is right"),
        ([{"text": "?", "options": [("a", True, ""), ("c", False, "d")]}], "a reason"),
        ([{"text": "?", "options": [("a", 1, "b"), ("c", False, "d")]}], "True or False"),
    ],
)
def test_what_does_not_fit_is_refused(questions, message):
    with pytest.raises(ValueError, match=message):
        Quiz(questions)
