"""Listeners and their neighbours in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sklearn.metrics.pairwise import cosine_similarity
from sounding import LISTEN, hears, press, slide, wait_loud

from musicbook.music.melody import Melody, MusicError
from musicbook.recommend.collaborative import collaborative_filter, compute_similarity
from musicbook.recommend.interactions import Interactions
from musicbook.widgets import Neighbours
from musicbook.widgets._module import read_part

N, M = 24, 60


def table(seed=0):
    """Three tastes, plays of very different numbers."""
    rng = np.random.default_rng(seed)
    taste = np.arange(N)[:, None] % 3 == np.arange(M) % 3
    played = rng.random((N, M)) < np.where(taste, 0.5, 0.08)
    return np.where(played, rng.poisson(rng.gamma(1, 4, (N, M))) + 1, 0)


def tune(k):
    return Melody.from_notes([(i / 2, 0.5, 48 + (k + 2 * i) % 36) for i in range(8)], title=f"Tune {k}", tempo=180)


def widget(seed=0, **options):
    defaults = {"listeners": [f"Listener {u + 1}" for u in range(N)]}
    return Neighbours(table(seed), [tune(k) for k in range(M)], **defaults | options)


def as_printed(user_data, similarity_matrix=None):
    """Do what the article's function does, to the letter but for a sort that keeps ties in order."""
    recommendation_scores = cosine_similarity(user_data).dot(user_data)
    return np.argsort(recommendation_scores.round(10), kind="stable")[::-1]


SETTINGS = [
    (u, k, s)
    for u, k, s in zip(range(0, N, 2), (1, 2, 3, 5, 8, 10, 12, 15, 18, 20, 22, 23), [0, 3, 20] * 4, strict=True)
]


def test_python_gives_what_the_package_and_the_article_give():
    U = table()
    for u, k, shrinkage in SETTINGS:
        w = widget(who=u, k=k, shrinkage=shrinkage)
        S = compute_similarity(U)
        shared = (U > 0).astype(int) @ (U > 0).T
        S *= shared / np.maximum(shared + shrinkage, 1)
        assert w.recommended() == collaborative_filter(S, u, U, 8, k).tolist() == w.recommended()
        assert [v for v, _, _ in w.neighbours()] == np.argsort(-S[u], kind="stable")[:k].tolist()
        assert [n for _, _, n in w.neighbours()] == [shared[u, v] for v, _, _ in w.neighbours()]
        w.version = "article"
        assert w.recommended() == as_printed(U)[u, :8].tolist() == as_printed(U, np.nan)[u, :8].tolist()
        w.version = "ordered"
        scores = cosine_similarity(U) @ U
        assert w.recommended() == np.argsort(-scores, axis=1)[u, :8].tolist()
        assert (U[u, w.recommended()] > 0).mean() >= 0.5


def test_page_and_python_agree_at_twelve_settings(show):
    page = show(widget())
    part = read_part("neighbourscores", "js")
    ask = f"""([U, u, k, s]) => {{ {part}
        return {{ near: nearestTo(U, u, k, s), corrected: correctedList(U, u, k, s, 8),
                  article: articleList(U, u, 8), ordered: orderedList(U, u, 8) }}; }}"""
    for seed in (0, 1):
        for u, k, shrinkage in SETTINGS:
            w = widget(seed, who=u, k=k, shrinkage=shrinkage)
            found = page.evaluate(ask, [w.plays, u, k, shrinkage])
            assert [(n["v"], n["shared"]) for n in found["near"]] == [(v, n) for v, _, n in w.neighbours()]
            np.testing.assert_allclose(
                [n["likeness"] for n in found["near"]], [s for _, s, _ in w.neighbours()], atol=2e-10
            )
            for version in ("corrected", "article", "ordered"):
                w.version = version
                assert [each["i"] for each in found[version]] == w.recommended(), (seed, u, k, version)


def listed(page):
    """Names of the tunes in the list."""
    return page.locator(".mb-near-tunes .mb-name").all_text_contents()


