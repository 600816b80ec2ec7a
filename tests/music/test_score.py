"""Engraving: every note drawn once and tied to its time, the same bytes every time, no colour of its own."""

from __future__ import annotations

import itertools
import subprocess
import sys
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from musicbook.music import score
from musicbook.music.melody import Melody, MusicError

THIRD = Fraction(1, 3)
TUNES = {
    "plain": Melody.from_notes([(i, 1, 60 + i) for i in range(8)], key="C"),
    "pickup": Melody.from_notes([(0, 1, 62), (1, 2, 67), (3, 1, 66), (4, 1, 67)], meter="3/4", key="G", pickup=10080),
    "triplets": Melody.from_notes([(i * THIRD, THIRD, 60 + i) for i in range(12)], key="F"),
    "ties": Melody.from_notes([(0, 3, 60), (3, 3, 62), (6, 10, 64)]),
    "rests": Melody.from_notes([(1, Fraction(1, 2), 70), (5, 1, 71)], meter="6/8", key="Bbmix"),
    "voices": Melody.from_notes([(i, 1, 72 + i % 5, 0) for i in range(8)] + [(0, 8, 48, 1), (0, 4, 60, 2)], key="Em"),
    "free": Melody.from_notes([(0, 5, 60), (5, 1, 61)], meter="none"),
    "chord": Melody.from_notes([(0, 2, 60), (0, 2, 64), (2, 2, 67)]),
}


@pytest.mark.parametrize("name", TUNES)
def test_every_note_is_tied_to_its_time(name):
    melody, (svg, timemap) = TUNES[name], score.engrave(TUNES[name])
    root = ElementTree.fromstring(svg)
    ids = {node.get("id") for node in root.iter() if node.get("id")}
    drawn = {node for _, _, nodes in timemap for node in nodes}
    assert drawn <= ids
    # What sounds at any moment, by the time map (tied notes are several pictures of one sound) and by the melody.
    moments = sorted({time for start, end, _ in timemap for time in (start, end)})
    for start, end in itertools.pairwise(moments):
        middle = (start + end) / 2
        lit = sum(len(nodes) for a, b, nodes in timemap if a <= middle < b)
        sounding = sum(onset <= middle < onset + length for onset, length, _, _ in melody.notes)
        assert lit == sounding, (start, end)
    assert {onset for onset, *_ in melody.notes} <= {start for start, _, _ in timemap}
    assert timemap[-1][1] == max(onset + length for onset, length, _, _ in melody.notes)


@pytest.mark.slow
def test_the_same_bytes_in_two_processes():
    code = (
        "from musicbook.music.melody import Melody\nfrom musicbook.music import score\nimport hashlib\n"
        "m = Melody.from_notes([(i, 1, 60 + i % 7, i % 2) for i in range(16)], key='D', title='T')\n"
        "print(hashlib.sha256(repr(score.engrave(m)).encode()).hexdigest())"
    )
    runs = {subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout for _ in range(2)}
    assert len(runs) == 1


def test_svg_is_accessible_colourless_and_small():
    melody = Melody.from_notes([(i / 2, 0.5, 60 + i % 12) for i in range(64)], key="C", title="A <tune> & more")
    svg = score.engrave(melody).svg
    root = ElementTree.fromstring(svg)
    title = root[0]
    assert root.get("role") == "img"
    assert title.text == "Score of A <tune> & more"
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("viewBox")
    assert root.get("fill") == "currentColor"
    assert "#000" not in svg
    assert "black" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert len(svg) < 30_000


def test_two_scores_share_no_id():
    one, two = (
        {node.get("id") for node in ElementTree.fromstring(score.engrave(TUNES[name]).svg).iter() if node.get("id")}
        for name in ("plain", "ties")
    )
    assert not one & two


@pytest.mark.parametrize(
    ("pitch", "key", "name"),
    [(66, "G", "F#4"), (66, "Db", "G-4"), (70, "F", "B-4"), (70, "B", "A#4"), (61, "Am", "C#4"), (60, "C#m", "B#3"),
     (63, "Em", "D#4"), (68, "Am", "G#4"), (59, "C", "B3"), (71, "Gb", "C-5")],
)  # fmt: skip
def test_spelling_follows_the_key(pitch, key, name):
    assert score._spell(pitch, score._fifths(key)) == name


def test_too_little_and_too_much():
    with pytest.raises(MusicError, match="0 notes"):
        score.engrave(Melody([], [], [], []))
    with pytest.raises(MusicError, match="3,001 notes"):
        score.engrave(Melody.from_notes([(i, 1, 60) for i in range(3001)]))
