"""Coverage, Gini, novelty, diversity, calibration and popularity lift, against loops in plain Python."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances
from worlds import small_world

from musicbook.recommend import beyond

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def train():
    return small_world().split_random(0.2, seed=1)[0]


@pytest.fixture(scope="module")
def lists(train):
    lists = np.argsort(np.random.default_rng(1).random(train.shape), axis=1)[:, :6]
    lists[3, 2:] = lists[4] = -1
    lists[5, 1:] = -1
    return lists


def test_coverage_and_exposure_count_items(lists, train):
    shown = {int(item) for item in lists.ravel() if item >= 0}
    assert beyond.coverage(lists, 100) == len(shown) / 100
    assert beyond.exposure(lists, train.n_items).sum() == (lists >= 0).sum()


def test_gini_is_the_mean_difference():
    lists = RNG.integers(0, 12, (30, 1))
    shown = np.bincount(lists.ravel(), minlength=12)
    differences = sum(abs(a - b) for a in shown for b in shown)
    assert beyond.gini(lists, 12) == pytest.approx(differences / (2 * 12 * shown.sum()))
    assert beyond.gini(np.arange(12)[None], 12) == 0
    assert beyond.gini(np.array([[3]]), 1000) == pytest.approx(0.999)
    with pytest.raises(ValueError, match="no list holds an item"):
        beyond.gini(np.array([[-1]]), 3)


def test_novelty_is_self_information(lists, train):
    values = beyond.novelty(lists, train)
    for row, value in zip(lists, values, strict=True):
        bits = [-math.log2(max(train.popularity[i], 1) / train.n_listeners) for i in row if i >= 0]
        assert value == pytest.approx(np.mean(bits), abs=1e-12) if bits else np.isnan(value)


def test_diversity_is_the_mean_over_pairs(lists, train):
    features = np.random.default_rng(2).normal(size=(train.n_items, 4))
    features[2] = 0
    apart = cosine_distances(features)
    np.fill_diagonal(apart, 0)
    values = beyond.diversity(lists, features)
    for row, value in zip(lists, values, strict=True):
        pairs = [apart[a, b] for a, b in combinations(row[row >= 0], 2)]
        assert value == pytest.approx(np.mean(pairs), abs=1e-12) if pairs else np.isnan(value)


def test_calibration_is_stecks_divergence(lists, train):
    kinds = np.random.default_rng(3).dirichlet(np.full(3, 0.3), train.n_items)
    some = np.array([9, 3, 4, 0])
    values = beyond.calibration(lists[some], train, kinds, some)
    for who, value in zip(some, values, strict=True):
        row = lists[who][lists[who] >= 0]
        if not len(row):
            assert np.isnan(value)
            continue
        p, q = kinds[train.items_of(who)].mean(axis=0), kinds[row].mean(axis=0)
        wanted = sum(a * math.log(a / (0.99 * b + 0.01 * a)) for a, b in zip(p, q, strict=True))
        assert value == pytest.approx(wanted, abs=1e-6)  # the training matrix is float32
    own = np.full((train.n_listeners, train.n_items), -1)
    for who in range(train.n_listeners):
        own[who, : len(train.items_of(who))] = train.items_of(who)
    assert beyond.calibration(own, train, kinds) == pytest.approx(0, abs=1e-6)


def test_groups_are_the_two_ends(train):
    group = beyond.groups(train)
    n = train.n_listeners
    assert np.bincount(group).tolist() == [round(0.2 * n), n - 2 * round(0.2 * n), round(0.2 * n)]
    popular = set(np.argsort(-train.popularity, kind="stable")[: round(0.2 * train.n_items)].tolist())
    share = np.array([np.mean([i in popular for i in train.items_of(u)]) for u in range(n)])
    assert share[group == 0].max() <= share[group == 1].min()
    assert share[group == 1].max() <= share[group == 2].min()


def test_popularity_lift_is_the_change_of_gap(lists, train):
    group = beyond.groups(train)
    lift = beyond.popularity_lift(lists, train, group)
    known = train.popularity / train.n_listeners
    for each in range(3):
        who = [u for u in np.flatnonzero(group == each) if (lists[u] >= 0).any()]
        before = np.mean([known[train.items_of(u)].mean() for u in who])
        after = np.mean([known[lists[u][lists[u] >= 0]].mean() for u in who])
        assert lift[each] == pytest.approx((after - before) / before)
    some = np.array([7, 20, 1])
    assert beyond.popularity_lift(lists[some], train, np.zeros(3, int), some).shape == (1,)
