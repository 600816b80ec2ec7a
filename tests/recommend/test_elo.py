"""The learner model: its equations, what it recommends, and whether simulated learners gain by it."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend import elo
from musicbook.recommend.intervals import paired_bootstrap

SUGGESTED = np.repeat([-1.5, 0.0, 1.5], 24) + np.tile(np.linspace(-0.7, 0.7, 8), 9)
TOPIC = np.tile(np.repeat([0, 1, 2], 8), 3)


@pytest.fixture(scope="module")
def bank():
    return elo.Bank.draw(SUGGESTED, TOPIC, 4)


@pytest.fixture(scope="module")
def learners():
    return elo.Learners.draw(400, 3, seed=1)


def test_expected_answer():
    assert elo.expected(0, 0, 4) == pytest.approx(0.25 + 0.75 / 2)
    assert elo.expected(-50, 0, 4) == pytest.approx(0.25)
    assert elo.expected(50, 0, 4) == pytest.approx(1)
    assert elo.expected(1.0, 0, np.inf) == pytest.approx(1 / (1 + np.exp(-1)))


def test_update_moves_both_and_less_each_time():
    skill, difficulty = elo.update(0.0, 0.0, True, 0, 0)
    assert skill == pytest.approx(0.375)
    assert difficulty == pytest.approx(-0.375)
    assert elo.update(0.0, 0.0, False, 0)[0] == pytest.approx(-0.625)
    assert elo.update(0.0, 0.3, True, 20)[1] == 0.3
    assert elo.update(0.0, 0.0, True, 20)[0] == pytest.approx(0.375 / 2)


def test_skill_is_found_from_answers():
    rng, skill = np.random.default_rng(0), np.zeros(500)
    true = rng.normal(0, 1, 500)
    for n in range(300):
        item = rng.normal(0, 1, 500)
        skill, _ = elo.update(skill, item, rng.random(500) < elo.expected(true, item), n)
    assert np.corrcoef(skill, true)[0, 1] > 0.9
    assert abs(np.mean(skill - true)) < 0.1


def test_difficulties_are_found_too():
    rng = np.random.default_rng(1)
    true, found, n = rng.normal(0, 1, 40), np.zeros(40), np.zeros(40, int)
    for _ in range(300):
        skill, answers = 0.0, 0
        ability = rng.normal()
        for item in rng.integers(40, size=30):
            right = rng.random() < elo.expected(ability, true[item])
            skill, found[item] = elo.update(skill, found[item], right, answers, n[item])
            answers, n[item] = answers + 1, n[item] + 1
    assert np.corrcoef(true, found)[0, 1] > 0.9


def test_choice_hits_the_target_and_follows_interest(bank):
    skills, seen = np.zeros((1, 3)), np.zeros((1, 72), int)
    for target in (0.6, 0.75, 0.9):
        item = elo.choose(skills, bank.topic, bank.difficulty, bank.options, np.full((1, 3), 0.5), seen, target)[0]
        assert abs(elo.expected(0, bank.difficulty[item]) - target) < 0.05
    liked = elo.choose(skills, bank.topic, bank.difficulty, bank.options, np.array([[0, 0, 1.0]]), seen)[0]
    assert bank.topic[liked] == 2
    seen[0, liked] = 1
    assert elo.choose(skills, bank.topic, bank.difficulty, bank.options, np.array([[0, 0, 1.0]]), seen)[0] != liked


def test_recommended_practice_gains_more(bank, learners):
    fared = {
        "both": elo.simulate(elo.elo_policy(bank), bank, learners),
        "progress": elo.simulate(elo.elo_policy(bank, weight=0), bank, learners),
        "interest": elo.simulate(elo.elo_policy(bank, weight=1), bank, learners),
        "fixed": elo.simulate(elo.fixed_policy(bank), bank, learners),
        "random": elo.simulate(elo.random_policy(bank), bank, learners),
    }
    for other in ("progress", "interest", "fixed", "random"):
        assert paired_bootstrap(fared["both"].gain, fared[other].gain).low > 0, other
    for other in ("interest", "fixed", "random"):
        assert paired_bootstrap(fared["progress"].near, fared[other].near).low > 0.1, other
    assert fared["interest"].done.mean() > fared["both"].done.mean() > fared["progress"].done.mean()
    assert paired_bootstrap(fared["fixed"].least, fared["interest"].least).low > 0.1, "interest alone leaves topics out"
    again = elo.simulate(elo.elo_policy(bank), bank, learners)
    np.testing.assert_array_equal(again.gain, fared["both"].gain)
    assert np.all(learners.skill == elo.Learners.draw(400, 3, seed=1).skill), "learners are not changed"


def test_it_does_not_help_where_everything_teaches_alike(bank):
    learners = elo.Learners.draw(400, 3, seed=1, flat=True)
    fared = [elo.simulate(elo.elo_policy(bank, weight=w), bank, learners).gain.mean() for w in (0, 1)]
    assert fared[1] > fared[0], "then whoever practises most learns most"


def test_sweep_gives_panels_of_every_pair_of_settings(bank, learners):
    panels = elo.sweep(bank, learners, (0.6, 0.9), (0, 0.5, 1))
    assert panels[0]["title"] == "gain in skill"
    run = elo.simulate(elo.elo_policy(bank, 0.9, 0.5), bank, learners, target=0.9)
    for panel, field in zip(panels, ("gain", "least", "done", "near"), strict=True):
        who = "400 simulated learners"
        assert panel["bars"][who].shape == (2, 3)
        assert panel["bars"][who][1, 1] == pytest.approx(getattr(run, field).mean())
        assert np.all(panel["low"][who] <= panel["bars"][who])
        assert np.all(panel["bars"][who] <= panel["high"][who])
