"""Render the sample bank in ``data/samples`` from the FluidR3 sound font.

Task
    Play single notes of four instruments once, here, so that no reader needs a 148 MB sound font: one small MP3
    "sprite" for an instrument, and one index that says where each note lies in it.

Conventions
    Mono (the left channel: the two channels of FluidR3 are out of phase and would partly cancel), 24 kHz, a note
    every four semitones from G2 to B6. A player shifts the nearest recorded note by at most two semitones. Times are
    in seconds. Each sprite begins with a click at ``sync`` seconds. An MP3 decoder may or may not remove the
    encoder's delay (about 25 ms), so whoever decodes the sprite looks for the click and shifts every offset by what
    it finds: no table of decoders is needed.

What is done to a note
    1. It is played by FluidSynth, dry (no reverb, no chorus). symusic's own synthesizer reads the same font but lets
       a piano note fall by 20 dB in 0.3 s and gives the flute a deep tremolo; FluidSynth is the font's reference
       player.
    2. Bowed and blown notes: the slow attack is tightened (else a fiddle never speaks in a fast reel), and a loop is
       cut where the wave resembles itself most and cross-faded, so that a note can be held for as long as it is
       written.
    3. Struck and plucked notes: cut where they have died away, with a fade.
    4. Every note is brought to the same K-weighted level (ITU-R BS.1770-4) over its loudest 200 ms.

Run
    ``python tools/render_samples.py`` (needs Debian's ``fluidsynth`` and ``fluid-soundfont-gm``). Takes about ten
    seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile

from musicbook.music.sound import BANK, k_weighted

FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE = 24_000
RENDER_RATE = 48_000
ROOTS = range(43, 96, 4)
SLOT = 6.0  # seconds between two notes in the raw recording
HELD = 4.5  # seconds that each of them is held
SYNC = 0.05  # where the click lies
LEVEL = -19.0  # K-weighted level of the loudest 200 ms of every note, dB
GRID = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]  # where the index states how much energy a note has given so far

# program: General MIDI number from 0; longest: seconds kept of a low note; quality: soundfile's 0 (best) to 1
# (smallest)
INSTRUMENTS = {
    "piano": {"program": 0, "sustained": False, "longest": 3.0, "release": 0.18, "quality": 0.6},
    "violin": {"program": 40, "sustained": True, "longest": 1.5, "release": 0.10, "quality": 0.58},
    "flute": {"program": 73, "sustained": True, "longest": 1.5, "release": 0.09, "quality": 0.58},
    "guitar": {"program": 24, "sustained": False, "longest": 2.6, "release": 0.25, "quality": 0.55},
}


def play(program: int) -> np.ndarray:
    """Let FluidSynth play every root in turn; return the left channel at 24 kHz."""
    track = mido.MidiTrack([mido.Message("program_change", program=program)])
    for i, root in enumerate(ROOTS):
        # At mido's default tempo of 120 and 480 ticks a quarter note, a second is 960 ticks.
        track.append(mido.Message("note_on", note=root, velocity=100, time=round((SLOT - HELD) * 960) if i else 0))
        track.append(mido.Message("note_off", note=root, time=round(HELD * 960)))
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "notes.mid"), Path(folder, "notes.wav")
        mido.MidiFile(tracks=[track], ticks_per_beat=480).save(midi)
        command = [
            "fluidsynth",
            "-ni",
            "-q",
            "-R",
            "0",
            "-C",
            "0",
            "-g",
            "0.8",
            "-r",
            str(RENDER_RATE),
            "-F",
            wav,
            FONT,
            midi,
        ]
        subprocess.run(command, check=True, capture_output=True)
        left = soundfile.read(wav)[0][:, 0]
    # Halving the rate in the frequency domain: keep the lower half of the spectrum.
    left = left[: len(left) // 2 * 2]
    return np.fft.irfft(np.fft.rfft(left)[: len(left) // 4 + 1], len(left) // 2) / 2


def envelope(wave: np.ndarray, seconds: float) -> np.ndarray:
    """Root-mean-square level around each sample, over a window of so many seconds."""
    n = max(1, round(seconds * RATE))
    return np.sqrt(np.convolve(wave**2, np.ones(n) / n, mode="same") + 1e-12)


def struck(wave: np.ndarray, longest: float) -> np.ndarray:
    """Cut a note that dies away where it is 48 dB below its loudest, at the latest after so many seconds."""
    level = envelope(wave, 0.05)
    alive = np.flatnonzero(level > level.max() * 10 ** (-48 / 20))
    wave = wave[: min(alive[-1], round(longest * RATE))].copy()
    fade = min(len(wave) // 2, round(0.6 * RATE))
    wave[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return wave


def held(wave: np.ndarray, longest: float) -> tuple[np.ndarray, list[float]]:
    """Tighten the attack of a held note and cut a loop; return the wave and the loop's start and end in seconds."""
    level = envelope(wave, 0.04)
    steady = np.median(level[RATE : 2 * RATE])
    start = np.flatnonzero(level > 0.25 * steady)[0]
    wave, level = wave[start:], envelope(wave, 0.12)[start:]
    # The level is evened out, but by no more than 12 dB, and the vibrato's own swing of the level is half kept.
    wave = wave * np.clip((steady / level) ** 0.75, 0.25, 4)
    attack = round(0.02 * RATE)
    wave[:attack] *= np.sin(np.linspace(0, np.pi / 2, attack)) ** 2
    end, cross = round(longest * RATE), round(0.12 * RATE)
    tail = wave[end - cross : end]
    starts = np.arange(round(0.45 * RATE), round(0.95 * RATE))
    windows = np.lib.stride_tricks.sliding_window_view(wave, cross)[starts - cross]
    likeness = windows @ tail / (np.linalg.norm(windows, axis=1) * np.linalg.norm(tail))
    best = starts[likeness.argmax()]
    mix = np.linspace(0, 1, cross)
    wave = wave[: end + cross].copy()
    wave[end - cross : end] = tail * (1 - mix) + wave[best - cross : best] * mix
    # Past the loop's end lies what follows its start, so that a resampler that reads ahead finds no seam.
    wave[end:] = wave[best : best + cross]
    return wave, [best / RATE, end / RATE]


