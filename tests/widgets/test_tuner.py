"""The tuner in a page without a kernel, in a real browser, and its traits in Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, LOUD, hears, level, position, slide, wait_loud

from musicbook.music.melody import HIGH, LOW, Melody, MusicError
from musicbook.widgets import Tuner
from musicbook.widgets._module import read_part


def random_tokens(stops=10, steps=32, seed=0):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(2, 32, (stops, steps))
    tokens[rng.random((stops, steps)) < 0.5] = 1
    tokens[rng.random((stops, steps)) < 0.1] = 0
    tokens[:, 0] = 2 + np.arange(stops) % 30
    return tokens


def tuner(stops=10, **options):
    return Tuner(random_tokens(stops), labels=[f"step {i}" for i in range(stops)], axis="Training", **options)


def test_page_and_python_agree_on_the_notes_at_ten_stops(show):
    widget = tuner()
    page = show(widget)
    read = f"(text) => {{ {read_part('charts', 'js')}; return notesOfTokens(text); }}"
    for stop in range(10):
        there = page.evaluate(read, widget.stops[stop]["tokens"])
        assert there == widget.notes_at(stop)
        melody = Melody.from_tokens(random_tokens()[stop], low=LOW, high=HIGH)
        assert [row[2] for row in there] == melody.pitch.tolist()


def test_moving_the_slider_changes_what_is_played_at_once(show):
    widget = tuner(tempo=600)
    page = show(widget, init=LISTEN)
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    for stop in (3, 7, 9, 0):
        slide(page, "Training", stop)
        page.evaluate("started.length = 0")
        hears(page, (row[2] for row in widget.notes_at(stop)))
        assert page.locator(".mb-where").text_content() == f"step {stop}"
        assert level(page) > LOUD / 3


def test_the_place_in_the_tune_is_kept(show):
    page = show(tuner(tempo=60))
    slide(page, "Position", 4)
    slide(page, "Training", 5)
    assert position(page) == pytest.approx(4, abs=0.1)


def test_the_nearest_tune_is_heard_by_a_switch(show):
    widget = tuner(tempo=600, nearest=random_tokens(seed=1), nearest_names=[f"tune {i}" for i in range(10)])
    page = show(widget, init=LISTEN)
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    page.get_by_role("button", name="Nearest training tune").click()
    page.evaluate("started.length = 0")
    hears(page, Melody.from_tokens(random_tokens(seed=1)[0], low=LOW, high=HIGH).pitch)
    assert page.locator(".mb-near-name").text_content() == "tune 0"


def test_keys_move_the_slider(show):
    page = show(tuner())
    knob = page.get_by_label("Training", exact=True)
    knob.focus()
    for key, label in (("ArrowRight", "step 1"), ("End", "step 9"), ("ArrowLeft", "step 8"), ("Home", "step 0")):
        page.keyboard.press(key)
        assert knob.get_attribute("aria-valuetext") == label
        assert page.locator(".mb-where").text_content() == label


def everything():
    counts = np.random.default_rng(0).integers(0, 50, (10, 20))
    return tuner(
        title="A model learns",
        caption="Move the slider.",
        info=[f"after {i} epochs" for i in range(10)],
        nearest=random_tokens(seed=1),
        nearest_names=["tune"] * 10,
        histograms={"D(real)": counts, "D(fake)": counts[::-1]},
        curves={"loss": np.linspace(2, 1, 10), "other": np.linspace(0, 1, 10)},
        heat=np.random.default_rng(0).integers(0, 256, (10, 32, 32)).astype(np.uint8),
    )


@LOOKS
def test_every_reader_can_use_it(show, theme, width, tmp_path):
    page = show(everything(), theme=theme, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    slide(page, "Training", 4)
    assert page.locator(".mb-info").text_content() == "after 4 epochs"
    assert "D(real): mean" in page.locator(".mb-chart").first.get_attribute("aria-label")
    assert "loss: 1.56" in page.locator(".mb-legend").last.text_content()
    for canvas in page.locator(".mb-chart, .mb-heat").all():
        drawn = "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
        assert canvas.evaluate(drawn)


def test_a_source_answers_between_the_stops():
    asked = []

    def source(at):
        asked.append(at)
        return Melody.from_notes([(0, 1, 60 + round(at * 10))])

    widget = tuner(source=source)
    widget.position = 2.3
    assert asked == [2.3]
    assert widget.live == {"at": 2.3, "rows": [[0, 1, 83, 0]]}
    widget.position = 3
    assert widget.live == {}
    assert asked == [2.3]


def test_melodies_of_any_form_can_be_stops(scale):
    widget = Tuner([scale, scale.transpose(2)], labels=["a", "b"], axis="key", tempo=90)
    assert widget.notes_at(1)[0][2] == 62
    assert widget.notes_at(0.4) == widget.notes_at(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tunes": random_tokens(1)}, "at least two"),
        ({"tunes": random_tokens(10) + 20}, "from 0 to 31"),
        ({"tunes": random_tokens(10)[0]}, "shape"),
        ({"labels": ["a"]}, "1 entries in labels for 10"),
        ({"nearest": random_tokens(9)}, "9 entries in nearest"),
        ({"curves": {"loss": [1, 2]}}, "2 entries in the curve 'loss'"),
        ({"histograms": {k: np.zeros((10, 4), int) for k in "abc"}}, "3 histograms"),
        ({"heat": np.zeros((10, 4, 4))}, "uint8"),
        ({"position": 10}, "no stop 10"),
    ],
)
def test_what_does_not_fit_is_named(change, words):
    options = {"tunes": random_tokens(), "labels": [str(i) for i in range(10)], "axis": "x"} | change
    with pytest.raises(MusicError, match=words):
        Tuner(options.pop("tunes"), **options)


def test_it_is_small_on_the_wire():
    widget = Tuner(random_tokens(121, 64), labels=[str(i) for i in range(121)], axis="x")
    assert len(str(widget.stops)) < 12_000
