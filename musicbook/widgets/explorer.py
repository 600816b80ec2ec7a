"""The explorer: one to three settings, and bars of what was measured at each.

Task
    Some curves take minutes to compute, and a reader should still be able to ask "and if it were twice as much?". So a grid of
    settings is computed beforehand, and the page shows the numbers that belong to where the sliders stand: a bar for each
    series, its value in figures and, where there is one, its interval.

Conventions
    The first axis is a slider; a later one with up to four stops is a row of radio buttons. The scale of a panel stays the
    same at all settings, so that a bar that grows has grown. Bars begin at 0. Numbers are rounded here, to the ``digits`` of
    their panel, and the page shows what it is given.

Classes
    ``Explorer``

Functions
    ``panel``   a panel of numbers and intervals
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from musicbook.music.melody import MusicError
from musicbook.widgets._module import BookWidget, css, esm

MOST_AXES = 3
MOST_NUMBERS = 20_000
"""In all panels together: more would make the page heavy."""


class Explorer(BookWidget):
    """Move the settings; see what was measured there.

    Parameters
    ----------
    axes : mapping of str to sequence of str
        One to three: what can be set -> its stops, two or more, in their order.
    panels : sequence of mapping
        What was measured. Each has ``title`` and ``bars``, a mapping of series -> array of shape (stops of the first axis,
        stops of the second, …), and may have ``unit``, ``low`` and ``high`` (arrays like those of ``bars``, for all or some
        series), ``digits`` (decimals; 2) and ``max`` (end of the scale; by default the greatest number of the panel). NaN
        stands for "not measured".
    title, caption : str
        Above and below.
    at : mapping of str to str or sequence of int, optional
        Where it begins: axis -> stop, or the numbers of the stops. The middle by default.

    Raises
    ------
    MusicError
        For other numbers of axes, an axis with fewer than two stops or two of one name, arrays of other shapes, two panels of
        one title, a low end above its value, or a stop that does not exist.

    Notes
    -----
    The trait ``at`` (a number for each axis) follows the reader's hand, and the page follows it. :meth:`values` gives what
    the bars show.

    Examples
    --------
    ::

        Explorer({"ε": ["1", "2", "4"]}, [{"title": "nDCG@10", "bars": {"with noise": [0.1, 0.2, 0.3]}, "digits": 3}])
    """

    _anywidget_id = traitlets.Unicode("musicbook.Explorer").tag(sync=True)
    _esm = esm("theme", "controls", "explorervalues", "explorer")
    _css = css("theme", "explorer")

    axes = traitlets.List().tag(sync=True)
    panels = traitlets.List().tag(sync=True)
    at = traitlets.List(traitlets.Int(min=0)).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        axes: Mapping[str, Sequence[str]],
        panels: Sequence[Mapping],
        title: str = "",
        caption: str = "",
        at: Mapping[str, str] | Sequence[int] | None = None,
    ):
        axes = [[str(name), [str(stop) for stop in stops]] for name, stops in axes.items()]
        _check_axes(axes)
        shape = tuple(len(stops) for _, stops in axes)
        read = [_panel(panel, shape) for panel in panels]
        _check_panels(read)
        super().__init__(axes=axes, panels=read, title=title, caption=caption, at=_place(at, axes))

    @traitlets.validate("at")
    def _in_range(self, proposal):
        place = list(proposal["value"])
        if len(place) != len(self.axes) or any(
            k >= len(stops) for k, (_, stops) in zip(place, self.axes, strict=False)
        ):
            sizes = ", ".join(f"{name} 0 to {len(stops) - 1}" for name, stops in self.axes)
            raise traitlets.TraitError(f"at is one number for each axis ({sizes}), not {place}")
        return place

    def setting(self) -> dict[str, str]:
        """Give the stops that are chosen now: axis -> stop."""
        return {name: stops[k] for k, (name, stops) in zip(self.at, self.axes, strict=True)}

    def values(self) -> dict[str, dict[str, float]]:
        """Give what the bars show now: title of the panel -> series -> value; NaN where nothing was measured."""
        return self._shown("values")

    def intervals(self) -> dict[str, dict[str, tuple[float, float]]]:
        """Give the ends of the intervals that are shown now; only series that have one."""
        low, high = self._shown("low"), self._shown("high")
        return {title: {name: (low[title][name], high[title][name]) for name in low[title]} for title in low}

    def _shown(self, what: str) -> dict[str, dict[str, float]]:
        k = 0
        for place, (_, stops) in zip(self.at, self.axes, strict=True):
            k = k * len(stops) + place
        return {
            panel["title"]: {
                name: math.nan if numbers[k] is None else numbers[k]
                for name, numbers in zip(panel["names"], panel[what], strict=True)
                if numbers is not None
            }
            for panel in self.panels
        }


def panel(title: str, series: Mapping[str, Sequence], **options) -> dict:
    """Make a panel for one axis.

    Parameters
    ----------
    title : str
    series : mapping of str to sequence
        For each stop a number, or something with ``mean``, ``low`` and ``high``, as
        :mod:`musicbook.recommend.intervals` gives it.
    **options
        ``unit``, ``digits``, ``max``, as of :class:`Explorer`.

    Returns
    -------
    dict
    """
    sure = {name: values for name, values in series.items() if hasattr(values[0], "low")}
    bars = {name: [each.mean for each in values] if name in sure else list(values) for name, values in series.items()}
    ends = {
        end: {name: [getattr(each, end) for each in values] for name, values in sure.items()} for end in ("low", "high")
    }
    return {"title": title, "bars": bars, **ends, **options}


def _check_axes(axes: list) -> None:
    if not 1 <= len(axes) <= MOST_AXES:
        raise MusicError(f"{len(axes)} axes; 1 to {MOST_AXES} can be set")
    for name, stops in axes:
        if len(stops) < 2 or len(set(stops)) < len(stops):
            raise MusicError(f"axis {name!r} has the stops {stops}; give two or more, each once")


def _check_panels(panels: list) -> None:
    titles = [panel["title"] for panel in panels]
    if not panels or len(set(titles)) < len(titles):
        raise MusicError(f"panels have the titles {titles}; give one or more, each once")
    numbers = sum(len(row) for panel in panels for key in ("values", "low", "high") for row in panel[key] if row)
    if numbers > MOST_NUMBERS:
        raise MusicError(f"{numbers} numbers are too many for a page; {MOST_NUMBERS} at most")


def _panel(panel: Mapping, shape: tuple[int, ...]) -> dict:
    """Turn a panel into what the page reads: names, and for each a flat list of rounded numbers."""
    title, digits = str(panel["title"]), int(panel.get("digits", 2))
    bars, low, high = panel["bars"], panel.get("low") or {}, panel.get("high") or {}
    if not bars or set(low) != set(high) or set(low) - set(bars):
        raise MusicError(
            f"panel {title!r} has bars for {list(bars)}, low ends for {list(low)} and high for {list(high)}"
        )
    rows = {
        key: [_flat(part, name, title, shape, digits) for name in bars]
        for key, part in (("values", bars), ("low", low), ("high", high))
    }
    for name, value, least, most in zip(bars, *rows.values(), strict=True):
        ends = zip(value, least or value, most or value, strict=True)
        if any(None not in each and not each[1] <= each[0] <= each[2] for each in ends):
            raise MusicError(f"an interval of {name!r} in panel {title!r} does not hold its value")
    known = [x for part in rows.values() for row in part if row for x in row if x is not None]
    top = max([0.0, *known]) if panel.get("max") is None else float(panel["max"])
    return {
        "title": title,
        "unit": str(panel.get("unit", "")),
        "digits": digits,
        "names": [str(name) for name in bars],
        **rows,
        "range": [min([0.0, *known]), top or 1.0],
    }


def _flat(part: Mapping, name: str, title: str, shape: tuple[int, ...], digits: int) -> list | None:
    if name not in part:
        return None
    numbers = np.asarray(part[name], float)
    if numbers.shape != shape:
        raise MusicError(f"{name!r} in panel {title!r} has shape {numbers.shape}; the axes make {shape}")
    return [round(x, digits) + 0.0 if math.isfinite(x) else None for x in numbers.ravel().tolist()]


def _place(at, axes: list) -> list[int]:
    if at is None:
        return [len(stops) // 2 for _, stops in axes]
    if not isinstance(at, Mapping):
        return [int(k) for k in at]
    strange = set(at) - {name for name, _ in axes}
    if strange:
        raise MusicError(f"no axis {min(strange)!r}; there are {', '.join(name for name, _ in axes)}")
    place = []
    for name, stops in axes:
        stop = str(at.get(name, stops[len(stops) // 2]))
        if stop not in stops:
            raise MusicError(f"{name} has no stop {stop!r}; there are {', '.join(stops)}")
        place.append(stops.index(stop))
    return place
