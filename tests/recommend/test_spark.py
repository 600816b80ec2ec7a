"""ALS on Spark against the same model in NumPy. The tests that start Spark are skipped, aloud, where there is no Java."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import small_world

from musicbook.recommend import spark
from musicbook.recommend.factors import ALS
from musicbook.recommend.ranking import ndcg
from musicbook.recommend.spark import CountedALS, SparkALS, SparkMissingError, counted_half_step

# Two factors, as there are two tastes: more would fit noise, in which every start finds another optimum.
SETTINGS = {"rank": 2, "regularization": 0.1, "alpha": 5.0, "sweeps": 20}


@pytest.fixture(scope="module")
def parts():
    return small_world(300, 120, seed=2).split_random(0.2, seed=1)


@pytest.fixture(scope="module")
def fitted(parts):
    if reason := spark.missing():
        pytest.skip(f"Spark is not tested here: {reason}")
    return SparkALS(**SETTINGS, seed=4).fit(parts[0])


@pytest.mark.spark
def test_spark_solves_the_same_equations(fitted):
    # Its last half-step, done again in NumPy from its item factors.
    extra = fitted._confidence(fitted.train.matrix)
    again = counted_half_step(extra, fitted.item_factors, fitted.regularization)
    assert np.abs(fitted.listener_factors).max() > 0.1
    np.testing.assert_allclose(again, fitted.listener_factors, atol=1e-4)


@pytest.mark.spark
def test_spark_and_numpy_reach_the_same_objective_and_quality(fitted, parts):
    ours = CountedALS(**SETTINGS).fit(parts[0])
    assert fitted.objective() == pytest.approx(ours.objective(), rel=0.01)
    listeners = np.unique(parts[1].listener)
    quality = [ndcg(each.top(listeners), parts[1], 10, listeners=listeners).mean() for each in (fitted, ours)]
    assert quality[0] == pytest.approx(quality[1], abs=0.02)


@pytest.mark.spark
def test_spark_recommends_to_strangers(fitted):
    history = [fitted.train.items[code] for code in fitted.train.items_of(0)]
    assert len(fitted.recommend_for(history, 5)) == 5


def test_the_counted_penalty_is_solved_exactly(parts):
    train = parts[0]
    model = CountedALS(rank=4, regularization=0.3, alpha=2.0, sweeps=2).fit(train)
    extra, Q = model._confidence(train.matrix), model.item_factors.astype(float)
    u = 7
    c = 1 + extra[[u]].toarray()[0]
    p = (c > 1).astype(float)
    left = Q.T @ (c[:, None] * Q) + 0.3 * p.sum() * np.eye(4)
    np.testing.assert_allclose(model.listener_factors[u], np.linalg.solve(left, Q.T @ (c * p)), rtol=2e-3, atol=1e-4)
    plain = ALS(rank=4, regularization=0.3, alpha=2.0, sweeps=2).fit(train)
    assert not np.allclose(plain.listener_factors[u], model.listener_factors[u], atol=1e-3)


def test_the_objective_is_that_of_the_whole_table_and_falls(parts):
    train = parts[0]
    values = []
    for sweeps in (1, 3, 9):
        model = CountedALS(rank=4, regularization=0.3, alpha=2.0, sweeps=sweeps).fit(train)
        P, Q = (F.astype(float) for F in (model.listener_factors, model.item_factors))
        c, p = 1 + 2.0 * train.binary.toarray(), train.binary.toarray()
        penalty = (p.sum(1) * (P**2).sum(1)).sum() + (p.sum(0) * (Q**2).sum(1)).sum()
        assert model.objective() == pytest.approx((c * (p - P @ Q.T) ** 2).sum() + 0.3 * penalty, rel=1e-5)
        values.append(model.objective())
    assert values[0] > values[1] > values[2]


def test_what_spark_lacks_is_said(parts, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "PySpark is not installed" in spark.missing() or "no Java" in spark.missing()
    with pytest.raises(SparkMissingError):
        SparkALS().fit(parts[0])
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: object())
    assert spark.missing() == "Java 11 is here; Spark needs 17 or later"
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None)
    assert "pip install 'musicbook[spark]'" in spark.missing()
