"""Chords set for voices keep the rules, and the melody as it is."""

import numpy as np
import pytest

from musicbook.compose.harmony import CHORDS, Harmoniser, label
from musicbook.compose.voicing import RANGES, parallels, voice
from musicbook.music import corpus
from musicbook.music.melody import TICKS, Melody


@pytest.fixture(scope="module")
def harmoniser():
    return Harmoniser().fit(corpus.chorales().where(split="train"))


@pytest.fixture(scope="module")
def set_pieces(harmoniser):
    """Test chorales and fiddle tunes, with the chords that they were given and their four voices."""
    found = []
    for tune in [
        *list(corpus.chorales().where(split="test"))[:12],
        *corpus.load().where(kind="reel").sample(6, seed=1),
    ]:
        lead = tune.voices()[0]
        chords = harmoniser.chords(lead, every=1.0)
        found.append((lead, chords, voice(lead, chords)))
    return found


@pytest.mark.slow
def test_the_melody_is_untouched(set_pieces):
    for lead, _, whole in set_pieces:
        assert whole.voices()[0] == lead
        assert whole.n_voices == 4


@pytest.mark.slow
def test_every_lower_voice_sings_the_chord_in_its_range(set_pieces):
    for lead, chords, whole in set_pieces:
        start = lead.pickup % TICKS - (TICKS if lead.pickup % TICKS else 0)
        for number, part in enumerate(whole.voices()[1:]):
            assert part.pitch.min() >= RANGES[number][0]
            assert part.pitch.max() <= RANGES[number][1]
            for onset, pitch in zip(part.onset, part.pitch, strict=True):
                of = chords[(onset - start) // TICKS]
                third, fifth = {0: (4, 7), 1: (3, 7), 2: (3, 6)}[of // 12]
                assert (pitch - of) % 12 in (0, third, fifth)


@pytest.mark.slow
def test_lower_voices_fill_the_piece_and_do_not_cross(set_pieces):
    for lead, _, whole in set_pieces:
        alto, tenor, bass = (part for part in whole.voices()[1:])
        assert (alto.pitch >= tenor.pitch).all()
        assert (tenor.pitch > bass.pitch).all()
        for part in (alto, tenor, bass):
            assert part.onset[0] == 0
            assert np.array_equal(part.onset[1:], (part.onset + part.duration)[:-1])
            assert part.length == lead.length


@pytest.mark.slow
def test_no_more_parallels_than_bach(set_pieces):
    """Counted the same way, from beat to beat in chorales; blocks in one position are full of them."""
    counts = np.sum([parallels(whole) for _, _, whole in set_pieces[:12]], axis=0)
    bach = np.sum([parallels(piece) for piece in corpus.chorales().where(split="test")], axis=0)
    assert counts[0] / counts[1] <= bach[0] / bach[1]
    block = [(i, 1, pitch + step, v) for i, step in enumerate((0, 2, 4, 5)) for v, pitch in enumerate((72, 67, 64, 48))]
    assert parallels(Melody.from_notes(block)) == (6, 18)


def test_a_known_case():
    """C to G under a held melody: the leading tone is there, the bass goes by root, and nobody moves far."""
    lead = Melody.from_notes([(0, 1, 67), (1, 1, 67), (2, 2, 67)])
    chords = [CHORDS.index(name) for name in ("C", "G", "C", "C")]
    whole = voice(lead, chords)
    parts = whole.voices()[1:]
    assert [p % 12 for p in parts[2].pitch.tolist()] == [0, 7, 0]
    assert np.array_equal(label(whole), chords)
    assert all(np.abs(np.diff(part.pitch)).max() <= 2 for part in parts[:2])
    assert parallels(whole)[0] == 0


def test_chords_are_struck_again_at_a_bar_line():
    lead = Melody.from_notes([(0, 8, 72)])
    whole = voice(lead, [0] * 8)
    assert whole.voices()[3].onset.tolist() == [0, 4 * TICKS]


@pytest.mark.slow
def test_longer_beats(harmoniser):
    lead = corpus.load().where(kind="jig")[0]
    chords = harmoniser.chords(lead, every=1.5)
    assert voice(lead, chords, every=1.5).voices()[0] == lead


def test_wrong_input_is_named():
    lead = Melody.from_notes([(0, 1, 67), (1, 1, 67)])
    with pytest.raises(ValueError, match=r"shape \(3,\) for 2 beats"):
        voice(lead, [0, 0, 0])
    with pytest.raises(ValueError, match="from 0 to 35"):
        voice(lead, [0, 36])
