"""Lists for everybody: the same blocks one after the other, in several processes, or on a cluster.

The task
    A list for each of 100,000 listeners is too much to hold as a table of scores and too long to wait for on one core. Both
    are cured by cutting the listeners into blocks: a block's scores are computed, ranked and thrown away, and blocks know
    nothing of each other, so that any number of them can be computed at once. Where they are computed is the *engine*:

    ``serial``   here, one after the other
    ``joblib``   in processes of this machine, which map one copy of the fitted recommender into their memory
    ``dask``     by the workers of a Dask cluster, which may be anywhere; each is sent the fitted recommender once

    The lists are the same, whichever it was.

Conventions
    As in :mod:`musicbook.recommend.recommender`. Memory is that of the fitted recommender, plus for each process a block of
    scores, ``4 * block * n_items`` bytes, some three times (:mod:`musicbook.recommend.footprint`).

Functions
    ``top_in_blocks``   lists by any fitted recommender
    ``user_knn_blocks`` fit user-kNN and give the lists

Sources
    Herlocker et al. (1999) for the neighbourhoods. Engines: joblib's and Dask's own documentation.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from musicbook.recommend.footprint import BLOCK
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.neighbours import UserKNN
from musicbook.recommend.recommender import Recommender, rank

ENGINES = ("serial", "joblib", "dask")


def top_in_blocks(
    recommender: Recommender,
    k: int = 10,
    block: int = BLOCK,
    engine: str = "serial",
    n_jobs: int = 2,
    listeners: np.ndarray | None = None,
    client=None,
) -> np.ndarray:
    """Rank for many listeners, a block at a time.

    Parameters
    ----------
    recommender : Recommender
        Fitted.
    k : int
        Length of each list.
    block : int
        Listeners whose scores are held at once, in each process.
    engine : str
        One of :data:`ENGINES`.
    n_jobs : int
        Processes, for the engines that have several.
    listeners : ndarray of int, optional
        Codes; all if not given.
    client : dask.distributed.Client, optional
        Of a cluster that runs already; else one of ``n_jobs`` processes is started here, and stopped afterwards.

    Returns
    -------
    ndarray of int64, shape (n, k)
        As :meth:`~musicbook.recommend.recommender.Recommender.top`.

    Raises
    ------
    ValueError
        If there is no such engine, or a size is below 1.
    NotFittedError
        If the recommender has seen no log yet.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r}; there are {', '.join(ENGINES)}")
    if min(k, block, n_jobs) < 1:
        raise ValueError(f"k, block and n_jobs are at least 1, got {k}, {block} and {n_jobs}")
    train = recommender._fitted()
    listeners = np.arange(train.n_listeners) if listeners is None else np.atleast_1d(np.asarray(listeners))
    parts = [listeners[start : start + block] for start in range(0, len(listeners), block)]
    if engine == "serial":
        lists = [_lists(part, recommender, k) for part in tqdm(parts, unit="block", disable=None, leave=False)]
    elif engine == "joblib":
        lists = _by_joblib(recommender, parts, k, n_jobs)
    else:
        lists = _by_dask(recommender, parts, k, n_jobs, client)
    return np.concatenate([np.empty((0, k), np.int64), *lists])


def user_knn_blocks(
    train: Interactions,
    k: int = 10,
    block: int = BLOCK,
    n_jobs: int = 2,
    engine: str = "serial",
    client=None,
    **settings,
) -> np.ndarray:
    """Fit user-kNN and give everybody's list; ``settings`` are those of :class:`~musicbook.recommend.neighbours.UserKNN`.

    100,000 listeners of 10,000 tunes take less than 1 GB in one process.

    Returns
    -------
    ndarray of int64, shape (n_listeners, k)
    """
    return top_in_blocks(UserKNN(**settings).fit(train), k, block, engine, n_jobs, client=client)


def _lists(part: np.ndarray, recommender: Recommender, k: int) -> np.ndarray:
    """Score and rank one block."""
    return rank(recommender.scores(part), recommender.train.matrix[part], k)


def _by_joblib(recommender, parts, k, n_jobs):
    # Written once and mapped by each process: the pages of its arrays are shared, and no block carries a copy with it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "recommender"
        joblib.dump(recommender, path)
        return joblib.Parallel(n_jobs)(joblib.delayed(_lists_of_file)(part, path, k) for part in parts)


@functools.lru_cache(maxsize=1)
def _opened(path: Path) -> Recommender:
    return joblib.load(path, mmap_mode="r")


def _lists_of_file(part, path, k):
    return _lists(part, _opened(path), k)


def _by_dask(recommender, parts, k, n_jobs, client):
    # Imported here: it is the slowest import of the book after TensorFlow, and only this engine needs it.
    from dask.distributed import Client, LocalCluster

    if client is None:
        with (
            LocalCluster(n_workers=n_jobs, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            return _by_dask(recommender, parts, k, n_jobs, client)
    there = client.scatter(recommender, broadcast=True, hash=False)
    return client.gather(client.map(_lists, parts, recommender=there, k=k, pure=False))
