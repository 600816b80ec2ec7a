"""Melodies as Standard MIDI Files, both ways.

The task
    Give any other music program our notes, and read the files that it writes, including broken and hostile ones: a file
    either becomes a :class:`~musicbook.music.melody.Melody` or raises :class:`~musicbook.music.melody.MusicError`.

Conventions
    One MIDI track a voice. Ticks are kept as they are: the file says 10,080 ticks a quarter note, or 480 where that loses
    nothing. Loudness is not part of a melody: every note is written with velocity 80. A melody's key is written where MIDI
    can say it (major and minor); a mode such as D Dorian, the pickup and a free metre go into text events, so that
    ``read_midi(melody.to_midi()) == melody`` for every melody whose notes do not overlap on one pitch of one voice.

Functions
    :func:`to_midi`, :func:`from_midi`

Sources
    The file format is the MIDI Manufacturers Association's *Standard MIDI Files 1.0*; reading and writing is mido's.
"""

from __future__ import annotations

import contextlib
import io
import json

import mido

from musicbook.music.melody import MAX_NOTES, TICKS, Melody, MusicError

MAX_BYTES = 1_000_000
"""A file above this is refused: a whole symphony takes less."""

FIELDS = "musicbook:"


def to_midi(melody: Melody) -> bytes:
    """Write a melody as a Standard MIDI File of type 1.

    Raises
    ------
    MusicError
        If one pitch sounds twice at once in a voice: MIDI could not say which of the two ends first.
    """
    divide = TICKS // 480 if not (melody.onset % 21).any() and not (melody.duration % 21).any() else 1
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS // divide, charset="utf-8")
    head = mido.MidiTrack([mido.MetaMessage("track_name", name=melody.title)])
    head.append(mido.MetaMessage("set_tempo", tempo=round(60e6 / melody.tempo)))
    if melody.meter != "none":
        beats, unit = (int(x) for x in melody.meter.split("/"))
        head.append(mido.MetaMessage("time_signature", numerator=beats, denominator=unit))
    fields = {"key": melody.key, "meter": melody.meter, "pickup": melody.pickup, "tempo": float(melody.tempo)}
    head.append(mido.MetaMessage("text", text=FIELDS + json.dumps(fields)))
    file.tracks.append(head)
    for voice in melody.voices():
        events = []
        sounding_until: dict[int, int] = {}
        for onset, duration, pitch in zip(voice.onset, voice.duration, voice.pitch, strict=True):
            if onset < sounding_until.get(int(pitch), 0):
                raise MusicError(
                    f"pitch {pitch} sounds twice at once in one voice: MIDI cannot say which note ends first"
                )
            sounding_until[int(pitch)] = onset + duration
            events += [(int(onset), 1, int(pitch)), (int(onset + duration), 0, int(pitch))]
        track, now = mido.MidiTrack(), 0
        for tick, starts, pitch in sorted(events):
            kind = "note_on" if starts else "note_off"
            track.append(mido.Message(kind, note=pitch, velocity=80, time=(tick - now) // divide))
            now = tick
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def from_midi(data: bytes) -> Melody:
    """Read a Standard MIDI File.

    Tracks with notes become voices in their order; percussion (channel 10) is left out. Metre, key and tempo are the
    first that the file states.

    Raises
    ------
    MusicError
        If the bytes are not a MIDI file, or are cut off, or claim lengths that no tune has.
    """
    if len(data) > MAX_BYTES:
        raise MusicError(f"a MIDI file of {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if data[:4] != b"MThd":
        raise MusicError("not a MIDI file: it does not begin with 'MThd'")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        # mido raises whatever its parser stumbles over; for a reader all of it means one thing
        raise MusicError(f"a damaged or cut-off MIDI file: {error or type(error).__name__}") from error
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 0x8000:
        raise MusicError(
            f"a MIDI file timed in frames, not in beats (division {file.ticks_per_beat}): export it with beats"
        )
    rows, fields, voice = [], {}, 0
    for track in file.tracks:
        found = _read_track(track, fields, file.ticks_per_beat)
        if len(rows) + len(found) > MAX_NOTES:
            raise MusicError(f"more than {MAX_NOTES:,} notes")
        rows += [(*row, voice) for row in found]
        voice += bool(found)
    if not rows:
        raise MusicError("a MIDI file without a single note (percussion does not count)")
    onset, duration, pitch, voices = zip(*rows, strict=True)
    try:
        return Melody(onset, duration, pitch, voices, **fields)
    except OverflowError as error:
        raise MusicError("a MIDI file with times beyond any tune") from error


def _read_track(track, fields: dict, per_quarter: int) -> list[tuple[int, int, int]]:
    """Give the notes of one track in our ticks; fill ``fields`` with what it states about the whole tune."""
    now, open_notes, rows = 0, {}, []
    for message in track:
        now += message.time
        kind = message.type
        if kind in ("note_on", "note_off"):
            if message.channel == 9:
                continue
            key = (message.channel, message.note)
            started = open_notes.pop(key, None)
            if started is not None and now > started:
                start, stop = (round(t * TICKS / per_quarter) for t in (started, now))
                rows.append((start, max(1, stop - start), message.note))
            if kind == "note_on" and message.velocity > 0:
                open_notes[key] = now
        elif kind == "track_name" and now == 0:
            fields.setdefault("title", _text(message.name))
        elif kind == "set_tempo" and "tempo" not in fields and message.tempo > 0:
            fields["tempo"] = min(max(60e6 / message.tempo, 5.0), 1000.0)
        elif kind == "time_signature" and "meter" not in fields and message.denominator <= 32:
            fields["meter"] = f"{min(max(message.numerator, 1), 64)}/{message.denominator}"
        elif kind == "key_signature":
            fields.setdefault("key", message.key)
        elif kind == "text" and message.text.startswith(FIELDS):
            fields.update(_own_fields(message.text))
    return rows


def _text(latin: str) -> str:
    """Undo a guess: mido reads text as Latin-1, most programs write UTF-8, and what is not UTF-8 was Latin-1."""
    with contextlib.suppress(UnicodeDecodeError):
        latin = latin.encode("latin-1").decode("utf-8")
    return latin.strip("\x00 ")


def _own_fields(text: str) -> dict:
    """Read the fields that :func:`to_midi` wrote; anything else in their place is ignored as a stranger's text."""
    try:
        own = json.loads(text[len(FIELDS) :])
        kinds = {"key": str, "meter": str, "pickup": int, "tempo": float}
        return {name: own[name] for name, kind in kinds.items() if isinstance(own[name], kind)}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
