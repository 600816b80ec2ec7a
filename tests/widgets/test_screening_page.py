"""Screening in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
from pages import check_axe
from sounding import LISTEN, pitches_started, press, slide, wait_loud

from musicbook.music import corpus, planting, screening
from musicbook.music.abc import write_abc
from musicbook.music.alignment import RATIO, align, steps
from musicbook.music.melody import MusicError
from musicbook.widgets import Screening
from musicbook.widgets._module import read_part
from musicbook.widgets.screening import read_text, write_text

ALL = """(() => {
    const [texts, notes] = JSON.parse(args);
    const steps = notes.map(stepsOf);
    return JSON.stringify([steps, texts.map((text) => screenMelody(readMelody(text), steps))]);
})()"""
TAPPED = "C4 D4 E4 F4 G4"


@functools.cache
def world():
    books = corpus.load().where(collection=list(corpus.FIDDLE_BOOKS))
    pool = planting.passages(books, 80, seed=2)
    cases = planting.benchmark(books, pool, each=2, honest=20, seed=2)
    screen = screening.Screen(pool)
    return pool, cases, screen, screening.verdicts(screen.surprise, cases)


def widget(**options):
    _, cases, screen, found = world()
    examples = {"planted": cases[12].query, "honest": cases[-1].query, "by name": "C4 E4 G4 C5:2 A4 F4 D4 C4"}
    return Screening(screen, found, **{"examples": examples, "limit": 1} | options)


def program(call):
    return f"""(args) => {{ {read_part("screeningscores", "js")} return {call}; }}"""


def test_page_and_python_agree_on_steps_scores_and_surprise(show):
    pool, cases, _, _ = world()
    chosen = [*cases[:14:3], cases[-1]]
    widgets = [widget(examples={"one": case.query}) for case in chosen]
    page = show(widgets[0])
    # as one string: the browser's driver is slow with nested lists
    args = json.dumps([[each.text for each in widgets], [each["notes"] for each in widgets[0].passages]])
    codes, found = json.loads(page.evaluate(program(ALL), args))
    for k, melody in enumerate(pool):
        assert [(a + 12) * (2 * RATIO + 1) + b + RATIO for a, b in codes[k]] == steps(melody).tolist()
    for here, there in zip(widgets, found, strict=True):
        wanted = here.matches(len(pool))
        assert [each["score"] for each in there] == [score for _, score, _ in wanted]
        np.testing.assert_allclose([each["surprise"] for each in there], [s for *_, s in wanted], rtol=1e-6, atol=1e-9)
        alignment = align(here.melody(), pool[there[0]["k"]])
        assert [tuple(pair) for pair in there[0]["pairs"]] == list(alignment.pairs)


def test_page_and_python_read_the_same_melodies(show):
    pool, *_ = world()
    page = show(widget())
    abc = "X:1\nM:6/8\nL:1/8\nK:D\nA2f f>ed|^cBA =c3-|c2E _B,/2z/2A,2|\n".replace(">", "")
    texts = [
        "C4 D4:0.5 Eb4:1.5 f#5 B♭3 G♯3",
        "+2 2 -4 0 +7",
        "Cb4 B#3 C4 D4",
        abc,
        write_abc(pool[3]),
        write_abc(pool[8]),
    ]
    for text in texts:
        rows = page.evaluate(program("readMelody(args)"), text)
        melody = read_text(text)
        assert [row[2] for row in rows] == melody.pitch.tolist(), text
        np.testing.assert_allclose([row[0] for row in rows], melody.onset / 10080, atol=1e-4)
    for text in ("C4 D4", "C4 H4 D4 E4", "do re mi fa"):
        with pytest.raises(MusicError):
            read_text(text)
        assert page.evaluate(program("(() => { try { readMelody(args); } catch { return true; } })()"), text)
    for melody in list(pool)[:20]:
        assert steps(read_text(write_text(melody))).tolist() == steps(melody).tolist()


def listed(page):
    return page.locator(".mb-near-tunes .mb-name").all_text_contents()


def aligned(page):
    return page.locator(".mb-screen-table tr").first.locator("td").all_text_contents()


def test_a_reader_taps_writes_picks_and_hears(show):
    here = widget()
    page = show(here, init=LISTEN)
    assert listed(page) == [name for name, *_ in here.matches()]
    verdict = page.locator(".mb-near-verdict")
    assert "Above the threshold" in verdict.text_content()
    slide(page, "Threshold", 48)
    here.limit = 12
    assert here.matches()[0][2] < 12
    assert "Below the threshold" in verdict.text_content()
    at = here.bench["recall"][48]
    assert f"recall {at:.2f}" in page.locator(".mb-near-more").text_content()

    before = aligned(page)
    page.locator(".mb-near-tunes button").nth(1).click()
    assert aligned(page) != before
    page.get_by_label("Example").select_option(label="by name")
    here.text = "C4 E4 G4 C5:2 A4 F4 D4 C4"
    assert listed(page) == [name for name, *_ in here.matches()]

    def heard(button):
        press(page, page.get_by_role("button", name=button))
        wait_loud(page)
        page.wait_for_function("started.length > 2")
        return set(pitches_started(page))

    assert {60, 64} <= heard("Play your melody") <= {60, 64, 67, 72}
    passage = next(each for each in here.passages if each["name"] == here.matches()[0][0])
    assert heard("Play the match") <= {row[2] for row in passage["notes"]}

    # tap five keys, two of them on the computer's keyboard
    page.get_by_text("keep my rhythm").click()
    page.get_by_role("button", name="Start anew").click()
    assert listed(page) == []
    page.evaluate("started.length = 0")
    for key in ("C", "D", "E"):
        page.get_by_role("button", name=key, exact=True).click()
    page.keyboard.press("f")
    page.keyboard.press("g")
    words = page.get_by_label("Your melody as text")
    assert words.input_value() == TAPPED
    page.wait_for_function("started.length > 4")
    assert 67 in pitches_started(page)
    here.text = TAPPED
    assert listed(page) == [name for name, *_ in here.matches()]
    page.get_by_role("button", name="Remove the last").click()
    assert words.input_value() == "C4 D4 E4 F4"
    words.fill("C4 X9 D4 E4")
    assert "no name of a note" in verdict.text_content()


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_every_reader_can_use_it(show, theme, width):
    page = show(widget(title="Screening", caption="Try."), theme=theme, viewport={"width": width, "height": 1400})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-screening :is(.mb-side, .mb-near-tune, .mb-menu:not(.mb-player *), .mb-screen-check)"
    assert page.evaluate(f"[...document.querySelectorAll('{touched}')].every((x) => x.offsetHeight >= 44)")
    assert page.evaluate("[...document.querySelectorAll('.mb-screen-board button')].every((x) => x.offsetWidth >= 43)")


def test_what_cannot_be_read_is_refused():
    with pytest.raises(MusicError, match="no name of a note"):
        widget(examples={"one": "C4 D4 E4 H4"})
    with pytest.raises(MusicError, match="one example"):
        widget(examples={})