def test_every_control_changes_the_list_and_what_is_played(show):
    w = widget(who=4, k=3)
    page = show(w, init=LISTEN)
    names = w.names

    def expect(**traits):
        for name, value in traits.items():
            setattr(w, name, value)
        assert listed(page) == [names[i] for i in w.recommended()]

    def heard():
        first = page.locator(".mb-near-tunes button").first
        press(page, first)
        wait_loud(page)
        column = w.recommended()[0]
        hears(page, (note[2] for note in w.tunes[column]["notes"]))
        assert page.locator(".mb-neighbours .mb-title").text_content() == names[column]

    expect()
    heard()
    before = listed(page)
    slide(page, "Neighbours, k", 20)
    expect(k=20)
    assert listed(page) != before
    before = listed(page)
    slide(page, "Shrinkage", 20)
    expect(shrinkage=20.0)
    assert listed(page) != before
    page.get_by_label("Listener", exact=True).select_option("7")
    expect(who=7)
    heard()
    page.get_by_role("button", name="The article's function").click()
    expect(version="article")
    marks = page.locator(".mb-near-tunes .mb-near-mark").all_text_contents()
    assert marks.count("someone else's list") == 8
    assert (
        "Listener 17, because [::-1] turns the rows, worst tune first"
        in page.locator(".mb-near-verdict").text_content()
    )
    assert page.get_by_label("Neighbours, k", exact=True).is_disabled()
    heard()
    page.get_by_role("button", name="Its order mended").click()
    expect(version="ordered")
    marks = page.locator(".mb-near-tunes .mb-near-mark").all_text_contents()
    played = sum(w.plays[7][i] > 0 for i in w.recommended())
    assert marks == ["already played"] * played
    assert played >= 4
    page.get_by_role("button", name="Corrected").click()
    expect(version="corrected")
    assert page.locator(".mb-near-mark").count() == 0
    # To her nearest neighbour, by keyboard; the focus stays in the list of people.
    nearest = w.neighbours()[0][0]
    page.locator(".mb-near-person").first.focus()
    page.keyboard.press("Enter")
    expect(who=nearest)
    assert page.evaluate("document.activeElement.classList.contains('mb-near-person')")
    assert page.get_by_label("Listener", exact=True).input_value() == str(nearest)


def test_a_tune_that_plays_is_paused_by_its_own_button(show):
    page = show(widget())
    first = page.locator(".mb-near-tunes button").first
    first.click()
    wait_loud(page)
    assert first.get_attribute("aria-label").startswith("Pause Tune")
    first.click()
    assert first.get_attribute("aria-label").startswith("Play Tune")


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(
        widget(title="Listeners like you", caption="Simulated listeners."),
        theme=theme,
        viewport={"width": width, "height": 1400},
    )
    for version in ("Corrected", "Its order mended", "The article's function"):
        page.get_by_role("button", name=version).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        check_axe(page)
    small = page.locator(".mb-near-person, .mb-near-tune, .mb-near-sides button, .mb-near-pick select, .mb-near-slider")
    assert min(small.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().height)")) >= 44


def test_its_state_is_small():
    state = {name: getattr(widget(), name) for name in ("plays", "tunes", "names", "listeners")}
    assert len(json.dumps(state)) < 40_000


def test_a_table_is_cut_out_of_a_log(cat):
    ids = list(cat.table.index[:90])
    rng = np.random.default_rng(0)
    who, what = np.nonzero(rng.random((60, 90)) < np.linspace(0.5, 0.1, 90))
    log = Interactions(who, what, rng.integers(1, 9, len(who)), [f"L{u:02}" for u in range(60)], ids)
    w = Neighbours.of(log, cat, n=10, tunes=20, seed=1)
    assert np.shape(w.plays) == (10, 20)
    rows = [log.code_of(each) for each in w.listeners]
    columns = sorted(np.argsort(-log.popularity, kind="stable")[:20])
    assert np.array_equal(log.matrix[rows][:, columns].toarray(), w.plays)
    assert Neighbours.of(log, cat, n=10, tunes=20, seed=1).listeners == w.listeners
    assert max(note[0] for each in w.tunes for note in each["notes"]) <= 4 * 6 + 4
    with pytest.raises(MusicError, match="listeners have played 6"):
        Neighbours.of(log, cat, n=61, tunes=20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plays": np.ones((2, M), int)}, "plays of shape"),
        ({"plays": np.full((N, M), -1)}, "whole numbers"),
        ({"plays": np.full((N, M), 0.5)}, "whole numbers"),
        ({"listeners": ["she"] * N}, "must all differ"),
        ({"names": ["one"]}, "1 names for 60 tunes"),
        ({"who": N}, "rows 0 to 23"),
        ({"k": N}, "23 others"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"plays": table(), "listeners": [f"L{u}" for u in range(N)], **change}
    with pytest.raises(MusicError, match=message):
        Neighbours(arguments.pop("plays"), [tune(k) for k in range(M)], **arguments)
