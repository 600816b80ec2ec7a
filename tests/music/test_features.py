"""Features and the key estimate, by hand and against music21."""

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.music.features import FEATURES, describe
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.music.tonality import MAJOR, MINOR, NAMES, estimate_key, key_correlations, pitch_class_weights

SCALE = Melody.from_notes([(i, 1, p) for i, p in enumerate([60, 62, 64, 65, 67, 69, 71, 72])])


def test_a_scale_has_the_features_that_one_can_count():
    found = describe(SCALE)
    assert list(found) == list(FEATURES)
    assert (found["low"], found["high"], found["density"], found["mean_duration"]) == (60, 72, 1, 1)
    assert (found["step_share"], found["leap_share"], found["repeat_share"], found["up_share"]) == (1, 0, 0, 1)
    assert found["mean_interval"] == pytest.approx(12 / 7)
    assert (found["duration_entropy"], found["offbeat_share"], found["rest_share"]) == (0, 0, 0)
    # C sounds twice as long as each of six others
    assert found["pitch_class_entropy"] == pytest.approx(-(0.25 * np.log2(0.25) + 6 * 0.125 * np.log2(0.125)))


def test_rests_leaps_and_offbeats_are_seen():
    found = describe(Melody.from_notes([(0.5, 0.5, 60), (1.5, 0.5, 72), (3, 1, 72)]))
    assert found["rest_share"] == pytest.approx(0.5)
    assert found["leap_share"] == pytest.approx(0.5)
    assert found["repeat_share"] == pytest.approx(0.5)
    assert found["offbeat_share"] == pytest.approx(2 / 3)


def test_the_beat_is_counted_from_the_bar_line_not_from_the_pickup():
    melody = Melody.from_notes([(0, 0.5, 60), (0.5, 1, 62), (1.5, 1, 64)], pickup=TICKS // 2)
    assert describe(melody)["offbeat_share"] == pytest.approx(1 / 3)


def test_one_note_has_features_and_none_has_not():
    assert set(describe(Melody.from_notes([(0, 1, 60)]))) == set(FEATURES)
    with pytest.raises(MusicError, match="without notes"):
        describe(Melody([], [], [], []))


def test_the_catalogue_holds_these_features():
    catalogue = corpus.load().sample(50, seed=8)
    found = [list(describe(melody).values()) for melody in catalogue]
    np.testing.assert_allclose(found, catalogue.table[list(FEATURES)], atol=5.1e-5)


def test_the_profiles_are_music21s():
    from music21.analysis.discrete import KrumhanslKessler

    oracle = KrumhanslKessler()
    np.testing.assert_allclose(MAJOR, oracle.getWeights("major"))
    np.testing.assert_allclose(MINOR, oracle.getWeights("minor"))


def test_the_key_is_the_one_that_music21_finds():
    from music21.analysis.discrete import KrumhanslKessler

    for melody in corpus.load().sample(40, seed=2):
        found = KrumhanslKessler(melody.to_stream()).getSolution(melody.to_stream())
        tonic, mode, _ = estimate_key(melody)
        assert (NAMES.index(tonic), mode) == (found.tonic.pitchClass, found.mode), melody.title


def test_a_tune_without_any_preference_has_no_better_key():
    flat = Melody.from_notes([(i, 1, 60 + i) for i in range(12)])
    assert (key_correlations(pitch_class_weights(flat)) == 0).all()
