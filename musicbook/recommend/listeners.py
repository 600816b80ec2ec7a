"""A thousand listeners who do not exist: who they are, what they were shown, what they did.

The task
    No package ships real listening data for tunes that may be passed on, so the book makes its own: a program that plays
    people, over the real catalogue, by rules that are all stated here. Its log looks like a real one where that can be
    measured (:data:`TARGETS`), and unlike a real one it has a truth to compare with. What a recommender achieves on it says
    something about the rules, and nothing about people.

The rules
    *Taste.* There are :data:`N_TYPES` types of listener. Each has a liking for features that can be computed from the notes,
    and one for :data:`~musicbook.recommend.truth.N_HIDDEN` properties that no feature shows (who plays it, what it reminds
    of). A listener is a Dirichlet mixture of types, and a little of her own. *Utility* is the sum of both likings and of the
    tune's general appeal; *affinity*, the probability that she likes a tune that she hears, its logistic function.

    *Exposure.* A tune is met in proportion to exp(utility) and to its fame, and fame grows with every listener, month by
    month: the rich get richer. Most listeners are there from the beginning, some join later. Besides, everybody is shown
    slates of :data:`SLATE` places, filled by a known policy, mostly popular and sometimes any tune; lower places are looked at
    less. The policy's probability is logged with each place.

    *Feedback.* Plays are Gamma-Poisson, more where utility is high and the listener busy. One noisy utility decides, by
    growing thresholds, whether a tune that was played becomes a favourite and whether it is shared. Stars come from the same
    utility, but who rates is no accident: what is liked is rated more often (missing not at random).

Conventions
    :func:`simulate` gives what can be observed and, apart from it, the truth: no recommender is ever given the second.
    Interactions hold plays; items are the ids of the catalogue. All is seeded, and computed in blocks of listeners.

Functions
    ``simulate``, ``thousand``, ``marginals``; ``Observed``

Sources
    Schnabel et al. (2016) for logged propensities; Marlin and Zemel (2009) for ratings that are missing not at random; Chaney
    et al. (2018) for what simulated exposure does to a log.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit

from musicbook.music import corpus
from musicbook.recommend.directions import Directions
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.truth import APPEAL, N_HIDDEN, Truth, like

N_TYPES = 16
MONTHS = 12
START = 1_704_067_200
"""The first second of the simulated year, 2024, in seconds since 1970."""
MONTH = 30 * 86_400
SLATE = 10
SLATES = 4
"""Places of a slate, and slates that each listener is shown."""
EXPLORE = 0.2
"""Share of a slate's places that any tune may take."""
EVEN = 100
"""Tunes, drawn evenly, that each listener is asked about in the uniform-exposure log."""
BLOCK = 250
"""Listeners computed at once: 250 x 12,532 utilities are 13 MB."""

TASTE_CONTENT, TASTE_HIDDEN, TASTE_OWN = 1.2, 1.2, 0.3
FAME_SHAPE, FAME_HEAD, FAME_TAIL, FAME_GROWTH = 1.0, 1.0, 20_000.0, 0.02
TUNES, TUNES_SPREAD = 49.0, 0.45
JOINING = 3.0
"""The greater, the earlier in the year most listeners are there: at 3 one in eight joins in its second half."""
PLAYS_LEVEL, PLAYS_BETWEEN, PLAYS_TASTE, PLAYS_SHAPE = 3.6, 1.38, 0.25, 2.7

TARGETS = {
    "Gini of tunes' listeners": (0.73, 0.05),
    "share of the top 1 % of tunes": (0.32, 0.05),
    "Zipf slope, ranks 10 to 1000": (-0.82, 0.08),
    "SD of log plays": (1.53, 0.10),
    "SD of log plays within a listener": (0.78, 0.08),
    "tunes of a listener": (49.1, 4.0),
}
"""Marginals of a real log (HetRec Last.fm) and how near ours must come; see :func:`marginals`."""


@dataclass(frozen=True, eq=False)
class Observed:
    """What a platform would know.

    Attributes
    ----------
    interactions : Interactions
        Plays of each listener and tune, with the time of the first.
    ratings : Interactions
        Stars from 1 to 5, of some of what was played.
    events : DataFrame
        One row for what a listener did with a tune: ``event_id, listener, tune, kind, time, count, src``, ordered by time;
        kind is play, favourite or share, src organic or recommended, count the number of plays.
    shown : DataFrame
        One row for each place of each slate: ``listener, tune, slate, position`` (from 1), ``propensity`` (the policy's
        probability of this tune at this place), ``examined`` (probability that a place is looked at) and ``clicked``.
    asked : ndarray of int, shape (n_listeners, EVEN)
        Tunes of the uniform-exposure log, none of which the listener has played.
    uniform : Interactions
        Those of ``asked`` that were liked.
    """

    interactions: Interactions
    ratings: Interactions
    events: pd.DataFrame
    shown: pd.DataFrame
    asked: np.ndarray
    uniform: Interactions


