"""Each family against its definition, written out slowly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics.pairwise import cosine_similarity

from musicbook.recommend import collaborative, ease, factors, hybrid, neighbours, popularity
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.weighting import idf, weigh


@pytest.fixture(scope="module")
def table(world) -> np.ndarray:
    return world.matrix.toarray().astype(float)


# ---- the article's two functions --------------------------------------------------------------------------------


def test_similarity_is_the_library_s_cosine_without_the_diagonal(table):
    S = collaborative.compute_similarity(table)
    wanted = cosine_similarity(table)
    np.fill_diagonal(wanted, 0)
    np.testing.assert_allclose(S, wanted, atol=1e-12)
    assert np.array_equal(S, S.T)
    silent = collaborative.compute_similarity([[0, 0], [1, 2]])
    assert silent.tolist() == [[0, 0], [0, 0]]
    with pytest.raises(ValueError, match="table of finite numbers"):
        collaborative.compute_similarity([[np.nan, 1]])


def test_the_filter_is_a_weighted_mean_of_the_neighbours(table):
    S = collaborative.compute_similarity(table)
    near = sorted(range(len(S)), key=lambda v: -S[7, v])[:5]
    score = sum(S[7, v] * table[v] for v in near) / sum(S[7, v] for v in near)
    score[table[7] > 0] = -np.inf
    found = collaborative.collaborative_filter(S, 7, table, k=6, n_neighbors=5)
    assert found.tolist() == np.argsort(-score, kind="stable")[:6].tolist()
    assert (table[7, found] == 0).all()


def test_the_filter_gives_nothing_that_was_heard_and_says_what_is_wrong():
    U = np.array([[1, 1, 1], [1, 0, 1]])
    S = collaborative.compute_similarity(U)
    assert collaborative.collaborative_filter(S, 0, U).tolist() == []
    assert collaborative.collaborative_filter(S, 1, U).tolist() == [1]
    with pytest.raises(ValueError, match="S is 2 x 2"):
        collaborative.collaborative_filter(np.eye(3), 0, U)
    with pytest.raises(IndexError, match="no listener 2 among 2"):
        collaborative.collaborative_filter(S, 2, U)


# ---- neighbourhoods ---------------------------------------------------------------------------------------------


def test_weights(world):
    plays = csr_array(np.array([[1, 0, 8], [2, 0, 0.5]], dtype=np.float32))
    rare = idf(plays)
    np.testing.assert_allclose(rare, [0, 0, 0], atol=1e-7)
    counts = np.log(80 / world.popularity)
    np.testing.assert_allclose(idf(world.binary), counts, rtol=1e-6)
    np.testing.assert_allclose(weigh(plays, "log").toarray(), [[1, 0, 1 + np.log(8)], [1 + np.log(2), 0, 1]], rtol=1e-6)
    assert weigh(plays, "binary").toarray().tolist() == [[1, 0, 1], [1, 0, 1]]
    with pytest.raises(ValueError, match="weighting 'loud'"):
        weigh(plays, "loud")


@pytest.mark.parametrize("shrinkage", [0, 3])
def test_user_knn_is_its_definition(world, table, shrinkage):
    rare = np.log(world.n_listeners / world.popularity)
    log = np.where(table > 0, 1 + np.log(np.maximum(table, 1)), 0)
    S = cosine_similarity(log * rare)
    shared = (table > 0).astype(float) @ (table > 0).T
    S *= shared / np.maximum(shared + shrinkage, 1)
    np.fill_diagonal(S, 0)
    for row in S:
        row[np.argsort(-row, kind="stable")[12:]] = 0
    fitted = neighbours.UserKNN(k=12, shrinkage=shrinkage).fit(world)
    np.testing.assert_allclose(fitted.scores(np.arange(world.n_listeners)), S @ log, rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(fitted.neighbours([9]).toarray()[0], S[9], rtol=2e-5, atol=1e-6)


def test_item_knn_is_its_definition(world, table):
    has = (table > 0).astype(float)
    B = cosine_similarity(has.T)
    np.fill_diagonal(B, 0)
    for column in B.T:  # the k nearest of the item that is scored
        column[np.argsort(-column, kind="stable")[9:]] = 0
    fitted = neighbours.ItemKNN(k=9, weighting="binary", vote="binary").fit(world)
    np.testing.assert_allclose(fitted.scores(np.arange(world.n_listeners)), has @ B, rtol=2e-5, atol=1e-5)


def test_the_height_of_a_block_changes_nothing(world, monkeypatch):
    whole = neighbours.cosine_top_k(world.matrix, 7, 2.0)
    monkeypatch.setattr(neighbours, "BLOCK_CELLS", 300)
    blocks = neighbours.cosine_top_k(world.matrix, 7, 2.0)
    np.testing.assert_allclose(blocks.toarray(), whole.toarray(), rtol=1e-6)


def test_neighbourhoods_refuse_bad_settings():
    with pytest.raises(ValueError, match="k is at least 1"):
        neighbours.UserKNN(k=0)


# ---- EASE -------------------------------------------------------------------------------------------------------


def test_ease_is_the_constrained_ridge_regression(world):
    """Column by column: least squares on all other items, which is what a zero diagonal means."""
    X = world.binary.toarray().astype(float)
    B = ease.EASE(15, form="primal").fit(world).weights()
    assert (np.diag(B) == 0).all()
    for column in range(0, X.shape[1], 7):
        others = np.delete(np.arange(X.shape[1]), column)
        gram = X[:, others].T @ X[:, others] + 15 * np.eye(len(others))
        np.testing.assert_allclose(B[others, column], np.linalg.solve(gram, X[:, others].T @ X[:, column]), atol=1e-6)


def test_both_forms_of_ease_are_one(world):
    primal, dual = (ease.EASE(15, form=form).fit(world) for form in ("primal", "dual"))
    everybody = np.arange(world.n_listeners)
    np.testing.assert_allclose(dual.scores(everybody), primal.scores(everybody), atol=2e-5)
    np.testing.assert_allclose(dual.weights(), primal.weights(), atol=2e-5)
    stranger = world.matrix[[3]] + world.matrix[[11]]
    np.testing.assert_allclose(dual.score_histories(stranger), primal.score_histories(stranger), atol=2e-5)


def test_ease_takes_the_smaller_form_and_refuses_bad_settings(world):
    assert ease.EASE().fit(world)._B is not None  # 80 listeners, 60 items
    with pytest.raises(ValueError, match="penalty of 0"):
        ease.EASE(0)
    with pytest.raises(ValueError, match="form 'fast'"):
        ease.EASE(1, form="fast")


# ---- factors ----------------------------------------------------------------------------------------------------


def test_pure_svd_is_numpy_s(world):
    X = world.binary.toarray().astype(float)
    _, _, V = np.linalg.svd(X)
    fitted = factors.PureSVD(rank=5).fit(world)
    np.testing.assert_allclose(fitted.scores(np.arange(world.n_listeners)), X @ V[:5].T @ V[:5], atol=1e-4)


def test_a_half_step_of_als_is_the_weighted_ridge_regression(world):
    rng = np.random.default_rng(1)
    extra = csr_array(world.matrix.astype(np.float64))
    fixed = rng.normal(size=(world.n_items, 6))
    found = factors.half_step(extra, fixed, 2.5)
    few = csr_array(extra[:, :8])  # fewer plays than factors: the other form of the same system
    found_few = factors.half_step(few, fixed[:8], 2.5)
    for rows, F, solved in ((extra, fixed, found), (few, fixed[:8], found_few)):
        for u in range(0, rows.shape[0], 9):
            c = 1 + rows[[u]].toarray()[0]
            p = (rows[[u]].toarray()[0] > 0).astype(float)
            wanted = np.linalg.solve((F.T * c) @ F + 2.5 * np.eye(6), F.T @ (c * p))
            np.testing.assert_allclose(solved[u], wanted, atol=1e-10)


def test_the_objective_of_als_is_its_definition_and_falls(world):
    values = []
    for sweeps in (1, 2, 4, 8):
        fitted = factors.ALS(rank=5, sweeps=sweeps, alpha=2.0, regularization=1.5).fit(world)
        values.append(fitted.objective())
    X = world.binary.toarray()
    P, Q = fitted.listener_factors.astype(float), fitted.item_factors.astype(float)
    slow = ((1 + 2.0 * X) * (X - P @ Q.T) ** 2).sum() + 1.5 * ((P**2).sum() + (Q**2).sum())
    assert fitted.objective() == pytest.approx(slow, rel=1e-5)
    assert values == sorted(values, reverse=True)


def test_als_agrees_with_itself_whatever_the_batch(world, monkeypatch):
    whole = factors.ALS(rank=5, sweeps=2).fit(world).item_factors
    monkeypatch.setattr(factors, "BATCH", 50)
    np.testing.assert_allclose(factors.ALS(rank=5, sweeps=2).fit(world).item_factors, whole, atol=1e-4)


# ---- the blend --------------------------------------------------------------------------------------------------


def test_a_blend_leaves_out_what_does_not_help(world):
    blend = hybrid.Hybrid([popularity.Random(), ease.EASE(20)]).fit(world)
    assert blend.weights.sum() == pytest.approx(1)
    assert blend.weights[1] > 0.8


def test_given_weights_are_used(world):
    parts = [neighbours.UserKNN(k=10), factors.PureSVD(rank=4)]
    blend = hybrid.Hybrid(parts, weights=(1, 3)).fit(world)
    scores = [hybrid.standardise(part.scores(np.arange(5))) for part in parts]
    np.testing.assert_allclose(blend.scores(np.arange(5)), 0.25 * scores[0] + 0.75 * scores[1], atol=1e-5)


def test_the_search_finds_the_best_of_all_mixtures(world):
    """On a grid of mixtures none is better, by the very measure that the search uses, than what it found."""
    rng = np.random.default_rng(0)
    relevant = rng.random((60, 40)) < 0.15
    relevant[:, 0] = True
    scores = np.stack([relevant + rng.normal(0, noise, relevant.shape) for noise in (1.0, 1.2)]).astype(np.float32)
    ideal = np.minimum(relevant.sum(axis=1), 10)

    def quality(weight):
        mixed = weight * scores[0] + (1 - weight) * scores[1]
        top = np.argsort(-mixed, axis=1, kind="stable")[:, :10]
        gain = (np.take_along_axis(relevant, top, axis=1) / np.log2(np.arange(2, 12))).sum(axis=1)
        return (gain / np.cumsum(1 / np.log2(np.arange(2, 12)))[ideal - 1]).mean()

    weights = hybrid._select(scores, relevant, ideal, 20)
    assert quality(weights[0]) >= max(quality(0), quality(1)) + 0.01
    assert quality(weights[0]) >= max(quality(w) for w in np.linspace(0, 1, 11)) - 0.005


def test_a_blend_says_what_it_needs():
    with pytest.raises(ValueError, match="two recommenders at least"):
        hybrid.Hybrid([popularity.Popularity()])
    with pytest.raises(ValueError, match="one weight a part"):
        hybrid.Hybrid([popularity.Popularity(), popularity.Random()], weights=[1])


def test_nothing_breaks_where_everybody_plays_everything():
    full = Interactions.from_pairs(["a", "a", "b", "b"], ["x", "y", "x", "y"])
    for recommender in (neighbours.UserKNN(), neighbours.ItemKNN(), factors.PureSVD(3), factors.ALS(2), ease.EASE()):
        assert recommender.fit(full).recommend("a") == []
