"""The pad in a page without a kernel, in a real browser, and its traits in Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, LOUD, hears, level, position, slide, wait_loud
from test_tuner import random_tokens

from musicbook.music.melody import HIGH, LOW, Melody, MusicError
from musicbook.widgets import Pad
from musicbook.widgets._module import read_part

X, Y = np.linspace(-2, 2, 5), np.linspace(-1, 1, 4)


def pad(**options):
    tokens = random_tokens(20).reshape(4, 5, 32)
    defaults = {"x": X, "y": Y, "axes": ("first number", "second number")}
    return Pad(tokens, **defaults | options)


def test_page_and_python_agree_on_the_notes_at_ten_cells(show):
    widget = pad()
    page = show(widget)
    read = f"(text) => {{ {read_part('charts', 'js')}; return notesOfTokens(text); }}"
    for k in range(0, 20, 2):
        row, col = divmod(k, 5)
        there = page.evaluate(read, widget.stops[k]["tokens"])
        assert there == widget.notes_at(col, row)
        melody = Melody.from_tokens(random_tokens(20)[k], low=LOW, high=HIGH)
        assert [each[2] for each in there] == melody.pitch.tolist()


def test_keys_and_pointer_change_what_is_played_at_once(show):
    widget = pad(tempo=600)
    page = show(widget, init=LISTEN)
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)

    def heard(col, row):
        page.evaluate("started.length = 0")
        hears(page, (each[2] for each in widget.notes_at(col, row)))
        assert page.locator(
            ".mb-where"
        ).text_content() == f"first number {X[col]:.2f}, second number {Y[row]:.2f}".replace("-", "−")
        assert level(page) > LOUD / 3

    slide(page, "first number", 3)
    heard(3, 0)
    slide(page, "second number", 2)
    heard(3, 2)
    box = page.locator(".mb-plane").bounding_box()
    at = lambda col, row: (box["x"] + (col + 0.5) * box["width"] / 5, box["y"] + (3.5 - row) * box["height"] / 4)  # noqa: E731
    page.mouse.move(*at(1, 3))
    page.mouse.down()
    heard(1, 3)
    page.mouse.move(*at(4, 1))
    heard(4, 1)
    page.mouse.up()
    page.mouse.move(*at(0, 0))  # only while the button is down
    heard(4, 1)
    knob = page.get_by_label("second number", exact=True)
    knob.focus()
    page.keyboard.press("ArrowUp")
    heard(4, 2)


def test_the_place_in_the_tune_is_kept(show):
    page = show(pad(tempo=60))
    slide(page, "Position", 4)
    slide(page, "second number", 3)
    assert position(page) == pytest.approx(4, abs=0.1)


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    widget = pad(
        title="A plane of tunes",
        caption="Walk about.",
        values=np.arange(20).reshape(4, 5),
        value_name="notes",
        marks=[(-1.5, 0.2, "a reel"), (1.7, -0.9, "a jig")],
        nearest=random_tokens(20, seed=1).reshape(4, 5, 32),
        nearest_names=[f"tune {k}" for k in range(20)],
        place=(2, 1),
    )
    page = show(widget, theme=theme, viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    assert page.locator(".mb-near-name").text_content() == "tune 7"
    shades = page.locator(".mb-plane").evaluate(
        """(c) => [[0.5, 3.5], [4.5, 0.5]].map(([x, y]) => c.getContext('2d').getImageData(
        (x - 0.3) / 5 * c.width, (y - 0.3) / 4 * c.height, 1, 1).data[3])"""
    )
    assert shades[0] < shades[1]  # the least value is the lightest, at the bottom left


def test_a_source_answers_between_the_cells():
    asked = []

    def source(x, y):
        asked.append((x, y))
        return Melody.from_notes([(0, 1, 60)])

    widget = pad(source=source)
    widget.place = [0.5, 3]
    assert asked == [(-1.5, 1.0)]
    assert widget.live == {"at": [0.5, 3], "rows": [[0, 1, 60, 0]]}
    widget.place = [1, 3]
    assert widget.live == {}


@pytest.mark.parametrize(
    ("options", "message"),
    {
        "coordinates": ({"x": [0, 1]}, "2 and 4 coordinates"),
        "order": ({"y": Y[::-1]}, "must grow"),
        "place": ({"place": (5, 0)}, "no cell"),
        "values": ({"values": np.zeros((5, 4))}, r"shape \(4, 5\)"),
        "marks": ({"marks": [(9, 0, "far")]}, "'far' at .9, 0. lies outside"),
        "nearest": ({"nearest": random_tokens(8).reshape(4, 2, 32)}, "8 entries in nearest"),
    }.values(),
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(MusicError, match=message):
        pad(**options)
    with pytest.raises(MusicError, match="tokens of shape"):
        Pad(random_tokens(4), x=[0, 1], y=[0, 1], axes=("a", "b"))
