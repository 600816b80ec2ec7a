"""The sketchbook: order a style and a mood, hear four candidates, keep one, and work on it.

Task
    A machine that hands over a finished tune leaves its user nothing to do. Here it hands over four sketches, and the reader
    chooses one, has a single bar written again, moves notes, undoes, listens, and takes the result away as a MIDI file that
    says how it was made. A page without a kernel shows what was composed beforehand; with a kernel and a ``source`` there is
    always something new.

Conventions
    A sketch is a row of tokens, one character each (see :data:`musicbook.widgets.tuner.DIGITS`), four bars of sixteen steps.
    ``cells`` hold the candidates of each style at each mood, style after style, moods in the order of ``moods``. A candidate
    is ``{"t": tokens, "bars": for each bar the tokens of other versions of it one after the other, "near": number of its nearest
    training window, "judged": [probability of the style, valence, arousal]}``, the last three as the judges say before the
    reader changes anything. Notes move along the scale of C major, which is also that of A minor.

Functions and classes
    :func:`edited`, :func:`shared_steps` compute what the page computes; :class:`Sketch`

Sources
    Steering tools for those who compose with a machine: louie2020cococo. Chapter "Music creation".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import traitlets

from musicbook.compose.infill import BAR, regenerate_bars
from musicbook.compose.originality import nearest, nearest_of_each
from musicbook.music import corpus, provenance
from musicbook.music import mood as moods_of
from musicbook.music.melody import FIRST_PITCH, HIGH, HOLD, LOW, REST, Melody, MusicError
from musicbook.service.conditions import STYLES, Conditions, StyleJudge, judge_mood
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.tuner import DIGITS

FOUR = 4
WHITE = (0, 2, 4, 5, 7, 9, 11)
SCALE = [token for token in range(FIRST_PITCH, len(DIGITS)) if (token - FIRST_PITCH + LOW) % 12 in WHITE]
"""Tokens of the white keys."""
HOW = ("up", "down", "longer", "shorter")
MOODS = tuple((valence, arousal) for arousal in (-0.8, 0.0, 0.8) for valence in (-0.8, 0.0, 0.8))


class Sketch(SoundingWidget):
    """Order, choose, rewrite, edit, take away.

    Parameters
    ----------
    cells : sequence of list of dict
        The candidates of each style at each mood, as in the conventions; at least one in each.
    windows : sequence of (str, str)
        Title and tokens of each nearest training window.
    styles : sequence of str
    moods : sequence of (float, float)
        Valence and arousal; a full grid.
    made_by : dict
        Label of what is saved, without the wish (see :func:`musicbook.music.provenance.made_by`).
    style, mood : int
        Which are chosen at first.
    title, caption : str
    source : callable, optional
        ``source(style, mood, seed) -> (candidates, windows)`` composes anew, when a kernel runs.

    Raises
    ------
    MusicError
        If there is not a cell for each style and mood, or a candidate is not a row of tokens.

    Notes
    -----
    ``sketch`` holds the tokens of what the reader has now; :meth:`melody` and :meth:`label` give it to Python.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Sketch").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "charts", "moodplane", "sketchnotes", "sketch")
    _css = css("theme", "player", "neighbours", "mood", "sketch")

    cells = traitlets.List().tag(sync=True)
    windows = traitlets.List().tag(sync=True)
    styles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    moods = traitlets.List().tag(sync=True)
    made_by = traitlets.Dict().tag(sync=True)
    quadrants = traitlets.List(traitlets.Unicode()).tag(sync=True)
    style = traitlets.Int(0, min=0).tag(sync=True)
    mood = traitlets.Int(0, min=0).tag(sync=True)
    chosen = traitlets.Int(0, min=0).tag(sync=True)
    sketch = traitlets.Unicode("").tag(sync=True)
    tempo = traitlets.Float(112, min=5, max=1000).tag(sync=True)

    def __init__(
        self,
        cells: Sequence[list[dict]],
        windows: Sequence[tuple[str, str]],
        *,
        made_by: dict,
        styles: Sequence[str] = STYLES,
        moods: Sequence[tuple[float, float]] = MOODS,
        style: int = 1,
        mood: int = 4,
        title: str = "",
        caption: str = "",
        source: Callable | None = None,
    ):
        if len(cells) != len(styles) * len(moods) or not all(cells):
            raise MusicError(f"{len(cells)} cells for {len(styles)} styles and {len(moods)} moods, none may be empty")
        for each in (candidate for cell in cells for candidate in cell):
            if not set(each["t"]) <= set(DIGITS) or len(each["t"]) != BAR * len(each["bars"]):
                raise MusicError(f"a candidate is bars of {BAR} tokens with other versions of each, got {each['t']!r}")
        self._source = source
        super().__init__(
            cells=list(cells),
            windows=[list(each) for each in windows],
            styles=list(styles),
            moods=[list(each) for each in moods],
            made_by=dict(made_by),
            quadrants=[moods_of.QUADRANTS[v, a] for v in (False, True) for a in (False, True)],
            style=style,
            mood=mood,
            sketch=cells[style * len(moods) + mood][0]["t"],
            title=title,
            caption=caption,
        )

    @classmethod
    def of(
        cls,
        conditions: Conditions,
        judge: StyleJudge,
        *,
        seed: int = 0,
        choices: int = 3,
        versions: int = 2,
        model: str = "vae-reconstruct-4",
        **options,
    ) -> Sketch:
        """Compose a sketchbook.

        Parameters
        ----------
        conditions : Conditions
            Who composes.
        judge : StyleJudge
            Who judges the style, and has learned from other tunes.
        seed : int
        choices : int
            So many candidates are composed for each that is kept.
        versions : int
            Other versions of each bar.
        model : str
            For the label.
        **options
            As in the class.
        """
        part = (conditions.vae.n_steps // BAR, "train", corpus.FIDDLE_BOOKS)  # what the committed machines learned from
        learned, tunes = corpus.windows(*part), corpus.window_tunes(*part)

        def candidates(wishes: Sequence[tuple[str, tuple[float, float]]], seed: int) -> tuple[list[dict], list]:
            parts = [
                conditions.compose(FOUR, seed + k, style=style, mood=mood, candidates=choices)
                for k, (style, mood) in enumerate(wishes)
            ]
            rows = np.array([_tidy(row) for row in np.concatenate(parts)])
            bars = rows.shape[1] // BAR
            which = np.repeat(np.arange(len(rows)), bars)
            places = list(range(bars)) * len(rows)
            other = regenerate_bars(rows[which], places, seed, vae=conditions.vae, n=versions, rounds=3)
            cut = [
                "".join(_text(_tidy(row)[BAR * bar : BAR * (bar + 1)]) for row in found)
                for found, bar in zip(other, places, strict=True)
            ]
            found = nearest_of_each(rows, learned)
            sources = sorted({each.source for each in found})
            styles = judge.probabilities(rows)[
                np.arange(len(rows)), [STYLES.index(s) for s, _ in wishes for _ in "1234"]
            ]
            judged = np.column_stack([styles, judge_mood(rows)]).round(2)
            made = [
                {
                    "t": _text(row),
                    "bars": cut[bars * k : bars * (k + 1)],
                    "near": sources.index(found[k].source),
                    "judged": judged[k].tolist(),
                }
                for k, row in enumerate(rows)
            ]
            titles = corpus.load().table["title"][tunes[sources]]
            return made, [(title.rstrip(" ."), _text(learned[k])) for title, k in zip(titles, sources, strict=True)]

        def more(style: str, mood: tuple[float, float], seed: int):
            return candidates([(style, tuple(mood))], seed)

        wishes = [(style, mood) for style in STYLES for mood in MOODS]
        made, windows = candidates(wishes, seed)
        cells = [made[FOUR * k : FOUR * (k + 1)] for k in range(len(wishes))]
        label = provenance.made_by(model, seed, {"candidates": choices, "strength": 3.0, "temperature": 0.8})
        return cls(cells, windows, made_by=label, **{"source": more} | options)

    @property
    def candidate(self) -> dict:
        """The candidate that is chosen, as it was composed."""
        return self.cells[self.style * len(self.moods) + self.mood][self.chosen]

    def tokens(self) -> np.ndarray:
        """Give what the reader has now, int64, shape (n_steps,)."""
        return _row(self.sketch)

    def melody(self) -> Melody:
        """Give what the reader has now as a tune."""
        return Melody.from_tokens(self.tokens(), low=LOW, high=HIGH, tempo=self.tempo, title="Sketch")

    def label(self) -> dict:
        """Give the label of what the reader has now: who made it, what was wished, what comes nearest."""
        title, window = self.windows[self.candidate["near"]]
        changed = sum(a != b for a, b in zip(self.sketch, self.candidate["t"], strict=True))
        wish = {"style": self.styles[self.style], "mood": list(self.moods[self.mood]), "sketch": self.chosen + 1}
        return self.made_by | {
            "settings": {**self.made_by["settings"], **wish, "steps changed by hand": changed},
            "nearest": title,
            "shared": f"{shared_steps(self.sketch, window)} of {len(window)} steps",
        }

    def _answer(self, widget, message, buffers) -> None:
        """Compose anew for a page that asks."""
        if message.get("kind") == "source":
            self.send({"kind": "source", "there": self._source is not None})
        elif message.get("kind") == "compose" and self._source is not None:
            place = self.style * len(self.moods) + self.mood
            made, windows = self._source(self.styles[self.style], tuple(self.moods[self.mood]), int(message["seed"]))
            known = [*self.windows, *(list(each) for each in windows)]
            moved = [{**each, "near": each["near"] + len(self.windows)} for each in made]
            with self.hold_sync():
                self.windows = known
                self.made_by = {**self.made_by, "seed": int(message["seed"])}
                self.cells = [*self.cells[:place], moved, *self.cells[place + 1 :]]
        else:
            super()._answer(widget, message, buffers)


def edited(sketch: str, start: int, how: str) -> str:
    """Change one note of a sketch as the page does.

    Parameters
    ----------
    sketch : str
    start : int
        Step at which the note begins.
    how : {"up", "down", "longer", "shorter"}
        A step of the scale, or a sixteenth. A longer note takes its time from the next one, a shorter one leaves silence.

    Returns
    -------
    str
        As it was, if there is no room.

    Raises
    ------
    MusicError
        If no note begins there, or for another way.
    """
    row = _row(sketch).tolist()
    if how not in HOW or not 0 <= start < len(row) or row[start] < FIRST_PITCH:
        raise MusicError(f"no note to make {how!r} begins at step {start}; it is {', '.join(HOW)}")
    end = start + 1
    while end < len(row) and row[end] == HOLD:
        end += 1
    if how in ("up", "down"):
        beyond = [t for t in SCALE if t > row[start]] if how == "up" else [t for t in SCALE[::-1] if t < row[start]]
        row[start] = beyond[0] if beyond else row[start]
    elif how == "shorter" and end > start + 1:
        row[end - 1] = REST
    elif how == "longer" and end < len(row):
        if row[end] >= FIRST_PITCH and end + 1 < len(row) and row[end + 1] == HOLD:
            row[end + 1] = row[end]  # the next note begins later
        row[end] = HOLD
    return _text(row)


def shared_steps(sketch: str, window: str) -> int:
    """Give the length of the longest unbroken passage that two rows share."""
    return nearest(_row(sketch), [_row(window)]).steps


def _row(text: str) -> np.ndarray:
    return np.array([DIGITS.index(character) for character in text], np.int64)


def _text(row) -> str:
    return "".join(DIGITS[token] for token in row)


def _tidy(row) -> np.ndarray:
    """Write a hold of nothing as the silence that it is."""
    row, sounding = np.array(row), False
    for step, token in enumerate(row.tolist()):
        if token == HOLD and not sounding:
            row[step] = REST
        sounding = row[step] != REST
    return row
