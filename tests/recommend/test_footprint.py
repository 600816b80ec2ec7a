"""Bytes predicted and bytes measured, and the data that they are measured on."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from musicbook.recommend import footprint, growth
from musicbook.recommend.footprint import BASE, BUDGET, METHODS, alone, limit, predict

trial = functools.cache(functools.partial(alone, growth.trial))
"""One process for each pair of method and size, whichever tests ask for it."""


def allocate(megabytes: int) -> int:
    return len(np.ones(megabytes * 125_000))


@pytest.mark.slow
def test_a_process_of_its_own_is_measured_and_nothing_else():
    held = np.ones(30_000_000)  # 240 MB here do not count there
    run = alone(allocate, 200)
    assert run.result == len(held) - 5_000_000
    assert 200e6 < run.peak < 200e6 + 2 * BASE
    assert alone(allocate, 10).peak < 2 * BASE + 10e6
    assert 0 < run.cpu_s < 20


@pytest.mark.parametrize(
    ("method", "listeners"),
    [
        pytest.param("dense table", 2000, marks=pytest.mark.large),
        pytest.param("dense neighbours", 8000, marks=pytest.mark.large),
        pytest.param("EASE", 2500, marks=pytest.mark.slow),
        pytest.param("user-kNN in blocks", 20_000, marks=pytest.mark.slow),
        pytest.param("item-kNN in blocks", 20_000, marks=pytest.mark.large),
        pytest.param("ALS", 4000, marks=pytest.mark.large),
    ],
)
def test_the_prediction_is_near_what_is_measured(method, listeners):
    run = trial(method, listeners)
    expected = BASE + predict(method, listeners, 10_000, run.result["pairs"])
    assert 0.65 < run.peak / expected < 1.35
    assert run.result["asked"] == growth.ASKED


@pytest.mark.slow
def test_user_knn_of_20_000_listeners_keeps_its_limit():
    assert trial("user-kNN in blocks", 20_000).peak < 320e6


def test_the_limit_is_the_last_that_fits():
    for method in METHODS:
        n = limit(method, 10_000, 56)
        need = [BASE + predict(method, k, 10_000, 56 * k) for k in (n, round(n * 1.01))]
        assert need[0] <= BUDGET < need[1], method
    assert limit("dense table", 10_000, 56) < limit("dense neighbours", 10_000, 56) < 30_000
    assert limit("user-kNN in blocks", 10_000, 56) > 100_000
    assert limit("dense table", 10**9, 56) == 0


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="method 'magic'; there are dense table"):
        predict("magic", 1, 1, 1)
    with pytest.raises(ValueError, match="all are above 0"):
        predict("EASE", 10, 10, 0)
    with pytest.raises(ValueError, match="method 'magic'"):
        growth.trial("magic", 10, 100, 5)


@pytest.mark.slow
def test_a_crowd_has_the_size_and_the_skew_that_were_asked_for():
    crowd = growth.crowd(6000, 4000, 56)
    assert crowd.shape == (6000, 4000)
    assert len(crowd) / 6000 == pytest.approx(56, rel=0.1)
    ranked = np.sort(crowd.popularity)[::-1]
    assert ranked[:40].sum() / ranked.sum() > 0.15  # the most popular hundredth
    again = growth.crowd(6000, 4000, 56)
    assert np.array_equal(crowd.item, again.item)
    assert not np.array_equal(crowd.item[:100], growth.crowd(6000, 4000, 56, seed=1).item[:100])


def test_every_method_of_the_record_is_known():
    record = growth.recorded()
    assert {row["method"] for row in record["growth"]} <= set(METHODS)
    assert record["machine"]
    assert footprint.GIB == 2**30
