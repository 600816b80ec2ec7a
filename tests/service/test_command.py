"""The whole system by its command: what it finds, what it says to those who ask wrongly, and that a kill breaks nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from musicbook.music import corpus, files, provenance
from musicbook.music.melody import HIGH, LOW, Melody
from musicbook.recommend import log as event_log
from musicbook.recommend.weighting import weigh
from musicbook.service.command import COMMANDS, main
from musicbook.service.loop import System
from musicbook.service.settings import Settings, plan
from musicbook.service.store import Store, from_text, to_text

TINY = ["--listeners", "25", "--rounds", "2", "--tunes", "2", "--candidates", "2", "--recommender", "ease"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A tiny system that ran to its end."""
    path = tmp_path_factory.mktemp("system") / "tiny.db"
    assert main(["run", "--db", str(path), *TINY]) == 0
    return path


@pytest.fixture
def report_of(capsys):
    def read(path, *options):
        capsys.readouterr()
        assert main(["report", "--db", str(path), "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return read


@pytest.mark.slow
def test_the_report_holds_every_step_and_the_gain(finished, report_of):
    found = report_of(finished)
    assert found["next"] is None
    assert len(found["rounds"]) == 2
    assert found["catalogue"]["tunes"] == len(corpus.load())
    for each in found["rounds"]:
        assert each["compose"]["composed"] == 25 * 2 * 2
        liking = each["feedback"]["liking"]
        assert liking["unsteered"][0] < liking["steered"][0] < liking["real windows"][0]
        value, low, high = liking["gain"]
        assert 0 < low < value < high
        copied = each["describe"]["copied"]
        assert copied["steered"]["mean"] < copied["held out"]["mean"]
    assert found["judge"]["ease"]["ndcg"][0] > found["judge"]["random"]["ndcg"][0]


@pytest.mark.slow
def test_a_finished_system_has_nothing_to_do_and_says_the_same(finished, report_of, capsys):
    before = report_of(finished)
    assert main(["--db", str(finished), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == before


@pytest.mark.slow
def test_composed_tunes_are_cold_tunes_of_the_catalogue_that_get_shown_and_played(finished):
    with Store(finished) as store:
        places = store.query(
            "SELECT position, AVG(steered) AS steered, COUNT(*) AS n FROM shown JOIN composed USING (tune) "
            "WHERE slate = round AND position IN (4, 8) GROUP BY position"
        )
        assert (places["n"] == 50).all()  # 25 listeners, two rounds
        assert places["steered"].sum() == 1
        assert 0.2 < places["steered"][0] < 0.8
        assert (
            store.query("SELECT COUNT(*) AS n FROM events JOIN composed USING (tune) WHERE src = 'recommended'")["n"][0]
            > 0
        )
        chances = store.query("SELECT MIN(propensity) AS low, MAX(propensity) AS high FROM shown")
        assert 0 < chances["low"][0] < 1e-4
        assert 0.9 < chances["high"][0] < 1
        described = store.query("SELECT COUNT(*) AS n FROM described JOIN composed USING (tune)")["n"][0]
        assert described == len(store.composed()) == 200


def run_in_child(arguments):
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 lives as long as the child
    sys.exit(main(arguments))


def steps_done(path) -> int:
    """Count the steps that a file holds; the file must be sound, whatever happened to its writer."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=30)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema")}
        return db.execute("SELECT COUNT(*) FROM steps").fetchone()[0] if "steps" in tables else 0


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.crash
def test_killed_at_ten_random_points_it_ends_with_the_same_report(finished, report_of, tmp_path):
    """Real processes, real kills. Each is let run for a random time, at whatever point of whatever step that is."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["warm"])
    rng = random.Random(5)
    kills, files_used, hit = 0, 1, [0]
    while True:
        path = tmp_path / f"killed-{files_used}.db"
        child = context.Process(target=run_in_child, args=(["run", "--db", str(path), *TINY],))
        child.start()
        if kills < 10:
            # Mostly some time after it got further, sometimes wherever it is, so that it comes to an end one day.
            if rng.random() < 0.7:
                wait_for(lambda path=path, before=hit[-1]: steps_done(path) > before)
            child.join(rng.uniform(0, 0.6))
        else:
            child.join(120)
        if child.exitcode is None:
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            kills += 1
            hit.append(steps_done(path))
            continue
        assert child.exitcode == 0
        assert report_of(path) == report_of(finished)
        if kills >= 10:
            break
        files_used += 1  # a quick machine was done before ten kills: begin once more
        hit.append(0)
    assert len(set(hit)) >= 5, hit  # it was hit at different places


@pytest.mark.slow
def test_steps_come_in_their_order(tmp_path, capsys):
    path = str(tmp_path / "a.db")
    assert main(["compose", "--db", path, *TINY]) == 2
    assert "before compose comes catalogue" in capsys.readouterr().err
    assert main(["catalogue", "--db", path]) == 0
    assert main(["listeners", "--db", path]) == 0
    assert main(["listeners", "--db", path]) == 0  # done already
    capsys.readouterr()
    assert main(["status", "--db", path, "--json"]) == 0
    states = json.loads(capsys.readouterr().out)
    assert [each["done"] for each in states] == [True, True] + [False] * (len(states) - 2)


@pytest.mark.slow
def test_settings_of_a_file_stay(finished, capsys):
    assert main(["run", "--db", str(finished), "--seed", "7"]) == 2
    assert "was begun with seed 42 and not 7" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listeners", "1"], "at least 2"),
        (["--composer", "beatles"], "no composer is called 'beatles'"),
        (["--recommender", "oracle"], "no recommender is called 'oracle'"),
        (["--plugin", "no_such_module"], "no_such_module"),
        (["--log", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_is_asked_wrongly_is_said(tmp_path, capsys, arguments, words):
    assert main(["run", "--db", str(tmp_path / "b.db"), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_no_database_is_left_alone(tmp_path, capsys):
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 300, encoding="utf-8")
    assert main(["run", "--db", str(path)]) == 3
    assert "not a database" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8").startswith("Dear Sir")
    assert main(["report", "--db", str(tmp_path / "none.db")]) == 3
    assert not (tmp_path / "none.db").exists()


@pytest.mark.slow
def test_a_locked_database_is_waited_for_and_then_given_up(tmp_path, capsys, monkeypatch):
    path = tmp_path / "locked.db"
    assert main(["catalogue", "--db", str(path), *TINY]) == 0
    monkeypatch.setattr(event_log, "WAIT_S", 0.2)
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        assert main(["listeners", "--db", str(path)]) == 3
    assert "locked" in capsys.readouterr().err
    assert main(["listeners", "--db", str(path)]) == 0


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_half_written(tmp_path):
    with Store(tmp_path / "full.db") as store:
        settings = Settings(**store.settings(vars(Settings(listeners=25))))
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages + 100}")  # SQLite's own "database or disk is full"
        system = System(store, settings)
        with pytest.raises(event_log.LogError, match=r"full.*as it was before"):
            system.run("catalogue")
        assert store.done("catalogue") is None
        assert store.query("SELECT COUNT(*) AS n FROM tunes")["n"][0] == 0
        store._db.execute("PRAGMA max_page_count = 1000000")
        assert system.run("catalogue")["tunes"] == len(corpus.load())


@pytest.mark.slow
def test_real_listeners_are_waited_for(tmp_path, capsys):
    tunes = corpus.load().table.index
    plays, events, path = tmp_path / "plays.csv", tmp_path / "events.csv", str(tmp_path / "real.db")
    rows = [(f"P{k}", tunes[(17 * k + j) % 400], 1 + j) for k in range(12) for j in range(8)]
    pd.DataFrame(rows, columns=["listener", "item", "weight"]).to_csv(plays, index=False)
    options = ["--db", path, "--rounds", "1", "--tunes", "2", "--recommender", "item-knn", "--composer", "markov3-4"]
    assert main(["run", "--log", str(plays), *options]) == 4
    assert "are real" in capsys.readouterr().err
    pd.DataFrame([("P0", "elsewhere", "play")], columns=["listener", "tune", "kind"]).to_csv(events, index=False)
    assert main(["feedback", "--db", path, "--events", str(events)]) == 2
    assert "was not shown to P0" in capsys.readouterr().err
    with Store(path) as store:
        heard = store.query("SELECT listener, tune FROM shown WHERE position IN (1, 4)")
    heard.assign(kind="play").to_csv(events, index=False)
    assert main(["feedback", "--db", path, "--events", str(events), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["next"] is None
    assert "liking" not in found["rounds"][0]["feedback"]
    assert found["rounds"][0]["feedback"]["events"]["play"] == 24


@pytest.mark.slow
def test_a_log_of_strange_tunes_is_refused(tmp_path, capsys):
    plays = tmp_path / "plays.csv"
    pd.DataFrame({"listener": ["a", "b"], "item": ["x", "y"]}).to_csv(plays, index=False)
    assert main(["catalogue", "--db", str(tmp_path / "c.db"), "--log", str(plays)]) == 0
    assert main(["listeners", "--db", str(tmp_path / "c.db")]) == 2
    assert "not in the catalogue, such as x, y" in capsys.readouterr().err


PLUGIN = """
import numpy as np
from musicbook.compose.composer import Composer
from musicbook.recommend.recommender import Recommender
from musicbook.service.plugins import add_composer, add_recommender

class Scales(Composer):
    def fit(self, windows, *, seed=0):
        return self
    def _arrays(self):
        return {}
    def _restore(self, arrays):
        pass
    def sample(self, n, seed, *, temperature=1.0):
        rows = np.ones((n, 64), int)
        rows[:, ::4] = 2 + (np.random.default_rng(seed).integers(0, 6, (n, 1)) + np.arange(16)) % 20
        return rows

class Alphabetical(Recommender):
    def _learn(self, train):
        pass
    def score_histories(self, histories, listeners=None):
        return np.tile(-np.arange(histories.shape[1], dtype=np.float32), (histories.shape[0], 1))

add_composer("scales", lambda seed: Scales(64))
add_recommender("alphabetical", lambda seed, F: Alphabetical())
"""


@pytest.mark.slow
def test_a_module_of_ones_own_is_plugged_in(tmp_path, monkeypatch, report_of):
    (tmp_path / "my_plugin.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    path, mine = tmp_path / "own.db", ["--composer", "scales", "--recommender", "alphabetical", "--plugin", "my_plugin"]
    assert main(["run", "--db", str(path), "--listeners", "6", "--rounds", "1", "--tunes", "2", *mine]) == 0
    assert report_of(path)["train"]["kind"] == "Scales"
    with Store(path) as store:
        assert from_text(store.composed()["tokens"][0])[:5].tolist()[1:4] == [1, 1, 1]


@pytest.mark.slow
def test_a_tune_is_exported_as_it_was_composed(finished, tmp_path, capsys):
    out = tmp_path / "mine.mid"
    assert main(["export", "--db", str(finished), "--tune", "C1-L07-for1", "--out", str(out)]) == 0
    with Store(finished) as store:
        tokens = store.composed().set_index("tune").loc["C1-L07-for1", "tokens"]
    melody = Melody.from_tokens(from_text(tokens), low=LOW, high=HIGH, meter="4/4")
    assert files.read_midi(out).notes == melody.notes
    label = provenance.read_provenance(out)
    assert label["model"] == "vae-reconstruct-4"
    assert label["nearest"] in set(corpus.load().table["title"])
    assert main(["export", "--db", str(finished), "--tune", "nobody", "--out", str(out)]) == 2
    assert main(["export", "--db", str(finished), "--tune", "C1-L07-for1", "--out", str(tmp_path / "mine.wav")]) == 2
    assert ".mid" in capsys.readouterr().err


def test_windows_keep_as_text():
    rows = np.random.default_rng(0).integers(0, 32, (20, 64))
    assert all(np.array_equal(from_text(to_text(row)), row) for row in rows)
    assert to_text([0, 1, 31]) == "01O"


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in COMMANDS)


def test_the_plan_is_four_steps_and_four_a_round():
    assert len(plan(Settings(rounds=3))) == 4 + 3 * 4


def test_plays_are_counted_and_their_logarithm_is_left_to_who_reads_them(tmp_path):
    with closing(Store(tmp_path / "some.db")) as store:
        store.add_listeners(["ada"])
        store.add_tunes([(tune, tune, "book") for tune in ("once", "often", "loved")])
        told = [
            ("once", "play", 1),
            ("often", "play", 3),
            ("often", "play", 4),
            ("loved", "play", 2),
            ("loved", "share", 1),
        ]
        events = [
            {"event_id": str(k), "listener": "ada", "tune": tune, "kind": kind, "count": count, "time": k}
            for k, (tune, kind, count) in enumerate(told)
        ]
        store.add_events(events)
        history = store.history(np.array(["once", "often", "loved"], object))
        assert dict(zip(history.items, history.matrix.toarray()[0], strict=True)) == {"once": 1, "often": 7, "loved": 6}
        weighed = weigh(history.matrix, "log").toarray()[0]
        assert weighed == pytest.approx(1 + np.log([1, 7, 6]))
