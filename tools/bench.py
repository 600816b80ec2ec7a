"""Measure what takes time, as ratios within one run: on a shared machine a single time says little.

    make bench

Prints for each comparison the seconds of both sides (the best of three rounds, taken in turns) and their ratio.
"""

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


def compare(what: str, slow, fast):
    """Time two functions in turns and print the best of each."""
    best = {slow: float("inf"), fast: float("inf")}
    for _ in range(ROUNDS):
        for function in best:
            started = time.perf_counter()
            function()
            best[function] = min(best[function], time.perf_counter() - started)
    print(f"{what:58} {best[slow]:8.2f} s {best[fast]:8.2f} s   {best[slow] / best[fast]:6.1f} times")


def main():
    with tempfile.TemporaryDirectory() as warm:
        load(warm)
        compare("whole corpus, a new process: first load, later load", first_load, lambda: load(warm))
    tunes = [tune for _, tune in sources.read_books("ryan")][:60]
    compare(
        "60 tunes from ABC: music21, abc2midi",
        lambda: read_with_music21(tunes),
        lambda: read_with_abc2midi(tunes),
    )


if __name__ == "__main__":
    main()
