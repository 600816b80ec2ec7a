"""Put the book's measures to the test themselves: ``python tools/calibrate.py [RULER ...]``.

A ruler is calibrated before it is used. For each measure by which a chapter compares there is a *null*, two things that do not
differ, of which it must find nothing; a *positive* control, something planted, which it must find; and the share of its
intervals of 95 % that hold the truth, over many draws of the null. The record is ``data/runs/rulers.json``, which the chapter
"Running it and judging the results" shows; ``tests/rulers`` takes the first draws again.

    python tools/calibrate.py                     all rulers, 200 draws of each: about an hour on two cores
    python tools/calibrate.py --draws 20 uplift   one of them, and fewer draws
"""

import argparse
import functools
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "data" / "runs" / "rulers.json"


class Found(NamedTuple):
    """What a ruler says: a value and the ends of its interval (not a number where it has none)."""

    value: float
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True)
class Ruler:
    """A measure, and the controls that it has to pass.

    Attributes
    ----------
    what : str
        The measure.
    null, planted : str
        What the two controls are.
    n : str
        Of what its values are taken, and what they depend on.
    draw : callable
        Takes a seed, gives what the ruler says of one draw of the null.
    find : callable
        Gives what it says of the positive control.
    truth : float, optional
        What is true of the null; the mean over the draws if not given, where a ruler has a bias by design.
    """

    what: str
    null: str
    planted: str
    n: str
    draw: callable
    find: callable
    truth: float | None = 0.0


# ---- generated music ---------------------------------------------------------------------------------------------


@functools.cache
def _books(bars):
    from musicbook.compose import evaluate
    from musicbook.music import corpus

    return evaluate.reference(bars), corpus.window_families(bars, "train", corpus.FIDDLE_BOOKS)


def _by_coin(bars, seed):
    """Training windows on two sides; a coin decides it for each family."""
    reference, family = _books(bars)
    names, number = np.unique(family, return_inverse=True)
    side = np.random.default_rng(seed).integers(2, size=len(names))[number] == 1
    return (
        reference.windows[side],
        family[side],
        replace(reference, unseen=reference.windows[~side], families=family[~side]),
    )


def two_sample(bars):
    """The two-sample test: real against real, and real against the same notes in another order."""
    from musicbook.compose import quality

    def draw(seed):
        rows, family, reference = _by_coin(bars, seed)
        return Found(*quality.two_sample_auc(rows, reference, groups=family, seed=seed))

    def find():
        rows, family, reference = _by_coin(bars, 0)
        rng = np.random.default_rng(0)
        mixed = rows.copy()
        for row in mixed:
            row[row > 1] = rng.permutation(row[row > 1])
        return Found(*quality.two_sample_auc(mixed, reference, groups=family))

    return Ruler(
        f"two-sample test, {bars} bars",
        "real music on two sides, a coin for each family",
        "the notes of each window in random order",
        "1,000 windows a side; grows with n",
        draw,
        find,
        0.5,
    )


def overlap():
    """The overlap of nine features: real against real, and real against the same notes in another order."""
    from musicbook.compose import quality

    def measured(rows, family, reference, seed):
        chosen = np.random.default_rng(seed).permutation(len(rows))[:1000]
        return Found(*quality.overlap_and_divergence(rows[chosen], reference, groups=family[chosen], seed=seed)[0])

    def draw(seed):
        rows, family, reference = _by_coin(2, seed)
        return measured(rows, family, replace(reference, windows=reference.unseen), seed)

    def find():
        rows, family, reference = _by_coin(2, 0)
        rng = np.random.default_rng(0)
        mixed = rows.copy()
        for row in mixed:
            row[row > 1] = rng.permutation(row[row > 1])
        return measured(mixed, family, replace(reference, windows=reference.unseen), 0)

    return Ruler(
        "overlap of nine features",
        "real music on two sides, a coin for each family",
        "the notes of each window in random order",
        "300 windows a side; below 1 for equal sets, too",
        draw,
        find,
        None,
    )


