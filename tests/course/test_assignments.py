"""What an instructor hands out, and what she keeps."""

from __future__ import annotations

import csv

import classroom
import nbformat
import pytest

from musicbook.course.assignments import AssignmentError, instructor, main, notebooks, prepare, replaced, write


@pytest.fixture
def tiny_book(tmp_path):
    return classroom.tiny(tmp_path / "book")


@pytest.fixture
def made(tiny_book):
    return prepare(tiny_book.chapters / "tiny.ipynb", tiny_book.records)


def test_release_has_no_solution_and_says_what_counts(made):
    nbformat.validate(made.release)
    text = nbformat.writes(made.release)
    for secret in ("base / 2", "half + 11", "solution", "21.123", "Too low"):
        assert secret not in text
    assert made.release.metadata.musicbook == {"chapter": "tiny", "assigned": ["tiny-2"], "version": made.version}
    told = made.release.cells[1].source
    assert "What counts, 2 points in all" in told
    assert "**Numbers** (`tiny-2`, about 5 minutes): 2 points" in told
    assert "`tiny.ipynb`" in told
    assert "tiny-1" not in told
    answers = [cell for cell in made.release.cells if "musicbook" in cell.metadata]
    assert [cell.metadata.musicbook.exercise for cell in answers] == ["tiny-1", "tiny-2", "tiny-2"]
    assert answers[-1].source == '# Then more.\nanswer = ...\ncheck("tiny-2", answer)'
    worked = {cell.id: cell for cell in made.worked.cells}
    assert all(cell.id in worked for cell in answers)


def test_instructor_has_everything_beside_the_assigned_exercise(made):
    book = instructor(made)
    nbformat.validate(book)
    at = next(i for i, cell in enumerate(book.cells) if cell.id == "note-tiny-2")
    assert book.cells[at - 1].source.endswith('check("tiny-2", answer)')
    note = book.cells[at].source
    for words in ("2 points", "21.123 ± 0.01", "*low*, 10.123: halves", "Too low.", "*high*, 42.123: doubles"):
        assert words in note
    assert [cell.id for cell in book.cells if cell.id.startswith("note-")] == ["note-tiny-2"]
    assert [cell for cell in book.cells if not cell.id.startswith("note-")] == made.worked.cells


def test_the_version_follows_notebook_and_records(made, tiny_book):
    path = tiny_book.records / "tiny.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("Too low.", "Much too low."), encoding="utf-8")
    assert prepare(tiny_book.chapters / "tiny.ipynb", tiny_book.records).version != made.version


def test_one_command_writes_it_all_or_nothing(tmp_path, tiny_book, capsys):
    out = tmp_path / "out"
    words = [str(out), "--chapters", str(tiny_book.chapters), "--records", str(tiny_book.records)]
    assert main(words) == 0
    assert "1 chapters for a class, 2 points in all" in capsys.readouterr().out
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {
        *("release/tiny.ipynb", "instructor/tiny.ipynb", "key.csv", "key.md")
    }
    with open(out / "key.csv", newline="", encoding="utf-8") as file:
        rows = [(row["exercise"], row["points"], row["verdict"], row["value"]) for row in csv.DictReader(file)]
    assert rows == [
        *(("tiny-1", "0", "right", "b"), ("tiny-1", "0", "low", "a"), ("tiny-1", "0", "high", "c")),
        *(("tiny-2", "2", "right", "21.123"), ("tiny-2", "2", "low", "10.123"), ("tiny-2", "2", "high", "42.123")),
    ]
    assert "b: two" in (out / "key.md").read_text(encoding="utf-8")

    # a second time in its place; and when it cannot be made, the old one stays
    assert main(words) == 0
    before = (out / "key.csv").read_bytes()
    broken = tiny_book.chapters / "tiny.ipynb"
    broken.write_text(broken.read_text(encoding="utf-8").replace("ex-tiny-2", "ex-other"), encoding="utf-8")
    capsys.readouterr()
    assert main(words) == 2
    assert "tiny: tiny-2: the notebook has 0 exercises labelled ex-tiny-2" in capsys.readouterr().err
    assert (out / "key.csv").read_bytes() == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_of_something_else_is_left_alone(tmp_path, tiny_book, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main([str(mine), "--chapters", str(tiny_book.chapters), "--records", str(tiny_book.records)]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_a_failure_half_way_leaves_nothing(tmp_path):
    def fail():
        with replaced(tmp_path / "out", "key.csv") as folder:
            (folder / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('check(\\"tiny-2\\", answer)', 'check(\\"tiny-1\\", answer)', "checks .*tiny-1"),
        ('answer = half + 11\\n",\n    "check(\\"tiny-2\\", answer)', "half", r"checks \[\]"),
    ],
)
def test_a_solution_checks_its_own_exercise(tiny_book, old, new, message):
    path = tiny_book.chapters / "tiny.ipynb"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AssignmentError, match=message):
        prepare(path, tiny_book.records)


def test_records_without_a_notebook(tmp_path, tiny_book):
    (tiny_book.records / "other.yml").write_text("{}", encoding="utf-8")
    with pytest.raises(AssignmentError, match="other: there are records, and no notebook"):
        write(tiny_book.chapters, tmp_path / "out", tiny_book.records)


@pytest.mark.slow
def test_every_chapter_of_the_book_becomes_an_assignment():
    """Of the book itself: nothing that the key holds is in what is handed out."""
    found = notebooks(classroom.ROOT / "chapters")
    names = sorted(path.stem for path in classroom.records.folder().glob("*.yml"))
    assert names
    for name in names:
        made = prepare(found[name])
        assert made.assigned, name
        nbformat.validate(made.release)
        nbformat.validate(instructor(made))
        sources = {cell.id: cell.source for cell in made.release.cells}
        worked = {cell.id: cell.source for cell in made.worked.cells}
        for task in made.tasks:
            for id_ in task.cells:
                left = [line for line in sources[id_].splitlines() if not line.startswith("#")]
                assert left in (["..."], ["answer = ...", f'check("{task.record.id}", answer)']), id_
                assert sources[id_] != worked[id_]
