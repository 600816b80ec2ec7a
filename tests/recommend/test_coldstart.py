"""What is held out for a cold start is gone, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend import coldstart
from musicbook.recommend.ease import EASE
from musicbook.recommend.neighbours import UserKNN


def test_what_is_held_out_is_gone_and_the_codes_stay(world):
    some = np.array([3, 9])
    for part, gone in (
        (coldstart.without_listeners(world, some), np.isin(world.listener, some)),
        (coldstart.without_items(world, some), np.isin(world.item, some)),
        (coldstart.first_listeners(world, 20), world.listener >= 20),
    ):
        assert part.shape == world.shape
        assert len(part) == (~gone).sum() < len(world)
        assert not set(zip(part.listener, part.item, strict=True)) & set(
            zip(world.listener[gone], world.item[gone], strict=True)
        )


@pytest.mark.parametrize("n", [1, 3, 1000])
def test_short_histories_are_parts_of_the_whole(world, n):
    who = np.array([5, 0, 17])
    short, whole = coldstart.short_histories(world, who, n, seed=2), world.matrix[who]
    assert np.diff(short.indptr).tolist() == np.minimum(n, np.diff(whole.indptr)).tolist()
    dense = short.toarray()
    assert (dense[dense > 0] == whole.toarray()[dense > 0]).all()
    longer = coldstart.short_histories(world, who, n + 1, seed=2).toarray()
    assert ((longer > 0) >= (dense > 0)).all()


def test_a_history_of_one_item_does_not_know_the_rest(world):
    new = np.arange(20)
    model = EASE(30).fit(coldstart.without_listeners(world, new))
    scores = [model.score_histories(coldstart.short_histories(world, new, n)) for n in (1, 5)]
    assert not np.allclose(*scores)
    row = coldstart.short_histories(world, new[:1], 1)
    wanted = model.weights()[row.indices[0]]
    np.testing.assert_allclose(scores[0][0], wanted, atol=1e-5)


def test_an_item_that_nobody_met_is_never_recommended(world):
    gone = np.array([0, 1])  # the most popular ones
    lists = UserKNN().fit(coldstart.without_items(world, gone)).top(np.arange(40), 10)
    assert not np.isin(lists, gone).any()
