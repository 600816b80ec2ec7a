"""Make ``data/catalogue.csv`` from the installed music21 package.

    python tools/build_catalogue.py

Run it again only when the collections, the reading code or the rules below change; the book reads the file, it never
makes it. The same versions of music21 and symusic give the same file, byte for byte.

Rules
    A tune is kept if it has 16 notes or more, is not one of Essen's test files, is not a second transcription of one
    O'Neill number, and is not the same melody as a tune before it (same intervals, same rhythm, in any key).
    Families join tunes that share a title, an Essen number (``E0001``, ``E0001A``, ...), or four whole bars in any key.
    A family goes to one split as a whole: 80 % training, 10 % validation, 10 % test, drawn by a hash of its first id.
"""

import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from music21.corpus.chorales import ChoraleListRKBWV
from tqdm import tqdm

from musicbook.music import corpus, sources
from musicbook.music.features import FEATURES, describe
from musicbook.music.melody import Melody
from musicbook.music.tonality import estimate_key

MIN_NOTES = 16
WINDOW_BARS, WINDOW_NOTES = 4, 12
SKIPPED_FILES = {"essen/test0", "essen/test1", "essen/testd", "essen/teste"}
KINDS = ["slip jig", "highland fling", "quickstep", "strathspey", "hornpipe", "walkaround", "march", "waltz", "clog"]
KINDS += ["reel", "jig", "air", "minuet"]
REGIONS = {
    "China": "China",
    "Luxemburg": "Luxembourg",
    "Lothringen": "Lorraine",
    "Elsass": "Alsace",
    "Schlesien": "Silesia",
    "Deutschland": "Germany",
    "Oesterreich": "Austria",
    "Tirol": "Austria",
    "Steiermark": "Austria",
    "Schweiz": "Switzerland",
    "Niederlande": "Netherlands",
    "Frankreich": "France",
    "Irland": "Ireland",
    "Jugoslawien": "Yugoslavia",
    "Ungarn": "Hungary",
    "Rumaenien": "Romania",
    "Polen": "Poland",
    "Tschechoslowakei": "Czechoslovakia",
    "Schweden": "Sweden",
    "Daenemark": "Denmark",
    "UdSSR": "Soviet Union",
    "Mexiko": "Mexico",
}
ORIGIN = {"aird": "Britain", "oneill": "Ireland", "ryan": "United States"}
VAGUE_TITLES = {
    "untitled",
    "quick step",
    "quickstep",
    "march",
    "minuet",
    "air",
    "reel",
    "jig",
    "hornpipe",
    "strathspey",
}


def kind_of(collection: str, rhythm: str, title: str) -> str:
    """Tune type from the ``R:`` field, else from the title; Essen's ``R:`` names the words, not the dance."""
    if collection == "essen":
        return ""
    for text in (rhythm, title):
        text = re.sub(r"quick step", "quickstep", text.lower().replace("slipjig", "slip jig"))
        for kind in KINDS:
            if re.search(rf"\b{kind}\b", text):
                return kind
    return ""


def region_of(collection: str, origin: str) -> str:
    """Region as far as the collection says it: Essen's ``O:`` field, read from its most telling word."""
    if collection != "essen":
        return ORIGIN.get(collection, "")
    for german, english in REGIONS.items():
        if german in origin:
            return english
    return "elsewhere" if origin else ""


def shape(melody: Melody) -> tuple:
    """What stays of a melody when the key is taken away: intervals, relative onsets and lengths."""
    return (
        tuple((melody.pitch - melody.pitch[0]).tolist()),
        tuple(melody.onset.tolist()),
        tuple(melody.duration.tolist()),
    )


def bar_shapes(melody: Melody) -> set[bytes]:
    """Every four whole bars of a melody, in no key."""
    shapes = set()
    starts = np.arange(melody.pickup, melody.length - WINDOW_BARS * melody.bar + 1, melody.bar)
    for start in starts:
        keep = (melody.onset >= start) & (melody.onset < start + WINDOW_BARS * melody.bar)
        if keep.sum() >= WINDOW_NOTES:
            pitch, onset = melody.pitch[keep], melody.onset[keep]
            shapes.add(np.concatenate([pitch - pitch[0], onset - start]).tobytes())
    return shapes


def title_key(title: str) -> str:
    """Title without case, numbers, articles and what follows a dash; empty if it names no tune in particular."""
    text = re.sub(r"\s*--.*|\(.*?\)|[^a-z ]|\b(the|a|an|der|die|das)\b", "", title.lower())
    text = re.sub(r"\s+", " ", text).strip()
    return "" if text in VAGUE_TITLES or len(text) < 6 else text


