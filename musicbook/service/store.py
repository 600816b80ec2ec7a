"""The memory of the whole system: an event log with what was composed, how it was described, and which steps are done.

The task
    Let a system of many steps be killed at any moment and started again. Each step computes first and writes last, everything
    in one transaction together with the note that it is done; what is not noted was not done, and is done again.

Conventions
    The file is a :class:`musicbook.recommend.log.Log` with four more tables, so that whatever reads a log reads it. Windows
    are kept as text, one character a step: ``chr(48 + token)``. Settings are those of the first start, for good: a file with
    the listeners of one seed and the tunes of another would mean nothing.

Functions
    :class:`Store`; ``to_text``, ``from_text``

Sources
    SQLite's own documentation of transactions. Chapter "The project".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from musicbook.music.features import FEATURES
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.log import Log, LogError

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS steps (
    step TEXT NOT NULL, round INTEGER NOT NULL, result TEXT NOT NULL, PRIMARY KEY (step, round)
) STRICT;
CREATE TABLE IF NOT EXISTS composed (
    tune TEXT PRIMARY KEY REFERENCES tunes (id),
    round INTEGER NOT NULL CHECK (round >= 0),
    listener TEXT NOT NULL REFERENCES listeners (id),
    steered INTEGER NOT NULL CHECK (steered IN (0, 1)),
    model TEXT NOT NULL,
    seed INTEGER NOT NULL,
    tokens TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS composed_by_round ON composed (round);
CREATE TABLE IF NOT EXISTS described (
    tune TEXT PRIMARY KEY REFERENCES tunes (id),
    metre TEXT NOT NULL, style TEXT NOT NULL, sure REAL NOT NULL, valence REAL NOT NULL, arousal REAL NOT NULL,
    {", ".join(f"{name} REAL NOT NULL" for name in FEATURES)}
) STRICT;
"""


class Store(Log):
    """The system's file.

    Parameters
    ----------
    path : str or Path
        Made if there is none; a plain event log becomes a store, and stays a log.

    Raises
    ------
    LogError
        As of a log.
    """

    def __init__(self, path: str | Path):
        super().__init__(path)
        try:
            with self.transaction():
                for statement in SCHEMA.strip().split(";\n"):
                    self._db.execute(statement)
        except BaseException:
            self.close()
            raise

    def settings(self, wanted: Mapping | None = None) -> dict:
        """Give the settings of the file; at the first time, keep those that are wanted.

        Raises
        ------
        ValueError
            If the file was made with others, naming them.
        LogError
            If it has none, and none are given.
        """
        with self.transaction():
            kept = {name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM settings")}
            if not kept and wanted is not None:
                rows = [(name, json.dumps(value)) for name, value in wanted.items()]
                self._db.executemany("INSERT INTO settings VALUES (?, ?)", rows)
                return dict(wanted)
        if not kept:
            raise LogError(f"{self.path} holds no system yet; start one with: python -m musicbook run --db {self.path}")
        others = {name: value for name, value in (wanted or {}).items() if value is not None and kept[name] != value}
        if others:
            told = ", ".join(f"{name} {kept[name]!r} and not {value!r}" for name, value in others.items())
            raise ValueError(f"{self.path} was begun with {told}; give another --db, or leave the option out")
        return kept

    def begun(self) -> bool:
        """Say whether the file has settings already."""
        return self._db.execute("SELECT COUNT(*) FROM settings").fetchone()[0] > 0

    def done(self, step: str, round_: int = 0) -> dict | None:
        """Give the result of a step, or None if it is still to be done."""
        row = self._db.execute("SELECT result FROM steps WHERE step = ? AND round = ?", (step, round_)).fetchone()
        return None if row is None else json.loads(row[0])

    def finish(self, step: str, round_: int, result: Mapping) -> None:
        """Note that a step is done; in the transaction of whatever the step writes."""
        self._insert("INSERT INTO steps VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [(step, round_, json.dumps(result))])

    def add_composed(self, rows: Iterable[Sequence]) -> int:
        """Put composed windows into the catalogue, as ``(tune, title, round, listener, steered, model, seed, tokens)``."""
        rows = list(rows)
        with self.transaction():
            self.add_tunes((tune, title, "composed") for tune, title, *_ in rows)
            return self._insert(
                "INSERT INTO composed VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(tune, *rest[:-1], to_text(rest[-1])) for tune, _, *rest in rows],
            )

    def add_described(self, table: pd.DataFrame) -> int:
        """Keep what is known of tunes: a row a tune, by id, with the columns of the table ``described``."""
        marks = ", ".join("?" * (1 + table.shape[1]))
        rows = [(tune, *row) for tune, row in zip(table.index, table.to_numpy(object).tolist(), strict=True)]
        return self._insert(f"INSERT INTO described VALUES ({marks}) ON CONFLICT DO NOTHING", rows)

    def composed(self, round_: int | None = None) -> pd.DataFrame:
        """Give what was composed, ordered by id, of one round or of all; the column ``tokens`` holds text."""
        where, values = ("", ()) if round_ is None else ("WHERE round = ?", (round_,))
        return pd.read_sql_query(f"SELECT * FROM composed {where} ORDER BY tune", self._db, params=values)

    def shown(self, run: int) -> pd.DataFrame:
        """Give what a run showed: ``listener, tune, slate, position, propensity``, in the order of the listeners' lists."""
        sql = "SELECT listener, tune, slate, position, propensity FROM shown WHERE run = ? ORDER BY listener, position"
        return pd.read_sql_query(sql, self._db, params=(run,))

    def listeners(self) -> np.ndarray:
        """Give the ids of all listeners, in their order."""
        return np.array([row[0] for row in self._db.execute("SELECT id FROM listeners ORDER BY rowid")], object)

    def history(self, items: np.ndarray) -> Interactions:
        """Give what everybody did with some items: plays, three times as many for a favourite or a tune that was shared.

        Whoever reads it takes the logarithm, once: every recommender has a weighting of its own.

        Parameters
        ----------
        items : array_like of str
            Ids, in the order of the codes; whatever was done with others is left out.
        """
        rows = pd.read_sql_query(
            "SELECT listener, tune, SUM(count * (kind = 'play')) AS plays, MAX(kind <> 'play') AS loved, MIN(time) AS time "
            "FROM events GROUP BY listener, tune ORDER BY listener, tune",
            self._db,
        )
        people = self.listeners()
        who = pd.Index(people).get_indexer(rows["listener"])
        what = pd.Index(items).get_indexer(rows["tune"])
        weight = rows["plays"].clip(lower=1) * np.where(rows["loved"] == 1, 3, 1)
        known = what >= 0
        return Interactions(
            who[known], what[known], weight[known], people, items, rows["time"][known], name=self.path.name
        )


def to_text(tokens: Sequence[int]) -> str:
    """Write a window as text."""
    return "".join(chr(48 + int(token)) for token in tokens)


def from_text(text: str) -> np.ndarray:
    """Read a window from its text; int64, shape (n_steps,)."""
    return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 48
