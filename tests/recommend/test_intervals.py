"""Bootstrap intervals cover what they promise, and the paired one sees what the unpaired one does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from musicbook.recommend.intervals import bootstrap, paired_bootstrap


def test_an_interval_is_scipys():
    values = np.random.default_rng(0).gamma(2, 1, 300)
    ours = bootstrap(values, draws=4000)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
    assert ours.mean == values.mean()
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert ours == bootstrap(values, draws=4000)
    assert ours != bootstrap(values, draws=4000, seed=1)


@pytest.mark.slow
def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    inside = [(i := bootstrap(rng.exponential(1, 100), draws=400, seed=s)).low <= 1 <= i.high for s in range(300)]
    assert 0.90 <= np.mean(inside) <= 0.98


def test_pairs_see_small_differences():
    rng = np.random.default_rng(2)
    hard = rng.random(200)
    a, b = hard + 0.02 + rng.normal(0, 0.02, 200), hard
    difference = paired_bootstrap(a, b)
    assert difference.mean == pytest.approx(np.mean(a - b))
    assert 0 < difference.low < difference.mean < difference.high
    assert difference.p == pytest.approx(2 / 2001)
    assert bootstrap(a).low < bootstrap(b).high  # alone, the intervals overlap
    back = paired_bootstrap(b, a)
    assert (back.mean, back.p) == (-difference.mean, difference.p)


@pytest.mark.slow
def test_equal_systems_do_not_differ():
    a = np.random.default_rng(3).random(50)
    assert paired_bootstrap(a, a) == (0, 0, 0, 1)
    rng = np.random.default_rng(4)
    p = [paired_bootstrap(rng.random(80), rng.random(80), draws=400, seed=s).p for s in range(200)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.04)


def test_listeners_who_cannot_be_judged_are_left_out():
    a, b = np.array([1.0, np.nan, 3, 5]), np.array([0.0, 1, np.nan, 2])
    assert bootstrap(a).mean == 3
    assert paired_bootstrap(a, b).mean == 2


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        bootstrap([1.0, np.nan])
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        bootstrap([1.0, 2], level=95)
    with pytest.raises(ValueError, match="same listeners"):
        paired_bootstrap([1.0, 2], [1.0, 2, 3])
