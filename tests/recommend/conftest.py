"""Shared by the tests of the recommenders."""

from __future__ import annotations

import pytest
from worlds import small_world

from musicbook.recommend.interactions import Interactions


@pytest.fixture(scope="session")
def world() -> Interactions:
    """The small world."""
    return small_world(name="a small world")
