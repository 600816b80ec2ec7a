"""The confusion matrix: which label is taken for which, with tunes behind every cell.

Task
    A table of true labels against guesses says where a classifier errs, and not why. Here each cell opens some of its tunes, to
    listen to what was confused with what, with the probabilities that the classifier gave. Several versions of a classifier
    lie over each other, such as without and with metre.

Conventions
    ``counts[version][i][j]`` are tunes of true label i that were guessed as label j. The recall of a label is the share of its
    tunes that was recognised, and the mean of these is the balanced accuracy.

Classes
    ``Confusion``

Sources
    :mod:`musicbook.music.style` makes the guesses.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import traitlets

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.music.style import Guesses
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.player import check_length, rows


class Confusion(SoundingWidget):
    """Look into the cells of a confusion matrix, and hear them.

    Parameters
    ----------
    versions : mapping of str to Guesses
        Words for a button -> what that classifier guessed; all of one set of labels.
    catalogue : Catalogue
        Where the tunes are.
    examples : int
        Tunes of each cell that can be heard, at most; those of which the classifier was most certain.
    bars : int
        How much of each.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        If there is no version, or two with different labels.

    Notes
    -----
    The traits ``version`` (its number), ``cell`` ([true, guess]) and ``selected`` (the tune that is heard) follow the
    reader's hand, and the page follows them.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Confusion").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "confusionscores", "confusion")
    _css = css("theme", "player", "neighbours", "confusion")

    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    versions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    counts = traitlets.List().tag(sync=True)
    examples = traitlets.List().tag(sync=True)
    tunes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    version = traitlets.Int(0, min=0).tag(sync=True)
    cell = traitlets.List(traitlets.Int(min=0), [0, 0], minlen=2, maxlen=2).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        versions: Mapping[str, Guesses],
        catalogue: Catalogue,
        *,
        examples: int = 2,
        bars: int = 4,
        title: str = "",
        caption: str = "",
    ):
        if not versions:
            raise MusicError("there is nothing to show: give at least one version of guesses")
        labels = [[str(label) for label in each.labels] for each in versions.values()]
        if any(each != labels[0] for each in labels):
            raise MusicError(f"the versions have different labels: {labels}")
        chosen: dict[str, int] = {}  # id -> its number among the tunes
        cells = [_examples(each, examples, chosen) for each in versions.values()]
        super().__init__(
            labels=labels[0],
            versions=list(versions),
            counts=[each.confusion().to_numpy().tolist() for each in versions.values()],
            examples=cells,
            tunes=[_tune(beginning(catalogue[name], bars)) for name in chosen],
            names=[catalogue.table.loc[name, "title"] for name in chosen],
            title=title,
            caption=caption,
        )

    def recall(self) -> np.ndarray:
        """Give each label's recall in the version that is shown; 0 for a label without tunes."""
        counts = np.array(self.counts[self.version], float)
        return np.diag(counts) / np.maximum(counts.sum(axis=1), 1)

    def heard(self) -> list[int]:
        """Give the numbers of the tunes of the cell that is open."""
        true, guess = self.cell
        return [number for number, _ in self.examples[self.version][true][guess]]


def _examples(guesses: Guesses, n: int, chosen: dict[str, int]) -> list:
    """For each cell some of its tunes, [number, percent for each label], those with the most certain guess first."""
    guess, certain = guesses.guess, guesses.probability.max(axis=1)
    cells = []
    for true in guesses.labels:
        row = []
        for label in guesses.labels:
            inside = np.flatnonzero((guesses.truth == true) & (guess == label))
            best = inside[np.argsort(-certain[inside], kind="stable")][:n]
            percent = np.rint(100 * guesses.probability[best]).astype(int).tolist()
            numbers = [chosen.setdefault(str(guesses.ids[i]), len(chosen)) for i in best]
            row.append([[number, each] for number, each in zip(numbers, percent, strict=True)])
        cells.append(row)
    return cells


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}
