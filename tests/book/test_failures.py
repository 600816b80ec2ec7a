"""A build with something wrong in it fails, again and again, and says what is wrong in its last lines."""

from __future__ import annotations

import re

import pytest
from books import STRICT, build, code, markdown, notebook, write_book
from nbformat.v4 import new_output

from musicbook.book.failures import find_failure


def last_lines(done) -> str:
    return "\n".join(done.output.rstrip().splitlines()[-3:])


def test_broken_cell_fails_every_build(broken):
    for done in broken[1]:
        assert done.returncode != 0
        assert "chapters/raises.ipynb, cell 3: # The first line of the cell." in last_lines(done)
        assert "ZeroDivisionError: division by zero" in last_lines(done)


def test_mended_it_is_built(broken, mended):
    _, done = mended
    assert done.returncode == 0, done.output


@pytest.mark.build
def test_dead_kernel_names_the_page_and_the_memory_that_it_had(tmp_path):
    # It lives until its memory has been read twice; the build asks once a second.
    dying = "import os, time\nmemory = bytearray(b'1') * 2 * 10**8\ntime.sleep(3)\nos._exit(1)"
    cells = [markdown("# One"), code(dying)]
    folder = write_book(tmp_path / "book", {"two": "# Two\n", "one": notebook(*cells)}, errata=(), terms=())
    done = build(folder, *STRICT)
    assert done.returncode != 0
    assert "chapters/one" in last_lines(done)
    assert "died" in last_lines(done)
    assert int(re.search(r"its kernel had taken (\d+) MB", last_lines(done))[1]) > 200


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("plain", "undefined label: 'nowhere'"),
        ("image", "an image has no text alternative"),
        ("image", "an image has no caption"),
        ("foreign", "the page would load https://cdn.example.org/x.js"),
    ],
)
def test_a_warning_is_told_by_every_build(broken, page, words):
    for done in broken[1]:
        assert re.search(rf"chapters/{page}\b.*{re.escape(words)}", done.output)


@pytest.mark.build
def test_a_warning_alone_fails_every_build(tmp_path):
    folder = write_book(tmp_path / "book", {"two": "# Two\n\nSee {ref}`nowhere`.\n"}, errata=(), terms=())
    for _ in range(2):
        done = build(folder, *STRICT)
        assert done.returncode != 0
        assert "nowhere" in done.output


@pytest.mark.parametrize(
    ("outputs", "trace", "number", "error"),
    [
        ([new_output("error", ename="KeyError", evalue="'a'", traceback=[])], "", 3, "KeyError: 'a'"),
        ([], "nbclient.exceptions.CellTimeoutError: A cell timed out", 3, "the cell ran longer than"),
    ],
)
def test_the_cell_that_stopped_is_found(outputs, trace, number, error):
    cells = [
        markdown("# One"),
        code("1", execution_count=1),
        code("\nslow()\n2", execution_count=2, outputs=outputs),
        code("3"),
    ]
    found = find_failure("one.ipynb", notebook(*cells), trace)
    assert (found.cell, found.line) == (number, "slow()")
    assert found.error.startswith(error)


def test_a_kernel_that_never_started_is_told():
    found = find_failure("one.ipynb", notebook(code("1")), "RuntimeError: no kernel")
    assert str(found) == "one.ipynb, before its first cell\n    RuntimeError: no kernel"
