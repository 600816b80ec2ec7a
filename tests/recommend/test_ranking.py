"""Every metric against scikit-learn where it has the same one, and against a slow textbook version."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import small_world
from sklearn.metrics import average_precision_score, ndcg_score

from musicbook.recommend import beyond, ranking
from musicbook.recommend.ease import EASE
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.intervals import bootstrap, paired_bootstrap


@pytest.fixture(scope="module")
def judged():
    """Lists of all items in an order of chance, and what is relevant."""
    test = small_world(seed=5)
    lists = np.argsort(np.random.default_rng(1).random(test.shape), axis=1)
    return lists, test


def slowly(codes, weights, k):
    """All metrics of one list, as a textbook writes them."""
    hit = [code in weights for code in codes[:k]]
    found, n = sum(hit), len(weights)
    p, r = found / k, found / n
    gain = sum(1 / math.log2(place + 2) for place in range(k) if hit[place])
    best = sum(1 / math.log2(place + 2) for place in range(min(k, n)))
    return {
        "precision": p,
        "recall": r,
        "f1": 2 * p * r / (p + r) if found else 0,
        "hit rate": float(found > 0),
        "MRR": 1 / (hit.index(True) + 1) if found else 0,
        "MAP": sum(sum(hit[: place + 1]) / (place + 1) for place in range(k) if hit[place]) / n,
        "nDCG": gain / best,
    }


@pytest.mark.parametrize("name", ranking.METRICS)
@pytest.mark.parametrize("k", [1, 5, 20, 60])
def test_metric_is_the_textbook_s(judged, name, k):
    lists, test = judged
    values = ranking.METRICS[name](lists, test, k)
    wanted = [slowly(codes.tolist(), set(test.items_of(u).tolist()), k)[name] for u, codes in enumerate(lists)]
    np.testing.assert_allclose(values, wanted, atol=1e-12)


@pytest.mark.parametrize("k", [3, 10, 60])
@pytest.mark.parametrize("graded", [False, True])
def test_ndcg_is_scikit_learn_s(judged, k, graded):
    lists, test = judged
    scores = np.empty(lists.shape)
    np.put_along_axis(scores, lists, -np.arange(lists.shape[1])[None].repeat(len(lists), 0), axis=1)
    truth = (test.matrix if graded else test.binary).toarray()
    wanted = [ndcg_score(truth[[u]], scores[[u]], k=k) for u in range(len(lists))]
    np.testing.assert_allclose(ranking.ndcg(lists, test, k, graded=graded), wanted, atol=1e-9)


def test_average_precision_of_the_whole_list_is_scikit_learn_s(judged):
    lists, test = judged
    scores = np.empty(lists.shape)
    np.put_along_axis(scores, lists, -np.arange(lists.shape[1])[None].repeat(len(lists), 0), axis=1)
    wanted = [average_precision_score(test.binary.toarray()[u], scores[u]) for u in range(len(lists))]
    np.testing.assert_allclose(ranking.average_precision(lists, test, lists.shape[1]), wanted, atol=1e-9)


def test_rows_belong_to_the_listeners_named(judged):
    lists, test = judged
    some = np.array([7, 3, 11])
    np.testing.assert_array_equal(ranking.ndcg(lists[some], test, 10, some), ranking.ndcg(lists, test, 10)[some])


def test_a_listener_without_anything_relevant_is_left_out():
    test = Interactions([0], [1], [1], ["a", "b"], ["x", "y"])
    values = ranking.recall(np.array([[1], [0]]), test, 1)
    assert values[0] == 1
    assert np.isnan(values[1])
    assert ranking.mean(values) == 1


def test_empty_places_count_as_wrong():
    test = Interactions([0], [1], [1], ["a"], ["x", "y"])
    assert ranking.precision(np.array([[1, -1]]), test, 2).tolist() == [0.5]


@pytest.mark.parametrize(
    ("lists", "k", "message"),
    [
        ([[0, 1]], 3, "so k lies between 1 and that, not 3"),
        ([[2, 0]], 1, "outside 0 to 1"),
        ([[1, 1]], 2, "stands twice"),
        ([[0], [1]], 1, "for 1 listeners"),
    ],
)
def test_bad_lists_are_named(lists, k, message):
    test = Interactions([0], [1], [1], ["a"], ["x", "y"])
    with pytest.raises(ValueError, match=message):
        ranking.precision(np.array(lists), test, k)


def test_the_table_is_the_mean_of_its_rows(world):
    train, test = world.split_random(0.3, 1)
    table, values = ranking.evaluate(EASE(30).fit(train), train, test)
    assert table["nDCG"] == pytest.approx(values["nDCG"].mean())
    assert table["judged"] + table["left out"] == world.n_listeners
    with pytest.raises(ValueError, match="no pair weighs 99"):
        ranking.relevant(test, 99)


def test_gini_and_coverage():
    assert beyond.gini(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0)
    assert beyond.gini(np.array([[0], [0], [0]]), 4) == pytest.approx(0.75)
    assert beyond.coverage(np.array([[0, 1], [1, -1]]), 4) == 0.5


def test_intervals_cover_and_tell_a_difference():
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(60):
        low_high = bootstrap(rng.normal(0.3, 1, 80), seed=seed)
        inside += low_high[1] <= 0.3 <= low_high[2]
    assert 50 <= inside <= 60
    base = rng.random(200)
    assert paired_bootstrap(base + 0.05 + rng.normal(0, 0.02, 200), base)[1] > 0
