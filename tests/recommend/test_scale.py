"""The same lists by every engine and in blocks of any size. Memory is in test_footprint.py."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import small_world

from musicbook.recommend.factors import PureSVD
from musicbook.recommend.neighbours import UserKNN
from musicbook.recommend.recommender import NotFittedError
from musicbook.recommend.scale import ENGINES, top_in_blocks, user_knn_blocks


@pytest.fixture(scope="module")
def train():
    return small_world(220, 90, seed=3)


@pytest.fixture(scope="module")
def expected(train):
    return UserKNN(k=20).fit(train).top(np.arange(220), 7)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_lists(train, engine):
    lists = user_knn_blocks(train, k=7, block=50, n_jobs=2, engine=engine)
    assert lists.shape == (220, 7)
    assert np.array_equal(lists, UserKNN().fit(train).top(np.arange(220), 7))


@pytest.mark.parametrize("block", [1, 33, 220, 1000])
def test_the_size_of_a_block_changes_nothing(train, expected, block):
    assert np.array_equal(top_in_blocks(UserKNN(k=20).fit(train), 7, block), expected)


@pytest.mark.slow
def test_a_cluster_that_runs_already_is_used(train, expected):
    from dask.distributed import Client

    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        knn = UserKNN(k=20).fit(train)
        assert np.array_equal(top_in_blocks(knn, 7, 64, "dask", client=client), expected)
        some = np.array([5, 3, 219])
        assert np.array_equal(top_in_blocks(knn, 7, 2, "dask", listeners=some, client=client), expected[some])
        assert client.status == "running"


@pytest.mark.slow
def test_any_recommender_can_be_cut_into_blocks(train):
    model = PureSVD(rank=8).fit(train)
    for engine in ("serial", "joblib"):
        assert np.array_equal(top_in_blocks(model, 5, 64, engine), model.top(np.arange(220), 5))


def test_bad_input_is_refused(train):
    with pytest.raises(ValueError, match="engine 'magic'; there are serial, joblib, dask"):
        user_knn_blocks(train, engine="magic")
    with pytest.raises(ValueError, match="at least 1, got 10, 0 and 2"):
        user_knn_blocks(train, block=0)
    with pytest.raises(NotFittedError):
        top_in_blocks(UserKNN())
