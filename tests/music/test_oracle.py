"""The corpus as we read it, against music21 as an independent reader, on a fixed sample of 200 tunes.

Repeats are taken out of the text for both readers: they differ in how they play out an unopened repeat (music21 makes
50,498 notes of O'Neill's 1046), and the question here is whether they see the same notes.

On the text as the editors wrote it the two agree on 185 of 200. Each of the 15 others was looked up in the text: in each
we read what is written, and music21 stumbles over a sign beside the note. The proof is the second test: with those signs
taken out (as our reader does) music21 gives our notes for 199 of 200, and the last one is a tie between two pitches.
"""

import dataclasses
import functools
import re
from fractions import Fraction

import pytest

from musicbook.music import abc, corpus, sources

LENGTH_LOST = "a staccato dot or ornament inside a dotted pair ('d>.f', 'F>Tc'): music21 loses the dotting"
NOTE_LOST = "a note after a fermata or remark ('HB2', '\">\"(de)'): music21 loses the note"
GRACE_IN_TRIPLET = "a grace note inside a triplet ('(3{e}dcd'): music21 loses the triplet"
TIE_BETWEEN_PITCHES = "a tie between two pitches ('d/2-c/2', meant as a slur): music21 loses the second note"
DISAGREEMENTS = {
    "oneill/0001-0050/39": TIE_BETWEEN_PITCHES,
    "oneill/0101-0200/122": NOTE_LOST,
    "oneill/0101-0200/130": NOTE_LOST,
    "oneill/0401-0486/447": NOTE_LOST,
    "oneill/0487-0500/500": NOTE_LOST,
    "oneill/0626-0700/670": NOTE_LOST,
    "oneill/0626-0700/693": NOTE_LOST,
    "oneill/1376-1475/1428": GRACE_IN_TRIPLET,
    "ryan/EclipseHighlandFling/1": LENGTH_LOST,
    "ryan/OnTheRoadClog/1": LENGTH_LOST,
    "ryan/SouvenirLancashireClog/1": LENGTH_LOST,
    "aird/book3/0503": LENGTH_LOST,
    "aird/book5/0914": NOTE_LOST,
    "aird/book5/0939": NOTE_LOST,
    "misc/northumbrianminstrelsyopus/103": NOTE_LOST,
}


@pytest.fixture(scope="module")
def sample():
    """Two hundred tunes as text, their repeat signs and first and second endings made plain bar lines."""
    books = {name: tune for collection in sources.COLLECTIONS for name, tune in sources.read_books(collection)}
    return {name: change_music(books[name], plain_bars) for name in corpus.load().sample(200, seed=21).table.index}


@pytest.fixture(scope="module")
def ours(sample):
    melodies = abc.parse_book(sample.values())
    return {name: [row[:3] for row in melody.notes] for name, melody in zip(sample, melodies, strict=True)}


def change_music(tune, change):
    lines = [line if abc.FIELD.match(line) else change(line) for line in tune.body.splitlines()]
    return dataclasses.replace(tune, body="\n".join(lines))


def plain_bars(line):
    line = re.sub(r":+\|+:*|\|+:+|::", " | ", line)
    return re.sub(r"\|\s*\[?\d(?=[^/\d])|\[\d", "|", line)


def music21_notes(tune):
    """(onset, duration, highest pitch) as music21 reads them; told version 2.1, else accidentals do not last a bar."""
    header = [f"{letter}:{tune.field(letter)}" for letter in "MLK" if tune.field(letter)]
    return music21_reads("\n".join(["%abc-2.1", "X:1", "T:t", *header, tune.body, ""]))


@functools.cache
def music21_reads(text):
    """Read a text once, though both tests ask for the tunes without such signs."""
    from music21 import converter

    rows = []
    for note in converter.parseData(text, format="abc").parts[0].stripTies().flatten().notes:
        if not note.duration.isGrace and note.quarterLength:
            times = (Fraction(time).limit_denominator(10080) for time in (note.offset, note.quarterLength))
            rows.append((*times, max(pitch.midi for pitch in note.pitches)))
    return rows


@pytest.mark.slow
def test_185_of_200_agree_as_written_and_the_others_are_explained(sample, ours):
    different = {name for name, tune in sample.items() if music21_notes(tune) != ours[name]}
    assert different == set(DISAGREEMENTS)


@pytest.mark.slow
def test_without_the_signs_beside_the_notes_199_of_200_agree(sample, ours):
    cleaned = {name: change_music(tune, abc.clean_line) for name, tune in sample.items()}
    different = {name for name, tune in cleaned.items() if music21_notes(tune) != ours[name]}
    assert {DISAGREEMENTS[name] for name in different} == {TIE_BETWEEN_PITCHES}
    assert len(different) == 1
