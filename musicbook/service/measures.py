"""What the system measures about itself, as plain numbers for its report.

Conventions
    Every function gives numbers, lists and dicts that JSON can hold. A value with an interval is ``[value, low, high]``: the
    mean, and the ends of the 95 % interval of the bootstrap over listeners.

Functions
    ``ranking``, ``kinds``, ``copies``, ``variety``, ``clicks``, ``liking``; ``rounded``

Sources
    Chapters "Judging recommendations" and "Composing for a listener".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from musicbook.compose.originality import nearest_of_each
from musicbook.recommend import beyond
from musicbook.recommend import ranking as lists_against
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.intervals import bootstrap, paired_bootstrap
from musicbook.recommend.recommender import Recommender
from musicbook.recommend.truth import Truth
from musicbook.service.store import from_text


def ranking(
    log: Interactions,
    makers: Mapping[str, Callable[[], Recommender]],
    seed: int,
    watch: Callable,
    truth: Truth | None = None,
) -> dict[str, dict]:
    """Hold out a fifth of each listener's tunes, and say how well each recommender finds them.

    Returns
    -------
    dict
        For each name ``ndcg`` with its interval, ``coverage``, and two paired differences: ``over popularity``, and how far it is
        ``behind`` the first. Where the truth is known, ``liked``, too: with what probability listeners would like the tunes of
        their lists, once they heard them.
    """
    train, test = log.split_random(0.2, seed)
    people = np.unique(test.listener)
    lists = {
        name: make().fit(train).top(people, 10) for name, make in watch(makers.items(), desc="judging", unit="model")
    }
    scores = {name: lists_against.ndcg(each, test, 10, people) for name, each in lists.items()}
    found = {
        name: {
            "ndcg": _with_ends(bootstrap(scores[name])),
            "over popularity": _with_ends(paired_bootstrap(scores[name], scores["popularity"])),
            "behind": _with_ends(paired_bootstrap(scores[next(iter(makers))], scores[name])),
            "coverage": beyond.coverage(lists[name], log.n_items),
        }
        for name in makers
    }
    if truth is not None:
        for name, each in found.items():
            each["liked"] = _with_ends(bootstrap(truth.liking(lists[name], people)))
    return found


def kinds(about: pd.DataFrame) -> dict:
    """Say what some tunes are like: the share of each style, and the mean predicted mood."""
    styles = about["style"].value_counts(normalize=True).sort_index()
    return {"styles": styles.to_dict(), "valence": about["valence"].mean(), "arousal": about["arousal"].mean()}


def copies(made: pd.DataFrame, windows: np.ndarray, held_out: np.ndarray) -> dict[str, dict]:
    """Look for copies: the longest passage that each tune shares with the music that the composer learned from.

    Parameters
    ----------
    made : DataFrame
        As :meth:`musicbook.service.store.Store.composed` gives it.
    windows, held_out : ndarray of int, shape (n, n_steps)
        What was learned from, and as many as you like that were not: what real tunes share with one another.

    Returns
    -------
    dict
        For steered, unsteered and held-out tunes the ``mean`` and the greatest (``most``) number of steps, and the share of
        tunes that were copied ``whole``.
    """
    rows = np.array([from_text(text) for text in made["tokens"]])
    steered = (made["steered"] == 1).to_numpy()
    found = {}
    for name, some in (("steered", rows[steered]), ("unsteered", rows[~steered]), ("held out", held_out)):
        steps = np.array([passage.steps for passage in nearest_of_each(some, windows)])
        whole = float(np.mean(steps == windows.shape[1]))
        found[name] = {"mean": float(steps.mean()), "most": int(steps.max()), "whole": whole}
    return found


def variety(made: pd.DataFrame, F: np.ndarray) -> dict[str, float]:
    """Mean distance, 1 - cosine of the features, between the tunes of a listener, steered and not, and across listeners."""
    found = {}
    for name, steered in (("steered", 1), ("unsteered", 0)):
        rows = np.flatnonzero(made["steered"] == steered)
        lists = rows.reshape(made["listener"].nunique(), -1)
        found[name] = float(np.nanmean(beyond.diversity(lists, F)))
        found[f"{name}, across listeners"] = float(np.nanmean(beyond.diversity(lists.T, F)))
    return found


def clicks(shown: pd.DataFrame) -> dict:
    """Click-through rates by what a place held, and the difference that steering makes, paired by listener."""
    rates = shown.groupby("what")["clicked"].mean().to_dict()
    each = shown.pivot_table(index="listener", columns="what", values="clicked", aggfunc="mean", sort=True).astype(
        float
    )
    return {**rates, "gain": _with_ends(paired_bootstrap(each["steered"].to_numpy(), each["unsteered"].to_numpy()))}


def liking(by_listener: Mapping[str, np.ndarray]) -> dict:
    """Mean true liking of each kind of melody, and the gain of steering over none, paired by listener."""
    means = {name: _with_ends(bootstrap(values)) for name, values in by_listener.items()}
    gain = paired_bootstrap(by_listener["steered"], by_listener["unsteered"])
    return {**means, "gain": _with_ends(gain)}


def rounded(value, digits: int = 4):
    """Round every number in a nest of dicts and lists; what NumPy made becomes Python's own."""
    if isinstance(value, Mapping):
        return {name: rounded(each, digits) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each, digits) for each in value]
    if isinstance(value, float | np.floating):
        return round(float(value), digits)
    return int(value) if isinstance(value, np.integer) else value


def _with_ends(interval) -> list[float]:
    return [float(interval.mean), float(interval.low), float(interval.high)]
