"""ALS on Spark: the engine for those who outgrow one machine, and its twin in NumPy.

The task
    Beyond some tens of millions of listeners neither the pairs nor the factors fit into one machine. Spark cuts both into
    partitions that lie on many, and alternates the two half-steps between them. Here it runs on a *local cluster*: a master
    and two executors, real processes that share nothing but the network, on the reader's machine. It takes Java 17 and
    some 2 GB of memory, and it is slower than NumPy on anything that NumPy can do.

The objective
    Spark minimises  sum c (p - x'y)^2 + lambda (sum_u n_u |x_u|^2 + sum_i n_i |y_i|^2)  with c = 1 + alpha r. The first sum
    is Hu, Koren and Volinsky's; but the penalty of a row is multiplied by its number n of plays, so that lambda means the same
    for data of any size. :class:`CountedALS` does exactly this in NumPy, and is held against Spark by a test.

Conventions
    As in :mod:`musicbook.recommend.factors`. Executors read the pairs from a file, which on a real cluster lies on a file
    system that all of them see.

Classes
    ``SparkALS``, ``CountedALS``

Functions
    ``missing``   why Spark can't run here

Sources
    Hu et al. (2008); the weighted penalty and the order of the half-steps: the documentation and source of Spark's ALS.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from musicbook.recommend.factors import ALS, half_step, objective
from musicbook.recommend.weighting import idf

MASTER = "local-cluster[2,1,1024]"
"""Two executors of one core and 1,024 MB each."""
JAVA = 17
BLOCKS = 4
"""Partitions of listeners and of items."""


class SparkMissingError(RuntimeError):
    """Spark can't run here; the message says what it lacks."""


def missing() -> str:
    """Say what Spark lacks on this machine; an empty string if nothing."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed: pip install 'musicbook[spark]'"
    java = Path(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
    if shutil.which(java) is None:
        return f"there is no Java on the PATH or in JAVA_HOME; Spark needs version {JAVA} or later"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < JAVA:
        return f"Java {version[1] if version else 'of an unknown version'} is here; Spark needs {JAVA} or later"
    return ""


class CountedALS(ALS):
    """ALS whose penalty of a row is multiplied by its number of plays, as Spark's is; parameters as for ``ALS``."""

    name = "ALS, counted penalty"

    def __init__(self, rank: int = 64, regularization: float = 0.1, alpha: float = 10.0, sweeps: int = 12, **more):
        super().__init__(rank, regularization, alpha, sweeps, **more)

    def _learn(self, train):
        self._idf = idf(train.binary)
        extra = self._confidence(train.matrix)
        by_item = extra.T.tocsr()
        rng = np.random.default_rng(self.seed)
        self.listener_factors = rng.normal(0, 0.1, (train.n_listeners, self.rank)).astype(np.float32)
        for _ in range(self.sweeps):  # in Spark's order
            self.item_factors = counted_half_step(by_item, self.listener_factors, self.regularization)
            self.listener_factors = counted_half_step(extra, self.item_factors, self.regularization)

    def objective(self) -> float:
        """Give the objective of the module over the whole table."""
        train = self._fitted()
        extra, P, Q = self._confidence(train.matrix), self.listener_factors, self.item_factors
        plays = np.diff(extra.indptr), np.diff(extra.tocsc().indptr)
        penalty = sum((n * (F.astype(np.float64) ** 2).sum(axis=1)).sum() for n, F in zip(plays, (P, Q), strict=True))
        return objective(extra, P, Q, 0.0) + self.regularization * float(penalty)

    def score_histories(self, histories, listeners=None):
        """Give P Q', with the factors of each history from one half-step."""
        if listeners is not None:
            factors = self.listener_factors[listeners]
        else:
            factors = counted_half_step(self._confidence(histories), self.item_factors, self.regularization)
        return factors @ self.item_factors.T


class SparkALS(CountedALS):
    """The same model, fitted by Spark.

    Parameters
    ----------
    rank, regularization, alpha, sweeps, weighting, seed
        As for ``ALS``.
    master : str
        Address of the cluster: ``spark://host:7077`` for one that runs, or :data:`MASTER`.
    folder : str or Path, optional
        Where pairs and checkpoints are written; every executor must see it. A temporary one by default.

    Raises
    ------
    SparkMissingError
        When it is fitted, if there is no PySpark or no Java.
    """

    name = "ALS on Spark"

    def __init__(self, *settings, master: str = MASTER, folder: str | Path | None = None, **more):
        super().__init__(*settings, **more)
        self.master, self.folder = master, folder

    def _learn(self, train):
        if reason := missing():
            raise SparkMissingError(reason)
        self._idf = idf(train.binary)
        # Spark multiplies by alpha itself, as _confidence does.
        weighted = self._confidence(train.matrix) / self.alpha
        with tempfile.TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True) as folder:
            listeners, items = self._factorise(weighted, Path(folder))
        self.listener_factors = _table(listeners, train.n_listeners, self.rank)
        self.item_factors = _table(items, train.n_items, self.rank)

    def _factorise(self, weighted: csr_array, folder: Path):
        pairs = weighted.tocoo()
        rows = pd.DataFrame({"listener": pairs.coords[0], "item": pairs.coords[1], "weight": pairs.data})
        rows.to_csv(folder / "pairs.csv", index=False, header=False)
        with warnings.catch_warnings():
            # PySpark warns of pandas 3, which it never meets here: it is given a file and asked for rows.
            warnings.simplefilter("ignore", FutureWarning)
            from pyspark.ml import recommendation

            session = start(self.master)
        try:
            # Without checkpoints each half-step remembers all before it, and a few dozen overflow Java's stack.
            session.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
            table = session.read.csv(str(folder / "pairs.csv"), schema="listener int, item int, weight float")
            model = recommendation.ALS(
                rank=self.rank,
                maxIter=self.sweeps,
                regParam=self.regularization,
                alpha=self.alpha,
                implicitPrefs=True,
                userCol="listener",
                itemCol="item",
                ratingCol="weight",
                seed=self.seed,
                numUserBlocks=BLOCKS,
                numItemBlocks=BLOCKS,
                checkpointInterval=5,
            ).fit(table)
            return model.userFactors.collect(), model.itemFactors.collect()
        finally:
            session.stop()


def start(master: str = MASTER):
    """Start a Spark session on a cluster, without its web pages and with little to say."""
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": str(BLOCKS),
    }
    if master.startswith("local"):
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    session = SparkSession.builder.master(master).appName("musicbook")
    for name, value in options.items():
        session = session.config(name, value)
    return session.getOrCreate()


def counted_half_step(extra: csr_array, fixed: np.ndarray, regularization: float) -> np.ndarray:
    """Do one half-step with the penalty of each row multiplied by its number of plays; as ``factors.half_step``."""
    out = np.zeros((extra.shape[0], fixed.shape[1]), fixed.dtype)
    size = np.diff(extra.indptr)
    for n in np.unique(size[size > 0]):
        rows = np.flatnonzero(size == n)
        out[rows] = half_step(extra[rows], fixed, regularization * float(n))
    return out


def _table(rows, n: int, rank: int) -> np.ndarray:
    """Give Spark's rows ``(id, features)`` as a table; zeros for ids that no pair has."""
    table = np.zeros((n, rank), np.float32)
    for row in rows:
        table[row.id] = row.features
    return table
