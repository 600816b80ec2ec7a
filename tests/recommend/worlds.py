"""Small worlds for the tests of the recommenders, with tastes in them."""

from __future__ import annotations

import numpy as np

from musicbook.recommend.interactions import Interactions


def small_world(n_listeners=80, n_items=60, seed=0, **fields) -> Interactions:
    """Listeners of two tastes over items of two kinds, a few popular ones, and plays that vary."""
    rng = np.random.default_rng(seed)
    taste = np.arange(n_listeners)[:, None] % 2 == np.arange(n_items) % 2
    chance = np.where(taste, 0.4, 0.04) + 0.3 * (np.arange(n_items) < 4)
    listener, item = np.nonzero(rng.random(chance.shape) < chance)
    return Interactions(
        listener,
        item,
        rng.poisson(4, len(listener)) + 1,
        np.char.add("L", np.arange(n_listeners).astype(str)),
        np.char.add("T", np.arange(n_items).astype(str)),
        rng.integers(1_600_000_000, 1_630_000_000, len(listener)),
        **fields,
    )
