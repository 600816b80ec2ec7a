"""The growth explorer: how much memory each method needs as listeners, tunes and plays grow.

Task
    Predict before running. Three sliders set the size of the data, a menu the memory that there is; the page computes what
    each method would hold at its peak, and for how many listeners there is room.

Conventions
    Bytes are those of `musicbook.recommend.footprint`, with the interpreter; the page has the same formulas. Bars stand on a
    logarithmic scale from 64 MiB to 64 TiB, because nothing else would show both ends.

Classes
    ``GrowthExplorer``
"""

from __future__ import annotations

import traitlets

from musicbook.recommend.footprint import BASE, GIB, METHODS, limit, predict
from musicbook.widgets._module import BookWidget, css, esm

RANGES = {"listeners": (100, 100_000_000), "items": (100, 1_000_000), "plays": (5, 2000)}
BUDGETS = {1: "1 GiB", 2: "2 GiB (Binder)", 8: "8 GiB", 16: "16 GiB (a laptop)", 256: "256 GiB (a server)"}
"""GiB, and what it is."""


class GrowthExplorer(BookWidget):
    """Move the size of the data; see what each method needs.

    Parameters
    ----------
    listeners, items : int
        Listeners, 100 to 100 million, and tunes, 100 to 1 million.
    plays : int
        Tunes that a listener has played, on average: 5 to 2,000.
    budget : int
        Memory there is, in GiB: one of :data:`BUDGETS`.
    caption : str
        Below.

    Raises
    ------
    TraitError
        For a size outside its range, or another budget.
    """

    _anywidget_id = traitlets.Unicode("musicbook.GrowthExplorer").tag(sync=True)
    _esm = esm("theme", "controls", "footprint", "growth")
    _css = css("theme", "tuner", "growth")

    growth = traitlets.Dict().tag(sync=True)
    listeners = traitlets.Int(1000, min=RANGES["listeners"][0], max=RANGES["listeners"][1]).tag(sync=True)
    items = traitlets.Int(10_000, min=RANGES["items"][0], max=RANGES["items"][1]).tag(sync=True)
    plays = traitlets.Int(56, min=RANGES["plays"][0], max=RANGES["plays"][1]).tag(sync=True)
    budget = traitlets.Enum([gib * GIB for gib in BUDGETS], 2 * GIB).tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(self, listeners: int = 1000, items: int = 10_000, plays: int = 56, budget: int = 2, caption: str = ""):
        growth = {
            "base": BASE,
            "methods": list(METHODS),
            "budgets": [[gib * GIB, words] for gib, words in BUDGETS.items()],
            "ranges": {name: list(ends) for name, ends in RANGES.items()},
        }
        super().__init__(
            growth=growth, listeners=listeners, items=items, plays=plays, budget=budget * GIB, caption=caption
        )

    def needs(self) -> dict[str, float]:
        """Give the bytes that the page shows for each method."""
        pairs = max(1, self.listeners * self.plays)
        return {name: BASE + predict(name, self.listeners, self.items, pairs) for name in METHODS}

    def room(self) -> dict[str, int]:
        """Give for each method the number of listeners that would fit."""
        return {name: limit(name, self.items, self.plays, self.budget) for name in METHODS}
