"""Exercises keep their level, hundreds of them, and do what the fiddle books do within it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from musicbook.compose.practice import TOPICS, ask, bank, exercise, habits
from musicbook.music.levels import LEVELS, Level, difficulty, faults, level_of, measure
from musicbook.music.melody import HIGH, LOW
from musicbook.music.questions import check


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 2, 3])
def test_three_hundred_exercises_keep_their_level(level):
    found = [exercise(level, seed) for seed in range(300)]
    assert [faults(each, level) for each in found] == [[]] * 300
    assert np.mean([level_of(each) == level for each in found]) > 0.95, "and seldom a lower one"
    assert len({each.pitch.tobytes() for each in found}) > 290
    for each in found:
        assert each.length == 4 * each.bar
        assert each.pitch.min() >= LOW
        assert each.pitch.max() <= HIGH
    limits = LEVELS[level - 1]
    measured = [measure(each) for each in found]
    assert max(m.span for m in measured) == limits.span
    assert max(m.leap for m in measured) >= limits.leap - 2
    assert max(m.foreign for m in measured) == limits.foreign
    assert {length for m in measured for length in m.lengths} <= set(limits.lengths)
    assert max(m.signs for m in measured) == limits.signs


@pytest.mark.slow
def test_difficulty_grows_with_the_level():
    means = [np.mean([difficulty(exercise(level, seed)) for seed in range(40)]) for level in (1, 2, 3)]
    assert means == sorted(means)
    assert means[2] - means[0] > 1


@pytest.mark.slow
def test_habits_are_those_of_the_books():
    moves, lengths = habits()
    assert moves.shape == (12, 25)
    assert lengths.shape == (16, 17)
    steps, leaps = moves[[0, 2, 4, 5, 7, 9, 11]][:, [10, 11, 13, 14]].sum(), moves[:, [0, 1, 23, 24]].sum()
    assert steps > 10 * leaps
    assert lengths[0].argmax() == 2, "an eighth"


@pytest.mark.slow
def test_same_seed_same_exercise_and_own_constraints():
    assert exercise(2, 7) == exercise(2, 7)
    for seed in range(50):
        pitch = exercise(3, seed, allowed=lambda a, b: a != b).pitch
        assert np.all(np.diff(pitch) != 0)
    narrow = Level("three notes", 4, 2, (Fraction(1), Fraction(2)), 0, 0, 60, 8)
    found = [exercise(narrow, seed, bars=2) for seed in range(50)]
    assert all(not faults(each, narrow) and each.key == "C" and each.length == 2 * each.bar for each in found)


@pytest.mark.slow
def test_what_cannot_be_written_is_said():
    with pytest.raises(ValueError, match="could not be written"):
        exercise(1, 0, bars=40)
    with pytest.raises(ValueError, match="no path is allowed"):
        exercise(1, 0, allowed=lambda a, b: False)
    with pytest.raises(ValueError, match="no topic 'harmony'"):
        ask(1, "harmony", 0)


@pytest.mark.slow
def test_bank_has_every_level_and_topic():
    found = bank(8)
    assert [(each.level, each.question.topic) for each in found] == [
        (level, topic) for level in (1, 2, 3) for topic in TOPICS for _ in range(8)
    ]
    assert all(check(each.question, each.question.right) for each in found)
    means = [np.mean([each.difficulty for each in found if each.level == level]) for level in (1, 2, 3)]
    assert means[0] < -0.5 < means[1] < 0.5 < means[2]
    assert [each.question.options for each in bank(8)] == [each.question.options for each in found]
