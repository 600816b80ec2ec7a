"""A change executes what depends on it, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from chapters import rules
from musicbook.book import trace
from musicbook.book.cache import code_of
from musicbook.book.depends import Dependencies, Inputs, installed, undeclared

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.stem: path for path in rules.notebooks()}


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The package, the data and what else the notebooks read, to be changed."""
    folder = tmp_path_factory.mktemp("copied")
    for name in ("musicbook", "data", "chapters"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    shutil.copy(ROOT / "CITATION.cff", folder)
    return folder


@pytest.fixture(scope="module")
def code() -> dict[str, tuple[str, list[str]]]:
    """Page and code cells of each notebook."""
    pages = {name: path.relative_to(ROOT).with_suffix("").as_posix() for name, path in NOTEBOOKS.items()}
    return {name: (pages[name], code_of(nbformat.read(path, as_version=4))) for name, path in NOTEBOOKS.items()}


def keys(folder: Path, code) -> dict[str, str]:
    dependencies = Dependencies(folder, folder / "musicbook")
    return {name: dependencies.key(*of) for name, of in code.items()}


@pytest.fixture(scope="module")
def before(copied, code) -> dict[str, str]:
    return keys(copied, code)


def run_again(copied, code, before, changed: str) -> set[str]:
    """Name the notebooks that are executed again when a file is changed; the file is as it was afterwards."""
    path = copied / changed
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        return {name for name, key in keys(copied, code).items() if key != before[name]}
    finally:
        path.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "least", "most"),
    [
        ("musicbook/compose/vae.py", {"vae", "studio", "screening"}, 13),
        ("musicbook/compose/gan.py", {"gan", "worked_composition"}, 4),
        ("musicbook/recommend/privacy.py", {"challenges"}, 1),
        ("musicbook/widgets/studio.py", {"studio"}, 1),
        ("musicbook/music/melody.py", set(NOTEBOOKS), len(NOTEBOOKS)),
        ("musicbook/course/records.py", set(NOTEBOOKS), len(NOTEBOOKS)),
        ("data/weights/dense-gan-2.npz", {"gan", "tools", "generators"}, 4),
        ("data/weights/transformer-4.npz", {"harmony", "trends", "faq", "generators", "screening", "challenges"}, 6),
        ("data/course/gan.yml", {"gan"}, 1),
        ("data/catalogue.csv", {"data", "content", "background"}, len(NOTEBOOKS)),
        ("data/runs/scaling.json", {"scaling"}, 1),
        # Two chapters show the errata as data; no other notebook opens them.
        ("data/errata.yml", {"reading", "tools"}, 2),
        ("data/glossary.yml", set(), 0),
        ("data/syllabus.yml", set(), 0),
        ("musicbook/widgets/js/player.css", set(), 0),
        ("musicbook/widgets/js/player.js", set(), 0),
        ("musicbook/book/static/book.css", set(), 0),
        ("musicbook/course/grade.py", set(), 0),
        ("musicbook/course/sandbox.py", set(), 0),
        ("musicbook/__main__.py", {"project"}, 2),
    ],
)
def test_a_change_executes_what_depends_on_it_and_nothing_else(copied, code, before, changed, least, most):
    again = run_again(copied, code, before, changed)
    assert least <= again
    assert len(again) <= most, again


@pytest.mark.slow
def test_a_key_changes_with_a_setting_and_with_a_version(copied, code, before, monkeypatch):
    monkeypatch.setenv("MUSICBOOK_FULL", "1")
    assert not set(keys(copied, code).values()) & set(before.values())
    monkeypatch.delenv("MUSICBOOK_FULL")
    monkeypatch.setattr("musicbook.book.depends.installed", lambda names: installed(names) | {"keras": "0.1"})
    assert not set(keys(copied, code).values()) & set(before.values())
    monkeypatch.undo()
    assert keys(copied, code) == before


PACKAGE = {
    "__init__.py": "",
    "__main__.py": "from musicbook import late",
    "late.py": "def f():\n    import scipy.stats\n    from . import deep\n    return deep",
    "deep/__init__.py": "from .inner import x",
    "deep/inner.py": "from ..other import y\nx = y",
    "other.py": "y = 1",
    "alone.py": "import musicbook.other",
    "widgets/__init__.py": "import importlib\n\nHOMES = {\n    'Gong': 'metal',\n    'Drum': 'skin',\n}\n",
    "widgets/metal.py": "",
    "widgets/skin.py": "",
    "compose/__init__.py": "",
    "compose/models.py": "import importlib\n\nHOMES = {\n    'organ': 'pipes',\n    'harp': 'strings',\n}\n",
    "compose/pipes.py": "",
    "compose/strings.py": "",
}


