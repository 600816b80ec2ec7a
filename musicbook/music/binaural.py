"""Binaural sound: a voice for headphones, with a place.

The task
    Two ears hear a voice at the side at slightly different times, with different strength and colour, and the head makes a
    direction of that. Do the same to a dry recording, and through headphones the voice stands somewhere. This is headphone
    spatial audio. It is not virtual reality: nothing follows the turning of your head, and there is no room with echoes.

Conventions
    The listener is at the origin and faces north. A place is (x, y) in metres, x to the right (east) and y to the front; the
    *azimuth* of a voice is its angle from straight ahead in degrees, positive to the right, -180 to 180. A listener who has
    moved and turned is handled by :func:`relative`. Signals are float arrays; stereo has shape (n, 2), left ear first.

    *Time.* Woodworth's formula for a round head of radius r: the far ear hears later by r / c (sin t + t), where t is the angle
    of the voice from the middle plane (0 to 90 degrees; behind is as in front). Front and back are therefore told apart only
    when the listener moves.
    *Shadow.* The far ear gets less of the high notes: a second-order Butterworth low-pass, wide open in the middle and at its
    darkest at the side, besides a little less of everything. The near ear has the same filter, wide open.
    *Distance.* The level falls as 1 / distance, from one metre on.

Functions
    ``relative``   where a voice is for a listener who has moved and turned
    ``ears``       delay, gain and cutoff for both ears
    ``render``     a mono signal at a place, as stereo
    ``mix``        several voices of a melody, each at its place

Sources
    Woodworth's formula and the shadow of a round head are textbook models; recorded heads (HRTFs) do better above and
    behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.signal import butter, lfilter

HEAD = 0.0875
"""Radius of a head, in metres."""
SPEED = 343.0
"""Of sound, in metres a second."""
OPEN, DARK = 18_000.0, 1_500.0
"""Cutoff in hertz of an ear that faces the voice, and of one that is turned straight away from it."""
WEAKER = 0.3
"""Share of the strength that the far ear lacks at most, besides the high notes."""
NEAREST = 1.0
"""Metres within which a voice does not grow louder."""


class Ear(NamedTuple):
    """What one ear gets: seconds later than the other one can be, a factor, and the cutoff of its low-pass in hertz."""

    delay: float
    gain: float
    cutoff: float


def relative(place: Sequence[float], listener: Sequence[float] = (0, 0), turned: float = 0.0) -> tuple[float, float]:
    """Give ``(azimuth, distance)`` of a place, in degrees and metres.

    Parameters
    ----------
    place, listener : (x, y)
        In metres.
    turned : float
        Degrees by which the listener has turned to the right.
    """
    east, north = place[0] - listener[0], place[1] - listener[1]
    azimuth = math.degrees(math.atan2(east, north)) - turned
    return (azimuth + 180) % 360 - 180, math.hypot(east, north)


def ears(azimuth: float, distance: float = 1.0) -> tuple[Ear, Ear]:
    """Give what the left and the right ear get of a voice.

    Parameters
    ----------
    azimuth : float
        Degrees, positive to the right.
    distance : float
        Metres, 0 or more.

    Returns
    -------
    tuple of Ear
        Left and right. The nearer ear has delay 0.

    Raises
    ------
    ValueError
        For a distance below 0.
    """
    if distance < 0:
        raise ValueError(f"a distance is 0 or more, not {distance}")
    side = math.sin(math.radians(azimuth))  # 1: straight to the right
    angle = math.asin(min(1.0, abs(side)))
    late = HEAD / SPEED * (abs(side) + angle)
    level = 1 / max(distance, NEAREST)
    near = Ear(0.0, level, OPEN)
    far = Ear(late, level * (1 - WEAKER * abs(side)), OPEN * (DARK / OPEN) ** abs(side))
    return (far, near) if side >= 0 else (near, far)


def render(sound: np.ndarray, rate: int, azimuth: float, distance: float = 1.0) -> np.ndarray:
    """Put a mono signal at a place.

    Parameters
    ----------
    sound : ndarray of float, shape (n,)
    rate : int
        Samples a second, more than 36,000.
    azimuth, distance : float
        As in :func:`ears`.

    Returns
    -------
    ndarray of float64, shape (n + longest delay, 2)
        The delay is exact to a fraction of a sample, by linear interpolation.
    """
    sound = np.asarray(sound, float)
    if sound.ndim != 1:
        raise ValueError(f"a mono signal has one dimension, not {sound.ndim}")
    longest = math.ceil(HEAD / SPEED * (1 + math.pi / 2) * rate)
    sound = np.concatenate([sound, np.zeros(longest)])
    out = np.zeros((len(sound), 2))
    for channel, ear in enumerate(ears(azimuth, distance)):
        filtered = lfilter(*butter(2, ear.cutoff, fs=rate), sound) * ear.gain
        whole = int(ear.delay * rate)
        part = ear.delay * rate - whole
        late = np.convolve(filtered, [1 - part, part])
        out[whole:, channel] = late[: len(out) - whole]
    return out


def mix(sounds: Sequence[np.ndarray], rate: int, places: Sequence, listener=(0, 0), turned: float = 0.0) -> np.ndarray:
    """Put several mono signals at their places; float64, shape (longest, 2), no louder than 1.

    Parameters
    ----------
    sounds : sequence of ndarray of float
    rate : int
    places : sequence of (x, y)
        One for each, in metres.
    listener, turned
        As in :func:`relative`.

    Raises
    ------
    ValueError
        For other numbers of sounds and places.
    """
    if len(sounds) != len(places) or not sounds:
        raise ValueError(f"{len(sounds)} sounds and {len(places)} places; give one place for each sound")
    parts = [render(each, rate, *relative(place, listener, turned)) for each, place in zip(sounds, places, strict=True)]
    out = np.zeros((max(map(len, parts)), 2))
    for part in parts:
        out[: len(part)] += part
    return out / max(1.0, np.abs(out).max())
