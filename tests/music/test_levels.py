"""Levels by their limits, and questions with their answers."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from musicbook.music import levels, questions
from musicbook.music.levels import LEVELS, Level, difficulty, faults, level_of, measure
from musicbook.music.melody import Melody, MusicError

STEPS = [60, 62, 64, 65, 67, 65, 64, 60]


def tune(pitches=STEPS, length=1, **fields):
    rows = [(k * length, length, pitch) for k, pitch in enumerate(pitches)]
    return Melody.from_notes(rows, **{"key": "C", "tempo": 72} | fields)


def test_measures_are_counted():
    found = measure(tune([60, 61, 68, 72, 72], Fraction(1, 2), key="Eb", tempo=90))
    assert found == (12, 7, (Fraction(1, 2),), 1, 3, 90.0, 5)
    assert measure(tune(STEPS, key="")).signs == 0, "the likeliest key"


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, 1),
        ({"pitches": [60, 64, 67, 60]}, 2),  # a leap of seven
        ({"pitches": [60, 62, 64, 65, 67, 69]}, 2),  # nine wide
        ({"length": Fraction(1, 2)}, 2),
        ({"length": Fraction(1, 4)}, 3),
        ({"length": Fraction(1, 3)}, 4),
        ({"key": "D", "pitches": [62, 64, 66, 67, 69]}, 2),
        ({"pitches": [60, 61, 62]}, 3),
        ({"pitches": [60, 61, 60, 61, 60, 61]}, 4),
        ({"tempo": 101}, 3),
        ({"pitches": [60, 62] * 9}, 2),
        ({"pitches": [60, 78]}, 4),
    ],
)
def test_level_is_the_lowest_whose_limits_are_kept(change, level):
    assert level_of(tune(**change)) == level
    assert bool(faults(tune(**change), 1)) == (level > 1)


def test_faults_say_what_and_how_much():
    assert faults(tune([60, 67]), 1) == ["a leap of 7 semitones; the level allows 4"]
    assert faults(tune(length=Fraction(1, 2)), 1) == ["a note of 1/2 quarters, which the level has not"]
    own = Level("five notes", 7, 4, (Fraction(1),), 0, 0, 80, 5)
    assert faults(tune(), own) == ["8 notes; the level allows 5"]


def test_levels_include_each_other_and_difficulty_grows():
    for lower, higher in itertools.pairwise(LEVELS):
        assert set(lower.lengths) <= set(higher.lengths)
        numbers = [
            (getattr(lower, n), getattr(higher, n)) for n in ("span", "leap", "foreign", "signs", "tempo", "notes")
        ]
        assert all(low <= high for low, high in numbers)
    steps = [tune(), tune(tempo=100), tune([60, 64, 67, 72, 60], tempo=100), tune([60, 61, 67, 76, 60], Fraction(1, 4))]
    scores = [difficulty(each) for each in steps]
    assert scores == sorted(scores)
    assert 0 < scores[0] < 1
    assert difficulty(tune([40, 90, 41, 91], Fraction(1, 16), tempo=400)) <= 4


def test_what_has_no_level_is_refused():
    with pytest.raises(MusicError, match="without notes"):
        measure(Melody.from_notes([]))
    with pytest.raises(MusicError, match="not written as"):
        levels.scale_of("H")


def test_keys_and_names():
    assert levels.scale_of("G") == {7, 9, 11, 0, 2, 4, 6} == levels.scale_of("Em") == levels.scale_of("Ador")
    assert [levels.signs_of(key) for key in ("C", "D", "Eb", "Am", "Gmix", "Fm")] == [0, 2, -3, 0, 0, -4]
    names = [[questions.note_name(p, key) for p in range(60, 72)] for key in ("Eb", "A")]
    assert " ".join(names[0]) == "C C♯ D E♭ E F F♯ G A♭ A B♭ B"
    assert " ".join(names[1]) == "C C♯ D D♯ E F F♯ G G♯ A A♯ B"
    assert [questions.spell(p, "Bb") for p in (58, 60, 63, 72)] == [(-1, -1), (0, 0), (2, -1), (7, 0)]


ASKS = [questions.direction, questions.interval, questions.rhythm, questions.name, questions.wrong_bar]


def melody(seed):
    rng = np.random.default_rng(seed)
    pitch = rng.choice([60, 62, 64, 65, 67, 69, 71, 72], 12)
    if len(set(pitch.tolist())) == 1:
        pitch[0] += 2
    return Melody.from_notes([(*row, int(p)) for row, p in zip(RHYTHM, pitch, strict=True)], key="C")


RHYTHM = [(0, 1), (1, 1), (2, 2), (4, 0.5), (4.5, 0.5), (5, 1), (6, 2), (8, 1.5), (9.5, 0.5), (10, 1), (11, 1), (12, 4)]


@pytest.mark.slow
@pytest.mark.parametrize("ask", ASKS)
def test_every_question_has_one_right_answer(ask):
    for seed in range(60):
        found = ask(melody(seed), seed)
        assert 2 <= len(found.options) <= 4
        assert len(set(found.options)) == len(found.options)
        assert [questions.check(found, k) for k in range(len(found.options))].count(True) == 1
        assert questions.check(found, found.right)
        assert found == ask(melody(seed), seed)
        assert (found.seen is not None) == (found.topic == "reading")
        right = found.options[found.right]
        pitch, names = found.heard.pitch, "CDEFGAB"
        if ask is questions.interval:
            assert questions.INTERVALS.index(right) == abs(pitch[1] - pitch[0]) > 0
        elif ask is questions.direction:
            assert right == {1: "higher", -1: "lower", 0: "the same"}[int(np.sign(pitch[1] - pitch[0]))]
        elif ask is questions.rhythm:
            parts = {"½": 0.5, "1½": 1.5}
            sums = [
                sum(parts.get(part) or float(part) for part in option.split(" · "))
                for option in (o for o in found.options if "¼" not in o and "¾" not in o)
            ]
            assert set(sums) == {4.0}
            assert right == questions._beats([Fraction(int(d), 10080) for d in found.heard.duration])
        elif ask is questions.name:
            assert names[[0, 2, 4, 5, 7, 9, 11].index(pitch[int(found.text.split()[3]) - 1] % 12)] == right
        else:
            changed = np.flatnonzero(found.heard.pitch != found.seen.pitch)
            assert len(changed) == 1
            assert right == f"bar {found.seen.onset[changed[0]] // found.seen.bar + 1}"


def test_right_answers_stand_at_every_place():
    for ask in ASKS:
        assert len({ask(melody(seed), seed).right for seed in range(60)}) >= 3


def test_what_cannot_be_asked_is_said():
    with pytest.raises(MusicError, match="needs two bars"):
        questions.wrong_bar(tune([60, 62]), 0)
    with pytest.raises(MusicError, match="semitones apart"):
        questions.interval(tune([60, 60]), 0)
    with pytest.raises(MusicError, match="bar of two notes"):
        questions.rhythm(tune([60], 4), 0)
    with pytest.raises(MusicError, match="answer 9"):
        questions.check(questions.name(tune(), 0), 9)
