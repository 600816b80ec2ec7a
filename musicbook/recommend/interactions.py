"""Who played what: one object for every source of listening data.

The task
    A recommender learns from triples *listener, item, weight*. They come from the book's own event log, from a public data
    set or from a reader's file; every recommender and every metric takes the same object, whichever it was.

Conventions
    Listeners and items have ids (strings) and codes (their positions, from 0). A pair of listener and item occurs once. The
    weight is a number of plays (``kind="plays"``) or a rating (``kind="ratings"``), above 0. Time is in seconds since 1970.
    The listeners and items of a split are those of the whole, with the same codes, so that matrices of both parts fit.

Splits
    :meth:`Interactions.split_random` holds out a share of each listener's items; :meth:`Interactions.split_temporal` holds
    out what came after a moment, which is what a recommender faces in life.

Readers of files are in :mod:`musicbook.recommend.sources`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

KINDS = ("plays", "ratings")
VALIDATION_SHARE = 0.1
"""Share of the training data that is held out once more to choose settings by: small, since the more is left to learn from, the
more the best settings are those of the whole."""


class InteractionsError(ValueError):
    """The input is not a record of listening that this book can use; the message says what was wrong and what would be right."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Pairs of listener and item, each with a weight.

    Parameters
    ----------
    listener, item : array_like of int, shape (n,)
        Codes: positions in ``listeners`` and ``items``.
    weight : array_like of float, shape (n,)
        Plays or ratings, finite and above 0.
    listeners, items : array_like of str, shape (n_listeners,) and (n_items,)
        Ids. There may be listeners and items without any pair: the cold ones.
    time : array_like of int, shape (n,), optional
        Seconds since 1970 of the first play or of the rating.
    kind : str
        ``"plays"`` or ``"ratings"``.
    name : str
        What readers are told that this is.

    Raises
    ------
    InteractionsError
        If there are no pairs, a pair occurs twice, a code is outside its range, an id occurs twice, a weight is not a number
        above 0, or the columns differ in length.
    """

    listener: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    listeners: np.ndarray
    items: np.ndarray
    time: np.ndarray | None = None
    kind: str = "plays"
    name: str = ""

    def __post_init__(self):
        columns = {
            "listener": np.asarray(self.listener, np.int32),
            "item": np.asarray(self.item, np.int32),
            "weight": np.asarray(self.weight, np.float32),
            "listeners": np.asarray(self.listeners, dtype=object),
            "items": np.asarray(self.items, dtype=object),
        }
        if self.time is not None:
            columns["time"] = np.asarray(self.time, np.int64)
        _check(columns, self.kind)
        for name, column in columns.items():
            column = column.view()
            column.flags.writeable = False
            object.__setattr__(self, name, column)

    @classmethod
    def from_pairs(
        cls,
        listeners: Sequence,
        items: Sequence,
        weights: Sequence[float] | None = None,
        times: Sequence[int] | None = None,
        **fields,
    ) -> Interactions:
        """Build from rows of ids: ``listeners[i]`` met ``items[i]``, with weight 1 if none is given.

        Ids are turned to strings and sorted; see the class for what is refused.
        """
        who, listener = np.unique(np.asarray(listeners, dtype=str), return_inverse=True)
        what, item = np.unique(np.asarray(items, dtype=str), return_inverse=True)
        weights = np.ones(len(listener)) if weights is None else weights
        return cls(listener, item, weights, who, what, times, **fields)

    def __len__(self) -> int:
        return len(self.listener)

    def __repr__(self) -> str:
        return f"Interactions({self.name!r}: {self.n_listeners:,} listeners, {self.n_items:,} items, {len(self):,} {self.kind})"

    @property
    def n_listeners(self) -> int:
        """Number of listeners, cold ones too."""
        return len(self.listeners)

    @property
    def n_items(self) -> int:
        """Number of items, cold ones too."""
        return len(self.items)

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_listeners, n_items)``."""
        return self.n_listeners, self.n_items

    @functools.cached_property
    def matrix(self) -> csr_array:
        """The weights as a sparse matrix, float32, shape (n_listeners, n_items), columns in order."""
        return _sparse(self.weight, self.listener, self.item, self.shape)

    @functools.cached_property
    def binary(self) -> csr_array:
        """As :attr:`matrix`, with 1 for each pair."""
        return _sparse(np.ones_like(self.weight), self.listener, self.item, self.shape)

    @functools.cached_property
    def popularity(self) -> np.ndarray:
        """Number of listeners of each item, int64, shape (n_items,)."""
        return np.bincount(self.item, minlength=self.n_items)

    @functools.cached_property
    def _listener_codes(self) -> dict[str, int]:
        return {who: code for code, who in enumerate(self.listeners)}

    @functools.cached_property
    def _item_codes(self) -> dict[str, int]:
        return {what: code for code, what in enumerate(self.items)}

    def code_of(self, listener: str) -> int:
        """Give a listener's code.

        Raises
        ------
        KeyError
            If nobody has that id.
        """
        return _find(self._listener_codes, listener, "listener")

    def item_code_of(self, item: str) -> int:
        """Give an item's code; raises as :meth:`code_of`."""
        return _find(self._item_codes, item, "item")

    def items_of(self, listener: int) -> np.ndarray:
        """Give the codes of what a listener (a code) has met, sorted."""
        start, stop = self.matrix.indptr[listener : listener + 2]
        return self.matrix.indices[start:stop]

    def keep(self, rows: np.ndarray, name: str | None = None) -> Interactions:
        """Give the pairs that a mask or a row of positions selects; listeners and items stay as they are."""
        return replace(
            self,
            listener=self.listener[rows],
            item=self.item[rows],
            weight=self.weight[rows],
            time=None if self.time is None else self.time[rows],
            name=self.name if name is None else name,
        )

    def split_random(self, share: float = 0.2, seed: int = 0) -> tuple[Interactions, Interactions]:
        """Hold out a random share of each listener's items.

        Of n items ``round(share * n)`` go to the test part, never all of them.

        Returns
        -------
        train, test : Interactions

        Raises
        ------
        InteractionsError
            If the share is not between 0 and 1, or so small that nothing is held out.
        """
        _check_share(share)
        order = np.lexsort((np.random.default_rng(seed).random(len(self)), self.listener))
        size = np.bincount(self.listener, minlength=self.n_listeners)
        rank = np.arange(len(self)) - np.repeat(np.cumsum(size) - size, size)
        held = np.minimum(np.rint(share * size), size - 1).astype(int)
        return self._part(order[rank >= np.repeat(held, size)], order[rank < np.repeat(held, size)])

    def split_temporal(self, share: float = 0.2) -> tuple[Interactions, Interactions]:
        """Hold out the latest share of all pairs: one moment parts what was known from what came.

        Listeners who come after that moment are in the test part alone: cold.

        Raises
        ------
        InteractionsError
            If there are no times, or as :meth:`split_random`.
        """
        _check_share(share)
        if self.time is None:
            raise InteractionsError(f"{self.name or 'this source'} has no times; split_random needs none")
        moment = np.quantile(self.time, 1 - share, method="higher")
        return self._part(np.flatnonzero(self.time < moment), np.flatnonzero(self.time >= moment))

    def _part(self, train: np.ndarray, test: np.ndarray) -> tuple[Interactions, Interactions]:
        if not len(train) or not len(test):
            raise InteractionsError(f"a part is empty ({len(train)} and {len(test)} pairs); choose another share")
        return self.keep(np.sort(train)), self.keep(np.sort(test))


