"""The record that the chapter "Scaling out" shows: what takes too long, or too much, to be measured in a page."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
import zlib
from datetime import date

import numpy as np
import sizes
from joblib.externals.loky import get_reusable_executor

from musicbook.music.corpus import data_folder
from musicbook.recommend import growth, ranking, spark
from musicbook.recommend.footprint import GIB, alone
from musicbook.recommend.neighbours import UserKNN
from musicbook.recommend.scale import top_in_blocks

GROWN = (1_000, 3_000, 10_000, 30_000, 100_000)
JOBS = 2


def machine() -> str:
    """Describe this machine in words: cores, memory and interpreter, no names."""
    memory = ""
    with contextlib.suppress(AttributeError, ValueError, OSError):  # not every system tells
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:.0f} GiB of memory"
    return f"{os.cpu_count()} cores{memory}, {platform.system()}, Python {platform.python_version()}"


def write(wanted):
    """Measure some parts, or all, and write them into the file."""
    target = data_folder() / growth.RECORD
    found = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    for part in wanted or PARTS:
        found[part] = PARTS[part]()
        found |= {"machine": machine(), "date": date.today().isoformat(), "items": sizes.ITEMS, "plays": sizes.PLAYS}
        target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8", newline="\n")


def all_lists() -> dict:
    """Make all lists of 100,000 listeners by user-kNN with each engine."""
    rows = [everybody(engine) for engine in ("serial", "joblib", "dask")]
    return {"same": len({row.pop("fingerprint") for row in rows}) == 1, "engines": rows}


def everybody(engine: str) -> dict:
    """Make the lists with one engine; the peak is that of the process that asks."""
    started = time.perf_counter()
    made = alone(lists_for_everybody, engine)
    row = {"engine": engine, "wall_s": made.result[0], "peak": made.peak, "fingerprint": made.result[1]}
    print(
        f"100,000 lists, {engine}: {row['wall_s']:.0f} s, {row['peak'] / GIB:.2f} GiB ({time.perf_counter() - started:.0f} s)"
    )
    return row


def lists_for_everybody(engine: str):
    knn = UserKNN().fit(growth.crowd(100_000, sizes.ITEMS, sizes.PLAYS))
    started = time.perf_counter()
    lists = top_in_blocks(knn, 10, engine=engine, n_jobs=JOBS)
    seconds = time.perf_counter() - started
    get_reusable_executor().shutdown()  # joblib's processes would stay for five minutes, and this one with them
    return seconds, zlib.crc32(lists.tobytes())


def on_spark() -> dict:
    """Fit the same ALS by Spark and by NumPy on the same made-up crowd, and compare."""
    if reason := spark.missing():
        raise SystemExit(f"The record wants Spark: {reason}")
    crowd = growth.crowd(5_000, 2_000, sizes.PLAYS)
    train, test = crowd.split_random(0.2, 42)
    asked = np.unique(test.listener)
    settings = {"rank": 16, "regularization": 0.1, "alpha": 4.0, "sweeps": 20}
    rows, fitted = {}, {}
    for name, model in (("NumPy", spark.CountedALS(**settings)), ("Spark", spark.SparkALS(**settings))):
        started = time.perf_counter()
        fitted[name] = model.fit(train)
        wall = time.perf_counter() - started
        lists = model.top(asked, 10)
        quality = ranking.mean(ranking.ndcg(lists, test, 10, listeners=asked))
        rows[name] = {"wall_s": wall, "objective": model.objective(), "ndcg@10": quality}
    theirs = fitted["Spark"]
    extra = theirs._confidence(train.matrix)
    again = spark.counted_half_step(extra, theirs.item_factors, theirs.regularization)
    apart = float(np.abs(again - theirs.listener_factors).max())
    about = {"data": repr(crowd), "settings": settings, "master": spark.MASTER}
    return {**about, "last_step_apart": apart, **rows}


PARTS = {"growth": lambda: sizes.run(GROWN), "everybody": all_lists, "spark": on_spark}
