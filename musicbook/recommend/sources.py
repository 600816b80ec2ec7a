"""Files of listening data: two public data sets and a reader's own.

The task
    Read HetRec 2011 Last.fm, MovieLens 100k and plain CSV files into
    :class:`~musicbook.recommend.interactions.Interactions`, and say in a sentence what is wrong with a file that is not one of
    them. Nothing is downloaded and nothing is shipped: HetRec's licence is non-commercial, MovieLens' forbids passing it on.
    The reader brings the file; its checksum or its size says whether it is the published one, so that the numbers mean what
    others' numbers mean.

Conventions
    A path leads to the data file, to the folder that holds it, or to the published zip. A zero or negative number of plays,
    an empty field, NaN and a pair that occurs twice are errors: nothing is repaired in silence.

Functions
    ``read_lastfm``, ``read_movielens``, ``read_csv``, ``read``; ``as_events``

Sources
    Cantador, Brusilovsky and Kuflik's HetRec 2011 workshop data; GroupLens' MovieLens 100k. The checksums are of the files
    as published.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from musicbook.recommend.interactions import Interactions, InteractionsError
from musicbook.recommend.log import Log

LASTFM_FILE = "user_artists.dat"
LASTFM_ZIP = "6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c"
LASTFM_SIZE = {"pairs": 92_834, "listeners": 1_892, "items": 17_632}
MOVIELENS_FILE = "u.data"
MOVIELENS_ZIP = "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"
MOVIELENS_SHA = "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"
COLUMNS = {
    "listener": ("listener", "user", "user_id", "userid", "listener_id", "uid"),
    "item": (
        "item",
        "item_id",
        "itemid",
        "tune",
        "tune_id",
        "track",
        "track_id",
        "artist",
        "artistid",
        "movie",
        "movieid",
    ),
    "weight": ("weight", "plays", "play_count", "playcount", "count", "rating", "value"),
    "time": ("time", "timestamp", "ts"),
}
"""Names, in small letters, that a CSV file may give to each column."""
UNCHECKED = (
    "If it is meant to be another file of the same format, say so: check=False (on the command line --unchecked)."
)


def read(source: str, path: str | Path | None = None, check: bool = True) -> Interactions:
    """Read a named source: ``"lastfm"``, ``"movielens"``, ``"csv"`` or ``"log"`` with a path, ``"simulated"`` without.

    Raises
    ------
    InteractionsError
        If there is no such source, or as its reader.
    """
    if source == "simulated":
        from musicbook.recommend import (
            listeners,
        )  # reads the catalogue of tunes, which files of other people's music need not

        return listeners.thousand()[0].interactions
    if source not in ("lastfm", "movielens", "csv", "log"):
        raise InteractionsError(f"source {source!r}; there are simulated, lastfm, movielens, csv and log")
    if path is None:
        raise InteractionsError(f"the source {source!r} needs the path of your file")
    if source == "lastfm":
        return read_lastfm(path, check)
    if source == "movielens":
        return read_movielens(path, check)
    if source == "csv":
        return read_csv(path)
    if not Path(path).is_file():
        raise InteractionsError(f"there is no log {path}")
    with Log(path) as log:
        return log.interactions()


def read_lastfm(path: str | Path, check: bool = True) -> Interactions:
    """Read HetRec 2011 Last.fm: how often each of 1,892 people played each of 17,632 artists.

    Parameters
    ----------
    path : str or Path
        ``user_artists.dat`` (tab-separated: userID, artistID, weight), its folder, or ``hetrec2011-lastfm-2k.zip``.
    check : bool
        Compare with the published data: the zip's SHA-256, or the numbers of pairs, people and artists.

    Raises
    ------
    InteractionsError
        If the file is missing, damaged, of another format, or (with ``check``) not the published one.
    """
    content, _ = _content(Path(path), LASTFM_FILE, LASTFM_ZIP if check else None)
    table = _table(content, path, sep="\t", header=0)
    if list(table.columns) != ["userID", "artistID", "weight"]:
        raise InteractionsError(
            f"{path} has the columns {', '.join(map(str, table.columns))}; "
            f"HetRec's {LASTFM_FILE} has userID, artistID and weight"
        )
    data = _interactions(table.set_axis(["listener", "item", "weight"], axis=1), path, "plays", "HetRec Last.fm")
    found = {"pairs": len(data), "listeners": data.n_listeners, "items": data.n_items}
    if check and found != LASTFM_SIZE:
        raise InteractionsError(
            f"{path} is not the published file: it has {found}, and that has {LASTFM_SIZE}. It may be cut off. {UNCHECKED}"
        )
    return data


def read_movielens(path: str | Path, check: bool = True) -> Interactions:
    """Read MovieLens 100k: 100,000 ratings, 1 to 5 stars with their times, of 1,682 films by 943 people.

    Parameters
    ----------
    path : str or Path
        ``u.data`` (tab-separated, no header: user, item, rating, timestamp), its folder, or ``ml-100k.zip``.
    check : bool
        Compare the SHA-256 with the published file's.

    Raises
    ------
    InteractionsError
        As :func:`read_lastfm`.
    """
    content, _ = _content(Path(path), MOVIELENS_FILE, MOVIELENS_ZIP if check else None)
    table = _table(content, path, sep="\t", header=None)
    if table.shape[1] != 4:
        raise InteractionsError(
            f"{path} has {table.shape[1]} column{'s' * (table.shape[1] != 1)} between tabs; MovieLens' {MOVIELENS_FILE} has "
            f"four: user, item, rating, timestamp"
        )
    table = table.set_axis(["listener", "item", "weight", "time"], axis=1)
    data = _interactions(table, path, "ratings", "MovieLens 100k")
    outside = np.flatnonzero((data.weight < 1) | (data.weight > 5))
    if len(outside):
        raise InteractionsError(f"{path} rates something {data.weight[outside[0]]:g}; MovieLens has 1 to 5 stars")
    found = hashlib.sha256(content).hexdigest()
    if check and found != MOVIELENS_SHA:
        raise InteractionsError(
            f"{path} is not the published file, or it is damaged: its SHA-256 is {found}, and that of the published "
            f"{MOVIELENS_FILE} is {MOVIELENS_SHA}. {UNCHECKED}"
        )
    return data


def read_csv(path: str | Path, kind: str = "plays") -> Interactions:
    """Read a table of your own.

    The first line names the columns: listener and item, and if there are any weight (plays or rating) and time (seconds since
    1970). Usual other names, such as user, track or plays, are understood. Comma, semicolon or tab between them.

    Parameters
    ----------
    path : str or Path
    kind : str
        ``"plays"`` or ``"ratings"``; a column named rating means ratings.

    Raises
    ------
    InteractionsError
        If the file is missing or empty, lacks a column, or a row has no listener, no item, no number or a pair seen before.
    """
    content, _ = _content(Path(path), None, None)
    first = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    table = _table(content, path, sep=max("\t;,", key=first.count), header=0)
    named = {}
    for column in table.columns:
        for meaning, names in COLUMNS.items():
            if str(column).strip().lower() in names:
                if meaning in named:
                    raise InteractionsError(f"{path} has two columns for the {meaning}: {named[meaning]} and {column}")
                named[meaning] = column
    for wanted in ("listener", "item"):
        if wanted not in named:
            raise InteractionsError(
                f"{path} has no column {wanted!r} (its first line reads: {first.strip()[:80]!r}); "
                f"name it {wanted}, or one of {', '.join(COLUMNS[wanted][1:])}"
            )
    if str(named.get("weight", "")).strip().lower() == "rating":
        kind = "ratings"
    table = table[list(named.values())].set_axis(list(named), axis=1)
    return _interactions(table, path, kind, Path(path).name)


def read_split(train: str | Path, test: str | Path) -> tuple[Interactions, Interactions]:
    """Read a ready-made split: two CSV files whose listeners and items become one numbering.

    Raises
    ------
    InteractionsError
        As :func:`read_csv`, and if a pair is in both files.
    """
    parts = [read_csv(train), read_csv(test)]
    if parts[0].kind != parts[1].kind:
        raise InteractionsError(f"{train} holds {parts[0].kind} and {test} holds {parts[1].kind}")
    times = [part.time for part in parts]
    try:
        whole = Interactions.from_pairs(
            np.concatenate([part.listeners[part.listener] for part in parts]),
            np.concatenate([part.items[part.item] for part in parts]),
            np.concatenate([part.weight for part in parts]),
            None if any(each is None for each in times) else np.concatenate(times),
            kind=parts[0].kind,
            name=Path(train).name,
        )
    except InteractionsError as error:
        raise InteractionsError(f"{train} and {test} together: {error}") from error
    rows = np.arange(len(whole))
    return whole.keep(rows < len(parts[0])), whole.keep(rows >= len(parts[0]))


def as_events(log: Interactions, start: int) -> list[dict]:
    """Give a log of plays as events for :meth:`musicbook.recommend.log.Log.add_events`.

    Parameters
    ----------
    log : Interactions
        Weights are numbers of plays; less than one counts as one.
    start : int
        The time of everything, in seconds since 1970, if the log has none.
    """
    times = np.full(len(log), start) if log.time is None else log.time
    rows = zip(log.listeners[log.listener], log.items[log.item], log.weight, times, strict=True)
    return [
        {
            "event_id": f"import:{who}:{what}",
            "listener": str(who),
            "tune": str(what),
            "kind": "play",
            "time": int(time),
            "count": max(1, round(float(plays))),
        }
        for who, what, plays, time in rows
    ]


def _content(path: Path, inside: str | None, zip_sha: str | None) -> tuple[bytes, Path]:
    """Read the data file that a path leads to: itself, in a folder, or in a zip."""
    try:
        if inside and path.is_dir():
            found = sorted(path.rglob(inside))
            if not found:
                raise InteractionsError(f"the folder {path} holds no {inside}")
            path = found[0]
        content = path.read_bytes()
    except OSError as error:
        raise InteractionsError(f"{path} can't be read: {error.strerror or error}") from error
    if inside and content[:2] == b"PK":
        content = _unzip(content, path, inside, zip_sha)
    if not content.strip():
        raise InteractionsError(f"{path} is empty")
    return content, path


def _unzip(content: bytes, path: Path, inside: str, sha: str | None) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if sha and found != sha:
        raise InteractionsError(
            f"{path} is not the published zip, or it is damaged: its SHA-256 is {found}, and that of the published one is "
            f"{sha}. {UNCHECKED}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next((each for each in archive.namelist() if each.rsplit("/", 1)[-1] == inside), None)
            if name is None:
                raise InteractionsError(f"the zip {path} holds no {inside}")
            return archive.read(name)
    except zipfile.BadZipFile as error:
        raise InteractionsError(f"{path} is a damaged zip: {error}") from error


def _table(content: bytes, path, sep: str, header: int | None) -> pd.DataFrame:
    try:
        # As text first: an id such as 007 must not lose its zeros, and a bad number must be named in the message.
        table = pd.read_csv(
            io.BytesIO(content), sep=sep, header=header, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InteractionsError(f"{path} is not a table of text: {str(error).strip()}") from error
    return table.fillna("")  # rows that end too early


def _interactions(table: pd.DataFrame, path, kind: str, name: str) -> Interactions:
    """Turn columns of text into interactions, naming the line of the first fault."""
    for column in ("listener", "item"):
        table[column] = table[column].str.strip()
        _refuse(table[column] == "", path, f"has no {column}")
    numbers = {}
    for column in table.columns.intersection(["weight", "time"]):
        values = pd.to_numeric(table[column], errors="coerce")
        for bad in np.flatnonzero(values.isna())[:1]:
            raise InteractionsError(
                f"{path}, row {bad + 1} of the data: the {column} is {table[column][bad]!r}, not a number"
            )
        numbers[column] = values.to_numpy()
    try:
        return Interactions.from_pairs(
            table["listener"], table["item"], numbers.get("weight"), numbers.get("time"), kind=kind, name=name
        )
    except InteractionsError as error:
        raise InteractionsError(f"{path}: {error}") from error


def _refuse(bad: pd.Series, path, what: str) -> None:
    for row in np.flatnonzero(bad)[:1]:
        raise InteractionsError(f"{path}, row {row + 1} of the data, {what}")
