"""The cache of executed notebooks follows the package and the data, and does not grow."""

from __future__ import annotations

import os

import pytest
from books import STRICT, build, code, markdown, notebook, page, write_book

from musicbook.book.cache import CACHE_FOLDER, cache_key, input_files, remove_other_caches


@pytest.fixture
def inputs(tmp_path):
    for name in ("package/a.py", "package/deep/b.js", "data/c.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return [tmp_path / "package", tmp_path / "data", tmp_path / "requirements.txt"]


@pytest.mark.parametrize(
    "name", ["package/a.py", "package/deep/b.js", "data/c.csv", "requirements.txt", "data/new.csv"]
)
def test_key_changes_with_content(inputs, tmp_path, name):
    before = cache_key(inputs)
    (tmp_path / name).write_text(name[::-1], encoding="utf-8")  # as long as before, so that the size gives nothing away
    assert cache_key(inputs) != before


def test_key_changes_with_a_name(inputs, tmp_path):
    before = cache_key(inputs)
    (tmp_path / "package/a.py").rename(tmp_path / "package/z.py")
    assert cache_key(inputs) != before


def test_key_ignores_times_and_compiled_files(inputs, tmp_path):
    before = cache_key(inputs)
    os.utime(tmp_path / "package/a.py", (1, 1))
    for name in ("package/__pycache__/a.pyc", "package/.hidden", "data/.ipynb_checkpoints/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("noise", encoding="utf-8")
    assert cache_key(inputs) == before
    assert len(input_files(inputs)) == 3


def test_key_changes_with_the_setting_that_trains_for_real(inputs, monkeypatch):
    monkeypatch.delenv("MUSICBOOK_FULL", raising=False)
    before = cache_key(inputs)
    monkeypatch.setenv("MUSICBOOK_FULL", "1")
    assert cache_key(inputs) != before


def test_only_other_keys_are_removed(tmp_path):
    for name in ("0" * 16, "1" * 16, "notes"):
        (tmp_path / name).mkdir()
    remove_other_caches(tmp_path, "1" * 16)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1" * 16, "notes"]
    remove_other_caches(tmp_path / "missing", "1" * 16)


def test_changed_data_executes_again(tmp_path):
    cells = [markdown("# One"), code("print('read', open('../data/number.txt').read())")]
    folder = write_book(tmp_path / "book", {"one": notebook(*cells), "two": "# Two\n"}, errata=(), terms=())
    number = folder / "data" / "number.txt"
    number.write_text("three", encoding="utf-8")
    assert build(folder, *STRICT).returncode == 0
    assert "read three" in page(folder, "one")
    number.write_text("seven", encoding="utf-8")
    done = build(folder, *STRICT)
    assert "Executing notebook" in done.output
    assert "read seven" in page(folder, "one")
    assert len(list((folder / "_build" / CACHE_FOLDER).iterdir())) == 1
