"""The event log: who did what with which tune, and what was shown to whom, in one SQLite file.

The task
    Keep events so that none is lost once it was acknowledged and none is counted twice, while several programs write and any of
    them may be killed at any moment. SQLite does the hard part; what is left is to use it so that it can.

Conventions
    A batch is one transaction: all of it is there or nothing. An event is named by its sender (``event_id``), so that a batch
    that is sent again adds nothing. Times are seconds since 1970. ``src`` says whether a listener found the tune herself
    (``organic``) or was shown it (``recommended``). The file is in write-ahead mode, and each commit is forced to the disk
    before it is acknowledged (``synchronous = FULL``). Tables are STRICT: a text is not taken for a number.

    Tables: ``listeners``, ``tunes``, ``events``, ``runs`` (models that were fitted) and ``shown`` (places of slates with the
    probability of what stood there).

Functions
    :class:`Log`; :class:`LogError`

Sources
    SQLite's own documentation of write-ahead logging and transactions. Logged propensities: Schnabel et al. (2016).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from musicbook.recommend.interactions import Interactions

VERSION = 1
KINDS = ("play", "favourite", "share")
SOURCES = ("organic", "recommended")
WAIT_S = 30
"""Seconds to wait while another program writes."""
MAX_ROWS = 1000
"""Rows that a query gives at most."""

SCHEMA = f"""
CREATE TABLE listeners (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE tunes (id TEXT PRIMARY KEY, title TEXT NOT NULL, collection TEXT NOT NULL) STRICT;
CREATE TABLE events (
    event_id TEXT PRIMARY KEY CHECK (event_id <> ''),
    listener TEXT NOT NULL REFERENCES listeners (id),
    tune TEXT NOT NULL REFERENCES tunes (id),
    kind TEXT NOT NULL CHECK (kind IN {KINDS}),
    time INTEGER NOT NULL CHECK (time BETWEEN 0 AND 4102444800),
    count INTEGER NOT NULL CHECK (count > 0),
    src TEXT NOT NULL CHECK (src IN {SOURCES})
) STRICT;
CREATE INDEX events_by_listener ON events (listener, time);
CREATE INDEX events_by_tune ON events (tune);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL, settings TEXT NOT NULL, time INTEGER NOT NULL CHECK (time >= 0)
) STRICT;
CREATE TABLE shown (
    run INTEGER REFERENCES runs (id),
    listener TEXT NOT NULL REFERENCES listeners (id),
    tune TEXT NOT NULL REFERENCES tunes (id),
    slate INTEGER NOT NULL CHECK (slate >= 0),
    position INTEGER NOT NULL CHECK (position > 0),
    propensity REAL CHECK (propensity > 0 AND propensity <= 1),
    UNIQUE (run, listener, slate, position)
) STRICT;
PRAGMA user_version = {VERSION};
"""
EVENT = ("event_id", "listener", "tune", "kind", "time", "count", "src")


class LogError(ValueError):
    """The log cannot do what was asked; the message says why. What was in it before is still there."""


class Log:
    """An event log in a file.

    Parameters
    ----------
    path : str or Path
        The file; it is made if there is none.

    Raises
    ------
    LogError
        If the file is not a log, was made by a newer version, or cannot be opened or written.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self._db = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)
        except sqlite3.Error as error:
            raise LogError(f"{self.path} can't be opened: {error}") from error
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add_listeners(self, ids: Iterable[str]) -> int:
        """Add listeners; those that are there stay. Gives the number of new ones."""
        return self._insert("INSERT INTO listeners VALUES (?) ON CONFLICT DO NOTHING", [(each,) for each in ids])

    def add_tunes(self, rows: Iterable[Sequence[str]]) -> int:
        """Add tunes as ``(id, title, collection)``; those that are there stay. Gives the number of new ones."""
        return self._insert("INSERT INTO tunes VALUES (?, ?, ?) ON CONFLICT DO NOTHING", list(rows))

    def add_events(self, batch: Iterable[Mapping]) -> int:
        """Add a batch of events, all or none.

        Parameters
        ----------
        batch : iterable of mapping
            ``event_id, listener, tune, kind, time`` and, if they are not 1 and organic, ``count`` and ``src``.

        Returns
        -------
        int
            Number of events that were new. When this method returns, they are on the disk.

        Raises
        ------
        LogError
            If an event is malformed, with the event and the reason; nothing of the batch is kept.
        """
        rows = [_row(event) for event in batch]
        marks = ", ".join("?" * len(EVENT))
        return self._insert(f"INSERT INTO events VALUES ({marks}) ON CONFLICT (event_id) DO NOTHING", rows)

    def add_run(self, model: str, settings: Mapping, time: int) -> int:
        """Note that a model was fitted, and give the number of the run."""
        with self.transaction():
            row = (model, json.dumps(dict(settings), sort_keys=True), time)
            return self._db.execute("INSERT INTO runs (model, settings, time) VALUES (?, ?, ?)", row).lastrowid

    def add_shown(self, run: int | None, rows: Iterable[Sequence]) -> int:
        """Note what was shown, as ``(listener, tune, slate, position, propensity)``, all or none."""
        return self._insert(
            "INSERT INTO shown VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", [(run, *row) for row in rows]
        )

    def interactions(self) -> Interactions:
        """Give all plays: for each listener and tune their number, and the time of the first.

        Raises
        ------
        InteractionsError
            If there are none.
        """
        rows = self._db.execute(
            "SELECT listener, tune, SUM(count), MIN(time) FROM events WHERE kind = 'play' GROUP BY listener, tune"
        ).fetchall()
        columns = zip(*rows, strict=True) if rows else ([], [], [], [])
        return Interactions.from_pairs(*columns, kind="plays", name=self.path.name)

    @contextmanager
    def transaction(self):
        """Make one transaction of all that is written in a ``with`` block: all of it is there afterwards, or nothing.

        The right to write is held from the first statement on, so that two writers wait and never deadlock. A block inside a
        block belongs to the outer one.

        Raises
        ------
        LogError
            If another program writes for longer than :data:`WAIT_S`, or the file can't be written.
        """
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise LogError(f"{self.path} can't be written: {error}") from error
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise LogError(f"{self.path} can't be written: {error}; it is as it was before") from error
            raise

    def query(self, sql: str) -> pd.DataFrame:
        """Answer a question in SQL, without being able to change anything.

        Raises
        ------
        LogError
            If the question is not understood or wants to write. At most :data:`MAX_ROWS` rows are given.
        """
        self._db.execute("PRAGMA query_only = ON")
        try:
            with closing(self._db.execute(sql)) as cursor:
                if cursor.description is None:
                    raise LogError("this is no question: begin with SELECT")
                names = [column[0] for column in cursor.description]
                return pd.DataFrame(cursor.fetchmany(MAX_ROWS), columns=names)
        except sqlite3.Error as error:
            raise LogError(f"SQLite says: {error}") from error
        finally:
            self._db.execute("PRAGMA query_only = OFF")

    def _prepare(self) -> None:
        try:
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise LogError(
                    f"{self.path} was made by a newer version of this book ({version}; this one has {VERSION})"
                )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            if version == 0:
                self._create()
        except sqlite3.DatabaseError as error:
            raise LogError(f"{self.path} can't be used as a log: {error}") from error

    def _create(self) -> None:
        with self.transaction():
            if self._db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                return  # another program was faster
            if self._db.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]:
                raise LogError(f"{self.path} is an SQLite file, but not a log of this book")
            for statement in SCHEMA.split(";\n"):
                self._db.execute(statement)

    def _insert(self, sql: str, rows: list[tuple]) -> int:
        with self.transaction():
            before = self._db.total_changes
            for row in rows:
                try:
                    self._db.execute(sql, row)
                except (sqlite3.IntegrityError, sqlite3.ProgrammingError, OverflowError) as error:
                    raise LogError(f"{row} is refused: {_reason(error)}; nothing of this batch was kept") from error
            return self._db.total_changes - before


def _row(event: Mapping) -> tuple:
    event = {"count": 1, "src": "organic", **event}
    missing, unknown = set(EVENT) - set(event), set(event) - set(EVENT)
    if missing or unknown:
        what = (
            f"lacks {', '.join(sorted(missing))}" if missing else f"has the unknown field {', '.join(sorted(unknown))}"
        )
        raise LogError(f"{dict(event)} is refused: it {what}; nothing of this batch was kept")
    return tuple(event[name] for name in EVENT)


def _reason(error: Exception) -> str:
    text = str(error)
    if "FOREIGN KEY" in text:
        return "there is no such listener or no such tune in the log"
    for column, rule in (
        ("kind", f"kind is {', '.join(KINDS)}"),
        ("src", f"src is {' or '.join(SOURCES)}"),
        ("time", "time is in seconds since 1970, before 2100"),
        ("event_id", "event_id is empty"),
    ):
        if text.startswith("CHECK") and column in text:
            return rule
    return text
