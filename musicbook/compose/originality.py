"""Did the machine copy? The longest passage of a new tune that stands, token for token, in a tune it learned from.

The task
    A generator that repeats its training data sounds very good and has composed nothing. So the book shows every
    generated tune beside its nearest training tune: the one that shares the longest unbroken passage with it.

Conventions
    Tunes are rows of tokens (:meth:`musicbook.music.melody.Melody.to_tokens`), all in the same key, so that a
    transposed copy is still a copy. Lengths are in steps of the grid, sixteenths by default. A long passage proves
    copying; a short one proves nothing, because scales and cadences belong to everybody. How much real tunes share with
    one another is the measure to compare with.

Functions
    :func:`nearest`, which gives a :class:`Passage`; :func:`nearest_of_each`, the same for many new tunes at once;
    :func:`beside`, the nearest tune of each of several

Sources
    yin2021steal and yin2022originality give the idea of an originality report, with a finer measure that also finds
    passages that were altered. Chapter "Background".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TOKENS = 32
"""Size of the models' alphabet."""


@dataclass(frozen=True)
class Passage:
    """A passage that two tunes share.

    Attributes
    ----------
    source : int
        Which of the given tunes holds it.
    source_start, start : int
        The step at which it begins in that tune and in the new one.
    steps : int
        Its length, 0 if they share nothing.
    """

    source: int
    source_start: int
    start: int
    steps: int


def nearest(new, tunes) -> Passage:
    """Find the tune that shares the longest unbroken passage with a new one.

    Parameters
    ----------
    new : array_like of int, shape (steps,)
        Tokens of the new tune, 0 or above.
    tunes : sequence of array_like of int
        Tokens of the tunes it may have been copied from.

    Returns
    -------
    Passage
        The longest; of several equally long ones the first to end, in the order of the tunes.

    Raises
    ------
    ValueError
        If there are no tunes to compare with.
    """
    if not len(tunes):
        raise ValueError("there is no tune to compare with")
    starts = np.cumsum([0] + [len(tune) + 1 for tune in tunes])
    everything = np.full(starts[-1], -1, np.int32)  # every tune, and a border after it
    for start, tune in zip(starts, tunes, strict=False):
        everything[start : start + len(tune)] = tune
    run = np.zeros(len(everything) + 1, np.int32)  # run[i + 1]: length of the match that ends at everything[i]
    best, end, new_end = 0, 0, 0
    for step, token in enumerate(np.asarray(new, np.int64)):
        run[1:] = np.where(everything == token, run[:-1] + 1, 0)
        longest = int(run.argmax())
        if run[longest] > best:
            best, end, new_end = int(run[longest]), longest, step + 1
    source = int(np.searchsorted(starts, end - best, side="right")) - 1
    return Passage(source, end - best - int(starts[source]), new_end - best, best)


def nearest_of_each(rows, tunes) -> list[Passage]:
    """Find what :func:`nearest` finds for each of many new tunes, in seconds for hundreds of them.

    Passages grow step by step. All passages of one length that are alike bear one number, and only those places are kept that
    stand in both sets; a place that does not match for 20 steps cannot match for 21.

    Parameters
    ----------
    rows : array_like of int, shape (n, steps)
        Tokens from 0 to 31.
    tunes : array_like of int, shape (m, steps of a tune)

    Returns
    -------
    list of Passage
        For each row the longest; of several equally long ones the first to end, in the order of the tunes.

    Raises
    ------
    ValueError
        If there are no tunes, or a token is outside the alphabet.
    """
    rows, tunes = np.asarray(rows, np.int32), np.asarray(tunes, np.int32)
    if not len(tunes):
        raise ValueError("there is no tune to compare with")
    if min(rows.min(initial=0), tunes.min()) < 0 or max(rows.max(initial=0), tunes.max()) >= TOKENS:
        raise ValueError(f"tokens run from 0 to {TOKENS - 1}")
    best = [Passage(0, 0, 0, 0)] * len(rows)
    ours, theirs = rows.ravel(), tunes.ravel()
    at, there = np.arange(ours.size, dtype=np.int32), np.arange(theirs.size, dtype=np.int32)  # where a passage begins
    mine, other = np.zeros_like(at), np.zeros_like(there)  # the number of each passage
    for steps in range(1, rows.shape[1] + 1):
        fits = at % rows.shape[1] + steps <= rows.shape[1]
        at, mine = at[fits], mine[fits] * TOKENS + ours[at[fits] + steps - 1]
        fits = there % tunes.shape[1] + steps <= tunes.shape[1]
        there, other = there[fits], other[fits] * TOKENS + theirs[there[fits] + steps - 1]
        first = np.full(max(mine.max(initial=0), other.max(initial=0)) + 1, -1, np.int32)
        first[other[::-1]] = there[::-1]  # written last: the first place with this number
        kept = first[mine] >= 0
        at, mine = at[kept], mine[kept]
        if not len(at):
            break
        which, place = np.unique(at // rows.shape[1], return_index=True)
        for row, k in zip(which.tolist(), place.tolist(), strict=True):
            source, start = divmod(int(first[mine[k]]), tunes.shape[1])
            best[row] = Passage(source, start, int(at[k]) % rows.shape[1], steps)
        number = np.full(len(first), -1, np.int32)
        numbers, mine = np.unique(mine, return_inverse=True)
        number[numbers] = np.arange(len(numbers))
        other = number[other]
        there, other = there[other >= 0], other[other >= 0]
        mine = mine.astype(np.int32)
    return best


def beside(rows, tunes) -> dict[str, list]:
    """Set the nearest tune beside each of several new ones, as `musicbook.widgets.Tuner` and `Pad` take them.

    Parameters
    ----------
    rows : array_like of int, shape (n, steps)
    tunes : array_like of int, shape (m, steps)

    Returns
    -------
    dict
        ``nearest``, the tune of each row, and ``nearest_names``, how much they share.
    """
    found = nearest_of_each(rows, tunes)
    names = [f"{each.steps} of {len(row)} steps in common" for each, row in zip(found, rows, strict=True)]
    return {"nearest": [tunes[each.source] for each in found], "nearest_names": names}
