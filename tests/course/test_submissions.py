"""What strangers hand in is read without harm, and put into the right order."""

from __future__ import annotations

import copy
import json
import os
import sys

import classroom
import nbformat
import pytest
from nbformat.v4 import new_code_cell

from musicbook.course import submissions
from musicbook.course.assignments import prepare
from musicbook.course.submissions import Part, UnreadableError, find, read

KNOWN = {"tiny", "other"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is graded there")


@pytest.fixture
def made(tmp_path):
    book = classroom.tiny(tmp_path / "book")
    return prepare(book.chapters / "tiny.ipynb", book.records)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "class").mkdir()
    return tmp_path / "class"


def put(folder, name, notebook):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return path


def verdicts(folder):
    _, found = find(folder, KNOWN)
    return {(each.student, each.file): (each.chapter, each.verdict) for each in found}


def test_a_file_is_of_the_chapter_that_it_is_called(folder, made):
    put(folder, "ada/tiny.ipynb", made.release)
    put(folder, "bo/tiny (1).ipynb", made.release)
    put(folder, "cy/other.ipynb", made.release)
    nameless = copy.deepcopy(made.release)
    del nameless.metadata["musicbook"]
    put(folder, "di/notes.ipynb", nameless)
    put(folder, "di/tiny.ipynb", nameless)
    put(folder, "di/.ipynb_checkpoints/tiny.ipynb", made.release)
    put(folder, "di/notes.txt", "hello")
    put(folder, "tiny.ipynb", made.release)
    put(folder, ".git/tiny.ipynb", made.release)
    (folder / "empty").mkdir()
    students, found = find(folder, KNOWN)
    assert students == ["ada", "bo", "cy", "di", "empty"]
    assert verdicts(folder) == {
        ("ada", "tiny.ipynb"): ("tiny", ""),
        ("bo", "tiny (1).ipynb"): ("tiny", ""),
        ("cy", "other.ipynb"): ("other", "another chapter"),
        ("di", "notes.ipynb"): ("notes", "unknown chapter"),
        ("di", "tiny.ipynb"): ("tiny", ""),
    }
    assert next(each for each in found if each.student == "bo").remarks == ("The file was called tiny (1).ipynb.",)
    assert next(each for each in found if each.student == "ada").version == made.version


def test_one_file_of_a_chapter_counts(folder, made):
    for name in ("a copy.ipynb", "tiny.ipynb", "z copy.ipynb"):
        put(folder, f"ada/{name}", made.release)
    for name in ("b.ipynb", "a.ipynb"):
        put(folder, f"bo/{name}", made.release)
    assert [key for key, (_, verdict) in verdicts(folder).items() if not verdict] == [
        ("ada", "tiny.ipynb"),
        ("bo", "a.ipynb"),
    ]
    assert {verdict for _, verdict in verdicts(folder).values()} == {"", "duplicate"}


def test_links_are_not_followed(folder, made, tmp_path):
    elsewhere = put(tmp_path, "elsewhere/tiny.ipynb", made.release)
    (folder / "ada").mkdir()
    (folder / "ada" / "tiny.ipynb").symlink_to(elsewhere)
    (folder / "bo").symlink_to(elsewhere.parent)
    os.mkfifo(folder / "ada" / "other.ipynb")
    assert verdicts(folder) == {
        ("ada", "tiny.ipynb"): ("tiny", "refused"),
        ("ada", "other.ipynb"): ("other", "refused"),
        ("bo", "bo"): ("", "refused"),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "damaged in line 1"),
        ('{"cells": [}', "damaged in line 1"),
        (b"\xff\xfe\x00", "damaged"),
        ("[" * 100_000, "damaged"),
        ('{"a": ' + "9" * 10_000 + "}", "damaged"),
        ("[1, 2]", "no notebook of format 4"),
        ('{"worksheets": []}', "no notebook of format 4"),
        ('{"cells": [1]}', "each a record"),
        (json.dumps({"cells": [{}] * 3_000}), "at most 2,000 cells"),
        (json.dumps({"cells": [{"cell_type": "code", "source": "x" * 3_000_000}]}), "too long"),
        (b" " * 20_000_001, "more than 20"),
    ],
)
def test_what_is_no_notebook_has_a_reason(tmp_path, content, message):
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableError, match=message):
        read(path)


@pytest.mark.parametrize(
    "cell",
    [{}, {"source": 3}, {"source": [1, "x"], "metadata": 4}, {"id": 5, "metadata": {"musicbook": [], "id": []}}],
)
def test_odd_cells_are_cells(folder, cell):
    document = {"cells": [{"cell_type": "code", **cell}], "metadata": {"musicbook": {"chapter": ["tiny"]}}}
    put(folder, "ada/tiny.ipynb", json.dumps({**document, "metadata": {"musicbook": 3}}))
    assert verdicts(folder) == {("ada", "tiny.ipynb"): ("tiny", "")}


