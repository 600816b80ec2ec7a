"""The tuner: a slider that goes from one tune to the next while they play.

Task
    Let a reader turn a knob of a composing machine and hear what it does: training time, temperature, the weight of a
    loss, the way from one tune to another. A page without a kernel plays the tunes that were computed beforehand, one for
    each *stop* of the slider; with a kernel and a ``source``, the places between the stops sound too.

Conventions
    Stops are numbered from 0; ``position`` is where the slider is. Tunes given as tokens (see
    `musicbook.music.grid`; the alphabet G3 to C6, sixteenths, bars of four quarters) travel as one character a token and are
    read by the page, exactly as ``Melody.from_tokens`` reads them. All stops are drawn on one scale of pitch.

Classes
    ``Tuner``
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import numpy as np
import traitlets

from musicbook.music.melody import HIGH, LOW, Melody, MusicError
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.player import check_length, rows

DIGITS = "0123456789abcdefghijklmnopqrstuv"
"""One character for each token of the models' alphabet."""


MOVING = (*PARTS, "playerview", "charts", "choice", "bell", "tuner")
"""Parts of what is played while something is moved. Each class names them, or its pages would carry them all again."""


class Tuned(SoundingWidget):
    """Base class of what is played while something is moved: what ``js/tuner.js`` reads."""

    stops = traitlets.List().tag(sync=True)
    nearest = traitlets.List().tag(sync=True)
    nearest_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    axis = traitlets.Unicode("").tag(sync=True)
    info = traitlets.List(traitlets.Unicode()).tag(sync=True)
    histograms = traitlets.Dict().tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    heat = traitlets.Dict().tag(sync=True)
    live = traitlets.Dict().tag(sync=True)
    position = traitlets.Float(0, min=0).tag(sync=True)
    meter = traitlets.Unicode("4/4").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    tempo = traitlets.Float(120, min=5, max=1000).tag(sync=True)
    loop = traitlets.Bool(True).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)


