"""First questions and first lists: what is shown is spread out, what is clicked is liked, and the prior fades."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend import coldstart, onboarding


def test_tunes_that_are_spread_out_come_one_from_each_group():
    rng = np.random.default_rng(0)
    middles = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])
    F = np.concatenate([middle + rng.normal(size=(30, 2)) for middle in middles])
    chosen = onboarding.spread_out(F, 4)
    assert (chosen // 30).tolist() == [0, 1, 2, 3]
    assert np.linalg.norm(F[chosen] - middles, axis=1).max() < 1
    assert onboarding.spread_out(np.zeros((5, 2)), 3).tolist() == sorted(
        set(onboarding.spread_out(np.zeros((5, 2)), 3))
    )
    with pytest.raises(ValueError, match="6 of 5 tunes"):
        onboarding.spread_out(np.zeros((5, 2)), 6)


def test_yes_and_clicks_follow_the_chances():
    chance = np.tile([0.05, 0.2, 0.5, 0.9], (4000, 1))
    np.testing.assert_allclose(onboarding.say(chance, 1).mean(axis=0), chance[0], atol=0.02)
    first = onboarding.pick(chance, 1, 1)[:, 0]
    odds = chance[0] / (1 - chance[0])
    np.testing.assert_allclose(np.bincount(first) / 4000, odds / odds.sum(), atol=0.02)
    three = onboarding.pick(chance, 3, 1)
    assert (three[:, 0] == first).all()
    assert all(len(set(row)) == 3 for row in three[:50])
    assert onboarding.pick(np.array([[0.0, 1.0]]), 1).tolist() == [[1]]
    with pytest.raises(ValueError, match="5 clicks on 4 tunes"):
        onboarding.pick(chance, 5)


def test_the_prior_is_all_at_first_and_fades():
    scores, popularity = np.random.default_rng(0).normal(size=(3, 50)), np.arange(50)
    ranks = [onboarding.with_prior(scores, popularity, n).argsort(axis=1) for n in (0, 1, 10_000_000)]
    assert (ranks[0] == np.arange(50)).all()
    assert not (ranks[1] == ranks[0]).all()
    assert (ranks[2] == scores.argsort(axis=1)).all()
    assert (onboarding.with_prior(scores, popularity, 2, 0.0).argsort(axis=1) == ranks[2]).all()
    with pytest.raises(ValueError, match="not below 0"):
        onboarding.with_prior(scores, popularity, -1)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_listeners_have_met_a_new_item(world, n):
    items = np.array([0, 7, 30])
    part = coldstart.few_listeners(world, items, n, seed=3)
    old, few = world.popularity, part.popularity
    assert few[items].tolist() == np.minimum(n, old[items]).tolist()
    rest = np.setdiff1d(np.arange(world.n_items), items)
    assert (few[rest] == old[rest]).all()
    dense, more = (coldstart.few_listeners(world, items, k, seed=3).matrix.toarray() for k in (n, n + 1))
    assert (world.matrix.toarray()[dense > 0] == dense[dense > 0]).all()
    assert ((more > 0) >= (dense > 0)).all()


def test_the_picture_has_a_curve_for_each_way():
    from musicbook.recommend.onboarding_figure import draw_starts

    axes = draw_starts([0, 1, 5], {"a": {"x": [0, 1, 2], "y": [1, 1, 1]}, "b": {"y": [2, 1, 0]}}, "plays")
    assert [len(each.get_lines()) for each in axes] == [2, 1]
    assert axes[0].get_lines()[1].get_color() == axes[1].get_lines()[0].get_color()
    assert [tick.get_text() for tick in axes[1].get_xticklabels()] == ["0", "1", "5"]
