"""A feed: one tune after the other, each chosen by what was liked and skipped before, and by how much of the new is wanted.

The task
    A list answers once; a feed is a conversation. It begins with a stranger, to whom known tunes are played. Each Like or Skip
    moves her *interest*, the mean of what she liked less the mean of what she skipped, and the next tune is near to it. One
    slider, from familiar to new, says three things at once: whether of two tunes that fit the known or the unknown one
    comes first, how unlike each other the next few shall be, and whether every fifth place goes to a tune unlike all that was
    judged, from which the feed learns what it could not learn otherwise. Composed tunes are items like others: nobody has
    played them, so they come from content, and by the slider.

Conventions
    ``opinions`` has 1 (liked), -1 (skipped) or 0 (not yet heard) for each item. ``fame`` is from -1 (nobody knows it) to 1 (the
    best known). ``new`` is from 0 (familiar) to 1 (new); in the middle fame does not count. Numbers equal to ten digits are
    equal, and the lower item is the first: the page of the book computes the same in JavaScript.

Functions
    ``fame``, ``interest``, ``scores``    what the feed knows
    ``queue``                             the tunes that come next; ``Next``
    ``live``                              many listeners with a feed, or with something else, over rounds; ``Rounds``
    ``by_feed``, ``by_popularity``, ``by_chance``   policies for it
    ``long_tail``, ``alike``              which items are little known, and how alike listeners were served

Sources
    Lops et al. (2011) for interests; Carbonell and Goldstein (1998) for variety; Celma (2010) for the long tail; Schein et al.
    (2002) for items without plays; Li et al. (2010) for exploring on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from musicbook.recommend import content

POOL = 30
"""Best candidates among which variety may choose."""
SURPRISE = 5
"""Every so many places one goes to a tune unlike all that was judged, unless the slider is at familiar."""
FAMILIARITY = 0.6
"""Weight of fame at the ends of the slider, beside a cosine."""
TAIL = 0.2
"""Share of the items that are popular; the others are the long tail."""

Policy = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def fame(popularity: np.ndarray) -> np.ndarray:
    """Bring numbers of listeners to a scale from -1 (none) to 1 (the most), by their logarithm.

    Parameters
    ----------
    popularity : ndarray of int, shape (n_items,)

    Returns
    -------
    ndarray of float, shape (n_items,)
        To two digits; -1 everywhere if nobody knows anything.
    """
    known = np.log1p(np.asarray(popularity, float))
    return (2 * known / (known.max() or 1) - 1).round(2)


def interest(F: np.ndarray, opinions: np.ndarray) -> np.ndarray:
    """Give the mean of what was liked less the mean of what was skipped; zeros of a stranger.

    Parameters
    ----------
    F : ndarray of float, shape (n_items, d)
    opinions : ndarray of int, shape (n_items,)
    """
    opinions = np.asarray(opinions)
    return content.build_interest_model(np.flatnonzero(opinions > 0), F, dislikes=np.flatnonzero(opinions < 0))


def scores(F: np.ndarray, known: np.ndarray, opinions: np.ndarray, new: float) -> np.ndarray:
    """Give each item's cosine with the interest, and a part of its fame: for it at familiar, against it at new.

    Parameters
    ----------
    F : ndarray of float, shape (n_items, d)
    known : ndarray of float, shape (n_items,)
        As :func:`fame` gives it.
    opinions : ndarray of int, shape (n_items,)
    new : float
        From 0 to 1. A stranger's feed is led by fame, however new she wants it: 1 - new / 2 of it counts.

    Returns
    -------
    ndarray of float, shape (n_items,)

    Raises
    ------
    ValueError
        If the rows differ in length, or the slider is outside its range.
    """
    opinions = np.asarray(opinions)
    if not len(F) == len(known) == len(opinions):
        raise ValueError(f"{len(F)} items, {len(known)} of a fame and {len(opinions)} opinions; give one for each item")
    if not 0 <= new <= 1:
        raise ValueError(f"the slider stands at {new}; it goes from 0, familiar, to 1, new")
    lean = 1 - 2 * new if opinions.any() else 1 - new / 2
    return (content.cosine(interest(F, opinions), F).round(10) + FAMILIARITY * lean * np.asarray(known)).round(10)


class Next(NamedTuple):
    """A tune that comes next."""

    item: int
    surprise: bool
    """Whether it is there because it is unlike all that was judged."""


def queue(F: np.ndarray, known: np.ndarray, opinions: np.ndarray, new: float, length: int = 3) -> list[Next]:
    """Choose the tunes that come next.

    Parameters
    ----------
    F, known, opinions, new
        As of :func:`scores`.
    length : int
        How many; fewer where fewer are left.

    Returns
    -------
    list of Next
        Items without an opinion, in the order in which they are to be played.
    """
    opinions = np.asarray(opinions)
    value = scores(F, known, opinions, new)
    left, judged = np.flatnonzero(opinions == 0), np.flatnonzero(opinions)
    pool = left[np.argsort(-value[left], kind="stable")[:POOL]]
    chosen = [Next(int(item), False) for item in content.rerank(pool, value, F, length, new / 2)]
    for place in range(len(chosen)):
        if new > 0 and len(judged) and (len(judged) + place + 1) % SURPRISE == 0:
            rest = np.setdiff1d(left, [each.item for each in chosen])
            if len(rest):
                chosen[place] = Next(_unlike(F, judged, rest), True)
    return chosen


def _unlike(F: np.ndarray, judged: np.ndarray, rest: np.ndarray) -> int:
    """Give the item whose nearest judged item is furthest away."""
    size = np.linalg.norm(F, axis=1, keepdims=True)
    unit = np.divide(F, size, where=size > 0, out=np.zeros_like(F))
    near = (unit[rest] @ unit[judged].T).max(axis=1).round(10)
    return int(rest[near.argmin()])


class Rounds(NamedTuple):
    """What listeners got from a policy: each of shape (n_listeners, n_rounds)."""

    liking: np.ndarray
    """Mean true probability of liking what was played in the round."""
    novelty: np.ndarray
    """Mean of -log2 of the share of listeners who knew it, in bits; what nobody knew counts as known to one."""
    tail: np.ndarray
    """Share of it that is in the long tail."""
    played: np.ndarray
    """The items themselves, int64, shape (n_listeners, n_rounds, length)."""


def live(
    policy: Policy,
    chance: np.ndarray,
    popularity: np.ndarray,
    n_known: int,
    rounds: int = 8,
    length: int = 5,
    seed: int = 0,
) -> Rounds:
    """Let listeners live with a policy that begins without knowing them.

    Parameters
    ----------
    policy : callable
        Given the opinions of a listener (int, shape (n_items,)), a number of tunes and a random generator, it gives items.
    chance : ndarray of float, shape (n_listeners, n_items)
        True probabilities of liking; a listener likes what she hears by them and skips the rest.
    popularity : ndarray of int, shape (n_items,)
        Listeners of each item in the log.
    n_known : int
        Listeners in the log.
    rounds, length : int
        So many times so many tunes.
    seed : int
        Listener r is drawn with the seeds (seed, r), whatever the policy.

    Returns
    -------
    Rounds

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are not enough items.
    """
    chance, popularity = np.atleast_2d(chance), np.asarray(popularity)
    n, n_items = chance.shape
    if len(popularity) != n_items or rounds * length > n_items:
        raise ValueError(f"{rounds} rounds of {length} from {n_items} items, {len(popularity)} with a popularity")
    played = np.empty((n, rounds, length), np.int64)
    for who in range(n):
        rng, opinions = np.random.default_rng((seed, who)), np.zeros(n_items, int)
        for k in range(rounds):
            played[who, k] = policy(opinions, length, rng)
            opinions[played[who, k]] = np.where(rng.random(length) < chance[who, played[who, k]], 1, -1)
    surprise = -np.log2(np.maximum(popularity, 1) / n_known)
    liked = chance[np.arange(n)[:, None, None], played]
    return Rounds(liked.mean(axis=2), surprise[played].mean(axis=2), long_tail(popularity)[played].mean(axis=2), played)


def long_tail(popularity: np.ndarray) -> np.ndarray:
    """Tell which items are outside the most popular fifth; bool, shape (n_items,)."""
    tail = np.ones(len(popularity), bool)
    tail[np.argsort(-np.asarray(popularity), kind="stable")[: round(TAIL * len(popularity))]] = False
    return tail


def alike(given: np.ndarray) -> float:
    """Say how alike listeners were served: the mean of Jaccard's measure over all pairs.

    Parameters
    ----------
    given : ndarray of float or bool, shape (n_listeners, n_items)
        1 for each item that a listener was given.

    Returns
    -------
    float
        From 0 (no two share an item) to 1 (all were given the same).

    Raises
    ------
    ValueError
        If there are fewer than two listeners, or one was given nothing.
    """
    given = (np.asarray(given) > 0).astype(float)
    size = given.sum(axis=1)
    if len(given) < 2 or not size.all():
        raise ValueError(f"{len(given)} listeners; give two or more, each with an item")
    both = given @ given.T
    shares = both / (size[:, None] + size - both)
    return float((shares.sum() - len(given)) / (len(given) * (len(given) - 1)))


def by_feed(F: np.ndarray, known: np.ndarray, new: float) -> Policy:
    """Make the policy that plays what :func:`queue` gives."""
    return lambda opinions, length, rng: np.array([each.item for each in queue(F, known, opinions, new, length)])


def by_popularity(popularity: np.ndarray) -> Policy:
    """Make the policy that plays the best known tunes, one after the other, to everybody."""
    order = np.argsort(-np.asarray(popularity), kind="stable")
    return lambda opinions, length, rng: order[opinions[order] == 0][:length]


def by_chance() -> Policy:
    """Make the policy that plays any tune."""
    return lambda opinions, length, rng: rng.choice(np.flatnonzero(opinions == 0), length, replace=False)
