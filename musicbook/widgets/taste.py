"""Your taste: say what you think of six tunes, and see what a content-based recommender makes of it.

Task
    Some tunes with their features travel in the page. The reader likes or dislikes six of them, and the rest is ranked by the
    cosine between each tune and her interest, the mean of what she likes less the mean of what she dislikes. Sliders say how
    much each group of features counts, and how far the list may wander from what is alike (MMR). Each tune of the list plays,
    and says why it is there. The page computes; this module computes the same from Python.

Conventions
    ``features`` are hundredths of a standard deviation, whole numbers, one row a tune. ``opinions`` holds 1, -1 or 0 for each
    of the first ``asked`` tunes, which are those that are asked about; the others are candidates. ``weights`` are from 0 to 3,
    one for each group; ``discovery`` is from 0 to 1. Numbers equal to ten digits are equal; the lower row is the first.

Classes
    ``Taste``

Sources
    Lops et al. (2011); Carbonell and Goldstein (1998); :mod:`musicbook.recommend.content` for the functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.recommend import content
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.player import check_length, rows

MOST_WEIGHT = 3
POOL = 30
"""Best candidates among which variety may choose."""


class Taste(SoundingWidget):
    """Like, dislike, weigh, discover; hear what follows.

    Parameters
    ----------
    melodies : sequence of Melody
        What is heard; the first ``asked`` are asked about, the others are candidates. Excerpts keep the page light.
    features : array_like of float, shape (n_tunes, d)
        Standardised (see :func:`musicbook.recommend.content.item_features`); kept to two digits.
    feature_names : sequence of str
        Names of the d columns.
    groups : mapping of str to sequence of str
        Words for a slider -> names of the columns that it weighs; each column in one group.
    asked : int
        Tunes that are asked about.
    opinions : sequence of int, optional
        1 (liked), -1 (disliked) or 0 for each of them at first.
    names : sequence of str, optional
        Titles, the melodies' own if not given.
    length : int
        Length of the list.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        If the rows, names, groups or opinions do not fit each other, or a tune has no notes or is too long.

    Notes
    -----
    The traits ``opinions``, ``weights``, ``discovery`` and ``selected`` follow the reader's hand, and the page follows them.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Taste").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "tastescores", "taste")
    _css = css("theme", "player", "neighbours", "taste")

    tunes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    features = traitlets.List().tag(sync=True)
    feature_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    groups = traitlets.List().tag(sync=True)
    asked = traitlets.Int(6, min=1).tag(sync=True)
    opinions = traitlets.List(traitlets.Int(min=-1, max=1)).tag(sync=True)
    weights = traitlets.List(traitlets.Float(min=0, max=MOST_WEIGHT)).tag(sync=True)
    discovery = traitlets.Float(0, min=0, max=1).tag(sync=True)
    length = traitlets.Int(6, min=1).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        melodies: Sequence[Melody],
        features,
        *,
        feature_names: Sequence[str],
        groups: Mapping[str, Sequence[str]],
        asked: int = 6,
        opinions: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        length: int = 6,
        title: str = "",
        caption: str = "",
    ):
        F = np.rint(100 * np.asarray(features, float)).astype(int)
        names = [melody.title for melody in melodies] if names is None else [str(each) for each in names]
        opinions = [0] * asked if opinions is None else [int(each) for each in opinions]
        if F.ndim != 2 or F.shape != (len(melodies), len(feature_names)) or len(names) != len(melodies):
            raise MusicError(
                f"features of shape {F.shape} and {len(names)} names for {len(melodies)} tunes and "
                f"{len(feature_names)} columns"
            )
        if sorted(name for group in groups.values() for name in group) != sorted(feature_names):
            raise MusicError("each feature belongs to one group")
        if len(opinions) != asked or not 0 < asked < len(melodies) or not set(opinions) <= {-1, 0, 1}:
            raise MusicError(f"opinions {opinions} on {asked} of {len(melodies)} tunes; each is 1, -1 or 0")
        super().__init__(
            tunes=[_tune(melody) for melody in melodies],
            names=names,
            features=F.tolist(),
            feature_names=list(feature_names),
            groups=[[words, [list(feature_names).index(name) for name in group]] for words, group in groups.items()],
            asked=asked,
            opinions=opinions,
            weights=[1.0] * len(groups),
            length=length,
            title=title,
            caption=caption,
        )

    @classmethod
    def of(
        cls, catalogue: Catalogue, *, asked: Sequence[str], n: int = 120, bars: int = 4, seed: int = 0, **options
    ) -> Taste:
        """Ask about some tunes of a catalogue, with candidates drawn from the rest of it.

        Parameters
        ----------
        catalogue : Catalogue
            Features are standardised over all of it.
        asked : sequence of str
            Ids of the tunes that are asked about.
        n : int
            Number of candidates, of different families.
        bars : int
            How much of each tune is heard.
        seed : int
            The same seed draws the same candidates.
        **options
            As in the class.
        """
        F, names = content.item_features(catalogue)
        ids = catalogue.table.index
        pool = catalogue.table.drop(index=list(asked)).sample(frac=1, random_state=seed).drop_duplicates("family")
        chosen = [*asked, *pool.index[:n]]
        excerpts = [beginning(catalogue[tune], bars) for tune in chosen]
        return cls(
            excerpts,
            F[ids.get_indexer(chosen)],
            feature_names=names,
            groups=content.GROUPS,
            asked=len(asked),
            **options,
        )

    def weighted(self) -> np.ndarray:
        """Give the features with the groups' weights; float64, shape (n_tunes, d)."""
        F = np.array(self.features) / 100
        for (_, columns), weight in zip(self.groups, self.weights, strict=True):
            F[:, columns] *= weight
        return F

    def scores(self) -> np.ndarray:
        """Give each tune's cosine with the interest, to ten digits; zeros as long as there is no opinion."""
        F, opinions = self.weighted(), np.array(self.opinions)
        interest = content.build_interest_model(np.flatnonzero(opinions > 0), F, dislikes=np.flatnonzero(opinions < 0))
        return content.cosine(interest, F).round(10)

    def ranking(self) -> list[int]:
        """Give the rows of the list that is shown, best first; empty as long as there is no opinion."""
        scores = self.scores()
        if not np.any(self.opinions):
            return []
        candidates = np.arange(self.asked, len(scores))
        pool = candidates[np.argsort(-scores[candidates], kind="stable")[:POOL]]
        return content.rerank(pool, scores, self.weighted(), self.length, self.discovery).tolist()

    def why(self, row: int) -> list[tuple[str, float]]:
        """Give each group's part of a tune's score, the greatest first."""
        F, opinions = self.weighted(), np.array(self.opinions)
        interest = content.build_interest_model(np.flatnonzero(opinions > 0), F, dislikes=np.flatnonzero(opinions < 0))
        parts = dict(content.explain(interest, F, row, self.feature_names))
        sums = [(words, sum(parts[self.feature_names[column]] for column in columns)) for words, columns in self.groups]
        return sorted(sums, key=lambda part: -part[1])


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}
