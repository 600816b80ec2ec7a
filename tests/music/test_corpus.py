"""The catalogue: counts, splits that do not leak, and a cache that survives whatever happens to it."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicbook.music import cache, corpus, sources
from musicbook.music.features import FEATURES
from musicbook.music.melody import FIRST_PITCH, Melody, MusicError


@pytest.fixture(scope="module")
def catalogue():
    return corpus.load()


def test_there_are_twelve_thousand_tunes_and_371_chorales(catalogue):
    assert len(catalogue) >= 12_000
    chorales = corpus.chorales()
    assert len(chorales) == 371
    voices = np.array([melody.n_voices for melody in chorales])
    assert (voices == 4).sum() >= 365


@pytest.mark.slow
def test_every_tune_is_distinct_and_long_enough(catalogue):
    shapes = {
        hashlib.sha256(b"|".join((np.diff(m.pitch).tobytes(), m.onset.tobytes(), m.duration.tobytes()))).digest()
        for m in catalogue
    }
    assert len(shapes) == len(catalogue)
    assert catalogue.table["n_notes"].min() >= 16


def test_the_notes_are_those_that_the_catalogue_was_made_of(catalogue):
    for part in (catalogue.sample(300, seed=3), corpus.chorales().sample(30, seed=3)):
        assert [corpus.checksum(melody) for melody in part] == part.table["sha"].tolist()
        assert [len(melody) for melody in part] == part.table["n_notes"].tolist()


def test_a_tune_is_the_same_by_id_by_position_and_in_a_row(catalogue):
    few = catalogue.sample(20, seed=3)
    for i, (name, melody) in enumerate(zip(few.table.index, few, strict=True)):
        for other in (few[name], few[i]):
            assert other.pitch.tolist() == melody.pitch.tolist()
            about = [[each.meter, each.key, each.tempo, each.title, each.pickup] for each in (melody, other)]
            assert json.dumps(about[0]) == json.dumps(about[1])


def test_a_family_lies_in_one_split_and_the_splits_have_their_sizes(catalogue):
    assert catalogue.table.groupby("family")["split"].nunique().max() == 1
    shares = catalogue.table["split"].value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.8, abs=0.02)
    assert shares["test"] == pytest.approx(0.1, abs=0.015)
    assert shares["validation"] == pytest.approx(0.1, abs=0.015)


def test_tunes_of_one_title_are_one_family(catalogue):
    same = catalogue.search("The White Cockade").table
    assert len(same) >= 2
    assert same["family"].nunique() == 1


def test_no_note_is_committed():
    text = (corpus.data_folder() / "catalogue.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0].split(",")[:3] == ["id", "collection", "file"]
    assert "|" not in text.replace("||", "")  # the bar lines of ABC
    assert max(len(line) for line in text.splitlines()) < 700


@pytest.mark.slow
def test_samples_are_real_music_from_the_training_split_only(catalogue):
    samples = corpus.load_real_music_samples(64, seed=5)
    assert samples.shape == (64, 32, 32)
    assert samples.dtype == np.float32
    assert (samples.sum(axis=2) == 1).all()
    assert np.array_equal(samples, corpus.load_real_music_samples(64, seed=5))
    assert not np.array_equal(samples, corpus.load_real_music_samples(64, seed=6))
    training = {window.tobytes() for window in corpus.windows()}
    assert all(tokens.tobytes() in training for tokens in samples.argmax(axis=2))


@pytest.mark.slow
def test_splits_share_no_tune_and_hold_no_damaged_window():
    held_out = {w.tobytes() for w in corpus.windows(4, "test")}
    training = {w.tobytes() for w in corpus.windows(4)}
    # families are split by four whole bars among other things; windows that repeat one simple bar may still meet
    assert len(held_out & training) < 0.01 * len(held_out)
    fiddle = {w.tobytes() for w in corpus.windows(4, "train", corpus.FIDDLE_BOOKS)}
    assert fiddle < training
    with pytest.raises(ValueError, match="no tune"):
        corpus.windows(2, "rehearsal")


@pytest.mark.slow
def test_every_window_knows_its_tune():
    windows, tunes = (f(4, "test", corpus.FIDDLE_BOOKS) for f in (corpus.windows, corpus.window_tunes))
    assert len(windows) == len(tunes)
    for k in range(0, len(windows), 500):
        own = corpus.bar_windows(corpus._to_model_form(corpus.load()[tunes[k]]), 64)
        assert any(np.array_equal(windows[k], row) for row in own)


def test_windows_are_cut_at_bar_lines_and_never_begin_inside_a_note():
    melody = Melody.from_notes([(i, 1, 60 + i % 3) for i in range(7)] + [(7, 3, 64), (10, 8, 65)], meter="4/4")
    windows = corpus.bar_windows(melody, 16)
    assert len(windows) == 2  # bars 3 to 5 begin inside a held note
    assert (windows[:, 0] >= FIRST_PITCH).all()


@pytest.mark.parametrize("bad", [(5, Fraction(1, 3), 60), (5, 1, 30)])
def test_a_window_with_a_note_that_would_be_lost_is_left_out(bad):
    rows = [(i, 1, 60 + i) for i in range(16)]
    assert len(corpus.bar_windows(Melody.from_notes(rows), 16)) == 4
    rows[5] = bad
    assert len(corpus.bar_windows(Melody.from_notes(rows), 16)) == 3


def test_two_quarter_bars_are_read_with_doubled_lengths():
    quick = Melody.from_notes([(Fraction(i, 4), Fraction(1, 4), 60 + (i * i) % 5) for i in range(16)], meter="2/4")
    (window,) = corpus.bar_windows(corpus._to_model_form(quick), 32)
    assert window.reshape(-1, 2)[:, 1].tolist() == [1] * 16  # every sixteenth has become an eighth: onset, hold


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "8"])
def test_a_senseless_batch_size_is_refused(batch_size):
    with pytest.raises(ValueError, match="whole number above 0"):
        corpus.load_real_music_samples(batch_size)


def test_questions_that_have_no_answer_say_what_would(catalogue):
    with pytest.raises(KeyError, match="search"):
        catalogue["ryan/NoSuchTune/1"]
    with pytest.raises(KeyError, match="collection"):
        catalogue.where(colour="blue")
    with pytest.raises(ValueError, match="wanted"):
        catalogue.sample(10**6)


def test_a_music21_without_corpus_is_named(monkeypatch, tmp_path):
    import music21

    monkeypatch.setattr(music21, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(MusicError, match="no corpus"):
        sources.corpus_folder()


@pytest.mark.slow
def test_notes_that_differ_from_the_catalogue_are_noticed_on_every_load(tmp_path):
    """Change one checksum, as another version of music21 would; the first load and the second both say so."""
    table = (corpus.data_folder() / "catalogue.csv").read_text(encoding="utf-8").splitlines()
    aird = "\n".join(line for line in table if line.startswith(("id,", "aird/")))
    (tmp_path / "catalogue.csv").write_text(re.sub(r"\b[0-9a-f]{16}\b", "0" * 16, aird, count=1), encoding="utf-8")
    program = f"""
