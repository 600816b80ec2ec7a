"""The concept graph: its logic in Python, the same logic in the page, and the page itself."""

import copy
import itertools
import re

import numpy as np
import pandas as pd
import pytest
import traitlets
from pages import LOOKS, check_axe
from sounding import wait_loud, wait_silent

from musicbook.compose.markov import MarkovChain
from musicbook.compose.models import open_model
from musicbook.music import corpus, mood, style
from musicbook.music.features import describe as describe_features
from musicbook.music.melody import Melody
from musicbook.music.tonality import estimate_key
from musicbook.recommend import content
from musicbook.recommend.log import Log
from musicbook.service.personal import Steering
from musicbook.widgets._module import JS
from musicbook.widgets.graph import (
    VIEWS,
    ConceptGraph,
    call,
    check,
    describe,
    has_loop,
    load_concepts,
    reached,
    seen_in,
)


@pytest.fixture(scope="module")
def flows(scale, cat, tmp_path_factory):
    """Every edge of the book's graph that has a function, called on a scale."""
    chain = MarkovChain(order=2, n_tokens=130)
    made = {"hear_result": lambda rows: Melody.from_tokens(rows[0], title="made")}
    some = cat.sample(60, seed=1)
    moods = mood.table(some)
    steering = Steering(open_model("vae-reconstruct-2"), corpus.windows(2, "test", corpus.FIDDLE_BOOKS)[:300], cat)
    F = content.item_features(some)[0]
    event = {"event_id": "1", "listener": "you", "tune": "scale", "kind": "play", "time": 0}
    with Log(tmp_path_factory.mktemp("log") / "log.sqlite") as log:
        log.add_listeners(["you"])
        log.add_tunes([("scale", "Scale", "none")])
        logged = [call("L-G", log.add_events, [event]), call("G-E", log.interactions)]
    return [
        call("K-B", scale.to_tokens),
        call("A-B", chain.fit, [scale.to_tokens()]),
        call("B-K", chain.sample, 1, seed=0, **made),
        call("K-C", describe_features, scale),
        call("K-D", estimate_key, scale),
        call("A-C", style.standard().probabilities, scale),
        call("A-D", mood.predict, scale),
        call("K-E", content.item_features, some),
        call("B-E", content.place, scale, some, F[0]),
        call("C-E", content.cosine, F[0], F),
        call("D-E", mood.closest, moods, 0.5, 0.5, 3, hear_result=lambda found: cat[found.index[0]]),
        call("E-L", content.rerank, [1, 2, 3], F[:, 0], F, 2, 0.5),
        call("E-A", steering.compose, F[0], 1, 3, hear_result=lambda rows: steering.melodies(rows)[0]),
        *logged,
    ]


def edge(start, end, **fields):
    return {"id": f"{start}-{end}", "from": start, "to": end, **fields}


# ---- logic ------------------------------------------------------------------------------------------------------


def test_reached_goes_forward_only_and_not_through_what_is_off():
    edges = [edge("A", "B"), edge("B", "C"), edge("D", "C")]
    assert reached(edges, "A") == {"B", "C"}
    assert reached(edges, "C") == set()
    assert reached(edges, "A", ["B-C"]) == {"B"}


def test_only_the_text_closes_the_loop_of_the_article():
    concepts = load_concepts()
    assert [has_loop(seen_in(concepts, view)) for view in VIEWS] == [False, True, True]
    assert not has_loop([each for each in seen_in(concepts, "text") if each["id"] != "E-A"])


def test_the_books_own_graph_can_be_drawn():
    check(load_concepts())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c: c["nodes"].append(c["nodes"][0]), "share an id"),
        (lambda c: c["nodes"][0].pop("data"), "lacks data"),
        (lambda c: c["edges"][0].pop("lost"), "lacks lost"),
        (lambda c: c["nodes"][0].update(at=c["nodes"][1]["at"]), "same place"),
        (lambda c: c["edges"][0].update(to="Z"), "does not join"),
        (lambda c: c["edges"][0].update(source="hearsay"), "hearsay"),
        (lambda c: c["journey"][0].update(edge="A-Z"), "no edge"),
    ],
)
def test_a_graph_that_cannot_be_drawn_is_refused(spoil, message):
    concepts = copy.deepcopy(load_concepts())
    spoil(concepts)
    with pytest.raises(ValueError, match=message):
        check(concepts)


# ---- calls ------------------------------------------------------------------------------------------------------