def nearest():
    """The nearest tune: windows of noise, and one bar and a half of a training window in a window of noise."""
    from musicbook.compose.composer import Noise
    from musicbook.compose.originality import nearest_of_each

    @functools.cache
    def machine():
        return Noise(64).fit(_books(4)[0].windows)

    def noise(seed):
        return _books(4)[0].windows, machine().sample(20, seed)

    def found(rows, windows):
        steps = [each.steps for each in nearest_of_each(rows, windows)]
        return Found(float(np.mean(steps)))

    def draw(seed):
        windows, rows = noise(seed)
        return found(rows, windows)

    def find():
        windows, rows = noise(0)
        rows[:, 20:44] = windows[np.random.default_rng(0).integers(len(windows), size=len(rows)), 20:44]
        return found(rows, windows)

    return Ruler(
        "longest passage of the nearest tune (steps)",
        "windows of noise",
        "24 steps of a training window in each",
        "all training windows; grows with their number",
        draw,
        find,
        None,
    )


# ---- labels ------------------------------------------------------------------------------------------------------


@functools.cache
def _dances():
    from musicbook.music import corpus, style

    return style.labelled(corpus.load(), metre=False)


def style_judge():
    """The classifier of style: labels dealt out anew, and the printed ones."""
    from musicbook.music import style

    def judged(tunes, seed):
        found = style.guess_held_out(tunes, seed=seed)
        return Found(found.balanced, *found.interval(tunes.family))

    def draw(seed):
        tunes = _dances()
        _, first, number = np.unique(tunes.family, return_index=True, return_inverse=True)
        dealt = np.random.default_rng(seed).permutation(tunes.y[first])
        return judged(replace(tunes, y=dealt[number]), seed)

    return Ruler(
        "style: balanced accuracy",
        "the labels dealt out among the families",
        "the printed labels",
        "all dances of the catalogue, five folds of families",
        draw,
        lambda: judged(_dances(), 0),
        0.2,
    )


# ---- recommenders ------------------------------------------------------------------------------------------------


@functools.cache
def _world():
    from musicbook.recommend import listeners, ranking
    from musicbook.recommend.ease import EASE
    from musicbook.recommend.neighbours import UserKNN

    observed, truth = listeners.thousand()
    train, test = observed.interactions.split_random(0.2, 0)
    lists = {model.name: model.fit(train).top(np.arange(1000), 10) for model in (EASE(200), UserKNN())}
    return train, test, truth, {name: ranking.ndcg(made, test, 10) for name, made in lists.items()}, lists


def ranking_difference():
    """The paired bootstrap of nDCG: two recommenders that swap their lists by a coin, and one with planted hits."""
    from musicbook.recommend import ranking
    from musicbook.recommend.intervals import paired_bootstrap

    def draw(seed):
        one, other = _world()[3].values()
        rng = np.random.default_rng(seed)
        some = rng.integers(len(one), size=len(one))
        swap = rng.random(len(one)) < 0.5
        a, b = np.where(swap, one[some], other[some]), np.where(swap, other[some], one[some])
        return Found(*paired_bootstrap(a, b, seed=seed)[:3])

    def find():
        _, test, _, values, lists = _world()
        made = lists["EASE"].copy()
        for who in range(0, 1000, 20):
            missed = np.setdiff1d(test.items_of(who), made[who])
            made[who, 0] = missed[0] if len(missed) else made[who, 0]
        return Found(*paired_bootstrap(ranking.ndcg(made, test, 10), values["EASE"])[:3])

    return Ruler(
        "nDCG@10: difference of two recommenders",
        "EASE and user-kNN, a coin for each listener",
        "a held-out tune in front for one listener in twenty",
        "1,000 listeners, drawn in pairs",
        draw,
        find,
    )


