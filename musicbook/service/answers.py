"""What simulated listeners do with what they are shown, and what they truly like.

The task
    Let the simulator answer for its listeners: who looks at which place, who plays, and who makes a favourite of it or passes it
    on. The same object says how much each listener truly likes a tune; that is for judging, and no recommender sees it.

Conventions
    Listeners are codes. A tune that was composed has, for all of its life, the hidden properties and the appeal that were drawn
    for the tunes of its round.

Functions
    :class:`Answers`

Sources
    Chapter "A thousand listeners": places are looked at with probability place^-0.6.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import HIGH, LOW, Melody
from musicbook.recommend.truth import Truth
from musicbook.service.store import Store, from_text

LOOK = 0.6
LOVED, SHARED = 0.5, 0.15
"""Of those who like a tune that they play, the shares that make it a favourite, and that share it."""


class Answers:
    """The simulated listeners of a system.

    Parameters
    ----------
    truth : Truth
    store : Store
        Where what was composed is kept.
    tunes : Catalogue
        The old tunes.
    seed : int
    """

    def __init__(self, truth: Truth, store: Store, tunes: Catalogue, seed: int):
        self.truth, self.store, self.seed = truth, store, seed
        self._old = {tune: code for code, tune in enumerate(tunes.table.index)}
        self._people = {name: code for code, name in enumerate(store.listeners())}
        self.to_composed = functools.cache(self._to_composed)

    def to(self, shown: pd.DataFrame, round_: int, rng: np.random.Generator) -> list[tuple[int, str, int]]:
        """Say what is done with what was shown: ``(row, kind, count)`` for everything that happens."""
        chance = self.liking(shown, round_)
        clicked = rng.random(len(shown)) < shown["position"].to_numpy() ** -LOOK * chance
        loved, shared, again = rng.random((3, len(shown)))
        done = []
        for row in np.flatnonzero(clicked):
            done.append((row, "play", 1 + int(3 * again[row] * chance[row])))
            if loved[row] < LOVED * chance[row]:
                done.append((row, "favourite", 1))
            if shared[row] < SHARED * chance[row]:
                done.append((row, "share", 1))
        return done

    def liking(self, shown: pd.DataFrame, round_: int) -> np.ndarray:
        """Probability that each listener likes what she is shown, shape (len(shown),)."""
        who = shown["listener"].map(self._people).to_numpy()
        found = np.empty(len(shown))
        old = shown["tune"].map(self._old)
        for code in np.unique(who):
            mine = (who == code) & old.notna().to_numpy()
            found[mine] = self.truth.affinity([code])[0][old[mine].astype(int)]
        for born in range(round_ + 1):
            at = shown["tune"].map({tune: k for k, tune in enumerate(self.store.composed(born)["tune"])})
            mine = at.notna().to_numpy()
            found[mine] = self.to_composed(born)[who[mine], at[mine].astype(int)]
        return found

    def to_new(self, rows: np.ndarray, who: int) -> float:
        """Mean probability that a listener likes some windows that are in no catalogue."""
        return float(self.truth.affinity_for_new(_melodies(rows), [who], seed=self.seed + who).mean())

    def _to_composed(self, round_: int) -> np.ndarray:
        """How everybody likes everything that was composed in a round, shape (n_listeners, n_composed); computed once."""
        rows = [from_text(text) for text in self.store.composed(round_)["tokens"]]
        return self.truth.affinity_for_new(_melodies(rows), np.arange(len(self._people)), seed=self.seed + round_)


def _melodies(rows) -> list[Melody]:
    return [Melody.from_tokens(row, low=LOW, high=HIGH, meter="4/4") for row in rows]
