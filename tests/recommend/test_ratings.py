"""Stars: our neighbourhoods against Surprise's, guess by guess, and what ties do; Surprise behind our interface."""

from __future__ import annotations

import numpy as np
import pytest
from surprise import SVD, KNNBaseline, KNNBasic, KNNWithMeans, SlopeOne, SVDpp

from musicbook.recommend import popularity
from musicbook.recommend.corated import _Shared, corated_similarity
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.ratings import RatingKNN, listener_means, mae, rmse
from musicbook.recommend.surprise_models import SurpriseRecommender, side_by_side, trainset


def stars(n_listeners, n_items, n, seed=0, halves=False) -> Interactions:
    """Ratings from two factors, popular items rated more often, rows in no order."""
    rng = np.random.default_rng(seed)
    odds = np.outer(rng.gamma(1.0, 1.0, n_listeners) + 0.05, 1 / np.arange(1, n_items + 1) ** 0.9).ravel()
    pair = rng.choice(odds.size, n, replace=False, p=odds / odds.sum())
    u, i = np.divmod(pair, n_items)
    taste = rng.normal(size=(n_listeners, 2)), rng.normal(size=(n_items, 2))
    liking = 3.5 + (taste[0][u] * taste[1][i]).sum(axis=1) * 0.5 + rng.normal(0, 0.6, n)
    given = np.clip(np.rint(liking * 2) / 2 if halves else np.rint(liking), 1, 5)
    ids = np.arange(n_listeners), np.arange(n_items)
    return Interactions(u, i, given, *ids, kind="ratings", name="made-up stars")


@pytest.fixture(scope="module")
def split():
    return stars(150, 130, 6000).split_random(0.2, 1)


COSINE = {"name": "cosine", "user_based": True}
PEARSON = {"name": "pearson", "user_based": True}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    {
        "basic": (RatingKNN(), KNNBasic(sim_options=COSINE, verbose=False)),
        "few neighbours": (RatingKNN(k=7), KNNBasic(k=7, sim_options=COSINE, verbose=False)),
        "at least nine": (RatingKNN(k=12, min_k=9), KNNBasic(k=12, min_k=9, sim_options=COSINE, verbose=False)),
        "centred": (RatingKNN(k=10, centred=True), KNNWithMeans(k=10, sim_options=COSINE, verbose=False)),
        "Resnick": (
            RatingKNN(k=10, similarity="pearson", centred=True),
            KNNWithMeans(k=10, sim_options=PEARSON, verbose=False),
        ),
    }.values(),
)
def test_guesses_are_surprise_s(split, ours, theirs):
    """Fed in one order, both choose the same among equals: no guess differs, tied or not."""
    train, test = split
    theirs = SurpriseRecommender(theirs).fit(train)
    # Every pair of all listeners and items, not only what was held out: also those that nobody rated.
    u, i = (each.ravel() for each in np.indices(train.shape))
    some = np.random.default_rng(0).choice(len(u), 4000, replace=False)
    u, i = np.concatenate([test.listener, u[some]]), np.concatenate([test.item, i[some]])
    np.testing.assert_allclose(ours.fit(train).predict(u, i), theirs.predict(u, i), rtol=0, atol=1e-12)


def test_fed_in_another_order_surprise_differs_only_at_ties(split):
    train, test = split
    shuffled = train.keep(np.random.default_rng(3).permutation(len(train)))
    ours = RatingKNN(k=5).fit(train)
    theirs = SurpriseRecommender(KNNBasic(k=5, sim_options=COSINE, verbose=False)).fit(shuffled)
    apart = np.abs(ours.predict(test.listener, test.item) - theirs.predict(test.listener, test.item)) > 1e-9
    tied = ours.tied(test.listener, test.item)
    assert (int(apart.sum()), int(tied.sum()), len(test)) == (29, 37, 1197)
    assert not (apart & ~tied).any()


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("name", ["cosine", "pearson"])
def test_similarities_are_their_definition(halves, name):
    train = stars(30, 40, 500, seed=2, halves=halves)
    R = train.matrix.toarray().astype(float)
    S = corated_similarity(train.matrix, similarity=name)
    for u, v in [(0, 1), (3, 17), (22, 9), (29, 4), (5, 6)]:
        both = (R[u] > 0) & (R[v] > 0)
        a, b = R[u, both], R[v, both]
        if name == "pearson" and both.sum():
            a, b = a - a.mean(), b - b.mean()
        length = np.sqrt((a * a).sum() * (b * b).sum())
        assert S[u, v] == pytest.approx(a @ b / length if length else 0, abs=1e-12)
    np.testing.assert_allclose(S, S.T, atol=1e-15)
    others = corated_similarity(train.matrix[:7], train.matrix, name)
    np.testing.assert_allclose(others - np.eye(7, 30) * others, (S - np.eye(30))[:7] * (1 - np.eye(7, 30)), atol=1e-12)


@pytest.mark.parametrize("dense", [1e-9, 30, 1e9])
def test_dense_and_sparse_columns_add_up_to_the_same(monkeypatch, dense):
    train = stars(60, 80, 900, seed=4)
    R, B = train.matrix.toarray(), train.binary.toarray()
    monkeypatch.setattr(_Shared, "DENSE", dense)
    shared = _Shared(train.matrix, train.matrix)
    apart = ~np.eye(60, dtype=bool)
    assert np.array_equal(shared(1, 1)[apart], (R @ R.T)[apart])
    assert np.array_equal(shared(2, 0)[apart], (R * R @ B.T)[apart])
    assert np.array_equal(shared(0, 2)[apart], (B @ (R * R).T)[apart])


