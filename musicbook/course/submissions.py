"""What a class handed in: found, read, and put into the order in which it is to be run.

Task
    A folder holds a folder for each student, with notebooks in it. They come from strangers: a file may be no notebook, a link
    to somewhere else, too large, of another chapter, there twice; a notebook may lack cells, or their ids. Each gets a reason
    that can be read, and none stops the others. Nothing is executed here.

Conventions
    ``CLASS/STUDENT/CHAPTER.ipynb``. The name of a file decides; where it says nothing (``gan (1).ipynb``), the chapter that the
    notebook names itself. Whatever begins with a dot, or lies elsewhere, is left alone.
    An answer's cells are known by their id, else by what the release wrote into their metadata. A cell that belongs to none of
    the chapter's is the student's own, and keeps its place among them.

Functions
    ``find``       all that was handed in
    ``sequence``   the cells of one submission, for some exercises, in order
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicbook.course.assignments import Assignment

MAX_BYTES, MAX_CELLS, MAX_SOURCE, MAX_FILES = 20_000_000, 2_000, 2_000_000, 500


class UnreadableError(ValueError):
    """A file is no notebook that can be graded; the message says why."""


@dataclass(frozen=True)
class Cell:
    """A cell as a student handed it in."""

    id: str
    code: bool
    source: str
    exercise: str
    """What the release noted on it, if it is still there."""


@dataclass(frozen=True)
class Submission:
    """One file of one student: its cells, or the reason why there are none."""

    student: str
    chapter: str
    file: str
    cells: tuple[Cell, ...] = ()
    version: str = ""
    verdict: str = ""
    reason: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One cell to run: the chapter's own, an answer's, or one that the student added."""

    name: str
    source: str
    kind: str
    ends: str = ""
    """The exercise whose answer ends with it."""


def find(folder: Path, known: Collection[str]) -> tuple[list[str], list[Submission]]:
    """Read what a class handed in.

    Parameters
    ----------
    folder : Path
        See the module.
    known : collection of str
        The chapters that there are.

    Returns
    -------
    tuple
        The students' names, and the submissions, both sorted. A chapter that a student handed in twice is there twice, once
        with the verdict ``duplicate``.
    """
    students, found = [], []
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        if entry.name.startswith(".") or not (entry.is_dir() or entry.is_symlink()):
            continue
        student = shown(entry.name)
        while student in students:  # two names that differ in what cannot be shown
            student += "_"
        students.append(student)
        if entry.is_symlink():
            reason = "The folder is a link to another place, and is not followed."
            found.append(Submission(student, "", entry.name, verdict="refused", reason=reason))
        else:
            found += _once(list(_of_student(student, Path(entry.path), known)))
    return students, found


def shown(name: str) -> str:
    """Make a file's name fit to be shown, whatever bytes it has."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _of_student(student: str, folder: Path, known: Collection[str]) -> Iterator[Submission]:
    try:
        names = sorted(each.name for each in os.scandir(folder) if each.name.endswith(".ipynb") and each.name[0] != ".")
    except OSError as error:
        yield Submission(
            student, "", folder.name, verdict="refused", reason=f"The folder cannot be read: {error.strerror}."
        )
        return
    for name in names[:MAX_FILES]:
        stem = shown(name.removesuffix(".ipynb"))
        try:
            document = read(folder / name)
        except UnreadableError as error:
            verdict = "refused" if "refused" in str(error) else "unreadable"
            yield Submission(student, stem, shown(name), verdict=verdict, reason=str(error))
            continue
        noted = document["metadata"].get("musicbook")
        noted = noted if isinstance(noted, dict) else {}
        named = noted.get("chapter")
        made = Submission(student, stem, shown(name), _cells(document), str(noted.get("version", ""))[:40])
        if stem in known and named in known and named != stem:
            reason = f"This file is called {stem}.ipynb, and is the notebook of the chapter {named}."
            yield replace(made, cells=(), verdict="another chapter", reason=reason)
        elif stem not in known and named in known:
            yield replace(made, chapter=named, remarks=(f"The file was called {shown(name)}.",))
        elif stem not in known:
            reason = "There is no assignment of this name, and the notebook names none."
            yield replace(made, cells=(), verdict="unknown chapter", reason=reason)
        else:
            yield made


def _once(submissions: list[Submission]) -> list[Submission]:
    """Let one file of a chapter count: that of the right name, else the first."""
    counts: dict[str, Submission] = {}
    for each in submissions:
        if each.chapter not in counts or each.file == f"{each.chapter}.ipynb":
            counts[each.chapter] = each
    reason = "Another file of this chapter counts: {}."
    return [
        each
        if counts[each.chapter] is each
        else replace(each, cells=(), verdict="duplicate", reason=reason.format(counts[each.chapter].file))
        for each in submissions
    ]


def read(path: Path) -> dict[str, Any]:
    """Read a notebook of a stranger.

    Parameters
    ----------
    path : Path
        The file. A link is not followed.

    Returns
    -------
    dict
        ``metadata`` is a mapping, ``cells`` a list of mappings.

    Raises
    ------
    UnreadableError
        Says why.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        link = " It is a link to another place, which is not followed: refused." if path.is_symlink() else ""
        raise UnreadableError(f"The file cannot be opened ({error.strerror}).{link}") from error
    with open(opened, "rb") as file:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode):
            raise UnreadableError("This is not a file but a device, a pipe or a folder: refused.")
        if about.st_size > MAX_BYTES:
            raise UnreadableError(
                f"The file has {about.st_size >> 20} MB, more than {MAX_BYTES // 1_000_000}: refused."
            )
        content = file.read(MAX_BYTES + 1)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        at = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableError(f"The file is damaged{at}: it is not the JSON that a notebook is made of.") from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise UnreadableError("The file is no notebook of format 4: open it in JupyterLab, and save it again.")
    cells = document["cells"]
    if len(cells) > MAX_CELLS or not all(isinstance(cell, dict) for cell in cells):
        raise UnreadableError(f"A notebook has at most {MAX_CELLS:,} cells here, each a record.")
    if not isinstance(document.get("metadata"), dict):
        document["metadata"] = {}
    if sum(len(_source(cell)) for cell in cells) > MAX_SOURCE:
        raise UnreadableError("The notebook's text is too long to be a chapter: refused.")
    return document