def test_names_can_be_shown(folder, made):
    os.mkdir(os.fsencode(folder) + b"/b\xf6\x1b[31m")
    os.mkdir(os.fsencode(folder) + b"/b\xf7\x1b[31m")
    students, _ = find(folder, KNOWN)
    assert students == ["b\ufffd\ufffd[31m", "b\ufffd\ufffd[31m_"]


# ---- which cell is which ----------------------------------------------------------------------------------------


def part(made, notebook):
    return Part(made, submissions._cells(json.loads(json.dumps(notebook))))


def answered(made, *sources):
    notebook = copy.deepcopy(made.release)
    cells = [cell for cell in notebook.cells if cell.metadata.get("musicbook", {}).get("exercise") == "tiny-2"]
    for cell, source in zip(cells, sources, strict=True):
        cell.source = source
    return notebook


def sources(steps):
    return [step.source for step in steps if step.kind != "chapter"]


def test_stubs_are_known(made):
    fresh = part(made, made.release)
    assert fresh.untouched("tiny-1")
    assert not fresh.missing("tiny-1")
    assert fresh.touched() == set()
    half = part(made, answered(made, "half = 1", made.release.cells[-2].source))
    assert half.touched() <= {"tiny-2"}
    assert part(made, answered(made, "half = 1", "answer = 2")).touched() == {"tiny-2"}


def test_answers_run_in_the_order_of_the_chapter(made):
    work = part(made, answered(made, "half = 1", "answer = 2"))
    assert [step.source for step in work.before] == [made.release.cells[2].source, 'Exercise("tiny-1")']
    steps = work.sequence({"tiny-2"})
    assert [step.source for step in steps] == ['Exercise("tiny-2")', "half = 1", "answer = 2"]
    assert [step.ends for step in steps] == ["", "", "tiny-2"]
    assert sources(work.sequence({"tiny-1", "tiny-2"}))[0].startswith("# Which one?")


def test_added_cells_keep_their_place(made):
    notebook = answered(made, "half = 1", "answer = 2")
    notebook.cells.insert(0, new_code_cell("first = 1"))
    at = next(i for i, cell in enumerate(notebook.cells) if cell.source == "half = 1")
    notebook.cells.insert(at + 1, new_code_cell("between = 1"))
    notebook.cells.append(new_code_cell("last = 1"))
    assert sources(part(made, notebook).sequence({"tiny-2"})) == [
        "first = 1",
        "half = 1",
        "between = 1",
        "answer = 2",
        "last = 1",
    ]


def test_ids_may_be_lost(made):
    notebook = answered(made, "# First the half.\nhalf = 1", 'answer = 2\ncheck("tiny-2", answer)')
    for cell in notebook.cells:
        cell.pop("id", None)
    for kept in (True, False):
        if not kept:
            for cell in notebook.cells:
                cell.metadata.pop("musicbook", None)
        work = part(made, notebook)
        assert sources(work.sequence({"tiny-2"})) == [
            "# First the half.\nhalf = 1",
            'answer = 2\ncheck("tiny-2", answer)',
        ]
        assert work.changed == 0
        assert work.sequence({"tiny-2"})[-1].ends == "tiny-2"


def test_what_is_missing_and_what_was_changed(made):
    notebook = copy.deepcopy(made.release)
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("musicbook", {}).get("exercise") != "tiny-2"]
    assert part(made, notebook).missing("tiny-2")
    notebook.cells.append(new_code_cell('check("tiny-2", 4)'))
    assert not part(made, notebook).missing("tiny-2")
    assert part(made, notebook).touched() == {"tiny-2"}
    changed = copy.deepcopy(made.release)
    changed.cells[2].source += "\nbase = 3"
    work = part(made, changed)
    assert work.changed == 1
    assert "base = 3" not in work.before[0].source


def test_a_cell_that_is_there_twice_runs_twice(made):
    notebook = answered(made, "half = 1", "answer = 2")
    notebook.cells.append(copy.deepcopy(next(cell for cell in notebook.cells if cell.source == "answer = 2")))
    notebook.cells[-1].source = "answer = 3"
    steps = part(made, notebook).sequence({"tiny-2"})
    assert [(step.source, step.ends) for step in steps if step.kind == "answer"] == [
        *(("half = 1", ""), ("answer = 2", ""), ("answer = 3", "tiny-2"))
    ]
