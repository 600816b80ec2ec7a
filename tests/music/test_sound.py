"""Rendering a melody: right pitches, right times, equal loudness, named errors."""

from __future__ import annotations

import io
import json
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from musicbook.music import sound
from musicbook.music.melody import Melody, MusicError

RATE = 22_050


def one(pitch: int, quarters=2, tempo=60) -> Melody:
    return Melody.from_notes([(0, quarters, pitch)], tempo=tempo)


def fundamental(wave: np.ndarray, near: float) -> float:
    """Strongest frequency within a semitone and a half of ``near``, in Hz."""
    n = 1 << 18
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), n))
    frequency = np.fft.rfftfreq(n, 1 / RATE)
    window = (frequency > near / 2 ** (1.5 / 12)) & (frequency < near * 2 ** (1.5 / 12))
    return frequency[window][spectrum[window].argmax()]


@pytest.mark.parametrize("name", sound.INSTRUMENTS)
@pytest.mark.parametrize("pitch", [55, 60, 69, 74, 81, 88])
def test_pitch_is_right(name, pitch):
    wanted = 440 * 2 ** ((pitch - 69) / 12)
    cents = 1200 * np.log2(fundamental(sound.render(one(pitch), name, RATE), wanted) / wanted)
    assert abs(cents) < 20, f"{cents:+.0f} cents"


@pytest.mark.parametrize("name", sound.INSTRUMENTS)
def test_notes_begin_on_time(name):
    gap = Melody.from_notes([(1, Fraction(1, 2), 67), (3, Fraction(1, 2), 72)], tempo=60)
    wave = np.abs(sound.render(gap, name, RATE))
    for second in (1, 3):
        before, after = wave[int((second - 0.2) * RATE) : int(second * RATE) - 20], wave[int(second * RATE) :]
        assert before.max() < 0.02 * wave.max()
        # The encoder's delay would show here as 25 ms or more.
        assert np.argmax(after > 0.1 * wave.max()) < 0.02 * RATE
        # A start that is too late in the recording would cut into the sounding note.
        assert after[:6].max() < 0.1 * wave.max()


@pytest.mark.parametrize("name", ["violin", "flute"])
def test_held_notes_go_on_evenly(name):
    wave = sound.render(one(67, quarters=12), name, RATE)
    levels = [np.sqrt(np.mean(wave[int(t * RATE) : int((t + 0.4) * RATE)] ** 2)) for t in np.arange(0.3, 11.3, 0.2)]
    assert max(levels) / min(levels) < 10 ** (6 / 20)


def test_struck_notes_die_away_and_never_run_into_the_next_recording():
    for pitch in (45, 60, 84):
        wave = sound.render(one(pitch, quarters=8), "piano", RATE)
        assert np.abs(wave[int(4.2 * RATE) :]).max() < 1e-3 * np.abs(wave).max()


@pytest.mark.parametrize("name", sound.INSTRUMENTS)
def test_every_tune_is_equally_loud(name):
    thin = Melody.from_notes([(2 * i, 2, 60 + i) for i in range(6)], tempo=60)
    dense = Melody.from_notes([(i / 4, 0.25, 60 + i % 12 + 4 * v, v) for i in range(64) for v in range(3)], tempo=140)
    for melody in (thin, dense):
        wave = sound.render(melody, name, RATE)
        assert sound.loudness(wave, RATE) == pytest.approx(sound.LOUDNESS, abs=0.1)
        assert np.abs(wave).max() <= sound.PEAK


def test_loudness_of_the_standards_test_signal():
    # ITU-R BS.1770-4: a full-scale sine at 997 Hz in one channel reads -3.01 LKFS.
    t = np.arange(5 * 48_000) / 48_000
    assert sound.loudness(np.sin(2 * np.pi * 997 * t), 48_000) == pytest.approx(-3.01, abs=0.02)
    half = np.concatenate([np.sin(2 * np.pi * 997 * t), np.zeros(20 * 48_000)])
    assert sound.loudness(half, 48_000) == pytest.approx(-3.01, abs=0.3)  # the gate leaves the silence out
    assert sound.loudness(np.zeros(48_000), 48_000) == float("-inf")


def test_all_voices_sound():
    chord = Melody.from_notes([(0, 3, p, v) for v, p in enumerate((48, 64, 79))], tempo=60)
    wave = sound.render(chord, "flute", RATE)
    for pitch in (48, 64, 79):
        wanted = 440 * 2 ** ((pitch - 69) / 12)
        assert 1200 * abs(np.log2(fundamental(wave, wanted) / wanted)) < 25


def test_mp3_is_the_same_sound():
    melody = Melody.from_notes([(i, 1, 60 + 2 * i) for i in range(8)], tempo=120)
    wave, rate = soundfile.read(io.BytesIO(sound.mp3(melody)))
    assert rate == 44_100
    assert len(wave) / rate == pytest.approx(4.2, abs=0.1)
    assert sound.loudness(wave, rate) == pytest.approx(sound.LOUDNESS, abs=0.3)


@pytest.mark.parametrize(
    ("message", "melody", "arguments"),
    [
        ("unknown instrument 'kazoo'", one(60), {"instrument": "kazoo"}),
        ("without notes", Melody([], [], [], []), {}),
        ("play for 40,000 s", Melody.from_notes([(9998, 2, 60)], tempo=15), {}),
        ("a rate of 10", one(60), {"rate": 10}),
    ],
)
def test_errors_are_named(message, melody, arguments):
    with pytest.raises(MusicError, match=message):
        sound.render(melody, **arguments)


def test_the_bank_is_small_and_whole():
    assert sum(path.stat().st_size for path in sound.BANK.glob("*.mp3")) < 500_000
    for name in sound.INSTRUMENTS:
        notes = json.loads((sound.BANK / "index.json").read_text(encoding="utf-8"))["instruments"][name]["notes"]
        roots = [note["root"] for note in notes]
        assert roots[0] == 43
        assert roots[-1] >= 94
        assert max(np.diff(roots)) <= 4
        assert all(np.diff(note["energy"]).min() >= 0 for note in notes)
