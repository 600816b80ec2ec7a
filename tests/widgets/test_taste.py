"""Your taste in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, hears, press, slide, wait_loud

from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import content
from musicbook.widgets import Taste
from musicbook.widgets._module import read_part

N, ASKED = 60, 6
NAMES = [f"f{n}" for n in range(9)]
GROUPS = {"height": NAMES[:2], "speed": NAMES[2:5], "rhythm": NAMES[5:]}


def tune(k):
    return Melody.from_notes([(i / 2, 0.5, 48 + (k + 2 * i) % 36) for i in range(8)], title=f"Tune {k}", tempo=180)


def taste(seed=0, **options):
    F = np.random.default_rng(seed).normal(size=(N, 9)).clip(-3, 3)
    defaults = {"feature_names": NAMES, "groups": GROUPS, "asked": ASKED, "opinions": [1, 0, -1, 0, 1, 0]}
    return Taste([tune(k) for k in range(N)], F, **defaults | options)


def settings():
    rng = np.random.default_rng(3)
    for _ in range(12):
        opinions = rng.integers(-1, 2, ASKED).tolist()
        yield opinions, rng.uniform(0, 3, 3).round(2).tolist(), round(float(rng.random()), 2)


def test_python_gives_what_the_package_gives():
    widget = taste()
    F = np.array(widget.features) / 100
    interest = content.build_interest_model([0, 4], F, dislikes=[2])
    assert widget.ranking() == [i for i in content.recommend(interest, F, N, range(ASKED))][:6]
    assert sum(part for _, part in widget.why(9)) == pytest.approx(widget.scores()[9], abs=1e-9)
    widget.opinions = [0] * 6
    assert widget.ranking() == []


def test_page_and_python_agree_at_twelve_settings(show):
    page = show(taste())
    program = f"""([features, groups, weights, opinions, d]) => {{ {read_part("tastescores", "js")}
        const F = weightedFeatures(features, groups, weights);
        const list = tasteList(F, opinions, {ASKED}, d, 6, 30);
        return [list, list.map(({{ i }}) => reasons(F, opinions, i, groups))]; }}"""
    for opinions, weights, discovery in settings():
        widget = taste(opinions=opinions)
        widget.weights, widget.discovery = weights, discovery
        there, why = page.evaluate(program, [widget.features, widget.groups, weights, opinions, discovery])
        rows = widget.ranking()
        assert [each["i"] for each in there] == rows
        np.testing.assert_allclose([each["score"] for each in there], widget.scores()[rows], atol=2e-10)
        for row, reasons in zip(rows, why, strict=True):
            assert [words for words, _ in reasons] == [words for words, _ in widget.why(row)]
            np.testing.assert_allclose([part for _, part in reasons], [part for _, part in widget.why(row)], atol=1e-9)


def listed(page):
    return page.locator(".mb-near-tunes").nth(1).locator(".mb-name").all_text_contents()


def test_opinions_and_sliders_change_what_is_ranked_and_played(show):
    widget = taste()
    page = show(widget, init=LISTEN)

    def expect(**traits):
        for name, value in traits.items():
            setattr(widget, name, value)
        assert listed(page) == [widget.names[i] for i in widget.ranking()]

    def heard():
        press(page, page.locator(".mb-near-tunes").nth(1).locator("button").first)
        wait_loud(page)
        hears(page, (note[2] for note in widget.tunes[widget.ranking()[0]]["notes"]))

    expect()
    heard()
    before = listed(page)
    page.get_by_role("button", name="Like Tune 1", exact=True).click()
    expect(opinions=[1, 1, -1, 0, 1, 0])
    assert listed(page) != before
    page.get_by_role("button", name="Dislike Tune 1", exact=True).click()
    expect(opinions=[1, -1, -1, 0, 1, 0])
    heard()
    before = listed(page)
    slide(page, "Discovery", 0.8)
    expect(discovery=0.8)
    assert listed(page) != before
    page.get_by_text("What shall count?").click()
    before = listed(page)
    slide(page, "speed", 3)
    expect(weights=[1, 3, 1])
    assert listed(page) != before
    for opinion in ("Like Tune 0", "Dislike Tune 1", "Dislike Tune 2", "Like Tune 4"):
        page.get_by_role("button", name=opinion, exact=True).click()
    assert listed(page) == []
    assert page.locator(".mb-near-verdict").text_content() == "Like or dislike a tune, and a list appears."


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(taste(title="Taste", caption="Try."), theme=theme, viewport={"width": width, "height": 1200})
    page.get_by_text("What shall count?").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-taste :is(.mb-side, .mb-near-tune, .mb-taste-weights > summary)"
    low = f"[...document.querySelectorAll('{touched}')].every((x) => x.offsetHeight >= 44)"
    assert page.evaluate(low)


def test_what_does_not_fit_is_refused():
    with pytest.raises(MusicError, match="each feature belongs to one group"):
        taste(groups={"height": NAMES[:2]})
    with pytest.raises(MusicError, match="opinions"):
        taste(opinions=[1, 2, 0, 0, 0, 0])
    with pytest.raises(MusicError, match="features of shape"):
        taste(feature_names=NAMES[:8])
