"""What takes time in the corpus: loading it, and reading ABC."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from musicbook.music import abc, sources

ROUNDS = 3
LOAD = "from musicbook.music import corpus; corpus.load()"


def first_load():
    with tempfile.TemporaryDirectory() as folder:
        load(folder)


def load(folder: str):
    environment = os.environ | {"MUSICBOOK_CACHE": folder}
    subprocess.run([sys.executable, "-c", LOAD], env=environment, check=True, stderr=subprocess.DEVNULL)


def read_with_abc2midi(tunes: list[abc.AbcTune]):
    abc.parse_book(tunes)


def read_with_music21(tunes: list[abc.AbcTune]):
    from music21 import converter

    for tune in tunes:
        converter.parseData("%abc-2.1\n" + abc.clean(tune, 1), format="abc")


def compare(what: str, slow, fast) -> dict:
    """Time two functions in turns, and print and give the best of each."""
    best = {slow: float("inf"), fast: float("inf")}
    for _ in range(ROUNDS):
        for function in best:
            started = time.perf_counter()
            function()
            best[function] = min(best[function], time.perf_counter() - started)
    print(f"{what:58} {best[slow]:8.2f} s {best[fast]:8.2f} s   {best[slow] / best[fast]:6.1f} times")
    return {"what": what, "slow_s": best[slow], "fast_s": best[fast]}


def run() -> list[dict]:
    """Print each comparison: both times, and their ratio."""
    with tempfile.TemporaryDirectory() as warm:
        load(warm)
        rows = [compare("whole corpus, a new process: first load, later load", first_load, lambda: load(warm))]
    tunes = [tune for _, tune in sources.read_books("ryan")][:60]
    rows.append(
        compare(
            "60 tunes from ABC: music21, abc2midi",
            lambda: read_with_music21(tunes),
            lambda: read_with_abc2midi(tunes),
        )
    )
    return rows
