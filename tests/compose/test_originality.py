"""The copy report finds planted copies, and agrees with a slow search on everything else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicbook.compose.originality import Passage, beside, nearest, nearest_of_each

ROW = st.lists(st.integers(0, 3), max_size=14)


def slow(new, tunes):
    return max(
        (
            n
            for tune in tunes
            for i in range(len(new))
            for j in range(len(tune))
            for n in range(1, len(new) + 1)
            if new[i : i + n] == tune[j : j + n] and i + n <= len(new) and j + n <= len(tune)
        ),
        default=0,
    )


@settings(max_examples=80, deadline=None)
@given(new=ROW, tunes=st.lists(ROW, min_size=1, max_size=4))
def test_length_is_that_of_a_slow_search_and_the_places_are_right(new, tunes):
    found = nearest(new, tunes)
    assert found.steps == slow(new, tunes)
    there = tunes[found.source][found.source_start : found.source_start + found.steps]
    assert there == new[found.start : found.start + found.steps]
    assert len(there) == found.steps


def test_a_planted_copy_is_found_where_it_was_planted():
    rng = np.random.default_rng(3)
    tunes = [rng.integers(0, 32, 200) for _ in range(50)]
    new = rng.integers(0, 32, 64)
    new[10:40] = tunes[17][100:130]
    found = nearest(new, tunes)
    assert (found.source, found.source_start - found.start) == (17, 90)
    assert found.steps >= 30


def test_a_passage_does_not_run_from_one_tune_into_the_next():
    assert nearest([1, 2, 3, 4], [[1, 2], [3, 4]]).steps == 2


def test_nothing_shared_and_nothing_given():
    assert nearest([5, 5], [[1, 2, 3]]) == Passage(0, 0, 0, 0)
    with pytest.raises(ValueError, match="no tune"):
        nearest([1], [])


def test_the_nearest_tune_stands_beside_each():
    tunes = np.arange(40).reshape(4, 10) % 32
    rows = np.concatenate([tunes[2, :5], np.full(5, 31), tunes[1]]).reshape(2, 10)
    found = beside(rows, tunes)
    assert np.array_equal(found["nearest"], tunes[[2, 1]])
    assert found["nearest_names"] == ["5 of 10 steps in common", "10 of 10 steps in common"]


@pytest.mark.parametrize("alphabet", [2, 4, 32])
def test_many_at_once_are_as_one_by_one(alphabet):
    rng = np.random.default_rng(alphabet)
    tunes = rng.integers(0, alphabet, (40, 24))
    rows = rng.integers(0, alphabet, (30, 16))
    rows[3, 2:14] = tunes[17, 5:17]
    rows[4] = tunes[9, :16]
    assert nearest_of_each(rows, tunes) == [nearest(row, tunes) for row in rows]
    assert nearest_of_each(np.full((1, 4), 31), np.zeros((2, 4), int)) == [nearest([31] * 4, [[0] * 4])]


def test_many_at_once_refuse_what_they_cannot_number():
    with pytest.raises(ValueError, match="no tune"):
        nearest_of_each([[1]], [])
    with pytest.raises(ValueError, match="from 0 to 31"):
        nearest_of_each([[32]], [[1]])
