"""The package and the book without the modules that Windows lacks, in an encoding that is not UTF-8."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import books
import nbformat
import pytest
from nbformat.v4 import new_code_cell as code
from nbformat.v4 import new_markdown_cell as markdown

ABSENT = ("resource", "fcntl", "pwd", "grp", "termios")
HOOK = f"""
import builtins

def absent(name, globals=None, *rest, real=builtins.__import__, **more):
    importer = globals or {{}}
    ours = str(importer.get("__file__", "")).startswith({str(books.ROOT / "musicbook") + os.sep!r})
    cell = importer.get("__name__") == "__main__" and "__file__" not in importer
    if name in {ABSENT} and (ours or cell):
        raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    return real(name, globals, *rest, **more)

builtins.__import__ = absent
"""
"""For this repository's own files and for what is typed: psutil and dask import ``resource`` themselves where there is one."""

TEXT = ("read_text", "write_text")
EVERY_MODULE = """
import importlib, pkgutil, musicbook
for found in pkgutil.walk_packages(musicbook.__path__, "musicbook."):
    importlib.import_module(found.name)
    print(found.name)
"""

PAGES = {
    "errata": "# Errata\n\n```{errata-table}\n```\n",
    "sources": "# Sources\n\n```{bibliography}\n:all:\n```\n",
    "status": "# Status\n\n```{status-table}\n```\n",
}


@pytest.fixture
def windows(tmp_path, monkeypatch):
    """Make every Python that is started here lack what Windows lacks, and read and print as one in western Europe does."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}{os.pathsep}{books.ROOT}")
    # Windows reads files in the encoding of its language unless told otherwise. In ASCII no letter is read wrongly unseen.
    for name, value in {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")


def run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="cp1252", check=False)


@pytest.mark.parametrize("name", ABSENT)
def test_the_modules_are_absent(windows, name):
    assert f"ModuleNotFoundError: No module named '{name}'" in run(f"import {name}").stderr


def test_another_encoding_is_in_force(windows):
    assert "UnicodeDecodeError" in run(f"open({__file__!r}).read()").stderr  # it is not ASCII: 错误
    assert "UnicodeEncodeError" in run(r"print('\u9519')").stderr


@pytest.mark.tf
def test_every_module_can_be_imported(windows):
    done = run(EVERY_MODULE)
    assert not done.returncode, done.stderr
    files = {path for path in (books.ROOT / "musicbook").rglob("*.py") if path.name != "__init__.py"}
    assert len(done.stdout.split()) >= len(files)


@pytest.mark.parametrize("command", ["musicbook", "musicbook.recommend.evaluate", "musicbook.course.grade"])
def test_commands_say_how_they_are_used(windows, command):
    done = subprocess.run([sys.executable, "-m", command, "--help"], capture_output=True, check=False)
    assert not done.returncode, done.stderr


def test_the_grader_says_that_it_cannot_work_there(windows, tmp_path):
    (tmp_path / "class").mkdir()
    words = [sys.executable, "-m", "musicbook.course.grade", tmp_path / "class", tmp_path / "grades"]
    done = subprocess.run(words, capture_output=True, encoding="cp1252", check=False, cwd=books.ROOT)
    assert done.returncode == 2
    assert "nothing can be graded on this system" in done.stderr
    assert "on Windows in WSL" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "grades").exists()


def without_encoding(source: str) -> list[str]:
    """List the calls that read or write a text and leave the encoding to the system.

    Ruff's PLW1514 finds ``Path(…).read_text()``, but not that of a path whose type it does not see.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    texts = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in TEXT]
    return [ast.unparse(call) for call in texts if "encoding" not in {word.arg for word in call.keywords}]


def sources(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and code of all modules and notebooks in a folder."""
    for path in sorted(folder.rglob("*.py")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted(each for each in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in each.parts):
        cells = nbformat.read(path, as_version=4).cells
        yield path.name, "\n".join(cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("folder", ["musicbook", "chapters", "tools", "tests"])
def test_every_text_names_its_encoding(folder):
    found = {name: calls for name, source in sources(books.ROOT / folder) if (calls := without_encoding(source))}
    assert not found


def test_a_text_without_an_encoding_is_seen():
    assert without_encoding("(folder / 'a').read_text()\nb.write_text('c', encoding='utf-8')") == [
        "(folder / 'a').read_text()"
    ]


@pytest.mark.build
def test_a_small_book_is_built(windows, tmp_path):
    tried = code("try:\n    import resource\nexcept ModuleNotFoundError as error:\n    print(error)")
    chapter = books.chapter_one()
    chapter.cells += [tried, markdown("F♯ and 错误.")]
    folder = books.write_book(tmp_path / "book", {"one": chapter, **PAGES})
    done = books.build(folder, *books.STRICT)
    assert done.returncode == 0, done.output
    assert "No module named 'resource'" in books.page(folder, "one")
    assert "错误" in books.page(folder, "errata")