def test_a_call_keeps_what_the_function_got_and_gave(scale):
    flow = call("K-C", describe_features, scale)
    assert flow.given is scale
    assert flow.result == describe_features(scale)
    state = flow.state()
    assert state["given"]["tune"]["notes"][1] == [1, 1, 62, 0]
    assert state["result"]["tune"] is None
    assert "step share" in state["result"]["words"]


def test_a_call_shows_all_arguments_by_name(flows):
    assert flows[2].given == {"n": 1, "seed": 0}
    assert flows[2].state()["given"]["words"] == "n 1, seed 0"
    assert flows[2].hear_result.title == "made"


def test_a_call_refuses_another_function_and_an_unknown_edge(scale):
    with pytest.raises(ValueError, match=r"is musicbook\.music\.features\.describe, not"):
        call("K-C", estimate_key, scale)
    with pytest.raises(ValueError, match="no edge X-Y"):
        call("X-Y", estimate_key, scale)
    with pytest.raises(ValueError, match="is None, not"):
        call("E-A", estimate_key, scale, concepts=unfinished())


def test_the_widget_shows_nothing_that_did_not_happen(flows):
    with pytest.raises(ValueError, match="were not called: K-C"):
        ConceptGraph([flow for flow in flows if flow.edge != "K-C"])
    smaller = load_concepts()
    smaller["edges"] = [each for each in smaller["edges"] if each["id"] != "K-C"]
    smaller["journey"] = [step for step in smaller["journey"] if step["edge"] != "K-C"]
    with pytest.raises(ValueError, match="no edge of this graph: K-C"):
        ConceptGraph(flows, concepts=smaller)
    with pytest.raises(traitlets.TraitError):
        ConceptGraph(flows, view="other")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.arange(3), "3 numbers: 0 1 2"),
        (np.zeros((2, 20), int), "2 x 20 numbers: 0 0 0 0 0 0 0 0 0 0 0 0 ..."),
        (("C", "major", 0.123456), "C, major, 0.123"),
        ({"up_share": 0.5}, "up share 0.5"),
        (7, "7"),
        ((np.zeros((3, 19)), ["low"] * 19), "3 x 19 numbers, 19 entries from low to low"),
        ({"F": np.zeros((3, 19)), "k": 2}, "F 3 x 19 numbers, k 2"),
        (pd.DataFrame({"valence": [0.1, 0.2]}), "a table of 2 rows: valence"),
        ([np.zeros(3), np.zeros(4), np.zeros(1500)], "3 rows of numbers, 1,507 in all"),
    ],
)
def test_values_are_described_for_people(value, words):
    assert describe(value) == words


# ---- the page ---------------------------------------------------------------------------------------------------


def test_the_page_computes_the_same_losses(browser):
    edges = load_concepts()["edges"]
    cases = [[], *([each["id"]] for each in edges), *([a["id"], b["id"]] for a, b in itertools.combinations(edges, 2))]
    page = browser.new_page()
    answers = page.evaluate(
        """([source, edges, cases]) => {
          const names = "{ edgesIn, reachedFrom, hasLoop }";
          const { edgesIn, reachedFrom, hasLoop } = new Function(`${source}; return ${names};`)();
          const starts = [...new Set(edges.map((edge) => edge.from))];
          const found = (off) => starts.map((start) => [start, [...reachedFrom(edges, start, off)]]);
          return {
            views: ["article", "text", "complete"].map((view) => edgesIn(edges, view).map((edge) => edge.id)),
            cases: cases.map((off) => [found(off), hasLoop(edges, off)]),
          };
        }""",
        [(JS / "graphlogic.js").read_text(encoding="utf-8"), edges, cases],
    )
    page.close()
    assert answers["views"] == [[each["id"] for each in seen_in({"edges": edges}, view)] for view in VIEWS]
    for off, (found, loop) in zip(cases, answers["cases"], strict=True):
        assert {start: set(nodes) for start, nodes in found} == {
            start: reached(edges, start, off) for start, _ in found
        }
        assert loop == has_loop([each for each in edges if each["id"] not in off]), off


def boxes_of(page, selector):
    return page.locator(selector).evaluate_all("all => all.map((e) => e.getBoundingClientRect().toJSON())")


