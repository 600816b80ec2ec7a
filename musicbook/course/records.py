"""The records of exercises and quizzes: one YAML file a chapter, read and validated.

Task
    An exercise is asked in three places (the published page, the notebook, the grader), and judged by one record. A record
    that cannot be judged, or whose messages tell the answer, is refused here, with its name.

Conventions
    A chapter is named by its notebook without folder and ending (``gan``); its exercises are ``gan-1``, ``gan-2``, ... in the
    order of the page. Kinds of answers, and what `Exercise.answer` and `Wrong.value` then hold:

    ``number``
        a float, judged with an absolute tolerance
    ``numbers``
        a tuple of floats, one for each of `Exercise.fields`, each with its tolerance
    ``choice``
        the key of one option (``"a"``, ``"b"``, ...)
    ``several``
        the keys of some options, sorted
    ``order``
        the keys of all items, in the order that is wanted

    Messages are plain text.

Functions
    ``chapters``, ``exercises``, ``of_chapter``, ``exercise``, ``quiz``   what the book has
    ``load``   reads one file
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

KINDS = ("number", "numbers", "choice", "several", "order")
USES = ("self-study", "assigned")
MIN_WRONG, MIN_QUESTIONS = 2, 5

_REQUIRED = ("label", "goal", "hint", "use", "ask", "kind", "answer", "right", "wrong", "otherwise")
_OPTIONAL = {
    "number": {"tolerance", "unit", "within", "outside", "slider", "watch"},
    "numbers": {"tolerance", "unit", "within", "outside", "fields", "watch"},
    "choice": {"options"},
    "several": {"options"},
    "order": {"items"},
}
_WRONG = {"name", "value", "how", "says"}


class RecordError(ValueError):
    """A record of an exercise or a question cannot be used."""


@dataclass(frozen=True)
class Wrong:
    """A mistake that people make: what they answer, how they come to it, and what is said to them."""

    name: str
    value: Any
    how: str
    says: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. See the module for the kinds of answers."""

    id: str
    chapter: str
    label: str
    goal: str
    hint: str
    use: str
    ask: str
    kind: str
    answer: Any
    right: str
    wrong: tuple[Wrong, ...]
    otherwise: str
    tolerance: tuple[float, ...] = ()
    fields: tuple[str, ...] = ()
    unit: str = ""
    within: tuple[float, float] | None = None
    outside: str = ""
    options: tuple[tuple[str, str], ...] = ()
    slider: tuple[float, float, float] | None = None
    watch: str = ""

    @property
    def assigned(self) -> bool:
        """Whether the solution is withheld from the published book."""
        return self.use == "assigned"


@dataclass(frozen=True)
class Question:
    """One question of a quiz; an option is ``(text, right, why)``."""

    text: str
    options: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True)
class Chapter:
    """What one file holds."""

    name: str
    exercises: tuple[Exercise, ...]
    quiz: tuple[Question, ...]


def folder() -> Path:
    """Folder of the records; the environment variable ``MUSICBOOK_COURSE`` names another."""
    return Path(os.environ.get("MUSICBOOK_COURSE", Path(__file__).parents[2] / "data" / "course"))


def chapters(place: Path | None = None) -> list[str]:
    """Name the chapters that have records.

    Parameters
    ----------
    place : Path, optional
        Folder of the records.

    Returns
    -------
    list of str
        Sorted names.
    """
    return sorted(path.stem for path in (place or folder()).glob("*.yml"))


def of_chapter(name: str, place: Path | None = None) -> Chapter:
    """Give the exercises and questions of a chapter.

    Parameters
    ----------
    name : str
        Such as ``"gan"``.
    place : Path, optional
        Folder of the records.

    Returns
    -------
    Chapter
        Read once and remembered while the file stays the same.

    Raises
    ------
    RecordError
        If there is no such chapter, or its file is not right.
    """
    path = (place or folder()) / f"{name}.yml"
    if not path.is_file():
        raise RecordError(f"there is no chapter {name!r}; there are {', '.join(chapters(place)) or 'none'}")
    return _load_once(path, path.stat().st_mtime_ns)


def exercises(place: Path | None = None) -> dict[str, Exercise]:
    """Give all exercises by id."""
    return {each.id: each for name in chapters(place) for each in of_chapter(name, place).exercises}