@pytest.fixture
def tiny(tmp_path) -> Dependencies:
    for name, text in PACKAGE.items():
        path = tmp_path / "musicbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("one.txt", "weights/organ-2.npz", "weights/harp-2.npz", "two.yml", "three.yml"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    declared = (
        "musicbook.other: [data/one.txt]\nmusicbook.compose.models: ['data/weights/{model}.npz']\n"
        "chapters/a/two: ['data/{chapter}.yml', musicbook/alone.py]\n"
    )
    (tmp_path / "data" / "reads.yml").write_text(declared, encoding="utf-8")
    return Dependencies(tmp_path, tmp_path / "musicbook")


@pytest.mark.parametrize(
    ("cell", "modules", "files"),
    [
        ("1 + 1", set(), set()),
        ("not python at all", set(), set()),
        ("import numpy as np", set(), set()),
        ("import musicbook.other", {"", "other"}, {"data/one.txt"}),
        ("from musicbook import other", {"", "other"}, {"data/one.txt"}),
        ("%timeit 1\nfrom musicbook.other import y", {"", "other"}, {"data/one.txt"}),
        ("from musicbook import late", {"", "late", "deep", "deep.inner", "other"}, {"data/one.txt"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import musicbook.other", set(), set()),
        ("importlib.import_module('musicbook.other')", {"", "other"}, {"data/one.txt"}),
        ("networks = WhenNeeded('musicbook.other')", {"", "other"}, {"data/one.txt"}),
        ("from musicbook.widgets import Gong", {"", "widgets", "widgets.metal"}, set()),
        ("run([exe, '-m', 'musicbook'])", {"", "__main__", "late", "deep", "deep.inner", "other"}, {"data/one.txt"}),
        ("from musicbook.compose.models import open_model", {"", "compose", "compose.models"}, set()),
        (
            "from musicbook.compose import models\nmodels.open_model('organ-2')",
            {"", "compose", "compose.models", "compose.pipes"},
            {"data/weights/organ-2.npz"},
        ),
    ],
)
def test_imports_are_followed(tiny, cell, modules, files):
    found = tiny.of("chapters/a/one", [cell])
    assert found.modules == {f"musicbook.{name}".rstrip(".") for name in modules}
    assert found.files == files


def test_what_a_page_declares_counts_for_it_alone(tiny):
    found = tiny.of("chapters/a/two", ["1"])
    assert found.files == {"data/two.yml", "data/one.txt"}
    assert found.modules == {"musicbook", "musicbook.alone", "musicbook.other"}


def test_packages_count_with_what_they_require(tiny):
    assert tiny.of("one", ["from musicbook import late"]).packages == {"scipy"}
    assert {"scipy", "numpy"} <= set(installed({"scipy"}))
    assert "scikit-learn" in installed({"sklearn"})
    assert installed({"os", "nowhere"}) == {}


def test_what_was_read_and_not_declared_is_named():
    inputs = Inputs(frozenset({"musicbook", "musicbook.a"}), frozenset({"data/one.txt"}), frozenset())
    known = ["musicbook/__pycache__/__init__.cpython-311.pyc", "musicbook/a.py", "musicbook/js/b.css", "data/one.txt"]
    assert undeclared(inputs, known) == []
    strange = ["musicbook/a/__pycache__/b.cpython-311.pyc", "musicbook/a/b.py", "data/two.txt"]
    assert undeclared(inputs, [*known, *strange]) == ["data/two.txt", "musicbook.a.b"]


def test_what_a_process_reads_is_noted_once(tmp_path):
    for name in ("data/one.txt", "data/new.txt", "_build/two.txt", ".venv/lib/three.txt", "lib/four.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    program = (
        f"import os, runpy, sys\nrunpy.run_path({trace.__file__!r})['watch']('note', ['.'])\n"
        "open('data/one.txt').close(); open(os.path.abspath('data/one.txt'), 'rb').close()\n"
        "open('data/new.txt', 'w').close(); open('_build/two.txt').close(); open('.venv/lib/three.txt').close()\n"
        "try:\n    open('data/missing.txt')\nexcept OSError:\n    pass\n"
        "sys.path.insert(0, 'lib'); import four"
    )
    subprocess.run([sys.executable, "-B", "-c", program], cwd=tmp_path, check=True)
    assert (tmp_path / "note").read_text(encoding="utf-8").splitlines() == ["data/one.txt", "lib/four.py"]
