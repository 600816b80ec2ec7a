"""A table to filter: rows of text, a menu for each column that sorts them, and a box to type what is looked for.

Task
    A list of forty books and libraries is read by looking for something. The whole table is in the page; what does not fit the
    menus and the words is hidden.

Conventions
    A row has a text for each column. A text that begins with ``https://`` is shown as a link, named after its host.

Classes
    ``FilterTable``
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import traitlets

from musicbook.widgets._module import BookWidget, css, esm


class FilterTable(BookWidget):
    """Look for rows.

    Parameters
    ----------
    rows : sequence of sequence of str
    columns : sequence of str
        Their names.
    filters : sequence of str
        Columns that get a menu with their different values.
    title, caption : str
        Above and below.

    Raises
    ------
    ValueError
        If a row has not a text for each column, or a filter is no column.
    """

    _anywidget_id = traitlets.Unicode("musicbook.FilterTable").tag(sync=True)
    _esm = esm("theme", "controls", "filterrows", "filtertable")
    _css = css("theme", "filtertable")

    rows = traitlets.List().tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    filters = traitlets.List(traitlets.Int(min=0)).tag(sync=True)
    hosts = traitlets.Dict().tag(sync=True)
    wanted = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[str],
        *,
        filters: Sequence[str] = (),
        title: str = "",
        caption: str = "",
    ):
        rows, columns = [[str(cell) for cell in row] for row in rows], list(columns)
        if not rows or any(len(row) != len(columns) for row in rows):
            raise ValueError(f"each of {len(rows)} rows needs a text for each of the columns {', '.join(columns)}")
        if strange := set(filters) - set(columns):
            raise ValueError(f"no column {', '.join(sorted(strange))} to filter by; there are {', '.join(columns)}")
        super().__init__(
            rows=rows,
            columns=columns,
            hosts={text: _host(text) for row in rows for text in row if text.startswith("https://")},
            filters=[columns.index(name) for name in filters],
            wanted=[""] * len(filters),
            title=title,
            caption=caption,
        )

    def shown(self) -> list[int]:
        """Give the numbers of the rows that fit the menus and hold all words, in capitals or not."""
        words = self.words.lower().split()
        return [
            k
            for k, row in enumerate(self.rows)
            if all(want in ("", row[column]) for column, want in zip(self.filters, self.wanted, strict=True))
            and all(word in " ".join(row).lower() for word in words)
        ]


def _host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")
