"""A feed in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import check_axe
from sounding import LISTEN, hears, press, slide, wait_loud

from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import feed
from musicbook.widgets import Feed
from musicbook.widgets._module import read_part

N, COMPOSED = 50, range(40, 50)
NAMES = ["low", "mean_pitch", *(f"f{n}" for n in range(6))]
GROUPS = {"height": NAMES[:2], "speed": NAMES[2:5], "rhythm": NAMES[5:]}


def tune(k):
    return Melody.from_notes([(i / 2, 0.5, 48 + (k + 2 * i) % 36) for i in range(8)], title=f"Tune {k}", tempo=180)


def made(seed=0, **options):
    F = np.random.default_rng(seed).normal(size=(N, 8)).clip(-3, 3)
    played = [*range(40, 0, -1), *[0] * 10]
    defaults = {"feature_names": NAMES, "groups": GROUPS, "composed": COMPOSED, "notes": {41: "Nearest: Tune 3."}}
    return Feed([tune(k) for k in range(N)], F, played, **defaults | options)


def histories():
    rng = np.random.default_rng(5)
    yield [], 1.0
    for size in [0, 1, 3, 4, 8, 9, 13, 24, N - 4, N - 1, N]:
        rows = rng.permutation(N)[:size]
        fresh = round(float(rng.choice([0, 0.25, 0.5, 0.8, 1])), 2)
        yield [[int(row), int(rng.choice([-1, 1]))] for row in rows], fresh


def test_python_gives_what_the_package_gives():
    widget = made(history=[(3, 1), (41, -1)])
    F = np.array(widget.features) / 100
    assert widget.queue() == feed.queue(F, feed.fame(widget.listeners), widget.opinions(), 0.5, 3)
    assert widget.selected == widget.queue()[0].item
    interest = F[3] - F[41]
    assert dict(widget.profile(8)) == pytest.approx(dict(zip(NAMES, interest, strict=True)))
    cosine = F[7] @ interest / np.linalg.norm(F[7]) / np.linalg.norm(interest)
    assert sum(part for _, part in widget.why(7)) == pytest.approx(cosine)
    assert made().profile() == []


def test_page_and_python_agree_at_many_histories(show):
    page = show(made())
    program = f"""([features, fame, history, fresh, groups, names]) => {{ {read_part("tastescores", "js")}
        {read_part("feedscores", "js")}
        const F = features.map((row) => row.map((value) => value / 100));
        const opinions = opinionsOf(history, F.length);
        const queue = feedQueue(F, fame, opinions, fresh, 3);
        return [queue, queue.map(([i]) => reasons(F, opinions, i, groups)), strongest(F, opinions, names, 5),
            feedValues(F, fame, opinions, fresh)]; }}"""
    surprises = 0
    for history, fresh in histories():
        widget = made(history=history, fresh=fresh)
        given = [widget.features, widget.fame, history, fresh, widget.groups, NAMES]
        queue, why, profile, values = page.evaluate(program, given)
        scores = feed.scores(np.array(widget.features) / 100, np.array(widget.fame), widget.opinions(), fresh)
        np.testing.assert_allclose(values, scores, atol=2e-10)
        assert [tuple(each) for each in queue] == widget.queue()
        surprises += sum(surprise for _, surprise in queue)
        for (row, _), reasons in zip(queue, why, strict=True):
            assert dict(reasons) == pytest.approx(dict(widget.why(row)), abs=1e-9)
        assert [name for name, _ in profile] == [name for name, _ in widget.profile()]
    assert surprises > 3


def shown(page):
    names = page.locator(".mb-feed-now .mb-name").all_text_contents()
    return names + page.locator(".mb-feed .mb-near-tunes").nth(0).locator(".mb-name").all_text_contents()


def test_likes_skips_and_the_slider_change_what_comes_and_sounds(show):
    widget = made()
    page = show(widget, init=LISTEN)

    def expect(**traits):
        for name, value in traits.items():
            setattr(widget, name, value)
        assert shown(page) == [widget.names[each.item] for each in widget.queue()]

    def heard():
        hears(page, (note[2] for note in widget.tunes[widget.queue()[0].item]["notes"]))
        page.locator(".mb-feed-now button").click()

    expect()
    why = page.locator(".mb-feed-why")
    assert why.text_content() == "To begin with: 40 of the simulated listeners play it."
    page.get_by_role("button", name="Loop", exact=True).click()  # a tune that ends would be begun again, not paused
    page.locator(".mb-feed-now button").click()
    wait_loud(page)
    heard()
    history = []
    for value, button in ((1, "Like"), (-1, "Skip"), (1, "Like")):
        history.append([widget.queue()[0].item, value])
        page.get_by_role("button", name=button, exact=True).click()
        expect(history=list(history))
    best = max(widget.why(widget.queue()[0].item), key=lambda part: part[1])[0]
    assert why.text_content().startswith(f"Because of its {best}")
    assert page.locator(".mb-feed-past .mb-near-number").all_text_contents() == ["liked", "skipped", "liked"]
    press(page, page.locator(".mb-feed-now button"))
    wait_loud(page)
    heard()
    before = shown(page)
    slide(page, "Familiar or new", 1)
    expect(fresh=1.0)
    assert shown(page) != before
    assert widget.queue()[1].surprise
    page.get_by_role("button", name="Take back").click()
    expect(history=history[:2])
    page.get_by_role("button", name="Start again").click()
    expect(history=[])
    assert page.locator(".mb-feed-profile").text_content() == "Nothing yet."


def test_a_composed_tune_is_marked_and_says_what_is_nearest_to_it(show):
    F = np.zeros((N, 8))
    F[[0, 41], 2] = 1.0
    widget = Feed(
        [tune(k) for k in range(N)],
        F,
        [9] * 40 + [0] * 10,
        feature_names=NAMES,
        groups=GROUPS,
        composed=COMPOSED,
        notes={41: "Nearest: Tune 3."},
        history=[(0, 1)],
    )
    page = show(widget)
    assert page.locator(".mb-feed-now .mb-near-mark").text_content() == "composed"
    assert page.get_by_role("button", name="Play Tune 41, composed").count() == 1
    assert page.locator(".mb-feed-why").text_content() == "Because of its speed. Nearest: Tune 3."


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_every_reader_can_use_it(show, width, theme):
    widget = made(title="Feed", caption="Try.", history=[(k, 1 - 2 * (k % 2)) for k in range(40, 45)])
    page = show(widget, theme=theme, viewport={"width": width, "height": 1200})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-feed :is(.mb-side, .mb-near-tune, .mb-feed-judge)"
    assert page.evaluate(f"[...document.querySelectorAll('{touched}')].every((x) => x.offsetHeight >= 44)")
    page.get_by_role("button", name="Skip", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator(".mb-near-verdict").text_content().startswith("6 judged, 3 liked, 3 of them composed.")


def test_what_does_not_fit_is_refused():
    with pytest.raises(MusicError, match="each feature belongs to one group"):
        made(groups={"height": NAMES[:2]})
    with pytest.raises(MusicError, match="features of shape"):
        made(feature_names=NAMES[:7])
    with pytest.raises(MusicError, match="rows from 0 to 49"):
        made(composed=[50])
    with pytest.raises(MusicError, match="each once"):
        made(history=[(1, 1), (1, -1)])
    with pytest.raises(MusicError, match="1, liked, or -1"):
        made(history=[(1, 2)])
