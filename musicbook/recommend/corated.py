"""How alike two listeners rate: similarities over the items that both rated.

The task
    The cosine of :mod:`musicbook.recommend.collaborative` takes an item that one listener has not met for a zero. Where the
    numbers are stars that is wrong: no rating is not a bad rating. So here each pair of listeners is compared over the items
    that both rated, and nothing else. Every sum over shared items is a product of two matrices, such as that of the squares
    with the marks of what was rated: the sum of r_ui^2 over what v rated too is ``((R * R) @ (R > 0).T)[u, v]``.

Conventions
    Ratings are above 0. Rows are listeners, columns items.

Functions
    ``corated_similarity``

Sources
    Resnick et al. (1994) for Pearson's correlation over shared items; the cosine over shared items as in Surprise (Hug 2020).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

SIMILARITIES = ("cosine", "pearson")
ROWS = 32
"""Rows of similarities finished at once."""


def corated_similarity(left: csr_array, right: csr_array | None = None, similarity: str = "cosine") -> np.ndarray:
    """Compare listeners over the items that both rated.

    Parameters
    ----------
    left : csr_array, shape (n, n_items)
        Ratings above 0.
    right : csr_array, shape (m, n_items), optional
        ``left`` itself if not given; then the diagonal is 1.
    similarity : str
        ``"cosine"`` or ``"pearson"``.

    Returns
    -------
    ndarray of float64, shape (n, m)
        0 where nothing is shared, or a correlation does not exist.

    Raises
    ------
    ValueError
        For another similarity.
    """
    if similarity not in SIMILARITIES:
        raise ValueError(f"similarity {similarity!r}; it is {' or '.join(map(repr, SIMILARITIES))}")
    shared = _Shared(left, left if right is None else right)
    if similarity == "pearson":
        names = {"n": (0, 0), "a": (1, 0), "b": (0, 1), "ab": (1, 1), "aa": (2, 0), "bb": (0, 2)}
    else:
        names = {"ab": (1, 1), "aa": (2, 0), "bb": (0, 2)}
    sums = {name: shared(*powers) for name, powers in names.items()}
    found = np.empty((left.shape[0], shared.width))
    # A few rows at a time stay in the processor's cache, which is most of the speed here.
    for start in range(0, len(found), ROWS):
        rows = slice(start, start + ROWS)
        part = {name: np.ascontiguousarray(each[rows], np.float64) for name, each in sums.items()}
        if similarity == "pearson":
            part["ab"] = part["n"] * part["ab"] - part["a"] * part["b"]
            part["aa"] = part["n"] * part["aa"] - part["a"] ** 2
            part["bb"] = part["n"] * part["bb"] - part["b"] ** 2
        length = np.sqrt(part["aa"] * part["bb"])
        length[length == 0] = np.inf
        np.divide(part["ab"], length, out=found[rows])
    if right is None:
        np.fill_diagonal(found, 1)
    return found


class _Shared:
    """Sums over shared items: ``shared(p, q)`` is the sum of a^p b^q, for every two rows a and b.

    Items that many rated are multiplied as dense columns, the others as sparse ones, whichever is less work. Sums of small
    multiples of 1/2 are exact in float32, which is twice as fast.
    """

    DENSE = 30
    """An item is dense when more than n / DENSE of n listeners rated it: there both ways took equally long."""

    def __init__(self, left, right):
        self._one, self.width = left is right, right.shape[0]
        raters = np.bincount(right.indices, minlength=right.shape[1])
        dense = raters > np.sqrt(left.shape[0] * right.shape[0]) / self.DENSE
        # What one listener alone rated is shared with nobody.
        sparse = ~dense & (raters > self._one)
        halves = np.concatenate([left.data, right.data]) * 2
        greatest = 4 * (np.abs(halves).max(initial=0) / 2) ** 2 * max(1, np.diff(left.indptr).max(initial=0))
        kind = np.float32 if np.array_equal(halves, np.rint(halves)) and greatest < 2**24 else np.float64
        self._sides = [_split(left, dense, sparse, kind)]
        self._sides.append(self._sides[0] if self._one else _split(right, dense, sparse, kind))
        self._known: dict[tuple[int, int], np.ndarray] = {}

    def __call__(self, p: int, q: int) -> np.ndarray:
        if self._one and (q, p) in self._known:
            return self._known[q, p].T
        (dense, sparse), (other_dense, other_sparse) = self._sides
        found = _power(dense, p) @ _power(other_dense, q).T
        found += (_sparse_power(sparse, p) @ _sparse_power(other_sparse, q).T).toarray()
        self._known[p, q] = found
        return found


def _split(matrix, dense, sparse, kind):
    by_item = matrix.tocsc().astype(kind)
    return by_item[:, np.flatnonzero(dense)].toarray(), by_item[:, np.flatnonzero(sparse)].tocsr()


def _power(table, p):
    return table if p == 1 else table * table if p == 2 else (table > 0).astype(table.dtype)


def _sparse_power(matrix, p):
    data = _power(matrix.data, p)
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
