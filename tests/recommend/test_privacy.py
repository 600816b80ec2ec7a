"""Attacks on a log and on published lists, and noise with a promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from musicbook.recommend import leaks, privacy, ranking
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.listeners import thousand
from musicbook.recommend.popularity import Popularity


@pytest.fixture(scope="module")
def log() -> Interactions:
    return thousand()[0].interactions


@pytest.mark.slow
def test_a_few_tunes_name_a_listener(log):
    listeners = np.arange(0, 1000, 10)
    listeners = listeners[np.diff(log.binary.indptr)[listeners] >= 8]
    right = []
    for n in (1, 3, 8):
        known = leaks.take_known(log, listeners, n, seed=1)
        assert all(set(row) <= set(log.items_of(who)) for row, who in zip(known, listeners, strict=True))
        found = leaks.reidentify(log, known)
        assert (found == listeners)[found >= 0].all()  # with nothing wrong, only the right row holds all of them
        right.append((found == listeners).mean())
    assert right[0] < 0.3 < 0.5 < right[1] < right[2] > 0.95
    two_wrong = leaks.take_known(log, listeners, 8, wrong=2, seed=1)
    assert np.mean([len(set(row) & set(log.items_of(who))) for row, who in zip(two_wrong, listeners, strict=True)]) == 6
    assert (leaks.reidentify(log, two_wrong) == listeners).mean() > 0.8


def test_nobody_is_named_where_two_rows_are_alike():
    log = Interactions.from_pairs(["a", "a", "b", "b", "c"], ["x", "y", "x", "y", "z"])
    assert leaks.reidentify(log, np.array([[log.item_code_of("x"), log.item_code_of("y")]]))[0] == -1
    with pytest.raises(ValueError, match="fewer than the 3"):
        leaks.take_known(log, [0], 3)
    with pytest.raises(ValueError, match="cannot be wrong"):
        leaks.take_known(log, [0], 1, wrong=2)


def test_lists_that_move_betray_a_new_tune():
    before = np.array([[1, 2], [0, 2], [0, 1], [4, -1], [3, -1]])
    after = np.array([[1, 4], [4, 0], [0, 1], [4, -1], [0, 1]])  # 4 has come to the lists of 0 and of 1
    assert leaks.infer(before, after, [0, 1])[0] == 4
    assert leaks.infer(before, before, [0, 1])[0] == -1
    assert leaks.infer(before, after, [0, 4])[0] == 1  # what is known already is no guess
    assert leaks.related([[9, 1, 3], [1, 9, 0], [3, 0, 9]], 2).tolist() == [[2, 1], [0, -1], [0, -1]]


@pytest.mark.slow
def test_watching_beats_naming_the_famous(log):
    before = log.split_temporal(0.01)[0]
    few, many = (leaks.watch(before, log, n)[0].mean() for n in (5, 20))
    watched, blind = leaks.watch(before, log, 20)
    assert len(watched) == len(blind) > 200
    assert blind.mean() < few < many
    assert not leaks.watch(before, before)[0].size  # nobody has begun anything


@pytest.mark.slow
def test_a_contribution_is_bounded_and_stable(log):
    kept = privacy.bound(log.binary, 30)
    assert np.diff(kept.indptr).max() == 30
    assert (kept.multiply(log.binary) != kept).nnz == 0
    short = np.diff(log.binary.indptr) <= 30
    assert (np.diff(kept.indptr)[short] == np.diff(log.binary.indptr)[short]).all()
    earlier = log.split_temporal(0.01)[0]
    assert abs(kept - privacy.bound(earlier.binary, 30)).sum() <= 2 * (log.binary.nnz - earlier.binary.nnz)


@pytest.mark.parametrize("epsilon", [0.1, 1, 8])
@pytest.mark.parametrize("delta", [1e-3, 1e-6])
def test_noise_keeps_its_promise(epsilon, delta):
    sd = privacy.noise(epsilon, delta, 3.0)
    shift = 3.0 / sd
    assert norm.sf(epsilon, shift**2 / 2, shift) == pytest.approx(delta, rel=1e-6)  # P(loss > epsilon) = delta
    # The exact condition of (epsilon, delta) for a Gaussian is weaker, so it holds as well.
    spent = norm.cdf(shift / 2 - epsilon / shift) - math.exp(epsilon) * norm.cdf(-shift / 2 - epsilon / shift)
    assert spent <= delta
    assert privacy.noise(math.inf, delta, 3.0) == 0


@pytest.mark.slow
def test_two_neighbours_tables_differ_by_the_sensitivity_at_most(log):
    kept = privacy.bound(log.binary, 30).toarray()
    for who in range(0, 1000, 97):
        some = kept[who][np.flatnonzero(kept[who])]
        cells = np.triu(np.outer(some, some), 1)
        assert np.linalg.norm(cells) <= math.sqrt(30 * 29 / 2)
        assert np.linalg.norm(kept[who]) <= math.sqrt(30)


@pytest.mark.slow
def test_less_privacy_better_lists(log):
    train, test = log.split_random(0.2, 0)
    who = np.arange(0, 1000, 5)
    scores = {}
    for epsilon in (1, 16, math.inf):
        lists = privacy.NoisyItemKNN(epsilon).fit(train).top(who)
        scores[epsilon] = ranking.mean(ranking.ndcg(lists, test, 10, who))
    popular = ranking.mean(ranking.ndcg(Popularity().fit(train).top(who), test, 10, who))
    assert scores[1] < popular < scores[16] < scores[math.inf]
    model = privacy.NoisyItemKNN().fit(train)
    assert set(model.top(who).ravel()) <= set(model.found.items)
    part = privacy.bound(train.binary, 30)[:, model.found.items].toarray()
    assert np.array_equal(model.found.pairs, part.T @ part * (1 - np.eye(300)))


@pytest.mark.slow
def test_the_insider_is_held_up(log):
    listeners = np.arange(0, 1000, 4)
    right = {epsilon: leaks.attack(log, listeners, epsilon=epsilon).mean() for epsilon in (1, 64, math.inf)}
    assert right[math.inf] == 1
    assert right[1] < math.e / (1 + math.e) < right[64]


@pytest.mark.slow
def test_bad_settings_are_refused(log):
    for arguments in ((0, 1e-5, 1), (1, 0.7, 1), (1, 1e-5, -1), (math.nan, 1e-5, 1)):
        with pytest.raises(ValueError, match="epsilon > 0"):
            privacy.noise(*arguments)
    with pytest.raises(ValueError, match="epsilon > 0"):
        privacy.NoisyItemKNN(-1)
    for settings in ({"most": 1}, {"shown": 1}, {"shown": 10**6}):
        with pytest.raises(ValueError, match="most is at least 2"):
            privacy.release(log, **settings)
