"""Composing to order: a style and a mood are wanted, and somebody else says whether they came.

The task
    A VAE writes what it likes. Its codes can be *read*, however: which of them belong to reels, which to tunes in minor, which
    to quick bars. A straight line through the codes of labelled music gives a read-out for each such question, and a code can
    be moved until its read-outs are as wanted. Whether the music that comes out has the style and the mood is another
    question, and it must be asked of somebody who had no part in the steering.

Who sees what
    :class:`Conditions` sees codes and the labels of its examples, never a feature of notes. :class:`StyleJudge` sees features
    of the notes and never a code, and learns from examples of other families (:meth:`Examples.half`). What they share: the
    printed labels are by the same editors, the books are the same, and the VAE saw the notes of both halves, without
    labels. For mood there is no second witness: :func:`judge_mood` is a fixed rule of cues. The steering towards valence
    is learned from the *printed key*, which that rule does not read; the steering towards arousal is learned from the
    number of notes, which it does. So the judge of arousal says that the steering works, not that anyone is moved.

Conventions
    Windows are rows of tokens as in :mod:`musicbook.compose.composer`, in C major or A minor, at 120 quarter notes a minute.
    A read-out is in standard deviations of the examples' own; a wanted mood of 1 asks for :data:`REACH` of them. Windows
    are in four quarters, so metre tells no style from another, and styles in other metres (jig, slip jig) do not occur.

Functions
    :func:`examples`, :func:`judge_mood`, :func:`melodies`; :class:`Examples`, :class:`Conditions`, :class:`StyleJudge`

Sources
    Constraints on a model that is kept as it is: engel2018latent; directions: roberts2018musicvae; a mood steered and
    judged: ferreira2019sentiment. Models that take the label as an input instead: mirza2014cgan, sohn2015cvae.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from musicbook.music import corpus, features, mood, style
from musicbook.music.melody import FIRST_PITCH, HIGH, LOW, Melody
from musicbook.service.personal import FEWEST, uphill

if TYPE_CHECKING:
    from musicbook.compose.vae import VAE

STYLES = ("hornpipe", "reel", "strathspey")
"""The dances of :data:`musicbook.music.style.DANCES` that are printed in metres of four or two quarters."""
MINOR = ("m", "dor", "phr")
REACH = 2.0
"""Standard deviations of a read-out that a wanted valence or arousal of 1 stands for."""

RHYTHM = (
    *(
        "density",
        "mean_duration",
        "duration_entropy",
        "rest_share",
        "length_",
        "short",
        "long",
        "ratio_",
        "then_",
        "pair_",
    ),
    *("three_long", "run_", "rhythm_echo", "opening_length", "cadence_length"),
)
PITCH = (
    *(
        "low",
        "high",
        "mean_pitch",
        "pitch_",
        "interval_",
        "mean_interval",
        "step_share",
        "leap_share",
        "repeat_share",
        "up_share",
    ),
    *("chromatic_share", "contour_", "jump_", "degree_", "first_", "last_", "opening_interval", "cadence_interval"),
)
"""Beginnings of feature names: two judges that read nothing in common."""


@dataclass(frozen=True)
class Examples:
    """Windows of real music with what was printed above their tunes.

    Attributes
    ----------
    rows : ndarray of int64, shape (n, n_steps)
    style : ndarray of str, shape (n,)
    minor : ndarray of bool, shape (n,)
        Whether the printed key is minor, dorian or phrygian.
    family, title : ndarray of str, shape (n,)
        Variants of a tune are one family.
    """

    rows: np.ndarray
    style: np.ndarray
    minor: np.ndarray
    family: np.ndarray
    title: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows) -> Examples:
        """Give some of the windows, by a mask or by positions."""
        return Examples(*(getattr(self, field.name)[rows] for field in fields(self)))

    def half(self, which: int) -> Examples:
        """Give one half of the families, 0 or 1; each family is in one of them, the same on every machine."""
        bits = {family: hashlib.sha1(family.encode()).digest()[0] % 2 for family in np.unique(self.family)}
        return self.take(np.array([bits[family] for family in self.family]) == which)

    def even(self, n: int, seed: int = 0) -> Examples:
        """Draw at most ``n`` windows of each style."""
        rng = np.random.default_rng(seed)
        chosen = [rng.permutation(np.flatnonzero(self.style == each))[:n] for each in np.unique(self.style)]
        return self.take(np.concatenate(chosen))


def examples(split: str = "train", *, bars: int = 4) -> Examples:
    """Collect the windows of the fiddle books whose tunes are labelled as one of :data:`STYLES`.

    Parameters
    ----------
    split : str
        ``"train"``, ``"validation"`` or ``"test"``.
    bars : int
        Length of a window.

    Raises
    ------
    ValueError
        If there is no such split.
    """
    rows = corpus.windows(bars, split, corpus.FIDDLE_BOOKS)
    about = corpus.load().table.loc[corpus.window_tunes(bars, split, corpus.FIDDLE_BOOKS)]
    keep = about["kind"].isin(STYLES).to_numpy() & _sounds(rows)
    about = about[keep]
    minor = about["key"].str[1:].str.lstrip("#b").isin(MINOR).to_numpy()
    return Examples(
        rows[keep], about["kind"].to_numpy(str), minor, about["family"].to_numpy(str), about["title"].to_numpy(str)
    )


def melodies(rows, **fields) -> list[Melody]:
    """Read windows as tunes; fields such as tempo are for all of them."""
    return [Melody.from_tokens(row, low=LOW, high=HIGH, **fields) for row in rows]


class Conditions:
    """A VAE that composes for a wanted style and mood.

    Parameters
    ----------
    vae : VAE
        One with rich codes.
    known : Examples
        What the read-outs are learned from; the judge must not learn from the same.

    Raises
    ------
    ValueError
        If there are fewer windows than numbers in a code, or they do not fit the VAE.
    """

    axes = (*STYLES, "valence", "arousal")

    def __init__(self, vae: VAE, known: Examples):
        if len(known) <= vae.z_dim:
            raise ValueError(f"{len(known)} windows for codes of {vae.z_dim} numbers; more are needed")
        self.vae, self.known = vae, known
        codes = vae.encode(known.rows)[0]
        self._middle, self._spread = codes.mean(axis=0), codes.std(axis=0)
        codes = self._standard(codes)
        answers = [*(known.style == each for each in STYLES), ~known.minor, (known.rows >= FIRST_PITCH).sum(axis=1)]
        directions = np.array([uphill(codes, np.asarray(answer, float)) for answer in answers])
        self._lines = directions / (codes @ directions.T).std(axis=0)[:, None]
        self._known = codes @ self._lines.T
        self._moves = codes.T @ self._known / len(codes)  # how codes change where a read-out does

    def _standard(self, codes) -> np.ndarray:
        return (codes - self._middle) / self._spread

    def read(self, rows) -> np.ndarray:
        """Read windows by their codes: float, shape (n, 5), a column for each of :attr:`axes`, in standard deviations."""
        return self._standard(self.vae.encode(rows)[0]) @ self._lines.T

    def wanted(
        self, style: str | None = None, mood: tuple[float, float] | None = None, strength: float = 3.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Translate a wish into read-outs: which of them are asked for, and their values.

        Raises
        ------
        ValueError
            For a style that there is not, or a mood outside -1 to 1.
        """
        if style is not None and style not in STYLES:
            raise ValueError(f"no style {style!r}; there are {', '.join(STYLES)}")
        if mood is not None and not (np.shape(mood) == (2,) and np.abs(mood).max() <= 1):
            raise ValueError(f"a mood is valence and arousal, each from -1 to 1, got {mood}")
        asked = [STYLES.index(style)] if style is not None else []
        values = [strength] * len(asked)
        if mood is not None:
            asked += [len(STYLES), len(STYLES) + 1]
            values += [REACH * each for each in mood]
        return np.array(asked, int), np.array(values, float)

    def move(self, codes, asked, values) -> np.ndarray:
        """Move codes to where some read-outs are as wanted: along the ways in which codes of real music vary with them.

        Parameters
        ----------
        codes : ndarray of float, shape (n, z_dim)
        asked, values : ndarray
            As :meth:`wanted` gives them.

        Returns
        -------
        ndarray of float32, shape (n, z_dim)
        """
        lines, moves = self._lines[asked], self._moves[:, asked]
        missing = values - self._standard(codes) @ lines.T
        return (codes + missing @ np.linalg.pinv(lines @ moves).T @ moves.T * self._spread).astype(np.float32)

    def compose(
        self,
        n: int,
        seed: int,
        *,
        style: str | None = None,
        mood: tuple[float, float] | None = None,
        strength: float = 3.0,
        candidates: int = 4,
        temperature: float = 0.8,
    ) -> np.ndarray:
        """Compose windows to order.

        Codes are drawn, moved by the shortest way to where their read-outs are as wanted, and decoded. What comes out is
        encoded again, and of all candidates those are kept whose own read-outs are nearest to the wish.

        Parameters
        ----------
        n, seed : int
            How many, and the seed of all draws.
        style : str, optional
            One of :data:`STYLES`.
        mood : tuple of float, optional
            Valence and arousal, each from -1 to 1.
        strength : float
            Read-out of the wanted style.
        candidates : int
            So many times n are composed.
        temperature : float
            Of the draw of each token.

        Returns
        -------
        ndarray of int64, shape (n, n_steps)
            The nearest to the wish first. Without a wish, n windows as they are drawn.

        Raises
        ------
        ValueError
            If n or candidates is below 1, for a wish that cannot be read, or if nearly everything that is composed is silent.
        """
        if n < 1 or candidates < 1:
            raise ValueError(f"n and candidates are at least 1, got {n} and {candidates}")
        asked, values = self.wanted(style, mood, strength)
        kept = np.empty((0, self.vae.n_steps), np.int64)
        for round_ in range(4):  # a few windows are nearly silent and are made up for
            codes = self.move(self.vae.draw_codes(n * candidates, seed + 7919 * round_), asked, values)
            rows = self.vae.decode(codes, seed + 7919 * round_, temperature=temperature)
            kept = np.concatenate([kept, rows[_sounds(rows)]])
            if len(kept) >= n * candidates:
                break
        if len(kept) < n:
            raise ValueError(f"only {len(kept)} of {4 * n * candidates} windows have {FEWEST} notes; ask for less")
        kept = kept[: n * candidates]
        return kept[self._order(self.read(kept), asked, values)[:n]]

    def nearest(self, n: int, **wish) -> Examples:
        """Give the known windows whose read-outs are nearest to a wish: what one would play instead of composing."""
        return self.known.take(self._order(self._known, *self.wanted(**wish))[:n])

    @staticmethod
    def _order(read, asked, values) -> np.ndarray:
        return np.argsort(((read[:, asked] - values) ** 2).sum(axis=1), kind="stable")


