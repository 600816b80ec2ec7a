"""The comparison player: several tunes side by side, switched while they sound.

Task
    Let a reader compare tunes by ear: all equally loud, on the same instrument, and switched at the same place of the
    tune. In *blind* mode the names are hidden and the order is shuffled; the reader guesses what is what, reveals,
    and keeps a score. With many tunes by a few makers, each round draws some of them, and the score tells the makers apart.

Conventions
    Tunes keep their own tempo. The place is counted in quarter notes; a tune that is shorter is entered as if it had
    been repeated. The order of a blind round is drawn afresh by the reader's browser; ``seed`` makes it repeatable
    (for a class that should hear the same order). The score is kept in the reader's browser under ``key`` and goes
    nowhere else.

Classes
    ``Compare``
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import traitlets

from musicbook.music import sound
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets._module import PARTS, BookWidget, css, esm
from musicbook.widgets.player import check_length, rows

MOST = 9
"""Tunes in one comparison: as many as there are keys to switch them by, and more than an ear can hold."""


class Compare(BookWidget):
    """Compare tunes by ear.

    Parameters
    ----------
    melodies : sequence of Melody
        Two to nine; any number from two up if ``cards`` is given.
    names : sequence of str, optional
        Their names, the titles if not given. With ``cards``, who made each; a maker has as many tunes as you like.
    blind : bool
        Hide the names and shuffle, until the reader has guessed.
    question : str
        Shown above: what to listen for, or what to guess.
    answers : sequence of str, optional
        What is to be guessed of each tune ("a person", "a machine"); the names if not given. Answers may repeat.
    key : str
        Under which the browser keeps the score; made from the tunes if not given, so that it survives a new edition of
        the page as long as the tunes stay the same.
    cards : int, optional
        A blind round draws so many of the tunes, of different makers and, as far as possible, with different answers.
        The page then keeps a score for each maker.
    instrument, loop, caption
        As in `Player`.
    seed : int
        -1 draws every round afresh; 0 or more gives every reader the same rounds.

    Raises
    ------
    MusicError
        For fewer than two tunes or more than nine at a time, a tune without notes or one that is too long, a list of names
        or answers of another length, names that repeat where there are no ``cards``, or fewer makers than cards.

    Notes
    -----
    ``results`` comes back from the page: ``{"right": ..., "total": ..., "rounds": ..., "makers": ...}`` after a round was
    revealed; ``makers`` maps a name to the number of its tunes that were guessed right, and of all its tunes.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Compare").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "quiz", "compareview", "compare")
    _css = css("theme", "player", "compare")

    tunes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    blind = traitlets.Bool(False).tag(sync=True)
    question = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    seed = traitlets.Int(-1, min=-1).tag(sync=True)
    cards = traitlets.Int(0, min=0).tag(sync=True)
    instrument = traitlets.Enum(sound.INSTRUMENTS, "piano").tag(sync=True)
    volume = traitlets.Float(0.8, min=0, max=1).tag(sync=True)
    loop = traitlets.Bool(False).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    results = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        melodies: Sequence[Melody],
        names: Sequence[str] | None = None,
        *,
        blind: bool = False,
        question: str = "",
        answers: Sequence[str] | None = None,
        key: str = "",
        cards: int = 0,
        instrument: str = "piano",
        loop: bool = False,
        caption: str = "",
        seed: int = -1,
    ):
        melodies = list(melodies)
        at_once = cards or len(melodies)
        if not 2 <= at_once <= MOST or len(melodies) < at_once:
            raise MusicError(f"{at_once} of {len(melodies)} tunes to compare: 2 to {MOST} can be")
        names = [melody.title for melody in melodies] if names is None else list(names)
        answers = names if answers is None else list(answers)
        for what, given in (("names", names), ("answers", answers)):
            if len(given) != len(melodies):
                raise MusicError(f"{len(given)} {what} for {len(melodies)} tunes")
            if "" in given:
                raise MusicError(f"one of the {what} is empty: pass {what}=[...]")
        if cards and not (blind and len(set(names)) >= cards):
            raise MusicError(f"cards={cards} asks for blind=True and tunes by {cards} makers, got {len(set(names))}")
        if len(set(names)) < len(names) and not cards:
            raise MusicError("two tunes have the same name: pass names=[...] that tell them apart")
        tunes = [_tune(melody) for melody in melodies]
        digest = hashlib.sha1(json.dumps([tunes, answers]).encode()).hexdigest()[:12]
        super().__init__(
            tunes=tunes,
            names=names,
            answers=answers,
            blind=blind,
            question=question,
            key=key or digest,
            instrument=instrument,
            loop=loop,
            caption=caption,
            seed=seed,
            cards=cards,
        )

    def drawn(self, round_: int) -> list[int]:
        """Give the tunes of a round, from the left, that the page draws with this ``seed``; rounds count from 0.

        Raises
        ------
        MusicError
            If there is no seed, so that every reader's rounds differ.
        """
        if self.seed < 0:
            raise MusicError("rounds are drawn afresh by the page: pass seed=0 or above to know them")
        draws = _draws(self.seed, round_)
        order = _shuffled(list(range(len(self.tunes))), draws)
        return order if not self.cards else _shuffled(_hand(order, self.cards, self.names, self.answers), draws)


def _draws(seed: int, round_: int):
    """Give the numbers that quiz.js draws: mulberry32 (Tommy Ettinger), 32 bits."""
    state = (seed * 7919 + round_ * 104729 + 1) % 2**32
    while True:
        state = (state + 0x6D2B79F5) % 2**32
        t = (state ^ (state >> 15)) * (state | 1) % 2**32
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) % 2**32
        yield (t ^ (t >> 14)) / 2**32


def _shuffled(order: list[int], draws) -> list[int]:
    """Shuffle in place like quiz.js (Fisher and Yates)."""
    for i in range(len(order) - 1, 0, -1):
        j = int(next(draws) * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def _hand(order: list[int], cards: int, names: list[str], answers: list[str]) -> list[int]:
    """Take the first tunes of other makers: those with answers that are not there yet before the rest."""
    hand: list[int] = []
    for label in (answers, names):
        for k in order:
            if len(hand) < cards and all(label[k] != label[h] and names[k] != names[h] for h in hand):
                hand.append(k)
    return hand


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {
        "notes": rows(melody),
        "meter": melody.meter,
        "pickup": melody.pickup / TICKS,
        "tempo": melody.tempo,
    }
