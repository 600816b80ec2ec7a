"""Every exercise and question of every chapter: complete, judged as its record says, and in its place in the notebook."""

from __future__ import annotations

import ast
import re

import pytest

from chapters import rules
from musicbook.course import checks, records, stubs

CHAPTERS = {path.stem: path for path in rules.notebooks() if path.stem != "preface"}
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:[,  ]\d{3})*(?:\.\d+)?")
MIN_EXERCISES, MIN_QUESTIONS, MIN_KINDS = 4, 5, 3


@pytest.fixture(params=sorted(CHAPTERS))
def chapter(request):
    return records.of_chapter(request.param)


def test_no_record_without_a_chapter():
    assert set(records.chapters()) <= set(CHAPTERS)


def test_a_chapter_has_exercises_and_questions_enough(chapter):
    assert len(chapter.exercises) >= MIN_EXERCISES
    assert len(chapter.quiz) >= MIN_QUESTIONS
    assert sum(each.assigned for each in chapter.exercises) == 1
    assert len({each.kind for each in chapter.exercises}) >= MIN_KINDS
    places = [[right for _, right, _ in question.options].index(True) for question in chapter.quiz]
    assert len(set(places)) > 1, "the right option stands always at the same place"


def test_what_is_assigned_cannot_be_guessed(chapter):
    for each in chapter.exercises:
        if each.assigned:
            assert each.kind in ("number", "numbers")


def test_every_answer_gets_its_message(chapter):
    """The stub fails, the reference passes, each named mistake gets its own message, and whatever else the general one."""
    for each in chapter.exercises:
        assert checks.judge(each, ...).name == "unanswered"
        assert checks.judge(each, each.answer) == checks.Verdict(True, "right", each.right)
        assert len(each.wrong) >= records.MIN_WRONG
        for wrong in each.wrong:
            assert checks.judge(each, wrong.value) == checks.Verdict(False, wrong.name, wrong.says)
        messages = [each.right, each.otherwise, *(wrong.says for wrong in each.wrong)]
        assert len(set(messages)) == len(messages), each.id
        assert checks.judge(each, object()).name == "unusable"


def test_nothing_tells_the_answer(chapter):
    for each in chapter.exercises:
        for text in (each.goal, each.hint, each.ask, each.otherwise, each.outside, *(w.says for w in each.wrong)):
            assert not tells(each, text), f"{each.id}: {text}"


def tells(each, text):
    """Whether a text holds the number (if it has three digits or more) or the words of the right option."""
    if each.kind in ("number", "numbers"):
        values = each.answer if isinstance(each.answer, tuple) else (each.answer,)
        found = [float(re.sub("[,\u202f\u00a0 ]", "", number).replace("−", "-")) for number in NUMBER.findall(text)]
        pairs = zip(values, each.tolerance, strict=True)
        return any(
            abs(number - value) <= tolerance
            for value, tolerance in pairs
            if len(re.sub(r"\D", "", f"{value:g}").strip("0")) > 2
            for number in found
        )
    if each.kind == "choice":
        return dict(each.options)[each.answer].lower() in text.lower()
    return False


def test_a_telling_message_is_seen(chapter):
    for each in chapter.exercises:
        if each.kind == "choice":
            assert tells(each, f"It is: {dict(each.options)[each.answer]}!")
        elif each.kind == "number" and len(re.sub(r"\D", "", f"{each.answer:g}").strip("0")) > 2:
            assert tells(each, f"It is {each.answer:g}.")


def test_the_notebook_asks_and_checks_them_in_order(chapter):
    nb = rules.read(CHAPTERS[chapter.name])
    asked, inside, checked, labels = [], None, {}, []
    for place, cell in enumerate(nb.cells):
        label = re.search(r"^:label: (\S+)$", cell.source, re.MULTILINE) if "{exercise}" in cell.source else None
        if label:
            labels.append(label[1])
            asked += re.findall(r'^Exercise\(\s*"([\w-]+)"', nb.cells[place + 1].source, re.MULTILINE)
        start = re.search(r"\{solution-start\} (\S+)", cell.source)
        inside = start[1] if start else None if "{solution-end}" in cell.source else inside
        if inside and cell.cell_type == "code":
            checked[inside] = cell.source
    assert asked == [each.id for each in chapter.exercises]
    assert labels == [each.label for each in chapter.exercises]
    for each in chapter.exercises:
        found = stubs.CHECK.findall(checked[each.label])
        assert found == [each.id], f"the solution of {each.id} checks {found}"
        assert checked[each.label].endswith(f'check("{each.id}", answer)')
        assert "answer" in {
            name.id
            for node in ast.walk(ast.parse(checked[each.label]))
            if isinstance(node, ast.Assign)
            for name in node.targets
            if isinstance(name, ast.Name)
        }
    # The call that shows a form is nothing to read in the page; in JupyterLab it stands there all the same.
    forms = [cell for cell in nb.cells if cell.cell_type == "code" and re.match(r"(Exercise|Quiz\.of)\(", cell.source)]
    assert len(forms) == len(chapter.exercises) + 1
    assert all("remove-input" in rules.tags(cell) for cell in forms)
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    assert f'Quiz.of("{chapter.name}")' in code
    assert len(re.findall(r"^check\(", code, re.MULTILINE)) == len(chapter.exercises)
