"""Listeners like you: pick a listener, see who is near her, and hear what they would have her play.

Task
    A table of plays by a few listeners, small enough to travel in the page, and everything that user-based collaborative
    filtering makes of it while the reader moves the number of neighbours and the shrinkage. In the place of the list stands,
    if wanted, what the article's function returns, as it is printed or with its order mended, so that each of its mistakes
    can be seen (and heard) on a listener of one's choice. The page computes; this module computes the same from Python.

Conventions
    U has a row for each listener and a column for each tune. Likeness is the cosine of the rows, times n / (n + shrinkage) for
    n shared tunes. ``version`` is ``"corrected"``, ``"article"`` (the printed function to the letter) or ``"ordered"`` (the
    printed scores, with ``np.argsort(-scores, axis=1)``). Numbers equal to ten digits are equal; the lower row or column is
    the first.

Classes
    ``Neighbours``

Sources
    Resnick et al. (1994), Herlocker et al. (1999); :mod:`musicbook.recommend.collaborative` for the corrected functions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.recommend.collaborative import collaborative_filter, compute_similarity
from musicbook.recommend.interactions import Interactions
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.player import check_length, rows

VERSIONS = ("corrected", "ordered", "article")
MOST_LISTENERS, MOST_TUNES = 40, 100
MOST_SHRINKAGE = 20
FEWEST_SHARED = 6
"""Tunes of the table that a listener must have played for :meth:`Neighbours.of` to draw her."""


class Neighbours(SoundingWidget):
    """Pick a listener, see her neighbours, hear her list.

    Parameters
    ----------
    plays : array_like of int, shape (n_listeners, n_tunes)
        Numbers of plays, 0 or more; 3 to 40 listeners, 3 to 100 tunes.
    melodies : sequence of Melody
        What is heard, one for each column; excerpts keep the page light.
    listeners : sequence of str
        Their names, one for each row, all different.
    names : sequence of str, optional
        Titles of the tunes, the melodies' own if not given.
    who : int
        Row of the listener who is picked at first.
    k : int
        Neighbours that have a say at first.
    shrinkage : float
        At first, 0 to 20.
    length : int
        Length of the list.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        For a table of another shape or with other numbers, lists of other lengths, names that repeat, a row or k that there
        is not, or a tune without notes or too long.

    Notes
    -----
    The traits ``who``, ``k``, ``shrinkage``, ``version`` and ``selected`` (the column that is heard) follow the reader's hand,
    and the page follows them. ``neighbours()`` and ``recommended()`` compute what the page shows.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Neighbours").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "neighbourscores", "neighbours")
    _css = css("theme", "player", "neighbours")

    plays = traitlets.List().tag(sync=True)
    listeners = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tunes = traitlets.List().tag(sync=True)
    who = traitlets.Int(0, min=0).tag(sync=True)
    k = traitlets.Int(5, min=1).tag(sync=True)
    shrinkage = traitlets.Float(0, min=0, max=MOST_SHRINKAGE).tag(sync=True)
    version = traitlets.Enum(VERSIONS, "corrected").tag(sync=True)
    length = traitlets.Int(8, min=1).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        plays,
        melodies: Sequence[Melody],
        *,
        listeners: Sequence[str],
        names: Sequence[str] | None = None,
        who: int = 0,
        k: int = 5,
        shrinkage: float = 0.0,
        length: int = 8,
        title: str = "",
        caption: str = "",
    ):
        U = np.asarray(plays)
        _check(U, (len(listeners), len(melodies)))
        listeners = [str(each) for each in listeners]
        names = [melody.title for melody in melodies] if names is None else [str(each) for each in names]
        if len(names) != len(melodies) or len(set(listeners)) < len(listeners):
            raise MusicError(
                f"{len(names)} names for {len(melodies)} tunes, and listeners {listeners}, who must all differ"
            )
        if not 0 <= who < len(U) or not 1 <= k < len(U):
            raise MusicError(
                f"listener {who} with {k} neighbours; there are rows 0 to {len(U) - 1}, and {len(U) - 1} others"
            )
        super().__init__(
            plays=U.tolist(),
            listeners=listeners,
            names=names,
            tunes=[_tune(melody) for melody in melodies],
            who=who,
            k=k,
            shrinkage=shrinkage,
            length=length,
            title=title,
            caption=caption,
        )
        self.selected = self.recommended()[0]

    @classmethod
    def of(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        *,
        n: int = 24,
        tunes: int = 60,
        bars: int = 4,
        seed: int = 0,
        **options,
    ) -> Neighbours:
        """Cut a table out of a log: the tunes with the most listeners, and some listeners who have played of them.

        Parameters
        ----------
        interactions : Interactions
            Plays; the ids of the items are those of the catalogue.
        catalogue : Catalogue
        n, tunes : int
            How many listeners (drawn among those with at least six of the tunes) and how many tunes.
        bars : int
            How much of each tune is heard.
        seed : int
            The same seed draws the same listeners.
        **options
            As in the class.
        """
        items = np.sort(np.argsort(-interactions.popularity, kind="stable")[:tunes])
        table = interactions.matrix[:, items].toarray()
        keen = np.flatnonzero((table > 0).sum(axis=1) >= FEWEST_SHARED)
        if len(keen) < n:
            raise MusicError(f"{len(keen)} listeners have played {FEWEST_SHARED} of these tunes; {n} are wanted")
        drawn = np.sort(np.random.default_rng(seed).choice(keen, n, replace=False))
        melodies = [_excerpt(catalogue[interactions.items[item]], bars) for item in items]
        return cls(
            np.rint(table[drawn]).astype(int), melodies, listeners=[interactions.listeners[u] for u in drawn], **options
        )

    def similarities(self) -> np.ndarray:
        """Give the likeness of every two listeners, shrunk, to ten digits; float64, shape (n_listeners, n_listeners)."""
        U = np.array(self.plays, float)
        shared = (U > 0).astype(float) @ (U > 0).T
        return (compute_similarity(U) * shared / np.maximum(shared + self.shrinkage, 1)).round(10)

    def neighbours(self) -> list[tuple[int, float, int]]:
        """Give ``(row, likeness, shared tunes)`` of the k nearest listeners who have a say, nearest first."""
        U, s = np.array(self.plays), self.similarities()[self.who]
        near = [int(v) for v in np.argsort(-s, kind="stable")[: self.k] if s[v] > 0]
        return [(v, float(s[v]), int(((U[v] > 0) & (U[self.who] > 0)).sum())) for v in near]

    def recommended(self) -> list[int]:
        """Give the columns of the list that is shown."""
        U = np.array(self.plays, float)
        if self.version == "corrected":
            return collaborative_filter(self.similarities(), self.who, U, self.length, self.k).tolist()
        scores = ((compute_similarity(U) + np.diag((U.any(axis=1)).astype(float))) @ U).round(10)
        if self.version == "ordered":
            return np.argsort(-scores[self.who], kind="stable")[: self.length].tolist()
        return np.argsort(scores, axis=1, kind="stable")[::-1][self.who, : self.length].tolist()


def _excerpt(melody: Melody, bars: int) -> Melody:
    """Give the first bars, fewer where they are long: no more than as many bars of six quarters would be, but one at least."""
    return beginning(melody, max(1, min(bars, 6 * TICKS * bars // melody.bar)))


def _check(U: np.ndarray, shape: tuple[int, int]) -> None:
    if U.shape != shape or not (3 <= shape[0] <= MOST_LISTENERS and 3 <= shape[1] <= MOST_TUNES):
        raise MusicError(
            f"plays of shape {U.shape} for {shape[0]} listeners and {shape[1]} tunes; "
            f"there may be 3 to {MOST_LISTENERS} of the first and 3 to {MOST_TUNES} of the second"
        )
    if not np.issubdtype(U.dtype, np.integer) or U.min() < 0:
        raise MusicError("plays are whole numbers, 0 or more")


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}
