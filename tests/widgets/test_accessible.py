"""Both players for every reader: no axe-core violation, no sideways scrolling, colours that stay apart."""

from __future__ import annotations

import re

from pages import LOOKS, check_axe

from musicbook.widgets import Compare, Player
from musicbook.widgets._module import JS

AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@LOOKS
def test_no_axe_violation_and_nothing_sideways(show, scale, voices, theme, width):
    widgets = [
        Player(scale, score=True, caption="A caption."),
        Player(voices, loop=True),
        Compare([scale, voices], question="Which has more voices?"),
        Compare([scale, voices], answers=["one", "four"], blind=True),
    ]
    page = show(*widgets, theme=theme, viewport={"width": width, "height": 900})
    for summary in page.get_by_text("Notes as text").all():
        summary.click()
    for guess in page.get_by_label("Your guess").all():
        guess.select_option("one")
    check_axe(page, **AA)
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_selector(".mb[data-state=playing]")
    page.get_by_role("button", name="Reveal").click()
    check_axe(page, **AA)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """[...document.querySelectorAll('.mb :is(button, select, input, summary)')].filter((el) => el.offsetParent)
        .map((el) => [el.className, el.offsetWidth, el.offsetHeight]).filter(([, w, h]) => w < 24 || h < 24)"""
    )
    assert small == []


def test_every_control_keeps_its_keys_in_jupyterlab(show, scale):
    page = show(Player(scale), Compare([scale, scale], ["one", "two"], blind=True))
    bare = page.evaluate(
        """[...document.querySelectorAll('.mb :is(button, select, input, summary)')]
        .filter((el) => !el.closest('[data-lm-suppress-shortcuts]')).length"""
    )
    assert bare == 0


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_voices_stand_out_from_the_ground():
    script, style = (JS / "theme.js").read_text(encoding="utf-8"), (JS / "theme.css").read_text(encoding="utf-8")
    grounds = re.findall(r"--mb-stage: (#\w{6})", style)
    for theme, ground in zip(("light", "dark"), grounds, strict=True):
        colours = re.findall(r"#\w{6}", re.search(rf"{theme}: \[(.*?)\]", script)[1])
        assert len(set(colours)) == 4
        for colour in colours:
            assert contrast(colour, ground) >= 3, (theme, colour)