def simulate(n: int = 1000, seed: int = 42) -> tuple[Observed, Truth]:
    """Play n listeners for a year.

    Parameters
    ----------
    n : int
        Number of listeners, at least 2. Memory grows by about 60 pairs a listener.
    seed : int
        The same seed gives the same world.

    Returns
    -------
    observed : Observed
    truth : Truth
        Kept apart: nothing in ``observed`` leads to it.

    Raises
    ------
    ValueError
        If n is below 2.
    """
    if n < 2:
        raise ValueError(f"{n} listeners; at least 2")
    rng = np.random.default_rng(seed)
    table = corpus.load().table
    truth = _people(rng, table, n)
    ids = np.array([f"L{code:0{len(str(n - 1))}}" for code in range(n)], dtype=object)
    tunes = table.index.to_numpy(dtype=object)
    listener, item, month = _meet(rng, truth, n, len(tunes))
    utility = _utilities(truth, listener, item)
    plays = _plays(rng, listener, utility, n)
    time = START + month * MONTH + rng.integers(0, MONTH, len(month))
    heard = Interactions(listener, item, plays, ids, tunes, time, name="simulated listeners")
    events = _events(rng, heard, utility)
    ratings = _stars(rng, heard, utility)
    shown, clicks = _slates(rng, truth, heard)
    asked, uniform = _ask(rng, truth, heard)
    events = pd.concat([events, clicks]).sort_values(["time", "event_id"], ignore_index=True)
    return Observed(heard, ratings, events, shown, asked, uniform), truth


@functools.cache
def thousand() -> tuple[Observed, Truth]:
    """Give the listeners of the book: a thousand, seed 42. Takes two seconds, once in a process."""
    return simulate()


