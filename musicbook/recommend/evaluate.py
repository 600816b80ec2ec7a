"""Every recommender on one split of your data: the table, in one command.

    python -m musicbook.recommend.evaluate --data simulated
    python -m musicbook.recommend.evaluate --data lastfm hetrec2011-lastfm-2k.zip --seed 42 --json
    python -m musicbook.recommend.evaluate --data movielens ml-100k.zip
    python -m musicbook.recommend.evaluate --data csv plays.csv --split-by time
    python -m musicbook.recommend.evaluate --split train.csv test.csv

The task
    Split (a random fifth of each listener's items is held out, or the latest fifth of all), choose each model's settings on
    a part of the training data (:mod:`musicbook.recommend.tuning`), fit, rank all items, measure. Every model runs in a
    process of its own, so that its memory is its own.

Conventions
    NDCG@10 and Recall@20 are means over the listeners who have a relevant held-out item; of ratings, 4 and 5 stars are
    relevant. Coverage is the share of all items that stand in some top 10. CPU seconds are of fitting and ranking with the
    chosen settings, without the search for them; peak memory is the process's greatest resident set, Python and its
    libraries included.

Functions
    ``evaluate``, ``measure``, ``main``
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from tqdm import tqdm

from musicbook.memory import peak_memory
from musicbook.recommend import ranking, sources, tuning
from musicbook.recommend.hybrid import Hybrid
from musicbook.recommend.interactions import Interactions, InteractionsError
from musicbook.recommend.recommender import Recommender

MODELS = (*tuning.GRIDS, "hybrid")
BLENDED = ("user-kNN", "item-kNN", "PureSVD", "ALS", "EASE")
"""Parts of the hybrid."""
FOUR_STARS = 4.0


def evaluate(
    train: Interactions,
    test: Interactions,
    models: Sequence[str] = MODELS,
    seed: int = 0,
    step=lambda name: None,
) -> list[dict]:
    """Measure models on a split, each in its own process.

    Parameters
    ----------
    train, test : Interactions
        Parts of one split: the same listeners and items.
    models : sequence of str
        Names out of :data:`MODELS`.
    seed : int
        Of the validation splits.
    step : callable
        Called with the name of each model that is about to run.

    Returns
    -------
    list of dict
        ``model, ndcg@10, recall@20, coverage, cpu_s, peak_mb, settings``, in the order of ``models``.

    Raises
    ------
    ValueError
        If there is no such model.
    """
    unknown = set(models) - set(MODELS)
    if unknown:
        raise ValueError(f"no model {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    settings: dict[str, dict] = {}
    rows = []
    for model in models:
        step(model)
        if model == "hybrid":
            for part in BLENDED:
                if part not in settings:
                    settings[part] = _alone(_tuned, part, train, seed)
            row = _alone(_measure_hybrid, {part: settings[part] for part in BLENDED}, train, test, seed)
        else:
            settings[model] = _alone(_tuned, model, train, seed)
            row = _alone(_measure_model, model, settings[model], train, test)
        rows.append({"model": model, **row})
    return rows


def measure(recommender: Recommender, train: Interactions, test: Interactions) -> dict:
    """Fit a recommender, rank, and give ``ndcg@10, recall@20, coverage`` and the CPU seconds ``cpu_s`` of this process."""
    relevant = test.keep(test.weight >= _least(test))
    listeners = np.unique(relevant.listener)
    started = time.process_time()
    lists = recommender.fit(train).top(listeners, 20)
    seconds = time.process_time() - started
    return {
        "ndcg@10": float(ranking.ndcg(lists, relevant, 10, listeners=listeners).mean()),
        "recall@20": float(ranking.recall(lists, relevant, 20, listeners=listeners).mean()),
        "coverage": float(ranking.coverage(lists[:, :10], test.n_items)),
        "cpu_s": seconds,
    }


def _least(part: Interactions) -> float:
    """Give the weight from which a held-out item is relevant."""
    return FOUR_STARS if part.kind == "ratings" else 0.0


def _alone(function, *arguments):
    """Call in a fresh process, so that one model's memory is not counted with another's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _tuned(model, train, seed):
    return tuning.tune(model, train, seed, _least(train))


