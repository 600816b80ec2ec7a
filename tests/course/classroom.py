"""A simulated class: thirty submissions, right ones, wrong ones and hostile ones, each with the mark that it must get."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from musicbook.course import records
from musicbook.course.assignments import Assignment, prepare
from musicbook.course.checks import judge

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "04_mathematics/composition", "04_mathematics/worked_recommendation"
"""Two chapters that are ready within seconds; in the first an assigned exercise asks for two numbers."""
SIZE = 30
IMPORTS = "from musicbook import check\nfrom musicbook.widgets import Exercise\n\n"
STRAY = 48_271
"""Seconds that a process left behind would sleep: by this number it is found."""


@dataclass(frozen=True)
class Expected:
    """The mark that a submission must get."""

    student: str
    chapter: str
    verdict: str
    points: int
    says: str = ""
    """Words of the reason."""


@dataclass(frozen=True)
class Book:
    """Copies of what the hostile ones try to destroy: if a wall falls, it is only copies that they get."""

    chapters: Path
    records: Path

    @classmethod
    def copy(cls, folder: Path) -> Book:
        """Copy both chapters and their records."""
        made = cls(folder / "chapters", folder / "records")
        for place in (made.chapters, made.records):
            place.mkdir(parents=True)
        for name in (FIRST, SECOND):
            path = ROOT / "chapters" / f"{name}.ipynb"
            shutil.copy(path, made.chapters)
            shutil.copy(records.folder() / f"{path.stem}.yml", made.records)
        return made

    def prepared(self) -> tuple[Assignment, Assignment]:
        """Both chapters, as the grader prepares them."""
        names = [Path(name).name for name in (FIRST, SECOND)]
        return tuple(prepare(self.chapters / f"{name}.ipynb", self.records) for name in names)


class Class:
    """Writes submissions into a folder, and notes what each must get."""

    def __init__(self, folder: Path, made: Assignment):
        self.folder, self.made = folder, made
        self.expected: list[Expected] = []
        (self.task,) = made.assigned
        self.id = self.task.record.id
        self.check = f'check("{self.id}", answer)'

    def solution(self) -> list[str]:
        """Give the reference's cells of the assigned exercise."""
        return [cell.source for cell in self.made.worked.cells if cell.get("id") in self.task.cells]

    def release(self):
        return copy.deepcopy(self.made.release)

    def answered(self, *sources: str):
        """Give the student's notebook with something in the cells of the assigned exercise."""
        notebook = self.release()
        cells = [cell for cell in notebook.cells if cell.get("id") in self.task.cells]
        assert len(sources) == len(cells), (len(sources), len(cells))
        for cell, source in zip(cells, sources, strict=True):
            cell.source = source
        return notebook

    def code(self, source: str):
        """Give the notebook with code in the last cell of the assigned exercise, which begins it and checks it."""
        *before, _ = [""] * len(self.task.cells)
        return self.answered(*before, f"{source}\n{self.check}")

    def hand_in(self, student: str, notebook, verdict: str, says: str = "", name: str | None = None):
        """Write a notebook, or text, and note what it must get."""
        place = self.folder / student
        place.mkdir(parents=True, exist_ok=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (place / f"{name or self.made.chapter}.ipynb").write_text(text, encoding="utf-8")
        self.expect(student, verdict, says)

    def expect(self, student: str, verdict: str, says: str = ""):
        points = self.task.points if verdict == "right" else 0
        self.expected.append(Expected(student, self.made.chapter, verdict, points, says))


def populate(book: Book, folder: Path, out: Path, port: int) -> list[Expected]:
    """Hand in everything.

    Parameters
    ----------
    book : Book
        The chapters.
    folder : Path
        Where to.
    out : Path
        Where the grades will go; the hostile ones know it.
    port : int
        Where somebody listens whom no submission must reach.
    """
    first, second = book.prepared()
    one, two = Class(folder, first), Class(folder, second)
    _honest(one, two)
    _odd(one)
    _hostile(one, (folder, out, book.records, book.chapters), port)
    return one.expected + two.expected


def _honest(one: Class, two: Class):
    record = one.task.record
    one.hand_in("ada", one.answered(*one.solution()), "right", record.right)
    two.hand_in("ada", two.answered(*two.solution()), "right", two.task.record.right)
    for wrong in record.wrong:
        student = "wrong-" + wrong.name.replace(" ", "-")
        one.hand_in(student, one.code(f"answer = {wrong.value!r}"), wrong.name, wrong.says)
    mistake = two.task.record.wrong[0]
    two.hand_in("bo", two.code(f"answer = {mistake.value!r}"), mistake.name, mistake.says)
    one.hand_in("bo", one.release(), "unanswered")
    wild = tuple(value * 7 + 1 for value in record.answer)
    one.hand_in("wild", one.code(f"answer = np.array({wild!r})"), judge(record, wild).name)
    partly = one.release()
    for cell in partly.cells:
        if cell.get("metadata", {}).get("musicbook", {}).get("exercise") == f"{one.made.chapter}-1":
            cell.source = f'answer = [1.0, 2.0]\ncheck("{one.made.chapter}-1", answer)'
    one.hand_in("partly", partly, "unanswered")


def _odd(one: Class):
    """Unusual ways to be right, and to hand in nothing that can be run."""
    right = one.solution()
    changed = one.answered(*right)
    for cell in changed.cells:
        if cell.cell_type == "code" and "answer" not in cell.metadata.get("tags", []):
            cell.source = "raise RuntimeError('changed')"
    one.hand_in("changes-the-chapter", changed, "right")

    # what the answer needs stands in a self-study exercise's cell
    (other, *_) = [task for task in one.made.tasks if not task.record.assigned]
    builds = one.answered(*right[:-1], right[-1].replace("rng = ", "zero + 1\nrng = ", 1))
    for cell in builds.cells:
        if cell.get("id") == other.cells[-1]:
            cell.source = "zero = 0"
    one.hand_in("builds-on-another", builds, "right")

    bare = one.answered(*right)
    bare.nbformat_minor = 4
    for cell in bare.cells:
        cell.pop("id", None)
        cell.metadata.pop("musicbook", None)
    one.hand_in("without-ids", bare, "right")

    mocked = one.answered(*right)
    mocked.cells.insert(2, new_code_cell("import musicbook\nmusicbook.check = check = lambda *_: 'all right'"))
    one.hand_in("mocks-the-check", mocked, "right")

    one.hand_in("broken", nbformat.writes(one.answered(*right))[:-200], "unreadable", "damaged in line")
    place = one.folder / "links"
    place.mkdir()
    (place / f"{one.made.chapter}.ipynb").symlink_to(one.folder / "ada" / f"{one.made.chapter}.ipynb")
    one.expect("links", "refused", "link")


def _hostile(one: Class, places: tuple[Path, ...], port: int):
    names = ", ".join(repr(str(place)) for place in places)
    missed = judge(one.task.record, [0.0, 0.0]).name
    walk = f"""
import os, re, shutil, socket, subprocess, signal
found = []
def everything():
    for top in ({names}):
        for place, _, files in os.walk(top):
            for file in files:
                yield os.path.join(place, file)
"""
    one.hand_in("loops", one.code("while True:\n    pass"), "time", "stopped in your answer")
    one.hand_in("eats-memory", one.code("x = []\nfor _ in range(200):\n    x.append(bytearray(10**7))"), "memory")
    delete = f"""{walk}
for path in everything():
    for way in (os.unlink, lambda path: open(path, 'w').close(), lambda path: os.chmod(path, 0)):
        try:
            way(path)
            found.append(path)
        except OSError:
            pass
for top in ({names}):
    shutil.rmtree(top, ignore_errors=True)
answer = [0.0, 0.0]"""
    one.hand_in("deletes-files", one.code(delete), missed)
    one.hand_in("exits", one.code("import os\nos._exit(0)"), "ended")
    kill = "try:\n    os.kill(os.getppid(), 9)\nexcept OSError:\n    pass"
    one.hand_in("kills", one.code(f"import os\n{kill}\nanswer = [0.0, 0.0]"), missed)
    one.hand_in(
        "forks",
        one.code(
            "import os, time\nfor _ in range(300):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)"
        ),
        "error",
        "BlockingIOError",
    )
    right = one.solution()
    flood = "for _ in range(300_000):\n    print('x' * 500)\n"
    one.hand_in("floods-the-screen", one.answered(*right[:-1], flood + right[-1]), "right")
    pipe = "import os\nwhile True:\n    for fd in range(3, 100):\n        try:\n            os.write(fd, b'x' * 60_000)"
    one.hand_in("floods-the-grader", one.code(pipe + "\n        except OSError:\n            pass"), "flood")
    spy = f"""{walk}
for path in [*everything(), '{records.folder() / one.made.chapter}.yml']:
    try:
        text = open(path).read()
    except (OSError, UnicodeDecodeError):
        continue
    if re.search('{one.id}', text):
        found.append(path)
from musicbook.course import records
try:
    answer = records.exercise('{one.id}').answer
except Exception:
    answer = [float(len(found)), 0.0]"""
    one.hand_in("reads-the-key", one.code(spy), missed)
    call = f"""import socket
answer = [0.0, 0.0]
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        with socket.socket(socket.AF_INET, kind) as line:
            line.connect(('127.0.0.1', {port}))
            line.send(b'hello')
    except OSError:
        pass"""
    one.hand_in("calls-home", one.code(call), missed)
    stay = f"import subprocess\nsubprocess.Popen(['sleep', '{STRAY}'], start_new_session=True)\nanswer = [0.0, 0.0]"
    one.hand_in("stays", one.code(stay), missed)
    strange = """
class Strange:
    def fail(self, *_):
        raise ValueError
    __float__ = __eq__ = __repr__ = __iter__ = __len__ = __getattr__ = fail
answer = Strange()"""
    one.hand_in("strange-answer", one.code(strange), "unusable")


def tiny(folder: Path, name: str = "tiny", before: str = "base = 20") -> Book:
    """Write a chapter of a few cells: a self-study exercise, and an assigned one whose solution has two cells."""
    made = Book(folder / "chapters", folder / "records")
    for place in (made.chapters, made.records):
        place.mkdir(parents=True, exist_ok=True)
    cells = [new_markdown_cell("# A tiny chapter\n\nNothing to hear."), new_code_cell(IMPORTS + before)]
    for number, stars, title, codes in (
        (1, "★", "Letters", [f'# Which one?\nanswer = "b"\ncheck("{name}-1", answer)']),
        (
            2,
            "★★",
            "Numbers",
            [
                "# First the half.\nhalf = base / 2 + 0.123",
                f'# Then more.\nanswer = half + 11\ncheck("{name}-2", answer)',
            ],
        ),
    ):
        label = f"ex-{name}-{number}"
        cells.append(new_markdown_cell(f"```{{exercise}} {stars} · 5 min · {title}\n:label: {label}\n\nDo it.\n```"))
        cells.append(new_code_cell(f'Exercise("{name}-{number}")'))
        cells.append(new_markdown_cell(f"````{{solution-start}} {label}\n:class: dropdown\n````"))
        cells += [new_code_cell(code, metadata={"tags": ["solution"]}) for code in codes]
        cells.append(new_markdown_cell("````{solution-end}\n````"))
    notebook = new_notebook(cells=cells)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{number:02}"
    nbformat.write(notebook, made.chapters / f"{name}.ipynb")
    shared = {"goal": "Do.", "hint": "Think.", "ask": "What is it?", "right": "Yes.", "otherwise": "No."}
    wrong = (
        {"name": "low", "how": "halves", "says": "Too low."},
        {"name": "high", "how": "doubles", "says": "Too high."},
    )
    options = {"a": "one", "b": "two", "c": "three"}
    exercises = {
        f"{name}-1": {**shared, "use": "self-study", "kind": "choice", "options": options, "answer": "b"},
        f"{name}-2": {**shared, "use": "assigned", "kind": "number", "answer": 21.123, "tolerance": 0.01},
    }
    for (number, each), values in zip(
        enumerate(exercises.values(), start=1), (("a", "c"), (10.123, 42.123)), strict=True
    ):
        each["label"] = f"ex-{name}-{number}"
        each["wrong"] = [{**record, "value": value} for record, value in zip(wrong, values, strict=True)]
    content = yaml.safe_dump({"exercises": exercises, "quiz": []}, allow_unicode=True, sort_keys=False)
    (made.records / f"{name}.yml").write_text(content, encoding="utf-8")
    return made