@LOOKS
def test_it_is_accessible_fits_and_no_button_hides_another(show, flows, width, theme):
    page = show(ConceptGraph(flows), theme=theme, viewport={"width": width, "height": 900})
    page.locator("[data-id=B-K]").click()
    check_axe(page, rules={"region": {"enabled": False}})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    buttons = boxes_of(page, ".mb-edge")
    assert len(buttons) == len(load_concepts()["edges"])
    for a, b in itertools.combinations(buttons, 2):
        assert np.hypot(a["x"] - b["x"], a["y"] - b["y"]) >= 24, "two edge buttons overlap"
    for box in boxes_of(page, ".mb-node"):
        for button in buttons:
            middle = (button["x"] + 14, button["y"] + 14)
            assert not (box["x"] < middle[0] < box["right"] and box["y"] < middle[1] < box["bottom"])
    for words in page.locator(".mb-node span").evaluate_all(
        "all => all.map((e) => [e.scrollWidth, e.parentNode.clientWidth])"
    ):
        assert words[0] <= words[1]


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_the_walk_goes_round_and_sounds(show, flows, scheme):
    page = show(ConceptGraph(flows), scheme=scheme)
    steps = load_concepts()["journey"]
    for i, step in enumerate(steps):
        page.get_by_role("button", name="Follow one tune" if i == 0 else "Next").click()
        assert page.locator(".mb-step").inner_text() == step["say"]
        assert page.locator(".mb-place").inner_text() == f"Step {i + 1} of {len(steps)}"
        assert page.locator(f"[data-id={step['edge']}]").get_attribute("aria-pressed") == "true"
        if step["edge"] == "B-K":
            wait_loud(page)
    page.get_by_role("button", name="Finish").click()
    assert page.locator(".mb-step").count() == 0
    wait_silent(page)


def unfinished() -> dict:
    """The book's graph as it was before the feedback was built."""
    concepts = load_concepts()
    feedback = next(each for each in concepts["edges"] if each["id"] == "E-A")
    feedback.update(function=None, chapter=None, planned="Music creation")
    return concepts


def test_an_edge_without_a_function_says_where_it_will_be_built(show, flows):
    page = show(ConceptGraph([flow for flow in flows if flow.edge != "E-A"], concepts=unfinished()))
    page.locator("[data-id=E-A]").click()
    assert "built in the chapter “Music creation”" in page.locator(".mb-panel").inner_text()
    assert page.locator(".mb-panel .mb-play").count() == 0
    page.locator("[data-id=K-C]").click()
    assert "musicbook.music.features.describe" in page.locator(".mb-panel").inner_text()
    assert page.locator(".mb-panel .mb-play").count() == 1


def focused(page) -> str:
    """Name of an edge or a box, words of another button; empty when nothing has the focus."""
    return page.evaluate(
        "((el) => el === document.body ? '' : el.matches('.mb-graph-stage *') ? el.dataset.id : el.textContent)"
        "(document.activeElement)"
    )


def press(page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).focus()
    page.keyboard.press("Enter")


def test_the_focus_stays_with_the_reader(show, flows):
    page = show(ConceptGraph(flows))
    page.locator("[data-id=K-C]").click()
    press(page, "Switch this edge off")
    assert focused(page) == "Switch this edge on"
    page.keyboard.press("Enter")
    assert focused(page) == "Switch this edge off"
    page.keyboard.press("Enter")
    press(page, "Switch everything on")
    assert focused(page) == "K-C", "the edge that is chosen"
    page.keyboard.press("Enter")
    assert page.locator(".mb-panel button").count() == 0
    page.keyboard.press("Enter")
    press(page, "Switch this edge off")
    page.locator("[data-id=K-C]").click()
    press(page, "Switch everything on")
    assert focused(page) == "K-C", "no edge is chosen: the one that was off"
    press(page, "Follow one tune")
    press(page, "Back")
    assert focused(page) == "Follow one tune round the loop", "Back is disabled before the first step"


def test_switching_the_feedback_off_opens_the_loop_by_keyboard(show, flows):
    page = show(ConceptGraph(flows, view="text"))
    page.locator("[data-id=E-A]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.id") == "E-A", "the focus was lost when the graph was redrawn"
    page.get_by_role("button", name="Switch this edge off").click()
    loss = page.locator(".mb-loss").inner_text()
    assert "There is no loop left." in loss
    assert "“Intelligent composition”" in loss
    page.get_by_role("button", name="The article's picture").click()
    assert page.locator("[data-id=E-A]").count() == 0
    assert page.locator(".mb-loss").inner_text() == "", "an edge that is not in the picture cannot be missed"
    page.get_by_role("button", name="With what its text claims").click()
    page.get_by_role("button", name="Switch everything on").click()
    assert page.locator(".mb-loss").inner_text() == ""
