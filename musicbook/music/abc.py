r"""ABC, the text notation in which most of the corpus is written.

The task
    Read thousands of tunes in seconds, and a stranger's tune safely. abc2midi, the notation's reference player, does the
    parsing (the symusic package carries it); we clean the text beforehand, so that what comes out is what is *written*,
    not how a player would perform it.

Conventions
    Cleaning removes grace notes, slurs, fingerings, chord names, words and ornaments (all of which abc2midi would play
    or stumble over), the rhythm field ``R:`` (a "hornpipe" would be played with swung pairs) and staccato dots (which
    would halve a note). Repeats are played out. Two notes at once in one voice of a fiddle tune (a double stop) leave the
    upper one, the melody.

Functions
    :func:`split_book`, :func:`parse_book`, :func:`parse_tunes`, :func:`parse_abc`, :func:`write_abc`

Sources
    The ABC notation standard 2.1; abc2midi by James Allwright and Seymour Shlien.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from musicbook.music.abc_fields import first_bar, read_key, read_meter, read_tempo, read_title
from musicbook.music.melody import MAX_NOTES, TICKS, Melody, MusicError

MAX_BYTES = 1_000_000
BATCH_SECONDS = 120
ONE_SECONDS = 10
PLAYER_TICKS = 480
"""abc2midi's ticks in a quarter note; it starts each note one tick late and ends it in time."""

FIELD = re.compile(r"^([A-Za-z]):[ \t]*(.*)$")


@dataclass(frozen=True)
class AbcTune:
    """One tune of a book: its number, its header fields (each a list, in order) and its music lines."""

    number: str
    header: dict[str, list[str]]
    body: str

    def field(self, letter: str) -> str:
        """First value of a header field, or ``""``."""
        return self.header.get(letter, [""])[0]


def split_book(text: str) -> list[AbcTune]:
    """Split the text of an ABC file into its tunes, in order. Text before the first ``X:`` is the editor's."""
    tunes = []
    for chunk in re.split(r"(?m)^(?=X:)", text)[1:]:
        header, body, in_header = {}, [], True
        for line in chunk.splitlines():
            line = line.rstrip()
            field = FIELD.match(line)
            if in_header and field:
                header.setdefault(field[1], []).append(field[2].split("%")[0].strip())
                in_header = field[1] != "K"
            elif not in_header:
                if not line.strip():
                    break  # a blank line ends a tune; what follows is the editor's
                body.append(line)
        tunes.append(AbcTune(header["X"][0], header, "\n".join(body)))
    return tunes


def clean_line(line: str) -> str:
    """Take out of a line of music everything that is not a pitch, a length, a bar or a repeat."""
    line = re.sub(r"%.*", "", line)
    line = re.sub(r'"[^"]*"?', "", line)  # chord names, fingerings, remarks
    line = re.sub(r"\{[^}]*\}?", "", line)  # grace notes
    line = re.sub(r"![^!|]*!|\+[^+|]*\+", "", line)  # named decorations
    line = re.sub(r"\[(?=\s)", "", line)  # a chord that never closes; the parser would carry it into the next tune
    line = re.sub(r"\((?!\d)|\)", "", line)  # slurs, but not the "(3" of a triplet
    # ornaments and bowings are single letters; a field inside the line, such as [M:3/4], is kept whole
    return re.sub(r"(\[[A-Za-z]:[^\]]*\])|[.~`H-WYh-wy]", lambda match: match[1] or "", line)


def clean(tune: AbcTune, number: int) -> str:
    """Give the tune as abc2midi should see it, under a new number."""
    header = {letter: tune.field(letter) for letter in "LMQ" if tune.field(letter)}
    if "M" in header:
        header["M"] = read_meter(header["M"], strict=False)
    lines = [f"X:{number}", "T:t", "%%MIDI chordattack 0"]  # else the notes of a chord come one after the other
    lines += [f"{letter}:{value}" for letter, value in header.items()] + [f"K:{tune.field('K') or 'C'}"]
    for line in tune.body.splitlines():
        field = FIELD.match(line)
        if not field:
            lines += [music for music in [clean_line(line)] if music.strip()]  # a blank line would end the tune
        elif field[1] in "KLMV":
            lines.append(line)
    return "\n".join(lines) + "\n\n"


