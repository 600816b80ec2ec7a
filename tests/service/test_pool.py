"""A pool of melodies composed beforehand: it covers tastes that point everywhere, and says where it comes from."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.compose.models import open_model
from musicbook.compose.originality import nearest
from musicbook.music import corpus
from musicbook.music.melody import FIRST_PITCH, HIGH, LOW, Melody
from musicbook.recommend import content
from musicbook.recommend.intervals import paired_bootstrap
from musicbook.service import pool as pools
from musicbook.service.personal import FEWEST, Steering


@pytest.fixture(scope="module")
def steering():
    windows = corpus.windows(4, collections=corpus.FIDDLE_BOOKS)
    return Steering(open_model("vae-reconstruct-4"), windows, corpus.load())


@pytest.fixture(scope="module")
def pool(steering):
    return pools.fill(steering, 400, seed=1)


@pytest.mark.slow
def test_a_pool_has_what_it_promises(steering, pool):
    assert pool.rows.shape == (400, 64)
    assert len(np.unique(pool.rows, axis=0)) == 400
    assert ((pool.rows >= FIRST_PITCH).sum(axis=1) >= FEWEST).all()
    assert (pool.strength[:100] == 0).all()
    assert {*pool.strength[100:].tolist()} == {*pools.STRENGTHS}
    one, same, other = (pools.fill(steering, 40, seed=seed).rows for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.slow
def test_the_four_at_the_head_are_unlike_each_other(steering, pool):
    F = pools.features(steering.melodies(pool.rows[:100]), steering.catalogue)
    unit = F / np.linalg.norm(F, axis=1, keepdims=True)
    alike = unit @ unit.T
    head = alike[:4, :4][np.triu_indices(4, 1)].mean()
    assert head < alike[np.triu_indices(100, 1)].mean() - 0.3


@pytest.mark.slow
def test_a_pool_serves_interests_that_it_was_not_made_for(steering, pool):
    F = pools.features(steering.melodies(pool.rows), steering.catalogue)
    real = pools.features(steering.melodies(corpus.windows(4, "test", corpus.FIDDLE_BOOKS)[::20]), steering.catalogue)
    rng = np.random.default_rng(0)
    chosen, free = [], []
    for _ in range(40):
        a, b, c = rng.choice(len(real), 3, replace=False)
        scores = content.cosine((real[a] + real[b]) / 2 - real[c], F)
        chosen.append(scores[pools.choose(scores, F, [])].mean())
        free.append(scores[:100].mean())
    assert paired_bootstrap(np.array(chosen), np.array(free)).low > 0.4


@pytest.mark.slow
def test_what_is_steered_further_lies_further_out(steering, pool):
    F = pools.features(steering.melodies(pool.rows), steering.catalogue)
    away = np.linalg.norm(F - F[pool.strength == 0].mean(axis=0), axis=1)
    free, *steered = (away[pool.strength == strength].mean() for strength in (0, 2, 4, 6))
    assert min(steered) > free + 0.1
    assert steered[2] > steered[0]


def test_choosing_leaves_out_what_was_heard_and_reaches_less_far_if_it_shall():
    rng = np.random.default_rng(0)
    F = rng.normal(size=(200, 5))
    scores = content.cosine(rng.normal(size=5), F)
    best = np.argsort(-scores, kind="stable")
    assert pools.choose(scores, F, []) == best[:4].tolist()
    assert pools.choose(scores, F, best[:2]) == best[2:6].tolist()
    assert pools.choose(scores, F, [], reach=0) == best[85:89].tolist()
    assert {*pools.choose(scores, F, [], surprise=1)} <= {*best[:30].tolist()}
    with pytest.raises(ValueError, match="between 0 and 1"):
        pools.choose(scores, F, [], reach=1.2)


@pytest.mark.slow
def test_origins_are_the_nearest_training_tunes(steering, pool):
    windows, tunes = (f(4, collections=corpus.FIDDLE_BOOKS) for f in (corpus.windows, corpus.window_tunes))
    found = pools.origins(pool.rows[:2], steering.catalogue)
    for row, (title, steps) in zip(pool.rows, found, strict=False):
        passage = nearest(row, windows)
        printed = steering.catalogue.table["title"][tunes[passage.source]]
        assert (title, steps) == (pools.tidy(printed), passage.steps)
    assert pools.tidy("Neumedia -- Reel. ") == "Neumedia – Reel"


@pytest.mark.slow
def test_excerpts_sound_as_they_are_printed(steering):
    ids, rows, melodies = pools.excerpts(steering.catalogue, 40)
    table = steering.catalogue.table.loc[ids]
    assert table["family"].is_unique
    assert {*table["collection"]} <= {*corpus.FIDDLE_BOOKS}
    for tune, row, melody in zip(ids, rows, melodies, strict=True):
        printed = steering.catalogue[tune]
        whole = printed.excerpt(0, 8 if printed.meter == "2/4" else 4)
        read = Melody.from_tokens(row, low=LOW, high=HIGH)
        for column in ("onset", "duration", "pitch"):
            assert np.array_equal(getattr(read, column), getattr(whole, column)), tune
        assert melody.meter == printed.meter
    with pytest.raises(ValueError, match="tunes fit"):
        pools.excerpts(steering.catalogue, 10_000)


@pytest.mark.slow
def test_a_pool_too_small_is_refused(steering):
    with pytest.raises(ValueError, match="at least 16"):
        pools.fill(steering, 15)
