"""Features and the key estimate, by hand and against music21."""

import numpy as np
import pytest

from musicbook.music import corpus, features
from musicbook.music.feature_groups import GROUPS, Line
from musicbook.music.features import FEATURES, describe, extract_features, names, table
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


@pytest.mark.slow
def test_the_key_is_the_one_that_music21_finds():
    from music21.analysis.discrete import KrumhanslKessler

    for melody in corpus.load().sample(40, seed=2):
        found = KrumhanslKessler(melody.to_stream()).getSolution(melody.to_stream())
        tonic, mode, _ = estimate_key(melody)
        assert (NAMES.index(tonic), mode) == (found.tonic.pitchClass, found.mode), melody.title


def test_a_tune_without_any_preference_has_no_better_key():
    flat = Melody.from_notes([(i, 1, 60 + i) for i in range(12)])
    assert (key_correlations(pitch_class_weights(flat)) == 0).all()


# ---- the long description ------------------------------------------------------------------------------------------


def described(melody):
    return dict(zip(names(), extract_features(melody), strict=True))


def test_every_number_has_a_name_of_its_own():
    assert len(names()) == len(set(names())) == len(extract_features(SCALE))
    without = names(metre=False)
    assert [name for name in names() if name in without] == without
    read_bars = {name for group in GROUPS if group.metre for name in group.names} | {"offbeat_share"}
    assert set(names()) - set(without) == read_bars


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_group_gives_finite_numbers_even_for_one_note(group):
    for notes in ([(0, 1, 60)], [(0, 1, 60), (1, 1, 60)], [(i / 2, 0.5, 60 + i % 5) for i in range(40)]):
        found = group.of(Line(Melody.from_notes(notes)))
        assert found.shape == (len(group.names),)
        assert np.isfinite(found).all()


def test_what_can_be_counted_by_hand():
    # Long, short, short: C E D, F A G, ... each bar of 2/4 the same rhythm, the first note of a bar a fourth up.
    notes = [(2 * bar + at, long, 60 + 5 * bar + up) for bar in range(4) for at, long, up in PATTERN]
    found = described(Melody.from_notes(notes, meter="2/4"))
    assert (found["interval_4"], found["interval_-2"]) == (pytest.approx(4 / 11), pytest.approx(4 / 11))
    assert (found["interval_3"], found["jump_3"]) == (pytest.approx(3 / 11), pytest.approx(3 / 11))
    assert (found["length_1"], found["length_2"]) == (pytest.approx(8 / 12), pytest.approx(4 / 12))
    assert (found["onset_at_0"], found["onset_at_12"], found["onset_at_18"]) == (pytest.approx(1 / 3),) * 3
    assert (found["time_at_0"], found["signature_2/4"], found["bar_kinds"]) == (0.5, 1, 0.25)
    assert (found["then_shorter_same"], found["log_notes"]) == (pytest.approx(4 / 10), pytest.approx(np.log(12)))
    assert (found["last_bar_0"], found["last_bar_6"], found["last_bar_9"], found["last_bar_3"]) == (1, 1, 1, 0)


PATTERN = ((0, 1, 0), (1, 0.5, 4), (1.5, 0.5, 2))


def test_a_melody_that_repeats_echoes_at_its_period():
    found = described(Melody.from_notes([(i, 1, 60 + (0, 3, 7, 2, 9)[i % 5]) for i in range(60)]))
    assert max(range(1, 13), key=lambda lag: found[f"pitch_echo_{lag}"]) == 5
    assert found["pitch_echo_5"] == pytest.approx(55 / 60, abs=0.01)
    assert found["repeated"] > 0.9


def test_key_and_tempo_change_what_they_must_and_nothing_else():
    tune = corpus.load().where(collection="ryan")[100]
    plain, moved = described(tune), described(tune.transpose(3).with_(tempo=200))
    changed = {name for name in plain if abs(plain[name] - moved[name]) > 1e-9}
    assert changed == {"low", "high", "mean_pitch"}


@pytest.mark.slow
def test_the_features_are_jsymbolics():
    """What music21's own extractors measure, on tunes of all collections."""
    from music21.features import jSymbolic

    def both(name, *sizes):
        return sum(found[f"interval_{size}"] + found[f"interval_{-size}"] for size in sizes) if sizes else found[name]

    same = {
        "AverageMelodicInterval": ("mean_interval",),
        "RepeatedNotes": ("repeat_share",),
        "StepwiseMotion": ("step_share",),
        "DirectionOfMotion": ("up_share",),
        "Range": ("range",),
        "MelodicOctaves": ("jump_12",),
        "MelodicThirds": ("", 3, 4),
        "MelodicFifths": ("", 7),
        "MelodicTritones": ("", 6),
    }
    for melody in corpus.load().sample(25, seed=3):
        voice = melody.voices()[0]
        found, stream = described(voice), voice.to_stream()
        for name, ours in same.items():
            theirs = getattr(jSymbolic, f"{name}Feature")(stream).extract().vector[0]
            assert both(*ours) == pytest.approx(theirs, abs=1e-9), (melody.title, name)


def test_the_table_holds_each_tunes_features():
    catalogue = corpus.load()
    kept = table(catalogue)
    assert kept.shape == (len(catalogue), len(names()))
    assert np.isfinite(kept.to_numpy()).all()
    some = catalogue.sample(40, seed=5)
    np.testing.assert_allclose(table(some), [extract_features(melody) for melody in some], rtol=1e-6, atol=1e-6)
    assert list(table(some).index) == list(some.table.index)


def test_features_are_computed_once_and_again_when_the_file_is_damaged(monkeypatch, tmp_path):
    ten = corpus.load().sample(10, seed=1)
    monkeypatch.setenv("MUSICBOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(corpus, "load", lambda: ten)
    computed = []
    monkeypatch.setattr(features, "describe", lambda melody: computed.append(melody) or describe(melody))
    features._kept.cache_clear()
    first = table(ten)
    features._kept.cache_clear()
    assert table(ten).equals(first)
    assert len(computed) == 10
    (path,) = tmp_path.glob("features-*.arrays")
    path.write_bytes(path.read_bytes()[:-1])
    features._kept.cache_clear()
    with pytest.warns(UserWarning, match="the features are made anew"):
        assert table(ten).equals(first)
    assert len(computed) == 20
    features._kept.cache_clear()
