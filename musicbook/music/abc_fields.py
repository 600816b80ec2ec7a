"""The header fields of an ABC tune, read as people wrote them.

The task
    Metre, key, speed and title stand in the header in many spellings; collections add their own habits. Each function
    takes the text of a field and gives the value that a :class:`~musicbook.music.melody.Melody` holds.

Functions
    :func:`read_meter`, :func:`read_key`, :func:`read_tempo`, :func:`read_title`, :func:`first_bar`
"""

from __future__ import annotations

import re
from fractions import Fraction
from unicodedata import normalize

from musicbook.music.melody import TICKS, MusicError, check_meter

MODES = {
    "": "",
    "maj": "",
    "ion": "",
    "m": "m",
    "min": "m",
    "aeo": "m",
    "mix": "mix",
    "dor": "dor",
    "phr": "phr",
    "lyd": "lyd",
}

ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "c": "\u0327"}


def read_meter(field: str, strict: bool) -> str:
    """Read ``M:``; Essen writes 'FREI4/4' for free metre and leaves stray brackets."""
    text = re.sub(r"[^0-9/C|]", "", field) if not strict else field.strip()
    text = {"C": "4/4", "C|": "2/2", "": "none", "none": "none"}.get(text, text)
    if "FREI" in field or field.strip().lower() == "none":
        return "none"
    try:
        check_meter(text)
    except MusicError:
        if strict:
            raise
        return "none"
    return text


def read_key(field: str) -> str:
    """Read ``K:``: 'E Minor' is 'Em', 'A Dorian' is 'Ador'; empty for a mode that we do not know."""
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", field)
    if not match:
        return ""
    tonic, accidental, mode = match.groups()
    mode = MODES.get(mode.lower() if mode.lower() == "m" else mode.lower()[:3])
    return "" if mode is None else tonic + accidental + mode


def read_tempo(field: str) -> float:
    """Read ``Q:``, quarter notes a minute from ``Q:1/2=112``, ``Q:100``; 120 when it says nothing usable."""
    match = re.search(r"(?:(\d{1,3})/(\d{1,3})\s*=\s*)?(\d{1,3})\b", field)
    if not match or match[2] == "0":
        return 120.0
    unit = Fraction(int(match[1]), int(match[2])) if match[1] else Fraction(1, 4)
    tempo = float(int(match[3]) * unit * 4)
    return tempo if 20 <= tempo <= 400 else 120.0


def read_title(field: str) -> str:
    r"""Tidy a title: accents as the notation writes them (``\'e`` is é), no shouting, no double spaces."""
    title = re.sub(r"\\(['`^\"~c])([A-Za-z])", lambda match: normalize("NFC", match[2] + ACCENTS[match[1]]), field)
    title = re.sub(r"\s+", " ", title).strip()
    return title.title().replace("'S", "'s") if title.isupper() else title


def first_bar(meter: str, unit: str, music: str) -> int:
    """Count the ticks of music before the first bar line, in the text: a MIDI file knows no bars.

    Parameters
    ----------
    meter : str
        As :func:`read_meter` gives it.
    unit : str
        The ``L:`` field; empty where the header has none.
    music : str
        The music lines, cleaned.
    """
    match = re.match(r"(\d+)/(\d+)", unit)
    if match and int(match[2]):
        unit_length = Fraction(int(match[1]), int(match[2])) * 4
    else:  # the standard's rule: sixteenths below a metre of 3/4, else eighths
        beats, below = (int(x) for x in meter.split("/")) if meter != "none" else (4, 4)
        unit_length = Fraction(1, 4) if Fraction(beats, below) < Fraction(3, 4) else Fraction(1, 2)
    bar = re.split(r"\|", re.sub(r"^[\s|:\[\]]*", "", music), maxsplit=1)[0]
    total, tuplet, left = Fraction(0), Fraction(1), 0
    for token in re.finditer(r"\((\d)|(\[[^\]]*\]|[_^=]*[A-Ga-gzx])[,']*(\d*)(/*)(\d*)", bar):
        if token[1]:
            n = int(token[1])
            tuplet, left = Fraction({2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(n, n), n or 1), n
            continue
        length = Fraction(int(token[3] or 1))
        if token[4]:
            length /= int(token[5]) if token[5] and int(token[5]) else 2 ** len(token[4])
        total += length * (tuplet if left > 0 else 1)
        left -= 1
    return int(total * unit_length * TICKS)
