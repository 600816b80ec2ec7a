"""Sound of a melody, made from the same recorded notes that the player in the browser uses.

Task
    Turn a melody (one voice or several) into samples or into an MP3 file, for the places that need a file rather than a
    player: a download, a sound feature, a test of what the reader hears.

Conventions
    Samples are float32 in [-1, 1], mono. Rates are in Hz, times in seconds, pitches are MIDI numbers. Tempo is the
    melody's own, in quarter notes a minute. Every tune is brought to the same *loudness*, not to the same peak: a
    thin melody and a dense one should not differ only because the second has more notes. Loudness is the gated,
    K-weighted level of ITU-R BS.1770 (unit: LUFS), and the target is
    ``LOUDNESS``. Where a peak would pass full scale, the loudness yields.

Functions
    ``render``    melody -> samples
    ``mix``       melody -> samples as recorded, before the loudness is set
    ``mp3``       melody -> bytes of an MP3 file
    ``loudness``  samples -> LUFS
    ``k_weighted``  the ear's frequency weighting used by it
    ``instrument``  the recorded notes of one instrument

Sources
    The recordings are rendered from FluidR3 (Frank Wen; see ``data/samples/README.md``).
    ITU-R BS.1770-4 (2015), Algorithms to measure audio programme loudness and true-peak audio level.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from musicbook.music.melody import TICKS, Melody, MusicError

BANK = Path(__file__).resolve().parents[2] / "data" / "samples"
INSTRUMENTS = ("piano", "violin", "flute", "guitar")
LOUDNESS = -20.0
LONGEST = 600.0  # seconds: a tune that plays for more is a mistake, and would fill the memory
PEAK = 0.98
OVERSAMPLE = (
    4  # the recordings are raised to this multiple of their rate, so that reading between samples is exact enough
)


@dataclass(frozen=True)
class Recording:
    """One recorded note: where it lies in its instrument's samples, all counted in samples of that array."""

    root: int
    start: int
    length: int
    loop: tuple[int, int] | None


@dataclass(frozen=True)
class Instrument:
    """The recorded notes of one instrument.

    Attributes
    ----------
    samples : ndarray, shape (samples,)
        All notes, one after the other.
    rate : int
        Samples a second.
    release : float
        Seconds in which a note dies away after its end.
    notes : tuple of Recording
        In rising pitch.
    """

    samples: np.ndarray
    rate: int
    release: float
    notes: tuple[Recording, ...]

    def nearest(self, pitch: int) -> Recording:
        """Find the recorded note nearest in pitch."""
        return min(self.notes, key=lambda note: abs(note.root - pitch))