def liking():
    """True liking: lists of chance against lists of chance, and against the best lists that there are."""
    from musicbook.recommend.intervals import paired_bootstrap

    def by_chance(rng):
        return rng.integers(_world()[0].n_items, size=(1000, 10))

    def draw(seed):
        truth, rng = _world()[2], np.random.default_rng(seed)
        return Found(*paired_bootstrap(truth.liking(by_chance(rng)), truth.liking(by_chance(rng)), seed=seed)[:3])

    def find():
        truth, lists = _world()[2], by_chance(np.random.default_rng(0))
        better = lists.copy()
        better[:, 0] = [truth.utility(np.array([who]))[0].argmax() for who in range(1000)]
        return Found(*paired_bootstrap(truth.liking(better), truth.liking(lists))[:3])

    return Ruler(
        "true liking: difference of two recommenders",
        "lists drawn by chance, twice",
        "the best tune of all in front of each list",
        "1,000 listeners, drawn in pairs",
        draw,
        find,
    )


@functools.cache
def _shelf():
    from musicbook.recommend import clicks

    rng = np.random.default_rng(0)
    chance = rng.beta(1, 9, (500, 100))
    old = clicks.soften(clicks.policy_of(np.tile(np.arange(10), (500, 1)), 100), 0.3)
    new = clicks.soften(clicks.policy_of(np.argsort(-chance, axis=1)[:, :20], 100), 0.3)
    return chance, old, new


def click_rate(estimator):
    """A click-through rate from another system's log, less the true one; and less the rate that the log's system has."""
    from musicbook.recommend import clicks

    def said(log, policy, seed=0):
        if estimator == "replay":
            return clicks.replay(log, policy, seed)
        return getattr(clicks, estimator)(log, policy)

    def less(rate, truth):
        return Found(rate.rate - truth, rate.rate - truth - 1.96 * rate.error, rate.rate - truth + 1.96 * rate.error)

    def log(seed):
        chance, old, _ = _shelf()
        shown = np.full_like(old, 1 / old.shape[1]) if estimator == "replay" else old
        return clicks.simulate_log(shown, chance, 100, seed)

    def draw(seed):
        chance, _, new = _shelf()
        return less(said(log(seed), new, seed), clicks.true_rate(new, chance))

    def find():
        chance, old, new = _shelf()
        return less(said(log(0), new), clicks.true_rate(old, chance))

    names = {"ips": "inverse propensities", "snips": "self-normalised propensities", "replay": "replay on an even log"}
    return Ruler(
        f"click rate by {names[estimator]}",
        "the estimate less the true rate of the same policy",
        "the estimate less the rate of the log's own policy",
        "50,000 impressions of 500 listeners",
        draw,
        find,
    )


def uplift():
    """The effect of choosing whom a release is shown to: two arms that choose alike, and one that chooses well."""
    from musicbook.recommend import uplift as measure

    def arms(seed, good):
        rng = np.random.default_rng(seed)
        chance = rng.beta(1, 6, 2000)
        scores = chance if good else rng.random(2000)
        return Found(*measure.difference(*measure.experiment(chance, scores, rng.random(2000), 300, seed)))

    return Ruler(
        "uplift: difference of two arms",
        "both arms show the release to anybody",
        "one arm shows it to those who will like it",
        "300 showings in each arm",
        lambda seed: arms(seed, False),
        lambda: arms(0, True),
    )


def fairness_gap():
    """How much better one group is served: groups made by a coin, and one whose lists were spoiled."""
    from musicbook.recommend import fairness

    def draw(seed):
        values = np.asarray(_world()[3]["EASE"])
        rng = np.random.default_rng(seed)
        some, group = rng.integers(len(values), size=len(values)), rng.integers(2, size=len(values))
        return Found(*fairness.gap(values[some], group, 0, 1, seed)[:3])

    def find():
        values = np.asarray(_world()[3]["EASE"]).copy()
        group = np.random.default_rng(0).integers(2, size=len(values))
        values[group == 1] *= 0.8
        return Found(*fairness.gap(values, group, 0, 1)[:3])

    return Ruler(
        "fairness: gap between two groups",
        "groups made by a coin",
        "a fifth less for one group",
        "1,000 listeners, each group drawn by itself",
        draw,
        find,
    )


