"""Grade what a class handed in, each submission in a process that can harm nobody.

Task
    ``make grade SUBMISSIONS=folder`` runs each student's answers to the assigned exercises, judges what they compute by the
    records, and writes marks and feedback. A submission that loops for ever, fills the memory, deletes files or is no notebook
    gets a mark and a reason, and the others get theirs.

Conventions
    ``SUBMITTED/STUDENT/CHAPTER.ipynb`` comes in. Out come ``grades.csv`` (a row for each student and assigned exercise),
    ``summary.csv`` (a row for each student) and ``feedback/STUDENT.html``. All students are asked for every chapter that anybody
    handed in. The folder is written whole or not at all.

    The chapter's own cells are the book's, whatever a student did to them. First the cells of the assigned exercises run, with
    those that the student added before them. If one of them fails and nothing was answered, all answers run in order, since
    one may build on another. Each run has the whole time limit. `check` only notes the answer there: the key is here.
    The verdicts are those of `checks.judge` and those of `VERDICTS`.

    Exit codes: 0 graded, whatever the marks; 1 some chapter's own cells failed, so that not all could be graded; 2 what was
    asked is wrong, or nothing was handed in; 130 stopped by the user.

Functions
    ``grade``, ``main``
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

import musicbook
from musicbook.course import checks, feedback, records, sandbox
from musicbook.course.assignments import Assignment, AssignmentError, Task, notebooks, prepare, replaced
from musicbook.course.records import RecordError
from musicbook.course.runs import Outcome, Rules, StageError, run
from musicbook.course.stubs import ExerciseError
from musicbook.course.submissions import Part, Step, Submission, find
from musicbook.music import cache

UNGRADED, WRONG, STOPPED = 1, 2, 130
SECONDS, MEGABYTES, JOBS = 60, 1500, 2
VERDICTS = {
    "error": "a cell raised an error before it came to an answer",
    "no answer": "the cells ran, and never called check",
    "missing": "the cells of the exercise are not in the notebook",
    "time": "stopped at the limit of time",
    "memory": "stopped at the limit of memory",
    "ended": "the notebook ended its own process",
    "flood": "stopped because it wrote without end",
    "unreadable": "the file is no notebook",
    "refused": "a link, a device, or too large a file",
    "another chapter": "the file's name and its content are of two chapters",
    "unknown chapter": "there is no such assignment",
    "duplicate": "another file of the same chapter counts",
    "not handed in": "there is no file",
    "not graded": "the chapter's own cells failed: not the student's fault",
}
SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib64", "/lib32", "/opt", "/proc", "/sys"),
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
    *(
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/timezone",
        "/etc/fonts",
        "/etc/passwd",
        "/etc/group",
        "/etc/nsswitch.conf",
    ),
    *(
        "/etc/hosts",
        "/etc/mime.types",
        "/etc/os-release",
        "/etc/ssl/certs",
        "/etc/ssl/openssl.cnf",
        "/etc/alternatives",
    ),
)
"""What Python and its libraries read of a system. Nothing in it is secret, not even to who may read every file."""


class GradeError(ValueError):
    """What was asked cannot be done."""


@dataclass
class Result:
    """One row of the grades, and what the feedback tells of it."""

    student: str
    chapter: str
    exercise: str = ""
    title: str = ""
    points: int | None = 0
    of: int = 0
    verdict: str = "not handed in"
    reason: str = "Nothing was handed in for this chapter."
    seconds: float = 0.0
    remarks: tuple[str, ...] = ()
    steps: list[tuple[Step, str]] = field(default_factory=list)
    """What ran of the student's, with what each raised."""
    own: int = 0
    """How many of the chapter's own cells ran."""


