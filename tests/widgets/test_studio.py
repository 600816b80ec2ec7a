"""The studio in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import check_axe
from sounding import LISTEN, hears, press, slide, wait_loud
from test_tuner import random_tokens

from musicbook.music.melody import MusicError
from musicbook.recommend import content
from musicbook.service import pool as pools
from musicbook.widgets import Studio
from musicbook.widgets._module import read_part
from musicbook.widgets.studio import as_bytes

N, SONGS, STEPS = 120, 40, 32


def studio(**options):
    rng = np.random.default_rng(2)
    rows = random_tokens(N, STEPS)
    songs = [
        {"tokens": row, "title": f"Old tune {k}", "book": "A book, 1803", "kind": "reel", "meter": "6/8"}
        for k, row in enumerate(random_tokens(SONGS, 24, seed=5))
    ]
    defaults = {
        "feature_names": pools.NAMES,
        "groups": pools.GROUPS,
        "nearest": [(f"Known {k}", 10 + k % 9) for k in range(N)],
        "tempo": 1000,
    }
    return Studio(rows, songs, rng.normal(size=(N + SONGS, 15)).clip(-3, 3), **defaults | options)


def states():
    rng = np.random.default_rng(1)
    for k in range(10):
        items = rng.choice(N + SONGS, 1 + k, replace=False).tolist()
        yield {
            "opinions": {str(item): int(rng.choice([-1, 1])) for item in items},
            "rounds": rng.permutation(N)[: 4 * (1 + k % 3)].reshape(-1, 4).tolist(),
            "surprise": round(float(rng.random()), 2),
            "reach": round(float(rng.random()), 2),
        }


def test_page_and_python_agree_on_interest_scores_next_four_and_list(show):
    page = show(studio())
    parts = "\n".join(read_part(name, "js") for name in ("charts", "tastescores", "studioscores"))
    program = f"""([bytes, state, groups]) => {{ {parts}
        const F = studioFeatures(bytesOf(bytes), 15), list = studioList(F, state, [{N}, {N + SONGS}], 5);
        return [interestOf(F, opinionRow(F, state.opinions)), studioScores(F, state.opinions), nextFour(F, state, {N}), list,
            list.map((i) => speaksFor(F, state.opinions, i, groups))]; }}"""
    for state in states():
        widget = studio()
        for name, value in state.items():
            setattr(widget, name, value)
        interest, scores, four, listed, why = page.evaluate(program, [widget.features, state, widget.groups])
        np.testing.assert_allclose(interest, widget.interest(), atol=1e-12)
        np.testing.assert_allclose(scores, widget.scores(), atol=2e-10)
        assert four == widget.next_four()
        assert listed == widget.recommended()
        assert why == [widget.why(item) for item in listed]


def test_python_gives_what_the_package_gives():
    widget = studio()
    assert (widget.next_four()[0], widget.recommended()) == (4, [])
    widget.opinions, widget.surprise, widget.reach = {"0": 1, "2": 1, "1": -1}, 0, 1
    F = widget.table()
    interest = content.build_interest_model([0, 2], F, dislikes=[1])
    assert widget.next_four() == [i for i in content.recommend(interest, F, N + SONGS, range(4)) if i < N][:4]
    assert widget.recommended() == [i for i in content.recommend(interest, F, N + SONGS) if i >= N][:5]
    far, near = [], []
    for reach, found in ((1, far), (0, near)):
        widget.reach = reach
        found.append(widget.scores()[widget.next_four()].mean())
    assert far[0] > near[0] + 0.2


def like(page, card, words="Like"):
    page.locator(".mb-studio-card").nth(card).get_by_role("button", name=words).click()


def profile(page):
    return page.locator(".mb-studio-bars .mb-hidden").all_text_contents()


def shown(page):
    return page.locator(".mb-studio-name").all_text_contents()


def listed(page):
    return page.locator(".mb-studio-words b").all_text_contents()


def now(page):
    return page.locator(".mb-loop").get_attribute("aria-label").rpartition("now: ")[2].rstrip(".")


def test_a_visitor_goes_round_the_loop_and_the_page_follows(show):
    widget = studio(key="test")
    page = show(widget, init=LISTEN, reduced_motion="reduce")

    def heard(locator, item):
        press(page, locator)
        wait_loud(page)
        hears(page, widget.melody(item).pitch)

    assert shown(page) == [f"Melody {k}" for k in range(1, 5)]
    assert page.locator(".mb-studio-near").first.text_content() == "nearest known: Known 0, 10 of 32 steps"
    assert (now(page), listed(page)) == ("hear", [])
    heard(page.get_by_role("button", name="Play Melody 1"), 0)
    assert now(page) == "like"
    unknown = profile(page)
    for card, words in ((0, "Like"), (2, "Like"), (1, "Not for me")):
        like(page, card, words)
    widget.opinions = {"0": 1, "2": 1, "1": -1}
    assert now(page) == "recommend"
    assert profile(page) != unknown
    first = [widget.songs[i - N]["title"] for i in widget.recommended()]
    assert listed(page) == first
    heard(page.locator(".mb-studio-tune").first, widget.recommended()[0])
    assert now(page) == "compose"

    four, scores = widget.next_four(), widget.scores()
    assert scores[four].mean() > scores[:4].mean() + 0.2
    page.get_by_role("button", name="Compose for my taste").click()
    assert shown(page) == [f"Melody {k + 1}" for k in four]
    heard(page.locator(".mb-studio-play").first, four[0])
    said = page.locator(".mb-studio-course").text_content().split(": ")[1].replace("−", "-").split(" → ")
    np.testing.assert_allclose([float(each) for each in said], [scores[:4].mean(), scores[four].mean()], atol=0.0051)

    like(page, 1, "Not for me")
    widget.opinions = widget.opinions | {str(four[1]): -1}
    widget.rounds = [[0, 1, 2, 3], four]
    slide(page, "Surprise", 0.8)
    widget.surprise = 0.8
    assert listed(page) == [widget.songs[i - N]["title"] for i in widget.recommended()] != first

    page.reload()
    page.wait_for_selector("html[data-musicbook=ready]")
    assert shown(page) == [f"Melody {k + 1}" for k in four]
    assert page.locator(".mb-studio-round").count() == 2
    page.get_by_role("button", name="Round 1").click()
    assert shown(page) == [f"Melody {k}" for k in range(1, 5)]
    page.get_by_role("button", name="Start again").click()
    assert (page.locator(".mb-studio-round").count(), listed(page)) == (1, [])
    page.get_by_role("button", name="Undo").click()
    assert shown(page) == [f"Melody {k + 1}" for k in four]


def test_a_liked_melody_is_saved_and_the_way_is_replayed(show):
    widget = studio()
    page = show(widget, init=LISTEN, reduced_motion="reduce", accept_downloads=True)
    like(page, 3)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save Melody 4 as a MIDI file").click()
    assert waiting.value.suggested_filename == "melody-4.mid"
    page.get_by_role("button", name="Compose for my taste").click()
    last = int(shown(page)[0].split()[1]) - 1
    press(page, page.get_by_role("button", name="Replay my way"))
    page.wait_for_function("document.querySelector('.mb-studio > .mb-player .mb-title').textContent === 'Melody 4'")
    page.wait_for_function(
        f"document.querySelector('.mb-studio > .mb-player .mb-title').textContent === 'Melody {last + 1}'"
    )
    hears(page, {*widget.melody(3).pitch.tolist(), *widget.melody(last).pitch.tolist()})


def test_a_dot_of_the_map_plays(show):
    widget = studio()
    page = show(widget, init=LISTEN)
    page.locator(".mb-studio-map").click(position={"x": 100, "y": 100})
    wait_loud(page)
    name = page.locator(".mb-studio > .mb-player .mb-title").text_content()
    page.locator(".mb-studio-now").get_by_role("button", name="Like").click()
    assert page.locator(".mb-studio-now [aria-pressed=true]").get_attribute("aria-label").endswith(name.split(" · ")[0])
    assert len(listed(page)) == 5


def test_keys_alone_go_round_the_loop(show):
    page = show(studio(), reduced_motion="reduce")

    def reach(name):
        for _ in range(60):
            page.keyboard.press("Tab")
            if (
                page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
                == name
            ):
                return page.keyboard.press("Enter")
        raise AssertionError(f"no {name} within reach")

    reach("Play Melody 1")
    wait_loud(page)
    reach("Like: Melody 1")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    reach("Compose for my taste")
    assert "Melody 1" not in shown(page)
    assert page.locator("[role=status]").last.text_content().startswith("Round 2: four melodies, likeness")
    assert page.evaluate("document.activeElement.className") == "mb-studio-go"


@pytest.mark.parametrize("width", [390, 1440])
def test_every_reader_can_use_it(show, width):
    widget = studio(title="The studio", caption="Try.")
    page = show(widget, viewport={"width": width, "height": 1200}, reduced_motion="reduce")
    like(page, 0)
    like(page, 1, "Not for me")
    page.get_by_role("button", name="Compose for my taste").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        check_axe(page)
    small = """[...document.querySelectorAll(".mb-studio button[class*=mb-studio]")]
        .filter((x) => x.offsetHeight && (x.offsetHeight < 44 || x.offsetWidth < 44)).map((x) => x.className)"""
    assert page.evaluate(small) == []
    for canvas in page.locator(".mb-studio-roll, .mb-studio-plane").all():
        drawn = "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
        assert canvas.evaluate(drawn)


def test_a_source_composes_anew_for_the_interest():
    asked = []

    def source(interest, reach, seed):
        asked.append((interest, reach, seed))
        return random_tokens(12, STEPS, seed), np.random.default_rng(seed).normal(size=(12, 15)), [("Known", 9)] * 12

    widget = studio(source=source)
    widget.opinions, widget.reach = {"0": 1}, 0.5
    widget.ask = 1
    np.testing.assert_allclose(asked[0][0], widget.table()[0])
    assert asked[0][1:] == (0.5, 1)
    assert widget.rounds == [[0, 1, 2, 3], [N + SONGS + k for k in range(4)]]
    F = as_bytes(np.random.default_rng(1).normal(size=(12, 15)))
    scores = content.cosine(widget.interest(), (F - 127.0) / 42)
    best = content.rerank(np.arange(12), scores, (F - 127.0) / 42, 4, widget.surprise)
    assert [each["features"] for each in widget.made] == F[best].tolist()
    widget.opinions = {str(N + SONGS + 1): 1}
    assert widget.scores()[N + SONGS + 1] == 1
    widget.ask = 2
    assert widget.rounds[2] == [N + SONGS + 4 + k for k in range(4)]
    assert studio().rounds == [[0, 1, 2, 3]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(MusicError, match="features of shape"):
        studio(feature_names=pools.NAMES[:14])
    with pytest.raises(MusicError, match="each feature belongs to one group"):
        studio(groups={"height": ["low"]})
    with pytest.raises(MusicError, match="3 nearest tunes for 120"):
        studio(nearest=[("a", 1)] * 3)
