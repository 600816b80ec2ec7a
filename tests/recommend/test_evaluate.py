"""The table of all recommenders, as a reader asks for it: in a process of its own, on files of her own."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from musicbook.recommend import evaluate, factors, popularity, ranking, tuning
from musicbook.recommend.interactions import VALIDATION_SHARE

COLUMNS = {"model", "ndcg@10", "recall@20", "coverage", "cpu_s", "peak_mb", "settings"}


@pytest.fixture(scope="module")
def files(world, tmp_path_factory):
    """The small world as one CSV file, and as the two parts of its split."""
    folder = tmp_path_factory.mktemp("csv")
    for name, part in (("all", world), *zip(("train", "test"), world.split_random(0.2, 42), strict=True)):
        rows = zip(world.listeners[part.listener], world.items[part.item], part.weight, part.time, strict=True)
        lines = ["user,tune,plays,time", *(f"{u},{i},{w:g},{t}" for u, i, w, t in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(files):
    """What the command prints of the one file, for programs."""
    command = [sys.executable, "-m", "musicbook.recommend.evaluate", "--data", "csv", files / "all.csv", "--json"]
    models = ["--models", "popularity", "PureSVD", "EASE"]
    done = subprocess.run([*map(str, command), *models], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_json_of_a_csv_file_is_what_the_package_measures(found, world):
    train, test = world.split_random(0.2, 42)
    assert (found["listeners"], found["items"]) == world.shape
    assert (found["train_pairs"], found["test_pairs"]) == (len(train), len(test))
    first, second, _ = found["models"]
    assert set(first) == set(second) == COLUMNS
    assert first["settings"] == {}
    wanted = tuning.build("PureSVD", tuning.tune("PureSVD", train, 42))
    assert second["settings"] == {"weighting": wanted.weighting, "rank": wanted.rank}
    assert second["ndcg@10"] == pytest.approx(evaluate.measure(wanted, train, test)["ndcg@10"], abs=1e-9)
    assert min(first["ndcg@10"], second["ndcg@10"]) > 0
    assert 50 < first["peak_mb"] < 700


@pytest.mark.slow
def test_a_ready_made_split_gives_the_same_numbers(files, found, capsys):
    parts = [str(files / f"{name}.csv") for name in ("train", "test")]
    assert evaluate.main(["--split", *parts, "--models", "EASE", "--json"]) == 0
    given = json.loads(capsys.readouterr().out)
    assert given["split"] == "given"
    (ours,), made = given["models"], found["models"][-1]
    for key in ("model", "ndcg@10", "recall@20", "coverage", "settings"):
        assert ours[key] == made[key]


@pytest.mark.slow
def test_split_by_time_the_hybrid_is_a_row_with_its_weights(files, world, capsys):
    whole = ["--data", "csv", str(files / "all.csv")]
    assert evaluate.main([*whole, "--split-by", "time", "--models", "hybrid"]) == 0
    about, *lines = capsys.readouterr().out.splitlines()
    assert about.endswith(f" {len(world.split_temporal(0.2)[1]):,} held out")
    line = next(line for line in lines if line.startswith("hybrid"))
    weights = [float(part.split("=")[1]) for part in line.split("  ")[-1].split(", ")]
    assert len(weights) == len(evaluate.BLENDED)
    assert sum(weights) == pytest.approx(1, abs=0.005)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to read"),
        (["--data", "lastfm"], "needs the path of your file"),
        (["--data", "lastfm", "nowhere.dat"], "nowhere.dat can't be read: No such file"),
        (["--data", "movielens", "ALL"], "MovieLens' u.data has four"),
        (["--data", "csv", "ALL", "--models", "oracle"], "no model oracle; there are random, popularity"),
        (["--data", "csv", "ALL", "--share", "2"], "share of 2.0"),
        (["--data", "tape", "ALL"], "there are simulated, lastfm, movielens, csv and log"),
    ],
)
def test_a_clear_error_and_exit_code_2(arguments, message, files, capsys):
    arguments = [str(files / "all.csv") if each == "ALL" else each for each in arguments]
    assert evaluate.main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.startswith("error: ")
    assert not printed.out


@pytest.mark.slow
def test_tuning_finds_the_setting_that_is_best_on_the_validation_part(world):
    train, _ = world.split_random(0.2, 0)
    chosen = tuning.tune("PureSVD", train, seed=5)
    inner, held = train.split_random(VALIDATION_SHARE, 5)
    listeners = np.unique(held.listener)

    def quality(rank):
        lists = factors.PureSVD(rank, chosen["weighting"]).fit(inner).top(listeners, 10)
        return ranking.ndcg(lists, held, 10, listeners=listeners).mean()

    ranks = tuning.GRIDS["PureSVD"][1]["rank"]
    assert quality(chosen["rank"]) == max(map(quality, ranks))


def test_of_stars_four_and_five_are_relevant():
    from worlds import small_world

    data = small_world(kind="ratings")
    data = data.keep(data.weight <= 5)
    train, test = data.split_random(0.3, 1)
    measured = evaluate.measure(popularity.Popularity(), train, test)
    liked = test.keep(test.weight >= 4)
    listeners = np.unique(liked.listener)
    lists = popularity.Popularity().fit(train).top(listeners, 20)
    assert measured["recall@20"] == pytest.approx(ranking.recall(lists, liked, 20, listeners=listeners).mean())
