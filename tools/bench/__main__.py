"""Measure what takes time and memory, as ratios within one run: on a shared machine a single time says little.

    make bench
    BENCH_DATA=lastfm:hetrec2011-lastfm-2k.zip make bench     (also movielens:PATH, csv:PATH)
    python tools/bench --only growth

Three parts. *corpus*: the seconds of both sides of a comparison, the best of three rounds, taken in turns, and their ratio.
*quality*: every recommender of ours, Surprise, implicit and LensKit on one split, each in its own process: NDCG@10, Recall@20,
CPU seconds, peak memory. *growth*: 1,000 to 100,000 listeners. Everything is written to ``_build/bench.json`` too.

    python tools/bench --record

writes ``data/runs/scaling.json``, which the chapter "Scaling out" shows: growth, all 100,000 lists by user-kNN with each engine,
and ALS on Spark beside NumPy. It takes half an hour, and Java.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

import corpus
import quality
import record
import sizes

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("corpus", "quality", "growth")


def main():
    parser = argparse.ArgumentParser(prog="python tools/bench", description="Measure time and memory, as ratios.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts")
    parser.add_argument("--untuned", action="store_true", help="take the usual settings instead of choosing them")
    parser.add_argument(
        "--record",
        nargs="*",
        choices=tuple(record.PARTS),
        help="write data/runs/scaling.json instead (some parts, or all)",
    )
    options = parser.parse_args()
    # One core for each process that is measured, or a ratio would depend on who uses more of them.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if options.record is not None:
        record.write(options.record)
        return
    found = {"machine": record.machine(), "python": platform.python_version()}
    if "corpus" in options.only:
        found["corpus"] = corpus.run()
    if "quality" in options.only:
        found["quality"] = quality.run(os.environ.get("BENCH_DATA", "simulated"), not options.untuned)
    if "growth" in options.only:
        found["growth"] = sizes.run()
    target = ROOT / "_build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nAll of it: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
