"""The simulated listeners: like a real log where that can be measured, and with a truth that nobody is given."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import listeners
from musicbook.recommend.directions import Directions
from musicbook.recommend.factors import ALS, PureSVD
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.popularity import Popularity
from musicbook.recommend.ranking import mean, ndcg
from musicbook.recommend.truth import Truth


@pytest.fixture(scope="module")
def world():
    return listeners.thousand()


@pytest.mark.slow
def test_marginals_are_those_of_a_real_log(world):
    found = listeners.marginals(world[0].interactions)
    for name, (target, tolerance) in listeners.TARGETS.items():
        print(f"{name:36} target {target:6.2f}, here {found[name]:6.3f}")
        assert found[name] == pytest.approx(target, abs=tolerance), name


def test_marginals_are_their_definitions():
    flat = Interactions([0, 0, 1, 1], [0, 1, 0, 1], [1, np.e, 1, np.e], ["a", "b"], ["x", "y"])
    found = listeners.marginals(flat)
    assert found["Gini of tunes' listeners"] == pytest.approx(0)
    assert found["SD of log plays"] == pytest.approx(0.5)
    assert found["tunes of a listener"] == 2


@pytest.mark.slow
def test_the_same_seed_gives_the_same_world():
    one, two, other = (listeners.simulate(50, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one.interactions.item, two.interactions.item)
    assert one.events.equals(two.events)
    assert one.shown.equals(two.shown)
    assert not np.array_equal(one.interactions.item[:100], other.interactions.item[:100])
    with pytest.raises(ValueError, match="1 listeners; at least 2"):
        listeners.simulate(1)


@pytest.mark.slow
def test_nothing_observed_leads_to_the_truth(world):
    observed, truth = world
    for part in vars(observed).values():
        assert b"Truth" not in pickle.dumps(part)
        assert not any(isinstance(value, Truth) for value in getattr(part, "__dict__", {}).values())
    # Nor is any utility in it by value: no column of numbers is the truth of its pairs.
    log = observed.interactions
    utility = listeners._utilities(truth, log.listener, log.item)
    assert abs(np.corrcoef(utility, np.log(log.weight))[0, 1]) < 0.5


@pytest.mark.slow
def test_what_is_liked_is_met_played_and_kept_more(world):
    observed, truth = world
    log = observed.interactions
    met = listeners._utilities(truth, log.listener, log.item)
    everything = truth.utility(np.arange(20)).mean()
    assert met.mean() > everything + 1
    kept = observed.events[observed.events.kind == "favourite"]
    pairs = set(zip(kept.listener, kept.tune, strict=True))
    is_kept = np.array([pair in pairs for pair in zip(log.listeners[log.listener], log.items[log.item], strict=True)])
    assert met[is_kept].mean() > met[~is_kept].mean() + 0.5
    counts = observed.events.kind.value_counts()
    assert counts["play"] > counts["favourite"] > counts["share"] > 0


@pytest.mark.slow
def test_stars_are_missing_not_at_random(world):
    observed, truth = world
    stars, log = observed.ratings, observed.interactions
    assert set(np.unique(stars.weight)) == {1, 2, 3, 4, 5}
    rated = listeners._utilities(truth, stars.listener, stars.item).mean()
    assert rated > listeners._utilities(truth, log.listener, log.item).mean() + 0.2


@pytest.mark.slow
def test_propensities_are_the_policy_s_and_weigh_back_to_the_truth(world):
    """Clicks over the probability of being shown and seen estimate the mean affinity: Schnabel et al. (2016)."""
    observed, truth = world
    shown, log = observed.shown, observed.interactions
    frequency = np.bincount([log.item_code_of(tune) for tune in shown.tune], minlength=log.n_items) / len(shown)
    policy = shown.drop_duplicates("tune").set_index("tune")["propensity"]
    famous = policy.nlargest(20)
    for tune, probability in famous.items():
        assert frequency[log.item_code_of(tune)] == pytest.approx(probability, rel=0.35)
    weight = 1 / (shown.propensity * shown.examined * log.n_items)
    estimate = (shown.clicked * weight).sum() / weight.mul(shown.examined).sum()
    naive = shown.clicked.mean()
    true = truth.affinity(np.arange(log.n_listeners)).mean()
    assert abs(estimate - true) < 0.05
    assert naive < true  # low places are not looked at


@pytest.mark.slow
def test_the_even_log_is_even_and_new(world):
    observed, truth = world
    log = observed.interactions
    assert observed.asked.shape == (1000, listeners.EVEN)
    for who in (0, 17, 999):
        assert not set(observed.asked[who]) & set(log.items_of(who))
        assert set(observed.uniform.items_of(who)) <= set(observed.asked[who])
    true = truth.affinity(np.arange(1000)).mean()
    assert len(observed.uniform) / observed.asked.size == pytest.approx(true, abs=0.01)


def even_quality(observed, scores):
    """nDCG@10 of the tunes that were asked about, in the order of the scores."""
    order = np.argsort(-np.take_along_axis(scores, observed.asked, axis=1), axis=1, kind="stable")
    return mean(ndcg(np.take_along_axis(observed.asked, order, axis=1), observed.uniform, 10))


@pytest.mark.slow
def test_there_is_something_to_learn_and_a_truth_above_it(world):
    observed, truth = world
    everybody = np.arange(1000)
    quality = {
        model.name: even_quality(observed, model.fit(observed.interactions).scores(everybody))
        for model in (Popularity(), PureSVD(10), ALS(16, 30, 4))
    }
    oracle = even_quality(observed, truth.affinity(everybody))
    assert quality["popularity"] < quality["PureSVD"] - 0.05
    assert oracle > max(quality.values())


def test_a_tune_of_the_catalogue_finds_its_own_directions():
    catalogue = corpus.load()
    directions = Directions(catalogue.table)
    np.testing.assert_allclose(directions.tunes.std(axis=0), 1)
    for collection in ("oneill", "essen"):
        rows = np.flatnonzero(catalogue.table["collection"] == collection)[100:110]
        found = directions.of([catalogue[int(row)] for row in rows], collection)
        np.testing.assert_allclose(found, directions.tunes[rows], atol=0.01)  # the catalogue's features are rounded


@pytest.mark.slow
def test_what_no_feature_shows_is_drawn_for_a_new_tune(world):
    _, truth = world
    melody = corpus.load()[5000]
    once = truth.affinity_for_new([melody] * 400, [0, 1], seed=1)
    assert once.shape == (2, 400)
    assert ((once > 0) & (once < 1)).all()
    assert once.std(axis=1).min() > 0.01
    np.testing.assert_array_equal(once, truth.affinity_for_new([melody] * 400, [0, 1], seed=1))
    with pytest.raises(MusicError, match="without notes"):
        truth.affinity_for_new([Melody([], [], [], [])], [0])


@pytest.fixture
def small_truth():
    rng = np.random.default_rng(0)
    return Truth(*(rng.standard_normal(shape).astype(np.float32) for shape in ((400, 12), (60, 12), 400)), None)


def test_liking_is_what_the_affinity_says_of_a_list(small_truth):
    lists = np.random.default_rng(1).integers(0, 400, (60, 5))
    table = np.take_along_axis(small_truth.affinity(np.arange(60)), lists, axis=1)
    np.testing.assert_allclose(small_truth.liking(lists), table.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(
        small_truth.liking(lists[[7, 3]], np.array([7, 3])), table[[7, 3]].mean(axis=1), rtol=1e-5
    )
    lists[0, 2:], lists[1] = -1, -1
    found = small_truth.liking(lists)
    assert found[0] == pytest.approx(table[0, :2].mean(), rel=1e-5)
    assert np.isnan(found[1])


def test_liking_finds_nothing_in_chance_and_the_best_in_the_best(small_truth):
    """Null and positive control of the ruler: lists drawn by lot, and lists that are as good as lists can be."""
    affinity = small_truth.affinity(np.arange(60))
    drawn = np.random.default_rng(2).integers(0, 400, (60, 2000))
    assert small_truth.liking(drawn).mean() == pytest.approx(affinity.mean(), abs=0.005)
    assert small_truth.unexplained(drawn).mean() == pytest.approx(0, abs=0.05)
    best = np.argsort(-affinity, axis=1)[:, :10]
    assert (small_truth.liking(best) > small_truth.liking(drawn)).all()
    assert small_truth.unexplained(best).mean() > 0.5
    assert (
        small_truth.liking(np.roll(best, 1, axis=0)).mean() < small_truth.liking(best).mean() - 0.2
    )  # other people's lists
