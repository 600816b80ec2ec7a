"""The bells in a page without a kernel, in a real browser: what they compute and what they play is what Python says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, LOUD, hears, level, slide, wait_loud

from musicbook.music.melody import MusicError
from musicbook.widgets import GaussianGame, GaussianKL
from musicbook.widgets._module import read_part

BOTH = pytest.mark.parametrize("kind", [GaussianGame, GaussianKL])
RNG = np.random.default_rng(0)
TEN = [
    [round(float(m), 2), round(float(s), 2)]
    for m, s in zip(RNG.uniform(-3, 3, 10), RNG.uniform(0.2, 3, 10), strict=True)
]


@BOTH
def test_page_and_python_agree_at_ten_places(show, kind):
    widget = kind()
    page = show(widget)
    compute = {GaussianGame: "gameNumbers(bell.still, pair)", GaussianKL: "klNumbers(pair)"}[kind]
    program = f"""([bell, pair]) => {{ {read_part("bell", "js")}
        return [{compute}, [...bellPitches(bell.still, bell.quantiles), ...bellPitches(pair, bell.quantiles)]]; }}"""
    for pair in TEN:
        widget.pair = pair
        numbers, pitches = page.evaluate(program, [widget.bell, pair])
        assert numbers == pytest.approx(widget.numbers(), abs=1e-9)
        assert pitches == [row[2] for row in widget.notes()]


@BOTH
def test_moving_the_bell_changes_what_is_seen_and_played(show, kind):
    widget = kind(tempo=960)
    page = show(widget, init=LISTEN)
    name = widget.bell["names"][1]
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)

    def check(pair):
        page.evaluate("started.length = 0")
        widget.pair = pair
        hears(page, (row[2] for row in widget.notes()))
        shown = [
            float(x.replace("−", "-")) for x in re.findall(r"= (\S+) nats", page.locator(".mb-where").text_content())
        ]
        assert shown == pytest.approx(list(widget.numbers().values()), abs=6e-5)
        assert level(page) > LOUD / 3

    slide(page, f"mean of {name}", -1.5)
    check([-1.5, 0.5])
    slide(page, f"deviation of {name}", 1.0)
    check([-1.5, 1.0])
    box = page.locator(".mb-curve").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 8 / 12, box["y"] + (box["height"] - 18) * (1 - 0.7979 / 1.2))
    page.mouse.down()
    check([2.0, 0.5])  # the top of a bell of deviation 0.5 lies at 0.798
    page.mouse.up()
    knob = page.get_by_label(f"mean of {name}", exact=True)
    knob.focus()
    page.keyboard.press("ArrowRight")
    check([2.05, 0.5])


def test_equal_bells_cannot_be_told_apart(show):
    page = show(GaussianGame(fake=(0.0, 1.0)))
    assert page.locator(".mb-where").text_content() == "V = −1.3863 nats, JS = 0.0000 nats"


@BOTH
@LOOKS
def test_every_reader_can_use_it(show, kind, theme, width):
    page = show(kind(caption="Move the bell."), theme=theme, viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    drawn = "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
    assert page.locator(".mb-curve").evaluate(drawn)


def test_bells_that_cannot_be_reached_are_refused():
    with pytest.raises(MusicError, match=r"sigma from 0\.2 to 3, got 0 and 0\.1"):
        GaussianKL(pair=(0, 0.1))
    with pytest.raises(MusicError, match="mu lies from -3 to 3"):
        GaussianGame(real=(4, 1))
