"""A panel has the means and intervals of the listeners who were judged."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.recommend.panels import panel


def test_bars_are_means_with_intervals():
    rng = np.random.default_rng(0)
    one = [rng.normal(k, 1, 80) for k in range(3)]
    one[1][:30] = np.nan
    found = panel("liked", "share", {"a": one, "b": one[::-1]}, digits=1)
    assert found["digits"] == 1
    np.testing.assert_allclose(found["bars"]["a"], [np.nanmean(row) for row in one])
    np.testing.assert_allclose(found["bars"]["b"], found["bars"]["a"][::-1])
    assert (found["low"]["a"] < found["bars"]["a"]).all()
    assert (found["bars"]["a"] < found["high"]["a"]).all()
    wide = found["high"]["a"] - found["low"]["a"]
    assert wide[1] > 1.1 * wide[0]  # fewer were judged


def test_two_sliders_and_nobody():
    grid = np.random.default_rng(1).normal(size=(2, 3, 20))
    assert panel("x", "y", {"a": grid})["bars"]["a"].shape == (2, 3)
    with pytest.raises(ValueError, match="nobody was judged"):
        panel("x", "y", {"a": [np.full(5, np.nan)]})