def parse_book(tunes: Iterable[AbcTune]) -> list[Melody | None]:
    """Parse many tunes as melodies: as :func:`parse_tunes`, and a tune that makes the parser crash costs only itself.

    A crash can come of two tunes together (an unclosed chord in one confuses the next), so a failing batch is halved
    until what fails is one tune alone.
    """
    tunes = list(tunes)
    try:
        return parse_tunes(tunes)
    except MusicError:
        if len(tunes) <= 1:
            return [None] * len(tunes)
        half = len(tunes) // 2
        return parse_book(tunes[:half]) + parse_book(tunes[half:])


def parse_tunes(tunes: Iterable[AbcTune], melodic: bool = True, timeout: float = BATCH_SECONDS) -> list[Melody | None]:
    """Parse many tunes in one run of abc2midi.

    Parameters
    ----------
    tunes : iterable of AbcTune
    melodic : bool
        Keep only the first voice, and of notes that start together the highest.
    timeout : float
        Seconds after which the run is given up.

    Returns
    -------
    list of Melody or None
        None where no notes could be read.

    Raises
    ------
    MusicError
        If abc2midi crashed or took too long.
    """
    import symusic

    tunes = list(tunes)
    with tempfile.TemporaryDirectory(prefix="musicbook-abc-") as folder:
        book = Path(folder) / "t.abc"
        book.write_text("".join(clean(tune, i + 1) for i, tune in enumerate(tunes)), encoding="utf-8")
        command = [str(_abc2midi()), str(book), "-NGRA", "-NGUI", "-NFER"]
        try:
            # its exit code says nothing: it is 1 after a mere warning; a negative one, or on Windows a huge one, is a crash
            run = subprocess.run(command, capture_output=True, timeout=timeout, cwd=folder, check=False)
        except subprocess.TimeoutExpired as error:
            raise MusicError(f"the ABC text could not be read within {timeout:g} seconds: is it music?") from error
        except OSError as error:
            raise MusicError(f"the ABC reader of the symusic package cannot be run: {error}") from error
        if not 0 <= run.returncode < 256:
            raise MusicError("the ABC text makes the parser fall over: is it music?")
        wrong_length = re.search(rb"Error in line.*: (.*not a power of 2.*)", run.stdout)
        if wrong_length:
            raise MusicError(
                f"a note length in the ABC text: {wrong_length[1].decode(errors='replace').strip()}; write a tuplet: (3CDE"
            )
        melodies = []
        for i, tune in enumerate(tunes):
            path = Path(folder) / f"t{i + 1}.mid"
            try:
                score = symusic.Score.from_file(path) if path.exists() else None
            except RuntimeError as error:  # the parser gave up in the middle of writing this file
                raise MusicError("the ABC text makes the parser give up: is it music?") from error
            melodies.append(_melody(score, tune, melodic) if score else None)
    return melodies


