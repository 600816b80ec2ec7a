"""The event log under fire: killed writers, several writers, replays, nonsense and a full disk."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from musicbook.recommend.interactions import InteractionsError
from musicbook.recommend.log import Log, LogError


def event(n, **changes):
    fields = {"event_id": f"e{n}", "listener": "ada", "tune": "t1", "kind": "play", "time": 1_700_000_000 + n}
    return fields | changes


def filled(path):
    log = Log(path)
    log.add_listeners(["ada", "ben"])
    log.add_tunes([("t1", "One", "ryan"), ("t2", "Two", "ryan")])
    return log


@pytest.fixture
def log(tmp_path):
    with filled(tmp_path / "log.sqlite") as log:
        yield log


def count(log):
    return int(log.query("SELECT COUNT(*) AS n FROM events").n[0])


def test_events_become_interactions(log):
    assert log.add_events([event(1), event(2, tune="t2", count=4), event(3), event(4, kind="share")]) == 4
    found = log.interactions()
    assert found.matrix.toarray().tolist() == [[2, 4]]
    assert found.time.tolist() == [1_700_000_001, 1_700_000_002]


def test_an_empty_log_says_so(log):
    with pytest.raises(InteractionsError, match="there are no pairs"):
        log.interactions()


def test_replaying_a_batch_adds_nothing(log):
    batch = [event(n) for n in range(10)]
    assert log.add_events(batch) == 10
    assert log.add_events(batch) == 0
    assert log.add_events([*batch, event(10)]) == 1
    assert count(log) == 11


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "skip"}, "kind is play, favourite, share"),
        ({"src": "friend"}, "src is organic or recommended"),
        ({"time": -5}, "time is in seconds since 1970"),
        ({"time": 10**11}, "time is in seconds since 1970"),
        ({"time": "noon"}, "cannot store TEXT value in INTEGER column"),
        ({"count": 0}, "count > 0"),
        ({"listener": "zoe"}, "no such listener or no such tune"),
        ({"tune": "t9"}, "no such listener or no such tune"),
        ({"tune": None}, "NOT NULL"),
        ({"event_id": ""}, "event_id is empty"),
        ({"mood": "good"}, "unknown field mood"),
        ({"time": 10**30}, "too large"),
        ({"listener": ["ada"]}, "type 'list' is not supported"),
    ],
)
def test_a_malformed_event_is_refused_with_its_batch(log, changes, reason):
    log.add_events([event(1)])
    with pytest.raises(LogError, match=reason):
        log.add_events([event(2), event(3, **changes), event(4)])
    assert count(log) == 1
    assert log.add_events([event(2)]) == 1


def test_a_missing_field_is_named(log):
    with pytest.raises(LogError, match="it lacks kind, tune"):
        log.add_events([{"event_id": "e", "listener": "ada", "time": 1}])


def test_what_was_shown_and_by_which_model(log):
    run = log.add_run("EASE", {"penalty": 100}, 1_700_000_000)
    assert log.add_shown(run, [("ada", "t1", 0, 1, 0.5), ("ada", "t2", 0, 2, 0.25)]) == 2
    with pytest.raises(LogError, match="propensity"):
        log.add_shown(run, [("ben", "t1", 0, 1, 0.0)])
    joined = log.query("SELECT model, settings, SUM(propensity) AS s FROM shown JOIN runs ON run = runs.id")
    assert joined.to_dict("records") == [{"model": "EASE", "settings": '{"penalty": 100}', "s": 0.75}]


def test_a_query_cannot_write(log):
    for sql in ("DELETE FROM events", "DROP TABLE events", "SELEC 1", "SELECT 1; DELETE FROM events"):
        with pytest.raises(LogError):
            log.query(sql)
    assert log.add_events([event(1)]) == 1


def test_files_that_are_no_log_are_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are notes " * 100, encoding="utf-8")
    with pytest.raises(LogError, match="file is not a database"):
        Log(text)
    assert text.read_text(encoding="utf-8").startswith("these are notes")
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(LogError, match="not a log of this book"):
        Log(other)
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LogError, match="newer version"):
        Log(newer)
    with pytest.raises(LogError, match="can't be opened"):
        Log(tmp_path / "no folder" / "log.sqlite")


def test_a_full_disk_leaves_what_was_there(log):
    log.add_events([event(1)])
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LogError, match="full; it is as it was before"):
        log.add_events([event(n, event_id="x" * 500 + str(n)) for n in range(2, 200)])
    assert count(log) == 1
    log._db.execute("PRAGMA max_page_count = 100000")
    assert log.add_events([event(2)]) == 1


def test_a_locked_log_is_waited_for_and_then_named(log, monkeypatch):
    log._db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogError, match="database is locked"):
        log.add_events([event(1)])
    other.execute("COMMIT")
    other.close()
    assert log.add_events([event(1)]) == 1


WRITER = """
import sys
from musicbook.recommend.log import Log
path, life = sys.argv[1:]
with Log(path) as log:
    batch = 0
    while True:
        rows = [{"event_id": f"{life}:{batch}:{n}", "listener": "ada", "tune": "t1", "kind": "play", "time": batch}
                for n in range(25)]
        log.add_events(rows)
        print(batch, flush=True)
        batch += 1
"""


@pytest.mark.parametrize("lives", [pytest.param(2, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.crash)])
def test_kills_lose_no_acknowledged_event_and_leave_no_partial_batch(tmp_path, lives):
    path = tmp_path / "log.sqlite"
    filled(path).close()
    chance = random.Random(0)
    acknowledged = {}
    for life in range(lives):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(life)], stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()  # it writes now
        time.sleep(chance.random() * 0.05)
        os.kill(child.pid, signal.SIGKILL)
        acknowledged[life] = int((child.stdout.read().split() or ["0"])[-1])
        child.wait()
    with Log(path) as log:
        assert log.query("PRAGMA integrity_check").iloc[0, 0] == "ok"
        rows = log.query(
            "SELECT substr(event_id, 1, instr(event_id, ':') - 1) AS life, time, COUNT(*) AS n FROM events GROUP BY 1, 2"
            " HAVING n <> 25"
        )
        assert len(rows) == 0
        last = log.query("SELECT CAST(event_id AS INTEGER) AS life, MAX(time) AS last FROM events GROUP BY 1")
        for life, seen in zip(last.life, last["last"], strict=True):
            assert seen in (acknowledged[life], acknowledged[life] + 1)  # the last one may be kept and not yet told
        assert len(last) == lives


def write_many(path, name):
    with Log(path) as log:
        for batch in range(20):
            log.add_events([event(0, event_id=f"{name}:{batch}:{n}") for n in range(10)])


@pytest.mark.slow
def test_four_writers_at_once_lose_nothing(tmp_path):
    path = tmp_path / "log.sqlite"
    filled(path).close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(path, name)) for name in "abcd"]
    for each in writers:
        each.start()
    for each in writers:
        each.join(120)
    assert [each.exitcode for each in writers] == [0] * 4
    with Log(path) as log:
        assert count(log) == 4 * 20 * 10


def test_several_programs_may_make_the_same_log(tmp_path):
    path = tmp_path / "log.sqlite"
    logs = [Log(path) for _ in range(3)]
    assert logs[0].add_listeners(["ada"]) == 1
    assert logs[2].query("SELECT id FROM listeners").id.tolist() == ["ada"]
    for each in logs:
        each.close()
