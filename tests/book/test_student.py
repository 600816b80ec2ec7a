"""A student's way through the published book, with no kernel: open, listen, answer wrongly, be told, answer rightly, come back.

The pages are those that ``make book`` left in ``_build/html``.
"""

from __future__ import annotations

from pathlib import Path

import browser as chromium
import pytest

from chapters import rules
from musicbook.course import records

HTML = Path(__file__).parents[2] / "_build" / "html"
CHAPTER = "chapters/03_algorithms/content.html"
IDS = ("content-2", "content-3", "content-4")


@pytest.fixture
def reader(browser):
    """A page of the book from a server, and what a reader keeps in the browser."""
    if not (HTML / CHAPTER).is_file():
        pytest.fail(f"There is no built book in {HTML}: run make book first.", pytrace=False)
    with chromium.served(HTML) as address:
        page = chromium.open_page(browser)
        page.book = address
        yield page
        assert [page.strangers, page.errors] == [[], []]
        page.close()


def visit(page, name):
    page.goto(f"{page.book}/{name}")
    page.wait_for_selector("html[data-musicbook=ready]", timeout=30_000)


def form(page, id_):
    return page.get_by_role("group", name=f"Exercise {id_}", exact=True)


def answer(page, exercise, value):
    """Put an answer into the form of an exercise and check it; gives what is said."""
    here = form(page, exercise.id)
    if exercise.kind in ("number", "numbers"):
        values = value if isinstance(value, tuple) else (value,)
        for field, number in zip(here.get_by_role("textbox").all(), values, strict=True):
            field.fill(repr(number))
    elif exercise.kind in ("choice", "several"):
        for box in here.locator(".mb-ex-option input").all():
            box.set_checked(box.get_attribute("value") in value) if exercise.kind == "several" else None
        if exercise.kind == "choice":
            here.locator(f".mb-ex-option input[value={value}]").check()
    here.get_by_role("button", name="Check").click()
    return here.locator(".mb-ex-said").text_content()


def test_listen_answer_wrongly_then_rightly_and_come_back(reader):
    exercises = [records.exercise(id_) for id_ in IDS]
    visit(reader, CHAPTER)
    reader.get_by_role("button", name="Play", exact=True).first.click()
    reader.wait_for_function("musicbook.level() > 0.01", timeout=15_000)
    reader.get_by_role("button", name="Stop", exact=True).first.click()
    for each in exercises:
        for wrong in each.wrong[:2]:
            assert answer(reader, each, wrong.value) == f"✗ {wrong.says}"
        assert answer(reader, each, each.answer) == f"✓ {each.right}"
    reader.reload()
    reader.wait_for_selector("html[data-musicbook=ready]")
    for each in exercises:
        assert form(reader, each.id).locator(".mb-time").text_content() == "✓ solved, 3 tries"
        assert form(reader, each.id).locator(".mb-ex-said").text_content() == f"✓ {each.right}"
    reader.goto(f"{reader.book}/chapters/exercises.html")
    assert f"solved {len(IDS)} of {len(records.exercises())} exercises" in reader.get_by_role("status").text_content()
    assert reader.locator("[data-exercise]", has_text="solved").count() == len(IDS)
    reader.get_by_role("button", name="Forget my progress").click()
    reader.get_by_role("button", name="Press once more").click()
    assert "solved 0 of" in reader.get_by_role("status").text_content()
    visit(reader, CHAPTER)
    assert form(reader, IDS[0]).locator(".mb-time").text_content() == ""


def tab_to(page, what, limit=400):
    """Press Tab until the focus is on something that a script finds; gives how often."""
    for presses in range(limit):
        if page.evaluate(f"(() => {{ const at = document.activeElement; return {what}; }})()"):
            return presses
        page.keyboard.press("Tab")
    pytest.fail(f"not reached with {limit} tabs: {what}", pytrace=False)


def test_with_the_keyboard_alone_from_the_first_page_to_a_solved_exercise(reader):
    exercise = next(records.exercise(id_) for id_ in IDS if records.exercise(id_).kind == "number")
    reader.goto(f"{reader.book}/chapters/preface.html")
    tab_to(reader, "at.matches('nav a[href$=\"03_algorithms/content.html\"]')")
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"**/{CHAPTER}")
    reader.wait_for_selector("html[data-musicbook=ready]", timeout=30_000)
    # As a reader does who knows where she is going: over the link to the contents of this page, to its exercises.
    tab_to(reader, "at.matches('a[href=\"#exercises\"]')")
    reader.keyboard.press("Enter")
    here = f"at.closest('[aria-label=\"Exercise {exercise.id}\"]')"
    tab_to(reader, f"at.matches('input') && {here}")
    reader.keyboard.type(f"{exercise.wrong[0].value:g}")
    reader.keyboard.press("Enter")
    said = form(reader, exercise.id).locator(".mb-ex-said")
    assert said.text_content() == f"✗ {exercise.wrong[0].says}"
    reader.keyboard.press("Control+A")
    reader.keyboard.type(f"{exercise.answer:g}")
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    assert said.text_content() == f"✓ {exercise.right}"


def test_every_exercise_of_the_book_stands_on_the_list(reader):
    reader.goto(f"{reader.book}/chapters/exercises.html")
    listed = reader.locator("[data-exercise]").evaluate_all("all => all.map((each) => each.dataset.exercise)")
    assert sorted(listed) == sorted(records.exercises())
    assert len(listed) >= 4 * (len(rules.notebooks()) - 1)
    links = reader.locator("article a[href*='#ex-']")
    assert links.count() == len(listed)
