"""The tune browser: filter a sample of real tunes, pick one, see it and hear it.

Task
    Let a reader get to know a catalogue of thousands of tunes by its own parts: how many there are of a collection, a
    region, a tune type, a metre, a mode; what each choice leaves of the others; and how the tunes sound.

Conventions
    The widget carries a sample, not the catalogue, so that a page without a kernel can filter and play it. A sample is
    drawn by strata: every collection, and every region that holds at least ``LARGE`` of its collection, is there, and
    large strata get more than small ones, but by the square root of their size, or Germany would fill the list. A
    tune is cut after its first bars. Its notes travel as rows of whole numbers ``[onset, duration, pitch]``, times in
    steps of the coarsest grid that is exact for this tune (``steps`` of them to a quarter note), with the voice as a
    fourth number where it is not 0.

Functions
    ``stratified``   draw a sample
    ``beginning``    the first bars of a tune, with its pickup
    ``Browser``      the widget
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import traitlets

from musicbook.music import sound
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets._module import PARTS, BookWidget, css, esm
from musicbook.widgets.player import check_length

LARGE = 0.01
"""Share of its collection that makes a region a stratum of its own."""

HEAVIEST = 150_000
"""Bytes of tunes in one browser: half of what a page of the book may weigh."""

NAMES = {
    "essen": "Essen",
    "oneill": "O'Neill",
    "ryan": "Ryan",
    "aird": "Aird",
    "misc": "Other books",
    "bach": "Bach chorales",
}
"""What the reader sees of a collection."""


def stratified(table: pd.DataFrame, n: int, seed: int = 0) -> list[str]:
    """Draw tunes so that every collection, and every large region of it, is represented.

    Parameters
    ----------
    table : pandas.DataFrame
        Table of a `Catalogue`, indexed by id, with the columns ``collection``, ``region`` and ``title``.
    n : int
        How many. If there are fewer than there are strata, the largest stratum of each collection comes first.
    seed : int
        The same seed gives the same tunes.

    Returns
    -------
    list of str
        ``n`` different ids, in the order of their titles.

    Raises
    ------
    MusicError
        If ``n`` is below 1, or larger than the table.
    """
    if n < 1:
        raise MusicError(f"{n} tunes wanted: at least 1 is")
    if n > len(table):
        raise MusicError(f"{n:,} tunes wanted, and the catalogue has {len(table):,}: pass a smaller n")
    share = table.groupby(["collection", "region"])["title"].transform("size")
    share = share / table.groupby("collection")["title"].transform("size")
    strata = table.groupby([table["collection"], table["region"].where(share >= LARGE, "smaller")], sort=True)
    quotas = _quotas(strata.size().to_dict(), n)
    rng = np.random.default_rng(seed)
    chosen = [rows.index[rng.choice(len(rows), quotas[stratum], replace=False)] for stratum, rows in strata]
    titles = table["title"].str.casefold().str.replace(r"^\W+", "", regex=True)
    return sorted(np.concatenate(chosen), key=lambda name: (titles[name], name))


def _quotas(sizes: dict[tuple[str, str], int], n: int) -> dict[tuple[str, str], int]:
    """Hand out ``n`` places one by one: to collections without any, to strata without any, then by root of size."""
    given = dict.fromkeys(sizes, 0)
    seen = set()

    def claim(stratum):
        return stratum[0] not in seen, given[stratum] == 0, math.sqrt(sizes[stratum]) / max(given[stratum], 1)

    for _ in range(n):
        stratum = max((each for each in sizes if given[each] < sizes[each]), key=claim)
        given[stratum] += 1
        seen.add(stratum[0])
    return given


def beginning(melody: Melody, bars: int) -> Melody:
    """Give the pickup and the first ``bars`` full bars; a note that goes on is cut at the end."""
    stop = melody.pickup + bars * melody.bar
    keep = melody.onset < stop
    columns = {name: getattr(melody, name)[keep] for name in ("onset", "duration", "pitch", "voice")}
    return melody.with_(**{**columns, "duration": np.minimum(columns["duration"], stop - columns["onset"])})


class Browser(BookWidget):
    """Browse a sample of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        Where the tunes come from.
    ids : sequence of str, optional
        Exactly these tunes, in this order; ``n`` and ``seed`` then play no part.
    n : int
        How many tunes to draw by :func:`stratified`.
    seed : int
        The same seed draws the same tunes.
    bars : int
        How much of each tune is played, after its pickup.
    instrument : str
        One of ``sound.INSTRUMENTS``.
    caption : str
        A line under the browser.

    Raises
    ------
    MusicError
        For an empty catalogue or an empty list of ids, an id given twice, ``n`` below 1 or larger than the catalogue,
        ``bars`` below 1, or tunes that together weigh more than ``HEAVIEST`` bytes.
    KeyError
        For an id that the catalogue does not have.
    traitlets.TraitError
        For an instrument that does not exist, and when ``selected`` is set to a tune that is not in the browser.

    Examples
    --------
    >>> browser = Browser(corpus.load(), n=48)
    >>> browser.selected = browser.ids[3]      # the page shows this tune
    >>> corpus.load()[browser.selected]        # all of the tune that the reader has picked
    """

    _anywidget_id = traitlets.Unicode("musicbook.Browser").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "browser")
    _css = css("theme", "player", "browser")

    tunes = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    bars = traitlets.Int(8).tag(sync=True)
    instrument = traitlets.Enum(sound.INSTRUMENTS, "piano").tag(sync=True)
    volume = traitlets.Float(0.8, min=0, max=1).tag(sync=True)
    loop = traitlets.Bool(False).tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        catalogue: Catalogue,
        ids: Sequence[str] | None = None,
        *,
        n: int = 48,
        seed: int = 0,
        bars: int = 8,
        instrument: str = "piano",
        caption: str = "",
    ):
        if len(catalogue) == 0:
            raise MusicError("the catalogue is empty: there is no tune to browse")
        if bars < 1:
            raise MusicError(f"{bars} bars of each tune wanted: at least 1 is")
        ids = stratified(catalogue.table, n, seed) if ids is None else _distinct(ids)
        tunes = [_record(name, catalogue[name], catalogue.table.loc[name], bars) for name in ids]
        weight = len(json.dumps(tunes))
        if weight > HEAVIEST:
            raise MusicError(f"{weight:,} bytes of tunes are more than {HEAVIEST:,}: pass fewer tunes or fewer bars")
        options = {"bars": bars, "instrument": instrument, "caption": caption}
        super().__init__(tunes=tunes, selected=tunes[0]["id"], **options)

    @property
    def ids(self) -> list[str]:
        """Ids of the tunes, in the order of the list."""
        return [tune["id"] for tune in self.tunes]

    @traitlets.validate("selected")
    def _known(self, proposal):
        if proposal["value"] not in self.ids:
            raise traitlets.TraitError(f"no tune {proposal['value']!r} in this browser; browser.ids lists them")
        return proposal["value"]


def _distinct(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str):
        raise MusicError(f"ids must be a list of ids, not the text {ids!r}")
    ids = list(ids)
    if not ids:
        raise MusicError("the list of ids is empty: there is no tune to browse")
    if twice := next((name for i, name in enumerate(ids) if name in ids[:i]), None):
        raise MusicError(f"{twice!r} is in the list of ids twice")
    return ids


def _record(name: str, melody: Melody, row: pd.Series, bars: int) -> dict:
    """Write a tune as the page reads it."""
    heard = beginning(melody, bars)
    if len(heard) == 0:
        raise MusicError(f"{name!r} has no note in its first {bars} bars")
    check_length(heard)
    step = math.gcd(TICKS, heard.pickup, *heard.onset.tolist(), *heard.duration.tolist())
    columns = np.stack([heard.onset // step, heard.duration // step, heard.pitch, heard.voice], axis=1)
    notes = [note if note[3] else note[:3] for note in columns.tolist()]
    return {
        "id": name,
        "title": heard.title,
        "collection": NAMES.get(row["collection"], row["collection"]),
        "region": row["region"],
        "kind": row["kind"],
        "meter": heard.meter,
        "tonic": row["tonic"],
        "mode": row["mode"],
        "tempo": heard.tempo,
        "pickup": heard.pickup // step,
        "steps": TICKS // step,
        "whole": len(heard) == len(melody),
        "notes": notes,
    }