def grade(
    submitted: Path,
    out: Path,
    chapters: Path,
    place: Path | None = None,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    jobs: int = JOBS,
    unprotected: bool = False,
) -> tuple[list[Result], str]:
    """Grade a class.

    Parameters
    ----------
    submitted : Path
        What was handed in.
    out : Path
        Where grades and feedback go; see `assignments.replaced`.
    chapters : Path
        Folder of the worked notebooks.
    place : Path, optional
        Folder of the records.
    seconds : float
        Limit of each run.
    megabytes : int
        Memory of each run, above what the chapter has.
    jobs : int
        How many run at once.
    unprotected : bool
        Whether to go on where the system cannot protect files.

    Returns
    -------
    tuple
        The rows, and in words what protected the others.

    Raises
    ------
    GradeError, AssignmentError
        If nothing can be graded. Nothing is written then.
    SandboxError
        If the system is one where nobody's code can be run under limits (Windows).
    """
    sandbox.require()
    if not submitted.is_dir():
        raise GradeError(f"{submitted} is not a folder")
    inner, outer = submitted.resolve(), out.resolve()
    if inner == outer or inner in outer.parents or outer in inner.parents:
        raise GradeError(f"{out} and {submitted} lie in each other; write the grades elsewhere")
    if seconds <= 0 or megabytes <= 0 or jobs <= 0:
        raise GradeError("time, memory and jobs are above 0")
    known = set(records.chapters(place)) & set(notebooks(chapters))
    students, found = find(submitted, known)
    if not found:
        raise GradeError(
            f"there are no submissions in {submitted}: it wants folders of students with notebooks in them"
        )
    asked = sorted({each.chapter for each in found} & known)
    made = {name: _prepare(notebooks(chapters)[name], place) for name in asked}
    work = Path(tempfile.mkdtemp(prefix="musicbook-grade-"))
    work.chmod(0o711)
    try:
        rules, force = _rules(submitted, out, chapters, place, work, (seconds, megabytes, jobs), unprotected)
        with replaced(out, "grades.csv") as folder:
            results = [row for each in found if each.verdict for row in _refused(each, made)]
            with tqdm(total=sum(not each.verdict for each in found), desc="Grading", unit="submission") as bar:
                for name in asked:
                    bar.set_postfix_str(name)
                    mine = [each for each in found if each.chapter == name and not each.verdict]
                    for rows in _of_chapter(made[name], mine, rules, work):
                        results += rows
                        bar.update()
            results = _complete(results, students, made)
            _write(folder, results, students, made, force)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return results, force


def _prepare(path: Path, place: Path | None) -> Assignment:
    try:
        return prepare(path, place)
    except (ExerciseError, RecordError) as error:
        raise AssignmentError(f"{path.stem}: {error}") from error


def _rules(
    submitted: Path,
    out: Path,
    chapters: Path,
    place: Path | None,
    work: Path,
    limits: tuple[float, int, int],
    unprotected: bool,
) -> tuple[Rules, str]:
    """Choose the walls, try them, and say what is in force."""
    key = (place or records.folder()).resolve()
    package = Path(musicbook.__file__).resolve().parent
    data = Path(os.environ.get("MUSICBOOK_DATA", package.parent / "data")).resolve()
    hidden = [key, records.folder().resolve(), submitted.resolve(), out.resolve(), chapters.resolve()]
    own = [package, *(each for each in sorted(data.iterdir()) if each not in hidden), cache.folder()]
    own += [Path(each).resolve() for each in (sys.prefix, sys.base_prefix)]
    layers = sandbox.available()
    if "landlock" not in layers and not all(_open_to_all(each) for each in own):
        layers = tuple(each for each in layers if each != "user")  # who owns nothing could not even run Python here
    readable = tuple(str(each) for each in own) + SYSTEM
    home = work / "trial"
    home.mkdir()
    walls = sandbox.Walls(str(home), readable, tuple(map(str, hidden)), layers)
    secret = min(key.glob("*.yml"))
    holes = sandbox.holes(walls, secret, submitted)
    force = sandbox.describe(layers)
    if holes and not unprotected:
        raise GradeError(
            f"on this system a submission could {', '.join(holes)} (what there is: {force}). "
            "Grade as root on Linux, there or in a virtual machine, or add --unprotected if you trust all who handed in"
        )
    if holes:
        force += f"; not enough, since a submission could {', '.join(holes)}"
    seconds, megabytes, jobs = limits
    return Rules(seconds, megabytes, jobs, layers, readable, walls.hidden, str(key), str(cache.folder())), force


def _open_to_all(path: Path) -> bool:
    return not path.exists() or all(each.stat().st_mode & 0o001 for each in (path, *path.parents) if each.is_dir())