class Tuner(Tuned):
    """Hear a row of tunes by a slider.

    Parameters
    ----------
    tunes : sequence of Melody, or array_like of int, shape (stops, steps)
        A tune for each stop, at least two; all melodies or all tokens.
    labels : sequence of str
        What each stop is: "epoch 3", "T = 0.8".
    axis : str
        Name of the slider.
    title, caption : str
        Above and below.
    position : int
        The stop at which it begins.
    nearest : as tunes, optional
        A second tune for each stop, such as the nearest one of the training set; a switch goes over to it.
    nearest_names : sequence of str, optional
        What is said of each of them.
    histograms : dict of str to array_like of int, shape (stops, bins), optional
        Bars over 0 to 1 for each stop, such as D(real) and D(fake); two at most.
    curves : dict of str to sequence of float, optional
        Lines over the stops, such as losses; a mark shows the stop.
    heat : array_like of uint8, shape (stops, symbols, steps), optional
        A picture under the roll for each stop, 255 darkest, such as the probabilities of the tokens.
    info : sequence of str, optional
        A line of text for each stop.
    source : callable, optional
        ``source(position) -> Melody`` for places between the stops; used when a kernel runs.
    instrument, tempo, loop
        As in `Player`; the tempo of the first tune if not given, 120 for tokens.

    Raises
    ------
    MusicError
        For fewer than two stops, lists of other lengths, tokens outside the alphabet, or a tune without notes or too long.

    Notes
    -----
    ``notes_at(stop)`` gives the notes that the page plays there. With a kernel, ``position`` is set by the reader's hand
    and from Python alike.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Tuner").tag(sync=True)
    _esm = esm(*MOVING)
    _css = css("theme", "player", "tuner")

    def __init__(
        self,
        tunes,
        *,
        labels: Sequence[str],
        axis: str,
        title: str = "",
        caption: str = "",
        position: int = 0,
        nearest=None,
        nearest_names: Sequence[str] | None = None,
        histograms: dict | None = None,
        curves: dict | None = None,
        heat=None,
        info: Sequence[str] | None = None,
        source: Callable[[float], Melody] | None = None,
        instrument: str = "piano",
        tempo: float | None = None,
        loop: bool = True,
    ):
        stops = _stops(tunes)
        count = len(stops)
        if count < 2:
            raise MusicError(f"a slider needs at least two stops, got {count}")
        others = [] if nearest is None else _stops(nearest)
        lists = {
            "labels": labels,
            "nearest": others or None,
            "nearest_names": nearest_names,
            "info": info,
            "heat": heat,
        }
        lists |= {f"the curve {name!r}": values for name, values in (curves or {}).items()}
        lists |= {f"the histogram {name!r}": values for name, values in (histograms or {}).items()}
        for what, given in lists.items():
            if given is not None and len(given) != count:
                raise MusicError(f"{len(given)} entries in {what} for {count} stops")
        if len(histograms or {}) > 2:
            raise MusicError(f"{len(histograms)} histograms; two can be told apart")
        if not 0 <= position < count:
            raise MusicError(f"there is no stop {position}; they run from 0 to {count - 1}")
        first = tunes[0] if isinstance(tunes[0], Melody) else None
        self._source = source
        super().__init__(
            stops=stops,
            nearest=others,
            nearest_names=list(nearest_names or []),
            labels=[str(label) for label in labels],
            axis=axis,
            title=title,
            caption=caption,
            position=position,
            histograms={name: np.asarray(table).tolist() for name, table in (histograms or {}).items()},
            curves={name: [round(float(v), 5) for v in values] for name, values in (curves or {}).items()},
            heat={} if heat is None else _picture(heat),
            info=list(info or []),
            meter=first.meter if first else "4/4",
            tempo=tempo or (first.tempo if first else 120),
            instrument=instrument,
            loop=loop,
        )
        self.observe(self._renew, "position")

    def notes_at(self, stop: float) -> list[list[float]]:
        """Give the rows ``[onset, duration, pitch, voice]``, in quarter notes, that the page plays at a stop (or the nearest)."""
        chosen = self.stops[round(min(max(stop, 0), len(self.stops) - 1))]
        if "rows" in chosen:
            return chosen["rows"]
        return rows(Melody.from_tokens([DIGITS.index(c) for c in chosen["tokens"]], low=LOW, high=HIGH))

    def _renew(self, change) -> None:
        """Play what the source says of a place between the stops."""
        at = change["new"]
        if self._source is None or at == round(at):
            self.live = {}
            return
        self.live = {"at": at, **_stop(self._source(at))}

    def _answer(self, widget, message, buffers) -> None:
        """Tell a page that asks whether there is a source behind the slider."""
        if message.get("kind") == "source":
            self.send({"kind": "source", "there": self._source is not None})
        else:
            super()._answer(widget, message, buffers)


def _stops(tunes) -> list[dict]:
    if len(tunes) and not isinstance(tunes[0], Melody):
        tunes = np.asarray(tunes)
        if tunes.ndim != 2 or not np.issubdtype(tunes.dtype, np.integer):
            raise MusicError(f"tunes are melodies, or tokens of shape (stops, steps), got shape {tunes.shape}")
    return [_stop(tune) for tune in tunes]


def _stop(tune) -> dict:
    if isinstance(tune, Melody):
        check_length(tune)
        return {"rows": rows(tune)}
    if tune.min() < 0 or tune.max() >= len(DIGITS):
        raise MusicError(f"tokens run from 0 to {len(DIGITS) - 1}, got {tune.min()} to {tune.max()}")
    return {"tokens": "".join(DIGITS[token] for token in tune.tolist())}


def _picture(heat) -> dict:
    heat = np.asarray(heat)
    if heat.ndim != 3 or heat.dtype != np.uint8:
        raise MusicError(f"heat is uint8 of shape (stops, symbols, steps), got {heat.dtype} of shape {heat.shape}")
    return {"shape": list(heat.shape), "data": base64.b64encode(np.ascontiguousarray(heat).tobytes()).decode()}