def levelled(wave: np.ndarray) -> np.ndarray:
    """Bring the loudest 200 ms of a note to LEVEL, K-weighted."""
    heard = envelope(k_weighted(wave, RATE), 0.2).max()
    wave = wave * 10 ** (LEVEL / 20) / heard
    if abs(wave).max() > 0.98:
        raise ValueError(f"a note would clip ({abs(wave).max():.2f}): lower LEVEL")
    return wave


def sprite(name: str, folder: Path) -> dict:
    """Write one instrument's MP3 and return its entry of the index."""
    setting = INSTRUMENTS[name]
    raw = play(setting["program"])
    parts, notes, at = [np.zeros(round(2 * SYNC * RATE))], [], 2 * SYNC
    parts[0][round(SYNC * RATE)] = 0.9
    for i, root in enumerate(ROOTS):
        wave, loop = raw[round(i * SLOT * RATE) : round((i + 1) * SLOT * RATE)], None
        if setting["sustained"]:
            wave, loop = held(wave, setting["longest"])
        else:
            wave = struck(wave, setting["longest"])
        wave = levelled(wave)
        energy = np.cumsum(k_weighted(wave, RATE) ** 2) / RATE
        note = {"root": root, "start": round(at, 5), "length": round(len(wave) / RATE, 5)}
        if loop:
            note["loop"] = [round(t, 5) for t in loop]
        note["energy"] = [round(float(energy[min(round(t * RATE), len(energy)) - 1]), 7) for t in GRID]
        notes.append(note)
        gap = np.zeros(round(0.06 * RATE))
        parts += [wave, gap]
        at += (len(wave) + len(gap)) / RATE
    soundfile.write(
        folder / f"{name}.mp3",
        np.concatenate(parts),
        RATE,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE",
        compression_level=setting["quality"],
    )
    return {"file": f"{name}.mp3", "program": setting["program"], "release": setting["release"], "notes": notes}


def main() -> None:
    """Render all instruments and write the index."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=BANK, help="folder to write to")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    instruments = {name: sprite(name, folder) for name in INSTRUMENTS}
    index = {"rate": RATE, "sync": SYNC, "grid": GRID, "instruments": instruments}
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8", newline="\n")
    for name in INSTRUMENTS:
        print(f"{name}: {(folder / f'{name}.mp3').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
