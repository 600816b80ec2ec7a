"""Experiments and records of a release: do the intervals hold the truth, and does reweighing undo what choosing did?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from musicbook.recommend import uplift

RNG = np.random.default_rng(0)
SCORE = RNG.normal(size=4000)
CHANCE = 1 / (1 + np.exp(1 - 1.5 * SCORE))


def test_the_formula_is_welchs_and_the_bootstrap_agrees():
    a, b = RNG.random(300) < 0.5, RNG.random(200) < 0.3
    found = uplift.difference(a, b)
    theirs = stats.ttest_ind(a.astype(float), b.astype(float), equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-3)
    again = uplift.redrawn(a, b)
    assert again.mean == found.mean
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=0.012)
    with pytest.raises(ValueError, match="two in each"):
        uplift.difference([1], b)


def test_arms_are_apart_and_each_shows_its_best():
    first, second = uplift.experiment(np.arange(100) >= 50, np.arange(100), -np.arange(100), 20, seed=3)
    assert first.all()
    assert not second.any()
    with pytest.raises(ValueError, match="1 to 50"):
        uplift.experiment(np.full(100, 0.5), SCORE[:100], SCORE[:100], 51)


@pytest.mark.slow
def test_intervals_of_many_experiments_hold_the_truth():
    chance, inside = np.full(1000, 0.3), 0
    for seed in range(300):
        arms = uplift.experiment(chance, SCORE[:1000], SCORE[1000:2000], 100, seed)
        found = uplift.difference(*arms)
        inside += found.low <= 0 <= found.high
    assert 0.91 <= inside / 300 <= 0.98


def test_reading_a_log_naively_flatters_and_reweighing_does_not():
    records = [uplift.keep_log(CHANCE, SCORE, 1.0, seed=seed) for seed in range(60)]
    naive = np.mean([uplift.naive(each) - each.uplift for each in records])
    reweighed = np.mean([uplift.reweighed(each) - each.uplift for each in records])
    assert naive > 0.1
    assert abs(reweighed) < 0.01


def test_where_a_die_decides_the_naive_reading_is_right():
    records = [uplift.keep_log(CHANCE, SCORE, 0.0, seed=seed) for seed in range(60)]
    assert abs(np.mean([uplift.naive(each) - each.uplift for each in records])) < 0.01
    assert uplift.naive(records[0]) == pytest.approx(uplift.reweighed(records[0]))


def test_the_true_uplift_is_that_of_the_two_probabilities():
    record = uplift.keep_log(np.array([0.5, 1.0]), np.array([0.0, 1.0]), organic=0.2, looks=0.5)
    without, shown = np.array([0.1, 0.2]), np.array([1 - 0.9 * 0.75, 1 - 0.8 * 0.5])
    assert record.uplift == pytest.approx((shown - without).mean())
