"""Engraving: a melody as a picture of a score whose notes know when they sound.

Task
    Melody -> music21 stream with bars -> MusicXML -> Verovio -> SVG, and a table that ties each drawn note to its
    time, so that a player can light it.

Conventions
    Times are exact fractions of a quarter note, counted like the melody's own onsets. The SVG has no colour of its
    own: it is drawn in ``currentColor`` and so follows a dark page. It scales with its box. Its ids begin with a
    prefix made from the melody, so that two scores in one page do not clash, and the same melody gives the same bytes
    on every run. A free metre is engraved in bars of four quarters, without a time signature.

Functions
    ``engrave``   melody -> ``Engraving(svg, timemap)``

Sources
    Cuthbert and Ariza 2010 (music21); Pugin, Zitellini and Roland 2014 (Verovio).
"""

from __future__ import annotations

import hashlib
import html
import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from musicbook.music.melody import TICKS, Melody, MusicError

MOST_NOTES = 3000
"""Above this a score is a book, not a picture in a page."""

OPTIONS = {
    "adjustPageHeight": True,
    "breaks": "auto",
    "footer": "none",
    "header": "none",
    "pageMarginBottom": 20,
    "pageMarginLeft": 10,
    "pageMarginRight": 10,
    "pageMarginTop": 20,
    "pageHeight": 60000,
    "pageWidth": 1350,
    "scale": 50,
    "smuflTextFont": "none",
    "spacingSystem": 3,
    "svgFormatRaw": True,
    "svgHtml5": False,
    "svgRemoveXlink": True,
    "svgViewBox": True,
}

FIFTHS = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
MODE_FIFTHS = {"": 0, "m": -3, "dor": -2, "phr": -4, "lyd": 1, "mix": -1}
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class Engraving(NamedTuple):
    """A drawn score.

    Attributes
    ----------
    svg : str
        One ``<svg>`` element with role, title and a viewBox.
    timemap : list of (Fraction, Fraction, list of str)
        Start and end in quarter notes, and the SVG ids of the notes that sound between them, in order of time.
    """

    svg: str
    timemap: list[tuple[Fraction, Fraction, list[str]]]


@lru_cache(maxsize=64)
def _engrave(melody: Melody, title: str) -> Engraving:
    import verovio

    digest = hashlib.sha1(b"".join(getattr(melody, n).tobytes() for n in ("onset", "duration", "pitch", "voice")))
    digest.update(f"{melody.meter}|{melody.key}|{melody.pickup}|{title}".encode())
    prefix = f"s{digest.hexdigest()[:8]}"
    toolkit = verovio.toolkit()
    toolkit.resetXmlIdSeed(1)
    toolkit.setOptions(OPTIONS)
    if not toolkit.loadData(_musicxml(melody)):
        raise MusicError("the engraver could not read the melody")
    timemap = toolkit.renderToTimemap({"includeMeasures": False, "includeRests": False})
    spans = _spans(timemap)
    svg = "".join(toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1))
    names = {old: f"{prefix}-{i}" for i, old in enumerate(note for _, _, notes in spans for note in notes)}
    return Engraving(
        _tidy(svg, names, prefix, title), [(a, b, [names[note] for note in notes]) for a, b, notes in spans]
    )


def engrave(melody: Melody, title: str | None = None) -> Engraving:
    """Draw a melody as a score.

    Parameters
    ----------
    melody : Melody
        Each voice gets a staff of its own.
    title : str, optional
        What a screen reader says of the picture; the melody's title if not given.

    Returns
    -------
    Engraving

    Raises
    ------
    MusicError
        If the melody has no notes, or more than ``MOST_NOTES``.
    """
    if not 0 < len(melody) <= MOST_NOTES:
        raise MusicError(f"a score of {len(melody):,} notes is not drawn: 1 to {MOST_NOTES:,} are")
    return _engrave(melody, melody.title if title is None else title)


def _spans(timemap: list[dict]) -> list[tuple[Fraction, Fraction, list[str]]]:
    """Pair Verovio's "on" and "off" events; times come as floats and are set back on the tick."""
    begun, spans = {}, {}
    for event in timemap:
        at = Fraction(round(event["qstamp"] * TICKS), TICKS)
        for note in event.get("off", []):
            spans.setdefault((begun.pop(note), at), []).append(note)
        for note in event.get("on", []):
            begun[note] = at
    return [(*span, sorted(notes)) for span, notes in sorted(spans.items())]


