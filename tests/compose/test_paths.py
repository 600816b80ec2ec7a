"""Paths through a lattice against trying every one of them."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicbook.compose.paths import best_path, draw_path, log_total

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=5)


def lattice(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=n) for n in sizes], [rng.normal(size=pair) for pair in pairwise(sizes)]


def every_path(local, moves):
    """All paths with their scores, by brute force."""
    found = {}
    for path in product(*(range(len(row)) for row in local)):
        score = sum(row[k] for row, k in zip(local, path, strict=True))
        found[path] = score + sum(move[a, b] for move, a, b in zip(moves, path, path[1:], strict=False))
    return found


@settings(max_examples=60, deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 1000))
def test_best_and_total_are_those_of_all_paths(sizes, seed):
    local, moves = lattice(sizes, seed)
    everything = every_path(local, moves)
    assert tuple(best_path(local, moves)) == max(everything, key=everything.get)
    assert log_total(local, moves) == pytest.approx(np.logaddexp.reduce(list(everything.values())))


def test_paths_are_drawn_as_often_as_they_are_probable():
    local, moves = lattice([3, 2, 3], seed=1)
    everything = every_path(local, moves)
    rng = np.random.default_rng(0)
    drawn = [tuple(draw_path(local, moves, rng)) for _ in range(5000)]
    total = log_total(local, moves)
    for path, score in everything.items():
        p = np.exp(score - total)
        assert drawn.count(path) / 5000 == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / 5000))


def test_what_is_forbidden_is_never_taken():
    local, moves = lattice([2, 2, 2], seed=0)
    moves[0][:, 1] = -np.inf
    rng = np.random.default_rng(0)
    assert best_path(local, moves)[1] == 0
    assert {int(draw_path(local, moves, rng)[1]) for _ in range(50)} == {0}
    moves[0][:, 0] = -np.inf
    for ask in (best_path, lambda *lattice: draw_path(*lattice, rng)):
        with pytest.raises(ValueError, match="no path is allowed"):
            ask(local, moves)


@pytest.mark.parametrize("ask", [best_path, log_total])
def test_lattices_that_do_not_fit_are_refused(ask):
    local, moves = lattice([2, 3], seed=0)
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        ask(local, [moves[0].T])
    with pytest.raises(ValueError, match="at least one place"):
        ask([], [])
