"""Students' notebooks: nothing of a solution stays, everything else does."""

from __future__ import annotations

import copy

import nbformat
import pytest
from book.books import code, markdown, notebook
from nbformat.v4 import new_output

from musicbook.course.stubs import PLACE_TO_ANSWER, ExerciseError, main, stub

START = "````{solution-start} ex-1\n:class: dropdown\n````"
END = "````{solution-end}\n````"
TAGGED = {"tags": ["solution", "nbval-check-output"]}


def worked():
    answer = code(
        "# Count the notes.\n# Then halve.\ncount = len(notes)  # secret\n# secret too\ncount / 2",
        metadata=TAGGED,
        execution_count=4,
        outputs=[new_output("stream", text="42")],
    )
    words = markdown("Because it is a secret.", metadata={"tags": ["solution"]})
    return notebook(
        markdown("# One"), code("notes = [1]"), markdown(START), answer, words, markdown(END), code("notes")
    )


def test_solutions_are_taken_out_and_nothing_else():
    source = worked()
    before = copy.deepcopy(source)
    made = stub(source)
    assert source == before
    nbformat.validate(made)
    assert [cell.source for cell in made.cells] == [
        "# One",
        "notes = [1]",
        "# Count the notes.\n# Then halve.\n...",
        PLACE_TO_ANSWER,
        "notes",
    ]
    assert made.cells[2].outputs == []
    assert made.cells[2].execution_count is None
    assert made.cells[2].metadata.tags == ["answer", "nbval-check-output"]
    assert "secret" not in nbformat.writes(made)
    assert [cell.id for cell in made.cells] == [source.cells[i].id for i in (0, 1, 3, 4, 6)]


def test_the_line_that_checks_stays():
    source = '# Halve it.\nsecret = 2\nanswer = secret / 2\ncheck("one-1", answer)'
    assert stub(notebook(code(source, metadata=TAGGED))).cells[0].source == (
        '# Halve it.\nanswer = ...\ncheck("one-1", answer)'
    )


def test_code_without_comments_becomes_an_ellipsis():
    assert stub(notebook(code("secret()", metadata=TAGGED))).cells[0].source == "..."


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([markdown(START), code("secret"), markdown(END)], "cell 2 is inside a solution but lacks the tag"),
        ([markdown(START), markdown(START)], "cell 2 starts a solution inside"),
        ([markdown("x"), markdown(END)], "cell 2 ends a solution that no cell starts"),
        ([markdown(START)], "the solution that cell 1 starts has no end"),
        ([markdown("```{solution} ex-1\nsecret\n```")], "cell 1 holds a solution but lacks the tag"),
    ],
)
def test_solutions_that_would_leak(cells, message):
    with pytest.raises(ExerciseError, match=message):
        stub(notebook(*cells))


def test_command_line(tmp_path, capsys):
    chapters, out = tmp_path / "chapters", tmp_path / "out"
    (chapters / "deep").mkdir(parents=True)
    nbformat.write(worked(), chapters / "deep" / "one.ipynb")
    assert main([str(chapters), str(out)]) == 0
    assert "secret" not in (out / "deep" / "one.ipynb").read_text(encoding="utf-8")
    assert main([str(chapters), str(chapters / "deep")]) == 1
    assert "lies inside" in capsys.readouterr().err
    nbformat.write(notebook(markdown(START)), chapters / "two.ipynb")
    assert main([str(chapters), str(tmp_path / "other")]) == 1
    assert "two.ipynb: the solution that cell 1 starts has no end" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
