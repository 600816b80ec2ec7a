"""The metric explorer in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, hears, press, slide, wait_loud

from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import beyond, ranking
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.neighbours import ItemKNN
from musicbook.recommend.popularity import Popularity, Random
from musicbook.widgets import MetricExplorer
from musicbook.widgets._module import read_part
from musicbook.widgets.metrics import METRICS

N, M = 120, 90


def split(ids=None):
    """Three tastes over items of very different popularity."""
    rng = np.random.default_rng(0)
    taste = np.arange(N)[:, None] % 3 == np.arange(M) % 3
    chance = np.where(taste, 0.5, 0.06) * np.linspace(1, 0.3, M)
    who, what = np.nonzero(rng.random((N, M)) < chance)
    ids = [f"T{i}" for i in range(M)] if ids is None else ids
    return Interactions(who, what, rng.integers(1, 9, len(who)), [f"L{u:03}" for u in range(N)], ids).split_random(
        0.3, 1
    )


class Tunes(dict):
    """A stand-in for the catalogue: tunes that can be told by their pitches."""

    def __missing__(self, name):
        k = int(name[1:])
        return Melody.from_notes([(i / 2, 0.5, 48 + (k + 2 * i) % 36) for i in range(8)], title=f"Tune {k}", tempo=180)


@pytest.fixture(scope="module")
def parts():
    train, test = split()
    return [each.fit(train) for each in (Popularity(), Random(0), ItemKNN(20))], train, test


def explorer(parts, **options):
    systems, train, test = parts
    return MetricExplorer.of(systems, train, test, Tunes(), n=40, negatives=30, **options)


SETTINGS = [
    (k, group, against)
    for k in (1, 5, 10, 20)
    for group in ("all", "niche", "mainstream")
    for against in ("all", "sampled")
]


def test_the_page_computes_what_ranking_computes(show, parts):
    widget = explorer(parts)
    page = show(widget)
    groups = ["niche", "diverse", "mainstream"]
    ask = f"""([data, k, group, against]) => {{ {read_part("metricvalues", "js")}
        const values = metricValues(data, {{ k, group, against }});
        return [values, Object.values(values).map(orderBy)]; }}"""
    orders = set()
    for k, group, against in SETTINGS:
        found, order = page.evaluate(ask, [widget.data, k, None if group == "all" else groups.index(group), against])
        wanted = widget.values(k, group, against)
        assert list(found) == list(wanted) == list(METRICS)
        for name in METRICS:
            np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-9, err_msg=f"{name} {k} {group}")
        assert order == [np.argsort(-np.round(wanted[name], 10), kind="stable").tolist() for name in METRICS]
        orders |= {tuple(each) for each in order}
    assert len(orders) > 1


def test_python_s_values_are_those_of_the_lists(parts):
    systems, train, test = parts
    widget = explorer(parts)
    listeners = widget._parts[2]
    assert np.bincount(beyond.groups(train)[listeners]).tolist() == [10, 20, 10]
    for s, system in enumerate(systems):
        lists = system.top(listeners, 20)
        assert widget.values(7)["nDCG"][s] == pytest.approx(ranking.ndcg(lists, test, 7, listeners).mean())
        assert widget.values(7)["coverage"][s] == beyond.coverage(lists[:, :7], M)
        niche = listeners[beyond.groups(train)[listeners] == 0]
        assert widget.values(7, "niche")["recall"][s] == pytest.approx(
            ranking.recall(system.top(niche, 7), test, 7, niche).mean()
        )
    sampled = widget._parts[3]["sampled"]["item-kNN"]
    for who, row in zip(listeners, sampled, strict=True):
        assert not set(row) & set(train.items_of(who).tolist())
    assert np.mean(widget.values(10, against="sampled")["recall"]) > np.mean(widget.values(10)["recall"])


def shown_order(page):
    return page.locator(".mb-metric-row .mb-name").all_text_contents()


def test_every_control_changes_the_bars_and_a_tune_plays(show, parts):
    widget = explorer(parts)
    page = show(widget, init=LISTEN)
    systems = widget.data["systems"]

    def expect(**traits):
        for name, value in traits.items():
            setattr(widget, name, value)
        values = widget.values()[widget.metric]
        order = np.argsort(-np.round(values, 10), kind="stable")
        assert shown_order(page) == [systems[s] for s in order]
        shown = [float(each.split()[0]) for each in page.locator(".mb-metric-value").all_text_contents()]
        assert shown == pytest.approx([values[s] for s in order], abs=0.0051 if widget.metric == "novelty" else 0.00051)
        return page.locator(".mb-metric-verdict").text_content()

    first = expect()
    slide(page, "k, the length of the list", 2)
    assert page.locator(".mb-metric-line .mb-where").text_content() == "2"
    assert expect(k=2) != first
    dashed = page.locator(".mb-metric-tune").evaluate_all("(all) => all.map((each) => each.dataset.beyond)")
    assert dashed == ["false"] * 2 + ["true"] * 8
    page.get_by_label("Listeners", exact=True).select_option("niche")
    expect(group="niche")
    page.get_by_label("Ranked against", exact=True).select_option("sampled")
    expect(against="sampled")
    slide(page, "k, the length of the list", 10)
    accurate = expect(k=10)
    page.get_by_role("button", name="Novelty", exact=True).click()
    assert expect(metric="novelty").split(": ")[1] != accurate.split(": ")[1]
    # The bars by keyboard: another system's list, and the focus stays on its bar.
    row = page.locator(".mb-metric-row", has_text="item-kNN")
    row.focus()
    page.keyboard.press("Enter")
    assert row.get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.activeElement.textContent").startswith("item-kNN")
    own = widget.example["lists"][systems.index("item-kNN")]
    assert page.locator(".mb-metric-tune .mb-name").all_text_contents() == [widget.names[i] for i in own]
    hits = page.locator(".mb-metric-tune[data-hit=true]").count()
    assert hits == sum(i in widget.example["relevant"] for i in own) > 0
    button = page.locator(".mb-metric-tune").nth(3)
    page.get_by_role("button", name="Loop", exact=True).click()  # a tune that ends would be begun again, not paused
    press(page, button)
    wait_loud(page)
    hears(page, (note[2] for note in widget.tunes[own[3]]["notes"]))
    assert button.get_attribute("aria-label").startswith("Pause Tune")
    button.click()
    assert button.get_attribute("aria-label").startswith("Play Tune")


@LOOKS
def test_every_reader_can_use_it(show, parts, theme, width):
    widget = explorer(parts, title="Which system is best?", caption="Simulated listeners.", system="item-kNN")
    page = show(widget, theme=theme, viewport={"width": width, "height": 1400})
    for metric in ("nDCG", "Coverage"):
        page.get_by_role("button", name=metric, exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        check_axe(page)
    small = page.locator(".mb-chip, .mb-metric-row, .mb-metric-tune, .mb-metric-pick select, .mb-metric-slider")
    assert min(small.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().height)")) >= 44


def test_its_state_is_small(parts):
    widget = explorer(parts)
    assert len(json.dumps([widget.data, widget.tunes, widget.names, widget.example])) < 60_000


def test_tunes_come_from_the_catalogue(cat):
    train, test = split(list(cat.table.index[:M]))
    widget = MetricExplorer.of([Popularity().fit(train), Random(1).fit(train)], train, test, cat, n=20, negatives=20)
    assert set(widget.names) <= {cat[each].title for each in train.items}
    assert max(note[0] for each in widget.tunes for note in each["notes"]) <= 4 * 6 + 4


def test_bad_input_is_refused(parts):
    systems, train, test = parts
    listeners = np.unique(test.listener)[:8]
    lists = {each.name: each.top(listeners, 20) for each in systems}
    melodies = {i: Tunes()[f"T{i}"] for i in range(M)}
    arguments = {"train": train, "test": test, "listeners": listeners, "melodies": melodies}

    def refused(message, lists=lists, **change):
        with pytest.raises(MusicError, match=message):
            MetricExplorer(lists, **arguments | change)

    refused("1 systems to compare", {"popularity": lists["popularity"]})
    refused(r"shape \(8, 10\)", {name: each[:, :10] for name, each in lists.items()})
    refused("no melody for item", melodies={})
    refused("no system 'best'", system="best")
    refused("0 to 7, not 8", example=8)
    refused("sampled lists of popularity beside", sampled={"popularity": lists["popularity"]})
    alone = test.keep(test.listener != listeners[2])
    refused(f"listener {listeners[2]} has nothing relevant", test=alone)
    with pytest.raises(MusicError, match="are wanted"):
        explorer((*parts[:2], test.keep(test.listener < 9)))
