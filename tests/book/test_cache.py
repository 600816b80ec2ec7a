"""The cache of executed notebooks: what is executed again, what is not, and what a build over a wrong declaration says."""

from __future__ import annotations

import os

import pytest
from books import STRICT, build, code, markdown, notebook, page, write_book
from jupyter_cache import get_cache

from musicbook.book.cache import CACHE_FOLDER, VERSIONS, digest_of, input_files


@pytest.fixture
def inputs(tmp_path):
    for name in ("package/a.py", "package/deep/b.js", "data/c.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return [tmp_path / "package", tmp_path / "data", tmp_path / "one.txt"]


@pytest.mark.parametrize("name", ["package/a.py", "package/deep/b.js", "data/c.csv", "one.txt", "data/new.csv"])
def test_digest_changes_with_content(inputs, tmp_path, name):
    before = digest_of(inputs)
    (tmp_path / name).write_text(name[::-1], encoding="utf-8")  # as long as before, so that the size gives nothing away
    assert digest_of(inputs) != before


def test_digest_changes_with_a_name(inputs, tmp_path):
    before = digest_of(inputs)
    (tmp_path / "package/a.py").rename(tmp_path / "package/z.py")
    assert digest_of(inputs) != before


def test_digest_ignores_times_and_compiled_files(inputs, tmp_path):
    before = digest_of(inputs)
    os.utime(tmp_path / "package/a.py", (1, 1))
    for name in ("package/__pycache__/a.pyc", "package/.hidden", "data/.ipynb_checkpoints/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("noise", encoding="utf-8")
    assert digest_of(inputs) == before
    assert len(input_files(inputs)) == 3


@pytest.mark.build
def test_a_changed_file_executes_the_notebook_that_reads_it_and_no_other(tmp_path):
    reading = [markdown("# One"), code("print('read', open('../data/number.txt').read())")]
    counting = [markdown("# Two"), code("print(open('../data/count.txt', 'a').write('x'))")]
    chapters = {"one": notebook(*reading), "two": notebook(*counting), "three": "# Three\n"}
    folder = write_book(tmp_path / "book", chapters, errata=(), terms=())
    number, declared = folder / "data" / "number.txt", folder / "data" / "reads.yml"
    number.write_text("three", encoding="utf-8")
    done = build(folder, *STRICT)
    assert done.returncode != 0
    assert "it read data/number.txt, which data/reads.yml does not declare" in done.output
    assert "chapters/one" in done.output

    declared.write_text("chapters/one: [data/number.txt]\n", encoding="utf-8")
    assert build(folder, *STRICT).returncode == 0
    assert "read three" in page(folder, "one")

    number.write_text("seven", encoding="utf-8")
    (folder / "data" / "other.txt").write_text("nobody reads this", encoding="utf-8")
    done = build(folder, *STRICT)
    assert done.returncode == 0, done.output
    assert "read seven" in page(folder, "one")
    assert (folder / "data" / "count.txt").read_text(encoding="utf-8") == "x"
    cache = get_cache(folder / "_build" / CACHE_FOLDER)
    assert cache.get_cache_limit() == 2 * VERSIONS
