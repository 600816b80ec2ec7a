"""One object for every source: what it refuses, and how it is split."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend.interactions import Interactions, InteractionsError


def pairs(**changes):
    fields = {
        "listener": [0, 0, 1],
        "item": [0, 2, 2],
        "weight": [3, 1, 2],
        "listeners": ["a", "b"],
        "items": ["x", "y", "z"],
    }
    return Interactions(**fields | changes)


def test_forms_agree():
    data = pairs()
    assert data.shape == (2, 3)
    assert len(data) == 3
    assert data.matrix.toarray().tolist() == [[3, 0, 1], [0, 0, 2]]
    assert data.binary.toarray().tolist() == [[1, 0, 1], [0, 0, 1]]
    assert data.popularity.tolist() == [1, 0, 2]
    assert data.items_of(0).tolist() == [0, 2]
    assert (data.code_of("b"), data.item_code_of("y")) == (1, 1)


def test_ids_become_codes():
    data = Interactions.from_pairs(["b", "a", "b"], [7, 7, 5], [1, 2, 3])
    assert data.listeners.tolist() == ["a", "b"]
    assert data.items.tolist() == ["5", "7"]
    assert data.matrix.toarray().tolist() == [[0, 2], [3, 1]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": [3, np.nan, 2]}, r"weight nan in row 1 \(1 such rows\)"),
        ({"weight": [3, 0, 2]}, "weight 0.0 in row 1"),
        ({"weight": [3, np.inf, 2]}, "weight inf"),
        ({"weight": [3, 1]}, "equally long"),
        ({"item": [2, 2, 2]}, "listener a and item z occur twice together"),
        ({"item": [0, 3, 2]}, "item code lies outside 0 to 2"),
        ({"listener": [-1, 0, 1]}, "listener code lies outside"),
        ({"listeners": ["a", "a"]}, "listener id occurs twice"),
        ({"kind": "clicks"}, "kind 'clicks'"),
        ({"listener": [], "item": [], "weight": []}, "there are no pairs"),
        ({"time": [1, 2]}, "equally long"),
    ],
)
def test_bad_input_is_named(changes, message):
    with pytest.raises(InteractionsError, match=message):
        pairs(**changes)


def test_unknown_ids_are_named():
    with pytest.raises(KeyError, match="no listener 'c' among 2"):
        pairs().code_of("c")
    with pytest.raises(KeyError, match="no item 'w' among 3"):
        pairs().item_code_of("w")


def test_nothing_can_be_changed_afterwards():
    with pytest.raises(ValueError, match="read-only"):
        pairs().weight[0] = 5


def keys(data):
    return set(zip(data.listener.tolist(), data.item.tolist(), data.weight.tolist(), strict=True))


def test_random_split_is_a_partition_of_each_listener(world):
    train, test = world.split_random(0.25, seed=3)
    assert keys(train) | keys(test) == keys(world)
    assert not keys(train) & keys(test)
    assert train.shape == test.shape == world.shape
    size, held = (np.bincount(part.listener, minlength=world.n_listeners) for part in (world, test))
    assert held.tolist() == np.minimum(np.rint(0.25 * size), size - 1).tolist()
    again, other = world.split_random(0.25, seed=3), world.split_random(0.25, seed=4)
    assert keys(again[1]) == keys(test)
    assert keys(other[1]) != keys(test)


def test_temporal_split_parts_time(world):
    train, test = world.split_temporal(0.25)
    assert train.time.max() < test.time.min()
    assert keys(train) | keys(test) == keys(world)
    assert len(test) == pytest.approx(0.25 * len(world), abs=2)


def test_splits_refuse_what_they_cannot_do(world):
    with pytest.raises(InteractionsError, match="no times"):
        pairs().split_temporal()
    with pytest.raises(InteractionsError, match="between 0 and 1"):
        world.split_random(1.0)
    with pytest.raises(InteractionsError, match="a part is empty"):
        pairs().split_random(0.01)
