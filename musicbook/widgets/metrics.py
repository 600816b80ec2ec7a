"""The metric explorer: several recommenders on the same listeners, and how their order hangs on what is asked.

Task
    Which system is best? The page holds where the relevant tunes stand in each system's lists, for a few dozen listeners. The
    reader moves k, the length of the list, chooses the metric, the group of listeners, and whether the lists were ranked
    against all tunes or against a drawn hundred; the bars and the order of the systems follow. One listener's lists can be
    read and heard. The page computes; this module computes the same with :mod:`musicbook.recommend.ranking`.

Conventions
    A metric is the mean over the listeners of the group, as in :mod:`musicbook.recommend.ranking` and
    :mod:`musicbook.recommend.beyond`. Novelty and coverage are always of the full rankings. Against a sample, each listener's
    relevant tunes are ranked together with so many others that she has not met, the same for all systems.

Classes
    ``MetricExplorer``

Sources
    Herlocker et al. (2004), Krichene and Rendle (2020), Kaminskas and Bridge (2016), Abdollahpouri et al. (2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.recommend import beyond, ranking
from musicbook.recommend.interactions import Interactions
from musicbook.recommend.recommender import Recommender, rank
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.browser import beginning
from musicbook.widgets.player import check_length, rows

LONGEST = 20
"""Greatest k."""
READ = 10
"""Tunes of the example's lists that can be heard."""
METRICS = (*ranking.METRICS, "novelty", "coverage")
GROUPS = ("all", *beyond.GROUPS)
AGAINST = ("all", "sampled")
MOST_SYSTEMS = 6


class MetricExplorer(SoundingWidget):
    """Move k, the metric, the group; see the order of the systems change.

    Parameters
    ----------
    lists : mapping of str to ndarray of int, shape (n, 20)
        Two to six systems by name, each with a list for each of the listeners, best first; -1 where a list has ended.
    train, test : Interactions
        What was learned from, and what is relevant.
    listeners : array_like of int, shape (n,)
        Whose lists these are; each has something relevant.
    melodies : mapping of int to Melody
        By item code: the first ten tunes of every system's list for the example listener. Excerpts keep the page light.
    sampled : mapping of str to ndarray of int, shape (n, 20), optional
        The same systems' rankings of a sample.
    example : int
        Row of the listener whose lists can be read.
    k, metric, group, against, system
        Where it begins; ``system`` is the name of the system whose list is read.
    title, caption : str
        Above and below.

    Raises
    ------
    MusicError
        For other numbers of systems, lists of other shapes, a listener without anything relevant, or a missing melody.

    Notes
    -----
    The traits ``k``, ``metric``, ``group``, ``against``, ``system`` and ``selected`` (the tune that is heard) follow the
    reader's hand, and the page follows them. :meth:`values` computes what the bars show.
    """

    _anywidget_id = traitlets.Unicode("musicbook.MetricExplorer").tag(sync=True)
    _esm = esm(*PARTS, "playerview", "jukebox", "metricvalues", "metrics")
    _css = css("theme", "player", "metrics")

    data = traitlets.Dict().tag(sync=True)
    example = traitlets.Dict().tag(sync=True)
    k = traitlets.Int(10, min=1, max=LONGEST).tag(sync=True)
    metric = traitlets.Enum(METRICS, "nDCG").tag(sync=True)
    group = traitlets.Enum(GROUPS, "all").tag(sync=True)
    against = traitlets.Enum(AGAINST, "all").tag(sync=True)
    system = traitlets.Int(0, min=0).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tunes = traitlets.List().tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        lists: Mapping[str, np.ndarray],
        train: Interactions,
        test: Interactions,
        *,
        listeners,
        melodies: Mapping[int, Melody],
        sampled: Mapping[str, np.ndarray] | None = None,
        example: int = 0,
        system: str | None = None,
        **options,
    ):
        listeners = np.asarray(listeners)
        lists = {name: np.asarray(each) for name, each in lists.items()}
        sampled = {name: np.asarray(each) for name, each in (sampled or {}).items()}
        _check(lists, sampled, listeners, test, example)
        self._parts = train, test, listeners, {"all": lists, "sampled": sampled or lists}
        heard = list(dict.fromkeys(int(i) for each in lists.values() for i in each[example, :READ] if i >= 0))
        missing = [i for i in heard if i not in melodies]
        if missing:
            raise MusicError(
                f"no melody for item {missing[0]} ({len(missing)} such), which stands in the example's lists"
            )
        names = list(lists)
        if system is not None and system not in names:
            raise MusicError(f"no system {system!r}; there are {', '.join(names)}")
        super().__init__(
            data=self._data(bool(sampled)),
            example={
                "who": str(train.listeners[listeners[example]]),
                "lists": [[heard.index(i) for i in each[example, :READ] if i >= 0] for each in lists.values()],
                "relevant": [heard.index(i) for i in test.items_of(listeners[example]) if i in heard],
                "count": len(test.items_of(listeners[example])),
            },
            names=[melodies[i].title for i in heard],
            tunes=[_tune(melodies[i]) for i in heard],
            system=0 if system is None else names.index(system),
            **options,
        )

    @classmethod
    def of(
        cls,
        recommenders: Sequence[Recommender],
        train: Interactions,
        test: Interactions,
        catalogue: Catalogue,
        *,
        n: int = 60,
        negatives: int = 100,
        bars: int = 4,
        seed: int = 0,
        **options,
    ) -> MetricExplorer:
        """Rank for some listeners, against everything and against a sample.

        Parameters
        ----------
        recommenders : sequence of Recommender
            Fitted on ``train``, with different names.
        train, test : Interactions
            The ids of the items are those of the catalogue.
        catalogue : Catalogue
        n : int
            Listeners, a quarter niche, a quarter mainstream, drawn among those with something relevant.
        negatives : int
            Tunes that each sampled ranking holds beside the relevant ones.
        bars : int
            How much of each tune is heard.
        seed : int
        **options
            As in the class.
        """
        rng = np.random.default_rng(seed)
        listeners = _drawn(train, test, n, rng)
        lists = {each.name: each.top(listeners, LONGEST) for each in recommenders}
        hidden = _outside_samples(train, test, listeners, negatives, rng)
        sampled = {}
        for each in recommenders:
            scores = np.where(hidden, -np.inf, each.scores(listeners))
            sampled[each.name] = rank(scores, None, LONGEST)
        example = options.pop("example", _telling(lists, test, listeners))
        wanted = {int(i) for each in lists.values() for i in each[example, :READ] if i >= 0}
        melodies = {i: _excerpt(catalogue[str(train.items[i])], bars) for i in wanted}
        parts = {"listeners": listeners, "melodies": melodies, "sampled": sampled, "example": example}
        return cls(lists, train, test, **parts, **options)

    def values(
        self, k: int | None = None, group: str | None = None, against: str | None = None
    ) -> dict[str, list[float]]:
        """Give each metric of each system, as the bars show it; by default at the settings that are chosen now."""
        k, group, against = k or self.k, group or self.group, against or self.against
        train, test, listeners, lists = self._parts
        inside = np.ones(len(listeners), bool)
        if group != "all":
            inside = beyond.groups(train)[listeners] == beyond.GROUPS.index(group)
        found = {name: [] for name in METRICS}
        for name, full in lists["all"].items():
            ranked = lists[against][name]
            for metric, compute in ranking.METRICS.items():
                found[metric].append(ranking.mean(compute(ranked[inside], test, k, listeners[inside])))
            found["novelty"].append(ranking.mean(beyond.novelty(full[inside, :k], train)))
            found["coverage"].append(beyond.coverage(full[inside, :k], train.n_items))
        return found

    def _data(self, with_sample: bool) -> dict:
        train, test, listeners, lists = self._parts
        shown = np.unique(np.concatenate([each.ravel() for each in lists["all"].values()]))
        shown = shown[shown >= 0]
        places = {
            against: [_places(each, test, listeners) for each in lists[against].values()]
            for against in (AGAINST if with_sample else AGAINST[:1])
        }
        return {
            "systems": list(lists["all"]),
            "counts": np.diff(test.matrix.indptr)[listeners].tolist(),
            "group": beyond.groups(train)[listeners].tolist(),
            "places": places,
            "shown": [
                [np.searchsorted(shown, row[row >= 0]).tolist() for row in each] for each in lists["all"].values()
            ],
            "known": train.popularity[shown].tolist(),
            "n_listeners": train.n_listeners,
            "n_items": train.n_items,
        }


