"""Every recommender of ours against Surprise, implicit and LensKit: the same data, split, settings and measures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rivals import MODELS, K
from tqdm import tqdm

from musicbook.recommend import ranking, sources, tuning
from musicbook.recommend.evaluate import BLENDED, FOUR_STARS
from musicbook.recommend.footprint import alone
from musicbook.recommend.hybrid import Hybrid
from musicbook.recommend.interactions import Interactions

ROOT = Path(__file__).resolve().parents[2]
RIVALS = Path(sys.prefix) / "rivals" / ("Scripts" if os.name == "nt" else "bin") / "python"
"""Python of the environment that has implicit and LensKit."""
FAMILY = {"implicit ALS": "ALS", "implicit cosine": "item-kNN", "implicit BM25": "item-kNN"} | {
    f"LensKit {each}": each for each in ("item-kNN", "user-kNN", "ALS", "EASE")
}
"""Which of ours a rival is compared with."""
OURS = (*tuning.GRIDS, "hybrid")
SEED = 42


def run(source: str, tuned: bool) -> dict:
    """Measure everybody, print the table, and give its rows."""
    whole = sources.read(*source.split(":", 1))
    train, test = whole.split_random(0.2, SEED)
    wanted = ranking.relevant(test, FOUR_STARS if test.kind == "ratings" else 0.0)
    asked = np.unique(wanted.listener)
    print(f"\n{whole!r}; lists for {len(asked):,} listeners, all items ranked")
    settings = _settings(train, tuned)
    rows = {}
    rivals = list(MODELS) if RIVALS.is_file() else []
    with tqdm(total=len(OURS) + len(rivals), unit="model", disable=None, leave=False) as bar:
        for name in OURS:
            bar.set_description(name)
            made = alone(ours, name, settings, train, asked)
            rows[name] = _row(made.result[0], made.result[1], made.peak, wanted, asked)
            bar.update()
        for name in rivals:
            bar.set_description(name)
            rows[name] = _row(*_rival(name, settings, train, asked), wanted, asked)
            bar.update()
    _print(rows)
    if not rivals:
        print("implicit and LensKit are not installed (make bench does it); they are left out")
    stars = _stars(source, whole)
    return {"data": repr(whole), "settings": settings, "models": rows, "stars": stars}


def ours(name: str, settings: dict, train: Interactions, asked: np.ndarray):
    """Give the lists of one of our models and the CPU seconds that it took to fit and ask it; called in its own process."""
    if name == "hybrid":
        least = FOUR_STARS if train.kind == "ratings" else 0.0
        model = Hybrid([tuning.build(part, settings[part]) for part in BLENDED], relevant=least)
    else:
        model = tuning.build(name, settings[name])
    started = time.process_time()
    lists = model.fit(train).top(asked, K)
    return lists, time.process_time() - started


def _settings(train, tuned: bool) -> dict:
    """Choose settings on a part of the training data; the rivals get those of our model of their family."""
    settings = {}
    for name in tqdm(tuning.GRIDS, unit="family", desc="settings", disable=None, leave=False):
        grid = tuning.GRIDS[name][1]
        chosen = tuning.tune(name, train, SEED, FOUR_STARS if train.kind == "ratings" else 0.0) if tuned else {}
        settings[name] = {each: chosen.get(each, values[0]) for each, values in grid.items()}
    settings["ALS"].setdefault("sweeps", 12)
    return settings


def _rival(name, settings, train, asked):
    with tempfile.TemporaryDirectory() as folder:
        table, lists = Path(folder) / "table.npz", Path(folder) / "lists.npy"
        plays = train.matrix
        arrays = {"data": plays.data, "indices": plays.indices, "indptr": plays.indptr}
        np.savez(table, **arrays, shape=plays.shape, asked=asked.astype(np.int32))
        command = [RIVALS, Path(__file__).with_name("rivals.py"), name, table, lists, json.dumps(settings)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} failed:\n{done.stderr[-2000:]}")
        took = json.loads(done.stdout.strip().splitlines()[-1])
        return np.load(lists), took["cpu_s"], took["peak"]


def _row(lists, cpu_s, peak, wanted, asked) -> dict:
    return {
        "ndcg@10": ranking.mean(ranking.ndcg(lists, wanted, 10, listeners=asked)),
        "recall@20": ranking.mean(ranking.recall(lists, wanted, 20, listeners=asked)),
        "cpu_s": cpu_s,
        "peak_mb": peak / 1e6,
    }


def _print(rows):
    print(f"{'model':18}{'NDCG@10':>9}{'Recall@20':>11}{'CPU s':>8}{'peak MB':>9}   of ours, of the same family")
    for name, row in rows.items():
        line = f"{name:18}{row['ndcg@10']:9.4f}{row['recall@20']:11.4f}{row['cpu_s']:8.2f}{row['peak_mb']:9.0f}"
        if name in FAMILY:
            mine = rows[FAMILY[name]]
            quality, work, memory = (row[key] / mine[key] for key in ("ndcg@10", "cpu_s", "peak_mb"))
            line += f"   {FAMILY[name]}: quality x {quality:.2f}, CPU x {work:.1f}, memory x {memory:.1f}"
        print(line)


def _stars(source, whole) -> dict:
    """Compare the guessing of stars with Surprise's KNNBasic, where there are stars."""
    if whole.kind == "plays" and source != "simulated":
        return {}
    if source == "simulated":
        from musicbook.recommend import listeners

        whole = listeners.thousand()[0].ratings
    train, test = whole.split_random(0.2, SEED)
    guesses, seconds = {}, {}
    for name in ("Surprise KNNBasic", "rating-kNN"):
        made = alone(stars, name, train, test)
        guesses[name], seconds[name] = made.result
    apart = np.abs(guesses["Surprise KNNBasic"] - guesses["rating-kNN"])
    tied = alone(stars_tied, train, test).result
    row = {
        "rmse": {name: float(np.sqrt(np.mean((each - test.weight) ** 2))) for name, each in guesses.items()},
        "cpu_s": seconds,
        "apart": int((apart > 1e-6).sum()),
        "apart_without_tie": int(((apart > 1e-6) & ~tied).sum()),
        "guesses": len(test),
    }
    print(f"\n{whole!r}: stars guessed by the 40 nearest listeners (cosine)")
    for name in guesses:
        print(f"{name:18} RMSE {row['rmse'][name]:.4f}, {seconds[name]:.2f} CPU s")
    print(
        f"the same guess but for {row['apart']:,} of {len(test):,}, of which {row['apart_without_tie']:,} without a tie; "
        f"Surprise takes {seconds['Surprise KNNBasic'] / seconds['rating-kNN']:.0f} times the CPU"
    )
    return row


def stars(name: str, train: Interactions, test: Interactions):
    """Guess the held-out stars; called in its own process."""
    from surprise import KNNBasic

    from musicbook.recommend.ratings import RatingKNN
    from musicbook.recommend.surprise_models import SurpriseRecommender

    if name == "rating-kNN":
        started = time.process_time()
        return RatingKNN(k=40).fit(train).predict(test.listener, test.item), time.process_time() - started
    model = SurpriseRecommender(KNNBasic(k=40, sim_options={"name": "cosine", "user_based": True}, verbose=False))
    started = time.process_time()
    return model.fit(train).predict(test.listener, test.item), time.process_time() - started


def stars_tied(train: Interactions, test: Interactions) -> np.ndarray:
    from musicbook.recommend.ratings import RatingKNN

    return RatingKNN(k=40).fit(train).tied(test.listener, test.item)