def parse_abc(text: str) -> Melody:
    """Read the first tune of a text, all its voices.

    Raises
    ------
    MusicError
        If the text is no ABC, too long, or has no notes.
    """
    if len(text) > MAX_BYTES:
        raise MusicError(f"ABC text of {len(text):,} characters; at most {MAX_BYTES:,} are read")
    tunes = split_book(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", " "))
    if not tunes:
        raise MusicError("not ABC: no line begins with 'X:' (the number of the tune)")
    if "K" not in tunes[0].header:
        raise MusicError("the ABC header has no key: its last line must be 'K:' with a key, such as 'K:G'")
    read_meter(tunes[0].field("M"), strict=True)
    too_long = re.search(r"\d{5,}", " ".join(line for line in tunes[0].body.splitlines() if not FIELD.match(line)))
    if too_long:
        raise MusicError(f"the ABC text asks for a length of {too_long[0][:20]}: no note is that long")
    melody = parse_tunes(tunes[:1], melodic=False, timeout=ONE_SECONDS)[0]
    if melody is None:
        raise MusicError("no notes could be read after the ABC header")
    return melody


def write_abc(melody: Melody) -> str:
    """Write a melody as ABC; :func:`parse_abc` reads it back to the same notes.

    Raises
    ------
    MusicError
        If notes of one voice overlap: ABC writes a voice as one row of notes and rests. If a length is neither a half, a
        third nor a fifth of another, down to a 128th note.
    """
    lines = ["X:1", f"T:{melody.title or 'untitled'}", f"M:{melody.meter}", "L:1/4"]
    lines.append(f"Q:1/4={melody.tempo:g}")
    lines.append("K:C")  # written without a signature: every accidental stands by its note
    voices = melody.voices()
    for number, voice in enumerate(voices):
        if len(voices) > 1:
            lines.append(f"V:{number + 1}")
        lines += _write_voice(voice, melody.bar, melody.pickup)
    return "\n".join(lines) + "\n"


def _write_voice(voice: Melody, bar: int, pickup: int) -> list[str]:
    now, tokens, names = 0, [], ["C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B"]
    next_bar = pickup or bar
    for onset, duration, pitch in zip(voice.onset, voice.duration, voice.pitch, strict=True):
        if onset < now:
            raise MusicError(f"notes of one voice overlap at quarter {float(onset) / TICKS:g}: ABC cannot write that")
        if onset > now:
            tokens.append(_abc_token("z", onset - now))
        while onset >= next_bar:
            tokens.append("|" if (next_bar - pickup) // bar % 4 else "|\n")
            next_bar += bar
        octave, name = pitch // 12 - 5, names[pitch % 12]
        marks = "'" * octave if octave > 0 else "," * -octave
        accidental = "" if name.startswith("^") else "="
        tokens.append(_abc_token(accidental + name + marks, duration))
        now = onset + duration
    return (" ".join(tokens) + " |]").split("\n")


def _abc_token(name: str, ticks: int) -> str:
    """Write a note or rest with its length; a third or a fifth is written as a tuplet of one."""
    length = Fraction(int(ticks), TICKS)
    odd = length.denominator
    while odd % 2 == 0:
        odd //= 2
    if odd not in (1, 3, 5) or (length * PLAYER_TICKS).denominator != 1:
        raise MusicError(
            f"a note of {length} quarters: ABC is written with halves, thirds and fifths down to a 128th note"
        )
    tuplet = {1: "", 3: "(3:2:1", 5: "(5:4:1"}[odd]
    length *= {1: 1, 3: Fraction(3, 2), 5: Fraction(5, 4)}[odd]
    return tuplet + name + ("" if length == 1 else str(length))


def _abc2midi() -> Path:
    import symusic

    return Path(symusic.__file__).parent / "bin" / ("abc2midi.exe" if sys.platform == "win32" else "abc2midi")


def _melody(score, tune: AbcTune, melodic: bool) -> Melody | None:
    voices = [track.notes.numpy() for track in score.tracks if len(track.notes)]
    if not voices or sum(len(v["time"]) for v in voices) > MAX_NOTES:
        return None
    onset, duration, pitch, voice = [], [], [], []
    for number, notes in enumerate(voices[:1] if melodic else voices):
        time, length, note = (notes[name].astype(np.int64) for name in ("time", "duration", "pitch"))
        start, stop = np.maximum(time - 1, 0), time + length
        if melodic:
            order = np.lexsort((-note, start))
            top = order[np.concatenate([[True], np.diff(start[order]) > 0])]
            start, stop, note = start[top], stop[top], note[top]
            stop = np.minimum(stop, np.append(start[1:], stop[-1]))
        keep = stop > start
        onset.append(start[keep])
        duration.append((stop - start)[keep])
        pitch.append(note[keep])
        voice.append(np.full(keep.sum(), number))
    scale = TICKS // PLAYER_TICKS
    columns = [np.concatenate(column) for column in (onset, duration, pitch, voice)]
    if not len(columns[0]):
        return None
    meter = read_meter(tune.field("M"), strict=False)
    melody = Melody(
        columns[0] * scale,
        columns[1] * scale,
        columns[2],
        columns[3],
        meter=meter,
        key=read_key(tune.field("K")),
        tempo=read_tempo(tune.field("Q")),
        title=read_title(tune.field("T")),
    )
    music = " ".join(clean_line(line) for line in tune.body.splitlines() if not FIELD.match(line))
    pickup = first_bar(meter, tune.field("L"), music)
    return melody.with_(pickup=pickup if meter != "none" and 0 < pickup < melody.bar else 0)
