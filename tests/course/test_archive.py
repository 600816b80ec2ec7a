"""The archive: the whole book in one file, the same each time, whole, readable and sounding from a disk."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import browser as chromium
import pytest

from musicbook import __version__
from musicbook.course import archive, leaks
from musicbook.music.midi import from_midi

ROOT = Path(__file__).parents[2]
CHAPTER = "chapters/03_algorithms/vae.html"
NAME = f"musicbook-{__version__}"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    if not (ROOT / "_build" / "html" / "index.html").is_file():
        pytest.fail(f"There is no built book in {ROOT / '_build/html'}: run make book first.", pytrace=False)
    return archive.collect(ROOT)


@pytest.fixture(scope="module")
def packed(files, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("archive") / f"{NAME}.zip"
    archive.write(files, path)
    return path


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packed) as book:
        book.extractall(folder)
    return folder / NAME


@pytest.mark.archive
def test_two_archives_of_the_same_files_are_the_same(files, packed, tmp_path):
    again = tmp_path / packed.name
    archive.write(dict(files), again)
    assert again.read_bytes() == packed.read_bytes()


@pytest.mark.archive
def test_it_holds_what_it_promises_and_nothing_of_the_build(files):
    folders = {name.partition("/")[0] for name in files}
    assert folders >= {"html", "notebooks", "sounds", "data", "LICENSE", "LICENSE-CONTENT", "README.txt", archive.SUMS}
    assert not [name for name in files if ".doctrees" in name or "/.jupyter" in name or "__pycache__" in name]
    assert not [name for name in files if name.startswith("data/course")]
    chapters = {path.stem for path in (ROOT / "chapters").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    assert {Path(name).stem for name in files if name.startswith("notebooks/")} == chapters
    assert [name for name, data in files.items() if str(ROOT).encode() in data] == []


@pytest.mark.archive
def test_verify_finds_nothing_then_names_each_fault(packed, unpacked, tmp_path):
    assert archive.verify(packed) == []
    folder = shutil.copytree(unpacked, tmp_path / "copy")
    assert archive.verify(folder) == []
    page = folder / "html" / CHAPTER
    data = bytearray(page.read_bytes())
    data[len(data) // 2] ^= 1
    page.write_bytes(data)
    (folder / "LICENSE").unlink()
    (folder / "new.txt").write_text("new", encoding="utf-8")
    assert archive.verify(folder) == [f"changed: html/{CHAPTER}", "extra: new.txt", "missing: LICENSE"]


@pytest.mark.archive
def test_the_sums_are_those_that_the_usual_program_reads(unpacked):
    if not shutil.which("sha256sum"):
        pytest.skip("There is no sha256sum on this machine.")
    done = subprocess.run(["sha256sum", "--quiet", "-c", archive.SUMS], cwd=unpacked, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.archive
def test_every_sound_is_a_tune(files):
    sounds = {name: data for name, data in files.items() if name.startswith("sounds/")}
    assert len({name.split("/")[1] for name in sounds}) >= 25
    assert all(len(from_midi(data)) for data in sounds.values())
    assert sounds["sounds/preface/001-the-soldier-s-joy.mid"][:4] == b"MThd"


def test_tunes_are_found_wherever_a_widget_keeps_them():
    rows = [[0, 1, 60, 0], [1, 1, 62, 0]]
    other = [[0, 2, 65, 0]]
    twice = [[0, 2, 65, 0], [1, 2, 65, 0]]
    models = [
        {"title": "Own", "notes": rows, "meter": "3/4", "tempo": 90},
        {"title": "Both", "labels": ["A", "B"], "tunes": [{"notes": other, "meter": "4/4"}, {"notes": twice}]},
        {"title": "Again", "notes": rows, "meter": "3/4", "tempo": 90},
        {"title": "None", "notes": ["", ""]},
    ]
    state = {"state": {str(n): {"state": model} for n, model in enumerate(models)}}
    html = f'<script type="application/vnd.jupyter.widget-state+json">{json.dumps(state)}</script>'
    found = archive.tunes_of(html)
    assert [(tune.title, tune.meter, tune.tempo) for tune in found] == [
        ("Own", "3/4", 90),
        ("A", "4/4", 120),
        ("B", "4/4", 120),
    ]
    assert len(from_midi(archive._midi(found[2]))) == 2


def test_no_book_and_no_archive_are_told(tmp_path, capsys):
    assert archive.main(["make", str(tmp_path)]) == 2
    assert "run make book first" in capsys.readouterr().err
    assert archive.main(["verify", str(tmp_path)]) == 2
    assert f"has no {archive.SUMS}" in capsys.readouterr().err
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    assert archive.main(["verify", str(tmp_path / "broken.zip")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.archive
def test_a_broken_zip_is_named(files, tmp_path):
    path = tmp_path / "some.zip"
    archive.write({name: files[name] for name in (archive.SUMS, "LICENSE")}, path)
    faults = archive.verify(path)
    assert "missing: README.txt" in faults
    assert "missing: LICENSE" not in faults
    assert zipfile.is_zipfile(io.BytesIO(path.read_bytes()))


@pytest.mark.archive
def test_nothing_that_is_withheld_is_in_it(unpacked):
    assert [str(leak) for leak in leaks.find(unpacked, ROOT / "chapters")] == []


@pytest.mark.archive
def test_unpacked_it_opens_without_a_network_and_sounds(browser, unpacked):
    page = chromium.open_page(browser)
    page.goto(chromium.url_of(unpacked / "html" / "index.html"), wait_until="commit")
    page.wait_for_url("**/preface.html", wait_until="load")
    page.goto(chromium.url_of(unpacked / "html" / CHAPTER))
    page.wait_for_selector("html[data-musicbook=ready]", timeout=30_000)
    page.locator("figure.mb:has(.mb-seek)").first.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("musicbook.level() > 0.01", timeout=15_000)
    assert [page.strangers, page.errors] == [[], []]
    page.context.close()
