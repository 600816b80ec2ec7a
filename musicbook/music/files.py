"""Tunes from files and to files: MIDI, MusicXML, ABC.

The task
    Let a reader bring a tune and take one away. Whatever is handed in, the reader gets a
    :class:`~musicbook.music.melody.Melody` or one :class:`~musicbook.music.melody.MusicError` that says what is wrong; a
    broken or hostile file neither crashes nor hangs the notebook.

Conventions
    A source is a path, or the content itself (bytes; for ABC also text that contains a line break). Every reader refuses
    files above a stated size before it looks inside.

Functions
    :func:`read_midi`, :func:`read_musicxml`, :func:`read_abc`, :func:`write_midi`, :func:`write_musicxml`,
    :func:`write_abc`

What a format loses
    MIDI: nothing of a melody (see :mod:`musicbook.music.midi`). MusicXML: nothing but a title's absence (an empty title is
    written as "untitled"); rests become explicit; repeat signs of other
    programs' files are not played out. ABC: the key field (accidentals are written out), and notes that overlap
    within a voice, which it refuses.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from musicbook.music import abc
from musicbook.music.melody import Melody, MusicError
from musicbook.music.midi import MAX_BYTES, from_midi

MAX_XML_BYTES = 8_000_000
MAX_XML_NOTES = 10_000
MAX_DIGITS = 6
"""A number of seven digits in a score is no music: it is a mistake, or meant to make the reader hang."""


def read_midi(source: bytes | str | Path) -> Melody:
    """Read a Standard MIDI File.

    Raises
    ------
    MusicError
        If it cannot be read as one; the message says why.
    """
    return from_midi(_content(source, MAX_BYTES, "MIDI"))


def read_abc(source: bytes | str | Path) -> Melody:
    """Read the first tune of an ABC file or text, with all its voices and its repeats played out.

    Raises
    ------
    MusicError
        If it cannot be read as ABC; the message says why.
    """
    if isinstance(source, str) and "\n" in source:
        return abc.parse_abc(source)
    data = _content(source, abc.MAX_BYTES, "ABC")
    if b"\x00" in data[:4096]:
        raise MusicError("not ABC: the file is binary, ABC is text")
    return abc.parse_abc(data.decode("utf-8", errors="replace"))


def read_musicxml(source: bytes | str | Path) -> Melody:
    """Read an uncompressed MusicXML file through music21.

    Raises
    ------
    MusicError
        If it is not MusicXML, is damaged, or asks for lengths that no tune has.
    """
    data = _content(source, MAX_XML_BYTES, "MusicXML")
    if data[:2] == b"PK":
        raise MusicError("a compressed MusicXML file (.mxl); export it uncompressed (.musicxml) and read that")
    _check_xml(data)
    from music21 import converter

    try:
        stream = converter.parseData(data.decode("utf-8"), format="musicxml")
        return Melody.from_stream(stream)
    except MusicError:
        raise
    except Exception as error:  # whatever music21 stumbles over, to the reader it means one thing
        raise MusicError(f"music21 cannot make music of this MusicXML file: {error or type(error).__name__}") from error


def write_midi(melody: Melody, path: str | Path) -> Path:
    """Write a MIDI file, whole or not at all; give its path."""
    return _write(path, melody.to_midi())


def write_abc(melody: Melody, path: str | Path) -> Path:
    """Write an ABC file, whole or not at all; give its path. Raises as :func:`musicbook.music.abc.write_abc` does."""
    return _write(path, abc.write_abc(melody).encode())


def write_musicxml(melody: Melody, path: str | Path) -> Path:
    """Write an uncompressed MusicXML file, whole or not at all; give its path."""
    return _write(path, to_musicxml(melody))


def to_musicxml(melody: Melody) -> bytes:
    """Give a melody as the bytes of a MusicXML file, barred and tied by music21.

    Raises
    ------
    MusicError
        If the melody has no notes.
    """
    if not len(melody):
        raise MusicError("a melody without notes makes no score")
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    return GeneralObjectExporter().parse(melody.to_stream())


def _content(source: bytes | str | Path, limit: int, kind: str) -> bytes:
    """Give the bytes behind a source, having looked at the size first."""
    if isinstance(source, bytes | bytearray):
        data = bytes(source)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= limit else b"x" * (limit + 1)
        except (OSError, ValueError) as error:
            raise MusicError(f"no {kind} file can be read at {str(source)[:200]!r}: {error}") from error
    else:
        raise MusicError(f"a path or bytes are needed for {kind}, got {type(source).__name__}")
    if len(data) > limit:
        raise MusicError(f"the {kind} file is too large: at most {limit:,} bytes are read")
    if not data.strip():
        raise MusicError(f"the {kind} file is empty")
    return data


def _check_xml(data: bytes) -> None:
    """Refuse what is not MusicXML, and what would make a reader run for ever, before music21 sees it."""
    head = data[:4000]
    if b"<!ENTITY" in data:
        raise MusicError("the MusicXML file defines entities of its own; no notation program writes that")
    if b"encoding=" in head.split(b"?>")[0] and not re.search(rb"encoding=[\"']utf-?8[\"']", head, re.IGNORECASE):
        raise MusicError("the MusicXML file is not in UTF-8; export it again as UTF-8")
    try:
        data.decode("utf-8")
        root = ET.fromstring(data)
    except (ET.ParseError, UnicodeDecodeError, ValueError) as error:
        raise MusicError(f"not MusicXML, or cut off: {error}") from error
    if root.tag != "score-partwise":
        raise MusicError(f"not a part-wise MusicXML score: its root element is <{root.tag[:60]}>, not <score-partwise>")
    notes = 0
    for element in root.iter():
        notes += element.tag == "note"
        for text in (element.text or "", *element.attrib.values()):
            if re.fullmatch(rf"[+-]?0*[1-9]\d{{{MAX_DIGITS},}}(\.\d*)?", text.strip()):
                raise MusicError(
                    f"<{element.tag[:60]}> holds the number {text.strip()[:20]}: no score has such a value"
                )
    if not notes:
        raise MusicError("a MusicXML file without a single note")
    if notes > MAX_XML_NOTES:
        raise MusicError(f"{notes:,} notes; at most {MAX_XML_NOTES:,} are read from MusicXML")


def _write(path: str | Path, data: bytes) -> Path:
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise MusicError(f"cannot write {path}: {error}") from error
    return path
