"""The loop, step by step: compose, describe, recommend, listen, and compose again for what was liked.

The task
    What the article draws as boxes and never connects. Tunes and listeners are loaded once; then each round composes for every
    listener, puts what was composed into the catalogue as tunes that nobody has played, says what they are like, recommends
    old and new together, and logs what was shown and what was done with it. The next round reads that log.

The experiment inside
    In each round a listener gets some melodies that were steered by her history and as many that were not, from the same
    machine. Two of her list's ten places hold one of each, in an order that a coin decides: so the difference in clicks is the
    effect of steering and of nothing else. The simulator is asked what she truly likes, too; the loop never sees that answer.

Conventions
    A step is a method of :class:`System`; it computes first and writes last, in one transaction with the note that it is done
    (:mod:`musicbook.service.store`). All draws are seeded by the settings, the step and the round: killed and started again,
    the system ends with the same numbers.

Functions
    ``System``; ``WaitingError``

Sources
    Chapters "The project" and "Composing for a listener". Feedback loops: chaney2018. Logged propensities: schnabel2016.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from musicbook.compose.composer import Composer
from musicbook.compose.vae import VAE
from musicbook.music import corpus, mood, style
from musicbook.music.corpus import Catalogue
from musicbook.music.features import FEATURES, describe
from musicbook.music.melody import Melody
from musicbook.recommend import content, listeners, sources
from musicbook.recommend.interactions import Interactions, InteractionsError
from musicbook.recommend.truth import Truth
from musicbook.service import lists, measures
from musicbook.service.answers import Answers
from musicbook.service.conditions import STYLES, StyleJudge, examples
from musicbook.service.personal import Choosing, Steering
from musicbook.service.plugins import N_BARS, make_composer, make_recommender
from musicbook.service.settings import Settings
from musicbook.service.store import Store, from_text

BESIDE = ("ease", "content", "popularity", "random")
"""Recommenders that are judged beside the chosen one."""
CHUNK = 50
"""Listeners for whom is composed between two writes."""
HELD_OUT = 10
"""One in so many held-out windows is compared with the training windows, to say what real tunes share."""


class WaitingError(Exception):
    """The next step needs what real listeners did; the message says how to bring it."""


class System:
    """A system in a file.

    Parameters
    ----------
    store : Store
    settings : Settings
    watch : callable
        Wraps what takes long, as ``tqdm`` does.
    """

    def __init__(self, store: Store, settings: Settings, watch: Callable[..., Iterator] = lambda work, **_: work):
        self.store, self.settings, self.watch = store, settings, watch

    def run(self, step: str, round_: int = 0) -> dict:
        """Do a step, and give its result; one that was done before is not done again."""
        before = self.store.done(step, round_)
        if before is not None:
            return before
        return getattr(self, f"_{step}")(round_)

    # What every step may need, made when it is first wanted

    @functools.cached_property
    def tunes(self) -> Catalogue:
        """The catalogue of old tunes."""
        return corpus.load()

    @functools.cached_property
    def features(self) -> np.ndarray:
        """Features of the old tunes, shape (n_tunes, 19)."""
        return content.item_features(self.tunes)[0]

    @functools.cached_property
    def simulated(self) -> tuple[listeners.Observed, Truth]:
        """The simulated listeners, and their truth."""
        return listeners.simulate(self.settings.listeners, self.settings.seed)

    @functools.cached_property
    def answers(self) -> Answers:
        """What the simulated listeners say."""
        return Answers(self.simulated[1], self.store, self.tunes, self.settings.seed)

    @functools.cached_property
    def windows(self) -> np.ndarray:
        """What the composer learned from: windows of the fiddle books."""
        return corpus.windows(N_BARS, collections=corpus.FIDDLE_BOOKS)

    @functools.cached_property
    def composer(self) -> Composer:
        """The composing machine: a committed one, one of the reader's, or the one trained here."""
        if self.settings.epochs:
            return VAE.load(self._weights)
        return make_composer(self.settings.composer, self.settings.seed)

    @functools.cached_property
    def judge(self) -> StyleJudge:
        """Who says which dance a window is: one that learned from windows, not from whole tunes."""
        return StyleJudge(examples())

    @functools.cached_property
    def personal(self) -> Choosing:
        """The composer, able to compose for an interest."""
        maker = Steering if isinstance(self.composer, VAE) else Choosing
        return maker(self.composer, self.windows, self.tunes, seed=self.settings.seed)

    @property
    def _weights(self):
        return self.store.path.with_suffix(".vae.npz")

    # The steps that are done once

    def _catalogue(self, round_: int) -> dict:
        table = self.tunes.table
        styles = style.standard().table(self.tunes)
        moods = mood.table(self.tunes)
        about = pd.DataFrame(
            {
                "metre": table["meter"],
                "style": styles.idxmax(axis=1),
                "sure": styles.max(axis=1),
                "valence": moods["valence"],
                "arousal": moods["arousal"],
            }
        )
        about = about.join(table[list(FEATURES)])
        with self.store.transaction():
            self.store.add_tunes(zip(table.index, table["title"], table["collection"], strict=True))
            self.store.add_described(about)
            return self._finish("catalogue", round_, tunes=len(table), **measures.kinds(about))

    def _listeners(self, round_: int) -> dict:
        if self.settings.log:
            ids, events = self._imported()
        else:
            observed, _ = self.simulated
            ids, events = observed.interactions.listeners, observed.events.to_dict("records")
        with self.store.transaction():
            self.store.add_listeners(ids)
            self.store.add_events(events)
            counts = {kind: sum(each["kind"] == kind for each in events) for kind in ("play", "favourite", "share")}
            return self._finish("listeners", round_, listeners=len(ids), simulated=not self.settings.log, events=counts)

    def _imported(self):
        log = sources.read_csv(self.settings.log)
        unknown = sorted(set(log.items) - set(self.tunes.table.index))
        if unknown:
            raise InteractionsError(
                f"{self.settings.log} has tunes that are not in the catalogue, such as {', '.join(unknown[:3])}; "
                f"ids look like {self.tunes.table.index[0]}"
            )
        return log.listeners, sources.as_events(log, listeners.START)

    def _train(self, round_: int) -> dict:
        losses = {}
        if self.settings.epochs:
            vae = VAE(self.windows.shape[1])
            folder = self.store.path.with_suffix(".training")
            keep = lambda _, epoch, found: losses.update(found)  # noqa: E731
            vae.fit(self.windows, seed=self.settings.seed, epochs=self.settings.epochs, folder=folder, on_epoch=keep)
            vae.save(self._weights)
        name = "trained here" if self.settings.epochs else self.settings.composer
        with self.store.transaction():
            return self._finish(
                "train", round_, composer=name, kind=type(self.composer).__name__, windows=len(self.windows), **losses
            )

    def _judge(self, round_: int) -> dict:
        log = self.store.history(self.tunes.table.index.to_numpy(object))
        found = measures.ranking(
            log,
            {
                name: lambda name=name: make_recommender(name, self.settings.seed, self.features)
                for name in dict.fromkeys([self.settings.recommender, *BESIDE])
            },
            self.settings.seed,
            self.watch,
            None if self.settings.log else self.simulated[1],
        )
        with self.store.transaction():
            return self._finish("judge", round_, **found)

    # The steps of a round

    def _compose(self, round_: int) -> dict:
        log = self.store.history(self._items())
        F = self._all_features()
        people = self.store.listeners()
        there = set(self.store.composed(round_)["listener"])
        chunks = [range(start, min(start + CHUNK, len(people))) for start in range(0, len(people), CHUNK)]
        for chunk in self.watch(chunks, desc=f"composing, round {round_ + 1}", unit="chunk"):
            todo = [who for who in chunk if people[who] not in there]
            self.store.add_composed(row for who in todo for row in self._for_listener(who, people[who], log, F, round_))
        with self.store.transaction():
            return self._finish("compose", round_, composed=len(self.store.composed(round_)))

    def _for_listener(self, who: int, name: str, log, F, round_: int) -> Iterator[tuple]:
        """Compose for one listener: her interest from all that she did so far, steered and not."""
        interest = _interest(log, F, who)
        n, model = self.settings.tunes, self.settings.composer if not self.settings.epochs else "trained here"
        for steered in (1, 0):
            seed = int(np.random.SeedSequence([self.settings.seed, round_, who, steered]).generate_state(1)[0] >> 1)
            how = (
                {"strength": self.settings.strength, "candidates": self.settings.candidates}
                if steered
                else {"strength": 0}
            )
            rows = self.personal.compose(interest, n, seed, **how)
            for k, tokens in enumerate(rows):
                what = "For" if steered else "Not for anybody, shown to"
                tune = f"C{round_ + 1}-{name}-{'for' if steered else 'any'}{k + 1}"
                yield tune, f"{what} {name}, round {round_ + 1}, {k + 1}", round_, name, steered, model, seed, tokens

    def _describe(self, round_: int) -> dict:
        made = self.store.composed(round_)
        melodies = self._melodies(made)
        about = self._about(melodies).set_index(made["tune"])
        held_out = corpus.windows(N_BARS, "test", corpus.FIDDLE_BOOKS)[::HELD_OUT]
        copied = measures.copies(made, self.windows, held_out)
        steered = (made["steered"] == 1).to_numpy()
        with self.store.transaction():
            self.store.add_described(about)
            return self._finish(
                "describe",
                round_,
                copied=copied,
                kinds={
                    "steered": measures.kinds(about[steered]),
                    "unsteered": measures.kinds(about[~steered]),
                    "held out": measures.kinds(self._about(self.personal.melodies(held_out))),
                },
                variety=measures.variety(made, content.new_features(melodies, self.tunes)),
            )

    def _about(self, melodies: Sequence[Melody]) -> pd.DataFrame:
        """Describe windows as the table ``described`` wants it; their style is the word of a judge of windows."""
        rows = []
        for melody in self.watch(melodies, desc="describing", unit="tune"):
            sure = self.judge.probabilities_of([melody])[0]
            best = int(sure.argmax())
            rows.append([melody.meter, STYLES[best], sure[best], *mood.predict(melody)[:2], *describe(melody).values()])
        return pd.DataFrame(rows, columns=["metre", "style", "sure", "valence", "arousal", *FEATURES])

    def _recommend(self, round_: int) -> dict:
        items, F = self._items(), self._all_features()
        log = self.store.history(items)
        recommender = make_recommender(self.settings.recommender, self.settings.seed, F).fit(log)
        rng = np.random.default_rng([self.settings.seed, round_, 1])
        made = self.store.composed(round_)
        tops = recommender.top(np.arange(log.n_listeners), lists.SLATE)
        shown = lists.fill(tops, items, lists.pairs(made, log.listeners, rng), self.settings.tunes, rng)
        rows = [(log.listeners[who], tune, round_, place, chance) for who, tune, place, chance in shown]
        with self.store.transaction():
            note = {"round": round_ + 1, "seed": self.settings.seed}
            run = self.store.add_run(self.settings.recommender, note, self._time(round_))
            self.store.add_shown(run, rows)
            recommended = {tune for _, tune, place, _ in shown if place not in lists.NEW_PLACES}
            return self._finish("recommend", round_, shown=len(shown), run=run, different=len(recommended))

    def _feedback(self, round_: int) -> dict:
        if self.settings.log:
            raise WaitingError(
                f"the listeners of {self.settings.log} are real: show them round {round_ + 1}, and add what they did with "
                f"python -m musicbook feedback --db {self.store.path} --events FILE.csv (columns listener, tune, kind)"
            )
        shown = self._shown(round_)
        done = self.answers.to(shown, round_, np.random.default_rng([self.settings.seed, round_, 2]))
        events = [self._event(shown.iloc[row], kind, count, round_) for row, kind, count in done]
        clicked = np.isin(np.arange(len(shown)), [row for row, _, _ in done])
        return self._hear(events, shown.assign(clicked=clicked), round_)

    def hear(self, events: list[dict], round_: int) -> dict:
        """Add what real listeners did with what a round showed them: dicts with listener, tune and kind.

        Raises
        ------
        ValueError
            If something was done with a tune that was not shown, or an event is malformed; nothing is kept then.
        """
        shown = self._shown(round_)
        places = {(row.listener, row.tune): at for at, row in enumerate(shown.itertuples())}
        full = []
        for event in events:
            at = places.get((event["listener"], event["tune"]))
            if at is None:
                raise ValueError(
                    f"{event['tune']} was not shown to {event['listener']} in round {round_ + 1}; nothing was kept"
                )
            full.append(self._event(shown.iloc[at], event["kind"], int(event.get("count", 1)), round_))
        clicked = np.zeros(len(shown), bool)
        clicked[[places[event["listener"], event["tune"]] for event in events]] = True
        return self._hear(full, shown.assign(clicked=clicked), round_)

    def _hear(self, events: list[dict], shown: pd.DataFrame, round_: int) -> dict:
        counts = {kind: sum(each["kind"] == kind for each in events) for kind in ("play", "favourite", "share")}
        truth = {} if self.settings.log else {"liking": self._true_liking(round_)}
        with self.store.transaction():
            self.store.add_events(events)
            return self._finish("feedback", round_, events=counts, clicks=measures.clicks(shown), **truth)

    # Smaller parts

    def _finish(self, step: str, round_: int, **result) -> dict:
        result = measures.rounded(result)
        self.store.finish(step, round_, result)
        return result

    def _time(self, round_: int) -> int:
        return listeners.START + (listeners.MONTHS + 1 + round_) * listeners.MONTH

    def _event(self, shown, kind: str, count: int, round_: int) -> dict:
        return {
            "event_id": f"round {round_ + 1}:{kind}:{shown['listener']}:{shown['position']}",
            "listener": shown["listener"],
            "tune": shown["tune"],
            "kind": kind,
            "time": self._time(round_) + 3600 + 60 * int(shown["position"]),
            "count": count,
            "src": "recommended",
        }

    def _items(self) -> np.ndarray:
        """Ids of all tunes: the catalogue's, then what was composed."""
        return np.concatenate([self.tunes.table.index.to_numpy(object), self.store.composed()["tune"].to_numpy(object)])

    def _all_features(self) -> np.ndarray:
        made = self.store.composed()
        if not len(made):
            return self.features
        return np.concatenate([self.features, content.new_features(self._melodies(made), self.tunes)])

    def _melodies(self, made: pd.DataFrame) -> list:
        return self.personal.melodies([from_text(text) for text in made["tokens"]])

    def _shown(self, round_: int) -> pd.DataFrame:
        run = self.store.done("recommend", round_)["run"]
        shown = self.store.shown(run)
        steered = self.store.composed(round_).set_index("tune")["steered"]
        place = shown["position"].isin(lists.NEW_PLACES)
        shown["what"] = np.where(place, shown["tune"].map(steered).map({1: "steered", 0: "unsteered"}), "recommended")
        return shown

    def _true_liking(self, round_: int) -> dict:
        """Compare by the simulator's truth: steered, unsteered, and the real windows that would be recommended instead."""
        made, people, n = self.store.composed(round_), self.store.listeners(), self.settings.tunes
        log, F = self.store.history(self._items()), self._all_features()
        code = made["listener"].map({name: k for k, name in enumerate(people)}).to_numpy()
        own = self.answers.to_composed(round_)[code, np.arange(len(made))]
        steered = (made["steered"] == 1).to_numpy()
        instead = [self.personal.nearest(_interest(log, F, who), n) for who in range(len(people))]
        return measures.liking(
            {
                "steered": np.bincount(code[steered], own[steered]) / n,
                "unsteered": np.bincount(code[~steered], own[~steered]) / n,
                "real windows": np.array([self.answers.to_new(rows, who) for who, rows in enumerate(instead)]),
            }
        )


def _interest(log: Interactions, F: np.ndarray, who: int) -> np.ndarray:
    """Give a listener's interest from all that she did so far."""
    row = log.matrix[[who]]
    return content.build_interest_model(row.indices, F, 1 + np.log(row.data))