def _refused(each: Submission, made: dict[str, Assignment]) -> Iterator[Result]:
    """Rows of a submission that is not run."""
    if each.chapter not in made or each.verdict == "duplicate":
        yield Result(each.student, each.chapter, verdict=each.verdict, reason=f"{each.file}: {each.reason}")
        return
    for task in made[each.chapter].assigned:
        yield _row(each, task, each.verdict, f"{each.file}: {each.reason}")


def _row(each: Submission, task: Task, verdict: str, reason: str, points: int | None = 0) -> Result:
    head = (each.student, each.chapter, task.record.id, task.title)
    return Result(*head, points, task.points, verdict, reason, remarks=each.remarks)


def _of_chapter(made: Assignment, found: list[Submission], rules: Rules, work: Path) -> Iterator[list[Result]]:
    """Grade the submissions of one chapter; gives the rows of each as it is done."""
    parts = [Part(made, each.cells) for each in found]
    assigned = [task.record.id for task in made.assigned]
    jobs, whose, spent = [], [], {}
    for number, (each, part) in enumerate(zip(found, parts, strict=True)):
        steps = part.sequence([id_ for id_ in assigned if id_ in part.touched()])
        if steps:
            jobs.append(steps)
            whose.append(number)
        else:
            yield [_judge(made, each, part, task, Outcome(), [], 0.0) for task in made.assigned]
    if not jobs:
        return
    left = set(whose)
    try:
        for job, outcome in run(parts[0].before, jobs, rules, work):
            number = whose[job]
            part = parts[number]
            again = number not in spent and outcome.ended == "done" and _failed(assigned, jobs[job], outcome)
            spent[number] = spent.get(number, 0.0) + outcome.seconds
            if again and part.touched() - set(assigned):
                jobs.append(part.sequence(part.touched()))
                whose.append(number)
                continue
            left.discard(number)
            yield [_judge(made, found[number], part, task, outcome, jobs[job], spent[number]) for task in made.assigned]
    except StageError as error:
        reason = f"The chapter's own cells could not be run: {error}."
        for number in sorted(left):
            yield [_row(found[number], task, "not graded", reason, None) for task in made.assigned]


def _failed(assigned: list[str], steps: list[Step], outcome: Outcome) -> bool:
    """Whether a cell of an exercise raised an error, and the exercise has no answer."""
    names = {f"your answer to {id_}" for id_ in assigned if id_ not in outcome.answers}
    return any(steps[i].name in names for i in outcome.errors if 0 <= i < len(steps))


def _judge(
    made: Assignment, each: Submission, part: Part, task: Task, outcome: Outcome, steps: list[Step], spent: float
) -> Result:
    """Give the row of one exercise."""
    id_ = task.record.id
    if id_ in outcome.answers:
        verdict = checks.judge(task.record, outcome.answers[id_])
        row = _row(each, task, verdict.name, verdict.says, task.points if verdict.right else 0)
    elif part.missing(id_):
        row = _row(
            each, task, "missing", "The cell for this exercise is not in your notebook. It stood below the exercise."
        )
    elif part.untouched(id_):
        row = _row(each, task, "unanswered", checks.UNANSWERED)
    else:
        row = _row(each, task, *_without_answer(task, outcome, steps))
    row.seconds = spent
    ran = list(enumerate(steps[: outcome.at + 1]))
    row.own = len(part.before) + sum(step.kind == "chapter" for _, step in ran) if steps else 0
    row.steps = [(step, _said(outcome.errors.get(i))) for i, step in ran if step.kind != "chapter"]
    if part.changed:
        cells = "1 cell" if part.changed == 1 else f"{part.changed} cells"
        row.remarks += (
            f"You changed {cells} of the chapter. That is fine for trying things out; the book's own were run.",
        )
    if each.version != made.version:
        row.remarks += (
            "Your notebook was made from another version of the chapter than the one that it was graded by.",
        )
    return row