def exercise(id_: str, place: Path | None = None) -> Exercise:
    """Give one exercise.

    Parameters
    ----------
    id_ : str
        Such as ``"gan-2"``.
    place : Path, optional
        Folder of the records.

    Raises
    ------
    RecordError
        If there is none of this name; the message lists those of the chapter.
    """
    name, _, number = str(id_).rpartition("-")
    if not name or not number.isdigit():
        raise RecordError(f"{id_!r} is not the name of an exercise, which is a chapter and a number, such as 'gan-2'")
    found = {each.id: each for each in of_chapter(name, place).exercises}
    if id_ not in found:
        raise RecordError(f"there is no exercise {id_!r}; the chapter has {', '.join(found)}")
    return found[id_]


def quiz(name: str, place: Path | None = None) -> tuple[Question, ...]:
    """Give the questions of a chapter."""
    return of_chapter(name, place).quiz


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader; written in C it takes an eighth of the time, which is a second and a half for all chapters."""


@cache
def _load_once(path: Path, _changed: int) -> Chapter:
    return load(path)


def load(path: Path) -> Chapter:
    """Read and validate one file.

    Parameters
    ----------
    path : Path
        ``CHAPTER.yml``.

    Returns
    -------
    Chapter
        Its records.

    Raises
    ------
    RecordError
        Names the file, the record and what is wrong with it.
    """
    try:
        whole = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecordError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(whole, dict) or set(whole) != {"exercises", "quiz"}:
        raise RecordError(f"{path.name}: must hold 'exercises' and 'quiz', and nothing else")
    if not isinstance(whole["exercises"], dict) or not isinstance(whole["quiz"], list):
        raise RecordError(f"{path.name}: 'exercises' are records by name, 'quiz' is a list")
    wanted = [f"{path.stem}-{n}" for n in range(1, len(whole["exercises"]) + 1)]
    if list(whole["exercises"]) != wanted:
        raise RecordError(f"{path.name}: the exercises are {list(whole['exercises'])}, not {wanted}")
    read = []
    for id_, record in whole["exercises"].items():
        try:
            read.append(_exercise(id_, path.stem, record))
        except (RecordError, TypeError, ValueError, KeyError) as error:
            raise RecordError(f"{path.name}: {id_}: {error}") from error
    questions = []
    for number, record in enumerate(whole["quiz"], start=1):
        try:
            questions.append(_question(record))
        except (RecordError, TypeError, ValueError, KeyError) as error:
            raise RecordError(f"{path.name}: question {number}: {error}") from error
    return Chapter(path.stem, tuple(read), tuple(questions))


def _text(record: Mapping, name: str) -> str:
    value = record[name]
    if not isinstance(value, str) or not value.strip():
        raise RecordError(f"{name!r} must be a text, not {value!r}")
    return " ".join(value.split())


def _exercise(id_: str, chapter: str, record: Any) -> Exercise:
    if not isinstance(record, dict):
        raise RecordError("must be a record with fields")
    kind = record.get("kind")
    if kind not in KINDS:
        raise RecordError(f"the kind {kind!r} is none of {', '.join(KINDS)}")
    missing = [name for name in _REQUIRED if name not in record]
    unknown = sorted(set(record) - set(_REQUIRED) - _OPTIONAL[kind])
    if missing or unknown:
        raise RecordError(f"lacks {missing}, and has {unknown}, which an exercise of kind {kind} has not")
    if record["use"] not in USES:
        raise RecordError(f"'use' is {record['use']!r}, none of {', '.join(USES)}")
    words = {name: _text(record, name) for name in ("label", "goal", "hint", "use", "ask", "right", "otherwise")}
    more = {name: _text(record, name) for name in ("unit", "outside", "watch") if name in record}
    fields = _labels(record.get("fields", [])) if kind == "numbers" else ()
    options = _options(record["options" if kind != "order" else "items"]) if kind not in ("number", "numbers") else ()
    tolerance = _tolerances(record, 1 if kind == "number" else len(fields)) if not options else ()
    made = Exercise(
        id=id_,
        chapter=chapter,
        kind=kind,
        answer=_value(kind, record["answer"], fields, options),
        wrong=tuple(_wrong(each, kind, fields, options) for each in record["wrong"]),
        tolerance=tolerance,
        fields=fields,
        options=options,
        within=_numbers(record["within"], 2) if "within" in record else None,
        slider=_numbers(record["slider"], 3) if "slider" in record else None,
        **words,
        **more,
    )
    _require_sense(made)
    return made


def _labels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(each, str) and each for each in value):
        raise RecordError(f"'fields' are two names or more, not {value!r}")
    return tuple(value)


def _options(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not 2 <= len(value) <= 6:
        raise RecordError("needs two to six options")
    if list(value) != list("abcdef"[: len(value)]):
        raise RecordError(f"the options are called {list(value)}, not a, b, c, ...")
    return tuple((key, " ".join(str(text).split())) for key, text in value.items())


def _numbers(value: Any, n: int) -> tuple[float, ...]:
    read = tuple(float(each) for each in value)
    if len(read) != n or not all(math.isfinite(each) for each in read):
        raise RecordError(f"{value!r} is not {n} finite numbers")
    return read


def _tolerances(record: Mapping, n: int) -> tuple[float, ...]:
    value = record.get("tolerance")
    if value is None:
        raise RecordError("a number needs a 'tolerance'; for a whole number 0.5")
    read = _numbers(value if isinstance(value, list) else [value] * n, n)
    if min(read) <= 0:
        raise RecordError("a tolerance is above 0; for a whole number 0.5")
    return read


def _value(kind: str, value: Any, fields: tuple, options: tuple) -> Any:
    keys = [key for key, _ in options]
    if kind == "number":
        return _numbers([value], 1)[0]
    if kind == "numbers":
        return _numbers(value, len(fields))
    if kind == "choice":
        if value not in keys:
            raise RecordError(f"{value!r} is none of the options {keys}")
        return value
    if not isinstance(value, list) or len(set(value)) < len(value) or not set(value) <= set(keys):
        raise RecordError(f"{value!r} are not different ones of {keys}")
    if kind == "order" and len(value) < len(keys):
        raise RecordError(f"{value!r} does not order all of {keys}")
    return tuple(value) if kind == "order" else tuple(sorted(value))


def _wrong(record: Any, kind: str, fields: tuple, options: tuple) -> Wrong:
    if not isinstance(record, dict) or set(record) != _WRONG:
        raise RecordError(f"a wrong answer has the fields {sorted(_WRONG)}, not {record!r}")
    words = {name: _text(record, name) for name in ("name", "how", "says")}
    return Wrong(value=_value(kind, record["value"], fields, options), **words)


def _require_sense(made: Exercise) -> None:
    """Require that the answers can be told apart, and that no message tells the right one."""
    if len(made.wrong) < MIN_WRONG:
        raise RecordError(f"names {len(made.wrong)} wrong answers, not {MIN_WRONG}")
    names = [each.name for each in made.wrong]
    if len(set(names)) < len(names) or {"right", "otherwise", "outside", "unanswered", "unusable"} & set(names):
        raise RecordError(f"the wrong answers' names {names} are not different, or one is taken")
    answers = [("right", made.answer), *((each.name, each.value) for each in made.wrong)]
    for place, (name, value) in enumerate(answers):
        for other, another in answers[:place]:
            if _alike(made, value, another):
                raise RecordError(f"the answers {other} ({another}) and {name} ({value}) cannot be told apart")
    if (made.within is None) != (not made.outside):
        raise RecordError("'within' and 'outside' stand together")
    if made.within:
        for name, value in answers:
            values = value if isinstance(value, tuple) else (value,)
            if not all(made.within[0] <= each <= made.within[1] for each in values):
                raise RecordError(f"the answer {name} ({value}) lies outside of {made.within}")
    if made.slider and not made.slider[0] <= made.answer <= made.slider[1]:
        raise RecordError(f"the slider {made.slider} does not reach the answer")
    if made.slider and made.watch:
        raise RecordError("has a slider of its own and watches another")


def _alike(made: Exercise, one: Any, other: Any) -> bool:
    if not made.tolerance:
        return one == other
    pairs = zip(*(each if isinstance(each, tuple) else (each,) for each in (one, other)), strict=True)
    return all(abs(a - b) <= t for (a, b), t in zip(pairs, made.tolerance, strict=True))


def _question(record: Any) -> Question:
    if not isinstance(record, dict) or set(record) != {"text", "options"}:
        raise RecordError("has a 'text' and 'options', and nothing else")
    options = []
    for option in record["options"]:
        if not isinstance(option, list) or len(option) != 3 or option[0] not in ("right", "wrong"):
            raise RecordError(f"{option!r} is not [right or wrong, text, why]")
        text, why = (" ".join(str(each).split()) for each in option[1:])
        if not text or not why:
            raise RecordError(f"an option lacks its text or its reason: {option!r}")
        options.append((text, option[0] == "right", why))
    if not 3 <= len(options) <= 4 or sum(right for _, right, _ in options) != 1:
        raise RecordError("has three or four options, one of them right")
    return Question(_text(record, "text"), tuple(options))
