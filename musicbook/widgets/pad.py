"""The pad: a plane of tunes to walk about in while they play.

Task
    Two numbers of a composing machine at once, such as two dimensions of a latent space. The plane is cut into cells, and a
    tune was computed for each beforehand, so that a page without a kernel plays them all; with a kernel and a ``source``,
    the places between the cells sound too.

Conventions
    ``tunes[row, col]``; columns run to the right and rows upwards, with the coordinates ``x`` and ``y``. ``place`` is
    ``[col, row]`` counted from 0. Everything else is as in `Tuner`, which this is, with a plane for its slider.

Classes
    ``Pad``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import traitlets

from musicbook.music.melody import Melody, MusicError
from musicbook.widgets._module import css, esm
from musicbook.widgets.tuner import MOVING, Tuner, _stop


class Pad(Tuner):
    """Hear a plane of tunes.

    Parameters
    ----------
    tunes : array_like of int, shape (rows, cols, steps)
        Tokens, at least two rows and two columns.
    x, y : sequence of float
        Coordinate of each column and of each row, growing.
    axes : tuple of two str
        Names of the axes, to the right and upwards.
    place : tuple of two int
        Column and row at which it begins.
    values : array_like of float, shape (rows, cols), optional
        Colours the cells, the greatest most strongly.
    value_name : str
        What the colour means: "notes".
    marks : sequence of (float, float, str)
        Points with a name, in the coordinates of the axes.
    nearest, nearest_names : as ``tunes``, and a list of rows * cols names, row by row, optional
        A second tune for each cell, and what is said of it.
    source : callable, optional
        ``source(x, y) -> Melody`` for places between the cells; used when a kernel runs.
    title, caption, instrument, tempo, loop
        As in `Tuner`.

    Raises
    ------
    MusicError
        For a plane of another shape, coordinates or values that do not fit it, a place or mark outside, and as `Tuner`.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Pad").tag(sync=True)
    _esm = esm(*MOVING)
    _css = css("theme", "player", "tuner", "pad")

    grid = traitlets.Dict().tag(sync=True)
    place = traitlets.List(traitlets.Float(), [0, 0], minlen=2, maxlen=2).tag(sync=True)

    def __init__(
        self,
        tunes,
        *,
        x: Sequence[float],
        y: Sequence[float],
        axes: tuple[str, str],
        place: tuple[int, int] = (0, 0),
        values=None,
        value_name: str = "",
        marks: Sequence[tuple[float, float, str]] = (),
        nearest=None,
        nearest_names: Sequence[str] | None = None,
        source: Callable[[float, float], Melody] | None = None,
        **options,
    ):
        tunes, x, y = np.asarray(tunes), np.asarray(x, float), np.asarray(y, float)
        if tunes.ndim != 3 or min(tunes.shape[:2]) < 2:
            raise MusicError(
                f"tunes are tokens of shape (rows, cols, steps), two rows and columns at least, got {tunes.shape}"
            )
        rows, cols = tunes.shape[:2]
        if (len(y), len(x)) != (rows, cols) or (np.diff(x) <= 0).any() or (np.diff(y) <= 0).any():
            raise MusicError(f"{len(x)} and {len(y)} coordinates, which must grow, for {cols} columns and {rows} rows")
        col, row = place
        if not (0 <= col < cols and 0 <= row < rows):
            raise MusicError(f"there is no cell {place} in {cols} columns and {rows} rows")
        shade = np.zeros((rows, cols)) if values is None else np.asarray(values, float)
        if shade.shape != (rows, cols) or not np.isfinite(shade).all():
            raise MusicError(f"values are finite numbers of shape {(rows, cols)}, got shape {shade.shape}")
        for across, up, name in marks:
            if not (x[0] <= across <= x[-1] and y[0] <= up <= y[-1]):
                raise MusicError(f"the mark {name!r} at ({across:g}, {up:g}) lies outside the plane")
        super().__init__(
            tunes.reshape(rows * cols, -1),
            labels=[f"{axes[0]} {a:g}, {axes[1]} {b:g}" for b in y for a in x],
            axis=f"{axes[0]} and {axes[1]}",
            position=row * cols + col,
            nearest=None if nearest is None else np.reshape(nearest, (-1, np.shape(nearest)[-1])),
            nearest_names=nearest_names,
            **options,
        )
        self._plane = x, y
        self._source = source
        span = np.ptp(shade) or 1
        self.grid = {
            "cols": cols,
            "rows": rows,
            "x": x.round(4).tolist(),
            "y": y.round(4).tolist(),
            "axes": list(axes),
            "values": np.round(255 * (shade - shade.min()) / span).astype(int).ravel().tolist(),
            "value_name": value_name,
            "marks": [[_index(x, a), _index(y, b), name] for a, b, name in marks],
        }
        self.place = [col, row]
        self.observe(self._renew_place, "place")

    def notes_at(self, col: float, row: float) -> list[list[float]]:
        """Give the rows ``[onset, duration, pitch, voice]``, in quarter notes, that the page plays at a cell (or the nearest)."""
        return super().notes_at(round(row) * self.grid["cols"] + round(col))

    def _renew_place(self, change) -> None:
        """Play what the source says of a place between the cells."""
        at = list(change["new"])
        if self._source is None or all(each == round(each) for each in at):
            self.live = {}
            return
        across, up = (
            float(np.interp(each, range(len(ticks)), ticks)) for each, ticks in zip(at, self._plane, strict=True)
        )
        self.live = {"at": at, **_stop(self._source(across, up))}


def _index(ticks: np.ndarray, value: float) -> float:
    return round(float(np.interp(value, ticks, range(len(ticks)))), 3)
