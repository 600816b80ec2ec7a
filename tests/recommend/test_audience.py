"""An audience for something new: scores, plans, segments, and whether the plans beat cheap ones on simulated listeners."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.recommend import audience, coldstart, content, listeners
from musicbook.recommend.audience_panels import plan_panels
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.intervals import paired_bootstrap


@pytest.fixture(scope="module")
def world():
    observed, truth = listeners.thousand()
    F, names = content.item_features(corpus.load())
    return observed.interactions, truth, F, names, audience.interests(observed.interactions, F)


@pytest.mark.slow
def test_interests_are_those_of_the_content_chapter(world):
    log, _, F, _, people = world
    for who in (0, 240, 999):
        row = log.matrix[[who]]
        one = content.build_interest_model(row.indices, F, 1 + np.log(row.data))
        np.testing.assert_allclose(people[who], one, atol=1e-5)


def test_a_listener_without_a_history_has_no_interest():
    log = Interactions([0], [1], [1.0], ["a", "b"], ["x", "y"])
    people = audience.interests(log, np.eye(2))
    np.testing.assert_array_equal(people, [[0, 1], [0, 0]])
    assert audience.wanting(people, np.array([[0.0, 2.0]])).tolist() == [[1.0], [0.0]]
    with pytest.raises(ValueError, match="one for each"):
        audience.interests(log, np.eye(3))


@pytest.mark.slow
def test_plans_are_nested_and_spreading_makes_them_diverse(world):
    *_, F, _, people = world
    score = audience.wanting(people, F[[77]])[:, 0]
    best = audience.spend(score, 50)
    assert score[best].min() >= np.delete(score, best).max()
    wide = audience.spend(score, 50, people, 0.5)
    np.testing.assert_array_equal(wide[:20], audience.spend(score, 20, people, 0.5))
    chance = np.full(1000, 0.3)
    assert audience.judge(wide, chance, people).diversity > audience.judge(best, chance, people).diversity + 0.1
    with pytest.raises(ValueError, match="1 to 1000"):
        audience.spend(score, 1001)
    with pytest.raises(ValueError, match="interests"):
        audience.spend(score, 10, None, 0.5)


def test_an_outcome_counts():
    people = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    outcome = audience.judge(np.array([0, 1]), np.array([0.9, 0.5, 0.1, 0.5]), people)
    assert outcome == pytest.approx((0.7, 0.7, 1.0))


@pytest.mark.slow
def test_content_finds_the_audience_of_tunes_that_nobody_played(world):
    log, truth, F, _, _ = world
    items = np.random.default_rng(1).choice(len(F), 40, replace=False)
    people = audience.interests(coldstart.without_items(log, items), F)
    chance = truth.affinity(np.arange(1000))[:, items]
    score = audience.wanting(people, F[items])
    busy = np.repeat(np.diff(log.matrix.indptr)[:, None], 40, axis=1)
    curves = [audience.exposure_curve(each, chance, people, [20, 100]) for each in (score, busy)]
    assert paired_bootstrap(curves[0][:, 1, 1], curves[1][:, 1, 1]).low > 0.1
    plan = audience.spend(score[:, 7], 20)
    assert curves[0][7, 0].tolist() == pytest.approx(list(audience.judge(plan, chance[:, 7], people)))


@pytest.mark.slow
def test_segments_and_gaps(world):
    *_, F, names, people = world
    label, centres = audience.segments(people, 6, seed=1)
    sizes = np.bincount(label)
    assert (np.diff(sizes) <= 0).all()
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(6))
    away = people - people.mean(axis=0)
    assert np.mean((away @ centres.T).argmax(axis=1) == label) > 0.95
    table = audience.gaps(label, centres, F, names)
    assert table[["demand", "supply"]].sum().tolist() == pytest.approx([1, 1])
    assert table["ratio"].tolist() == pytest.approx((table["demand"] / table["supply"]).tolist())
    strongest = names[np.abs(centres[0]).argmax()]
    assert strongest in table["wants"][0].split(", ")[0]
    with pytest.raises(ValueError, match="segments"):
        audience.segments(people, 1)


@pytest.mark.slow
def test_panels_hold_the_means_of_the_curves(world):
    *_, people = world
    rng = np.random.default_rng(0)
    score, chance = rng.random((2, 1000, 3))
    panels = plan_panels(
        [{"content": score, "other": chance}] * 2, [chance, 1 - chance], people, [10, 40], [0, 0.5, 1.0]
    )
    assert [panel["bars"]["content"].shape for panel in panels] == [(2, 2, 3)] * 3
    assert (panels[0]["low"]["content"] < panels[0]["high"]["content"]).all()
    curve = audience.exposure_curve(score, 1 - chance, people, [10, 40], 0.5).mean(axis=0)
    assert panels[1]["bars"]["content"][:, 1, 1].tolist() == pytest.approx(curve[:, 1].tolist())
    other = audience.exposure_curve(chance, chance, people, [10, 40]).mean(axis=0)
    np.testing.assert_allclose(panels[2]["bars"]["other"][:, 0], np.repeat(other[:, 2:], 3, axis=1))