def _places(lists, test, listeners) -> list[list[int]]:
    """Give the places, from 1, of the relevant items in each list."""
    found = ranking.hits(lists, test, LONGEST, listeners)
    return [(np.flatnonzero(row) + 1).tolist() for row in found]


def _check(lists, sampled, listeners, test, example) -> None:
    if not 2 <= len(lists) <= MOST_SYSTEMS:
        raise MusicError(f"{len(lists)} systems to compare; 2 to {MOST_SYSTEMS} can be")
    if sampled and list(sampled) != list(lists):
        raise MusicError(f"sampled lists of {', '.join(sampled)} beside lists of {', '.join(lists)}")
    for name, each in [*lists.items(), *sampled.items()]:
        if each.shape != (len(listeners), LONGEST):
            raise MusicError(f"lists of {name} have shape {each.shape}, not {(len(listeners), LONGEST)}")
    idle = listeners[np.diff(test.matrix.indptr)[listeners] == 0]
    if len(idle):
        raise MusicError(f"listener {idle[0]} has nothing relevant ({len(idle)} such), so she cannot be judged")
    if not 0 <= example < len(listeners):
        raise MusicError(f"the example is a row from 0 to {len(listeners) - 1}, not {example}")


def _drawn(train, test, n, rng) -> np.ndarray:
    """Draw listeners with something relevant: a quarter niche, a quarter mainstream, half in between."""
    group = beyond.groups(train)
    ready = np.diff(test.matrix.indptr) > 0
    drawn = []
    for each, size in enumerate((n // 4, n - 2 * (n // 4), n // 4)):
        some = np.flatnonzero(ready & (group == each))
        if len(some) < size:
            raise MusicError(f"{len(some)} {beyond.GROUPS[each]} listeners have something relevant; {size} are wanted")
        drawn.append(rng.choice(some, size, replace=False))
    return np.sort(np.concatenate(drawn))


def _outside_samples(train, test, listeners, negatives, rng) -> np.ndarray:
    """Mark what each listener's sample leaves out; bool, shape (n, n_items)."""
    hidden = np.ones((len(listeners), train.n_items), bool)
    for row, who in enumerate(listeners):
        free = np.ones(train.n_items, bool)
        free[train.items_of(who)] = free[test.items_of(who)] = False
        some = rng.choice(np.flatnonzero(free), min(negatives, free.sum()), replace=False)
        hidden[row, some] = hidden[row, test.items_of(who)] = False
    return hidden


def _telling(lists, test, listeners) -> int:
    """Give the row of a listener in whose lists most relevant tunes stand, over all systems."""
    return int(sum(ranking.hits(each, test, READ, listeners).sum(axis=1) for each in lists.values()).argmax())


def _excerpt(melody: Melody, bars: int) -> Melody:
    # As long as four bars of six quarters at most, so that a slow metre weighs no more.
    return beginning(melody, max(1, min(bars, 6 * TICKS * bars // melody.bar)))


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}
