"""Composing to order: what was ordered comes, by the word of a judge who had no part in it."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.compose.models import open_model
from musicbook.music.melody import FIRST_PITCH
from musicbook.recommend.intervals import paired_bootstrap
from musicbook.service.conditions import PITCH, REACH, RHYTHM, STYLES, Conditions, StyleJudge, examples, judge_mood
from musicbook.service.personal import FEWEST

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def known():
    return examples()


@pytest.fixture(scope="module")
def conditions(known):
    return Conditions(open_model("vae-reconstruct-4"), known.half(0))


@pytest.fixture(scope="module")
def judge(known):
    return StyleJudge(known.half(1))


def test_the_halves_share_no_family(known):
    first, second = known.half(0), known.half(1)
    assert not set(first.family) & set(second.family)
    assert len(first) + len(second) == len(known)
    assert set(known.style) == set(STYLES)
    assert 0.4 < len(first) / len(known) < 0.6


def test_the_judge_recognises_tunes_that_nobody_has_seen(judge):
    assert judge.accuracy(examples("test").even(60)) > 0.65  # chance is a third


@pytest.fixture(scope="module")
def ordered(conditions):
    return {style: conditions.compose(40, 3, style=style) for style in STYLES}


@pytest.fixture(scope="module")
def told(ordered, judge):
    """What the judge says of each order, shape (40, 3)."""
    return {style: judge.probabilities(rows) for style, rows in ordered.items()}


def test_styles_come_as_ordered_by_the_word_of_the_judge(conditions, judge, told):
    plain = judge.probabilities(conditions.compose(40, 3, candidates=1))
    made = np.array([told[style][:, k] for k, style in enumerate(STYLES)])
    assert paired_bootstrap(made.ravel(), plain.T.ravel()).low > 0.2
    for style, to_order, drawn in zip(STYLES, made, plain.T, strict=True):
        assert to_order.mean() > drawn.mean(), style


def test_the_steering_believes_more_than_the_judge_says(conditions, ordered, told):
    """The circular score flatters: by its own read-outs each order is met better than by the judge's guesses."""
    own = [(conditions.read(ordered[s])[:, :3].argmax(axis=1) == k).mean() for k, s in enumerate(STYLES)]
    heard = [(told[s].argmax(axis=1) == k).mean() for k, s in enumerate(STYLES)]
    assert np.mean(own) > np.mean(heard) + 0.1


def test_two_judges_read_nothing_in_common(known):
    rhythm, pitch = (StyleJudge(known.half(1), n=30, groups=each) for each in (RHYTHM, PITCH))
    assert not set(rhythm._places) & set(pitch._places)
    assert len(rhythm._places) > 50
    assert len(pitch._places) > 50


def test_moods_move_as_ordered(conditions):
    def judged(valence, arousal):
        return judge_mood(conditions.compose(30, 3, mood=(valence, arousal)))

    assert paired_bootstrap(judged(1, 0)[:, 0], judged(-1, 0)[:, 0]).low > 0.2
    assert paired_bootstrap(judged(0, 1)[:, 1], judged(0, -1)[:, 1]).low > 0.2


def test_codes_are_moved_to_where_their_read_outs_are_as_wanted(conditions):
    codes = conditions.vae.draw_codes(20, 1)
    asked, values = conditions.wanted("strathspey", (0.5, -1))
    moved = conditions.move(codes, asked, values)
    read = conditions._standard(moved) @ conditions._lines.T
    np.testing.assert_allclose(read[:, asked], np.tile([3, 0.5 * REACH, -REACH], (20, 1)), atol=1e-4)
    np.testing.assert_array_equal(conditions.move(codes, *conditions.wanted()), codes)


def test_the_best_come_first_and_are_the_same_again(conditions):
    rows = conditions.compose(12, 5, style="reel", mood=(1, 1))
    asked, values = conditions.wanted("reel", (1, 1))
    away = ((conditions.read(rows)[:, asked] - values) ** 2).sum(axis=1)
    assert (np.diff(away) >= 0).all()
    assert ((rows >= FIRST_PITCH).sum(axis=1) >= FEWEST).all()
    np.testing.assert_array_equal(rows, conditions.compose(12, 5, style="reel", mood=(1, 1)))
    near = conditions.nearest(12, style="reel", mood=(1, 1))
    best = ((conditions.read(near.rows)[:, asked] - values) ** 2).sum(axis=1)
    assert best.max() <= np.sort(((conditions.read(conditions.known.rows)[:, asked] - values) ** 2).sum(axis=1))[20]


def test_what_cannot_be_ordered_is_said(conditions, known):
    with pytest.raises(ValueError, match="no style 'jig'"):
        conditions.compose(1, 0, style="jig")
    with pytest.raises(ValueError, match="each from -1 to 1"):
        conditions.compose(1, 0, mood=(2, 0))
    with pytest.raises(ValueError, match="n and candidates"):
        conditions.compose(0, 0)
    with pytest.raises(ValueError, match="more are needed"):
        Conditions(conditions.vae, known.take(slice(10)))
