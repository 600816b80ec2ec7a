"""The matrix editor: change a play, and see at once what each family of recommenders makes of it.

Task
    A table of plays small enough to look at, listeners by tunes, in which every number can be changed. Beside it stand the
    scores of the tunes that each listener has not played, by user-kNN, item-kNN, ALS or EASE, and the table that they come
    from: similarities S, item weights B, or confidences C. Or the similarities are given and can be changed. Each tune can be
    played. All is computed in the page; this module computes the same for whoever asks from Python.

Conventions
    U has a row for each listener and a column for each tune, 0 where she has not played it. The table is small, so plays are
    used as they are, in double precision: user-kNN gives the mean of the k nearest listeners' plays weighted by cosine,
    item-kNN U B with the k nearest of each tune that is scored, EASE U B, ALS P Q' of rank 2 with confidence 1 + alpha r,
    from the same first item factors and with the same number of sweeps in Python and in the page. Likenesses equal to ten
    digits are equal; the first is the nearer.

Classes
    ``MatrixEditor``

Sources
    Resnick et al. (1994), Sarwar et al. (2001), Hu et al. (2008), Steck (2019).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.recommend.collaborative import compute_similarity
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.player import check_length, rows

METHODS = ("user-kNN", "item-kNN", "ALS", "EASE")
GIVEN = "given S"
"""Name of the method when the similarities are edited."""
RANK, SWEEPS, PENALTY = 2, 20, 0.5
"""Of ALS."""
MOST_LISTENERS, MOST_TUNES, MOST_PLAYS = 12, 12, 99


class MatrixEditor(SoundingWidget):
    """Edit a small table of plays, or of similarities, and hear what is recommended.

    Parameters
    ----------
    plays : array_like of int, shape (n_listeners, n_tunes)
        From 2 x 2 to 12 x 12, whole numbers from 0 to 99.
    melodies : sequence of Melody
        What is heard, one for each column; excerpts keep the page light.
    listeners : sequence of str
        Their names, one for each row, all different.
    names : sequence of str, optional
        Titles of the tunes, the melodies' own if not given.
    similarity : array_like of float, shape (n_listeners, n_listeners), optional
        If given, it is this table that is edited, from 0 to 1 and kept symmetric, and the plays stay. The diagonal has no say.
    method : str
        One of ``METHODS``: which one is chosen at first. Not used with ``similarity``.
    neighbours : int
        k of both neighbourhoods at first, at most one less than there are rows or columns.
    alpha, penalty : float
        Confidence of ALS, 0.5 to 20, and lambda of EASE, 0.1 to 100, at first.
    title, caption : str
        Above and below.
    seed : int
        Of the first item factors of ALS.

    Raises
    ------
    MusicError
        For tables of another shape or with other numbers, lists of other lengths, names that repeat, an unknown method, or a
        tune without notes or too long.

    Notes
    -----
    The traits ``plays``, ``similarity``, ``method``, ``settings`` and ``selected`` (the column that is heard) follow the
    reader's hand, and the page follows them. ``table()``, ``scores()`` and ``best()`` compute what the page shows.
    """

    _anywidget_id = traitlets.Unicode("musicbook.MatrixEditor").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "matrixscores", "matrix")
    _css = css("theme", "player", "matrix")

    plays = traitlets.List().tag(sync=True)
    similarity = traitlets.List().tag(sync=True)
    method = traitlets.Enum((*METHODS, GIVEN), "user-kNN").tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    als = traitlets.Dict().tag(sync=True)
    listeners = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tunes = traitlets.List().tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        plays,
        melodies: Sequence[Melody],
        *,
        listeners: Sequence[str],
        names: Sequence[str] | None = None,
        similarity=None,
        method: str = "user-kNN",
        neighbours: int = 3,
        alpha: float = 2.0,
        penalty: float = 1.0,
        title: str = "",
        caption: str = "",
        seed: int = 0,
    ):
        U = np.asarray(plays)
        _check(U, (len(listeners), len(melodies)))
        listeners = [str(each) for each in listeners]
        names = [melody.title for melody in melodies] if names is None else [str(each) for each in names]
        if len(names) != len(melodies) or len(set(listeners)) < len(listeners):
            raise MusicError(
                f"{len(names)} names for {len(melodies)} tunes, and listeners {listeners}, who must all differ"
            )
        if method not in METHODS:
            raise MusicError(f"method {method!r}; there are {', '.join(METHODS)}")
        if neighbours < 1 or not 0.5 <= alpha <= 20 or not 0.1 <= penalty <= 100:
            raise MusicError("neighbours are at least 1, alpha is from 0.5 to 20 and penalty from 0.1 to 100")
        S = [] if similarity is None else np.round(np.asarray(similarity, float), 2)
        if similarity is not None and not (S.shape == 2 * U.shape[:1] and np.array_equal(S, S.T) and _inside(S, 0, 1)):
            raise MusicError(
                f"similarities are a symmetric table from 0 to 1 of shape {2 * U.shape[:1]}, got {S.shape}"
            )
        start = np.random.default_rng(seed).normal(0, 0.5, (U.shape[1], RANK)).round(4)
        super().__init__(
            plays=U.tolist(),
            similarity=[] if similarity is None else S.tolist(),
            method=method if similarity is None else GIVEN,
            settings={
                "user-kNN": min(neighbours, U.shape[0] - 1),
                "item-kNN": min(neighbours, U.shape[1] - 1),
                "ALS": alpha,
                "EASE": penalty,
            },
            als={"start": start.tolist(), "sweeps": SWEEPS, "penalty": PENALTY},
            listeners=listeners,
            names=names,
            tunes=[_tune(melody) for melody in melodies],
            title=title,
            caption=caption,
        )

    def table(self) -> np.ndarray:
        """Give the table behind the scores: S of neighbours (n, n), B (m, m), or the confidences of ALS (n, m)."""
        return self._compute()[0]

    def scores(self) -> np.ndarray:
        """Score every tune for every listener; float64, shape (n_listeners, n_tunes)."""
        return self._compute()[1]

    def best(self) -> list[int]:
        """Give the column of each listener's best tune among those that she has not played, -1 if there is none."""
        U = np.array(self.plays, float)
        unseen = np.where(U > 0, -np.inf, self.scores().round(10))
        return [int(row.argmax()) if np.isfinite(row).any() else -1 for row in unseen]

    def _compute(self) -> tuple[np.ndarray, np.ndarray]:
        U = np.array(self.plays, float)
        if self.method == GIVEN:
            S = np.array(self.similarity, float)
            return S, _mean_of_neighbours(S * (1 - np.eye(len(S))), U)
        setting = self.settings[self.method]
        if self.method == "user-kNN":
            S = _nearest(compute_similarity(U), setting)
            return S, _mean_of_neighbours(S, U)
        if self.method == "ALS":
            return 1 + setting * U, _als(U, setting, np.array(self.als["start"]))
        B = _ease(U, setting) if self.method == "EASE" else _nearest(compute_similarity(U.T), setting).T
        return B, U @ B