def families(names: list[str], keys: list[set]) -> list[str]:
    """Join tunes that share a key; give each the name of the first tune of its family."""
    parent = list(range(len(names)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    owner = {}
    for i, tune_keys in enumerate(keys):
        for key in tune_keys:
            a, b = root(i), root(owner.setdefault(key, i))
            parent[max(a, b)] = min(a, b)
    return [names[root(i)] for i in range(len(names))]


def split_of(family: str) -> str:
    """Draw the split of a family: the same on every machine and whatever else is in the catalogue."""
    draw = int(hashlib.sha256(family.encode()).hexdigest(), 16) % 100
    return "train" if draw < 80 else "validation" if draw < 90 else "test"


def read_tunes() -> tuple[list[dict], dict[str, Melody]]:
    """Read, select and label the melodies."""
    melodies = sources.read_melodies(tqdm)
    rows, kept, seen, dropped = [], {}, {}, Counter()
    numbers = set()
    for collection in sources.COLLECTIONS:
        for name, tune in sources.read_books(collection):
            melody = melodies.get(name)
            file = name.split("/")[1]
            if melody is None or len(melody) < MIN_NOTES:
                dropped["short or unreadable"] += 1
                continue
            if f"{collection}/{file}" in SKIPPED_FILES:
                dropped["Essen's test files"] += 1
                continue
            if collection == "oneill" and tune.number in numbers:
                dropped["second transcription of an O'Neill number"] += 1
                continue
            if shape(melody) in seen:
                dropped["same melody as an earlier tune"] += 1
                continue
            numbers |= {tune.number} if collection == "oneill" else set()
            seen[shape(melody)] = name
            kept[name] = melody
            essen_number = re.match(r"[A-Z]+\d+", tune.field("N")) if collection == "essen" else None
            rows.append(
                {
                    "id": name,
                    "collection": collection,
                    "file": file,
                    "number": tune.number,
                    "title": melody.title,
                    "kind": kind_of(collection, tune.field("R"), tune.field("T")),
                    "region": region_of(collection, tune.field("O")),
                    "keys": bar_shapes(melody)
                    | ({f"essen {essen_number[0]}"} if essen_number else set())
                    | {f"title {title_key(title)}" for title in tune.header.get("T", []) if title_key(title)},
                }
            )
    print("left out:", dict(dropped))
    return rows, kept


def read_chorales() -> tuple[list[dict], dict[str, Melody]]:
    """Read and label the chorales."""
    melodies = sources.read_chorales(tqdm)
    titles = ChoraleListRKBWV().byRiemenschneider
    rows = []
    for name, melody in melodies.items():
        top = melody.voices()[0]
        _, file, number = name.split("/")
        label = {"id": name, "collection": "bach", "file": file, "number": number}
        label["title"] = titles[int(number)]["title"]
        keys = {f"bach {hash_of(top)}"} | bar_shapes(top)
        rows.append({**label, "kind": "chorale", "region": "Germany", "keys": keys})
    return rows, melodies


def hash_of(melody: Melody) -> str:
    return hashlib.sha256(repr(shape(melody)).encode()).hexdigest()


def main():
    rows, melodies = [], {}
    for read in (read_tunes, read_chorales):
        more, notes = read()
        rows += more
        melodies |= notes
    family = families([row["id"] for row in rows], [row.pop("keys") for row in rows])
    for row, name in zip(rows, family, strict=True):
        melody = melodies[row["id"]]
        tonic, mode, margin = estimate_key(melody)
        row |= {"meter": melody.meter, "key": melody.key, "tempo": melody.tempo, "pickup": melody.pickup}
        row |= {"tonic": tonic, "mode": mode, "mode_margin": margin, "family": name, "split": split_of(name)}
        row |= {"n_voices": melody.n_voices, "n_notes": len(melody), "sha": corpus.checksum(melody)}
        row |= {feature: value for feature, value in describe(melody).items()}
    table = pd.DataFrame(rows)
    table[["mode_margin", *FEATURES]] = table[["mode_margin", *FEATURES]].round(4)
    path = Path(__file__).parents[1] / "data" / "catalogue.csv"
    path.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
    sizes = defaultdict(int)
    for name in family:
        sizes[name] += 1
    print(f"{len(table):,} rows to {path}; {len(sizes):,} families, the largest of {max(sizes.values())}")
    print(table.groupby(["collection", "split"]).size().unstack())


if __name__ == "__main__":
    main()
