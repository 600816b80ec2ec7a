"""The ranking metrics against a textbook in plain Python, scikit-learn, and trec_eval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from musicbook.recommend import ranking
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.popularity import Popularity, Random

N, M, K = 60, 40, 10
EXACT = {"rtol": 0, "atol": 1e-9}


@pytest.fixture(scope="module")
def test():
    """Held-out pairs with grades 1 to 5; the last listener has none."""
    rng = np.random.default_rng(0)
    listener, item = np.nonzero(rng.random((N - 1, M)) < rng.uniform(0.03, 0.6, (N - 1, 1)))
    return Interactions(listener, item, rng.integers(1, 6, len(item)), range(N), range(M), kind="ratings")


@pytest.fixture(scope="module")
def lists():
    """Full rankings, some of them cut short."""
    rng = np.random.default_rng(1)
    lists = np.argsort(rng.random((N, M)), axis=1)
    lists[7, 4:] = lists[8, :] = -1
    return lists


def textbook(row, weights, k):
    """All metrics of one list, in plain Python; weights maps each relevant item to its grade."""
    top = [int(item) for item in row[:k]]
    hit = [item in weights for item in top]
    p, r = sum(hit) / k, sum(hit) / len(weights)
    gain = [1 / math.log2(i + 2) for i in range(k)]
    grades = sorted(weights.values(), reverse=True)
    precisions = [sum(hit[: i + 1]) / (i + 1) for i in range(k) if hit[i]]
    return {
        "precision": p,
        "recall": r,
        "capped": sum(hit) / min(k, len(weights)),
        "f1": 2 * p * r / (p + r) if p + r else 0.0,
        "hit rate": float(any(hit)),
        "MRR": next((1 / (i + 1) for i in range(k) if hit[i]), 0.0),
        "MAP": sum(precisions) / len(weights),
        "nDCG": sum(g for g, h in zip(gain, hit, strict=True) if h) / sum(gain[: min(k, len(weights))]),
        "graded": sum(g * weights.get(item, 0) for g, item in zip(gain, top, strict=True))
        / sum(g * w for g, w in zip(gain, grades, strict=False)),
    }


def ours(lists, test, k, listeners=None):
    values = {name: metric(lists, test, k, listeners) for name, metric in ranking.METRICS.items()}
    values["capped"] = ranking.recall(lists, test, k, listeners, capped=True)
    values["graded"] = ranking.ndcg(lists, test, k, listeners, graded=True)
    return values


@pytest.mark.parametrize("k", [1, 5, K, M])
def test_every_metric_is_the_textbooks(lists, test, k):
    values = ours(lists, test, k)
    for who in range(N - 1):
        weights = dict(zip(test.items_of(who).tolist(), test.matrix[[who]].data.astype(float).tolist(), strict=True))
        wanted = textbook(lists[who], weights, k)
        assert {name: values[name][who] for name in wanted} == pytest.approx(wanted, abs=1e-12)


def test_a_listener_without_a_relevant_item_is_not_judged(lists, test):
    for name, values in ours(lists, test, K).items():
        assert np.isnan(values[-1]), name
        assert np.isfinite(values[:-1]).all(), name
        assert ranking.mean(values) == pytest.approx(values[:-1].mean())


def test_rows_belong_to_the_listeners_that_are_named(lists, test):
    some = np.array([30, 2, 11])
    for name, values in ours(lists[some], test, K, some).items():
        np.testing.assert_array_equal(values, ours(lists, test, K)[name][some])


def test_scikit_learn_agrees(lists, test):
    whole = [who for who in range(N - 1) if lists[who, -1] >= 0]
    scores = np.zeros((N, M))
    np.put_along_axis(scores, lists, np.arange(M, 0, -1.0)[None], axis=1)
    truth, grades = test.binary.toarray(), test.matrix.toarray()
    values = ours(lists, test, K)
    full = ranking.average_precision(lists, test, M)
    for who in whole:
        row = scores[[who]]
        assert values["nDCG"][who] == pytest.approx(ndcg_score(truth[[who]], row, k=K), abs=1e-9)
        assert values["graded"][who] == pytest.approx(ndcg_score(grades[[who]], row, k=K), abs=1e-9)
        assert full[who] == pytest.approx(average_precision_score(truth[who], row[0]), abs=1e-9)


def test_trec_eval_agrees(lists, test):
    pytrec_eval = pytest.importorskip("pytrec_eval")
    some = range(N - 1)
    qrel = {str(u): {str(i): 1 for i in test.items_of(u)} for u in some}
    graded = {
        str(u): {str(i): int(w) for i, w in zip(test.items_of(u), test.matrix[[u]].data, strict=True)} for u in some
    }
    run = {str(u): {str(i): float(M - at) for at, i in enumerate(lists[u]) if i >= 0} for u in some}
    run["8"] = {"nothing": 0.0}  # trec_eval leaves out who has no list
    names = {
        "P_10": "precision",
        "recall_10": "recall",
        "success_10": "hit rate",
        "map_cut_10": "MAP",
        "ndcg_cut_10": "nDCG",
    }
    values = ours(lists, test, K)
    theirs = pytrec_eval.RelevanceEvaluator(qrel, set(names)).evaluate(run)
    for name, own in names.items():
        np.testing.assert_allclose(values[own][:-1], [theirs[str(u)][name] for u in some], **EXACT, err_msg=name)
    theirs = pytrec_eval.RelevanceEvaluator(graded, {"ndcg_cut_10", "recip_rank"}).evaluate(run)
    np.testing.assert_allclose(values["graded"][:-1], [theirs[str(u)]["ndcg_cut_10"] for u in some], **EXACT)
    first = ranking.reciprocal_rank(lists, test, M)[:-1]  # theirs has no k
    np.testing.assert_allclose(first, [theirs[str(u)]["recip_rank"] for u in some], **EXACT)


def test_a_perfect_list_has_one_and_recall_says_so_only_if_capped():
    test = Interactions([0] * 15, range(15), [1] * 15, ["a"], range(30))
    lists = np.arange(10)[None]
    assert ranking.ndcg(lists, test)[0] == ranking.recall(lists, test, capped=True)[0] == 1
    assert ranking.average_precision(lists, test, capped=True)[0] == 1
    assert ranking.recall(lists, test)[0] == pytest.approx(10 / 15)


@pytest.mark.parametrize(
    ("change", "k", "message"),
    {
        "twice": (lambda lists: lists.__setitem__((0, 1), lists[0, 0]), 10, "twice in one list"),
        "outside": (lambda lists: lists.__setitem__((0, 1), M), 10, f"outside 0 to {M - 1}"),
        "long": (lambda lists: None, M + 1, f"hold {M} items"),
        "zero": (lambda lists: None, 0, "between 1 and that, not 0"),
    }.values(),
)
def test_bad_lists_are_refused(lists, test, change, k, message):
    lists = lists.copy()
    change(lists)
    with pytest.raises(ValueError, match=message):
        ranking.precision(lists, test, k)


def test_lists_for_other_listeners_are_refused(lists, test):
    with pytest.raises(ValueError, match="60 listeners; one row for each"):
        ranking.precision(lists[:3], test, 10)


def test_relevant_keeps_four_stars(test):
    assert ranking.relevant(test, 4).weight.min() == 4
    with pytest.raises(ValueError, match="the greatest weight is 5"):
        ranking.relevant(test, 6)


def test_the_table_counts_who_is_left_out(world):
    train, test = world.split_random(0.2, seed=0)
    features = np.random.default_rng(0).random((world.n_items, 3))
    table, values = ranking.evaluate(Popularity().fit(train), train, test, 5, least=6, features=features)
    judged = np.unique(test.listener[test.weight >= 6])
    assert table["judged"] == len(judged) == len(values)
    assert table["left out"] == world.n_listeners - len(judged) > 0
    assert values.index.tolist() == judged.tolist()
    assert table["nDCG"] == pytest.approx(values["nDCG"].mean())
    lists = Popularity().fit(train).top(judged, 5)
    assert table["recall"] == pytest.approx(
        ranking.recall(lists, ranking.relevant(test, 6), 5, judged).mean(), abs=1e-12
    )
    assert table.name == "popularity"
    assert 0 < table["diversity"] < 1
    random, _ = ranking.evaluate(Random(0).fit(train), train, test, 5)
    assert random["coverage"] > table["coverage"]
    assert random["Gini"] < table["Gini"]
    assert random["novelty"] > table["novelty"]
    assert random["nDCG"] < table["nDCG"]