def privacy():
    """The insider's guess: of a release with so much noise that it says nothing, and of one with hardly any."""
    from musicbook.recommend import leaks
    from musicbook.recommend.intervals import bootstrap

    def attacked(epsilon, seed):
        train = _world()[0]
        right = leaks.attack(train, np.arange(0, 1000, 4), epsilon=epsilon, seed=seed)
        return Found(*bootstrap(right.astype(float), seed=seed))

    return Ruler(
        "privacy: the insider's right guesses",
        "a budget of 0.01: noise that hides everybody",
        "a budget of 1,000: hardly any noise",
        "250 listeners",
        lambda seed: attacked(0.01, seed),
        lambda: attacked(1000, 0),
        0.5,
    )


def screening_threshold():
    """A threshold that one honest case in twenty reaches, set on half of them: the share of the others, and of copies."""
    from musicbook.music import corpus, planting, screening

    @functools.cache
    def scores():
        books = corpus.load().where(collection=list(corpus.FIDDLE_BOOKS))
        pool = planting.passages(books, 60, seed=1)
        cases = planting.benchmark(books, pool, honest=200, seed=1)
        found = screening.verdicts(screening.Screen(pool).surprise, cases)
        return found.best[found.honest], found.best[~found.honest]

    def limit(seed):
        honest = np.random.default_rng(seed).permutation(scores()[0])
        return screening.threshold(honest[:100], 0.05), honest[100:]

    def draw(seed):
        line, others = limit(seed)
        return Found(*screening.share(others, line))

    def find():
        return Found(*screening.share(scores()[1], limit(0)[0]))

    return Ruler(
        "screening: share above the threshold",
        "honest cases that did not set it",
        "planted copies",
        "100 honest cases; 60 passages",
        draw,
        find,
        0.05,
    )


RULERS = {
    "two-sample-2": functools.partial(two_sample, 2),
    "two-sample-4": functools.partial(two_sample, 4),
    "overlap": overlap,
    "nearest": nearest,
    "style": style_judge,
    "ranking": ranking_difference,
    "liking": liking,
    "ips": functools.partial(click_rate, "ips"),
    "snips": functools.partial(click_rate, "snips"),
    "replay": functools.partial(click_rate, "replay"),
    "uplift": uplift,
    "fairness": fairness_gap,
    "privacy": privacy,
    "screening": screening_threshold,
}


def calibrate(name, draws):
    """Draw the null so many times, find the positive control; give the row of the record."""
    from tqdm import tqdm

    ruler = RULERS[name]()
    found = np.array([ruler.draw(seed) for seed in tqdm(range(draws), desc=name, unit="draw")])
    value, low, high = found.T
    truth = value.mean() if ruler.truth is None else ruler.truth
    planted = ruler.find()
    held = (low <= truth) & (truth <= high)
    return {
        "what": ruler.what,
        "null": ruler.null,
        "planted": ruler.planted,
        "n": ruler.n,
        "truth": ruler.truth,
        "draws": draws,
        "mean": float(value.mean()),
        "error": float(value.std(ddof=1) / np.sqrt(draws)),
        "covered": None if np.isnan(low).any() else float(held.mean()),
        "first": [None if np.isnan(each) else float(each) for each in found[0]],
        "found": [None if np.isnan(each) else float(each) for each in planted],
    }


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("rulers", nargs="*", metavar="RULER", help=f"any of {', '.join(RULERS)}; all if none is given")
    options.add_argument("--draws", type=int, default=200, help="of each null (default: %(default)s)")
    options = options.parse_args(arguments)
    if unknown := set(options.rulers) - set(RULERS):
        sys.exit(f"no ruler {', '.join(sorted(unknown))}; there are {', '.join(RULERS)}")
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for name in options.rulers or RULERS:
        record[name] = calibrate(name, options.draws)
        part = RECORD.with_suffix(".part")
        ordered = {each: record[each] for each in RULERS if each in record}
        part.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8", newline="\n")
        os.replace(part, RECORD)
        print(json.dumps(record[name], indent=1), flush=True)


if __name__ == "__main__":
    main()
