"""The studio: four melodies are composed, you hear them and say which you like, and the next four are composed for you.

Task
    The whole circle of the book to play with. Melodies appear; opinions become an interest; the interest ranks old tunes of the
    catalogue, and decides what is composed next. A page without a kernel chooses the next four from a pool that
    was composed beforehand (:mod:`musicbook.service.pool`); with a kernel and a ``source`` they are composed anew.

Conventions
    *Items* are numbered: first the pool, then the old tunes, then what was composed live. ``opinions`` holds 1 (liked) or -1 by
    the item's number, written as text. A feature is one byte: 127 is the catalogue's average, 42 a standard deviation.
    ``surprise`` from 0 (familiar) to 1 (new) is the discovery of MMR; ``reach`` from 0 to 1 says how far along the interest the
    next four come from. Scores are cosines, equal to ten digits are equal; the lower number is the first.

Classes
    ``Studio``

Sources
    Interest and variety: :mod:`musicbook.recommend.content`. Composing: :mod:`musicbook.service.personal`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import traitlets

from musicbook.compose.models import open_model
from musicbook.music import corpus
from musicbook.music.melody import HIGH, LOW, Melody, MusicError
from musicbook.recommend import content
from musicbook.service import pool as pools
from musicbook.service.personal import Steering
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.tuner import DIGITS

FOUR, LISTED = 4, 5
"""Melodies of a round, and length of the list."""
FARTHEST = 6.0
"""Standard deviations that a reach of 1 means to a live composer."""
BOOKS = {
    "oneill": "O'Neill's Music of Ireland, 1903",
    "ryan": "Ryan's Mammoth Collection, 1883",
    "aird": "Aird's Selection of Airs, 1778 and later",
}
WORDS = (
    ("low", "high", "mean_pitch"),
    ("slow", "fast", "density"),
    ("even rhythm", "varied rhythm", "duration_entropy"),
    ("on the beat", "off the beat", "offbeat_share"),
    ("by step", "by leap", "mean_interval"),
    ("few pitches", "many pitches", "pitch_class_entropy"),
)
"""What the profile shows: the words at both ends, and the feature between them."""


class Studio(SoundingWidget):
    """Hear four melodies, like some, be recommended old ones, and have the next four composed for your taste.

    Parameters
    ----------
    rows : array_like of int, shape (n, n_steps)
        The pool, as tokens; the first four are shown at first.
    songs : sequence of dict
        Old tunes to recommend: ``tokens`` (a row), ``title``, ``book``, ``meter``.
    features : array_like of float, shape (n + len(songs), d)
        Standardised, pool first; kept to one byte each.
    feature_names : sequence of str
        Names of the d columns.
    groups : mapping of str to sequence of str
        Words for a reason -> names of columns; each column in one group.
    nearest : sequence of (str, int), optional
        For each row of the pool the nearest training tune and the steps they share.
    source : callable, optional
        ``source(interest, reach, seed) -> (rows, features, nearest)`` composes at least four melodies anew when a kernel runs.
    key : str
        A name under which the browser keeps what was done; nothing is kept without one.
    tempo : float
        Quarter notes a minute, of everything.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        If there are fewer than eight melodies, or rows, features, names and groups do not fit each other.

    Notes
    -----
    ``rounds``, ``opinions``, ``surprise`` and ``reach`` follow the reader's hand, and the page follows them. The page asks for
    live melodies by raising ``ask``.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Studio").tag(sync=True)
    _esm = esm(
        *PARTS,
        "playerview",
        "jukebox",
        "charts",
        "tastescores",
        "studioscores",
        "studiopictures",
        "studioparts",
        "studio",
    )
    _css = css("theme", "player", "studio")

    pool = traitlets.List(traitlets.Unicode()).tag(sync=True)
    songs = traitlets.List().tag(sync=True)
    features = traitlets.Unicode("").tag(sync=True)
    width = traitlets.Int(1, min=1).tag(sync=True)
    groups = traitlets.List().tag(sync=True)
    words = traitlets.List().tag(sync=True)
    plane = traitlets.List().tag(sync=True)
    nearest = traitlets.List().tag(sync=True)
    made = traitlets.List().tag(sync=True)
    rounds = traitlets.List().tag(sync=True)
    opinions = traitlets.Dict().tag(sync=True)
    surprise = traitlets.Float(0.3, min=0, max=1).tag(sync=True)
    reach = traitlets.Float(0.8, min=0, max=1).tag(sync=True)
    ask = traitlets.Int(0, min=0).tag(sync=True)
    listed = traitlets.Int(LISTED, min=1).tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    tempo = traitlets.Float(150, min=5, max=1000).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        rows,
        songs: Sequence[Mapping],
        features,
        *,
        feature_names: Sequence[str],
        groups: Mapping[str, Sequence[str]],
        nearest: Sequence[tuple[str, int]] | None = None,
        source: Callable | None = None,
        key: str = "",
        tempo: float = 150,
        title: str = "",
        caption: str = "",
    ):
        rows, F, names = np.asarray(rows), np.asarray(features, float), list(feature_names)
        if rows.ndim != 2 or len(rows) < 2 * FOUR or F.shape != (len(rows) + len(songs), len(names)):
            raise MusicError(
                f"features of shape {F.shape} for {len(rows)} melodies of a pool (at least 8), {len(songs)} old tunes and "
                f"{len(names)} names"
            )
        if sorted(name for group in groups.values() for name in group) != sorted(names):
            raise MusicError("each feature belongs to one group")
        if nearest is not None and len(nearest) != len(rows):
            raise MusicError(f"{len(nearest)} nearest tunes for {len(rows)} melodies")
        self._source = source
        words = [[low, high, names.index(name)] for low, high, name in WORDS if name in names]
        super().__init__(
            pool=[written(row) for row in rows],
            songs=[{**song, "tokens": written(song["tokens"])} for song in songs],
            features=base64.b64encode(as_bytes(F).tobytes()).decode(),
            width=len(names),
            groups=[[each, [names.index(name) for name in group]] for each, group in groups.items()],
            words=words,
            plane=[words[1], words[0]] if len(words) > 1 else [["", "", 0], ["", "", 1 % len(names)]],
            nearest=[[name, int(steps)] for name, steps in nearest or []],
            rounds=[list(range(FOUR))],
            key=key,
            tempo=tempo,
            title=title,
            caption=caption,
        )
        self.observe(self._compose, "ask")

    @classmethod
    def of(
        cls, steering: Steering | None = None, *, n: int = 800, n_songs: int = 80, seed: int = 0, **options
    ) -> Studio:
        """Compose a pool with a machine, and put old tunes of the fiddle books beside it.

        Parameters
        ----------
        steering : Steering, optional
            Composes the pool now, and anew when a kernel runs; the committed model of the fiddle books if not given. It is
            the attribute ``steering`` of what is returned.
        n, n_songs : int
            Melodies in the pool; old tunes.
        seed : int
            Of all draws.
        **options
            As in the class.
        """
        if steering is None:
            windows = corpus.windows(4, collections=corpus.FIDDLE_BOOKS)
            steering = Steering(open_model("vae-reconstruct-4"), windows, corpus.load())
        catalogue = steering.catalogue
        made = pools.fill(steering, n, seed)
        ids, tokens, melodies = pools.excerpts(catalogue, n_songs, seed)
        known = catalogue.table.loc[ids]
        songs = [
            {"tokens": row, "title": pools.tidy(title), "book": BOOKS[book], "kind": kind, "meter": meter}
            for row, title, book, kind, meter in zip(
                tokens, known["title"], known["collection"], known["kind"], known["meter"], strict=True
            )
        ]

        def describe(rows):
            return pools.features(steering.melodies(rows), catalogue)

        def source(interest, reach, seed):
            whole = np.append(interest, np.zeros(len(content.METRES)))
            rows = steering.compose(whole, 3 * FOUR, seed, strength=FARTHEST * reach)
            return rows, describe(rows), pools.origins(rows, catalogue)

        widget = cls(
            made.rows,
            songs,
            np.concatenate([describe(made.rows), pools.features(melodies, catalogue)]),
            feature_names=pools.NAMES,
            groups=pools.GROUPS,
            nearest=pools.origins(made.rows, catalogue),
            source=source,
            **options,
        )
        widget.steering = steering
        return widget

    def table(self) -> np.ndarray:
        """Give the features of all items as the page reads them; float64, shape (items, d)."""
        stored = np.frombuffer(base64.b64decode(self.features), np.uint8)
        live = np.array([each["features"] for each in self.made], np.uint8).ravel()
        return (np.concatenate([stored, live]).astype(float).reshape(-1, self.width) - 127) / 42

    def _said(self, value: int) -> list[int]:
        return sorted(int(item) for item, opinion in self.opinions.items() if opinion == value)

    def interest(self) -> np.ndarray:
        """Give what the opinions amount to, float64, shape (d,)."""
        return content.build_interest_model(self._said(1), self.table(), dislikes=self._said(-1))

    def scores(self) -> np.ndarray:
        """Give each item's cosine with the interest, to ten digits; zeros as long as there is no opinion."""
        return content.cosine(self.interest(), self.table()).round(10)

    def next_four(self) -> list[int]:
        """Give the melodies of the pool that come next."""
        n, reach = len(self.pool), self.reach if self.opinions else 1
        heard = [item for four in self.rounds for item in four if item < n]
        return pools.choose(self.scores()[:n], self.table()[:n], heard, reach, self.surprise, FOUR)

    def recommended(self) -> list[int]:
        """Give the old tunes of the list, best first; none as long as there is no opinion."""
        if not self.opinions:
            return []
        scores, first = self.scores(), len(self.pool)
        rest = np.array([i for i in range(first, first + len(self.songs)) if str(i) not in self.opinions], int)
        rest = rest[np.argsort(-scores[rest], kind="stable")[: pools.CANDIDATES]]
        return content.rerank(rest, scores, self.table(), self.listed, self.surprise).tolist()

    def why(self, item: int) -> list[str]:
        """Name the groups of features that speak for an item, at most two, the strongest first."""
        columns = [str(column) for column in range(self.width)]
        parts = dict(content.explain(self.interest(), self.table(), item, columns))
        sums = [(words, sum(parts[str(column)] for column in group)) for words, group in self.groups]
        return [words for words, part in sorted(sums, key=lambda each: -each[1]) if part > 0][:2]

    def melody(self, item: int) -> Melody:
        """Give what an item sounds like."""
        everything = [*self.pool, *(song["tokens"] for song in self.songs), *(each["tokens"] for each in self.made)]
        return Melody.from_tokens([DIGITS.index(c) for c in everything[item]], low=LOW, high=HIGH, tempo=self.tempo)

    def _compose(self, change) -> None:
        """Compose a round anew for the interest as it stands."""
        if self._source is None or not change["new"]:
            return
        rows, F, nearest = self._source(self.interest(), self.reach, change["new"])
        F = as_bytes(F)
        scores = content.cosine(self.interest(), (F - 127.0) / 42)
        chosen = content.rerank(np.arange(len(rows)), scores, (F - 127.0) / 42, FOUR, self.surprise)
        first = len(self.pool) + len(self.songs) + len(self.made)
        new = [
            {"tokens": written(rows[k]), "features": F[k].tolist(), "nearest": list(nearest[k])}
            for k in chosen.tolist()
        ]
        with self.hold_sync():
            self.made = [*self.made, *new]
            self.rounds = [*self.rounds, list(range(first, first + len(new)))]

    def _answer(self, widget, message, buffers) -> None:
        """Tell a page that asks whether there is a composer behind it."""
        if message.get("kind") == "source":
            self.send({"kind": "source", "there": self._source is not None})
        else:
            super()._answer(widget, message, buffers)


def written(row) -> str:
    """Write tokens, one character each."""
    return "".join(DIGITS[token] for token in np.asarray(row).tolist())


def as_bytes(F) -> np.ndarray:
    """Write standard deviations from -3 to 3 as one byte each."""
    return np.clip(np.rint(42 * np.asarray(F, float)) + 127, 0, 255).astype(np.uint8)
