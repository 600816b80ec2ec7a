"""Estimators of the click-through rate against the truth of a simulator."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend import clicks

N, M = 40, 25


@pytest.fixture(scope="module")
def chance():
    return np.random.default_rng(0).beta(1, 6, (N, M))


@pytest.fixture(scope="module")
def target(chance):
    """A good policy, which the logging policies are not."""
    noisy = chance + np.random.default_rng(1).normal(0, 0.05, chance.shape)
    return clicks.policy_of(np.argsort(-noisy, axis=1)[:, :5], M)


@pytest.fixture(scope="module")
def biased(chance):
    """A logging policy that mostly shows the same ten items and can show any."""
    return clicks.soften(clicks.policy_of(np.tile(np.arange(10), (N, 1)), M), 0.3)


def test_a_policy_shows_its_list_evenly():
    policy = clicks.policy_of(np.array([[2, 0, -1], [1, 2, 3]]), 4)
    np.testing.assert_allclose(policy, [[1 / 2, 0, 1 / 2, 0], [0, 1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(clicks.soften(policy, 0.2).sum(axis=1), 1)
    with pytest.raises(ValueError, match="nothing can be shown"):
        clicks.policy_of(np.array([[-1, -1]]), 4)
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        clicks.soften(policy, 2)


def test_the_log_follows_policy_and_chance(chance, biased):
    log = clicks.simulate_log(biased, chance, 2000)
    counts = np.zeros((N, M))
    np.add.at(counts, (log.listener, log.item), 1)
    np.testing.assert_allclose(counts / 2000, biased, atol=0.05)
    np.testing.assert_allclose(log.propensity, biased[log.listener, log.item])
    assert log.click.mean() == pytest.approx(clicks.true_rate(biased, chance), abs=0.005)


def test_replay_is_right_on_a_random_log_and_wrong_on_a_biased_one(chance, target, biased):
    truth = clicks.true_rate(target, chance)
    even = np.full((N, M), 1 / M)
    rate, error, used = clicks.replay(clicks.simulate_log(even, chance, 5000), target)
    assert rate == pytest.approx(truth, abs=3 * error)
    assert used == pytest.approx(N * 5000 / M, rel=0.05)  # one impression in M agrees
    again = [clicks.replay(clicks.simulate_log(even, chance, 500, s), target, s).rate for s in range(100)]
    assert np.mean(again) == pytest.approx(truth, abs=4 * np.std(again) / 10)  # the log's seed does not matter
    tilted = clicks.soften(np.eye(M)[chance.argmin(axis=1)], 0.5)
    policy = (np.eye(M)[chance.argmin(axis=1)] + np.eye(M)[chance.argmax(axis=1)]) / 2
    rate, error, _ = clicks.replay(clicks.simulate_log(tilted, chance, 5000), policy)
    assert abs(rate - clicks.true_rate(policy, chance)) > 10 * error


@pytest.mark.parametrize("estimator", [clicks.ips, clicks.snips])
def test_inverse_propensities_find_the_truth(chance, target, biased, estimator):
    truth = clicks.true_rate(target, chance)
    found = [estimator(clicks.simulate_log(biased, chance, 100, seed), target) for seed in range(200)]
    rates = np.array([each.rate for each in found])
    assert rates.mean() == pytest.approx(truth, abs=4 * rates.std() / np.sqrt(200))
    assert np.mean([each.error for each in found]) == pytest.approx(rates.std(), rel=0.2)
    naive = np.array([clicks.naive(clicks.simulate_log(biased, chance, 100, s), target).rate for s in range(50)])
    assert abs(naive.mean() - truth) > 2 * abs(rates.mean() - truth)


def test_the_formulas(chance):
    log = clicks.ImpressionLog(
        np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([1.0, 0, 1]), np.array([0.5, 0.1, 0.2])
    )
    policy = np.array([[0.25, 0.75], [0, 1.0]])
    weight = [0.5, 7.5, 5]
    assert clicks.ips(log, policy).rate == pytest.approx(5.5 / 3)  # above 1: nothing keeps IPS below it
    assert clicks.snips(log, policy).rate == pytest.approx(5.5 / 13)
    assert clicks.ips(log, policy).used == pytest.approx(13**2 / sum(w * w for w in weight))
    assert clicks.ips(log, policy, clip=2).rate == pytest.approx(2.5 / 3)
    assert clicks.naive(log, policy).rate == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="a propensity is 0"):
        clicks.ips(log._replace(propensity=np.array([0.5, 0, 0.2])), policy)


def test_no_agreement_gives_no_number():
    log = clicks.ImpressionLog(np.array([0]), np.array([0]), np.array([1.0]), np.array([1.0]))
    policy = np.array([[0.0, 1.0]])
    assert np.isnan(clicks.replay(log, policy).rate)
    assert np.isnan(clicks.snips(log, policy).rate)
    assert clicks.ips(log, policy).rate == 0