@cache
def index() -> dict:
    """Read the index of the sample bank."""
    try:
        return json.loads((BANK / "index.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MusicError(f"the sample bank is missing: {BANK} holds no index.json") from error


def _known(name: str) -> str:
    if name not in INSTRUMENTS:
        raise MusicError(f"unknown instrument {name!r}: choose one of {', '.join(INSTRUMENTS)}")
    return name


def sample_file(name: str) -> bytes:
    """Bytes of an instrument's MP3.

    Raises
    ------
    MusicError
        When there is no such instrument.
    """
    return (BANK / index()["instruments"][_known(name)]["file"]).read_bytes()


@cache
def instrument(name: str) -> Instrument:
    """Decode the recorded notes of an instrument.

    Parameters
    ----------
    name : str
        One of ``INSTRUMENTS``.

    Raises
    ------
    MusicError
        When there is no such instrument.
    """
    entry = index()["instruments"][_known(name)]
    wave, rate = soundfile.read(io.BytesIO(sample_file(name)), dtype="float64")
    sync = index()["sync"]
    # The click at the start tells how far this decoder has shifted everything (data/samples/README.md).
    shift = np.abs(wave[: round(2 * sync * rate)]).argmax() / rate - sync
    fine = _upsample(wave, OVERSAMPLE)
    fine_rate = rate * OVERSAMPLE
    notes = []
    for note in entry["notes"]:
        loop = tuple(round(t * fine_rate) for t in note["loop"]) if "loop" in note else None
        notes.append(
            Recording(note["root"], round((note["start"] + shift) * fine_rate), round(note["length"] * fine_rate), loop)
        )
    return Instrument(fine, fine_rate, entry["release"], tuple(notes))


def _upsample(wave: np.ndarray, times: int) -> np.ndarray:
    """Raise the sampling rate by a whole factor, exactly for a band-limited wave: append zeros to its spectrum."""
    spectrum = np.fft.rfft(wave)
    padded = np.zeros(len(wave) * times // 2 + 1, complex)
    padded[: len(spectrum)] = spectrum
    return (np.fft.irfft(padded, len(wave) * times) * times).astype(np.float32)


def _note(source: Instrument, pitch: int, seconds: float, rate: int) -> np.ndarray:
    """Make one note: the nearest recording, shifted in pitch, held for its length, then released."""
    recording = source.nearest(pitch)
    n_held, n_release = round(seconds * rate), round(source.release * rate)
    step = 2 ** ((pitch - recording.root) / 12) * source.rate / rate
    at = np.arange(n_held + n_release) * step
    if recording.loop:
        start, end = recording.loop
        at = np.where(at < end, at, start + (at - start) % (end - start))
    else:
        at = at[at < recording.length - 1]
    before = at.astype(np.int64)
    left, right = (source.samples[recording.start + before + k] for k in (0, 1))
    wave = left + (at - before) * (right - left)
    fall = np.arange(len(wave)) - n_held
    # A release sounds natural when it falls evenly in decibels; 60 dB is silence. The last bit is drawn to zero.
    return wave * np.where(fall < 0, 1.0, 10 ** (-3 * np.maximum(fall, 0) / n_release))


def render(melody: Melody, instrument: str = "piano", rate: int = 44_100) -> np.ndarray:
    """Play a melody on one instrument.

    Parameters
    ----------
    melody : Melody
        All voices sound together.
    instrument : str
        One of ``INSTRUMENTS``.
    rate : int
        Samples a second, 8,000 to 192,000.

    Returns
    -------
    ndarray of float32, shape (samples,)
        At ``LOUDNESS`` LUFS; lasts until the last note has died away.

    Raises
    ------
    MusicError
        For an unknown instrument, a melody without notes, or one that plays for more than ten minutes.
    """
    out = mix(melody, instrument, rate)
    gain = 10 ** ((LOUDNESS - loudness(out, rate)) / 20)
    return (out * min(gain, PEAK / max(np.abs(out).max(), 1e-9))).astype(np.float32)


def mix(melody: Melody, instrument: str = "piano", rate: int = 44_100) -> np.ndarray:
    """Add up the notes of a melody as they were recorded, before any loudness is set.

    Takes the same arguments and raises the same errors as `render`.

    Returns
    -------
    ndarray of float64, shape (samples,)
        May pass full scale.
    """
    source = _instrument(instrument)
    if not 8_000 <= rate <= 192_000:
        raise MusicError(f"a rate of {rate} samples a second is outside 8,000 to 192,000")
    if len(melody.onset) == 0:
        raise MusicError("a melody without notes has no sound")
    per_tick = 60 / melody.tempo / TICKS
    seconds = float(np.max(melody.onset + melody.duration)) * per_tick
    if not seconds <= LONGEST:
        raise MusicError(f"the melody would play for {seconds:,.0f} s; the most is {LONGEST:.0f} s")
    out = np.zeros(round((seconds + source.release) * rate) + 2)
    for onset, duration, pitch in zip(melody.onset, melody.duration, melody.pitch, strict=True):
        wave = _note(source, int(pitch), float(duration) * per_tick, rate)
        at = round(float(onset) * per_tick * rate)
        out[at : at + len(wave)] += wave[: len(out) - at]
    return out


_instrument = instrument  # `render` has an argument of that name


def mp3(melody: Melody, instrument: str = "piano", rate: int = 44_100) -> bytes:
    """Play a melody into an MP3 file.

    Takes the same arguments and raises the same errors as `render`.

    Returns
    -------
    bytes
        A mono MP3, variable bit rate, about 8 kB a second.
    """
    buffer = io.BytesIO()
    wave = render(melody, instrument, rate)
    soundfile.write(
        buffer, wave, rate, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=0.5
    )
    return buffer.getvalue()


def k_weighted(wave: np.ndarray, rate: int) -> np.ndarray:
    """Weight a wave by frequency as BS.1770 does: highs up by 4 dB, the lowest bass away.

    Parameters
    ----------
    wave : ndarray, shape (samples,)
    rate : int
        Samples a second.

    Returns
    -------
    ndarray, shape (samples,)
        The weighting is applied to the spectrum, so phases stay as they are; levels are those of the standard's
        filters.

    Notes
    -----
    The standard gives two second-order filters at 48 kHz. Here their analogue prototypes are evaluated, so that any
    rate will do: a high shelf at 1,681.97 Hz (+4.0 dB, Q 0.7072) and a high pass at 38.135 Hz (Q 0.5003).
    """
    n = len(wave)
    s = 2j * np.pi * np.fft.rfftfreq(n, 1 / rate)
    w, q, v = 2 * np.pi * 1681.974450955533, 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    shelf = (v * s**2 + v**0.4996667741545416 * w / q * s + w**2) / (s**2 + w / q * s + w**2)
    w, q = 2 * np.pi * 38.13547087602444, 0.5003270373238773
    # The coefficients that the standard prints for its second filter amplify by 0.04 dB (at 48 kHz); so do these.
    high_pass = 1.005 * s**2 / (s**2 + w / q * s + w**2)
    return np.fft.irfft(np.fft.rfft(wave) * np.abs(shelf * high_pass), n)


def loudness(wave: np.ndarray, rate: int) -> float:
    """Integrated loudness of a mono wave.

    Parameters
    ----------
    wave : ndarray, shape (samples,)
    rate : int
        Samples a second.

    Returns
    -------
    float
        LUFS (ITU-R BS.1770-4: 400 ms blocks, three quarters overlapping, gated at -70 LUFS and at 10 LU below the
        mean of what is left). Minus infinity for silence. A wave shorter than a block is one block.
    """
    heard = k_weighted(np.asarray(wave, float), rate) ** 2
    block = min(len(heard), round(0.4 * rate))
    total = np.concatenate([[0], np.cumsum(heard)])
    starts = np.arange(0, len(heard) - block + 1, max(1, block // 4))
    power = (total[starts + block] - total[starts]) / block
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if len(power) == 0:
        return float("-inf")
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))
