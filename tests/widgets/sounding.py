"""What the browser tests ask of a sounding page."""

from __future__ import annotations

LOUD = 0.01
"""A tune at -20 LUFS and volume 0.8 gives a level (root mean square) of about 0.06; silence gives 0."""
SILENT = 1e-4


def level(page) -> float:
    return page.evaluate("musicbook.level()")


def wait_loud(page, timeout=8000) -> None:
    page.wait_for_function(f"musicbook.level() > {LOUD}", timeout=timeout)


def wait_silent(page, timeout=4000) -> None:
    page.wait_for_function(f"musicbook.level() < {SILENT}", timeout=timeout)


def position(page, nth=0) -> float:
    """Quarter notes."""
    return float(page.locator(".mb-seek").nth(nth).input_value())


def speed(page, nth=0, ms=900) -> float:
    """Quarter notes a minute by the sound card's clock, as the seek bar shows them.

    The bar moves with the frames of the screen, and a busy machine shows few. So the clock is read when it has just moved.
    """
    probe = """(nth) => new Promise((done) => {
        const bar = document.querySelectorAll(".mb-seek")[nth], before = bar.value;
        const look = () => bar.value === before
            ? requestAnimationFrame(look) : done([Number(bar.value), musicbook.context.currentTime]);
        look();
    })"""
    at, clock = page.evaluate(probe, nth)
    page.wait_for_timeout(ms)
    then, later = page.evaluate(probe, nth)
    return 60 * (then - at) / (later - clock)


def slide(page, label: str, value: float, nth=0) -> None:
    """Move a slider to a value as a pointer would."""
    page.get_by_label(label, exact=True).nth(nth).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )
