"""The explorer in a page without a kernel, in a real browser, and its traits in Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
import traitlets
from pages import LOOKS, check_axe
from sounding import slide

from musicbook.music.melody import MusicError
from musicbook.recommend.intervals import Interval
from musicbook.widgets import Explorer
from musicbook.widgets._module import read_part
from musicbook.widgets.explorer import panel as make_panel

AXES = {"budget": [str(100 * k) for k in range(1, 8)], "λ": ["0", "0.5", "1"], "seeds": ["few", "many"]}
RNG = np.random.default_rng(0)
REACH = RNG.uniform(10, 2000, (7, 3, 2))
GAIN = RNG.uniform(-1, 1, (7, 3, 2))
GAIN[0, 0, 0] = math.nan


def some(**options) -> Explorer:
    reach = {"greedy": REACH, "even": REACH / 2}
    panels = [
        {
            "title": "reach",
            "unit": "listeners",
            "bars": reach,
            "low": {"even": REACH / 3},
            "high": {"even": REACH},
            "digits": 1,
        },
        {"title": "gain", "bars": {"greedy": GAIN, "a third series": GAIN / 2}},
    ]
    return Explorer(AXES, panels, **({"title": "Budgets", "caption": "Move."} | options))


def read(page) -> list[list[str]]:
    parts = ".mb-explore-name, b, .mb-explore-span"
    return page.locator(".mb-explore-line").evaluate_all(
        "(n, parts) => n.map((x) => [...x.querySelectorAll(parts)].map((y) => y.textContent))", parts
    )


def expected(widget: Explorer) -> list[list[str]]:
    values, spans, rows = widget.values(), widget.intervals(), []
    for panel in widget.panels:
        number = f"{{:,.{panel['digits']}f}}"
        for name, value in values[panel["title"]].items():
            low, high = spans[panel["title"]].get(name, (math.nan, math.nan))
            ends = "" if math.isnan(low) else f"({number.format(low)} to {number.format(high)})"
            rows.append([name, "not measured" if math.isnan(value) else number.format(value).replace("-", "−"), ends])
    return rows


def test_page_and_python_agree_at_every_setting(show):
    page, widget = show(some()), some()
    program = f"""([axes, panels]) => {{ {read_part("explorervalues", "js")}
        const found = [];
        for (let a = 0; a < 7; a++) for (let b = 0; b < 3; b++) for (let c = 0; c < 2; c++)
            found.push(panels.map((panel) => gridValues(panel, gridPlace(axes, [a, b, c])).map((each) => each.value)));
        return found; }}"""
    there = iter(page.evaluate(program, [widget.axes, widget.panels]))
    for widget.at in np.ndindex(7, 3, 2):
        here = [[None if math.isnan(x) else x for x in each.values()] for each in widget.values().values()]
        assert next(there) == here
    assert widget.values()["reach"]["greedy"] == round(REACH[6, 2, 1], 1)


def test_sliders_and_buttons_change_the_bars(show):
    page, widget = show(some()), some()
    assert read(page) == expected(widget)
    assert "At budget 400, λ 0.5, seeds many. Reach: most for greedy," in page.locator(".mb-explore-sum").text_content()
    wide = "(n) => n.map((x) => x.style.width)"
    before = page.locator(".mb-explore-bar").evaluate_all(wide)
    first = page.locator("input[type=range]").first
    first.focus()
    page.keyboard.press("ArrowRight")
    widget.at = [4, 1, 1]
    assert read(page) == expected(widget)
    assert all(a != b for a, b in zip(before, page.locator(".mb-explore-bar").evaluate_all(wide), strict=True))
    assert first.get_attribute("aria-valuetext") == "500"
    slide(page, "budget", 0)
    page.get_by_role("radio", name="0", exact=True).check()
    widget.at = [0, 0, 1]
    assert read(page) == expected(widget)
    page.get_by_role("radio", name="many").focus()
    page.keyboard.press("ArrowLeft")
    widget.at = [0, 0, 0]
    assert read(page) == expected(widget)
    assert ["a third series", "not measured", ""] in read(page)
    assert page.locator(".mb-explore-sum").text_content().endswith("Gain: not measured.")


def test_two_in_one_page_are_apart(show):
    page = show(some(), some())
    page.get_by_role("radio", name="few").nth(1).check()
    assert page.get_by_role("radio", name="many").nth(0).is_checked()
    assert read(page)[0] != read(page)[4]


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(some(), theme=theme, viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    low = "[...document.querySelectorAll('.mb-explore input')].filter((x) => x.offsetHeight < 43.5).length"
    assert page.evaluate(low) == 0
    assert page.locator(".mb-explore input:not([data-lm-suppress-shortcuts])").count() == 0


def test_settings_begin_where_they_are_told():
    assert some().setting() == {"budget": "400", "λ": "0.5", "seeds": "many"}
    assert some(at={"budget": "100"}).setting() == {"budget": "100", "λ": "0.5", "seeds": "many"}
    assert some(at=[6, 2, 0]).at == [6, 2, 0]
    with pytest.raises(MusicError, match="no stop '150'"):
        some(at={"budget": "150"})
    with pytest.raises(MusicError, match="no axis 'b'"):
        some(at={"b": "150"})
    for place in ([7, 0, 0], [0, 0], [-1, 0, 0]):
        with pytest.raises(traitlets.TraitError):
            some(at=place)


def test_what_does_not_fit_is_refused():
    good = {"title": "a", "bars": {"x": [1, 2]}}
    two = {"n": ["1", "2"]}
    assert Explorer(two, [good]).values() == {"a": {"x": 2}}
    for axes, panels, words in (
        ({}, [good], "0 axes"),
        ({"n": ["1"]}, [good], "two or more"),
        (two, [], "one or more"),
        (two, [good, good], "each once"),
        (two, [good | {"bars": {"x": [1, 2, 3]}}], r"shape \(3,\)"),
        (two, [good | {"low": {"x": [1, 1]}}], "high for"),
        (two, [good | {"low": {"x": [1.5, 1]}, "high": {"x": [3, 3]}}], "does not hold its value"),
        (two, [good | {"bars": {}}], "has bars for"),
    ):
        with pytest.raises(MusicError, match=words):
            Explorer(axes, panels)


def test_a_panel_takes_numbers_and_intervals():
    made = make_panel("a", {"x": [1, 2], "y": [Interval(3, 2, 4), Interval(5, 4, 6)]}, digits=1)
    widget = Explorer({"n": ["1", "2"]}, [made], at=[0])
    assert widget.values() == {"a": {"x": 1, "y": 3}}
    assert widget.intervals() == {"a": {"y": (2, 4)}}
