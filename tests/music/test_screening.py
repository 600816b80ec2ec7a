"""Planted copies, the measures against plain loops, and the counting of what is found."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.music import corpus, planting, screening
from musicbook.music.alignment import align, steps
from musicbook.music.melody import Melody, MusicError
from musicbook.music.screening import Screen, Verdicts

SCALE = Melody.from_notes([(k, 1, 60 + step) for k, step in enumerate((0, 2, 4, 5, 7, 5, 4, 2, 0, 4, 7, 12))])


@pytest.fixture(scope="module")
def books():
    return corpus.load().where(collection=list(corpus.FIDDLE_BOOKS))


@pytest.fixture(scope="module")
def pool(books):
    return planting.passages(books, 60, seed=3)


@pytest.fixture(scope="module")
def cases(books, pool):
    return planting.benchmark(books, pool, each=4, honest=40, seed=3)


@pytest.fixture(scope="module")
def screen(pool):
    return Screen(pool)


def plain_edit(a, b):
    table = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, table[j] + 1, table[j - 1] + (x != y)))
        table = row
    return table[-1]


def intervals(melody):
    return np.clip(np.diff(melody.voices()[0].pitch), -12, 12).tolist()


def test_passages_are_beginnings_of_different_families(books, pool):
    assert len(pool) == 60
    assert pool.table["family"].is_unique
    for k in (0, 17, 59):
        whole, passage = books[pool.table.index[k]], pool[k]
        assert passage.length <= 8 * whole.bar
        assert (np.diff(passage.pitch) == np.diff(whole.excerpt(0, 8).pitch)).all()
    assert planting.passages(books, 60, seed=3).table.index.equals(pool.table.index)
    assert not planting.passages(books, 60, seed=4).table.index.equals(pool.table.index)
    with pytest.raises(MusicError, match="families"):
        planting.passages(pool, 61)


def test_cases_keep_families_apart_and_hold_what_was_planted(books, pool, cases):
    assert [case.disguise for case in cases[::4][: len(planting.DISGUISES)]] == list(planting.DISGUISES)
    assert sum(case.source < 0 for case in cases) == 40
    first = cases[0]
    passage, row, whole = pool[first.source], intervals(pool[first.source]), intervals(first.query)
    assert any(whole[k : k + len(row)] == row for k in range(len(whole)))
    assert align(passage, first.query).similarity > 0.95
    again = planting.benchmark(books, pool, each=4, honest=40, seed=3)
    assert [case.query for case in again] == [case.query for case in cases]


def test_each_disguise_changes_what_it_says():
    rng = np.random.default_rng(0)
    moved = planting.transpose(SCALE, rng)
    assert intervals(moved) == intervals(SCALE)
    assert moved.pitch[0] != SCALE.pitch[0]
    turned = planting.ornament(SCALE, rng)
    assert len(turned) > len(SCALE)
    assert turned.length == SCALE.length
    other = planting.rerhythm(SCALE, rng)
    assert (other.pitch == SCALE.pitch).all()
    assert (other.duration != SCALE.duration).any()
    assert other.length == SCALE.length
    assert len(planting.truncate(SCALE, rng)) == 6
    longer = planting.insert(SCALE, rng)
    assert len(longer) == 18
    assert longer.length == SCALE.length + 3 * 10080
    assert (longer.pitch[:6] == SCALE.pitch[:6]).all()
    assert (longer.pitch[12:] == SCALE.pitch[6:]).all()
    assert (np.diff(longer.onset) > 0).all()


def test_measures_are_what_plain_loops_give(screen, pool, cases):
    query = cases[5].query
    mine = intervals(query)
    grams = {tuple(mine[k : k + 4]) for k in range(len(mine) - 3)}
    notes = list(zip(query.duration.tolist(), query.pitch.tolist(), strict=True))
    for k in (0, 20, 59):
        theirs = intervals(pool[k])
        assert screen.raw(query)[k] == align(query, pool[k]).score
        longer = max(len(mine), len(theirs))
        assert screen.edit(query)[k] == pytest.approx(1 - plain_edit(mine, theirs) / longer)
        shared = grams & {tuple(theirs[j : j + 4]) for j in range(len(theirs) - 3)}
        assert screen.runs(query)[k] == pytest.approx(len(shared) / len(grams))
        other = list(zip(pool[k].duration.tolist(), pool[k].pitch.tolist(), strict=True))
        best = 0
        for i in range(len(notes)):
            for j in range(len(other)):
                run = 0
                while i + run < len(notes) and j + run < len(other) and notes[i + run] == other[j + run]:
                    run += 1
                best = max(best, run)
        assert screen.exact(query)[k] == best


def test_rare_runs_count_more(screen, pool):
    weighted, plain = screen.runs(pool[7], weighted=True), screen.runs(pool[7])
    assert weighted.argmax() == plain.argmax() == 7
    assert (weighted <= plain * np.log(60) + 1e-9).all()


def test_surprise_is_the_chance_of_the_passages_themselves(screen, cases):
    query = cases[0].query
    surprise, raw = screen.surprise(query), screen.raw(query)
    assert surprise.argmax() == cases[0].source
    assert surprise.max() > 6
    level = screen.chance(query)
    assert np.allclose(10**-surprise, level.p_value(raw, screen.index.lengths))
    assert np.median(surprise) < 1
    assert len(steps(query)) + 1 == len(query)


@pytest.mark.slow
def test_alignment_finds_disguises_that_exact_matching_misses(screen, cases):
    results = {name: screening.verdicts(measure, cases) for name, measure in screen.measures.items()}
    areas = {name: screening.curve(found).area for name, found in results.items()}
    assert areas["alignment"] > 0.8
    assert areas["alignment"] > areas["exact match"] + 0.2
    assert areas["alignment"] > areas["edit distance"] + 0.1
    moved = [k for k, case in enumerate(cases) if case.disguise == "transposed"]
    assert results["alignment"].right[moved].all()


def test_curve_and_counts_on_a_small_example():
    found = Verdicts(
        best=np.array([5.0, 4.0, 3.0, 2.0]),
        found=np.array([0, 1, 2, 3]),
        right=np.array([True, False, True, False]),
        honest=np.array([False, True, False, False]),
    )
    assert found.at(3) == (2 / 3, 2 / 3)
    assert found.at(9) == (1.0, 0.0)
    curve = screening.curve(found)
    assert curve.threshold.tolist() == [5, 4, 3, 2]
    assert curve.recall.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert curve.area == pytest.approx(1 / 3 + 2 / 9)


def test_threshold_keeps_its_rate():
    honest = np.random.default_rng(0).gumbel(size=400)
    for rate in (0.02, 0.05, 0.2):
        limit = screening.threshold(honest, rate)
        assert (honest >= limit).mean() <= rate
        assert (honest >= np.sort(honest)[np.searchsorted(np.sort(honest), limit) - 1]).mean() > rate
    assert screening.threshold([1.0] * 20, 0.05) > 1
    with pytest.raises(MusicError, match="cannot tell a rate"):
        screening.threshold([1, 2, 3], 0.05)
    part = screening.share([1, 2, 3, 4], 3)
    assert part.share == 0.5
    assert part.low < 0.1
    assert part.high > 0.9


def test_variants_bear_one_title_in_two_collections(books):
    pairs = planting.variants(books)
    assert len(pairs) > 30
    for a, b in pairs:
        assert a.split("/")[0] != b.split("/")[0]


def test_a_screen_of_one_is_refused(pool):
    with pytest.raises(MusicError, match="two passages"):
        Screen(corpus.Catalogue(pool.table.iloc[:1], pool._notes))
