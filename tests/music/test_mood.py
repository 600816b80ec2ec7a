"""Predicted mood: what moves it, what does not, and the interval around it."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import corpus, mood
from musicbook.music.melody import Melody, MusicError
from musicbook.music.mood import Mood, closest, cues, in_mode, interval, predict, quadrant
from musicbook.music.tonality import estimate_key

SCALE = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0, 4, 7, 12, 7, 4, 0]
MAJOR = Melody.from_notes([(i / 2, 0.5, 60 + p) for i, p in enumerate(SCALE)], key="C")


@pytest.fixture(scope="module")
def cat():
    return corpus.load()


def test_the_cues_are_what_they_are_called():
    found = cues(MAJOR.with_(tempo=90))
    assert found["speed"] == pytest.approx(3)
    assert found["majorness"] > 0.1
    assert found["register"] == pytest.approx((MAJOR.pitch.mean() - mood.USUAL_PITCH) / 12)


def test_tempo_moves_arousal_only():
    slow, fast = predict(MAJOR.with_(tempo=60)), predict(MAJOR.with_(tempo=180))
    assert fast.arousal > slow.arousal + 0.5
    assert fast.valence == slow.valence


def test_mode_moves_valence_only():
    dark = in_mode(MAJOR, "minor")
    assert estimate_key(dark)[:2] == ("C", "minor")
    assert predict(dark).valence < 0 < predict(MAJOR).valence
    assert predict(dark).arousal == pytest.approx(predict(MAJOR).arousal, abs=0.02)  # a little lower in pitch
    assert set(dark.pitch % 12) == {0, 2, 3, 5, 7, 8, 10}


def test_register_moves_arousal_a_little():
    for octave in (-1, 1):
        change = predict(MAJOR.transpose(12 * octave)).arousal - predict(MAJOR).arousal
        assert 0 < change * octave < 0.2
    assert predict(MAJOR.transpose(5)).valence == pytest.approx(predict(MAJOR).valence)


def test_major_and_back():
    assert in_mode(MAJOR, "major") is MAJOR
    back = in_mode(in_mode(MAJOR, "minor"), "major")
    np.testing.assert_array_equal(back.pitch, MAJOR.pitch)
    with pytest.raises(MusicError, match="no mode 'lydian'"):
        in_mode(MAJOR, "lydian")


def test_most_real_tunes_in_minor_rewritten_in_major_sound_so(cat):
    chosen = [melody for melody in cat.sample(300, seed=4) if estimate_key(melody)[1] == "minor"]
    changed = [predict(in_mode(melody, "major")).valence > predict(melody).valence for melody in chosen]
    assert len(chosen) > 40
    assert np.mean(changed) > 0.9


@pytest.mark.slow
def test_the_usual_speed_and_pitch_are_those_of_the_catalogue(cat):
    moods = mood.table(cat.sample(2000, seed=0))
    assert moods["speed"].median() == pytest.approx(mood.USUAL_SPEED, rel=0.1)
    assert moods["register"].median() == pytest.approx(0, abs=0.1)
    for name in ("valence", "arousal"):
        assert moods[name].between(-1, 1).all()
    assert moods["arousal"].median() == pytest.approx(0, abs=0.1)


def test_the_interval_is_that_of_bars_drawn_one_by_one(cat):
    melody = cat.where(collection="ryan")[40]
    bar = (melody.onset - melody.pickup) // melody.bar + 1
    n, rng, found = int(bar.max()) + 1, np.random.default_rng(0), []
    for _ in range(1500):
        rows = np.concatenate([np.flatnonzero(bar == b) for b in rng.integers(0, n, n)])
        heard = cues(Melody(melody.onset[rows], melody.duration[rows], melody.pitch[rows], melody.voice[rows]))
        heard["speed"] = len(rows) / melody.seconds
        found.append(mood._place(**heard))
    low, high = interval(melody, draws=3000)
    np.testing.assert_allclose((low, high), np.quantile(found, [0.025, 0.975], axis=0), atol=0.03)
    assert low.valence < predict(melody).valence < high.valence
    assert interval(melody) == interval(melody)
    with pytest.raises(MusicError, match="fewer than two"):
        interval(Melody.from_notes([(0, 1, 60)]))


def test_tunes_near_a_wanted_mood_are_found(cat):
    moods = mood.table(cat.sample(500, seed=2))
    near = closest(moods, -0.5, -0.5, k=20)
    distance = np.hypot(moods["valence"] + 0.5, moods["arousal"] + 0.5)
    assert list(near.index) == list(distance.sort_values(kind="stable").index[:20])


@pytest.mark.parametrize(
    ("place", "words"),
    [((0.5, 0.5), "happy"), ((-0.5, 0.5), "tense"), ((-0.5, -0.5), "sad"), ((0.5, -0.5), "calm")],
)
def test_each_quarter_has_its_words(place, words):
    assert words in quadrant(Mood(*place))
    with pytest.raises(MusicError, match="without notes"):
        predict(Melody([], [], [], []))
