"""Alignment against a plain double loop, the chance level against tunes that have nothing to do with each other."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest

from musicbook.music import corpus
from musicbook.music.alignment import BEST, CODES, GAP, GRAM, OCTAVE, RATIO, Index, align, steps, worth
from musicbook.music.melody import Melody, MusicError
from musicbook.music.similarity import FEWEST, MEASURED, Chance, chance, search

ONE_NOTE = Melody.from_notes([(0, 1, 60)])
STRANGE = Melody.from_notes([(i, 1, 60 + 11 * (i % 5 == 2)) for i in range(8)])
BOOKS = ["aird", "misc", "oneill", "ryan"]


@pytest.fixture(scope="module")
def catalogue():
    return corpus.load().sample(700, seed=5)


@pytest.fixture(scope="module")
def index(catalogue):
    return Index(catalogue)


def take(catalogue, rows):
    return corpus.Catalogue(catalogue.table.iloc[rows], catalogue._notes)


def some_tunes(n, seed):
    """Tunes of up to 120 notes, which a double loop can align."""
    table = corpus.load().table
    return corpus.Catalogue(table[table["n_notes"] <= 120], corpus.load()._notes).sample(n, seed=seed)


def random_tune(rng, n):
    """Few pitches and lengths, so that equal steps, equal scores and gaps abound; leaps and ratios beyond the cut-off."""
    duration = rng.choice([90, 1260, 2520, 3780, 5040, 20160], n, p=[0.05, 0.1, 0.4, 0.1, 0.3, 0.05])
    pitch = rng.choice([40, 60, 62, 64, 65, 67, 80], n, p=[0.04, 0.2, 0.2, 0.2, 0.12, 0.2, 0.04])
    return Melody(np.cumsum(duration) - duration, duration, pitch, 0 * pitch)


def ends(melody):
    """Onset of each note of the first voice, and in the end the end of the last."""
    voice = melody.voices()[0]
    return [*voice.onset.tolist(), int(voice.onset[-1] + voice.duration[-1])], voice.pitch.tolist()


def plain_steps(melody):
    onset, pitch = ends(melody)
    long = [max(b - a, 1) for a, b in itertools.pairwise(onset)]
    return [
        (
            max(-12, min(12, pitch[i + 1] - pitch[i])),
            max(-4, min(4, round(2 * math.log2(long[i + 1] / long[i])))),
        )
        for i in range(len(pitch) - 1)
    ]


def decoded(codes):
    return [(int(code) // 9 - 12, int(code) % 9 - 4) for code in codes]


@functools.cache
def plain_worth(a, b):
    return [3, -1, -2, -3][min(abs(a[0] - b[0]), 3)] + [1, 0, -1][min(abs(a[1] - b[1]), 2)]


def plain_alignment(a, b):
    """Smith and Waterman by the book; the best score, and where it first ends."""
    best, at = 0, (0, 0)
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            both = table[i - 1][j - 1] + plain_worth(a[i - 1], b[j - 1])
            table[i][j] = max(0, both, table[i - 1][j] - 3, table[i][j - 1] - 3)
            if table[i][j] > best:
                best, at = table[i][j], (i, j)
    return best, at


def pairs_to_align():
    rng = np.random.default_rng(1)
    for _ in range(60):
        yield random_tune(rng, rng.integers(2, 50)), random_tune(rng, rng.integers(2, 50))
    tunes = some_tunes(60, seed=1)
    yield from zip(take(tunes, slice(0, 30)), take(tunes, slice(30, 60)), strict=True)
    for melody in some_tunes(10, seed=2):
        yield melody, varied(melody, rng)


def varied(melody, rng):
    """Play a tune from memory: 15 % of the notes a step off, 10 % left out, 10 % struck twice, in another key."""
    onset, pitch = ends(melody)
    notes = []
    for long, height in zip(np.diff(onset).tolist(), pitch, strict=True):
        lost, off, twice = rng.random(3) < (0.1, 0.15, 0.1)
        height += int(rng.choice([-2, -1, 1, 2])) if off else 0
        if not lost:
            notes += [(long // 2, height), (long - long // 2, height)] if twice and long > 1 else [(long, height)]
    duration, pitch = np.array(notes).T
    return Melody(np.cumsum(duration) - duration, duration, pitch + rng.integers(-6, 7), 0 * pitch)


# ---- alignment -----------------------------------------------------------------------------------------------------


def test_steps_are_intervals_and_ratios_cut_off_at_an_octave_and_at_four_times_as_long():
    melody = Melody.from_notes([(0, 1, 60), (1, 2, 62), (3, 3, 62), (6, 0.25, 76), (6.25, 0.5, 40)])
    assert decoded(steps(melody)) == [(2, 2), (0, 1), (12, -4), (-12, 2)]
    # a rest belongs to the note before it
    assert decoded(steps(Melody.from_notes([(0, 1, 60), (2, 1, 62), (3, 1, 64)]))) == [(2, -2), (2, 0)]
    for melody in some_tunes(50, seed=3):
        assert decoded(steps(melody)) == plain_steps(melody), melody.title


def test_only_the_first_voice_counts():
    both = Melody.from_notes([(0, 1, 60), (1, 1, 64), (2, 1, 67), (0, 3, 48, 1), (0.5, 1, 50, 2)])
    alone = Melody.from_notes([(0, 1, 60), (1, 1, 64), (2, 1, 67)])
    assert steps(both).tolist() == steps(alone).tolist()
    assert align(both, alone).similarity == 1


def test_worth_is_what_the_constants_say():
    every = decoded(range(CODES))
    assert (every[0], every[-1]) == ((-OCTAVE, -RATIO), (OCTAVE, RATIO))
    assert worth().tolist() == [[plain_worth(a, b) for b in every] for a in every]
    assert (BEST, GAP) == (4, 3)


@pytest.mark.slow
def test_the_alignment_is_that_of_a_plain_double_loop():
    with_gaps = nothing = 0
    for a, b in pairs_to_align():
        first, second = plain_steps(a), plain_steps(b)
        score, end = plain_alignment(first, second)
        found = align(a, b)
        assert found.score == score
        assert found.similarity == score / (4 * min(len(first), len(second)))
        if not score:
            nothing += 1
            assert (found.a, found.b, found.pairs, found.transposition) == ((0, 0), (0, 0), (), 0)
            continue
        # the path is whole, its worth is the score, and it leads from end to end of the passages
        sums = [-3 if None in pair else plain_worth(first[pair[0]], second[pair[1]]) for pair in found.pairs]
        assert sum(sums) == score
        with_gaps += any(None in pair for pair in found.pairs)
        for side, (start, stop) in enumerate((found.a, found.b)):
            assert [pair[side] for pair in found.pairs if pair[side] is not None] == list(range(start, stop - 1))
            assert stop == end[side] + 1  # of equally good passages the one that ends first
        assert None not in found.pairs[0] + found.pairs[-1]
    assert with_gaps > 20
    assert nothing > 0


def test_a_passage_is_found_where_it_was_put_and_so_is_its_transposition():
    rng = np.random.default_rng(4)
    for melody in some_tunes(20, seed=4):
        voice = melody.voices()[0]
        before = random_tune(rng, 8)
        shift = int(rng.integers(-7, 8))
        part = slice(2, len(voice) - 2)
        onset = np.append(before.onset, voice.onset[part] - voice.onset[2] + before.length)
        pitch = np.append(before.pitch, voice.pitch[part] + shift)
        other = Melody(onset, np.append(before.duration, voice.duration[part]), pitch, 0 * pitch)
        found = align(melody, other)
        inside = {(i, i + 6) for i in range(2, len(voice) - 3)}
        assert len(inside - set(found.pairs)) <= 1, melody.title  # the last length may differ: a rest may follow
        assert found.transposition == shift


# ---- invariance ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_neither_key_nor_tempo_plays_a_part():
    for melody in some_tunes(12, seed=6):
        for shift in range(-int(melody.pitch.min()), 128 - int(melody.pitch.max()), 3):
            for times in (1, 2, 0.5):
                assert not (melody.onset * times % 1).any()
                assert not (melody.duration * times % 1).any()
                moved = melody.transpose(shift).with_(
                    onset=(melody.onset * times).astype(int), duration=(melody.duration * times).astype(int)
                )
                if times == 1 or shift % 12 == 0:
                    found = align(melody, moved)
                    assert (found.similarity, found.transposition) == (1, shift)
                    assert found.a == found.b == (0, len(melody.voices()[0]))
                assert steps(moved).tolist() == steps(melody).tolist()


@pytest.mark.slow
def test_which_tune_comes_first_does_not_matter():
    for a, b in pairs_to_align():
        there, back = align(a, b), align(b, a)
        assert (there.score, there.similarity) == (back.score, back.similarity)


@pytest.mark.slow
def test_similarity_is_one_for_a_tune_that_lies_in_the_other_and_less_for_any_other():
    for a, b in pairs_to_align():
        assert 0 <= align(a, b).similarity <= 1
    for melody in some_tunes(20, seed=7):
        voice = melody.voices()[0]
        part = Melody(*(getattr(voice, name)[3:12] for name in ("onset", "duration", "pitch", "voice")))
        assert align(part, melody).similarity >= 1 - 2 / 32  # a rest may follow the last note
        sour = voice.with_(pitch=voice.pitch + 12 * (np.arange(len(voice)) == len(voice) // 2))
        assert align(melody, sour).similarity < 1


# ---- many at once --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_index_gives_what_each_pair_gives(catalogue, index):
    assert len(index) == len(catalogue)
    assert index.ids.tolist() == catalogue.table.index.tolist()
    assert index.families.tolist() == catalogue.table["family"].tolist()
    assert index.songs.tolist() == [name.startswith("essen/") for name in index.ids]
    for i in (3, 600):
        scores = index.scores(steps(catalogue[i]))
        assert scores.tolist() == [align(catalogue[i], melody).score for melody in catalogue]


@pytest.mark.slow
def test_the_index_gives_what_a_double_loop_gives_for_random_codes(index):
    rng = np.random.default_rng(8)
    which = rng.choice(np.flatnonzero(index.lengths < 60), 25, replace=False)
    part = index.part(which)
    for _ in range(6):
        query = rng.integers(0, CODES, 40).astype(np.uint8)
        query[5:20] = part.row(int(rng.integers(25)))[:15]  # else next to nothing is shared
        plain = [plain_alignment(decoded(query), decoded(part.row(i)))[0] for i in range(25)]
        assert part.scores(query).tolist() == plain
        assert max(plain) >= 4 * 15


def test_a_part_of_the_index_is_the_whole_restricted(catalogue, index):
    which = np.random.default_rng(9).permutation(len(index))[:150]
    part = index.part(which)
    assert len(part) == 150
    for name in ("ids", "families", "songs", "lengths"):
        assert getattr(part, name).tolist() == getattr(index, name)[which].tolist()
    query = steps(catalogue[11])
    assert part.scores(query).tolist() == index.scores(query)[which].tolist()
    for at, i in enumerate(which[:20]):
        assert part.row(at).tolist() == index.row(i).tolist() == steps(catalogue[int(i)]).tolist()


@pytest.mark.slow
def test_no_alignment_runs_from_one_tune_into_the_next(index):
    rng = np.random.default_rng(10)
    for i in rng.choice(len(index) - 1, 25, replace=False):
        near = np.arange(i, i + 2)
        end, start = index.row(i)[-30:], index.row(i + 1)[:30]
        for query in (np.append(end, start), np.append(end[:-1], start), np.append(end, start[1:])):
            alone = [int(index.part([j]).scores(query)[0]) for j in near]
            assert index.part(near).scores(query).tolist() == alone
        assert index.scores(query)[near].tolist() == alone
        # a tune that ends as the query does gives the next one nothing
        assert index.part(near).scores(end)[1] == index.part([i + 1]).scores(end)[0]


@pytest.mark.slow
def test_the_prefilter_gives_the_tunes_that_share_most_runs(catalogue, index):
    def runs(codes):
        pitch = [interval for interval, _ in decoded(codes)]
        return {tuple(pitch[i : i + GRAM]) for i in range(len(pitch) - GRAM + 1)}

    every = [runs(index.row(i)) for i in range(len(index))]
    rng = np.random.default_rng(11)
    queries = [steps(varied(catalogue[int(i)], rng)) for i in rng.choice(len(index), 15, replace=False)]
    # runs that are nobody's: across a border
    queries += [np.append(index.row(i)[-4:], index.row(i + 1)[:4]) for i in rng.choice(len(index) - 1, 15)]
    for query in queries:
        shared = np.array([len(runs(query) & own) for own in every])
        for n in (1, 10, len(index)):
            near = index.sharing(query, n)
            assert len(near) == min(n, (shared > 0).sum())
            assert (shared[near] > 0).all()
            assert (np.diff(near) > 0).all()
            assert shared[near].min(initial=99) >= np.delete(shared, near).max(initial=0)
        others = ~np.isin(np.arange(len(index)), index.sharing(query, 1))
        assert index.sharing(query, len(index), others).tolist() == np.flatnonzero((shared > 0) & others).tolist()
    assert not len(index.sharing(queries[0][: GRAM - 1], 10))


def test_too_much_at_once_is_refused_and_not_wrong(index):
    with pytest.raises(MusicError, match=r"1000000 steps against 700 tunes .* use part\(\)"):
        index.scores(np.zeros(1_000_000, np.uint8))


# ---- chance --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("collections", "cautious"), [(["essen"], 0), (BOOKS, 0.1)])
def test_unrelated_tunes_score_as_often_as_chance_says(collections, cautious):
    """Tunes that were not measured; 30 queries with 30 tunes each, of one tradition and of other families.

    The limits are three binomial standard deviations. A dance book mixes reels, jigs and marches, which is no Gumbel
    distribution: in its middle p is too great, by up to 0.09 here. In the tail, which is what p is for, it is not.
    """
    tunes = corpus.load().where(collection=collections).sample(560, seed=12)
    order = np.random.default_rng(12).permutation(560)
    fresh, rest = Index(take(tunes, order[30:60])), take(tunes, np.sort(order[60:]))
    p = []
    for i in order[:30]:
        family = tunes.table["family"].iloc[i]
        level = chance(tunes[int(i)], rest, without=family)
        p.append(level.p_value(fresh.scores(steps(tunes[int(i)])), fresh.lengths)[fresh.families != family])
    p = np.concatenate(p)
    assert len(p) > 850
    for share in (0.01, 0.05, 0.1, 0.25, 0.5, 0.75):
        found, limit = (p <= share).mean(), 3 * np.sqrt(share * (1 - share) / len(p))
        assert -limit - (cautious if share > 0.1 else 0) < found - share < limit, share


def test_p_falls_as_the_score_rises_and_the_quantile_is_its_inverse(catalogue):
    level = chance(catalogue[0], catalogue)
    scores = np.arange(0, 300)
    for n in (15, 60, 1000):
        p = level.p_value(scores, n)
        assert (np.diff(p) <= 0).all()
        assert (np.diff(p[p < 0.999]) < 0).all()
        assert (p > 0).all()
        assert (p <= 1).all()
        for q in (0.01, 0.5, 0.95, 0.9999):
            assert level.p_value(level.quantile(q, n), n) == pytest.approx(1 - q)
    assert level.slope > 0
    assert level.p_value(40, 1000) > level.p_value(40, 30)  # a longer tune has more to choose from


def test_a_known_gumbel_distribution_is_found_again():
    rng = np.random.default_rng(13)
    lengths = rng.integers(15, 300, 20_000)
    level = Chance.of(rng.gumbel(8 + 5 * np.log(lengths), 3), lengths)
    assert level.slope == pytest.approx(5, abs=0.15)
    assert level.scale == pytest.approx(3, rel=0.03)
    # the mean lies above the mode by Euler's constant
    assert level.mean(80) == pytest.approx(8 + 5 * np.log(80) + 0.5772 * 3, abs=0.12)
    share = (rng.gumbel(8 + 5 * np.log(80), 3, 20_000) >= level.quantile(0.9, 80)).mean()
    assert share == pytest.approx(0.1, abs=0.012)


def test_chance_of_equally_long_tunes_and_of_equal_scores_is_a_number():
    level = Chance.of([20] * 200, [50] * 200)
    assert (level.slope, level.mean(50)) == (0, 20)
    assert 0 < level.p_value(21, 50) < level.p_value(20, 50) < 1


@pytest.mark.slow
def test_the_tune_itself_among_those_measured_does_not_spoil_the_measure(catalogue, index):
    for i in range(0, 700, 35):
        others = index.part(np.flatnonzero(index.families != index.families[i]))
        scores = others.scores(index.row(i))
        alone = Chance.of(scores, others.lengths)
        with_it = Chance.of(np.append(scores, BEST * index.lengths[i]), np.append(others.lengths, index.lengths[i]))
        assert with_it.scale == pytest.approx(alone.scale, rel=0.01)
        assert with_it.mean(60) == pytest.approx(alone.mean(60), abs=0.05)


def test_chance_draws_the_same_tunes_by_the_same_seed_and_none_of_the_family(catalogue, index):
    melody, family = catalogue[20], index.families[20]
    again = [chance(melody, catalogue, n=300, seed=seed).left_over for seed in (1, 1, 2)]
    assert again[0].tolist() == again[1].tolist() != again[2].tolist()
    assert len(again[0]) == 300
    assert (np.diff(again[0]) >= 0).all()
    assert len(chance(melody, catalogue, n=5000, without=family).left_over) == (index.families != family).sum() < 700


# ---- search --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_tune_played_from_memory_is_found_among_hundreds(catalogue, index):
    """All 40 come first; by ten other seeds 394 of 400, never less than 38 of 40, with an area from 0.995 to 0.9999."""
    rng = np.random.default_rng(14)
    first, kin, others = 0, [], []
    for i in rng.choice(len(index), 40, replace=False):
        melody = varied(catalogue[int(i)], rng)
        first += search(melody, catalogue, k=1)[0].id == index.ids[i]
        similarity = index.scores(steps(melody)) / (BEST * np.minimum(index.lengths, len(steps(melody))))
        kin.append(similarity[i])
        others += similarity[index.families != index.families[i]].tolist()
    kin, others = np.array(kin)[:, None], np.array(others)
    area = (kin > others).mean() + (kin == others).mean() / 2
    assert first >= 38
    assert area > 0.995


@pytest.mark.slow
def test_the_whole_catalogue_is_searched_if_none_is_given():
    tune = "essen/erk5/16"
    found = search(varied(corpus.load()[tune], np.random.default_rng(15)))
    assert len(found) == 10
    assert found[0].id == tune
    assert found[0].expected == pytest.approx(found[0].p * len(corpus.load()))


@pytest.mark.slow
def test_matches_come_in_order_with_their_alignment_and_what_chance_expects(catalogue, index):
    melody = varied(catalogue[123], np.random.default_rng(16))
    found = search(melody, catalogue, k=30)
    assert len(found) == 30
    assert len({match.id for match in found}) == 30
    keys = [(match.p, -match.score) for match in found]
    assert keys == sorted(keys)
    for match in found:
        assert match.alignment == align(melody, catalogue[match.id])
        assert (match.score, match.similarity) == (match.alignment.score, match.alignment.similarity)
        assert match.expected == pytest.approx(match.p * 700)
    assert search(melody, catalogue, k=3) == found[:3]
    everything = search(melody, catalogue, k=1000)
    assert sorted(match.id for match in everything) == sorted(index.ids)


@pytest.mark.slow
def test_each_tradition_is_the_measure_of_its_own_tunes(catalogue, index):
    melody = catalogue[50]
    of = {songs: catalogue.where(collection="essen" if songs else BOOKS) for songs in (True, False)}
    assert min(len(kin) for kin in of.values()) >= FEWEST
    levels = {songs: chance(melody, kin, n=MEASURED) for songs, kin in of.items()}
    found = search(melody, catalogue, k=60)
    for match in found:
        level = levels[match.id.startswith("essen/")]
        assert match.p == pytest.approx(level.p_value(match.score, len(steps(catalogue[match.id]))))
    assert len({match.id.startswith("essen/") for match in found}) == 2
    # too few of one to measure: both together
    mixed = take(catalogue, np.append(np.flatnonzero(index.songs)[:300], np.flatnonzero(~index.songs)[:100]))
    level = chance(melody, mixed, n=MEASURED)
    for match in search(melody, mixed, k=20):
        assert match.p == pytest.approx(level.p_value(match.score, len(steps(mixed[match.id]))))


@pytest.mark.slow
def test_a_family_can_be_left_out(catalogue, index):
    names, sizes = np.unique(index.families, return_counts=True)
    family = names[sizes.argmax()]
    own = index.ids[index.families == family].tolist()
    assert len(own) >= 3
    melody = catalogue[own[0]]
    assert search(melody, catalogue, k=1)[0].id == own[0]
    everything = search(melody, catalogue, k=1000, without=family)
    assert sorted(match.id for match in everything) == sorted(set(index.ids) - set(own))
    assert everything[0].expected == pytest.approx(everything[0].p * (700 - len(own)))
    # nor does it take the places of the prefilter
    assert search(melody, catalogue, prefilter=1)[0].id == own[0]
    found = search(melody, catalogue, prefilter=5, without=family)
    assert len(found) == 5
    assert not {match.id for match in found} & set(own)


@pytest.mark.slow
def test_the_prefilter_leaves_tunes_out_and_changes_nothing_else(catalogue, index):
    melody = catalogue[77]
    every = {match.id: match for match in search(melody, catalogue, k=700)}
    found = search(melody, catalogue, k=700, prefilter=25)
    assert {match.id for match in found} == set(index.ids[index.sharing(steps(melody), 25)])
    assert found == [every[match.id] for match in found]
    assert found[0].id == index.ids[77]
    assert search(STRANGE, catalogue, prefilter=25) == []


@pytest.mark.slow
def test_what_cannot_be_searched_is_refused_with_a_reason(catalogue, index):
    melody = catalogue[0]
    for k, prefilter in ((0, None), (-1, None), (5, 0)):
        with pytest.raises(MusicError, match=f"at least 1, got {k} and {prefilter}"):
            search(melody, catalogue, k, prefilter=prefilter)
    for refused in (steps, lambda m: align(m, melody), lambda m: align(melody, m)):
        with pytest.raises(MusicError, match="a tune of 1 notes has no steps: at least two"):
            refused(ONE_NOTE)
    few = take(catalogue, slice(0, FEWEST - 1))
    enough = take(catalogue, slice(0, FEWEST))
    for ask in (search, chance):
        with pytest.raises(MusicError, match="a tune of 1 notes has no steps: at least two"):
            ask(ONE_NOTE, catalogue)
        with pytest.raises(MusicError, match=f"{FEWEST - 1} unrelated tunes are too few .* at least {FEWEST}"):
            ask(melody, few)
        with pytest.raises(MusicError, match="0 unrelated tunes are too few"):
            ask(melody, catalogue.where(kind="no such kind"))
        assert ask(melody, enough)
        with pytest.raises(MusicError, match="unrelated tunes are too few"):
            ask(melody, enough, without=index.families[0])
    # even where the prefilter finds nothing that could be measured
    assert search(STRANGE, enough, prefilter=5) == []
    with pytest.raises(MusicError, match="unrelated tunes are too few"):
        search(STRANGE, enough, prefilter=5, without=index.families[0])
