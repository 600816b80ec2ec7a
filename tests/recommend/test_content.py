"""Content-based recommendation against its definition, and on tunes that nobody has played."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import StandardScaler

from musicbook.music import corpus
from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import content, listeners, ranking
from musicbook.recommend.coldstart import without_items
from musicbook.recommend.content import ContentBased, PredictedFactors
from musicbook.recommend.factors import ALS
from musicbook.recommend.popularity import Random

RNG = np.random.default_rng(0)
F = RNG.normal(size=(40, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def features():
    return content.item_features(corpus.load())


def test_features_are_standardised_and_named(features):
    table, names = features
    assert table.shape == (len(corpus.load()), len(names))
    assert set(names) == {name for group in content.GROUPS.values() for name in group}
    assert np.abs(table).max() <= 3
    raw = corpus.load().table[names[:15]].to_numpy(float)
    wanted = np.clip(StandardScaler().fit_transform(raw), -3, 3)
    np.testing.assert_allclose(table[:, :15], wanted, atol=1e-5)
    assert (content.standardise(np.ones((5, 1))) == 0).all()


def test_interest_is_a_weighted_mean():
    np.testing.assert_allclose(content.build_interest_model([3, 7], F), F[[3, 7]].mean(axis=0), rtol=1e-6)
    weighted = content.build_interest_model([3, 7], F, weights=[3, 1], dislikes=[9])
    np.testing.assert_allclose(weighted, 0.75 * F[3] + 0.25 * F[7] - F[9], rtol=1e-5)
    aged = content.build_interest_model([3, 7], F, ages=[0, 30], half_life=30)
    np.testing.assert_allclose(aged, (2 * F[3] + F[7]) / 3, rtol=1e-5)
    assert (content.build_interest_model([], F) == 0).all()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="one weight, not below 0, for each of 2 items; got 1"):
        content.build_interest_model([1, 2], F, weights=[1])
    with pytest.raises(ValueError, match="1 ages for a history of 2"):
        content.build_interest_model([1, 2], F, ages=[1])
    with pytest.raises(ValueError, match="half-life of 0"):
        content.build_interest_model([1], F, ages=[1], half_life=0)
    with pytest.raises(ValueError, match="they share one space"):
        content.cosine(np.ones(5), F)
    with pytest.raises(IndexError):
        content.build_interest_model([99], F)
    with pytest.raises(ValueError, match="discovery of 2"):
        content.rerank([1], np.ones(40), F, 1, 2)


def test_recommend_ranks_everything_that_is_new():
    interest = content.build_interest_model([3, 7], F)
    wanted = cosine_similarity(interest[None], F)[0]
    np.testing.assert_allclose(content.cosine(interest, F), wanted, atol=1e-6)
    order = [item for item in np.argsort(-wanted, kind="stable") if item not in (3, 7)]
    assert content.recommend(interest, F, 40, seen=[3, 7]).tolist() == order
    assert content.recommend(interest, F, 3, seen=[3, 7]).tolist() == order[:3]


def test_explanation_sums_to_the_score():
    interest = content.build_interest_model([3, 7], F)
    parts = content.explain(interest, F, 11, list("abcdef"))
    assert sum(part for _, part in parts) == pytest.approx(content.cosine(interest, F)[11], abs=1e-6)
    assert [part for _, part in parts] == sorted((part for _, part in parts), reverse=True)


def slowly(candidates, scores, k, d):
    """MMR as its paper writes it."""
    chosen, left = [], list(candidates)
    while left and len(chosen) < k:

        def gain(item, chosen=tuple(chosen)):
            near = max((cosine_similarity(F[[item]], F[[other]])[0, 0] for other in chosen), default=0)
            return (1 - d) * scores[item] - d * near

        best = max(left, key=gain)
        chosen.append(best)
        left.remove(best)
    return chosen


@pytest.mark.parametrize("discovery", [0, 0.3, 0.7, 1])
def test_mmr_is_its_definition(discovery):
    scores = content.cosine(content.build_interest_model([3, 7], F), F)
    found = content.rerank(np.arange(20), scores, F, 8, discovery)
    assert found.tolist() == slowly(range(20), scores, 8, discovery)


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_the_candidates_does_not_matter(order):
    scores = content.cosine(content.build_interest_model([30], F), F)
    assert content.rerank(order, scores, F, 5, 0.5).tolist() == content.rerank(range(12), scores, F, 5, 0.5).tolist()


@pytest.mark.slow
def test_the_recommender_is_the_functions(features):
    table, _ = features
    log = listeners.thousand()[0].interactions
    fitted = ContentBased(table).fit(log)
    mine = log.items_of(7)
    plays = log.matrix[[7]].data
    interest = content.build_interest_model(mine, table, weights=1 + np.log(plays))
    np.testing.assert_allclose(fitted.scores(np.array([7]))[0], content.cosine(interest, table), atol=1e-5)
    assert fitted.top(np.array([7]), 5)[0].tolist() == content.recommend(interest, table, 5, seen=mine).tolist()
    with pytest.raises(ValueError, match="3 rows of features for 12532 items"):
        ContentBased(table[:3]).fit(log)


@pytest.mark.slow
def test_tunes_that_nobody_played_are_found_by_content_alone(features):
    table, _ = features
    observed, _ = listeners.thousand()
    train, test = observed.interactions.split_random(0.2, 1)
    fresh = np.random.default_rng(2).permutation(train.n_items)[: train.n_items // 10]
    old = without_items(train, fresh)
    asked = test.keep(np.isin(test.item, fresh))
    who = np.unique(asked.listener)
    others = np.setdiff1d(np.arange(train.n_items), fresh)

    def among_fresh(model):
        scores = model.fit(old).scores(who)
        scores[:, others] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :20]
        return ranking.recall(order, asked, 20, who).mean()

    chance = among_fresh(Random(0))
    assert among_fresh(ContentBased(table)) > 2 * chance
    assert among_fresh(PredictedFactors(table, rank=16, regularization=30, alpha=4)) > 2 * chance


@pytest.mark.slow
def test_predicted_factors_leave_a_well_known_item_nearly_alone(features):
    table, _ = features
    log = listeners.thousand()[0].interactions
    settings = {"rank": 8, "regularization": 30, "alpha": 4, "sweeps": 3}
    plain, mixed = ALS(**settings).fit(log), PredictedFactors(table, **settings).fit(log)
    famous, unknown = log.popularity.argmax(), np.flatnonzero(log.popularity == 0)[0]
    change = np.linalg.norm(mixed.als.item_factors - plain.item_factors, axis=1)
    assert change[famous] < 0.1 * np.linalg.norm(plain.item_factors[famous])
    assert np.linalg.norm(plain.item_factors[unknown]) < 1e-6 < np.linalg.norm(mixed.als.item_factors[unknown])


def test_a_new_tune_stands_where_its_likeness_puts_it(features):
    catalogue = corpus.load()
    table, _ = features
    interest = table[[100, 200]].mean(axis=0)
    scores = content.cosine(interest, table)
    for row in (100, 5000, 12000):
        known = catalogue[row]
        place = content.place(known, catalogue, interest)
        # It competes with itself, too, and its numbers in the catalogue are rounded.
        assert abs(place - 1 - (scores > scores[row]).sum()) <= 3
    with pytest.raises(MusicError, match="without notes"):
        content.place(Melody([], [], [], []), catalogue, interest)
