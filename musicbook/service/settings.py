"""What a system is made of, and the steps that it takes: its settings and its plan.

Conventions
    A step is named by a word and the number of its round, from 0; steps that are done once are in round 0.

Functions
    ``Settings``, ``plan``, ``due``

Sources
    Chapter "The project".
"""

from __future__ import annotations

from dataclasses import dataclass

from musicbook.service.personal import STRENGTH
from musicbook.service.store import Store

ONCE = ("catalogue", "listeners", "train", "judge")
EACH_ROUND = ("compose", "describe", "recommend", "feedback")


@dataclass(frozen=True)
class Settings:
    """What a system is made of; kept in its file for good.

    Attributes
    ----------
    seed : int
    listeners : int
        Simulated ones, at least 2; of no meaning where a log is given.
    log : str
        A CSV file of real plays (listener, item, and perhaps weight and time) of tunes of the catalogue, or nothing.
    rounds : int
        Times round the loop.
    tunes : int
        Melodies that a listener gets in a round, steered, and as many that are not.
    candidates : int
        So many times more steered ones are composed, and the best kept.
    strength : float
        How far codes are moved; see :mod:`musicbook.service.personal`.
    composer, recommender : str
        Names of :mod:`musicbook.service.plugins`.
    epochs : int
        If above 0, a VAE is trained for so many epochs, and composes in the place of the committed one.
    """

    seed: int = 42
    listeners: int = 1000
    log: str = ""
    rounds: int = 4
    tunes: int = 3
    candidates: int = 3
    strength: float = STRENGTH
    composer: str = "vae-reconstruct-4"
    recommender: str = "hybrid"
    epochs: int = 0

    def __post_init__(self):
        for name, least in (("listeners", 2), ("rounds", 1), ("tunes", 2), ("candidates", 1), ("epochs", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; at least {least}")


QUICK = {"listeners": 200, "rounds": 3, "candidates": 2}
"""Settings of a run that takes a minute."""


def plan(settings: Settings) -> list[tuple[str, int]]:
    """List all steps in their order, each with its round."""
    return [(step, 0) for step in ONCE] + [(step, k) for k in range(settings.rounds) for step in EACH_ROUND]


def due(store: Store, settings: Settings) -> tuple[str, int] | None:
    """Give the first step that is not done, or None."""
    return next((each for each in plan(settings) if store.done(*each) is None), None)
