"""A feed: its scores and queue, and what simulated listeners get from it."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.recommend import content, feed, listeners
from musicbook.recommend.intervals import paired_bootstrap

F = np.random.default_rng(0).normal(size=(60, 6))
KNOWN = feed.fame(np.arange(60))


def opinions(**judged):
    row = np.zeros(60, int)
    for name, value in judged.items():
        row[int(name[1:])] = value
    return row


def test_fame_goes_from_nobody_to_the_best_known():
    assert feed.fame([0, 9, 99]).tolist() == [-1, 0, 1]
    assert feed.fame([0, 0]).tolist() == [-1, -1]


def test_scores_are_likeness_and_a_part_of_fame():
    judged = opinions(i3=1, i5=-1)
    cosine = content.cosine(F[3] - F[5], F)
    np.testing.assert_allclose(feed.scores(F, KNOWN, judged, 0.5), cosine, atol=1e-9)
    np.testing.assert_allclose(feed.scores(F, KNOWN, judged, 0), cosine + 0.6 * KNOWN, atol=1e-9)
    np.testing.assert_allclose(feed.scores(F, KNOWN, judged, 1), cosine - 0.6 * KNOWN, atol=1e-9)
    with pytest.raises(ValueError, match="slider"):
        feed.scores(F, KNOWN, judged, 1.1)
    with pytest.raises(ValueError, match="one for each"):
        feed.scores(F, KNOWN[:50], judged, 1)


def test_a_stranger_begins_with_what_is_known():
    assert [each.item for each in feed.queue(F, KNOWN, opinions(), 0)] == [59, 58, 57]


def test_the_familiar_end_is_the_ranking_and_judged_tunes_never_return():
    judged = opinions(i3=1, i5=-1, i7=1)
    order = np.argsort(-feed.scores(F, KNOWN, judged, 0), kind="stable")
    expected = [item for item in order if judged[item] == 0][:10]
    assert feed.queue(F, KNOWN, judged, 0, 10) == [(item, False) for item in expected]


def test_every_fifth_place_is_unlike_all_that_was_judged():
    judged = opinions(i3=1, i5=-1, i7=1)
    places = feed.queue(F, KNOWN, judged, 0.5, 7)
    assert [each.surprise for each in places] == [False, True, False, False, False, False, True]
    unit = F / np.linalg.norm(F, axis=1, keepdims=True)
    near = (unit @ unit[[3, 5, 7]].T).max(axis=1)
    others = [item for item in range(60) if item not in (3, 5, 7, places[0].item)]
    assert places[1].item in sorted(others, key=lambda item: near[item])[:2]
    assert len({each.item for each in places}) == 7


def test_the_queue_ends_with_the_tunes():
    judged = np.ones(60, int)
    judged[[4, 9]] = 0
    assert {each.item for each in feed.queue(F, KNOWN, judged, 0.5, 5)} == {4, 9}
    judged[:] = 1
    assert feed.queue(F, KNOWN, judged, 0.5, 5) == []


def test_rounds_are_counted_by_hand():
    chance = np.tile([1.0, 0.0, 1.0, 0.0], (2, 1))
    played = feed.live(feed.by_popularity(np.array([8, 4, 2, 1])), chance, np.array([8, 4, 2, 1]), 8, 2, 2)
    np.testing.assert_array_equal(played.played[0], [[0, 1], [2, 3]])
    np.testing.assert_allclose(played.liking, 0.5)
    np.testing.assert_allclose(played.novelty[0], [0.5, 2.5])
    np.testing.assert_allclose(played.tail[0], [0.5, 1.0])
    with pytest.raises(ValueError, match="rounds"):
        feed.live(feed.by_chance(), chance, np.ones(4, int), 8, 3, 2)


@pytest.mark.slow
def test_the_feed_learns_and_goes_into_the_long_tail():
    observed, truth = listeners.thousand()
    log, everyone = observed.interactions, np.arange(0, 1000, 50)
    some = np.random.default_rng(1).choice(log.n_items, 1500, replace=False)
    features = content.item_features(corpus.load())[0][some]
    played, chance = log.popularity[some], truth.affinity(everyone)[:, some]
    policies = {
        "feed": feed.by_feed(features, feed.fame(played), 0.5),
        "popular": feed.by_popularity(played),
        "chance": feed.by_chance(),
    }
    found = {name: feed.live(policy, chance, played, 1000, 6, 5) for name, policy in policies.items()}
    late = {name: each.liking[:, 3:].mean(axis=1) for name, each in found.items()}
    assert paired_bootstrap(late["feed"], late["chance"]).low > 0.05
    assert paired_bootstrap(found["feed"].tail.mean(axis=1), found["popular"].tail.mean(axis=1)).low > 0.3
    assert feed.long_tail(np.array([5, 4, 3, 2, 1])).tolist() == [False, True, True, True, True]


def test_alike_is_jaccards_measure_of_all_pairs():
    given = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    assert feed.alike(given) == pytest.approx((1 / 3 + 0 + 0) / 3)
    assert feed.alike(np.ones((3, 2))) == 1
    with pytest.raises(ValueError, match="two or more"):
        feed.alike(np.array([[1, 0], [0, 0]]))
