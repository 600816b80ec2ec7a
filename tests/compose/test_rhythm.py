"""Rhythm by itself: taken off and put back without loss, learned as a proper distribution, written on the beat."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicbook.compose.composer import Composer
from musicbook.compose.rhythm import BEATS, PATTERNS, RhythmChain, RhythmFirst, _beats, pitches_of, put, rhythm_of
from musicbook.music import corpus

WINDOWS = st.lists(st.lists(st.integers(0, 31), min_size=16, max_size=16), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def windows():
    return corpus.windows(2, "train", corpus.FIDDLE_BOOKS)


@settings(max_examples=50, deadline=None)
@given(rows=WINDOWS)
def test_rhythm_and_pitches_make_the_window_again(rows):
    windows = np.array(rows)
    assert np.array_equal(put(rhythm_of(windows), pitches_of(windows)), windows)


def test_pitches_begin_again_or_are_left_out():
    rhythm = [[2, 1, 2, 0, 2, 2, 2, 1]]
    assert put(rhythm, [[5, 7]]).tolist() == [[5, 1, 7, 0, 5, 7, 5, 1]]
    assert put(rhythm, [range(10, 20)]).tolist() == [[10, 1, 11, 0, 12, 13, 14, 1]]
    assert put([[0, 0, 0, 0]], [[]]).tolist() == [[0, 0, 0, 0]]


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_chance_of_the_next_beat_sums_to_one_at_the_right_place(windows, order):
    chain = RhythmChain(order).fit(windows)._chain
    for row in _beats(windows[:5]):
        for at in range(len(row)):
            p = chain.probabilities(row[:at])
            assert p.sum() == pytest.approx(1)
            assert set(np.flatnonzero(p) // PATTERNS) == {at % BEATS}


@pytest.mark.slow
def test_log_likelihood_is_that_of_the_rhythm_alone(windows):
    chain = RhythmChain(2).fit(windows)
    row = windows[77]
    other = put(rhythm_of(row[None]), [np.arange(5, 30)])[0]
    assert chain.log_likelihood(row) == pytest.approx(chain.log_likelihood(other))
    beats = _beats(row[None])[0]
    steps = [np.log(chain._chain.probabilities(beats[:i])[beat]) for i, beat in enumerate(beats)]
    assert chain.log_likelihood(row) == pytest.approx(sum(steps))


@pytest.mark.slow
def test_looking_back_helps_on_music_that_it_has_not_seen(windows):
    """One beat back is better than none; an order of 4 sees the bar before, and its rhythms repeat as real ones do."""
    held_out = corpus.windows(2, "test", corpus.FIDDLE_BOOKS)
    chains = {k: RhythmChain(k).fit(windows) for k in (1, 2, 4)}
    nats = {k: -np.mean([chain.log_likelihood(row) for row in held_out[::7]]) / 8 for k, chain in chains.items()}
    assert nats[2] < nats[1] < np.log(PATTERNS) / 3

    def repeats(rows):
        return np.mean((rows[:, :16] == rows[:, 16:]).all(axis=1))

    real = repeats(rhythm_of(held_out))
    assert abs(repeats(chains[4].sample(2000, 0)) - real) < 0.05
    assert repeats(chains[1].sample(2000, 0)) < real - 0.1


@pytest.mark.slow
def test_what_is_written_is_a_rhythm_and_then_a_tune(windows):
    model = RhythmFirst().fit(windows)
    rhythms = model.rhythm.sample(50, seed=1)
    assert set(np.unique(rhythms)) <= {0, 1, 2}
    assert (rhythms == 2).any(axis=1).all()
    sung = model.sing(rhythms, seed=2)
    assert np.array_equal(rhythm_of(sung), rhythms)
    assert np.array_equal(model.sample(5, seed=3), model.sample(5, seed=3))
    assert not np.array_equal(model.sample(5, seed=3), model.sample(5, seed=4))


@pytest.mark.slow
def test_a_cold_chain_says_what_is_common(windows):
    model = RhythmFirst().fit(windows)
    kinds = [len(np.unique(model.rhythm.sample(300, 0, temperature=t), axis=0)) for t in (0.3, 1.0)]
    assert kinds[0] < kinds[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [RhythmChain, RhythmFirst])
def test_it_comes_back_from_a_file(kind, windows, tmp_path):
    model = kind(n_steps=16).fit(windows[:200])
    again = Composer.load(model.save(tmp_path / "model.npz"))
    assert np.array_equal(again.sample(20, seed=5), model.sample(20, seed=5))


def test_wrong_input_is_named():
    for wrong, words in (
        (lambda: RhythmChain(0), "order"),
        (lambda: RhythmChain(n_steps=30), "multiple of 4"),
        (lambda: put([[2, 3]], [[5]]), "symbols 0"),
        (lambda: put([[2, 1]], [[5], [6]]), "2 rows"),
        (lambda: put([[2, 1]], [[]]), "at least one pitch"),
        (lambda: RhythmChain().fit(np.ones((3, 30), int)), "whole beats"),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()
    with pytest.raises(RuntimeError, match="fit"):
        RhythmFirst().sample(1, 0)
