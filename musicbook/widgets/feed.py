"""A feed: a tune at a time, Like or Skip, and the next one is chosen by what was said.

Task
    Some tunes with their features and their fame travel in the page, composed ones among them and marked as such. The reader
    hears one, likes or skips it, and the feed of :mod:`musicbook.recommend.feed` chooses the next; it says why, shows what it
    has learned and what was heard, and a slider goes from familiar to new. The page computes; this module computes the same
    from Python.

Conventions
    ``features`` are hundredths of a standard deviation, whole numbers, one row a tune. ``history`` is a list of [row, 1 or -1],
    the oldest first. ``fresh`` is from 0, familiar, to 1, new.

Classes
    ``Feed``

Sources
    Those of :mod:`musicbook.recommend.feed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody, MusicError
from musicbook.recommend import content, feed
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.taste import _tune


class Feed(SoundingWidget):
    """Like, skip, and go on.

    Parameters
    ----------
    melodies : sequence of Melody
        What is heard. Excerpts keep the page light.
    features : array_like of float, shape (n_tunes, d)
        Standardised (see :func:`musicbook.recommend.content.item_features`); kept to two digits.
    listeners : sequence of int
        How many listeners play each tune; none for a composed one.
    feature_names : sequence of str
        Names of the d columns.
    groups : mapping of str to sequence of str
        Words for a reason -> names of the columns that it sums up; each column in one group.
    composed : sequence of int
        Rows that a machine composed.
    notes : mapping of int to str
        A sentence about some rows, such as the nearest training tune of a composed one.
    names : sequence of str, optional
        Titles, the melodies' own if not given.
    history : sequence of (int, int)
        What was judged already: rows with 1 or -1.
    fresh : float
        Where the slider begins.
    length : int
        Tunes that are shown ahead, the present one among them.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        If the rows, names, groups or history do not fit each other, or a tune has no notes or is too long.

    Notes
    -----
    The traits ``history``, ``fresh`` and ``selected`` follow the reader's hand, and the page follows them.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Feed").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "tastescores", "feedscores", "feed")
    _css = css("theme", "player", "neighbours", "feed")

    tunes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    features = traitlets.List().tag(sync=True)
    feature_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    groups = traitlets.List().tag(sync=True)
    listeners = traitlets.List(traitlets.Int(min=0)).tag(sync=True)
    fame = traitlets.List(traitlets.Float()).tag(sync=True)
    composed = traitlets.List(traitlets.Int(min=0)).tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    history = traitlets.List().tag(sync=True)
    fresh = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    length = traitlets.Int(3, min=1).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        melodies: Sequence[Melody],
        features,
        listeners: Sequence[int],
        *,
        feature_names: Sequence[str],
        groups: Mapping[str, Sequence[str]],
        composed: Sequence[int] = (),
        notes: Mapping[int, str] | None = None,
        names: Sequence[str] | None = None,
        history: Sequence[Sequence[int]] = (),
        fresh: float = 0.5,
        length: int = 3,
        title: str = "",
        caption: str = "",
    ):
        F, n = np.rint(100 * np.asarray(features, float)).astype(int), len(melodies)
        names = [melody.title for melody in melodies] if names is None else [str(each) for each in names]
        if F.shape != (n, len(feature_names)) or len(names) != n or len(listeners) != n:
            raise MusicError(
                f"features of shape {F.shape}, {len(names)} names and {len(listeners)} numbers of listeners for {n} "
                f"tunes and {len(feature_names)} columns"
            )
        if sorted(name for group in groups.values() for name in group) != sorted(feature_names):
            raise MusicError("each feature belongs to one group")
        if not {*composed, *(notes or {})} <= set(range(n)):
            raise MusicError(f"composed tunes and notes are of rows from 0 to {n - 1}")
        super().__init__(
            tunes=[_tune(melody) for melody in melodies],
            names=names,
            features=F.tolist(),
            feature_names=list(feature_names),
            groups=[[words, [list(feature_names).index(name) for name in group]] for words, group in groups.items()],
            listeners=[int(each) for each in listeners],
            fame=feed.fame(listeners).tolist(),
            composed=sorted(composed),
            notes=[(notes or {}).get(row, "") for row in range(n)],
            history=[[int(row), int(value)] for row, value in history],
            fresh=fresh,
            length=length,
            title=title,
            caption=caption,
        )
        self.selected = next((each.item for each in self.queue()), 0)

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        listeners: Sequence[int],
        ids: Sequence[str],
        composed: Sequence[Melody] = (),
        *,
        notes: Sequence[str] = (),
        bars: int = 4,
        **options,
    ) -> Feed:
        """Make a feed of some tunes of a catalogue, and composed ones after them.

        Parameters
        ----------
        catalogue : Catalogue
            Features are standardised over all of it.
        listeners : sequence of int
            How many listeners play each tune of the catalogue.
        ids : sequence of str
            Those that the feed may play.
        composed : sequence of Melody
            Composed tunes; nobody plays them yet.
        notes : sequence of str
            A sentence about each of these.
        bars : int
            How much of each tune of the catalogue is heard.
        **options
            As in the class.
        """
        F, names = content.item_features(catalogue)
        at, n = catalogue.table.index.get_indexer(list(ids)), len(ids)
        return cls(
            [*(beginning(catalogue[tune], bars) for tune in ids), *composed],
            np.vstack([F[at], content.new_features(composed, catalogue)]) if len(composed) else F[at],
            [*np.asarray(listeners)[at], *[0] * len(composed)],
            feature_names=names,
            groups=content.GROUPS,
            composed=range(n, n + len(composed)),
            notes={n + k: note for k, note in enumerate(notes)},
            names=[*(catalogue[tune].title for tune in ids), *(f"Composed {k + 1}" for k in range(len(composed)))],
            **options,
        )

    @traitlets.validate("history")
    def _judged_once(self, proposal):
        history = [list(each) for each in proposal["value"]]
        rows = [row for row, _ in history]
        if len(set(rows)) < len(rows) or not set(rows) <= set(range(len(self.tunes))):
            raise MusicError(f"a history judges rows from 0 to {len(self.tunes) - 1}, each once; got {rows}")
        if not {value for _, value in history} <= {1, -1}:
            raise MusicError("each judgement is 1, liked, or -1, skipped")
        return history

    def opinions(self) -> np.ndarray:
        """Give 1, -1 or 0 for each tune; int, shape (n_tunes,)."""
        opinions = np.zeros(len(self.tunes), int)
        for row, value in self.history:
            opinions[row] = value
        return opinions

    def queue(self) -> list[feed.Next]:
        """Give the tunes that come next, the present one first."""
        F = np.array(self.features) / 100
        return feed.queue(F, np.array(self.fame), self.opinions(), self.fresh, self.length)

    def profile(self, count: int = 5) -> list[tuple[str, float]]:
        """Give the features in which the interest is strongest, with their values in standard deviations."""
        interest = feed.interest(np.array(self.features) / 100, self.opinions())
        order = np.argsort(-np.abs(interest), kind="stable")[:count]
        return [(self.feature_names[k], float(interest[k])) for k in order if interest[k] != 0]

    def why(self, row: int) -> list[tuple[str, float]]:
        """Give each group's part of a tune's likeness, the greatest first."""
        F = np.array(self.features) / 100
        parts = dict(content.explain(feed.interest(F, self.opinions()), F, row, self.feature_names))
        sums = [(words, sum(parts[self.feature_names[column]] for column in columns)) for words, columns in self.groups]
        return sorted(sums, key=lambda part: -part[1])
