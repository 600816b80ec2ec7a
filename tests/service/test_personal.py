"""Composing for a listener: the direction is a regression, and listeners whose truth nobody saw like what comes of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from musicbook.compose.models import open_model
from musicbook.music import corpus
from musicbook.music.melody import FIRST_PITCH
from musicbook.recommend import content, listeners
from musicbook.recommend.intervals import paired_bootstrap
from musicbook.service.personal import FEWEST, RIDGE, Steering

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def steering():
    windows = corpus.windows(2, collections=corpus.FIDDLE_BOOKS)
    return Steering(open_model("vae-reconstruct-2"), windows, corpus.load())


@pytest.fixture(scope="module")
def interests():
    """Interests of thirty simulated listeners, by code, from what they played."""
    log = listeners.thousand()[0].interactions
    F, _ = content.item_features(corpus.load())
    found = {}
    for who in range(0, 900, 30):
        row = log.matrix[[who]]
        found[who] = content.build_interest_model(row.indices, F, 1 + np.log(row.data))
    return found


def test_the_direction_is_that_of_a_ridge_regression(steering, interests):
    interest = interests[0]
    scores = steering.score(steering.known, interest)
    oracle = Ridge(alpha=RIDGE * len(scores)).fit(steering._codes, scores).coef_
    np.testing.assert_allclose(steering.direction(interest), oracle / np.linalg.norm(oracle), atol=1e-5)
    assert (steering.direction(np.zeros(19)) == 0).all()


def test_the_further_the_better_the_score(steering, interests):
    means = []
    for strength in (0, 2, 4):
        rows = [steering.compose(interest, 20, who, strength=strength) for who, interest in interests.items()]
        means.append([steering.score(each, i).mean() for each, i in zip(rows, interests.values(), strict=True)])
    for low, high in itertools.pairwise(means):
        assert paired_bootstrap(np.array(high), np.array(low)).low > 0


def test_listeners_like_what_was_composed_for_them(steering, interests):
    """The truth is the simulator's; neither the interest nor the steering saw it."""
    truth = listeners.thousand()[1]
    neighbours = dict(zip(interests, [*list(interests)[1:], next(iter(interests))], strict=True))

    def liking(**options):
        """How much a listener likes her tunes, and how much her neighbour in the list does."""
        found = []
        for who, interest in interests.items():
            tunes = steering.melodies(steering.compose(interest, 20, who, **options))
            found.append(truth.affinity_for_new(tunes, [who, neighbours[who]], seed=who).mean(axis=1))
        return np.array(found).T

    plain, (moved, swapped), chosen = liking(strength=0)[0], liking(), liking(candidates=5)[0]
    assert paired_bootstrap(moved, plain).low > 0.02
    assert paired_bootstrap(chosen, moved).low > 0.02
    # And it is for her: the same windows please her neighbour less.
    assert paired_bootstrap(moved, swapped).low > 0


def test_what_is_composed_is_music_new_and_the_same_again(steering, interests):
    rows = steering.compose(interests[30], 30, 5, candidates=3)
    assert rows.shape == (30, 32)
    assert ((rows >= FIRST_PITCH).sum(axis=1) >= FEWEST).all()
    assert len(np.unique(rows, axis=0)) >= 28
    scores = steering.score(rows, interests[30])
    assert (np.diff(scores) <= 0).all()
    np.testing.assert_array_equal(rows, steering.compose(interests[30], 30, 5, candidates=3))
    known = {row.tobytes() for row in corpus.windows(2, collections=corpus.FIDDLE_BOOKS)}
    assert np.mean([row.tobytes() in known for row in rows]) <= 0.1


def test_the_nearest_windows_are_the_best_that_are_known(steering, interests):
    scores = steering.score(steering.known, interests[60])
    best = steering.score(steering.nearest(interests[60], 5), interests[60])
    np.testing.assert_allclose(best, np.sort(scores)[::-1][:5], rtol=1e-6)


def test_what_cannot_be_done_is_said(steering, interests):
    with pytest.raises(ValueError, match="n and candidates"):
        steering.compose(interests[0], 0, 1)
    with pytest.raises(ValueError, match="more are needed"):
        Steering(steering.composer, steering.known[:10], corpus.load())