def _measure_model(model, settings, train, test):
    return {**measure(tuning.build(model, settings), train, test), "peak_mb": peak_memory() / 1e6, "settings": settings}


def _measure_hybrid(settings, train, test, seed):
    parts = [tuning.build(part, chosen) for part, chosen in settings.items()]
    blend = Hybrid(parts, seed=seed, relevant=_least(train))
    row = measure(blend, train, test)
    weights = {part: round(float(weight), 3) for part, weight in zip(settings, blend.weights, strict=True)}
    return {**row, "peak_mb": peak_memory() / 1e6, "settings": weights}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the table is printed, 2 when the input is not what it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m musicbook.recommend.evaluate",
        description="Measure every recommender of the book on one split of your data.",
        epilog="Settings are chosen on a part of the training data. NDCG@10 and Recall@20 rank all items, not a sample.",
    )
    parser.add_argument(
        "--data",
        nargs="+",
        metavar=("SOURCE", "PATH"),
        help="simulated (no path), lastfm PATH, movielens PATH, csv PATH or log PATH",
    )
    parser.add_argument("--split", nargs=2, metavar=("TRAIN.csv", "TEST.csv"), help="a split made elsewhere")
    parser.add_argument(
        "--split-by", choices=("random", "time"), default="random", help="how to hold out (default: random)"
    )
    parser.add_argument("--share", type=float, default=0.2, help="share to hold out (default: 0.2)")
    parser.add_argument("--seed", type=int, default=42, help="of the split and the validation splits (default: 42)")
    parser.add_argument("--models", nargs="+", default=list(MODELS), metavar="MODEL", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--unchecked", action="store_true", help="do not compare a public file with its checksum")
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of the table")
    options = parser.parse_args(arguments)
    try:
        train, test = _parts(options)
        with tqdm(total=len(options.models), unit="model", disable=None, leave=False) as bar:

            def step(name):
                bar.set_description(name)
                bar.update(name != options.models[0])

            rows = evaluate(train, test, options.models, options.seed, step)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(_json(train, test, options, rows) if options.json else _table(train, test, rows))
    return 0


def _parts(options) -> tuple[Interactions, Interactions]:
    if options.split:
        if options.data and len(options.data) > 1:
            raise InteractionsError("--split names its own two files; give no path with --data")
        return sources.read_split(*options.split)
    if not options.data:
        raise InteractionsError("nothing to read: give --data SOURCE [PATH], or --split TRAIN.csv TEST.csv")
    if len(options.data) > 2:
        raise InteractionsError(f"--data takes a source and one path, got {' '.join(options.data)}")
    whole = sources.read(*options.data, check=not options.unchecked)
    if options.split_by == "time":
        return whole.split_temporal(options.share)
    return whole.split_random(options.share, options.seed)


def _json(train, test, options, rows) -> str:
    about = {
        "data": train.name,
        "kind": train.kind,
        "listeners": train.n_listeners,
        "items": train.n_items,
        "train_pairs": len(train),
        "test_pairs": len(test),
        "split": "given" if options.split else options.split_by,
        "seed": options.seed,
    }
    return json.dumps({**about, "models": rows}, indent=2)


def _table(train, test, rows) -> str:
    lines = [
        f"{train.name}: {train.n_listeners:,} listeners, {train.n_items:,} items, {len(train):,} pairs to learn from and "
        f"{len(test):,} held out",
        f"{'model':12}{'NDCG@10':>9}{'Recall@20':>11}{'coverage':>10}{'CPU s':>8}{'peak MB':>9}  settings",
    ]
    for row in rows:
        settings = ", ".join(f"{name}={value}" for name, value in row["settings"].items())
        lines.append(
            f"{row['model']:12}{row['ndcg@10']:9.4f}{row['recall@20']:11.4f}{row['coverage']:10.3f}"
            f"{row['cpu_s']:8.2f}{row['peak_mb']:9.0f}  {settings}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
