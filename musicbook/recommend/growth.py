"""How time and memory grow: data of any size, and each method on it.

The task
    Fit each method on more and more listeners and ask it for some lists: what does that take? One trial is one method on one
    size, meant to run in a process of its own (:func:`musicbook.recommend.footprint.alone`). The data are made up in
    seconds; they have the size and the skew of real listening, and no taste worth finding.

Conventions
    Names of methods are those of :data:`musicbook.recommend.footprint.METHODS`. All settings are the recommenders' defaults.
    Every trial asks for the lists of at most :data:`ASKED` listeners; the time for everybody is in proportion.

Functions
    ``crowd``, ``trial``, ``recorded``

Sources
    Celma (2010) for the long tail of listening.
"""

from __future__ import annotations

import json
import time

import numpy as np

from musicbook.music.corpus import data_folder
from musicbook.recommend.collaborative import collaborative_filter, compute_similarity
from musicbook.recommend.ease import EASE
from musicbook.recommend.factors import ALS
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.neighbours import ItemKNN, UserKNN
from musicbook.recommend.recommender import rank

ASKED = 500
NEIGHBOURS = 100
PART = 5000
"""Listeners made up at once: making the data should weigh less than using it."""
RECORD = "runs/scaling.json"
"""What ``python tools/bench --record`` measured once, below the data folder."""

RECOMMENDERS = {"EASE": EASE, "user-kNN in blocks": UserKNN, "item-kNN in blocks": ItemKNN, "ALS": ALS}


def crowd(listeners: int, items: int = 10_000, plays: float = 56, seed: int = 0) -> Interactions:
    """Make up plays of any size in seconds: for time and memory, not for quality.

    Popularity falls with the rank, as in real listening data, and twenty tastes have favourites of their own.
    :mod:`musicbook.recommend.listeners` simulates people with far more care, and takes far longer.

    Parameters
    ----------
    listeners, items : int
    plays : float
        Different tunes that a listener has played, roughly, on average.
    seed : int

    Returns
    -------
    Interactions
    """
    rng = np.random.default_rng(seed)
    chance = 1 / (np.arange(items) + 3.0)
    chance = np.cumsum(chance) / chance.sum()
    found = [
        _crowd_part(rng, start, min(PART, listeners - start), chance, plays) for start in range(0, listeners, PART)
    ]
    columns = (np.concatenate(each) for each in zip(*found, strict=True))
    ids = [np.char.add(letter, np.arange(n).astype(str)) for letter, n in (("L", listeners), ("T", items))]
    return Interactions(*columns, *ids, name="a made-up crowd")


def trial(method: str, listeners: int, items: int = 10_000, plays: float = 56) -> dict:
    """Make a crowd, fit a method, and ask it for lists.

    Returns
    -------
    dict
        ``pairs``; ``fit_s`` and ``ask_s``, CPU seconds; ``asked``, the number of lists.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    train = crowd(listeners, items, plays)
    asked = np.linspace(0, listeners - 1, min(ASKED, listeners)).astype(int)
    started = time.process_time()
    if method in RECOMMENDERS:
        ask = RECOMMENDERS[method]().fit(train).top
    elif method == "dense table":
        ask = _dense_table(train)
    elif method == "dense neighbours":
        ask = _dense_neighbours(train)
    else:
        raise ValueError(f"method {method!r}; there are dense table, dense neighbours, {', '.join(RECOMMENDERS)}")
    fitted = time.process_time()
    ask(asked)
    asking = time.process_time() - fitted
    return {"pairs": len(train), "fit_s": fitted - started, "ask_s": asking, "asked": len(asked)}


def recorded() -> dict:
    """Read what was measured once, with the machine it was measured on."""
    return json.loads((data_folder() / RECORD).read_text(encoding="utf-8"))


def _dense_table(train):
    U = train.matrix.toarray().astype(float)
    S = compute_similarity(U)
    return lambda asked: [collaborative_filter(S, u, U, n_neighbors=NEIGHBOURS) for u in asked]


def _dense_neighbours(train):
    """Hold all similarities at once, in single precision, and the plays as a sparse matrix."""
    knn = UserKNN(NEIGHBOURS).fit(train)
    unit = knn._unit(train.matrix)
    S = np.empty((train.n_listeners, train.n_listeners), np.float32)
    for start in range(0, train.n_listeners, 256):
        S[start : start + 256] = (unit[start : start + 256] @ knn._columns).toarray()
    np.fill_diagonal(S, 0)

    def ask(asked):
        for u in asked:
            near = rank(S[u : u + 1].copy(), None, NEIGHBOURS)[0]
            rank((S[u : u + 1, near] @ knn._voices[near]), train.matrix[[u]], 10)

    return ask


def _crowd_part(rng, first, n, chance, plays):
    items = len(chance)
    # Doubles are dropped, hence some draws more than wanted.
    draws = np.maximum(rng.poisson(1.1 * plays, n), 1)
    listener = np.repeat(np.arange(n), draws)
    place = np.minimum(np.searchsorted(chance, rng.random(len(listener))), items - 1)
    taste = rng.integers(0, 20, n)[listener]
    own = rng.random(len(listener)) < 0.5
    pair = np.unique(listener * items + np.where(own, (place + 1) * (2 * taste + 3) * 7 % items, place))
    return (pair // items + first).astype(np.int32), (pair % items).astype(np.int32), rng.geometric(0.3, len(pair))
