"""The growth explorer in a page without a kernel, in a real browser, and its traits in Python."""

from __future__ import annotations

import numpy as np
import pytest
import traitlets
from pages import LOOKS, check_axe
from sounding import slide

from musicbook.recommend.footprint import GIB, METHODS
from musicbook.widgets import GrowthExplorer
from musicbook.widgets._module import read_part

RNG = np.random.default_rng(0)
TEN = [
    [int(10**power) for power in row]
    for row in np.column_stack([RNG.uniform(2, 8, 10), RNG.uniform(2, 6, 10), RNG.uniform(0.7, 3.3, 10)])
]


def test_page_and_python_agree_at_ten_sizes(show):
    page = show(GrowthExplorer())
    program = f"""([methods, base, at, budget]) => {{ {read_part("footprint", "js")}
        return methods.map((name) => [footprint(name, base, at), mostListeners(name, base, at, budget)]); }}"""
    for listeners, items, plays in TEN:
        widget = GrowthExplorer(listeners, items, plays, budget=16)
        at = {"listeners": listeners, "items": items, "plays": plays}
        there = page.evaluate(program, [list(METHODS), widget.growth["base"], at, widget.budget])
        assert [each[0] for each in there] == pytest.approx(list(widget.needs().values()), rel=1e-12)
        assert [each[1] for each in there] == list(widget.room().values())


def fitting(page) -> list[bool]:
    return [
        each == "true" for each in page.locator(".mb-growth-line").evaluate_all("(n) => n.map((x) => x.dataset.fits)")
    ]


def expected(**sizes) -> list[bool]:
    widget = GrowthExplorer(**sizes)
    return [need <= widget.budget for need in widget.needs().values()]


def test_sliders_and_menu_change_what_fits(show):
    page = show(GrowthExplorer(caption="Grow."))
    assert fitting(page) == expected() == [True] * 6
    slide(page, "listeners", 5)
    assert fitting(page) == expected(listeners=100_000) == [False, False, False, True, True, True]
    assert page.locator(".mb-growth-sum").text_content() == "3 of 6 fit into 2.0 GiB"
    slide(page, "tunes", 3)
    assert fitting(page) == expected(listeners=100_000, items=1000)
    page.get_by_label("Memory there is").select_option(str(256 * GIB))
    assert fitting(page) == expected(listeners=100_000, items=1000, budget=256) == [True] * 6
    knob = page.get_by_label("listeners", exact=True)
    knob.focus()
    before = page.locator(".mb-growth-need").first.text_content()
    page.keyboard.press("ArrowRight")
    assert page.locator(".mb-growth-need").first.text_content() != before
    assert knob.get_attribute("aria-valuetext") == "110,000"


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(GrowthExplorer(30_000, caption="Grow."), theme=theme, viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    low = page.evaluate(
        "[...document.querySelectorAll('.mb-growth :is(input, select)')].filter((x) => x.offsetHeight < 44).length"
    )
    assert low == 0
    bare = page.locator(".mb-growth :is(input, select):not([data-lm-suppress-shortcuts])").count()
    assert bare == 0


def test_sizes_that_cannot_be_reached_are_refused():
    for sizes in ({"listeners": 10}, {"items": 10**7}, {"plays": 1}, {"budget": 3}):
        with pytest.raises(traitlets.TraitError):
            GrowthExplorer(**sizes)
