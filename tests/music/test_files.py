"""Readers of foreign files: a tune or one named error, whatever the bytes."""

import random
from fractions import Fraction

import pytest

from musicbook.music import corpus, files, sources
from musicbook.music.abc import parse_abc, parse_book, parse_tunes, write_abc
from musicbook.music.melody import Melody, MusicError
from musicbook.music.midi import MAX_BYTES

READERS = {"midi": files.read_midi, "musicxml": files.read_musicxml, "abc": files.read_abc}
WRITERS = {"midi": Melody.to_midi, "musicxml": files.to_musicxml, "abc": lambda melody: write_abc(melody).encode()}
TUNES = ["ryan/7thRegimentReel/1", "oneill/0001-0050/1", "essen/han1/1"]


@pytest.fixture(scope="module")
def good():
    catalogue = corpus.load()
    return {kind: [write(catalogue[name]) for name in TUNES] for kind, write in WRITERS.items()}


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Random bytes, a cut-off file, or a real file with bytes changed, taken out, put in or doubled."""
    kind = rng.random()
    if kind < 0.15:
        return rng.randbytes(rng.randrange(400))
    if kind < 0.3:
        return data[: rng.randrange(len(data))]
    mutant = bytearray(data)
    for _ in range(rng.choice([1, 3, 10, 40])):
        at, change = rng.randrange(len(mutant)), rng.random()
        if change < 0.5:
            mutant[at] = rng.randrange(256)
        elif change < 0.7:
            del mutant[at : at + rng.randrange(1, 20)]
        elif change < 0.9:
            mutant[at:at] = bytes(rng.choices(b'0123456789([{|:<>&"/ ABCKMVLQ\xff\x00', k=rng.randrange(9)))
        else:
            mutant[at:at] = mutant[at : at + rng.randrange(200)]
    return bytes(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
@pytest.mark.filterwarnings("ignore::music21.musicxml.xmlObjects.MusicXMLWarning")
def test_a_thousand_broken_files_raise_nothing_but_the_named_error(kind, good):
    rng, read, refused = random.Random(7), 0, 0
    for _ in range(1000):
        data = mutate(rng, rng.choice(good[kind]))
        try:
            READERS[kind](data)
            read += 1
        except MusicError as error:
            refused += bool(str(error))
    assert read > 20, (
        "the mutations are so hard that no file is ever read: this test would not see a crash behind the door"
    )
    assert read + refused == 1000, "an error without a message"


@pytest.mark.parametrize("kind", READERS)
def test_the_unbroken_files_are_read(kind, good):
    catalogue = corpus.load()
    for name, data in zip(TUNES, good[kind], strict=True):
        assert READERS[kind](data).notes == catalogue[name].notes


Q, T, H = Fraction(1, 4), Fraction(1, 3), Fraction(1, 2)


def own_fields(text: bytes) -> bytes:
    """A MIDI file that pretends to be ours: a text event with our mark and hostile content."""
    event = b"musicbook:" + text
    size, length = len(event), b""
    while size or not length:
        length = bytes([size % 128 | (0x80 if length else 0)]) + length
        size //= 128
    track = b"\x00\xff\x01" + length + event + b"\x00\xff\x2f\x00"
    return MTHD + b"MTrk" + len(track).to_bytes(4, "big") + track


MTHD = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("midi", b"", "empty"),
        ("midi", b"RIFF....", "does not begin with 'MThd'"),
        ("midi", MTHD, "damaged or cut-off|without a single note"),
        ("midi", MTHD + b"MTrk\xff\xff\xff\xff\x00", "damaged or cut-off"),
        ("midi", MTHD + b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00", "without a single note"),
        ("midi", MTHD[:-2] + b"\xe7\x28" + b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00", "frames"),
        # one note at the far end of the longest delta that MIDI can write, several times over
        (
            "midi",
            MTHD + b"MTrk\x00\x00\x00\x20" + b"\xff\xff\xff\x7f\x90\x3c\x40" * 4 + b"\x00\xff\x2f\x00",
            "longest tune|without",
        ),
        ("midi", own_fields(b"[" * 100_000), "without a single note"),
        ("midi", own_fields(b'{"tempo": 1' + b"0" * 400 + b"}"), "without a single note"),
        ("midi", b"MThd" + b"x" * 10_000_000, "too large"),
        ("musicxml", b"", "empty"),
        ("musicxml", b"<html></html>", "root element is <html>"),
        ("musicxml", b"<score-partwise>", "cut off"),
        ("musicxml", b"PK\x03\x04", "compressed"),
        ("musicxml", b"<score-partwise></score-partwise>", "single note"),
        ("musicxml", b'<!DOCTYPE x [<!ENTITY a "aa">]><score-partwise/>', "entities"),
        (
            "musicxml",
            b"<score-partwise><part><measure><note><duration>99999999999</duration></note></measure></part></score-partwise>",
            "no score has such a value",
        ),
        ("musicxml", b"<a>" * 10_000_000, "too large"),
        ("abc", b"", "empty"),
        ("abc", b"\x00\x01\x02", "binary"),
        ("abc", b"hello", "no line begins with 'X:'"),
        ("abc", b"X:1\nT:no key\nabc|", "no key"),
        ("abc", b"X:1\nM:4/5\nK:C\nabc|", "not a metre"),
        ("abc", b"X:1\nK:C\n", "no notes"),
        ("abc", b"X:1\nK:C\nC99999999999 D|", "no note is that long"),
        ("abc", b"X:1\nK:C\n" + b"C" * 10_000_000, "too large"),
    ],
)
def test_each_fault_is_named(kind, data, words):
    with pytest.raises(MusicError, match=words):
        READERS[kind](data)


@pytest.mark.parametrize("kind", READERS)
def test_a_missing_file_and_a_wrong_type_are_named(kind, tmp_path):
    with pytest.raises(MusicError, match="no-such-file"):
        READERS[kind](tmp_path / "no-such-file")
    with pytest.raises(MusicError, match="path or bytes"):
        READERS[kind](3.14)


@pytest.mark.slow
def test_a_large_midi_file_at_the_limit_is_refused():
    events = b"\x01\x90\x3c\x40\x01\x80\x3c\x40" * ((MAX_BYTES - 100) // 8)
    track = events + b"\x00\xff\x2f\x00"
    with pytest.raises(MusicError, match="more than 100,000 notes"):
        files.read_midi(MTHD + b"MTrk" + len(track).to_bytes(4, "big") + track)


@pytest.mark.parametrize("kind", ["midi", "musicxml", "abc"])
def test_written_files_are_whole_or_absent(kind, tmp_path):
    melody = Melody.from_notes([(0, 1, 60), (1, 1, 62)], title="two")
    write = {"midi": files.write_midi, "musicxml": files.write_musicxml, "abc": files.write_abc}[kind]
    path = write(melody, tmp_path / f"tune.{kind}")
    assert READERS[kind](path).notes == melody.notes
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    with pytest.raises(MusicError, match="cannot write"):
        write(melody, tmp_path / "no folder" / "tune")


def test_overlapping_notes_of_one_voice_are_refused_where_a_format_cannot_say_them():
    same_pitch = Melody.from_notes([(0, 2, 60), (1, 2, 60)])
    with pytest.raises(MusicError, match="sounds twice at once"):
        same_pitch.to_midi()
    with pytest.raises(MusicError, match="overlap"):
        write_abc(Melody.from_notes([(0, 2, 60), (1, 2, 64)]))


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("C>D E<F", [(0, 3 * Q), (3 * Q, Q), (1, Q), (5 * Q, 3 * Q)]),
        ("(3CDE F2", [(0, T), (T, T), (2 * T, T), (1, 1)]),
        ('"Am"{g}.C "^fine"uD', [(0, H), (H, H)]),
        ("|:CD:|E2|", [(0, H), (H, H), (1, H), (3 * H, H), (2, 1)]),
        ("|:CD|[1E2:|[2F2|", [(0, H), (H, H), (1, 1), (2, H), (5 * H, H), (3, 1)]),
    ],
)
def test_what_is_written_is_read_not_how_it_is_played(music, expected):
    melody = parse_abc(f"X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:C\n{music}\n")
    assert [(o, d) for o, d, *_ in melody.notes] == expected


def test_header_fields_become_fields():
    melody = parse_abc("X:1\nT:Title, The\nM:6/8\nQ:3/8=80\nL:1/8\nK:D dorian\nA|dcd efg|a3 d3|\n")
    assert (melody.title, melody.meter, melody.key, melody.tempo) == ("Title, The", "6/8", "Ddor", 120.0)
    assert melody.pickup == 5040


@pytest.mark.parametrize(
    ("field", "title"),
    [
        (r"La Nov\'elle Hol\"andoise", "La Novélle Holändoise"),
        ("KITTY'S  WEDDING", "Kitty's Wedding"),
        ("Fran\\ccaise -- Reel", "Française -- Reel"),
        ("plain", "plain"),
    ],
)
def test_titles_are_read_as_the_notation_writes_accents(field, title):
    assert parse_abc(f"X:1\nT:{field}\nL:1/4\nK:C\nC D|\n").title == title


def test_a_tune_is_read_the_same_alone_and_after_any_other():
    """Ryan's two tunes here stand side by side; the first leaves a chord open, which used to spill into the second."""
    books = dict(sources.read_books("ryan"))
    first, second = books["ryan/MyLadysGoonHasGairsOntStrathspey/1"], books["ryan/MyLoveIsFarAwayReel/1"]
    alone = parse_book([second])[0]
    for _ in range(10):
        assert parse_tunes([first, second])[1] == alone
