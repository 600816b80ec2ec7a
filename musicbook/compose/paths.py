"""Paths through a lattice: the best one, the sum over all, and one drawn by chance.

The task
    A row of choices, one after the other: a chord for each beat, or a way to set each chord for voices. Each choice has a
    score of its own and one for how it follows the choice before. There are far too many rows to try them all, and it is not
    necessary: whatever comes later, only the best way *to* each choice can be part of the best way *through* it.

Conventions
    Scores are logarithms of probabilities, or minus costs; higher is better, ``-inf`` forbids. ``local[t]`` has shape
    ``(n_t,)``: what each choice at place t is worth. ``moves[t]`` has shape ``(n_t, n_{t+1})``: what it is worth to go from
    one at place t to one at place t + 1. A path is an int64 array, shape (places,).

Functions
    :func:`best_path` (Viterbi), :func:`log_total` (forward), :func:`draw_path` (forward filtering, backward sampling)

Sources
    rabiner1989hmm, section III: problems 1 (total) and 2 (best path). Chapter "Harmony and rhythm".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def best_path(local: Sequence[np.ndarray], moves: Sequence[np.ndarray]) -> np.ndarray:
    """Give the path with the highest sum of scores; of several equal ones that with the lowest numbers at the end.

    Raises
    ------
    ValueError
        If there is no place, or the shapes do not fit, or no path is allowed.
    """
    _check(local, moves)
    reached, came_from = local[0], []
    for t, move in enumerate(moves):
        ways = reached[:, None] + move
        came_from.append(ways.argmax(axis=0))
        reached = ways.max(axis=0) + local[t + 1]
    if not np.isfinite(reached.max()):
        raise ValueError("no path is allowed: every one has a score of minus infinity")
    path = [int(reached.argmax())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return np.array(path[::-1])


def log_total(local: Sequence[np.ndarray], moves: Sequence[np.ndarray]) -> float:
    """Give the logarithm of the sum of exp(score) over all paths; raises as :func:`best_path` does."""
    _check(local, moves)
    return float(np.logaddexp.reduce(_forward(local, moves)[-1]))


def draw_path(local: Sequence[np.ndarray], moves: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a path with a probability proportional to exp(score); raises as :func:`best_path` does."""
    _check(local, moves)
    forward = _forward(local, moves)
    path = [_draw(forward[-1], rng)]
    for t in range(len(moves) - 1, -1, -1):
        path.append(_draw(forward[t] + moves[t][:, path[-1]], rng))
    return np.array(path[::-1])


def _forward(local, moves) -> list[np.ndarray]:
    """Give for each place the logarithm of the sum over all paths that end at each choice."""
    rows = [np.asarray(local[0], float)]
    for t, move in enumerate(moves):
        rows.append(np.logaddexp.reduce(rows[-1][:, None] + move, axis=0) + local[t + 1])
    return rows


def _draw(scores: np.ndarray, rng: np.random.Generator) -> int:
    if not np.isfinite(scores.max()):
        raise ValueError("no path is allowed: every one has a score of minus infinity")
    share = np.cumsum(np.exp(scores - scores.max()))
    return int(np.searchsorted(share, rng.random() * share[-1], side="right"))


def _check(local, moves) -> None:
    if not len(local):
        raise ValueError("a path needs at least one place")
    wanted = [(len(a), len(b)) for a, b in pairwise(local)]
    given = [np.shape(move) for move in moves]
    if given != wanted:
        raise ValueError(f"moves of shapes {given} between places of sizes {[len(row) for row in local]}")