def marginals(log: Interactions) -> dict[str, float]:
    """Measure what :data:`TARGETS` names, of any log of plays.

    The Gini index, the share of the top and the slope are over items that somebody played, by number of listeners; the slope is
    not-a-number where they are 20 or fewer.
    """
    count = np.sort(log.popularity[log.popularity > 0])[::-1].astype(float)
    rank = np.arange(1, len(count) + 1)
    ends = slice(9, min(1000, len(count)))
    log_plays = np.log(log.weight.astype(float))
    size = np.bincount(log.listener, minlength=log.n_listeners)
    means = np.bincount(log.listener, log_plays, log.n_listeners) / np.maximum(size, 1)
    within = log_plays - means[log.listener]
    values = (
        _gini(count),
        count[: max(1, len(count) // 100)].sum() / count.sum(),
        np.polyfit(np.log(rank[ends]), np.log(count[ends]), 1)[0] if len(count) > 20 else np.nan,
        log_plays.std(),
        within.std(),
        len(log) / (size > 0).sum(),
    )
    return {name: float(value) for name, value in zip(TARGETS, values, strict=True)}


def _gini(count: np.ndarray) -> float:
    rising = np.sort(count)
    n = len(rising)
    return float((2 * np.arange(1, n + 1) - n - 1) @ rising / (n * rising.sum()))


def _people(rng, table: pd.DataFrame, n: int) -> Truth:
    """Draw what tunes are, what types of listener want, and who is of which type."""
    directions = Directions(table)
    hidden = rng.standard_normal((len(table), N_HIDDEN))
    tunes = np.hstack([directions.tunes, hidden]).astype(np.float32)
    wants = rng.standard_normal((N_TYPES, tunes.shape[1]))
    mixture = rng.dirichlet(np.full(N_TYPES, 0.25), n)
    people = mixture @ wants + TASTE_OWN * rng.standard_normal((n, tunes.shape[1]))
    for columns, strength in ((slice(0, 8), TASTE_CONTENT), (slice(8, None), TASTE_HIDDEN)):
        people[:, columns] *= strength / np.sqrt((people[:, columns] ** 2).sum(axis=1).mean())
    appeal = APPEAL * rng.standard_normal(len(table))
    return Truth(tunes, people.astype(np.float32), appeal.astype(np.float32), directions)


def _meet(rng, truth: Truth, n: int, n_items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let everybody meet tunes, month by month, by utility and by a fame that grows."""
    place = rng.permutation(n_items)
    fame = (place + FAME_HEAD) ** -FAME_SHAPE / (1 + place / FAME_TAIL)
    fame /= fame.mean()
    joined = np.floor(MONTHS * rng.beta(1, JOINING, n))
    wanted = np.clip(rng.lognormal(np.log(TUNES) - TUNES_SPREAD**2 / 2, TUNES_SPREAD, n), MONTHS, 400)
    wanted /= MONTHS - joined
    met = np.zeros(n_items)
    found = []
    known = [np.empty(0, np.int64)] * n
    for month in range(MONTHS):
        weight = np.log(fame + FAME_GROWTH * met * 1000 / n).astype(np.float32)
        size = rng.poisson(np.where(joined <= month, wanted, 0))
        for start in range(0, n, BLOCK):
            some = np.arange(start, min(start + BLOCK, n))
            # The greatest of log-weights with Gumbel noise are a draw without replacement (Plackett-Luce).
            drawn = truth.utility(some) + weight
            drawn -= np.log(np.maximum(rng.standard_exponential(drawn.shape, np.float32), 1e-30))
            for row, who in enumerate(some):
                if not size[who]:
                    continue
                drawn[row, known[who]] = -np.inf
                new = np.argpartition(drawn[row], -size[who])[-size[who] :].copy()  # a view would keep it all
                known[who] = np.concatenate([known[who], new])
                found.append((np.full(len(new), who), new, np.full(len(new), month)))
        met = np.bincount(np.concatenate(known), minlength=n_items)
    listener, item, month = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((item, listener))
    return listener[order], item[order], month[order]


def _utilities(truth: Truth, listener: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Give the utility of each pair, without the whole table."""
    return (truth._listeners[listener] * truth._tunes[item]).sum(axis=1) + truth._appeal[item]


def _plays(rng, listener, utility, n) -> np.ndarray:
    """Gamma-Poisson: a busy listener, a liked tune, and chance."""
    busy = rng.normal(PLAYS_LEVEL, PLAYS_BETWEEN, n)
    rate = np.exp(busy[listener] + PLAYS_TASTE * (utility - utility.mean()))
    return 1 + rng.poisson(rate * rng.gamma(PLAYS_SHAPE, 1 / PLAYS_SHAPE, len(rate)))


def _events(rng, heard: Interactions, utility) -> pd.DataFrame:
    felt = utility + rng.logistic(size=len(utility)) / 1.5
    rows = [_rows(heard, np.arange(len(heard)), "play", heard.time, heard.weight)]
    for kind, threshold, later in (("favourite", 4.0, 3_600), ("share", 5.2, 7_200)):
        chosen = np.flatnonzero(felt > threshold)
        rows.append(_rows(heard, chosen, kind, heard.time[chosen] + later, 1))
    return pd.concat(rows)


def _rows(heard: Interactions, chosen, kind: str, time, count) -> pd.DataFrame:
    listener, item = heard.listeners[heard.listener[chosen]], heard.items[heard.item[chosen]]
    return pd.DataFrame(
        {
            "event_id": [f"{kind}:{who}:{what}" for who, what in zip(listener, item, strict=True)],
            "listener": listener,
            "tune": item,
            "kind": kind,
            "time": time,
            "count": np.broadcast_to(np.asarray(count, int), len(chosen)),
            "src": "organic",
        }
    )


def _stars(rng, heard: Interactions, utility) -> Interactions:
    """Let some be rated, the liked ones more often, by listeners who are strict or generous."""
    generous = rng.normal(0, 0.35, heard.n_listeners)[heard.listener]
    felt = utility + generous + 0.5 * rng.standard_normal(len(utility))
    stars = 1 + np.searchsorted([0.6, 1.6, 2.7, 3.8], felt)
    rated = rng.random(len(utility)) < expit(0.9 * (utility - utility.mean()))
    given = stars[rated]
    rated = heard.keep(rated, "simulated listeners' stars")
    return replace(rated, weight=given, kind="ratings")


def _slates(rng, truth: Truth, heard: Interactions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Show slates by a known policy, and let listeners click."""
    n, n_items = heard.shape
    policy = (1 - EXPLORE) * heard.popularity / len(heard) + EXPLORE / n_items
    listener = np.repeat(np.arange(n), SLATES * SLATE)
    item = rng.choice(n_items, len(listener), p=policy)
    position = np.tile(np.arange(1, SLATE + 1), n * SLATES)
    examined = position**-0.6
    chance = like(_utilities(truth, listener, item))
    clicked = rng.random(len(listener)) < examined * chance
    slate = np.tile(np.repeat(np.arange(SLATES), SLATE), n)
    time = START + MONTHS * MONTH + slate * 86_400 + 60 * position + 7 * listener % 3_600
    shown = pd.DataFrame(
        {
            "listener": heard.listeners[listener],
            "tune": heard.items[item],
            "slate": slate,
            "position": position,
            "propensity": policy[item],
            "examined": examined,
            "clicked": clicked,
        }
    )
    clicks = shown[clicked].assign(kind="play", time=time[clicked], count=1, src="recommended")
    place = clicks["slate"].astype(str) + ":" + clicks["position"].astype(str)
    clicks["event_id"] = "click:" + clicks["listener"] + ":" + place
    return shown, clicks[["event_id", "listener", "tune", "kind", "time", "count", "src"]]


def _ask(rng, truth: Truth, heard: Interactions) -> tuple[np.ndarray, Interactions]:
    """Ask everybody about tunes that were drawn evenly from those she has not played."""
    n, n_items = heard.shape
    asked = np.empty((n, EVEN), np.int64)
    for who in range(n):
        new = np.setdiff1d(rng.choice(n_items, EVEN + 400, replace=False), heard.items_of(who))
        asked[who] = rng.permutation(new)[:EVEN]
    listener, item = np.repeat(np.arange(n), EVEN), asked.ravel()
    liked = rng.random(len(item)) < like(_utilities(truth, listener, item))
    uniform = Interactions(
        listener[liked],
        item[liked],
        np.ones(liked.sum()),
        heard.listeners,
        heard.items,
        name="simulated listeners, asked about tunes drawn evenly",
    )
    return asked, uniform