def _nearest(S: np.ndarray, k: int) -> np.ndarray:
    """Keep the k greatest of each row, itself left out."""
    ranked = S.round(10)
    np.fill_diagonal(ranked, -np.inf)
    order = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    kept = np.zeros_like(S)
    np.put_along_axis(kept, order, np.take_along_axis(S, order, axis=1), axis=1)
    return kept


def _mean_of_neighbours(S: np.ndarray, U: np.ndarray) -> np.ndarray:
    return S @ U / np.maximum(np.abs(S).sum(axis=1, keepdims=True), 1e-12)


def _ease(X: np.ndarray, penalty: float) -> np.ndarray:
    P = np.linalg.inv(X.T @ X + penalty * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


def _als(U: np.ndarray, alpha: float, Q: np.ndarray) -> np.ndarray:
    C = 1 + alpha * U
    for _ in range(SWEEPS):
        P = _half_step(C, U, Q)
        Q = _half_step(C.T, U.T, P)
    return P @ Q.T


def _half_step(C: np.ndarray, U: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    left = np.einsum("ui,ia,ib->uab", C, fixed, fixed) + PENALTY * np.eye(fixed.shape[1])
    return np.linalg.solve(left, ((C * (U > 0)) @ fixed)[..., None])[..., 0]


def _check(U: np.ndarray, shape: tuple[int, int]) -> None:
    if U.shape != shape or not (2 <= shape[0] <= MOST_LISTENERS and 2 <= shape[1] <= MOST_TUNES):
        raise MusicError(
            f"plays of shape {U.shape} for {shape[0]} listeners and {shape[1]} tunes; "
            f"there may be 2 to {MOST_LISTENERS} of one and 2 to {MOST_TUNES} of the other"
        )
    if not np.issubdtype(U.dtype, np.integer) or not _inside(U, 0, MOST_PLAYS):
        raise MusicError(f"plays are whole numbers from 0 to {MOST_PLAYS}")


def _inside(values: np.ndarray, low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}