import os
os.environ["MUSICBOOK_DATA"] = {str(tmp_path)!r}
from musicbook.music import corpus, sources
sources.COLLECTIONS = {{"aird": "airdsAirs"}}
corpus.load()
"""
    for _ in range(2):
        assert "1 tunes read differently" in run(program, tmp_path).stderr


def test_a_missing_data_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSICBOOK_DATA", str(tmp_path))
    with pytest.raises(MusicError, match="no catalogue in"):
        corpus.data_folder()


def test_titles_are_spelled_with_letters(catalogue):
    """Umlauts that were written under DOS, and Irish accents that were not."""
    titles = catalogue.table["title"]
    assert [title for title in titles if any("\x7f" <= letter <= "\x9f" for letter in title)] == []
    for words in ("Es stand ein Schloß in Österreich", "O Königin, mildreiche Frau", "An t-oileán úr", "Jägerlied"):
        assert titles.str.contains(words, regex=False).any(), words


# ---- the cache -----------------------------------------------------------------------------------------------------

LOAD = "from musicbook.music import corpus; print(len(corpus.load()))"
# One collection is read a dozen times below, not five: the same code in a tenth of the time.
LOAD_ONE = """
from musicbook.music import cache, corpus, sources
sources.COLLECTIONS = {"aird": "airdsAirs"}
print(len(cache.notes("tunes", corpus.data_folder() / "catalogue.csv", sources.read_melodies)))
"""
EXPECTED = "1180\n"
NO_KILL = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill a process outright")


def environment(folder: Path) -> dict:
    return os.environ | {"MUSICBOOK_CACHE": str(folder), "PYTHONWARNINGS": "always"}


def run(program: str, folder: Path) -> subprocess.CompletedProcess:
    """Load in a process of its own with its own cache folder."""
    return subprocess.run(
        [sys.executable, "-c", program], env=environment(folder), capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_first_load_shows_progress_and_the_second_reads_nothing(catalogue, tmp_path):
    first = run(LOAD, tmp_path)
    assert first.stdout == f"{len(catalogue)}\n"
    assert "Reading the tunes" in first.stderr
    second = run(LOAD, tmp_path)
    assert (second.stdout, second.stderr) == (first.stdout, "")


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A cache folder that was filled once."""
    folder = tmp_path_factory.mktemp("warm")
    assert run(LOAD_ONE, folder).stdout == EXPECTED
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_cache_is_rebuilt_and_said_so(warm, tmp_path, damage):
    (content,) = (path for path in warm.glob("tunes-*.notes"))
    data = bytearray(content.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    data = {"cut": data[: len(data) // 3], "flip": data, "empty": b"", "foreign": b"PK\x03\x04" * 100}[damage]
    (tmp_path / content.name).write_bytes(data)
    done = run(f"import sys\n{LOAD_ONE}\nprint('again', file=sys.stderr)\n{LOAD_ONE}", tmp_path)
    assert done.stdout == 2 * EXPECTED
    first, second = done.stderr.split("again\n")
    assert "cannot be used" in first
    assert second == ""


def test_another_version_of_the_reader_makes_another_file(monkeypatch):
    catalogue_file = corpus.data_folder() / "catalogue.csv"
    before = cache._key(catalogue_file)
    monkeypatch.setattr(cache, "version", lambda package: "0.0.1")
    assert cache._key(catalogue_file) != before


@pytest.mark.crash
@NO_KILL
def test_killed_at_any_point_the_cache_stays_usable(tmp_path):
    """Kill a first load again and again, later each time, until one gets through; then look at what is there."""
    killed, delay = 0, 0.3
    while True:
        process = subprocess.Popen(
            [sys.executable, "-c", LOAD_ONE], env=environment(tmp_path), stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=delay)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            delay += 0.4
    assert killed >= 2
    assert run(LOAD_ONE, tmp_path).stdout == EXPECTED


@pytest.mark.slow
@NO_KILL
def test_killed_while_the_file_is_being_written_the_cache_stays_usable(tmp_path):
    """The dangerous moment, hit on purpose: the process dies with half of the file on disk, and just before the rename."""
    for moment in ("half", "rename"):
        folder = tmp_path / moment
        program = f"""
import os, signal
from musicbook.music import cache
def die(*args): os.kill(os.getpid(), signal.SIGKILL)
if {moment!r} == "rename":
    os.replace = die
else:
    def fsync(descriptor):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        die()
    os.fsync = fsync
{LOAD_ONE}
"""
        died = subprocess.run(
            [sys.executable, "-c", program], env=environment(folder), capture_output=True, check=False
        )
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert list(folder.glob("*.tmp"))
        assert not list(folder.glob("*.notes"))
        assert run(LOAD_ONE, folder).stdout == EXPECTED
        assert not list(folder.glob("*.tmp"))


@pytest.mark.slow
def test_two_kernels_at_once_read_once_and_get_the_same(tmp_path):
    start = [
        subprocess.Popen([sys.executable, "-c", LOAD_ONE], env=environment(tmp_path), stdout=-1, stderr=-1)
        for _ in range(2)
    ]
    results = [process.communicate() for process in start]
    assert [out.decode() for out, _ in results] == [EXPECTED, EXPECTED]
    assert sum(b"Reading the tunes" in err for _, err in results) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently")
def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    done = run(LOAD_ONE, blocked / "cache")
    assert done.stdout == EXPECTED
    assert "could not be kept" in done.stderr


@pytest.mark.slow
def test_the_data_card_gives_the_counts_of_the_catalogue(catalogue):
    card = (corpus.data_folder() / "README.md").read_text(encoding="utf-8")
    whole = catalogue.table["collection"].value_counts().to_dict() | {"bach": len(corpus.chorales())}
    stated = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", card, re.MULTILINE))
    assert {name: int(count.replace(",", "")) for name, count in stated.items()} == whole
    assert f"{len(catalogue):,} tunes and 371 chorales" in card
    chorale_notes = corpus.chorales().table["sha"]
    assert f"; {len(chorale_notes) - chorale_notes.nunique()} are printed there twice" in card
    essen = catalogue.where(collection="essen").table
    minor = essen["key"].str.endswith("m").sum()
    assert f"{minor} of Essen's {len(essen):,} tunes have a minor" in card
    found = sum(len(sources.read_books(collection)) for collection in sources.COLLECTIONS)
    numbers = re.search(r"Of ([\d,]+) tunes .*?(\d+) were left out: (.*?)\.", card)
    assert int(numbers[1].replace(",", "")) == found
    assert int(numbers[2]) == found - len(catalogue)
    assert sum(int(reason) for reason in re.findall(r"(?:^|, )(\d+)", numbers[3])) == found - len(catalogue)
    columns = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|.*$", card, re.MULTILINE))))
    assert set(catalogue.table.columns) - set(FEATURES) <= columns
