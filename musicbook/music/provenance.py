"""Provenance: a file of generated music that says so itself, and how it was made.

The task
    A MIDI file does not show who made it. So a generated tune gets a *label* inside its file: that it is AI-generated, by
    which model, with which seed and settings, and which training tune comes nearest. The label travels with the file and
    is read back by any program that shows text events (MIDI) or score information (MusicXML).

Conventions
    A label is a dict that JSON can hold. :func:`made_by` makes the usual one; other keys are welcome. A label without the
    key ``statement`` gets ``"AI-generated"``. In a MIDI file it is two text events of the first track at time 0: one
    sentence for people, and ``musicbook-provenance:`` with the label as JSON for programs. In MusicXML it is the sentence
    as ``identification/encoding/encoding-description`` and one ``identification/miscellaneous/miscellaneous-field`` with
    the JSON. Notes are not touched. The label is an honest maker's note and not a lock: whoever wants to can cut it out.

Functions
    :func:`made_by`, :func:`sentence`; :func:`write_labelled`, :func:`read_provenance`; :func:`labelled_midi`,
    :func:`labelled_musicxml` for bytes

Sources
    The formats: the MIDI Manufacturers Association's *Standard MIDI Files 1.0* (text event, FF 01) and the W3C's *MusicXML 4.0*
    (identification). Labels that a file of generated sound must carry in one country: cac2025labelling.
"""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import mido

from musicbook.music import files
from musicbook.music.melody import Melody, MusicError
from musicbook.music.midi import MAX_BYTES

FIELD = "musicbook-provenance"
"""Name of the label in both formats."""
STATEMENT = "AI-generated"
MAX_LABEL = 10_000
"""Characters of JSON: a label is a note, not a document."""
MIDI, XML = (".mid", ".midi"), (".musicxml", ".xml")


def made_by(model: str, seed: int, settings: dict | None = None, nearest: str = "", shared: str = "") -> dict:
    """Make the usual label.

    Parameters
    ----------
    model : str
        Which machine, such as ``"vae-reconstruct-4"``.
    seed : int
        With model and settings it makes the same music again.
    settings : dict, optional
        What was asked for: style, mood, strength, edits.
    nearest : str
        Title of the training tune that shares the longest passage.
    shared : str
        How much they share, such as ``"9 of 64 steps"``.

    Returns
    -------
    dict
    """
    return {
        "statement": STATEMENT,
        "model": str(model),
        "seed": int(seed),
        "settings": dict(settings or {}),
        "nearest": str(nearest),
        "shared": str(shared),
    }


def sentence(label: dict) -> str:
    """Say a label in one sentence for people."""
    text = str(label.get("statement", STATEMENT))
    if label.get("model"):
        text += f" by {label['model']}"
    if label.get("nearest"):
        text += f"; nearest training tune: {label['nearest']}"
    return text + "."


def labelled_midi(melody: Melody, label: dict) -> bytes:
    """Give a melody as the bytes of a MIDI file that carries a label.

    Raises
    ------
    MusicError
        If the label is no label (see :func:`write_labelled`), or the melody cannot be MIDI.
    """
    label = _checked(label)
    file = mido.MidiFile(file=io.BytesIO(melody.to_midi()), charset="utf-8")
    for text in (f"{FIELD}:{json.dumps(label)}", sentence(label)):
        file.tracks[0].insert(0, mido.MetaMessage("text", text=text))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def labelled_musicxml(melody: Melody, label: dict) -> bytes:
    """Give a melody as the bytes of a MusicXML file that carries a label; raises as :func:`labelled_midi` does."""
    label = _checked(label)
    whole = files.to_musicxml(melody)
    head, _, _ = whole.partition(b"<score-partwise")  # the declaration and the document type, which a tree forgets
    root = ET.fromstring(whole)
    # The order of these is the format's: encoding stands before source and relation, miscellaneous stands last.
    identification = root.find("identification")
    encoding = identification.find("encoding")
    ET.SubElement(encoding, "encoding-description").text = sentence(label)
    other = identification.find("miscellaneous")
    if other is None:
        other = ET.SubElement(identification, "miscellaneous")
    ET.SubElement(other, "miscellaneous-field", name=FIELD).text = json.dumps(label)
    return head + ET.tostring(root, encoding="utf-8")


def write_labelled(melody: Melody, path: str | Path, label: dict) -> Path:
    """Write a melody with its label, whole or not at all; give the path.

    Parameters
    ----------
    melody : Melody
    path : str or Path
        Its ending chooses the format: ``.mid`` or ``.musicxml``.
    label : dict
        As :func:`made_by` makes it.

    Raises
    ------
    MusicError
        If the ending is another one, the label is empty, too long or not of the kind that JSON holds, or the file cannot be
        written.
    """
    ending = Path(path).suffix.lower()
    if ending not in MIDI + XML:
        raise MusicError(f"a label can be written into {' and '.join(MIDI + XML)} files, not {ending or 'this one'!r}")
    make = labelled_midi if ending in MIDI else labelled_musicxml
    return files._write(path, make(melody, label))


def read_provenance(path: bytes | str | Path) -> dict:
    """Read the label of a file.

    Parameters
    ----------
    path : str, Path or bytes
        A MIDI or MusicXML file, or its content.

    Returns
    -------
    dict
        Empty if the file carries none, which does not prove that people made it.

    Raises
    ------
    MusicError
        If there is no such file, or it is neither MIDI nor MusicXML.
    """
    data = files._content(path, files.MAX_XML_BYTES, "MIDI or MusicXML")
    texts = _midi_texts(data) if data[:4] == b"MThd" else _xml_texts(data)
    for text in texts:
        try:
            label = json.loads(text)
        except (ValueError, RecursionError):
            continue  # somebody else's text, or one that was cut
        if isinstance(label, dict):
            return label
    return {}


def _checked(label: dict) -> dict:
    """Give a label with its statement, or say why it is none."""
    if not isinstance(label, dict) or not label:
        raise MusicError("a label is a dict with something in it, such as made_by('markov', 0)")
    label = {"statement": STATEMENT, **label}
    try:
        length = len(json.dumps(label))
    except (TypeError, ValueError, RecursionError) as error:
        raise MusicError(f"a label holds only what JSON can hold: {error}") from error
    if length > MAX_LABEL:
        raise MusicError(f"a label of {length:,} characters; at most {MAX_LABEL:,} are written")
    return label


def _midi_texts(data: bytes) -> list[str]:
    """Give what stands behind our name in the text events of a MIDI file."""
    if len(data) > MAX_BYTES:
        raise MusicError(f"a MIDI file of {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise MusicError(f"a damaged or cut-off MIDI file: {error or type(error).__name__}") from error
    texts = [message.text for track in file.tracks for message in track if message.type == "text"]
    return [text[len(FIELD) + 1 :] for text in texts if text.startswith(FIELD + ":")]


def _xml_texts(data: bytes) -> list[str]:
    """Give what stands in our field of a MusicXML file."""
    files._check_xml(data)
    fields = ET.fromstring(data).iterfind("identification/miscellaneous/miscellaneous-field")
    return [each.text or "" for each in fields if each.get("name") == FIELD]
