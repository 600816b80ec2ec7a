"""Screening: tap or write a melody, and hear which passages of a catalogue are like it, and how surprising that is.

Task
    A list of passages travels in the page. The reader taps a melody on a small keyboard, writes it as text or picks an
    example; the page aligns it with every passage, shows the five that are the least likely by chance, sets the notes of one
    beside the reader's own, and plays both. A slider moves the threshold from which a passage is pointed at, and says what
    that threshold does on planted copies. The page computes; this module computes the same from Python.

Conventions
    Text is names of notes with quarters after a colon (``C4 D4:2 F#4``), semitones from note to note (``+2 -1``, from middle
    C), or ABC with a line ``K:``. Everything sounds at 120 quarter notes a minute. *Surprise* is that of
    :mod:`musicbook.music.screening`; likeness is a reason to listen and nothing else.

Functions and classes
    :func:`read_text`, :func:`write_text`; ``Screening``

Sources
    smith1981; yuan2023 for what such a number cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import traitlets

from musicbook.music.abc import parse_abc
from musicbook.music.melody import Melody, MusicError
from musicbook.music.screening import Screen, Verdicts
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.player import rows

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LIMITS = [round(0.25 * k, 2) for k in range(49)]
"""Stops of the slider."""


class Screening(SoundingWidget):
    """Give a melody, see and hear what is like it.

    Parameters
    ----------
    screen : musicbook.music.screening.Screen
        The passages, one voice each.
    found : musicbook.music.screening.Verdicts
        What ``screen.surprise`` says of the cases of a benchmark on these passages.
    examples : mapping of str to (str or Melody)
        What the reader may pick; the first is there at first.
    limit : float
        The threshold at first.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        If there is no example, or one cannot be read.

    Notes
    -----
    The traits ``text``, ``match`` (a rank) and ``limit`` follow the reader's hand, and the page follows them.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Screening").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "screeningscores", "screening")
    _css = css("theme", "player", "neighbours", "screening")

    passages = traitlets.List().tag(sync=True)
    examples = traitlets.List().tag(sync=True)
    bench = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    match = traitlets.Int(0, min=0).tag(sync=True)
    limit = traitlets.Float(5, min=0, max=LIMITS[-1]).tag(sync=True)
    selected = traitlets.Int(0, min=0, max=2).tag(sync=True)

    def __init__(
        self,
        screen: Screen,
        found: Verdicts,
        *,
        examples: Mapping[str, str | Melody],
        limit: float = 5.0,
        title: str = "",
        caption: str = "",
    ):
        if not examples:
            raise MusicError("a screening needs one example at least")
        texts = [[name, each if isinstance(each, str) else write_text(each)] for name, each in examples.items()]
        for _, text in texts:
            read_text(text)
        self._screen = screen
        at = [found.at(each) for each in LIMITS]
        innocent = found.best[found.honest]
        super().__init__(
            passages=[{"name": each.title, "notes": [row[:3] for row in rows(each)]} for each in screen.pool],
            examples=texts,
            bench={
                "limits": LIMITS,
                "precision": [round(p, 3) for p, _ in at],
                "recall": [round(r, 3) for _, r in at],
                "honest": [round(float((innocent >= each).mean()), 3) for each in LIMITS],
            },
            text=texts[0][1],
            limit=limit,
            title=title,
            caption=caption,
        )

    def melody(self) -> Melody:
        """Give what the reader has written."""
        return read_text(self.text)

    def matches(self, k: int = 5) -> list[tuple[str, int, float]]:
        """Give title, score and surprise of the passages that the page shows, the least likely by chance first."""
        melody = self.melody()
        surprise, raw = self._screen.surprise(melody), self._screen.raw(melody)
        order = np.argsort(-surprise, kind="stable")[:k]
        return [(self.passages[i]["name"], int(raw[i]), float(surprise[i])) for i in order]


def read_text(text: str) -> Melody:
    """Read a melody from names of notes, from intervals or from ABC.

    Raises
    ------
    MusicError
        If a word is no name of a note, or there are fewer than four notes.
    """
    if re.search(r"^K:|\|", text, re.MULTILINE):
        melody = parse_abc(text).voices()[0]
    else:
        melody = Melody.from_notes(_rows(re.split(r"[\s,]+", text.strip())))
    if len(melody) < 4:
        raise MusicError("give at least four notes: with fewer, anything is like everything")
    return melody


def _rows(words: list[str]) -> list[tuple[float, float, int]]:
    if all(re.fullmatch(r"[+-]?\d+", word) for word in words):
        return [(k, 1, int(60 + step)) for k, step in enumerate(np.cumsum([0, *map(int, words)]))]
    found, at = [], 0.0
    for word in words:
        match = re.fullmatch(r"([A-Ga-g])([#♯b♭]?)(\d)(?::(\d*\.?\d+))?", word)
        if not match:
            raise MusicError(
                f"{word!r} is no name of a note; write C4, F#4, Bb3 or, with quarters, C4:2; or ABC with K:"
            )
        letter, sign, octave, long = match.groups()
        pitch = NAMES.index(letter.upper()) + {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[sign] + 12 * (int(octave) + 1)
        found.append((at, float(long or 1), pitch))
        at += found[-1][1]
    return found


def write_text(melody: Melody) -> str:
    """Write a melody's first voice as names of notes; a rest lengthens the note before it, lengths keep four digits."""
    voice = melody.voices()[0].notes
    ends = [onset for onset, *_ in voice[1:]] + [voice[-1][0] + voice[-1][1]]
    words = []
    for (onset, _, pitch, _), end in zip(voice, ends, strict=True):
        long = f"{float(end - onset):.4g}"
        words.append(f"{NAMES[pitch % 12]}{pitch // 12 - 1}" + (f":{long}" if long != "1" else ""))
    return " ".join(words)
