"""The value type: what goes in comes out, what cannot go in is refused by name, what a form loses is counted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicbook.music import files
from musicbook.music.melody import HOLD, REST, TICKS, Melody, MusicError

LENGTHS = [
    Fraction(1, 4),
    Fraction(1, 3),
    Fraction(1, 2),
    Fraction(2, 5),
    Fraction(3, 4),
    Fraction(1),
    Fraction(3),
    Fraction(1, 7),
]
METERS = ["4/4", "6/8", "3/4", "2/2", "9/8", "none"]


@st.composite
def lines(draw, lengths=LENGTHS, low=0, high=127):
    """One voice: notes in a row, with rests between some."""
    rows, now = [], Fraction(0)
    for _ in range(draw(st.integers(1, 12))):
        now += draw(st.sampled_from([Fraction(0), Fraction(0), *lengths]))
        length = draw(st.sampled_from(lengths))
        rows.append((now, length, draw(st.integers(low, high))))
        now += length
    return rows


@st.composite
def melodies(draw, lengths=LENGTHS, low=0, high=127, most_voices=3):
    voices = [draw(lines(lengths, low, high)) for _ in range(draw(st.integers(1, most_voices)))]
    rows = [(*row, v) for v, line in enumerate(voices) for row in line]
    meter = draw(st.sampled_from(METERS))
    tempo = float(draw(st.sampled_from([40, 66.66666666666667, 104, 120, 200])))
    key = draw(st.sampled_from(["", "C", "Em", "F#m", "Bb", "Ddor", "Gmix"]))
    pickup = draw(st.sampled_from([0, TICKS // 2, TICKS]))
    title = draw(st.text(st.characters(codec="utf-8", categories=("L",)), min_size=1, max_size=12))
    return Melody.from_notes(rows, meter=meter, tempo=tempo, key=key, pickup=pickup, title=title)


GRID = [Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(7, 4)]


@settings(deadline=None)
@given(melodies(GRID, 55, 84, most_voices=1))
def test_tokens_and_back_lose_nothing(melody):
    tokens = melody.to_tokens(low=55, high=84)
    fields = {name: getattr(melody, name) for name in ("meter", "tempo", "key", "pickup")}
    assert Melody.from_tokens(tokens, low=55, high=84, **fields) == melody
    assert len(tokens) == melody.length // (TICKS // 4)


@settings(deadline=None)
@given(st.lists(st.integers(0, 31), min_size=1, max_size=40))
def test_every_row_of_tokens_is_music_and_settles_after_one_turn(tokens):
    melody = Melody.from_tokens(tokens, low=55, high=84)
    again = melody.to_tokens(low=55, high=84)
    assert Melody.from_tokens(again, low=55, high=84) == melody
    canonical, sounding = [], False
    for token in tokens:
        sounding = token > HOLD or (token == HOLD and sounding)
        canonical.append(token if sounding else REST)
    while canonical and canonical[-1] == REST:
        canonical.pop()
    assert again.tolist() == canonical


@settings(deadline=None)
@given(melodies(GRID))
def test_roll_and_back_lose_nothing(melody):
    fields = {name: getattr(melody, name) for name in ("meter", "tempo", "key", "pickup")}
    assert Melody.from_roll(melody.to_roll(), **fields) == melody


def test_a_roll_without_its_onset_layer_would_join_repeated_notes():
    twice = Melody.from_notes([(0, 1, 60), (1, 1, 60)])
    once = Melody.from_notes([(0, 2, 60)])
    assert np.array_equal(twice.to_roll()[:, 0], once.to_roll()[:, 0])
    assert not np.array_equal(twice.to_roll()[:, 1], once.to_roll()[:, 1])


@settings(deadline=None)
@given(melodies())
def test_midi_and_back_lose_nothing(melody):
    again = files.read_midi(melody.to_midi())
    assert again == melody
    assert again.title == melody.title


@settings(max_examples=30, deadline=None)
@given(melodies())
def test_stream_and_back_lose_nothing(melody):
    assert Melody.from_stream(melody.to_stream()) == melody


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(melodies(GRID, 40, 90, most_voices=2))
def test_musicxml_and_back_keeps_every_note(melody):
    again = files.read_musicxml(files.to_musicxml(melody))
    assert again.notes == melody.notes
    assert again.title == melody.title


@settings(max_examples=40, deadline=None)
@given(melodies([*GRID, Fraction(1, 3)], 40, 90, most_voices=2))
def test_abc_and_back_keeps_every_note(melody):
    from musicbook.music.abc import write_abc

    assert files.read_abc(write_abc(melody)).notes == melody.notes


def test_what_the_token_grid_would_lose_is_counted_and_refused():
    melody = Melody.from_notes([(0, 1, 60), (Fraction(1, 3), 1, 62), (2, 1, 100), (2, 1, 48, 1)])
    assert melody.losses(low=55, high=84) == {"off_grid": 1, "outside": 2, "overlapping": 2, "other_voices": 1}
    with pytest.raises(MusicError, match="1 off grid, 2 outside, 2 overlapping, 1 other voices"):
        melody.to_tokens(low=55, high=84)


def test_a_reader_may_lose_it_knowingly():
    melody = Melody.from_notes([(0, 1, 60), (Fraction(1, 3), 1, 62), (2, 1, 100), (2, 1, 48, 1)])
    tokens = melody.to_tokens(low=55, high=84, strict=False)
    heard = Melody.from_tokens(tokens, low=55, high=84)
    assert [(o, d, p) for o, d, p, _ in heard.notes] == [
        (0, Fraction(1, 4), 60),
        (Fraction(1, 4), 1, 62),
        (2, 1, 76),
    ]


@pytest.mark.parametrize(
    ("notes", "fields", "words"),
    [
        ([(-1, 1, 60)], {}, "starts before 0"),
        ([(0, 0, 60)], {}, "no length"),
        ([(0, 1, 128)], {}, "0 to 127"),
        ([(0, 1, 60, -1)], {}, "voice number"),
        ([(10**9, 1, 60)], {}, "longest tune"),
        ([(0, 1, 60)], {"meter": "4/3"}, "power of two"),
        ([(0, 1, 60)], {"meter": "²/4"}, "not a metre"),
        ([(0, 1, 60)], {"tempo": float("nan")}, "tempo"),
        ([(0, 1, 60)], {"tempo": 0}, "tempo"),
        ([(0, 1, 60)], {"pickup": -3}, "pickup"),
    ],
)
def test_what_is_no_music_is_refused_with_the_reason(notes, fields, words):
    with pytest.raises(MusicError, match=words):
        Melody.from_notes(notes, **fields)


def test_columns_of_different_length_are_refused():
    with pytest.raises(MusicError, match="equally long"):
        Melody([0, 1], [1], [60], [0])


@pytest.mark.parametrize("tokens", [[99], [-1], [[1, 2]]])
def test_numbers_that_are_no_tokens_are_refused(tokens):
    with pytest.raises(MusicError, match="tokens must be one row"):
        Melody.from_tokens(tokens, low=55, high=84)


def test_an_excerpt_cuts_at_bar_lines_after_the_pickup():
    melody = Melody.from_notes([(0, 1, 60), (1, 2, 62), (3, 4, 64), (7, 1, 65)], meter="2/4", pickup=TICKS)
    assert [(o, d, p) for o, d, p, _ in melody.excerpt(1, 2).notes] == [(0, 4, 64)]
    assert [(o, d, p) for o, d, p, _ in melody.excerpt(0, 2).notes] == [(0, 2, 62), (2, 2, 64)]


def test_a_melody_cannot_be_changed_by_accident():
    melody = Melody.from_notes([(0, 1, 60)])
    with pytest.raises(ValueError, match="read-only"):
        melody.pitch[0] = 61
    with pytest.raises(AttributeError):
        melody.tempo = 3


def test_transposing_keeps_everything_but_the_name_of_the_key():
    melody = Melody.from_notes([(0, 1, 60)], key="C")
    assert melody.transpose(12).key == "C"
    assert melody.transpose(1).key == ""
    assert melody.transpose(1).transpose(-1).pitch.tolist() == [60]
