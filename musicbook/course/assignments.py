"""Notebooks for a class, and the key for who teaches it, made from the chapters.

Task
    ``make assignments`` writes what an instructor hands out and what she keeps, from the same chapters and records that the
    book is built from, so that none can drift from the others:

    ``release/CHAPTER.ipynb``
        the student's notebook: all exercises emptied, and what is assigned, and for how many points, said at the top;
    ``instructor/CHAPTER.ipynb``
        the worked one, with the answer, its tolerance and the usual mistakes beside each assigned exercise;
    ``key.csv``, ``key.md``
        every answer of every exercise, for a program and for a person.

Conventions
    An exercise is worth as many points as it has stars. Only those with ``use: assigned`` count. The cells keep their ids, and
    ``metadata.musicbook`` of a notebook names chapter, exercises and the version that it was made from.
    The folder is written whole or not at all.

Functions
    ``prepare``   one chapter, as the grader needs it too
    ``write``     all of them
    ``replaced``  a folder that appears at once
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import csv
import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from musicbook.course import records
from musicbook.course.headings import headings
from musicbook.course.records import Exercise, RecordError
from musicbook.course.stubs import CHECK, TAG, ExerciseError, stub

WRONG = 2
_START = re.compile(r"^`{3,}\{solution-start\} (\S+)", re.MULTILINE)
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


class AssignmentError(ValueError):
    """An assignment cannot be made; or the folder for it holds something else."""


@dataclass(frozen=True)
class Task:
    """One exercise as it stands in a notebook."""

    record: Exercise
    points: int
    minutes: int
    title: str
    cells: tuple[str, ...]
    """Ids of the code cells of its answer, in order."""


@dataclass(frozen=True)
class Assignment:
    """One chapter, for a class."""

    chapter: str
    title: str
    version: str
    worked: NotebookNode
    release: NotebookNode
    tasks: tuple[Task, ...]

    @property
    def assigned(self) -> tuple[Task, ...]:
        """What counts for marks."""
        return tuple(task for task in self.tasks if task.record.assigned)


def notebooks(chapters: Path) -> dict[str, Path]:
    """Give the notebooks below a folder, by the names of their chapters."""
    found = sorted(path for path in chapters.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    return {path.stem: path for path in found}


def prepare(path: Path, place: Path | None = None) -> Assignment:
    """Make an assignment of one chapter.

    Parameters
    ----------
    path : Path
        The worked notebook; its name is the chapter's.
    place : Path, optional
        Folder of the records.

    Raises
    ------
    AssignmentError, ExerciseError, RecordError
        If notebook and records do not fit each other.
    """
    chapter = records.of_chapter(path.stem, place)
    worked = nbformat.read(path, as_version=4)
    release = stub(worked)
    tasks = tuple(_task(worked, record) for record in chapter.exercises)
    title = next((found[1] for cell in worked.cells if (found := _HEADING.search(cell.source))), path.stem)
    source = path.read_bytes() + ((place or records.folder()) / f"{path.stem}.yml").read_bytes()
    version = hashlib.sha256(source).hexdigest()[:12]
    made = Assignment(path.stem, title, version, worked, release, tasks)
    _mark(made)
    return made


def _task(worked: NotebookNode, record: Exercise) -> Task:
    found = [each for each in headings(worked) if each.label == record.label]
    if len(found) != 1:
        raise AssignmentError(f"{record.id}: the notebook has {len(found)} exercises labelled {record.label}")
    [heading] = found
    cells, inside = [], False
    for cell in worked.cells:
        if cell.cell_type == "markdown" and (found := _START.search(cell.source)):
            inside = found[1] == record.label
        elif inside and cell.cell_type == "code" and TAG in cell.metadata.get("tags", []):
            cells.append(cell)
    checks = [found for cell in cells for found in CHECK.findall(cell.source)]
    if checks != [record.id] or not CHECK.search(cells[-1].source):
        raise AssignmentError(
            f"{record.id}: the solution must check it once, in its last code cell, and checks {checks}"
        )
    return Task(record, heading.stars, heading.minutes, heading.title, tuple(cell.id for cell in cells))


def _mark(made: Assignment) -> None:
    """Say in the student's notebook what it is, to people and to programs."""
    made.release.metadata["musicbook"] = {
        "chapter": made.chapter,
        "assigned": [task.record.id for task in made.assigned],
        "version": made.version,
    }
    owners = {id_: task.record.id for task in made.tasks for id_ in task.cells}
    for cell in made.release.cells:
        if cell.id in owners:
            cell.metadata["musicbook"] = {"exercise": owners[cell.id]}
    made.release.cells.insert(1, nbformat.v4.new_markdown_cell(_words(made), id="assignment"))


def _words(made: Assignment) -> str:
    listed = [
        f"- **{task.title}** (`{task.record.id}`, about {task.minutes} minutes): {_points(task.points)}"
        for task in made.assigned
    ]
    others = len(made.tasks) - len(made.assigned)
    return "\n".join(
        [
            "```{admonition} Your assignment",
            ":class: important",
            f"What counts, {_points(sum(task.points for task in made.assigned))} in all:"
            if listed
            else "Nothing in this chapter counts.",
            "",
            *listed,
            "",
            "Write your code in place of the dots below the exercise, and leave the last line, which checks your answer.",
            "You may add cells. Changes of the chapter's own cells are not looked at.",
            f"The other {others} exercises are for you: check yourself as often as you like.",
            f"Hand in this notebook under its name, `{made.chapter}.ipynb`.",
            "It is run anew: what counts is what your cells compute, not what you see now.",
            "```",
        ]
    )


