"""Judging an answer: whatever it is, there is a verdict; a record that cannot be judged is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml

import musicbook
from musicbook.course import checks, records

NUMBER = {
    "label": "ex-small-sum",
    "goal": "Add.",
    "hint": "Count on your fingers.",
    "use": "self-study",
    "ask": "What is 2.5 and 1.75?",
    "kind": "number",
    "answer": 4.25,
    "tolerance": 0.005,
    "within": [0, 10],
    "outside": "It lies between 0 and 10.",
    "right": "Right.",
    "otherwise": "Not yet.",
    "wrong": [
        {"name": "product", "value": 4.375, "how": "multiplies", "says": "You multiplied."},
        {"name": "difference", "value": 0.75, "how": "subtracts", "says": "You subtracted."},
    ],
}
MORE = {
    "small-2": {"kind": "choice", "options": {"a": "one", "b": "two", "c": "three"}, "answer": "b"},
    "small-3": {"kind": "several", "options": {"a": "one", "b": "two", "c": "three"}, "answer": ["c", "a"]},
    "small-4": {"kind": "order", "items": {"a": "one", "b": "two", "c": "three"}, "answer": ["b", "c", "a"]},
    "small-5": {"kind": "numbers", "fields": ["x", "y"], "answer": [1, 2], "tolerance": [0.5, 0.01]},
}
WRONG = {"small-2": ("a", "c"), "small-3": (["a"], ["b"]), "small-4": (["a", "b", "c"], ["c", "b", "a"])}
WRONG["small-5"] = ([2, 1], [1, 3])


def whole():
    found = {"small-1": dict(NUMBER)}
    shared = {key: NUMBER[key] for key in ("goal", "hint", "use", "ask", "right", "otherwise")}
    for name, own in MORE.items():
        wrong = [
            {"name": f"w{n}", "value": value, "how": "so", "says": f"No, {n}."} for n, value in enumerate(WRONG[name])
        ]
        found[name] = {**shared, "label": f"ex-{name}", **own, "wrong": wrong}
    options = [["right", "Yes", "It is."], ["wrong", "No", "It is not."], ["wrong", "Perhaps", "It is."]]
    return {"exercises": found, "quiz": [{"text": "Is it?", "options": options}]}


@pytest.fixture
def known(tmp_path, monkeypatch):
    (tmp_path / "small.yml").write_text(yaml.safe_dump(whole(), sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("MUSICBOOK_COURSE", str(tmp_path))
    return records.exercises()


@pytest.mark.parametrize(
    ("id_", "answer", "name"),
    [
        ("small-1", 4.25, "right"),
        ("small-1", np.float32(4.25), "right"),
        ("small-1", np.array(4.25), "right"),
        ("small-1", 4.255, "right"),
        ("small-1", 4.2551, "otherwise"),
        ("small-1", 4.375, "product"),
        ("small-1", 0.75, "difference"),
        ("small-1", -1, "outside"),
        ("small-1", "4.25", "unusable"),
        ("small-1", True, "unusable"),
        ("small-1", np.True_, "unusable"),
        ("small-1", math.nan, "unusable"),
        ("small-1", math.inf, "unusable"),
        ("small-1", 10**400, "unusable"),
        ("small-1", [4.25, 1], "unusable"),
        ("small-1", None, "unanswered"),
        ("small-1", ..., "unanswered"),
        ("small-1", " ", "unanswered"),
        ("small-2", "b", "right"),
        ("small-2", " B ", "right"),
        ("small-2", "a", "w0"),
        ("small-2", "d", "unusable"),
        ("small-2", "ab", "unusable"),
        ("small-3", "ac", "right"),
        ("small-3", "c, a", "right"),
        ("small-3", {"a", "c"}, "right"),
        ("small-3", "a", "w0"),
        ("small-3", "abc", "otherwise"),
        ("small-3", "aac", "unusable"),
        ("small-4", "bca", "right"),
        ("small-4", ["b", "c", "a"], "right"),
        ("small-4", "abc", "w0"),
        ("small-4", "ab", "unusable"),
        ("small-5", [1, 2], "right"),
        ("small-5", np.array([1.5, 2.01]), "right"),
        ("small-5", {"y": 2, "x": 1}, "right"),
        ("small-5", [2, 1], "w0"),
        ("small-5", [1, 2, 3], "unusable"),
        ("small-5", {"x": 1}, "unusable"),
        ("small-5", "12", "unusable"),
        ("small-5", (n for n in iter(int, 1)), "unusable"),
    ],
)
def test_an_answer_gets_its_verdict(known, id_, answer, name):
    assert musicbook.check(id_, answer).name == name


def test_an_object_that_fights_back_is_unusable(known):
    class Hostile:
        def __float__(self):
            raise SystemError("no")

        def __iter__(self):
            raise MemoryError

        __eq__ = __str__ = __float__

    for each in known.values():
        assert checks.judge(each, Hostile()).name == "unusable"


def test_a_verdict_shows_its_message(known):
    assert repr(musicbook.check("small-1", 4.375)) == "✗ You multiplied."
    assert repr(musicbook.check("small-1", 4.25)) == "✓ Right."


@pytest.mark.parametrize(
    ("id_", "message"), [("small-9", "the chapter has small-1"), ("big-1", "no chapter 'big'"), ("small", "a number")]
)
def test_an_unknown_name_is_an_error_that_helps(known, id_, message):
    with pytest.raises(records.RecordError, match=message):
        musicbook.check(id_, 1)


def with_field(name, value):
    def change(found):
        found["exercises"]["small-1"][name] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_field("kind", "essay"), "the kind 'essay' is none of"),
        (with_field("tolerance", 0), "a tolerance is above 0"),
        (with_field("answer", 4.375), "cannot be told apart"),
        (with_field("answer", 11), "lies outside"),
        (with_field("answer", math.nan), "not 1 finite"),
        (with_field("use", "exam"), "none of self-study, assigned"),
        (with_field("wrong", NUMBER["wrong"][:1]), "names 1 wrong answers"),
        (with_field("wrong", [NUMBER["wrong"][0]] * 2), "not different"),
        (with_field("hint", " "), "'hint' must be a text"),
        (with_field("colour", "red"), "has \\['colour'\\]"),
        (with_field("slider", [0, 1, 0.1]), "does not reach the answer"),
        (lambda found: found["exercises"]["small-1"].pop("outside"), "stand together"),
        (lambda found: found["exercises"]["small-2"].update(answer="d"), "none of the options"),
        (lambda found: found["exercises"]["small-4"].update(answer=["a"]), "does not order all"),
        (lambda found: found["exercises"].pop("small-3"), "the exercises are"),
        (lambda found: found["quiz"][0]["options"].pop(), "three or four options"),
        (lambda found: found["quiz"][0]["options"][0].pop(), "is not \\[right or wrong, text, why\\]"),
        (lambda found: found.pop("quiz"), "must hold 'exercises' and 'quiz'"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused(tmp_path, change, message):
    found = whole()
    change(found)
    (tmp_path / "small.yml").write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")
    with pytest.raises(records.RecordError, match=f"small.yml: .*{message}"):
        records.load(tmp_path / "small.yml")


def test_a_file_that_is_not_yaml_is_refused(tmp_path):
    (tmp_path / "small.yml").write_text("{", encoding="utf-8")
    with pytest.raises(records.RecordError, match="cannot be read"):
        records.load(tmp_path / "small.yml")
