"""The tune player: hear and see one tune.

Task
    Show a melody as a piano roll (and as a score, if wanted) and let the reader play it: play, pause, stop, loop,
    seek, tempo, instrument, volume, the notes as text, a MIDI file to keep. It works in JupyterLab, in Binder and in
    a page without a kernel.

Conventions
    Times are in quarter notes, tempo in quarter notes a minute, volume from 0 to 1. Every tune plays equally loud at
    the same volume (see `musicbook.music.sound`). All traits are synchronised both ways: ``player.tempo = 90`` is
    heard and seen at once, ``player.playing = True`` starts it (after the reader has clicked somewhere in the page:
    browsers insist), ``player.position`` tells where it is.

Classes
    ``Player``
"""

from __future__ import annotations

from fractions import Fraction

import traitlets

from musicbook.music import score as engraver
from musicbook.music import sound
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm


def number(value: Fraction) -> int | float:
    """Write a number of quarter notes as short as JSON allows; a millionth of a quarter is nearer than any tick."""
    return value.numerator if value.denominator == 1 else round(float(value), 6)


def rows(melody: Melody) -> list[list[float]]:
    """Give a melody as the rows ``[onset, duration, pitch, voice]`` that the page reads, times in quarter notes.

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    if len(melody) == 0:
        raise MusicError("a melody without notes cannot be played")
    return [[number(onset), number(duration), pitch, voice] for onset, duration, pitch, voice in melody.notes]


def check_length(melody: Melody, tempo: float | None = None) -> None:
    """Raise `MusicError` if a melody would play for more than ``sound.LONGEST`` seconds."""
    seconds = melody.seconds * (melody.tempo / tempo if tempo else 1)
    if seconds > sound.LONGEST:
        raise MusicError(f"the melody would play for {seconds:,.0f} s; the most is {sound.LONGEST:.0f} s")


class Player(SoundingWidget):
    """Play one tune.

    Parameters
    ----------
    melody : Melody
        One voice or several.
    title : str, optional
        Shown above the roll; the melody's own title if not given.
    instrument : str
        One of ``sound.INSTRUMENTS``.
    tempo : float, optional
        Quarter notes a minute; the melody's own if not given.
    score : bool
        Show the engraved score, whose notes light while they sound.
    loop : bool
        Start again at the end.
    caption : str
        A line under the player: what to listen for.

    Raises
    ------
    MusicError
        If the melody has no notes, or plays longer than ``sound.LONGEST`` seconds at its tempo.
    traitlets.TraitError
        For an instrument that does not exist, a tempo outside 5 to 1000 or a volume outside 0 to 1.

    Examples
    --------
    >>> tune = Melody.from_notes([(0, 1, 60), (1, 1, 64), (2, 2, 67)], title="Three notes")
    >>> player = Player(tune, instrument="flute")
    >>> player.tempo = 90
    """

    _anywidget_id = traitlets.Unicode("musicbook.Player").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "player")
    _css = css("theme", "player")

    notes = traitlets.List().tag(sync=True)
    meter = traitlets.Unicode("4/4").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    pickup = traitlets.Float(0).tag(sync=True)
    tempo = traitlets.Float(120, min=5, max=1000).tag(sync=True)
    score_svg = traitlets.Unicode("").tag(sync=True)
    score_ids = traitlets.List().tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    position = traitlets.Float(0, min=0).tag(sync=True)

    def __init__(
        self,
        melody: Melody,
        *,
        title: str | None = None,
        instrument: str = "piano",
        tempo: float | None = None,
        score: bool = False,
        loop: bool = False,
        caption: str = "",
    ):
        self._with_score = score
        tempo = melody.tempo if tempo is None else tempo
        super().__init__(
            **self._state_of(melody, tempo),
            tempo=tempo,
            title=melody.title if title is None else title,
            instrument=instrument,
            loop=loop,
            caption=caption,
        )

    def _state_of(self, melody: Melody, tempo: float) -> dict:
        check_length(melody, tempo)
        engraved = engraver.engrave(melody) if self._with_score else engraver.Engraving("", [])
        return {
            "notes": rows(melody),
            "meter": melody.meter,
            "key": melody.key,
            "pickup": melody.pickup / TICKS,
            "score_svg": engraved.svg,
            "score_ids": [[number(a), number(b), ids] for a, b, ids in engraved.timemap],
        }

    def show(self, melody: Melody) -> None:
        """Put another melody into this player; tempo, instrument and volume stay as the reader has set them.

        Raises
        ------
        MusicError
            As when a player is made.
        """
        state = self._state_of(melody, self.tempo)  # raises before anything is changed
        with self.hold_sync():
            self.title = melody.title or self.title
            for name, value in state.items():
                setattr(self, name, value)