def _check(columns: dict[str, np.ndarray], kind: str) -> None:
    if kind not in KINDS:
        raise InteractionsError(f"kind {kind!r}; it is {' or '.join(map(repr, KINDS))}")
    rows = {name: c.shape for name, c in columns.items() if name not in ("listeners", "items")}
    if len(set(rows.values())) != 1 or len(next(iter(rows.values()))) != 1:
        raise InteractionsError(f"the columns must be equally long rows, got {rows}")
    listener, item, weight = columns["listener"], columns["item"], columns["weight"]
    if not len(listener):
        raise InteractionsError("there are no pairs of listener and item: the source is empty")
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight > 0)))
    if len(bad):
        raise InteractionsError(
            f"weight {weight[bad[0]]} in row {bad[0]} ({len(bad)} such rows); plays and ratings are finite and above 0"
        )
    for name, codes in (("listener", listener), ("item", item)):
        ids = columns[f"{name}s"]
        if codes.min() < 0 or codes.max() >= len(ids):
            raise InteractionsError(f"a {name} code lies outside 0 to {len(ids) - 1}")
        if len(set(ids)) < len(ids):
            raise InteractionsError(f"a {name} id occurs twice")
    pair = np.sort(listener.astype(np.int64) * len(columns["items"]) + item)
    twice = np.flatnonzero(pair[1:] == pair[:-1])
    if len(twice):
        who, what = divmod(int(pair[twice[0]]), len(columns["items"]))
        raise InteractionsError(
            f"listener {columns['listeners'][who]} and item {columns['items'][what]} occur twice together "
            f"({len(twice)} such pairs); add their plays up, or keep one rating"
        )


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise InteractionsError(f"a share of {share} to hold out; it lies between 0 and 1")


def _sparse(values, rows, columns, shape) -> csr_array:
    matrix = csr_array((values, (rows, columns)), shape=shape, dtype=np.float32)
    matrix.sort_indices()
    return matrix


def _find(codes: dict[str, int], wanted: str, what: str) -> int:
    try:
        return codes[wanted]
    except KeyError:
        known = ", ".join(str(each) for each in list(codes)[:3])
        raise KeyError(f"no {what} {wanted!r} among {len(codes):,} (such as {known})") from None
