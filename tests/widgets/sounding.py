"""What the browser tests ask of a sounding page."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from musicbook.widgets._module import sample_index

LOUD = 0.01
"""A tune at -20 LUFS and volume 0.8 gives a level (root mean square) of about 0.06; silence gives 0."""
SILENT = 1e-4
LISTEN = """
globalThis.started = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset, ...rest) {
  started.push([this.playbackRate.value, offset]);
  return start.call(this, when, offset, ...rest);
};
"""
"""Keeps what is handed to the sound card in ``started``: pass it as ``init``."""


def level(page) -> float:
    return page.evaluate("musicbook.level()")


def wait_loud(page, timeout=8000) -> None:
    page.wait_for_function(f"musicbook.level() > {LOUD}", timeout=timeout)


def wait_beyond(page, place: float) -> None:
    """Wait until the playhead of the first player has come past a place, in quarter notes."""
    page.wait_for_function(f"Number(document.querySelector('.mb-seek').value) > {place}", timeout=8000)


def wait_silent(page, timeout=4000) -> None:
    page.wait_for_function(f"musicbook.level() < {SILENT}", timeout=timeout)


def position(page, nth=0) -> float:
    """Quarter notes."""
    return float(page.locator(".mb-seek").nth(nth).input_value())


def place_and_clock(page, nth=0) -> tuple[float, float]:
    """The seek bar, in quarter notes, and the sound card's clock, in seconds, in the moment in which the bar is moved.

    The bar moves with the frames of the screen, and a busy machine shows few and shows them late.
    """
    probe = """(nth) => new Promise((done) => {
        const bar = document.querySelectorAll(".mb-seek")[nth];
        const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
        const moved = function (value) {
            const clock = musicbook.context.currentTime;
            delete this.value;
            set.call(this, value);
            done([Number(this.value), clock]);
        };
        Object.defineProperty(bar, "value", { configurable: true, get, set: moved });
    })"""
    return tuple(page.evaluate(probe, nth))


def speed(page, nth=0, ms=900) -> float:
    """Quarter notes a minute by the sound card's clock, as the seek bar shows them."""
    at, clock = place_and_clock(page, nth)
    page.wait_for_timeout(ms)
    then, later = place_and_clock(page, nth)
    return 60 * (then - at) / (later - clock)


def slide(page, label: str, value: float, nth=0) -> None:
    """Move a slider to a value as a pointer would."""
    page.get_by_label(label, exact=True).nth(nth).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def press(page, button) -> None:
    """Click a button and empty `started` in that moment: a tune that the click ends may hand over notes until then."""
    page.evaluate("document.addEventListener('click', () => { started.length = 0; }, { capture: true, once: true })")
    button.click()


def pitches_started(page) -> list[int]:
    """Pitches of the notes handed to the sound card since `started` was emptied."""
    notes = sample_index("piano")["notes"]
    found = []
    for rate, offset in page.evaluate("started"):
        note = min(notes, key=lambda each: abs(each["start"] - offset))
        found.append(round(note["root"] + 12 * np.log2(rate)))
    return found


def hears(page, pitches) -> None:
    """Wait until each of these pitches was handed to the sound card, and require that no other was."""
    wanted = {int(pitch) for pitch in pitches}
    with suppress(PlaywrightTimeout):  # the comparison says more
        page.wait_for_function("(n) => new Set(started.map(String)).size >= n", arg=len(wanted), timeout=8000)
    assert set(pitches_started(page)) == wanted
