"""Two ears in a room: times, shadows, distances, and the sound that comes out."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import binaural

RATE = 44_100


def test_woodworth_at_the_side_and_ahead():
    left, right = binaural.ears(90)
    assert right == (0, 1, binaural.OPEN)
    assert left.delay == pytest.approx(0.0875 / 343 * (1 + np.pi / 2))
    assert 0.0006 < left.delay < 0.0007  # the well-known two thirds of a millisecond
    assert left.cutoff == pytest.approx(binaural.DARK)
    assert left.gain == pytest.approx(0.7)
    ahead = binaural.ears(0)
    assert ahead[0] == ahead[1]


@pytest.mark.parametrize("azimuth", [10, 45, 90, 120])
def test_left_is_the_mirror_of_right_and_behind_is_as_in_front(azimuth):
    assert binaural.ears(azimuth) == binaural.ears(-azimuth)[::-1]
    for one, other in zip(binaural.ears(azimuth), binaural.ears(180 - azimuth), strict=True):
        assert one == pytest.approx(other)


def test_places_for_a_listener_who_moves_and_turns():
    assert binaural.relative((0, 2)) == (0, 2)
    assert binaural.relative((2, 0)) == pytest.approx((90, 2))
    assert binaural.relative((2, 0), turned=90) == pytest.approx((0, 2))
    assert binaural.relative((2, 0), listener=(2, -3)) == pytest.approx((0, 3))
    assert binaural.relative((-1, -1), turned=90) == pytest.approx((135, np.sqrt(2)))
    for turned in range(-180, 181, 30):
        assert -180 <= binaural.relative((1, -2), turned=turned)[0] < 180


def test_a_click_arrives_late_and_weak_at_the_far_ear():
    click = np.zeros(400)
    click[100] = 1
    out = binaural.render(click, RATE, 90, 2)
    late = np.abs(out).argmax(axis=0)
    # The shadow's filter adds a little of its own.
    assert late[1] in (100, 101)
    assert 28 <= late[0] - late[1] <= 45
    assert np.abs(out[:, 0]).max() < np.abs(out[:, 1]).max()
    assert np.abs(binaural.render(click, RATE, 90, 4)).sum() == pytest.approx(np.abs(out).sum() / 2)
    same = binaural.render(click, RATE, 0)
    assert np.array_equal(same[:, 0], same[:, 1])


def test_the_shadow_takes_the_high_notes():
    time = np.arange(RATE // 2) / RATE
    low, high = (
        np.sqrt((binaural.render(np.sin(2 * np.pi * f * time), RATE, 90) ** 2).mean(axis=0)) for f in (200, 6000)
    )
    assert low[0] / low[1] == pytest.approx(0.7, abs=0.02)
    assert high[0] / high[1] < 0.1


def test_voices_are_mixed_and_nothing_clips():
    wave = np.ones(200) * 0.9
    out = binaural.mix([wave, wave], RATE, [(1, 0), (-1, 0)])
    assert np.abs(out).max() <= 1
    assert np.allclose(out[:, 0], out[:, 1])
    with pytest.raises(ValueError, match="one place for each"):
        binaural.mix([wave], RATE, [(1, 0), (0, 1)])
    with pytest.raises(ValueError, match="0 or more"):
        binaural.ears(0, -1)
    with pytest.raises(ValueError, match="one dimension"):
        binaural.render(np.ones((3, 2)), RATE, 0)