def _without_answer(task: Task, outcome: Outcome, steps: list[Step]) -> tuple[str, str]:
    """Say why there is no answer, though something was written."""
    where = f" in {steps[outcome.at].name}" if 0 <= outcome.at < len(steps) else ""
    if outcome.ended == "time" or outcome.code == 128 + signal.SIGXCPU:
        return "time", f"It ran longer than allowed, and was stopped{where}. Is there a loop that never ends?"
    if outcome.ended == "flood":
        return "flood", f"It wrote without end{where}, and was stopped."
    if outcome.ended == "died":
        killed = f"by signal {outcome.code - 128}" if outcome.code > 128 else f"with exit code {outcome.code}"
        return "ended", f"The notebook's process ended{where}, {killed}, before there was an answer."
    mine = [error for i, error in outcome.errors.items() if i < len(steps) and steps[i].name.endswith(task.record.id)]
    if mine:
        memory = "MemoryError" in mine[-1]["name"]
        says = "It needed more memory than allowed: " if memory else "Your cell raised an error: "
        return "memory" if memory else "error", says + _said(mine[-1])
    return "no answer", f'The cells ran and gave no answer. The last line must be check("{task.record.id}", answer).'


def _said(error: dict | None) -> str:
    if error is None:
        return ""
    line = f" (line {error['line']})" if error.get("line", "None") != "None" else ""
    return f"{error['name']}: {error['says']}{line}"


def _complete(results: list[Result], students: list[str], made: dict[str, Assignment]) -> list[Result]:
    """Add the rows of what was not handed in, and sort."""
    there = {(row.student, row.chapter, row.exercise) for row in results}
    for student in students:
        for name, assignment in made.items():
            for task in assignment.assigned:
                if (student, name, task.record.id) not in there:
                    results.append(Result(student, name, task.record.id, task.title, of=task.points))
    return sorted(results, key=lambda row: (row.student, row.chapter, row.exercise))


def _write(folder: Path, results: list[Result], students: list[str], made: dict[str, Assignment], force: str) -> None:
    fields = ("student", "chapter", "exercise", "points", "of", "verdict", "reason", "seconds")
    rows = [[getattr(row, name) if name != "seconds" else round(row.seconds, 1) for name in fields] for row in results]
    _csv(folder / "grades.csv", [fields, *rows])
    sums = []
    (folder / "feedback").mkdir()
    for student in students:
        mine = [row for row in results if row.student == student]
        sums.append([student, sum(row.points or 0 for row in mine), sum(row.of for row in mine)])
        titles = {name: each.title for name, each in made.items()}
        page = feedback.page(student, mine, titles, sums[-1][1:], force)
        (folder / "feedback" / f"{student}.html").write_text(page, encoding="utf-8", errors="replace")
    _csv(folder / "summary.csv", [("student", "points", "of"), *sums])


def _csv(path: Path, rows: list) -> None:
    with open(path, "w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([[_cell(each) for each in row] for row in rows])


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking what a student wrote for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.grade", description=__doc__.splitlines()[0])
    parser.add_argument("submitted", type=Path, help="folder with a folder for each student")
    parser.add_argument("out", type=Path, help="folder for grades and feedback")
    parser.add_argument("--chapters", type=Path, default=Path("chapters"), help="folder of the worked notebooks")
    parser.add_argument("--records", type=Path, default=None, help="folder of the records (default: the book's)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="time for a submission (default: %(default)s)")
    parser.add_argument(
        "--memory", type=int, default=MEGABYTES, help="MB for a submission, above the chapter's (default: %(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=JOBS, help="submissions at once (default: %(default)s)")
    parser.add_argument("--unprotected", action="store_true", help="go on where the system cannot protect files")
    words = parser.parse_args(arguments)
    began = time.monotonic()
    limits = (words.seconds, words.memory, words.jobs)
    try:
        results, force = grade(
            words.submitted, words.out, words.chapters, words.records, *limits, unprotected=words.unprotected
        )
    except (GradeError, AssignmentError, sandbox.SandboxError, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return STOPPED
    files = len({(row.student, row.chapter) for row in results if row.verdict != "not handed in"})
    students = len({row.student for row in results})
    print(f"{files} submissions of {students} students graded in {time.monotonic() - began:.0f} s: {words.out}")
    print(f"What protected them from each other: {force}.")
    failed = sorted({row.reason for row in results if row.verdict == "not graded"})
    for reason in failed:
        print(reason, file=sys.stderr)
    return UNGRADED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
