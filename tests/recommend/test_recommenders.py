"""What every recommender must do, whichever family it is of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from musicbook.recommend import ease, factors, hybrid, neighbours, popularity
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import NotFittedError, Recommender, rank

FAMILIES = {
    "popularity": popularity.Popularity,
    "random": popularity.Random,
    "user-kNN": lambda: neighbours.UserKNN(k=10),
    "item-kNN": lambda: neighbours.ItemKNN(k=10, shrinkage=2),
    "PureSVD": lambda: factors.PureSVD(rank=4),
    "ALS": lambda: factors.ALS(rank=4, sweeps=3),
    "EASE primal": lambda: ease.EASE(20, form="primal"),
    "EASE dual": lambda: ease.EASE(20, form="dual"),
    "hybrid": lambda: hybrid.Hybrid([neighbours.UserKNN(k=10), factors.PureSVD(rank=4)]),
}
LEARNS = [name for name in FAMILIES if name not in ("popularity", "random")]


@pytest.fixture(scope="module", params=FAMILIES)
def fitted(request, world):
    return FAMILIES[request.param]().fit(world)


def test_lists_are_of_new_items_without_repetition(fitted, world):
    everybody = np.arange(world.n_listeners)
    lists = fitted.top(everybody, 15)
    assert lists.shape == (world.n_listeners, 15)
    assert lists.min() >= 0
    for listener, codes in enumerate(lists):
        assert len(set(codes)) == 15
        assert not set(codes) & set(world.items_of(listener))


def test_scores_are_as_ranked_and_finite(fitted, world):
    some = np.array([5, 3])
    scores = fitted.scores(some)
    assert scores.shape == (2, world.n_items)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    lists = fitted.top(some, 8, hide_seen=False)
    for row, codes in zip(scores, lists, strict=True):
        assert codes.tolist() == np.argsort(-row, kind="stable")[:8].tolist()


def test_block_size_and_order_of_listeners_do_not_matter(fitted, world):
    everybody = np.arange(world.n_listeners)
    together = fitted.scores(everybody)
    for part, scores in fitted.blocks(everybody[::-1], size=7):
        np.testing.assert_allclose(scores, together[part], atol=2e-6)


def test_fitting_again_gives_the_same(fitted, world):
    kind = next(make for make in FAMILIES.values() if type(make()) is type(fitted))
    if fitted.name == "EASE":
        kind = lambda: ease.EASE(20, form=fitted.form)  # noqa: E731
    everybody = np.arange(world.n_listeners)
    assert np.array_equal(kind().fit(world).scores(everybody), fitted.scores(everybody))


def test_a_history_that_is_no_listener_s(fitted, world):
    history = [world.items[code] for code in (2, 12, 22)]
    found = fitted.recommend_for(history, 5)
    assert len(set(found)) == 5
    assert not set(found) & set(history)
    assert fitted.similar(world.items[8], 3) == fitted.recommend_for([world.items[8]], 3)
    assert fitted.recommend_for({}, 3) == popularity.Popularity().fit(world).recommend("nobody", 3)
    with pytest.raises(KeyError, match="no item 'T999'"):
        fitted.recommend_for(["T999"])


def test_cold_listeners_get_what_is_popular(fitted, world):
    cold = Interactions(
        world.listener,
        world.item,
        world.weight,
        [*world.listeners, "new"],
        world.items,
        world.time,
        name="with a cold one",
    )
    again = type(fitted).fit(FAMILIES[next(n for n, m in FAMILIES.items() if type(m()) is type(fitted))](), cold)
    wanted = [world.items[code] for code in np.argsort(-world.popularity, kind="stable")[:6]]
    assert again.recommend("new", 6) == wanted
    assert again.recommend("a stranger", 6) == wanted


@pytest.mark.parametrize("name", LEARNS)
def test_taste_is_found(name, world):
    """Items are of two kinds and so are listeners: a list must be of the listener's own, chance would give half."""
    lists = FAMILIES[name]().fit(world).top(np.arange(world.n_listeners), 5)
    own = lists % 2 == np.arange(world.n_listeners)[:, None] % 2
    assert own.mean() > 0.9
    assert (popularity.Popularity().fit(world).top(np.arange(world.n_listeners), 5) % 2).mean() < 0.8


@pytest.mark.parametrize("name", LEARNS)
def test_similar_items_are_of_one_kind(name, world):
    fitted = FAMILIES[name]().fit(world)
    codes = [[world.item_code_of(item) for item in fitted.similar(world.items[code], 5)] for code in range(10, 20)]
    assert (np.array(codes) % 2 == np.arange(10, 20)[:, None] % 2).mean() > 0.85


@pytest.mark.parametrize("name", LEARNS)
def test_one_s_own_row_is_like_the_same_history_from_outside(name, world):
    """Of a listener who was trained on, or of a stranger with the same plays, nearly the same is thought.

    Nearly: a neighbourhood leaves out the listener herself, the factors of ALS were last solved before the items'.
    """
    fitted = FAMILIES[name]().fit(world)
    row = world.matrix[[4]]
    inside, outside = fitted.scores(np.array([4]))[0], fitted.score_histories(row)[0]
    assert np.corrcoef(inside, outside)[0, 1] > (0.8 if name in ("user-kNN", "hybrid") else 0.98)


def test_asked_too_early():
    with pytest.raises(NotFittedError, match="popularity has seen no log yet"):
        popularity.Popularity().top(np.array([0]))


def test_a_recommender_of_one_s_own(world):
    """The plug-in point: two methods and a name."""

    class Loudest(Recommender):
        name = "most plays"

        def _learn(self, train):
            self.plays = train.matrix.sum(axis=0)

        def score_histories(self, histories, listeners=None):
            return np.tile(self.plays, (histories.shape[0], 1))

    fitted = Loudest().fit(world)
    order = np.argsort(-world.matrix.sum(axis=0), kind="stable")
    wanted = [code for code in order if code not in world.items_of(0)][:4]
    assert fitted.recommend("L0", 4) == [world.items[code] for code in wanted]


def test_rank_breaks_ties_by_code_and_fills_up():
    scores = np.array([[1.0, 3.0, 3.0, 2.0, 3.0], [0, 0, 0, 0, 0]], np.float32)
    assert rank(scores.copy(), None, 2).tolist() == [[1, 2], [0, 1]]
    seen = csr_array(np.array([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1]]))
    assert rank(scores.copy(), seen, 3).tolist() == [[3, 0, -1], [-1, -1, -1]]
    assert rank(scores.copy(), None, 7).tolist()[0] == [1, 2, 4, 3, 0, -1, -1]
    with pytest.raises(ValueError, match="a list of 0"):
        rank(scores, None, 0)