def _source(cell: dict) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _cells(document: dict) -> tuple[Cell, ...]:
    made = []
    for cell in document["cells"]:
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        noted = metadata.get("musicbook")
        exercise = noted.get("exercise") if isinstance(noted, dict) else None
        name = cell.get("id") or metadata.get("id")  # some programs keep a cell's id in its metadata
        made.append(
            Cell(
                id=name if isinstance(name, str) else "",
                code=cell.get("cell_type") == "code",
                source=_source(cell),
                exercise=exercise if isinstance(exercise, str) else "",
            )
        )
    return tuple(made)


class Part:
    """A submission held against the release: which cell is which.

    Parameters
    ----------
    made : Assignment
        The chapter.
    cells : tuple of Cell
        The student's.
    """

    def __init__(self, made: Assignment, cells: tuple[Cell, ...]):
        self.made = made
        self.base = [cell for cell in made.release.cells if cell.cell_type == "code"]
        self.owner = {id_: task.record.id for task in made.tasks for id_ in task.cells}
        at = {cell.id: i for i, cell in enumerate(self.base)}
        by_source = {cell.source.strip(): i for i, cell in enumerate(self.base) if cell.id not in self.owner}
        self.answers: dict[int, list[Cell]] = {}
        self.added: dict[int, list[Cell]] = {}
        self.changed = 0
        last = -1
        for cell in cells:
            if not cell.code or not cell.source.strip():
                continue
            place = at.get(cell.id)
            if place is None:
                place = by_source.get(cell.source.strip())
            if place is None:
                place = self._place_of(cell)
            if place is None:
                self.added.setdefault(last, []).append(cell)
                continue
            last = max(last, place)
            if self.base[place].id in self.owner:
                self.answers.setdefault(place, []).append(cell)
            elif cell.source.strip() != self.base[place].source.strip():
                self.changed += 1

    def _place_of(self, cell: Cell) -> int | None:
        """Place of an answer's cell that lost its id: the last one of its exercise, which checks it."""
        checked = re.search(r"""^check\(\s*["']([\w-]+)["']""", cell.source, re.MULTILINE)
        exercise = checked[1] if checked else cell.exercise
        places = [i for i, each in enumerate(self.base) if self.owner.get(each.id) == exercise]
        if checked or len(places) == 1:
            return places[-1] if places else None
        # several cells: the stub's comment tells which
        first = cell.source.splitlines()[0]
        return next((i for i in places if first.startswith("#") and self.base[i].source.startswith(first + "\n")), None)

    @property
    def before(self) -> list[Step]:
        """The chapter's own cells up to the first answer."""
        return [self._own(i) for i in range(self._start)]

    @property
    def _start(self) -> int:
        return next((i for i, cell in enumerate(self.base) if cell.id in self.owner), len(self.base))

    def _own(self, i: int) -> Step:
        return Step(f"cell {self.base[i].id} of the chapter", self.base[i].source, "chapter")

    def untouched(self, exercise: str) -> bool:
        """Whether an exercise's cells are all there is for it, and still stubs."""
        places = [i for i, cell in enumerate(self.base) if self.owner.get(cell.id) == exercise]
        stubs = [self.base[i].source.strip() for i in places]
        own = [cell.source.strip() for i in places for cell in self.answers.get(i, [])]
        return set(own) <= set(stubs) and not self._mentions(exercise)

    def missing(self, exercise: str) -> bool:
        """Whether none of an exercise's cells is there."""
        mine = any(self.owner[self.base[i].id] == exercise for i in self.answers)
        return not mine and not self._mentions(exercise)

    def _mentions(self, exercise: str) -> bool:
        return any(exercise in cell.source for some in self.added.values() for cell in some)

    def touched(self) -> set[str]:
        """All exercises into which anything was written."""
        return {each for each in self.owner.values() if not self.missing(each) and not self.untouched(each)}

    def sequence(self, exercises: Collection[str]) -> list[Step]:
        """Cells to run for some exercises, in order, from the first answer to the last of these exercises."""
        ends = [i for i, cell in enumerate(self.base) if self.owner.get(cell.id) in exercises]
        if not ends:
            return []
        steps = []
        for i in range(-1, ends[-1] + 1):
            if i >= self._start:
                steps += self._at(i, exercises)
            steps += [Step("a cell that you added", cell.source, "added") for cell in self.added.get(i, [])]
        return steps

    def _at(self, i: int, exercises: Collection[str]) -> list[Step]:
        owner = self.owner.get(self.base[i].id)
        if owner is None:
            return [self._own(i)]
        if owner not in exercises:
            return []
        ends = next(task.cells[-1] for task in self.made.tasks if task.record.id == owner) == self.base[i].id
        cells = self.answers.get(i, [])
        name = f"your answer to {owner}"
        return [Step(name, cell.source, "answer", owner if ends and cell is cells[-1] else "") for cell in cells]
