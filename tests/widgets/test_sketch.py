"""The sketchbook in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, pitches_started, slide, wait_loud

from musicbook.music import provenance
from musicbook.music.melody import MusicError
from musicbook.widgets import Sketch
from musicbook.widgets._module import read_part
from musicbook.widgets.sketch import HOW, MOODS, edited, shared_steps
from musicbook.widgets.tuner import DIGITS

STYLES = ("hornpipe", "reel")
LABEL = provenance.made_by("vae-reconstruct-4", 5, {"strength": 3.0})


def tokens(seed, steps=64):
    """Notes of one to four sixteenths, here and there a rest."""
    rng = np.random.default_rng(seed)
    text = ""
    while len(text) < steps:
        sign = DIGITS[rng.choice([0, *range(7, 24)])]
        text += sign + ("0" if sign == "0" else "1") * rng.integers(0, 4)
    return text[:steps]


def cells():
    made = []
    for k in range(len(STYLES) * len(MOODS) * 4):
        bars = ["".join(tokens(1000 * k + 10 * bar + n, 16) for n in (1, 2)) for bar in range(4)]
        made.append({"t": tokens(k), "bars": bars, "near": k % 3, "judged": [k % 10 / 10, 0.3, -0.2]})
    return [made[4 * k : 4 * k + 4] for k in range(len(made) // 4)]


WINDOWS = [(f"Old Tune {k}", tokens(900 + k)) for k in range(3)]


def sketchbook(**options):
    return Sketch(cells(), WINDOWS, **{"styles": STYLES, "made_by": LABEL} | options)


def starts(text):
    return [k for k, sign in enumerate(text) if sign > "1"]


def test_a_note_changes_as_musicians_expect():
    assert edited("7111" * 4, 4, "up") == "7111" + "9111" + "7111" * 2  # C4, D4: over the black key
    assert edited("7111" * 4, 4, "longer") == "7111" + "7111" + "1711" + "7111"
    assert edited("77" * 8, 0, "longer") == "71" + "77" * 7  # a sixteenth is swallowed
    assert edited("7000" * 4, 0, "longer") == "7100" + "7000" * 3
    assert edited("7111" * 4, 12, "longer") == "7111" * 4  # no room
    assert edited("7111" * 4, 0, "shorter") == "7110" + "7111" * 3
    with pytest.raises(MusicError, match="no note"):
        edited("7111" * 4, 1, "up")


def test_page_and_python_agree_on_edits_and_on_what_is_shared(show):
    page = show(sketchbook())
    program = f"""([cases, pairs]) => {{ const LOWEST_PITCH = 55; {read_part("sketchnotes", "js")}
        return [cases.map((each) => editNote(...each)), pairs.map((each) => sharedSteps(...each))]; }}"""
    cases = [[tokens(k), start, how] for k in range(3) for start in starts(tokens(k)) for how in HOW]
    pairs = [[tokens(k), tokens(k)[:20] + tokens(k + 1)[20:]] for k in range(5)] + [[tokens(1), tokens(2)]]
    there = page.evaluate(program, [cases, pairs])
    assert there[0] == [edited(*case) for case in cases]
    assert there[1] == [shared_steps(*pair) for pair in pairs]


def test_choosing_rewriting_and_editing_change_what_is_heard_and_saved(show, tmp_path):
    widget = sketchbook()
    page = show(widget, init=LISTEN)

    def heard(expected):
        pitches = {DIGITS.index(sign) - 2 + 55 for sign in expected if sign > "1"}
        page.evaluate("started.length = 0")
        page.get_by_role("button", name="Play", exact=True).click()
        wait_loud(page)
        page.wait_for_function("started.length > 2")
        assert set(pitches_started(page)) <= pitches
        page.get_by_role("button", name="Stop", exact=True).click()

    def press(name):
        page.get_by_role("button", name=name, exact=True).click()

    press("hornpipe")
    slide(page, "Valence", 0)
    widget.style, widget.mood, widget.chosen = 0, 3, 2
    page.get_by_role("button", name="Play sketch 3").click()
    wait_loud(page)
    now = widget.sketch = widget.candidate["t"]
    heard(now)
    press("Bar 2")
    press("Write bar 2 again")
    now = now[:16] + widget.candidate["bars"][1][:16] + now[32:]
    start = next(step for step in starts(now) if step >= 16)
    page.locator(".mb-sketch-notes button").first.click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("-")
    widget.sketch = edited(edited(now, start, "up"), start, "shorter")
    heard(widget.sketch)
    with page.expect_download() as caught:
        press("MIDI file")
    caught.value.save_as(tmp_path / "sketch.mid")
    assert provenance.read_provenance(tmp_path / "sketch.mid") == widget.label()
    assert widget.label()["settings"]["steps changed by hand"] > 0
    assert widget.label()["nearest"] == WINDOWS[widget.candidate["near"]][0]
    for _ in range(3):
        press("Undo")
    assert "as it was composed" in page.locator(".mb-near-verdict").text_content()
    heard(widget.candidate["t"])


def test_the_nearest_tune_is_heard_on_request(show):
    widget = sketchbook()
    page = show(widget, init=LISTEN)
    page.get_by_role("button", name="Play the nearest training tune").click()
    wait_loud(page)
    page.wait_for_function("started.length > 2")
    window = WINDOWS[widget.candidate["near"]][1]
    assert set(pitches_started(page)) <= {DIGITS.index(sign) - 2 + 55 for sign in window if sign > "1"}
    assert page.locator(".mb-title").last.text_content() == WINDOWS[widget.candidate["near"]][0]


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(sketchbook(title="Book", caption="Try."), theme=theme, viewport={"width": width, "height": 1500})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-sketch :is(.mb-side, .mb-near-tune, .mb-near-slider)"
    assert page.evaluate(f"[...document.querySelectorAll('{touched}')].every((x) => x.hidden || x.offsetHeight >= 44)")


def test_a_kernel_composes_four_new_ones():
    new = [{**each, "t": tokens(5000 + k), "near": 0} for k, each in enumerate(cells()[0])]
    asked = []

    def source(*wish):
        asked.append(wish)
        return new, [("New Tune", tokens(77))]

    widget = sketchbook(source=source)
    widget._answer(widget, {"kind": "compose", "seed": 3}, [])
    assert asked == [("reel", MOODS[4], 3)]
    assert widget.candidate["t"] == tokens(5000)
    assert widget.label()["nearest"] == "New Tune"
    assert widget.label()["seed"] == 3
    assert len(widget.melody()) == len(starts(widget.sketch))


def test_what_does_not_fit_is_refused():
    with pytest.raises(MusicError, match="18 cells for 3 styles"):
        sketchbook(styles=("hornpipe", "reel", "strathspey"))
    with pytest.raises(MusicError, match="bars of 16 tokens"):
        Sketch(
            [[{"t": "7x", "bars": [], "near": 0, "judged": [0, 0, 0]}]],
            WINDOWS,
            made_by=LABEL,
            styles=["a"],
            moods=[(0, 0)],
        )
