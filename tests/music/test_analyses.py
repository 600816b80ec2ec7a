"""The analyses of chorales by musicians are read beat by beat."""

import pytest

from musicbook.music.analyses import chords_by_musician
from musicbook.music.tonality import NAMES


@pytest.mark.slow
def test_the_first_chorale_begins_as_it_is_written():
    """Riemenschneider 1: I over the pickup, then I, IV6, V6 in G major, and I, V, vi."""
    roots, kinds = chords_by_musician(1, 63)
    assert [NAMES[root] for root in roots[:7]] == ["G", "G", "C", "D", "G", "D", "E"]
    assert kinds[:7].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert NAMES[roots[-1]] == "G"


def test_a_number_without_an_analysis_is_named():
    with pytest.raises(ValueError, match="no analysis of chorale 21; there are 1 to 20"):
        chords_by_musician(21, 4)