def _points(n: int) -> str:
    return "1 point" if n == 1 else f"{n} points"


def instructor(made: Assignment) -> NotebookNode:
    """Make the worked notebook with a note beside each assigned exercise."""
    book = copy.deepcopy(made.worked)
    for task in made.assigned:
        at = next(i for i, cell in enumerate(book.cells) if cell.id == task.cells[-1])
        note = f"```{{admonition}} For the instructor: {task.record.id}, {_points(task.points)}\n{_note(task)}\n```"
        book.cells.insert(
            at + 1, nbformat.v4.new_markdown_cell(note, id=f"note-{task.record.id}", metadata={"tags": [TAG]})
        )
    return book


def _note(task: Task) -> str:
    record = task.record
    texts = [f"{letter}: {text}" for letter, text in record.options]
    wrong = [f"- *{each.name}*, {_value(each.value)}: {each.how}. Is told: “{each.says}”" for each in record.wrong]
    return "\n".join(
        [
            *([f"Options: {'; '.join(texts)}.", ""] if texts else []),
            f"Answer: {_value(record.answer)}{_within(record)}.",
            f"Who has it is told: “{record.right}”",
            "",
            "Usual mistakes:",
            "",
            *wrong,
            f"- anything else is told: “{record.otherwise}”",
        ]
    )


def _value(value: Any) -> str:
    return (
        ", ".join(_value(each) for each in value)
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _within(record: Exercise) -> str:
    return f" ± {_value(record.tolerance)} {record.unit}".rstrip() if record.tolerance else ""


def key(assignments: list[Assignment]) -> Iterator[list]:
    """Give the rows of ``key.csv``, its head first."""
    yield ["chapter", "exercise", "title", "use", "points", "verdict", "value", "tolerance", "unit", "how", "says"]
    for made in assignments:
        for task in made.tasks:
            record = task.record
            head = [made.chapter, record.id, task.title, record.use, task.points if record.assigned else 0]
            answers = [("right", record.answer, "", record.right)]
            answers += [(each.name, each.value, each.how, each.says) for each in record.wrong]
            for name, value, how, says in answers:
                yield [*head, name, _value(value), _value(record.tolerance), record.unit, how, says]


def _to_read(assignments: list[Assignment]) -> Iterator[str]:
    yield "# Key\n\nFor who teaches. Points count for what is assigned; the rest is for self-study.\n"
    for made in assignments:
        yield f"## {made.title} (`{made.chapter}`, version {made.version})\n"
        for task in made.tasks:
            record, use = task.record, _points(task.points) if task.record.assigned else "self-study"
            yield f"### {record.id}: {task.title} ({use})\n\nIt trains: {record.goal}\n\n{record.ask}\n\n{_note(task)}\n"


@contextlib.contextmanager
def replaced(out: Path, mark: str) -> Iterator[Path]:
    """Give an empty folder that takes the place of another at the end, if nothing went wrong.

    Parameters
    ----------
    out : Path
        The folder to write. If it holds anything, it must hold `mark`.
    mark : str
        Name of a file by which one knows that the folder is an older one of the same kind.

    Raises
    ------
    AssignmentError
        If the folder holds something else, which would be lost.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / mark).is_file())):
        raise AssignmentError(f"{out} holds something else, without {mark}; choose another folder, or empty it")
    out.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield new
        new.chmod(0o755)
        old = new.with_name(new.name + "-old")
        if out.exists():
            out.rename(old)
        new.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write(chapters: Path, out: Path, place: Path | None = None) -> list[Assignment]:
    """Write all assignments.

    Parameters
    ----------
    chapters : Path
        Folder of the worked notebooks.
    out : Path
        Where to; see `replaced`.
    place : Path, optional
        Folder of the records.

    Raises
    ------
    AssignmentError
        Names the chapter. Nothing is written then.
    """
    found, made = notebooks(chapters), []
    for name in records.chapters(place):
        if name not in found:
            raise AssignmentError(f"{name}: there are records, and no notebook of this name below {chapters}")
        try:
            made.append(prepare(found[name], place))
        except (ExerciseError, RecordError, AssignmentError) as error:
            raise AssignmentError(f"{name}: {error}") from error
    if not made:
        raise AssignmentError(f"there are no records in {place or records.folder()}")
    with replaced(out, "key.csv") as folder:
        for kind, make in (("release", lambda each: each.release), ("instructor", instructor)):
            (folder / kind).mkdir()
            for each in made:
                nbformat.write(make(each), folder / kind / f"{each.chapter}.ipynb")
        with open(folder / "key.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(key(made))
        (folder / "key.md").write_text("\n".join(_to_read(made)), encoding="utf-8")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code: 0 done, 2 it cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.assignments", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for the notebooks and the key")
    parser.add_argument("--chapters", type=Path, default=Path("chapters"), help="folder of the worked notebooks")
    parser.add_argument("--records", type=Path, default=None, help="folder of the records (default: the book's)")
    words = parser.parse_args(arguments)
    try:
        made = write(words.chapters, words.out, words.records)
    except (AssignmentError, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    points = sum(task.points for each in made for task in each.assigned)
    print(
        f"{len(made)} chapters for a class, {_points(points)} in all: {words.out}. Keep instructor/ and key.* to yourself."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
