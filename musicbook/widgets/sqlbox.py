"""The SQL box: questions to the event log, and their answers as a table.

Task
    Let a reader ask the log. In a page without a kernel the questions are a list of examples whose answers were computed
    when the page was made; with a kernel any question may be typed, and the log answers, without being able to change.

Conventions
    An answer is the names of its columns and its first :data:`ROWS` rows as text, and how many rows there were.

Classes
    ``SqlBox``
"""

from __future__ import annotations

from collections.abc import Mapping

import traitlets

from musicbook.recommend.log import Log, LogError
from musicbook.widgets._module import BookWidget, css, esm

ROWS = 15
LONGEST = 2000
"""Characters of a question that are read."""


class SqlBox(BookWidget):
    """Ask an event log.

    Parameters
    ----------
    log : Log
        Open as long as a kernel shall answer.
    examples : mapping of str to str
        Question in words -> question in SQL; at least one. They are answered at once.
    caption : str
        Below.

    Raises
    ------
    LogError
        If an example is not understood by the log.
    ValueError
        If there is no example.
    """

    _anywidget_id = traitlets.Unicode("musicbook.SqlBox").tag(sync=True)
    _esm = esm("theme", "controls", "sqlbox")
    _css = css("theme", "sqlbox")

    examples = traitlets.List().tag(sync=True)
    sql = traitlets.Unicode("").tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(self, log: Log, examples: Mapping[str, str], caption: str = ""):
        if not examples:
            raise ValueError("give one example at least: without a kernel there is nothing else to ask")
        answered = [{"words": words, "sql": sql.strip(), "answer": _table(log, sql)} for words, sql in examples.items()]
        super().__init__(examples=answered, sql=answered[0]["sql"], answer=answered[0]["answer"], caption=caption)
        self._log = log
        self.observe(self._renew, "sql")

    def _renew(self, change) -> None:
        """Answer a question that was typed, or say what is wrong with it."""
        try:
            self.answer = {"to": change["new"], **_table(self._log, change["new"])}
        except LogError as error:
            self.answer = {"to": change["new"], "error": str(error)}


def _table(log: Log, sql: str) -> dict:
    if len(sql) > LONGEST:
        raise LogError(f"the question has {len(sql):,} characters; {LONGEST:,} are read")
    found = log.query(sql)
    rows = [["" if value is None else _say(value) for value in row] for row in found.head(ROWS).itertuples(index=False)]
    return {"columns": [str(name) for name in found.columns], "rows": rows, "total": len(found)}


def _say(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
