"""The propensities that are logged are the probabilities with which the lists were drawn."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest

from musicbook.service import lists

ITEMS = np.array([f"t{k}" for k in range(12)] + ["for1", "for2", "any1", "any2"], object)
MADE = pd.DataFrame(
    {"listener": ["ada"] * 4, "steered": [1, 1, 0, 0], "tune": ["for1", "for2", "any1", "any2"]},
)


def draw(rng, top):
    return lists.fill(np.array([top]), ITEMS, lists.pairs(MADE, ["ada"], rng), 2, rng)


@pytest.mark.slow
def test_what_is_logged_is_how_often_it_happens():
    rng, n = np.random.default_rng(0), 3000
    seen, logged = defaultdict(Counter), {}
    for _ in range(n):
        for _, tune, place, chance in draw(rng, np.arange(10)):
            seen[place][tune] += 1
            logged.setdefault((place, tune), set()).add(round(chance, 9))
    for (place, tune), chances in logged.items():
        (chance,) = chances
        share = seen[place][tune] / n
        assert abs(share - chance) < 5 * np.sqrt(chance * (1 - chance) / n), (place, tune, share, chance)
    assert abs(sum(chance for (place, _), (chance,) in logged.items() if place == 1) - 1) < 1e-9


def test_the_experiments_places_hold_one_of_each():
    rng = np.random.default_rng(1)
    for _ in range(50):
        shown = draw(rng, np.arange(10))
        assert [place for _, _, place, _ in shown] == list(range(1, 11))
        pair = {tune[:3] for _, tune, place, _ in shown if place in lists.NEW_PLACES}
        assert pair == {"for", "any"}


def test_a_recommender_with_nothing_left_to_say_is_replaced_by_chance():
    rng, n = np.random.default_rng(2), 500
    first = Counter(draw(rng, np.full(10, -1))[0][1:4:2] for _ in range(n))
    assert {chance for _, chance in first} == {1 / len(ITEMS)}
    assert len(first) == len(ITEMS)
