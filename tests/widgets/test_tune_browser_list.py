"""The tune browser's list, search and filters in a real browser: right counts, by keyboard, in reach of every reader."""

from __future__ import annotations

import numpy as np
from pages import LOOKS, check_axe
from sounding import wait_loud, wait_silent
from test_accessible import AA
from tunebrowser import CHOSEN, LINES

from musicbook.music.corpus import Catalogue
from musicbook.widgets import Browser
from musicbook.widgets.browser import NAMES

FACETS = {"Collection": "collection", "Region": "region", "Tune type": "kind", "Metre": "meter", "Mode": "mode"}


def words(table):
    """The catalogue's columns as the reader sees them."""
    shown = table[list(FACETS.values())].copy()
    shown["collection"] = shown["collection"].map(NAMES)
    return shown.replace({"region": {"": "not given"}, "kind": {"": "not given"}, "meter": {"none": "free"}})


def counts(page) -> dict[str, dict[str, int]]:
    """What the select boxes say: ``{label: {choice: tunes}}``."""
    found = {}
    for label in FACETS:
        texts = page.get_by_label(label, exact=True).locator("option").all_text_contents()
        pairs = [text.removesuffix(")").rsplit(" (", 1) for text in texts]
        found[label] = {choice: int(number) for choice, number in pairs}
    return found


def test_counts_agree_with_the_catalogue(show, cat, tunes):
    page = show(tunes)
    table = words(cat.table.loc[tunes.ids])
    chosen = {}

    def wanted(label):
        others = [table[FACETS[other]] == value for other, value in chosen.items() if other != label]
        left = table[np.logical_and.reduce(others)] if others else table
        every = {value: 0 for value in table[FACETS[label]]}
        return {"any": len(left), **every, **left[FACETS[label]].value_counts().to_dict()}

    for label, value in (("", ""), ("Collection", "Essen"), ("Mode", "minor"), ("Metre", "4/4")):
        if label:
            page.get_by_label(label, exact=True).select_option(value)
            chosen[label] = value
        assert counts(page) == {each: wanted(each) for each in FACETS}
        expected = int(np.logical_and.reduce([table[FACETS[k]] == v for k, v in chosen.items()] or [[True] * 48]).sum())
        assert expected > 0
        assert page.locator(LINES).count() == expected
        assert page.locator(".mb-left").text_content() == f"{expected} of 48 tunes"
    dead = page.get_by_label("Region", exact=True).locator("option:disabled").all_text_contents()
    assert dead
    assert all(text.endswith("(0)") for text in dead)
    page.get_by_role("button", name="Clear the filters").click()
    assert page.locator(LINES).count() == 48
    assert page.get_by_role("button", name="Clear the filters").count() == 0
    assert page.evaluate("document.activeElement.type") == "search"


def test_search_needs_neither_capitals_nor_accents(show, cat):
    table = cat.table.copy()
    names = list(table.index[:3])
    table.loc[names, "title"] = ["Frühling läßt sein blaues Band", "Fruehlingslied", "Ein alter Brief"]
    page = show(Browser(Catalogue(table, cat._notes), names))
    for typed, found in (("fruhling", 1), ("FRÜH", 1), ("fru", 2), (" brief ", 1), ("b", 2), ("(", 0), ("", 3)):
        page.get_by_label("Title").fill(typed)
        assert page.locator(LINES).count() == found, typed


def test_nothing_left_is_said_and_what_plays_goes_on(show, tunes):
    page = show(tunes)
    assert page.locator(".mb-left").get_attribute("role") == "status"
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    page.get_by_label("Title").fill("zzzz")
    assert page.locator(".mb-left").text_content() == "No tune has all of this"
    assert not page.get_by_role("listbox").is_visible()
    assert page.get_by_role("button", name="Next tune").is_disabled()
    page.wait_for_timeout(300)
    wait_loud(page)
    page.get_by_label("Title").fill("")
    assert page.locator(LINES).count() == 48


def test_keyboard_in_the_list(show, tunes):
    page = show(tunes, viewport={"width": 390, "height": 600})
    box = page.get_by_role("listbox")
    box.focus()
    top = page.evaluate("scrollY")
    for key, place in (
        ("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("PageDown", 9), ("End", 47), ("ArrowDown", 47),
        ("PageUp", 39), ("Home", 0), ("ArrowUp", 0), ("End", 47),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert page.locator(".mb-title").text_content() == tunes.tunes[place]["title"], key
        active = box.get_attribute("aria-activedescendant")
        assert page.locator(CHOSEN).get_attribute("id") == active
    # The last line is inside the list's box, which has scrolled; the page has not.
    frame, line = box.bounding_box(), page.locator(CHOSEN).bounding_box()
    assert frame["y"] <= line["y"]
    assert line["y"] + line["height"] <= frame["y"] + frame["height"]
    assert page.evaluate("scrollY") == top
    page.keyboard.press("Enter")
    wait_loud(page)
    page.keyboard.press("Space")
    wait_silent(page)


def test_next_and_previous_go_round_what_is_left(show, tunes):
    page = show(tunes)
    page.get_by_label("Collection").select_option("Ryan")
    titles = [record["title"] for record in tunes.tunes if record["collection"] == "Ryan"]
    assert len(titles) > 2
    # The tune that is shown is not in the list any more, so the list begins at its beginning.
    for k in (*range(len(titles)), 0):
        page.get_by_role("button", name="Next tune").click()
        assert page.locator(".mb-title").text_content() == titles[k]
        said = page.locator(".mb-browser > [role=status]").text_content()
        assert said == f"{titles[k]}, tune {k + 1} of {len(titles)}"
    page.get_by_role("button", name="Previous tune").click()
    assert page.locator(".mb-title").text_content() == titles[-1]


def test_two_browsers_in_a_page_do_not_share_ids(show, cat):
    page = show(Browser(cat, n=5), Browser(cat, n=5, seed=1))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((el) => el.id)")
    assert len(ids) == len(set(ids)) == 10


@LOOKS
def test_no_axe_violation_and_nothing_sideways(show, tunes, theme, width):
    page = show(tunes, theme=theme, viewport={"width": width, "height": 900})

    def check():
        check_axe(page, **AA)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    check()
    page.get_by_label("Mode").select_option("minor")
    page.locator(LINES).nth(2).click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector(".mb[data-state=playing]")
    page.get_by_text("Notes as text").click()
    check()
    controls = ".mb-browser :is(button, select, input, summary, [role=option], [role=listbox])"
    small = page.evaluate(
        """(which) => [...document.querySelectorAll(which)].filter((el) => el.offsetParent)
        .map((el) => [el.className, el.offsetWidth, el.offsetHeight]).filter(([, w, h]) => w < 24 || h < 24)""",
        controls,
    )
    assert small == []
    bare = (
        "(which) => [...document.querySelectorAll(which)].filter((el) => !el.closest('[data-lm-suppress-shortcuts]'))"
    )
    assert page.evaluate(f"({bare})(`{controls}`).length") == 0
    page.get_by_label("Title").fill("zzzz")
    check()