class StyleJudge:
    """Which of the three dances is a window? A classifier of note features, without metre.

    Parameters
    ----------
    learned : Examples
        Of other families than those that the steering learned from.
    n : int
        Windows of each style to learn from, at most.
    seed : int
        Of their choice.
    groups : sequence of str, optional
        Beginnings of feature names: the judge reads only those. All if not given.
    """

    def __init__(self, learned: Examples, *, n: int = 400, seed: int = 0, groups: Sequence[str] | None = None):
        chosen = learned.even(n, seed)
        names = [name for name in features.names(metre=False) if groups is None or name.startswith(tuple(groups))]
        self._places = [features.names().index(name) for name in names]
        self.model = style.classifier(len(STYLES)).fit(self._describe(melodies(chosen.rows)), chosen.style)

    def _describe(self, windows) -> np.ndarray:
        return np.array([features.extract_features(melody)[self._places] for melody in windows])

    def probabilities(self, rows) -> np.ndarray:
        """Give the probability of each of :data:`STYLES` (in their order), shape (n, 3)."""
        return self.probabilities_of(melodies(rows))

    @style.one_thread
    def probabilities_of(self, windows: Sequence[Melody]) -> np.ndarray:
        """Give the same of windows that were read as melodies."""
        return self.model.predict_proba(self._describe(windows))

    def accuracy(self, held_out: Examples) -> float:
        """Give the balanced accuracy on windows that it has not learned from; chance is a third."""
        guess = np.array(STYLES)[self.probabilities(held_out.rows).argmax(axis=1)]
        return float(balanced_accuracy_score(held_out.style, guess))


def judge_mood(rows) -> np.ndarray:
    """Give the predicted valence and arousal of windows (:func:`musicbook.music.mood.predict`), shape (n, 2)."""
    return np.array([mood.predict(melody) for melody in melodies(rows)])


def _sounds(rows) -> np.ndarray:
    return (rows >= FIRST_PITCH).sum(axis=1) >= FEWEST
