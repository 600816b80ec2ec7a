"""Where a composer or a recommender of your own is plugged in: give it a name, and the whole system can use it.

The task
    The system needs something that writes windows of music and something that ranks tunes for a listener. Any
    :class:`~musicbook.compose.composer.Composer` and any :class:`~musicbook.recommend.recommender.Recommender` will do. A reader
    adds one in a cell::

        add_recommender("newest", lambda seed, F: Newest())

    and the command line reads a module that does the same (``--plugin my_module``).

Conventions
    A *maker* of a composer is called with a seed and gives one that can sample, so trained already, windows of four bars. A
    maker of a recommender is called with a seed and with F, the features of all items (a row each, 19 standardised
    columns), and gives one that is not fitted yet.

Functions
    ``add_composer``, ``add_recommender``, ``composers``, ``recommenders``, ``make_composer``, ``make_recommender``

Sources
    Chapter "Trends".
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from musicbook.compose.composer import Composer
from musicbook.compose.models import MODELS, open_model
from musicbook.recommend.content import ContentBased
from musicbook.recommend.ease import EASE
from musicbook.recommend.hybrid import Hybrid
from musicbook.recommend.neighbours import ItemKNN, UserKNN
from musicbook.recommend.popularity import Popularity, Random
from musicbook.recommend.recommender import Recommender

N_BARS = 4
"""Length of what the system composes, in bars of sixteen steps."""

_composers: dict[str, Callable[[int], Composer]] = {
    name: functools.partial(lambda name, seed: open_model(name), name) for name in MODELS if name.endswith(f"-{N_BARS}")
}
_recommenders: dict[str, Callable[[int, np.ndarray], Recommender]] = {
    "hybrid": lambda seed, F: Hybrid([EASE(), ItemKNN(), ContentBased(F)], seed=seed),
    "ease": lambda seed, F: EASE(),
    "user-knn": lambda seed, F: UserKNN(),
    "item-knn": lambda seed, F: ItemKNN(),
    "content": lambda seed, F: ContentBased(F),
    "popularity": lambda seed, F: Popularity(),
    "random": lambda seed, F: Random(seed),
}


def add_composer(name: str, make: Callable[[int], Composer]) -> None:
    """Offer a composer under a name; one that has the name already is replaced.

    Parameters
    ----------
    name : str
    make : callable
        Takes a seed, gives a trained composer.

    Raises
    ------
    TypeError
        If the maker cannot be called.
    """
    _composers[name] = _callable(name, make)


def add_recommender(name: str, make: Callable[[int, np.ndarray], Recommender]) -> None:
    """Offer a recommender under a name; as :func:`add_composer`, with a maker that takes a seed and the items' features."""
    _recommenders[name] = _callable(name, make)


def composers() -> list[str]:
    """Names of the composers that there are."""
    return list(_composers)


def recommenders() -> list[str]:
    """Names of the recommenders that there are."""
    return list(_recommenders)


def make_composer(name: str, seed: int = 0) -> Composer:
    """Make a composer, and see that it writes what the system can use.

    Raises
    ------
    KeyError
        If there is none of the name.
    TypeError
        If its maker gave something else.
    ValueError
        If what it writes is not :data:`N_BARS` bars of sixteen steps.
    """
    made = _find(name, _composers, "composer")(seed)
    if not isinstance(made, Composer):
        raise TypeError(f"the maker of {name!r} gave a {type(made).__name__}, not a Composer")
    shape = np.shape(made.sample(1, seed))
    if shape != (1, 16 * N_BARS):
        raise ValueError(
            f"{name!r} writes windows of shape {shape}; wanted are (n, {16 * N_BARS}), four bars of 16 steps"
        )
    return made


def make_recommender(name: str, seed: int, F: np.ndarray) -> Recommender:
    """Make a recommender; errors as in :func:`make_composer`."""
    made = _find(name, _recommenders, "recommender")(seed, F)
    if not isinstance(made, Recommender):
        raise TypeError(f"the maker of {name!r} gave a {type(made).__name__}, not a Recommender")
    return made


def _find(name: str, there: dict, what: str):
    if name not in there:
        raise KeyError(f"no {what} is called {name!r}; there are {', '.join(there)}")
    return there[name]


def _callable(name: str, make):
    if not callable(make):
        raise TypeError(f"{name!r} needs a function that makes one, got {type(make).__name__}")
    return make
