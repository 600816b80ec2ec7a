"""Groups of listeners, attention for providers, and a re-ranking with its price."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.recommend import fairness, ranking
from musicbook.recommend.listeners import thousand
from musicbook.recommend.neighbours import UserKNN

LISTS = np.array([[0, 1], [0, 2], [1, -1]])
PROVIDER = np.array([0, 0, 1])


def test_attention_by_hand():
    second = 1 / np.log2(3)
    assert fairness.attention(LISTS, PROVIDER) == pytest.approx(np.array([3 + second, second]) / (3 + 2 * second))
    with pytest.raises(ValueError, match="no list"):
        fairness.attention(np.full((2, 2), -1), PROVIDER)
    assert fairness.disparity([0.8, 0.2], [0.5, 0.5]) == pytest.approx(0.3)
    assert fairness.disparity([0.5, 0.5], [0.5, 0.5]) == 0


def test_quality_and_gap_of_groups():
    values, group = np.array([1, 1, 1, 0, 0, np.nan]), np.array([0, 0, 0, 1, 1, 1])
    assert [each.mean for each in fairness.quality(values, group)] == [1, 0]
    found = fairness.gap(values, group, 0, 1)
    assert (found.mean, found.low, found.high) == (1, 1, 1)
    rng = np.random.default_rng(0)
    same = fairness.gap(rng.random(400), rng.integers(2, size=400), 0, 1)
    assert same.low < 0 < same.high
    with pytest.raises(ValueError, match="group 2"):
        fairness.gap(values, group, 2, 0)


@pytest.fixture(scope="module")
def system():
    train, test = thousand()[0].interactions.split_random(0.2, 0)
    _, provider = np.unique(corpus.load().table.loc[train.items, "collection"], return_inverse=True)
    return UserKNN().fit(train), train, test, provider


@pytest.mark.slow
def test_a_weight_buys_attention_and_costs_relevance(system):
    model, train, test, provider = system
    who = np.arange(0, 1000, 3)
    target = fairness.owed(train, provider)
    assert target.sum() == pytest.approx(1)
    far, good = [], []
    for weight in (0, 0.5, 1):
        lists = fairness.rerank(model, who, provider, target, weight)
        assert all(
            len(set(row)) == 10 and not set(row) & set(train.items_of(x)) for row, x in zip(lists, who, strict=True)
        )
        far.append(fairness.disparity(fairness.attention(lists, provider), target))
        good.append(ranking.mean(ranking.ndcg(lists, test, 10, who)))
    assert far[0] > far[1] > far[2] < 0.01
    assert good[2] < 0.95 * good[0] < good[1]
    assert np.array_equal(fairness.rerank(model, who, provider, target, 0), model.top(who))


@pytest.mark.slow
def test_what_cannot_be_is_refused(system):
    model, train, _, provider = system
    target = fairness.owed(train, provider, "tunes")
    for arguments in ((-0.1, 10), (1.1, 10), (0.5, 0), (0.5, 101)):
        with pytest.raises(ValueError, match="weight is 0 to 1"):
            fairness.rerank(model, [0], provider, target, *arguments)
    for wrong in (target[:-1], target * 2):
        with pytest.raises(ValueError, match="shares that add up"):
            fairness.rerank(model, [0], provider, wrong, 0.5)
    with pytest.raises(ValueError, match="not by 'fame'"):
        fairness.owed(train, provider, "fame")
