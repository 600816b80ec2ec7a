"""Every notebook of the book keeps the rules of a chapter, and every rule can be broken."""

import copy

import nbformat
import pytest
import rules
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

NOTEBOOKS = rules.notebooks()
REAL_CHAPTERS = [path for path in NOTEBOOKS if path.parent != rules.CHAPTERS]


def test_there_are_notebooks():
    assert {"preface", "01_background/background", "02_concepts/concepts"} <= set(map(rules.name, NOTEBOOKS))


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=rules.name)
def test_notebook_keeps(path, rule):
    assert list(rule(rules.read(path))) == []


@pytest.mark.parametrize("rule", rules.CHAPTER_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", REAL_CHAPTERS, ids=rules.name)
def test_chapter_keeps(path, rule):
    assert list(rule(rules.read(path))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=rules.name)
def test_errata_are_boxed_where_they_belong(path):
    assert list(rules.errata_are_boxed(rules.read(path), rules.name(path))) == []


# ---- the rules themselves ---------------------------------------------------------------------------------------

EXERCISE = """
```{exercise} %s · 5 min · Count
:label: ex-%d

Count the notes.
```
"""
SOLUTION = "```{solution-start} ex-%d\n:class: dropdown\n```"
END = "```{solution-end}\n```"


PRINTED = new_output("stream", text="1\n")


def good():
    """A small chapter that keeps every rule."""
    prose = "These are a few words about what happens in the next cell and why it is done. " * 8
    objectives = "- one (5 min)\n- two (5 min)\n- three (5 min)"
    cells = [
        new_markdown_cell('# A title\n*<span lang="zh">标题</span>*\n\n' + prose),
        new_markdown_cell(f"```{{admonition}} Objectives · 15 minutes\n:class: objectives\n{objectives}\n```"),
        new_code_cell("print(1)", metadata={"tags": [rules.CHECKED]}, outputs=[PRINTED], execution_count=1),
        new_markdown_cell(prose),
    ]
    for number, level in enumerate(["★", "★★", "★★", "★★★"]):
        cells += [new_markdown_cell(EXERCISE % (level, number)), new_markdown_cell(SOLUTION % number)]
        cells += [new_markdown_cell("Five.", metadata={"tags": ["solution"]}), new_markdown_cell(END)]
    cells.append(new_markdown_cell("## Takeaways\n\n- Count.\n\n## Sources\n\n{cite:t}`briot2020`."))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def add(nb, *cells):
    nb.cells[4:4] = cells


def replace(nb, old, new):
    for cell in nb.cells:
        cell.source = cell.source.replace(old, new)


CODE = new_code_cell
BREAKS = [
    (rules.no_stray_outputs, lambda nb: add(nb, CODE("x = 1", execution_count=3)), "keeps its execution count"),
    (rules.no_stray_outputs, lambda nb: nb.cells[2].update(execution_count=None), "has no execution count"),
    (rules.no_stray_outputs, lambda nb: nb.cells[2].metadata.update(tags=[]), "keeps an output"),
    (rules.no_stray_outputs, lambda nb: nb.cells[2].update(outputs=[]), "nothing to check"),
    (rules.no_stray_outputs, lambda nb: nb.cells[2].outputs[0].update(text="x" * 2001), "more than a short text"),
    (rules.cells_have_ids, lambda nb: nb.cells[1].update(id=nb.cells[0].id), "shares it"),
    (rules.cells_have_ids, lambda nb: nb.metadata.kernelspec.update(name="r"), "kernel"),
    (rules.heading_in_two_languages, lambda nb: replace(nb, "标题", "title"), "Chinese"),
    (rules.heading_in_two_languages, lambda nb: replace(nb, "# A", "A"), "not a heading"),
    (rules.heading_in_two_languages, lambda nb: replace(nb, "## Takeaways", "# Takeaways"), "more than one"),
    (rules.cells_are_short, lambda nb: add(nb, CODE("x = 1\n" * 16)), "median"),
    (rules.prose_outweighs_code, lambda nb: add(nb, CODE("x = 1\n" * 90)), "words"),
    (rules.no_unexplained_cell, lambda nb: add(nb, CODE("x = 1"), CODE("y = 2")), "follows no prose"),
    (rules.figures_have_words, lambda nb: add(nb, CODE("plt.plot(x)")), "no text alternative"),
    (rules.figures_have_words, lambda nb: add(nb, CODE("table.hist()")), "no caption"),
    (rules.sound_is_a_widget, lambda nb: add(nb, CODE("Audio(wave)")), "Audio"),
    (rules.widgets_have_captions, lambda nb: add(nb, CODE("Player(tune, tempo=90)")), "neither a caption"),
    (rules.windows_are_not_cut, lambda nb: add(nb, CODE("corpus.windows(4)[:4000]")), "in the order of the books"),
    (rules.windows_are_not_cut, lambda nb: add(nb, CODE("w = corpus.windows(4)\nf(w[:99])")), "cuts w[:99]"),
    (rules.windows_are_not_cut, lambda nb: add(nb, CODE("known = examples()\nf(known.rows[:99])")), "cuts known.rows"),
    (
        rules.the_test_part_is_opened_once,
        lambda nb: add(nb, CODE('corpus.windows(2, "test")')),
        "says that they are opened",
    ),
    (
        rules.the_test_part_is_opened_once,
        lambda nb: add(nb, CODE("a = open_test(2)\nb = open_test(4)")),
        "opens the test part again",
    ),
    (
        rules.the_test_part_is_opened_once,
        lambda nb: add(nb, CODE('f(examples("test"), examples("test"))')),
        "again (examples)",
    ),
    (rules.citations_exist, lambda nb: replace(nb, "briot2020", "briot2020,nobody1900"), "nobody1900"),
    (rules.objectives_with_minutes, lambda nb: replace(nb, "15 minutes", "20 minutes"), "do not add up"),
    (rules.objectives_with_minutes, lambda nb: replace(nb, "- two (5 min)", "- two"), "has no minutes"),
    (rules.objectives_with_minutes, lambda nb: replace(nb, ":class: objectives", ""), "0 boxes"),
    (rules.exercises_at_three_levels, lambda nb: replace(nb, "★★★", "★★"), "no exercise of level ★★★"),
    (rules.exercises_at_three_levels, lambda nb: replace(nb, " · 5 min", ""), "does not tell"),
    (rules.exercises_at_three_levels, lambda nb: replace(nb, "{solution-start} ex-2", "{solution-start} ex-0"), "ex-2"),
    (rules.exercises_at_three_levels, lambda nb: replace(nb, ":label: ex-1\n", ""), "no label"),
    (rules.exercises_at_three_levels, lambda nb: nb.cells.pop(4), "3 exercises"),
    (rules.solutions_are_tagged, lambda nb: nb.cells[6].metadata.update(tags=[]), "inside a solution"),
    (rules.solutions_are_tagged, lambda nb: nb.cells[3].metadata.update(tags=["solution"]), "outside a solution"),
    (rules.solutions_are_tagged, lambda nb: nb.cells.pop(-2), "does not end"),
    (rules.solutions_are_tagged, lambda nb: replace(nb, ":class: dropdown", ""), "not folded"),
    (rules.has_takeaways_and_sources, lambda nb: replace(nb, "## Takeaways", "## Summary"), "Takeaways"),
    (rules.has_takeaways_and_sources, lambda nb: replace(nb, "{cite:t}`briot2020`", "none"), "cites nothing"),
]


def test_a_good_chapter_keeps_every_rule():
    nb = good()
    assert [message for rule in rules.RULES + rules.CHAPTER_RULES for message in rule(nb)] == []


@pytest.mark.parametrize(("rule", "spoil", "message"), BREAKS, ids=lambda value: getattr(value, "__name__", None))
def test_rule_can_be_broken(rule, spoil, message):
    nb = copy.deepcopy(good())
    spoil(nb)
    assert message in " | ".join(rule(nb))


def test_every_rule_is_broken_once():
    assert {rule for rule, _, _ in BREAKS} == set(rules.RULES + rules.CHAPTER_RULES)


def test_a_missing_a_foreign_and_an_unproved_erratum_are_noticed():
    nb = good()
    missing = list(rules.errata_are_boxed(nb, "01_background/background"))
    assert "B-01 has no box" in missing
    assert "B-01 is proved at proof-b01, a label that is missing" in missing
    add(nb, new_markdown_cell("```{erratum} B-04\n```"))
    assert "B-04 is boxed here and belongs to 02_concepts/concepts" in rules.errata_are_boxed(nb, "a/b")
