"""The matrix editor: Python against the package and against the page, and what a reader can do with it without a kernel."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, hears, pitches_started, slide, wait_loud

from musicbook.music.melody import Melody, MusicError
from musicbook.recommend.collaborative import collaborative_filter, compute_similarity
from musicbook.recommend.ease import EASE
from musicbook.recommend.factors import half_step
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.neighbours import ItemKNN
from musicbook.widgets import MatrixEditor
from musicbook.widgets._module import read_part
from musicbook.widgets.matrix import GIVEN, METHODS, PENALTY

U = np.array([[3, 1, 0, 0, 1], [2, 0, 1, 0, 0], [0, 0, 4, 2, 0], [1, 2, 0, 0, 0]])
NAMES = ["Ada", "Ben", "Cleo", "Dan"]


def tunes(count):
    return [Melody.from_notes([(0, 1, 60 + i), (1, 1, 72 + i)], title=f"Tune {i}", tempo=600) for i in range(count)]


def editor(plays=U, **options):
    plays = np.asarray(plays)
    names = NAMES if len(plays) == 4 else [f"Listener {u}" for u in range(len(plays))]
    return MatrixEditor(plays, tunes(plays.shape[1]), **{"listeners": names, **options})


def with_setting(widget, method, value):
    widget.method = method
    widget.settings = {**widget.settings, method: value}
    return widget


# ---- Python against the package


def test_every_method_is_the_packages():
    plays = np.random.default_rng(0).poisson(1.0, (8, 7))
    widget = editor(plays, neighbours=3)
    who, what = np.nonzero(plays)
    log = Interactions(who, what, plays[who, what], [f"l{u}" for u in range(8)], [f"t{i}" for i in range(7)])
    for u in range(8):
        ranked = collaborative_filter(compute_similarity(plays), u, plays, k=1, n_neighbors=3)
        assert widget.best()[u] == (ranked[0] if len(ranked) else -1)
    with_setting(widget, "item-kNN", 3)
    theirs = ItemKNN(k=3, weighting="plays", vote="plays").fit(log).scores(np.arange(8))
    np.testing.assert_allclose(widget.scores(), theirs, rtol=1e-5)
    with_setting(widget, "EASE", 2.5)
    model = EASE(penalty=2.5, weighting="plays").fit(log)
    np.testing.assert_allclose(widget.table(), model.weights(), atol=1e-5)
    np.testing.assert_allclose(widget.scores(), model.scores(np.arange(8)), atol=1e-4)
    with_setting(widget, "ALS", 4.0)
    extra = 4.0 * log.matrix.astype(float)
    Q = np.array(widget.als["start"])
    for _ in range(widget.als["sweeps"]):
        P = half_step(extra, Q, PENALTY)
        Q = half_step(extra.T.tocsr(), P, PENALTY)
    np.testing.assert_allclose(widget.scores(), P @ Q.T, atol=1e-6)
    np.testing.assert_array_equal(widget.table(), 1 + 4 * plays)


def test_edges_have_scores_and_no_best_where_nothing_is_left():
    for method in METHODS:
        widget = editor([[0, 0, 0], [1, 2, 3]], method=method)
        assert np.isfinite(widget.scores()).all()
        assert widget.best()[1] == -1


# ---- Python against the page


def states():
    rng = np.random.default_rng(1)
    for method, k in itertools.product(METHODS, range(4)):
        plays = rng.poisson(1.0, [(4, 5), (10, 12), (5, 3), (12, 9)][k])
        if k == 2:
            plays[0], plays[:, 1] = 0, 0
            plays[2] = plays[1]  # a tie between neighbours
        span = {"user-kNN": 1 + k % (len(plays) - 1), "item-kNN": 1 + k % (plays.shape[1] - 1), "ALS": 0.5 + 6 * k}
        yield method, plays, span.get(method, 10 ** (k - 1.0))
    S = rng.random((4, 4)).round(2)
    yield GIVEN, U, np.triu(S, 1) + np.triu(S, 1).T


def test_page_and_python_agree_in_seventeen_states(show):
    page = show(editor())
    program = f"""([method, U, setting, als, S]) => {{ {read_part("matrixscores", "js")}
        const {{ shown, scores }} = scoresBy(method, U, setting, als, S);
        return [shown, scores, bestUnseen(U, scores)]; }}"""
    for method, plays, setting in states():
        given = method == GIVEN
        widget = editor(plays, similarity=setting) if given else with_setting(editor(plays), method, setting)
        shown, scores, best = page.evaluate(
            program, [method, widget.plays, widget.settings.get(method), widget.als, widget.similarity]
        )
        np.testing.assert_allclose(shown, widget.table(), rtol=0, atol=1e-8)
        np.testing.assert_allclose(scores, widget.scores(), rtol=0, atol=1e-8)
        assert best == widget.best()


# ---- without a kernel


def best_shown(page):
    return page.locator(".mb-matrix-best").text_content()


def said(widget):
    letters = ["ABCDE"[i] if i >= 0 else "—" for i in widget.best()]
    return "Best new tune: " + " · ".join(f"{who} {what}" for who, what in zip(widget.listeners, letters, strict=True))


def score_cells(page):
    return page.locator(".mb-matrix-table").nth(1).locator("tbody td").all_text_contents()


def test_changing_a_play_changes_what_is_ranked_and_played(show):
    widget = editor()
    page = show(widget, init=LISTEN)
    assert best_shown(page) == said(widget)
    page.get_by_label("Plays of D by Ben", exact=True).fill("9")
    plays = U.copy()
    plays[1, 3] = 9
    after = editor(plays)
    assert after.best() != widget.best()
    assert best_shown(page) == said(after)
    page.get_by_role("button", name="Ada: ").or_(page.get_by_label("the best new tune of Ada")).first.click()
    wait_loud(page)
    best = after.best()[0]
    hears(page, {60 + best, 72 + best})
    page.get_by_role("button", name="Start again").click()
    assert best_shown(page) == said(widget)


@pytest.mark.parametrize("method", METHODS)
def test_the_first_slider_changes_the_scores_of_each_method(show, method):
    widget = editor(method=method)
    page = show(widget)
    before = score_cells(page)
    first = page.locator(".mb-matrix input[type=range]").first
    first.press("Home")
    low = score_cells(page)
    first.press("End")
    high = score_cells(page)
    assert low != high
    assert before != low or before != high
    top = {"user-kNN": 3, "item-kNN": 4, "ALS": 20, "EASE": 100}[method]
    assert best_shown(page) == said(with_setting(widget, method, top))


def test_methods_keys_and_buttons(show):
    widget = editor()
    page = show(widget)
    page.get_by_label("Method").select_option("EASE")
    widget.method = "EASE"
    assert best_shown(page) == said(widget)
    assert page.locator("caption").nth(2).text_content().startswith("B:")
    page.get_by_label("Plays of A by Ada", exact=True).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Less in this cell").click()
    page.get_by_role("button", name="More in this cell").click()
    assert page.get_by_label("Plays of A by Ada", exact=True).input_value() == "4"
    assert page.get_by_label("Plays of B by Ada", exact=True).input_value() == "2"
    page.get_by_label("Plays of C by Ada", exact=True).fill("1000")
    page.keyboard.press("Tab")
    assert page.get_by_label("Plays of C by Ada", exact=True).input_value() == "99"


def test_given_similarities_are_edited_on_both_sides(show):
    S = compute_similarity(U).round(2)
    widget = editor(similarity=S)
    page = show(widget)
    assert best_shown(page) == said(widget)
    page.get_by_label("S of Dan and Cleo", exact=True).focus()
    slide(page, "Similarity in the chosen cell", 1)
    S[3, 2] = S[2, 3] = 1
    assert page.get_by_label("S of Cleo and Dan", exact=True).input_value() == "1.00"
    assert best_shown(page) == said(editor(similarity=S))
    assert editor(similarity=S).best() != widget.best()


def test_a_tunes_button_plays_and_pauses(show):
    page = show(editor(), init=LISTEN)
    page.get_by_role("button", name="Play D, Tune 3", exact=True).click()
    wait_loud(page)
    assert set(pitches_started(page)) == {63, 75}
    page.get_by_label("Loop").click()
    page.get_by_role("button", name="Play B, Tune 1", exact=True).click()
    page.get_by_role("button", name="Pause B, Tune 1", exact=True).click()
    assert page.locator(".mb-matrix .mb-title").last.text_content() == "B · Tune 1"


@LOOKS
@pytest.mark.parametrize("kind", ["small", "large", "similarities"])
def test_every_reader_can_use_it(show, kind, theme, width):
    plays = np.random.default_rng(2).poisson(1.0, (10, 12))
    widget = {
        "small": lambda: editor(method="EASE", title="Four listeners", caption="Change a number."),
        "large": lambda: editor(plays, method="ALS"),
        "similarities": lambda: editor(plays, similarity=compute_similarity(plays).round(2)),
    }[kind]()
    page = show(widget, theme=theme, viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    crowded = page.evaluate(
        """[...document.querySelectorAll('.mb-matrix-table td')].filter((td) => td.scrollWidth > td.clientWidth + 1)
        .map((td) => td.textContent)"""
    )
    assert crowded == []
    if kind == "small":
        low = page.evaluate(
            """[...document.querySelectorAll('.mb-matrix-table :is(input, button), .mb-tune, .mb-step')]
            .filter((each) => each.offsetHeight < 44 || each.offsetWidth < 40).map((each) => each.className)"""
        )
        assert low == []


# ---- what is refused


@pytest.mark.parametrize(
    ("plays", "options", "message"),
    [
        (U[:1], {}, "plays of shape"),
        (U - 1, {}, "whole numbers from 0 to 99"),
        (U + 0.5, {}, "whole numbers"),
        (np.ones((4, 13), int), {}, "2 to 12"),
        (U, {"listeners": ["Ada", "Ada", "Ben", "Cleo"]}, "must all differ"),
        (U, {"names": ["one"]}, "1 names for 5 tunes"),
        (U, {"method": "SVD"}, "there are user-kNN"),
        (U, {"alpha": 0}, "alpha is from"),
        (U, {"similarity": np.triu(np.ones((4, 4)))}, "symmetric table"),
        (U, {"similarity": np.ones((3, 3))}, r"shape \(4, 4\)"),
    ],
)
def test_bad_input_is_refused(plays, options, message):
    options = {"listeners": [f"L{u}" for u in range(len(plays))], **options}
    with pytest.raises(MusicError, match=message):
        MatrixEditor(plays, tunes(plays.shape[1]), **options)
