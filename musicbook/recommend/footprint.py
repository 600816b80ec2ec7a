"""What a method weighs: bytes predicted by arithmetic, then measured in a process of its own.

The task
    Before a program is run on a hundred times more listeners, a line of arithmetic says whether it fits: which tables are
    there at once, how many cells each has, how many bytes a cell. :func:`predict` is that line for each method of the book,
    and :func:`alone` measures the same thing. :mod:`musicbook.recommend.growth` has the data to measure on.

Conventions
    n listeners, m tunes, q pairs of a listener and a tune. Predicted bytes are those of the data and the method, without the
    interpreter and its libraries (:data:`BASE`). A real number takes 8 bytes, or 4 in single precision.
    Memory is the greatest resident set of a process, as :mod:`musicbook.memory` reads it.

Functions
    ``predict``, ``limit``, ``alone``

Sources
    The tables are those of the modules that are named; the layout of a sparse matrix is SciPy's (compressed rows).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

from musicbook.memory import peak_memory

GIB = 2**30
BUDGET = 2 * GIB
"""Where Binder ends a session."""
BASE = 0.08 * GIB
"""Python with NumPy, SciPy and pandas, before any data."""
SPARSE = 64
"""Bytes a pair: ids and weights (20), the matrix (8), and the few copies that a method makes of it on its way (36)."""
BLOCK, CELLS, RANK, NEAR = 512, 4_000_000, 64, 100
"""Listeners scored at once by :mod:`musicbook.recommend.scale`, similarities held at once, factors, neighbours that are kept."""


def _dense_table(n, m, q):
    # The table in double precision and two more of its size while rows are normed; or table, unit rows and similarities.
    return max(3 * 8 * n * m, 2 * 8 * n * m + 8 * n**2)


def _dense_neighbours(n, m, q):
    return SPARSE * q + 4 * n**2


def _ease(n, m, q):
    # The smaller Gram matrix, its inverse and a right-hand side. The dual form solves for 2,048 items at a time and keeps
    # the answer, listeners by items.
    if n < m:
        return SPARSE * q + 2 * 8 * n**2 + 4 * n * m + 3 * 8 * 2048 * n
    return SPARSE * q + 3 * 8 * m**2


def _block(n, m):
    # Scores of a block, and a copy while they are ranked.
    return 2 * 4 * min(BLOCK, n) * m


def _similarities(n):
    # Of a block of rows: sparse (8 bytes), dense (4), and a copy while they are ranked (4).
    return 16 * min(CELLS, n**2)


def _user_neighbours(n, m, q):
    return SPARSE * q + _block(n, m) + _similarities(n)


def _item_neighbours(n, m, q):
    return SPARSE * q + _block(n, m) + _similarities(m) + 24 * NEAR * m


def _als(n, m, q):
    # P, Q, and what a half-step makes of them.
    return SPARSE * q + 4 * 4 * RANK * (n + m) + _block(n, m)


METHODS: dict[str, Callable[[int, int, int], float]] = {
    "dense table": _dense_table,
    "dense neighbours": _dense_neighbours,
    "EASE": _ease,
    "user-kNN in blocks": _user_neighbours,
    "item-kNN in blocks": _item_neighbours,
    "ALS": _als,
}
"""Name and formula: bytes for (n, m, q)."""


class Run(NamedTuple):
    """What a function gave, and what it took."""

    result: Any
    cpu_s: float
    peak: float
    """Bytes."""


def predict(method: str, listeners: int, items: int, pairs: int) -> float:
    """Predict the bytes that a method holds at its peak, without :data:`BASE`.

    Parameters
    ----------
    method : str
        A name in :data:`METHODS`.
    listeners, items, pairs : int

    Returns
    -------
    float
        Bytes.

    Raises
    ------
    ValueError
        If there is no such method, or a number is not positive.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r}; there are {', '.join(METHODS)}")
    if min(listeners, items, pairs) <= 0:
        raise ValueError(f"{listeners} listeners, {items} items, {pairs} pairs; all are above 0")
    return float(METHODS[method](listeners, items, pairs))


def limit(method: str, items: int, plays: float, budget: float = BUDGET) -> int:
    """Find how many listeners fit.

    Parameters
    ----------
    method : str
    items : int
    plays : float
        Tunes that a listener has played, on average.
    budget : float
        Bytes, of which :data:`BASE` is taken off.

    Returns
    -------
    int
        The greatest number, within a thousandth, up to a thousand million; 0 if not even one fits.
    """
    low, high = 0, 10**9
    while high - low > max(1, low // 1000):
        middle = (low + high) // 2
        if BASE + predict(method, middle, items, max(1, round(middle * plays))) <= budget:
            low = middle
        else:
            high = middle
    return low


def alone(function: Callable, *arguments) -> Run:
    """Call a function in a fresh process, so that its memory and its time are its own.

    Parameters
    ----------
    function : callable
        One that can be imported there: defined in a module.
    *arguments
        Sent to it; small ones, or the sending is measured too.

    Returns
    -------
    Run
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, function, arguments).result()


def _measured(function, arguments) -> Run:
    started = time.process_time()
    result = function(*arguments)
    return Run(result, time.process_time() - started, peak_memory())
