"""implicit and LensKit on a table of plays: run by an environment of their own, which has not our package.

    .venv/rivals/bin/python tools/bench/rivals.py NAME TABLE.npz LISTS.npy SETTINGS

Reads a sparse table and the listeners who are asked, fits, writes the lists, and prints the CPU seconds and the peak memory
as JSON. Each has the settings of our model of the same family, as far as it has such a setting.
"""

import importlib
import json
import runpy
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

# The file alone: the rest of the package needs libraries that this environment has not.
peak_memory = runpy.run_path(str(Path(__file__).parents[2] / "musicbook" / "memory.py"))["peak_memory"]
K = 20
NEEDS = {
    "implicit": ("implicit.cpu.als", "implicit.nearest_neighbours"),
    "LensKit": ("pandas", "lenskit.batch", "lenskit.data", "lenskit.pipeline", "lenskit.knn", "lenskit.als"),
}
MODELS = {}
"""By name: a function that takes the table, the listeners and the settings, and gives lists."""


def model(name):
    def add(function):
        MODELS[name] = function
        return function

    return add


def _ask_implicit(recommender, table, asked):
    recommender.fit(table, show_progress=False)
    return recommender.recommend(asked, table[asked], N=K, filter_already_liked_items=True)[0]


@model("implicit ALS")
def implicit_als(table, asked, settings):
    from implicit.cpu.als import AlternatingLeastSquares

    als = settings["ALS"]
    recommender = AlternatingLeastSquares(
        factors=als["rank"],
        regularization=als["regularization"],
        alpha=1 + als["alpha"],  # theirs is the whole confidence of a play, ours what comes on top of 1
        iterations=als["sweeps"],
        random_state=0,
    )
    return _ask_implicit(recommender, _ones(table), asked)


@model("implicit cosine")
def implicit_cosine(table, asked, settings):
    from implicit.nearest_neighbours import CosineRecommender

    return _ask_implicit(CosineRecommender(K=settings["item-kNN"]["k"]), _logs(table), asked)


@model("implicit BM25")
def implicit_bm25(table, asked, settings):
    from implicit.nearest_neighbours import BM25Recommender

    return _ask_implicit(BM25Recommender(K=settings["item-kNN"]["k"]), table, asked)


def _ask_lenskit(scorer, table, asked):
    import pandas as pd
    from lenskit.batch import recommend
    from lenskit.data import from_interactions_df
    from lenskit.pipeline import topn_pipeline
    from lenskit.random import set_global_rng

    set_global_rng(0)
    pairs = table.tocoo()
    frame = pd.DataFrame({"user_id": pairs.row, "item_id": pairs.col})
    pipeline = topn_pipeline(scorer, n=K)
    pipeline.train(from_interactions_df(frame))
    found = recommend(pipeline, asked.tolist(), n=K, n_jobs=1)
    lists = np.full((len(asked), K), -1)
    place = {who: row for row, who in enumerate(asked.tolist())}
    for key, items in found.items():
        ids = items.ids()[:K]
        lists[place[key.user_id], : len(ids)] = ids
    return lists


@model("LensKit item-kNN")
def lenskit_item(table, asked, settings):
    from lenskit.knn import ItemKNNScorer

    # max_nbrs counts the listener's own items here, save_nbrs the neighbours of an item, which is our k.
    scorer = ItemKNNScorer(max_nbrs=1000, save_nbrs=settings["item-kNN"]["k"], feedback="implicit")
    return _ask_lenskit(scorer, table, asked)


@model("LensKit user-kNN")
def lenskit_user(table, asked, settings):
    from lenskit.knn import UserKNNScorer

    return _ask_lenskit(UserKNNScorer(max_nbrs=settings["user-kNN"]["k"], feedback="implicit"), table, asked)


@model("LensKit ALS")
def lenskit_als(table, asked, settings):
    from lenskit.als import ImplicitMFScorer

    als = settings["ALS"]
    scorer = ImplicitMFScorer(
        embedding_size=als["rank"], epochs=als["sweeps"], regularization=als["regularization"], weight=als["alpha"]
    )
    return _ask_lenskit(scorer, table, asked)


@model("LensKit EASE")
def lenskit_ease(table, asked, settings):
    from lenskit.knn import EASEScorer

    return _ask_lenskit(EASEScorer(regularization=settings["EASE"]["penalty"]), table, asked)


def _ones(table):
    return csr_matrix((np.ones_like(table.data), table.indices, table.indptr), shape=table.shape)


def _logs(table):
    return csr_matrix((1 + np.log(np.maximum(table.data, 1)), table.indices, table.indptr), shape=table.shape)


def main(name, table, lists, settings):
    held = np.load(table)
    plays = csr_matrix((held["data"], held["indices"], held["indptr"]), shape=held["shape"])
    warnings.simplefilter("ignore")
    for module in NEEDS[name.split()[0]]:  # importing is not measured, as ours is not
        importlib.import_module(module)
    started = time.process_time()
    found = MODELS[name](plays, held["asked"], json.loads(settings))
    seconds = time.process_time() - started
    np.save(lists, np.asarray(found, np.int64))
    print(json.dumps({"cpu_s": seconds, "peak": peak_memory()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
