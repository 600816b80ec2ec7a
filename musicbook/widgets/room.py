"""The room: a tune's voices at places of a map, heard through headphones by a listener who moves and turns.

Task
    Hear what two ears make of a place. Voices stand on a map; the listener walks, turns her head, or moves a voice, and hears
    the difference at once. Called what it is: spatial audio for headphones. It is not virtual reality.

Conventions
    Places are (x, y) in metres, x to the right and y to the front, -5 to 5. The page computes delays, gains and filters as
    :mod:`musicbook.music.binaural` does.

Classes
    ``Room``

Sources
    :mod:`musicbook.music.binaural`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import traitlets

from musicbook.music import binaural
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.player import check_length, rows

HALF = 5.0
"""Metres from the middle of the room to its walls."""
MOST_VOICES = 4


class Room(SoundingWidget):
    """Place the voices of a tune around a listener, and hear them through headphones.

    Parameters
    ----------
    melody : Melody
        One to four voices.
    names : sequence of str, optional
        One for each voice, from voice 0.
    places : sequence of (float, float), optional
        Where each voice is; by default on an arc of two metres before the listener.
    listener : (float, float)
        Where the listener is.
    turned : float
        Degrees by which her head is turned to the right, -180 to 180.
    title, caption : str
        Above and below.
    instrument : str
        One of ``sound.INSTRUMENTS``.

    Raises
    ------
    MusicError
        For another number of voices, names or places that do not fit them, or a place outside the room.

    Notes
    -----
    The traits ``places``, ``listener``, ``turned`` and ``moving`` (0 for the listener, then the voices) follow the reader's
    hand, and the page follows them. :meth:`ears` gives what both ears get.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Room").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "charts", "roomears", "room")
    _css = css("theme", "player", "tuner", "room")

    tunes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    places = traitlets.List(traitlets.List(traitlets.Float(), minlen=2, maxlen=2)).tag(sync=True)
    listener = traitlets.List(traitlets.Float(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)
    turned = traitlets.Float(0, min=-180, max=180).tag(sync=True)
    moving = traitlets.Int(0, min=0, max=MOST_VOICES).tag(sync=True)
    selected = traitlets.Int(0, min=0, max=0).tag(sync=True)
    loop = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        melody: Melody,
        names: Sequence[str] | None = None,
        places: Sequence[Sequence[float]] | None = None,
        *,
        listener: Sequence[float] = (0, 0),
        turned: float = 0,
        title: str = "",
        caption: str = "",
        instrument: str = "piano",
    ):
        notes = rows(melody)
        check_length(melody)
        voices = 1 + max(row[3] for row in notes)
        if voices > MOST_VOICES:
            raise MusicError(f"the tune has {voices} voices; 1 to {MOST_VOICES} can be placed")
        names = [f"voice {k + 1}" for k in range(voices)] if names is None else [str(name) for name in names]
        places = _arc(voices) if places is None else [[float(x) for x in place] for place in places]
        if len(names) != voices or len(places) != voices:
            raise MusicError(f"{voices} voices have {len(names)} names and {len(places)} places; give one each")
        for place in [*places, listener]:
            if len(place) != 2 or not all(-HALF <= x <= HALF for x in place):
                raise MusicError(f"a place is two numbers from {-HALF:.0f} to {HALF:.0f}, not {tuple(place)}")
        name = melody.title or "The tune"
        tune = {
            "notes": notes,
            "meter": melody.meter,
            "pickup": melody.pickup / TICKS,
            "tempo": melody.tempo,
            "title": name,
        }
        super().__init__(
            tunes=[tune],
            names=names,
            places=places,
            listener=[float(x) for x in listener],
            turned=turned,
            title=title,
            caption=caption,
            instrument=instrument,
        )

    def ears(self) -> list[tuple[binaural.Ear, binaural.Ear]]:
        """Give what the left and the right ear get of each voice now."""
        return [binaural.ears(*binaural.relative(place, self.listener, self.turned)) for place in self.places]


def _arc(voices: int) -> list[list[float]]:
    """Places on an arc of two metres, from 60 degrees left to 60 degrees right; one voice stands to the right."""
    angles = [60.0] if voices == 1 else [-60 + 120 * k / (voices - 1) for k in range(voices)]
    return [[round(2 * math.sin(math.radians(a)), 1), round(2 * math.cos(math.radians(a)), 1)] for a in angles]