def test_ratings_that_are_not_halves_are_added_in_double_precision():
    train = stars(20, 20, 150)
    odd = Interactions(train.listener, train.item, train.weight + 0.1, train.listeners, train.items, kind="ratings")
    assert _Shared(odd.matrix, odd.matrix)(1, 1).dtype == np.float64
    assert _Shared(train.matrix, train.matrix)(1, 1).dtype == np.float32


def test_scores_are_the_guesses_before_they_are_clipped(split):
    train, _ = split
    for fitted in (RatingKNN(k=9).fit(train), RatingKNN(k=9, centred=True, similarity="pearson").fit(train)):
        scores = fitted.scores(np.arange(20)).clip(1, 5)
        u, i = (each.ravel() for each in np.indices((20, train.n_items)))
        warm = np.diff(train.matrix.indptr)[u] > 0
        np.testing.assert_allclose(scores[u, i][warm], fitted.predict(u, i)[warm], atol=1e-6)
    keen = np.bincount(train.listener).argmax()
    stranger = fitted.score_histories(
        train.matrix[[keen]]
    )  # somebody who rated as she did, and has her for a neighbour
    assert np.corrcoef(stranger[0], fitted.scores([keen])[0])[0, 1] > 0.5


def test_cold_pairs_and_bad_input(split):
    train = split[0].keep((split[0].listener != 5) & (split[0].item != 8))
    fitted = RatingKNN(k=4).fit(train)
    mean = train.weight.mean(dtype=float)
    np.testing.assert_allclose(fitted.predict([5, 0, 5], [3, 8, 8]), mean)
    assert listener_means(train)[5] == pytest.approx(mean)
    with pytest.raises(ValueError, match="k and min_k are at least 1"):
        RatingKNN(k=0)
    with pytest.raises(ValueError, match="similarity 'euclid'"):
        RatingKNN(similarity="euclid")
    with pytest.raises(ValueError, match="must grow"):
        RatingKNN(scale=(5, 1))
    plays = Interactions.from_pairs(["a", "b"], ["x", "x"], name="some plays")
    for learn in (RatingKNN().fit, trainset):
        with pytest.raises(ValueError, match="some plays holds plays"):
            learn(plays)
    with pytest.raises(ValueError, match="as many guesses as ratings"):
        rmse([1, 2], [1])


def test_errors_are_their_definition():
    assert rmse([1, 2, 5], [1, 4, 4]) == pytest.approx(np.sqrt(5 / 3))
    assert mae([1, 2, 5], [1, 4, 4]) == pytest.approx(1)


@pytest.mark.parametrize(
    "algorithm",
    [
        SVD(n_epochs=5, random_state=0),
        SVDpp(n_epochs=2, random_state=0),
        KNNBasic(k=8, sim_options=COSINE, verbose=False),
        KNNWithMeans(k=8, verbose=False),
        KNNBaseline(k=8, sim_options={"name": "pearson_baseline"}, bsl_options={"method": "als"}, verbose=False),
        KNNBasic(k=8, sim_options={"name": "cosine", "user_based": False}, verbose=False),
        SlopeOne(),
    ],
    ids=["SVD", "SVD++", "KNNBasic", "KNNWithMeans", "KNNBaseline", "item-based", "SlopeOne"],
)
def test_formulas_for_whole_lists_are_surprise_s_guesses(split, algorithm, capsys):
    train = split[0].keep((split[0].listener != 5) & (split[0].item != 8))
    fitted = SurpriseRecommender(algorithm).fit(train)
    who = np.array([0, 3, 77])
    asked = [[algorithm.predict(int(u), i, clip=False).est for i in range(train.n_items)] for u in who]
    np.testing.assert_allclose(fitted.scores(who), asked, rtol=2e-6)
    nobody = [algorithm.predict("nobody", i, clip=False).est for i in range(train.n_items)]
    np.testing.assert_allclose(fitted.score_histories(train.matrix[[0]])[0], nobody, rtol=2e-6)
    assert len(fitted.recommend("3", 7)) == 7


def test_side_by_side(split):
    train, test = split
    models = [popularity.Popularity(), RatingKNN(), SurpriseRecommender(SVD(n_epochs=10, random_state=0))]
    table = side_by_side(models, train, test)
    assert list(table.columns) == ["RMSE", "MAE", "nDCG@10", "coverage"]
    assert table.index.tolist() == ["popularity", "rating-kNN", "Surprise SVD"]
    assert np.isnan(table.loc["popularity", "RMSE"])
    assert table["RMSE"].dropna().between(0.5, 1.2).all()
    assert table["nDCG@10"].between(0, 1).all()


def test_a_bar_for_each_recommender():
    import matplotlib as mpl

    mpl.use("agg")
    from musicbook.recommend.quality_figure import draw_quality

    axes = draw_quality({"one": np.array([0.1, 0.3, 0.2]), "two": np.array([0.5, 0.7, np.nan])}, "nDCG@10")
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.2, 0.6])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    assert axes.get_xlabel() == "nDCG@10"


def test_a_dot_for_each_recommender_by_two_rulers():
    import matplotlib as mpl

    mpl.use("agg")
    from musicbook.recommend.quality_figure import draw_two_rulers

    log, truth = {"one": np.array([0.1, 0.3]), "two": np.array([0.5, np.nan])}, {"one": [0.6, 0.8], "two": [0.2, 0.0]}
    axes = draw_two_rulers(log, truth, "log", "truth")
    places = np.array([[line.get_xdata()[0], line.get_ydata()[0]] for line in axes.lines])
    np.testing.assert_allclose(places, [[0.2, 0.7], [0.5, 0.1]])
    assert [text.get_text() for text in axes.texts] == ["one", "two"]
