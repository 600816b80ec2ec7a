"""Places among all items and among a sample."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend.neighbours import ItemKNN
from musicbook.recommend.popularity import Popularity
from musicbook.recommend.sampling import Places, curve, place, sample_places, score_places


@pytest.fixture(scope="module")
def split(world):
    return world.split_random(0.2, seed=0)


@pytest.mark.parametrize("kind", [Popularity, ItemKNN])
def test_places_are_counted_among_what_is_neither_met_nor_relevant(split, kind):
    train, test = split
    recommender = kind().fit(train)
    places = place(recommender, test)
    assert (places.listener.tolist(), places.item.tolist()) == (
        np.repeat(np.arange(test.n_listeners), np.diff(test.matrix.indptr)).tolist(),
        test.matrix.indices.tolist(),
    )
    for who, what, at, others in list(zip(*places, strict=True))[::7]:
        scores = recommender.scores(np.array([who]))[0]
        rivals = [i for i in range(train.n_items) if i not in {*train.items_of(who), *test.items_of(who)}]
        order = sorted([*rivals, int(what)], key=lambda i: (-scores[i], i))
        assert (order.index(what) + 1, len(rivals)) == (at, others)


def test_a_sample_of_all_is_no_sample(split):
    places = place(Popularity().fit(split[0]), split[1])
    least = places._replace(others=np.full_like(places.others, 59), place=np.minimum(places.place, 60))
    np.testing.assert_array_equal(sample_places(least, 59).place, least.place)
    with pytest.raises(ValueError, match="a sample of 60"):
        sample_places(least, 60)


def test_the_sampled_place_is_what_drawing_gives():
    places = Places(*np.zeros((2, 4000), int), np.full(4000, 30), np.full(4000, 200))
    sampled = sample_places(places, 20, seed=1).place
    rng = np.random.default_rng(2)
    drawn = [1 + (rng.choice(200, 20, replace=False) < 29).sum() for _ in range(4000)]
    assert sampled.mean() == pytest.approx(np.mean(drawn), abs=0.1)
    assert sampled.std() == pytest.approx(np.std(drawn), abs=0.1)


def test_metrics_of_one_relevant_item():
    places = Places(*np.zeros((2, 4), int), np.array([1, 2, 5, 11]), np.full(4, 20))
    assert score_places(places, 5).tolist() == [1, 1, 1, 0]
    np.testing.assert_allclose(score_places(places, 5, "nDCG"), [1, 1 / np.log2(3), 1 / np.log2(6), 0])
    np.testing.assert_allclose(score_places(places, 5, "AP"), [1, 1 / 2, 1 / 5, 0])
    np.testing.assert_allclose(score_places(places, metric="AUC"), [1, 0.95, 0.8, 0.5])
    with pytest.raises(ValueError, match="no metric 'MRR'"):
        score_places(places, metric="MRR")


def test_sampling_leaves_the_auc_and_lifts_recall(split):
    places = place(ItemKNN().fit(split[0]), split[1])
    auc = score_places(places, metric="AUC").mean()
    assert curve(places, [5, 20], metric="AUC") == pytest.approx([auc, auc], abs=0.03)
    recall = curve(places, [5, 20], k=5)
    assert recall[0] == 1 or recall[0] > recall[1] > score_places(places, 5).mean()