def _tidy(svg: str, names: dict[str, str], prefix: str, title: str) -> str:
    """Make Verovio's SVG small, colourless and accessible; keep only the ids that the time map or a glyph needs."""
    svg = re.sub(r"<\?xml.*?\?>|<desc>.*?</desc>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.S)
    glyphs = set(re.findall(r'href="#([^"]+)"', svg))
    for i, glyph in enumerate(sorted(glyphs)):
        names = {**names, glyph: f"{prefix}-g{i}"}

    def renamed(match):
        return f' id="{names[match[1]]}"' if match[1] in names else ""

    svg = re.sub(r' id="([^"]+)"', renamed, svg)
    svg = re.sub(r'href="#([^"]+)"', lambda match: f'href="#{names[match[1]]}"', svg)
    svg = re.sub(r' (?:color|fill|stroke)="(?:#000(?:000)?|black)"', "", svg)
    svg = re.sub(r'<g class="[^"]*Milestone">.*?</g>', "", svg)  # a dot where a section begins: no notation
    svg = re.sub(r' class="(?!note"|system")[^"]*"', "", svg)
    svg = re.sub(r"<g[^>]*/>|<g[^>]*></g>", "", svg)
    svg = re.sub(r">\s+<", "><", svg.strip())
    label = html.escape(f"Score of {title}" if title else "Score")
    head = f'<svg role="img" aria-labelledby="{prefix}-t" fill="currentColor" stroke="currentColor" '
    return svg.replace("<svg ", head, 1).replace(">", f'><title id="{prefix}-t">{label}</title>', 1)


def _musicxml(melody: Melody) -> str:
    """Write the melody as MusicXML with bars, ties and a pickup."""
    from music21 import stream
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    score = stream.Score()
    for voice in melody.voices():
        if len(voice):
            score.insert(0, _part(voice, melody))
    return GeneralObjectExporter(score).parse().decode()


def _part(voice: Melody, whole: Melody):
    """One voice as a music21 part with notation made, all parts equally long."""
    from music21 import bar, chord, key, meter, note, stream

    fifths = _fifths(whole.key)
    length = Fraction(whole.bar, TICKS)
    # The pickup is written at the end of a full first bar, which is cut to it afterwards.
    pad = Fraction(-whole.pickup % whole.bar, TICKS)
    part = stream.Part()
    part.insert(0, meter.TimeSignature(whole.meter if whole.meter != "none" else "4/4"))
    part.insert(0, key.KeySignature(fifths))
    groups: dict[tuple, list] = {}
    for onset, duration, pitch, _ in voice.notes:
        groups.setdefault((onset + pad, duration), []).append(_spell(pitch, fifths))
    for (onset, duration), names in groups.items():
        made = note.Note(names[0]) if len(names) == 1 else chord.Chord(names)
        made.quarterLength = duration
        part.insert(onset, made)
    end = Fraction(whole.length, TICKS) + pad
    full = -(-end // length) * length
    last = Fraction(voice.length, TICKS) + pad
    if last < full:
        part.insert(last, note.Rest(quarterLength=full - last))
    part.makeRests(fillGaps=True, inPlace=True, timeRangeFromBarDuration=False)
    made = part.makeNotation()
    measures = list(made.getElementsByClass(stream.Measure))
    measures[-1].rightBarline = bar.Barline("final")
    if pad:
        _cut_pickup(measures[0], pad)
    if whole.meter == "none":
        for signature in made.recurse().getElementsByClass(meter.TimeSignature):
            signature.style.hideObjectOnPrint = True
    return made


def _cut_pickup(measure, pad: Fraction) -> None:
    """Drop the silence before the pickup, so that the first bar is as short as it is played."""
    for element in list(measure.notesAndRests):
        offset = Fraction(element.offset)
        if offset < pad:
            measure.remove(element)
    for element in measure.notesAndRests:
        element.setOffsetBySite(measure, Fraction(element.offset) - pad)
    measure.paddingLeft = pad
    measure.number = 0


def _fifths(key: str) -> int:
    """Sharps (positive) or flats (negative) in the signature of a key such as "Em" or "Bbmix"; 0 when unknown."""
    match = re.fullmatch(r"([A-G])([#b]?)(m|dor|phr|lyd|mix|)", key)
    if not match:
        return 0
    letter, accidental, mode = match.groups()
    fifths = FIFTHS[letter] + {"#": 7, "b": -7, "": 0}[accidental] + MODE_FIFTHS[mode]
    return fifths if -7 <= fifths <= 7 else 0


def _spell(pitch: int, fifths: int) -> str:
    """Name a MIDI pitch in a key of so many sharps: "F#4", "B-3".

    On the line of fifths (... Bb F C G D A E B F# ...) every name has a place, and twelve neighbours name every pitch
    once. Taken here: the scale's seven, two flats below them, and three sharps above, which holds the raised fourth
    of a major key and the leading note of its relative minor.
    """
    low = fifths - 3  # the scale itself lies from fifths - 1 to fifths + 5
    place = next(step for step in range(low, low + 12) if (step * 7) % 12 == pitch % 12)
    letter = "FCGDAEB"[(place + 1) % 7]
    alter = (place + 1) // 7
    octave = (pitch - alter - LETTERS[letter]) // 12 - 1
    return letter + ("#" * alter if alter > 0 else "-" * -alter) + str(octave)
