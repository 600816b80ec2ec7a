"""Melodies as music21 streams, both ways.

The task
    music21 (Cuthbert and Ariza 2010) is the field's toolkit for scores: it writes MusicXML, analyses, engraves. This
    module hands it our notes and takes notes back.

Conventions
    One ``Part`` a voice, unmeasured: music21 makes bars and ties itself when it writes a file. Times are exact fractions of
    a quarter note, so ``from_stream(to_stream(melody)) == melody`` for every melody. Chords in a part come back as notes
    that start together in one voice; tied notes come back as one note; grace notes, which have no length, are left out.

Functions
    :func:`to_stream`, :func:`from_stream`
"""

from __future__ import annotations

import re
from fractions import Fraction

from musicbook.music.melody import TICKS, Melody, MusicError

MODES = {"": "major", "m": "minor", "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian"}
ABC_OF_MODE = {mode: abc for abc, mode in MODES.items()}


def to_stream(melody: Melody):
    """Give a music21 ``Score``: one part a voice, with metre, key, tempo and title.

    Notes are inserted by time, not measured; call ``makeNotation()`` or write a file to get bars.
    """
    from music21 import key, metadata, meter, note, stream, tempo

    score = stream.Score()
    score.metadata = metadata.Metadata(title=melody.title)
    score.metadata.setCustom("musicbook-pickup", str(melody.pickup))
    for number, voice in enumerate(melody.voices()):
        part = stream.Part(id=f"voice{number}")
        if melody.meter != "none":
            part.insert(0, meter.TimeSignature(melody.meter))
        match = re.fullmatch(r"([A-G])([#b]?)(m|dor|phr|lyd|mix|)", melody.key)
        if match:
            tonic, accidental, mode = match.groups()
            part.insert(0, key.Key(tonic + accidental.replace("b", "-"), MODES[mode]))
        if number == 0:
            part.insert(0, tempo.MetronomeMark(number=melody.tempo))
        for onset, duration, pitch, _ in voice.notes:
            part.insert(onset, note.Note(midi=pitch, quarterLength=duration))
        score.insert(0, part)
    return score


def from_stream(stream) -> Melody:
    """Read a music21 stream: its parts become voices.

    Raises
    ------
    MusicError
        If it has no notes, or is not a music21 stream.
    """
    from music21 import key, meter, tempo
    from music21.stream import Stream

    if not isinstance(stream, Stream):
        raise MusicError(f"a music21 stream is needed, got {type(stream).__name__}")
    rows = []
    for voice, part in enumerate(stream.parts or [stream]):
        for element in part.stripTies().flatten().notes:
            if element.duration.isGrace or not element.quarterLength:
                continue
            onset, length = Fraction(element.offset), Fraction(element.quarterLength)
            rows += [(onset, length, pitch.midi, voice) for pitch in element.pitches]
    if not rows:
        raise MusicError("a stream without a single note")
    flat = (stream.parts[0] if stream.parts else stream).flatten()
    fields = {"meter": "none", "title": (stream.metadata.bestTitle if stream.metadata else None) or ""}
    for signature in flat.getElementsByClass(meter.TimeSignature):
        fields["meter"] = signature.ratioString
        break
    for signature in flat.getElementsByClass(key.Key):
        if signature.mode in ABC_OF_MODE:
            fields["key"] = signature.tonic.name.replace("-", "b") + ABC_OF_MODE[signature.mode]
        break
    for mark in flat.getElementsByClass(tempo.MetronomeMark):
        in_quarters = mark.referent is not None and mark.referent.quarterLength == 1 and mark.number
        fields["tempo"] = float(mark.number if in_quarters else mark.getQuarterBPM() or 120)
        break
    pickup = stream.metadata.getCustom("musicbook-pickup") if stream.metadata else ()
    fields["pickup"] = int(str(pickup[0])) if pickup else _pickup(stream)
    return Melody.from_notes(rows, **fields)


def _pickup(stream) -> int:
    """Ticks of an incomplete first bar, if the stream is measured."""
    from music21.stream import Measure

    bars = list((stream.parts[0] if stream.parts else stream).getElementsByClass(Measure))
    if not bars or bars[0].timeSignature is None:
        return 0
    length = Fraction(bars[0].duration.quarterLength)
    full = Fraction(bars[0].timeSignature.barDuration.quarterLength)
    return int(length * TICKS) if 0 < length < full else 0
