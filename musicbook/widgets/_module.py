"""How a widget's program is put together from the small files in ``js/``.

Task
    A widget in a notebook must bring its whole program with it as one ES module (there is no place to import siblings
    from: a notebook is read from a file, from JupyterLab and from a static page). So the parts are kept as one idea a
    file, as plain functions without ``import`` or ``export``, and are joined here. Only a widget's last part ends in
    ``export default { render }``.

Functions
    ``esm``, ``css``   join parts by name
    ``BookWidget``     base class: identity, and sending samples to a page that asks for them
    ``registered``     every widget class of the book, for the static page
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import anywidget
import traitlets

from musicbook.music import sound

JS = Path(__file__).parent / "js"
SOUND = ("hub", "bank", "loudness", "transport")
"""Parts that make a tune sound."""
PARTS = (*SOUND, "theme", "controls", "roll", "midi", "text", "score")
"""Parts for a widget with a tune in it."""


def read_part(name: str, suffix: str) -> str:
    """Read one part."""
    return (JS / f"{name}.{suffix}").read_text(encoding="utf-8")


class Joined(str):
    """A program or style sheet that remembers its parts, so that a site can carry each part once."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str], suffix: str) -> Joined:
        """Join parts by name."""
        joined = cls("\n".join(read_part(name, suffix) for name in names))
        joined.names = tuple(names)
        return joined


def esm(*names: str) -> Joined:
    """Join JavaScript parts into one ES module.

    Parameters
    ----------
    *names : str
        File names in ``js/`` without ``.js``; the last one holds the ``export default``.
    """
    return Joined.of(names, "js")


def css(*names: str) -> Joined:
    """Join style sheets, given as file names in ``js/`` without ``.css``."""
    return Joined.of(names, "css")


class BookWidget(anywidget.AnyWidget):
    """A widget of the book: the same program in JupyterLab, Binder and the static page.

    A subclass sets ``_anywidget_id`` (a name that stays the same when the class moves), ``_esm`` and ``_css``.
    """

    _anywidget_id = traitlets.Unicode("musicbook.BookWidget").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self.on_msg(self._answer)

    def _answer(self, _widget, message, _buffers) -> None:
        """Send an instrument's samples to a page that has none yet."""
        name = message.get("instrument")
        if message.get("kind") == "samples" and name in sound.INSTRUMENTS:
            answer = {"kind": "samples", "instrument": name, "index": sample_index(name)}
            self.send(answer, [sound.sample_file(name)])


class SoundingWidget(BookWidget):
    """A widget with a player inside: what the parts of the player read and write, with a title above and a caption below."""

    title = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    instrument = traitlets.Enum(sound.INSTRUMENTS, "piano").tag(sync=True)
    volume = traitlets.Float(0.8, min=0, max=1).tag(sync=True)
    loop = traitlets.Bool(False).tag(sync=True)


def sample_index(name: str) -> dict:
    """Give what the page must know to cut an instrument's MP3 into notes."""
    bank = sound.index()
    return {"sync": bank["sync"], "grid": bank["grid"], **bank["instruments"][name]}


def registered(base: type = BookWidget) -> dict[str, type]:
    """Every widget class defined so far, by its ``_anywidget_id``."""
    found = {}
    for cls in base.__subclasses__():
        # anywidget makes one more subclass for each instance, whose program is a trait: not a widget of its own.
        if isinstance(vars(cls).get("_esm"), str):
            found[cls.class_traits()["_anywidget_id"].default_value] = cls
        found |= registered(cls)  # a base class without a program has widgets below it
    return found
