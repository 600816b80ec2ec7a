"""The rules of a chapter, each a function that takes a notebook and lists what is wrong with it.

A rule returns sentences, none when the notebook keeps it. ``RULES`` hold for every notebook below ``chapters/``,
``CHAPTER_RULES`` also ask for what a real chapter has (the preface has no exercises). ``test_notebooks.py`` applies
them, and shows for each that it can be broken.
"""

import ast
import re
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import nbformat
import yaml
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"
MAX_MEDIAN_LINES, MAX_P90_LINES, MIN_WORDS_PER_LINE = 5, 15, 10
MIN_EXERCISES = 4
LEVELS = {"★", "★★", "★★★"}
CHECKED = "nbval-check-output"

DIRECTIVE = re.compile(r"^`{3,}\{([\w:-]+)\}[ \t]*(.*?)[ \t]*\n(.*?)^`{3,}[ \t]*$", re.MULTILINE | re.DOTALL)
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
EXERCISE_TITLE = re.compile(r"(★{1,3}) · \d+ min · \S")
COURSE = re.compile(r"(?:Exercise|check|Quiz\.of)\(|answer = ")
DRAWS = re.compile(r"\bplt\.|\.(?:plot|hist|bar|barh|scatter|imshow|boxplot)\(")


def notebooks():
    """Give all notebooks of the book, sorted."""
    return sorted(p for p in CHAPTERS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def name(path):
    """Give the path of a notebook as the data files write it: below chapters/, without the ending."""
    return path.relative_to(CHAPTERS).with_suffix("").as_posix()


@cache
def read(path):
    """Read a notebook as version 4."""
    return nbformat.read(path, as_version=4)


@cache
def bibliography():
    """Give the keys of references.bib."""
    return set(parse_file(ROOT / "data" / "references.bib").entries)


@cache
def data(file):
    """Read a YAML file of data/."""
    return yaml.safe_load((ROOT / "data" / file).read_text(encoding="utf-8"))


def tags(cell):
    """Give the tags of a cell."""
    return cell.metadata.get("tags", [])


def text(nb):
    """Give all Markdown of a notebook."""
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def directives(nb, kind):
    """Give ``(argument, body)`` of each directive of this kind."""
    return [(argument, body) for found, argument, body in DIRECTIVE.findall(text(nb)) if found == kind]


def code_lines(cell):
    """Count the lines of a cell that are not blank, and not there to show or check an exercise only."""
    return sum(bool(line.strip()) and not COURSE.match(line) for line in cell.source.splitlines())


def words(markdown):
    """Count the words that a reader reads: no fences, options, labels, links' targets or tags."""
    prose = re.sub(r"^(`{3,}.*|:[\w-]+:.*|\([\w-]+\)=)$", " ", markdown, flags=re.MULTILINE)
    prose = re.sub(r"\{[\w:]+\}`[^`]*`|<[^>]+>|\]\([^)]*\)", " ", prose)
    return len(re.findall(r"[A-Za-zÀ-ÿ0-9][\w'’.,-]*", prose))


# ---- every notebook ---------------------------------------------------------------------------------------------


def no_stray_outputs(nb):
    """Outputs are committed only where the prose quotes them, and only as short text."""
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        if CHECKED not in tags(cell):
            if cell.outputs:
                yield f"cell {i} keeps an output and is not tagged {CHECKED}"
            if cell.execution_count is not None:
                yield f"cell {i} keeps its execution count"
            continue
        if cell.execution_count is None:
            yield f"cell {i} is tagged {CHECKED} and has no execution count, without which nbval compares nothing"
        shown = "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
        if not shown.strip():
            yield f"cell {i} is tagged {CHECKED} and shows nothing to check"
        if len(shown) > 2000 or any(set(o.get("data", {})) - {"text/plain"} for o in cell.outputs):
            yield f"cell {i} keeps more than a short text"


def cells_have_ids(nb):
    """Each cell has an id of its own, and the notebook names its kernel."""
    ids = [cell.get("id") for cell in nb.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "a cell has no id, or shares it"
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"


def heading_in_two_languages(nb):
    """The first heading is followed by the article's Chinese heading, marked as Chinese."""
    lines = [line for line in nb.cells[0].source.splitlines() if line.strip()]
    if not lines or not lines[0].startswith("# "):
        yield "the first line is not a heading"
    elif len(lines) < 2 or not re.search(r'<span lang="zh[^"]*">[^<]*[\u4e00-\u9fff][^<]*</span>', lines[1]):
        yield "the heading is not followed by the Chinese heading"
    if len(re.findall(r"^# ", text(nb), re.MULTILINE)) > 1:
        yield "there is more than one heading of the first level"


def cells_are_short(nb):
    """Half of the code cells have at most 5 lines, nine in ten at most 15."""
    lengths = [code_lines(cell) for cell in nb.cells if cell.cell_type == "code" and code_lines(cell)]
    if not lengths:
        return
    p90 = quantiles(lengths, n=10, method="inclusive")[-1] if len(lengths) > 1 else lengths[0]
    if median(lengths) > MAX_MEDIAN_LINES or p90 > MAX_P90_LINES:
        yield f"code cells have a median of {median(lengths)} lines and a 90th percentile of {p90}"


def prose_outweighs_code(nb):
    """There are at least ten words for each line of code."""
    lines = sum(code_lines(cell) for cell in nb.cells if cell.cell_type == "code")
    if words(text(nb)) < MIN_WORDS_PER_LINE * lines:
        yield f"{words(text(nb))} words for {lines} lines of code"


def no_unexplained_cell(nb):
    """There is prose between any two code cells, and before the first."""
    before = "code"
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and before == "code":
            yield f"code cell {i} follows no prose"
        before = cell.cell_type


def figures_have_words(nb):
    """A cell that draws says what is to be seen, and has a caption."""
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code" or not DRAWS.search(cell.source):
            continue
        book = cell.metadata.get("mystnb", {})
        if len(book.get("image", {}).get("alt", "").split()) < 4:
            yield f"the figure of cell {i} has no text alternative"
        if len(book.get("figure", {}).get("caption", "").split()) < 4:
            yield f"the figure of cell {i} has no caption"


def sound_is_a_widget(nb):
    """No array of sound is put into the page."""
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and re.search(r"\bAudio\(", cell.source):
            yield f"cell {i} shows IPython's Audio; use a Player"


def widgets_have_captions(nb):
    """A cell that shows a player gives it a caption."""
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            players = {"Player", "Compare", "Browser", "ConceptGraph", "Tuner", "Pad", "GaussianGame", "GaussianKL"}
            shown = isinstance(node, ast.Call) and getattr(node.func, "id", "") in players
            if shown and not {"caption", "question"} & {keyword.arg for keyword in node.keywords}:
                yield f"the {node.func.id} of cell {i} has neither a caption nor a question"


def windows_are_not_cut(nb):
    """No cell takes the first thousands of the windows as they come: they are in the order of the books, and that is one book."""
    ordered = set()
    for i, cell in enumerate(nb.cells):
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Assign) and _called(node.value) in ("windows", "examples", "open_test"):
                ordered |= {getattr(target, "id", "") for target in node.targets}
            part = node.slice if isinstance(node, ast.Subscript) else None
            if isinstance(part, ast.Slice) and part.step is None and isinstance(part.upper, ast.Constant):
                of = node.value.value if getattr(node.value, "attr", "") == "rows" else node.value
                first = part.lower.value if isinstance(part.lower, ast.Constant) else 0
                if part.upper.value - first >= 50 and (
                    _called(of) in ("windows", "open_test") or getattr(of, "id", "") in ordered
                ):
                    yield f"cell {i} cuts {ast.unparse(node)}, which are in the order of the books; shuffle, or take all"


def the_test_part_is_opened_once(nb):
    """The test part is opened by one function that says so, and once; what is chosen is chosen on the validation part."""
    opened = []
    for i, cell in enumerate(nb.cells):
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            kind, given = _called(node), node.args if isinstance(node, ast.Call) else ()
            of_test = any(isinstance(each, ast.Constant) and each.value == "test" for each in given)
            if kind == "windows" and of_test:
                yield f"cell {i} takes windows of the test part; corpus.open_test says that they are opened"
            if kind == "open_test" or (kind == "examples" and of_test):
                if kind in opened:
                    yield f"cell {i} opens the test part again ({kind}); settings are chosen on the validation part"
                opened.append(kind)


def _called(node):
    """Give the name of the function or method that an expression calls; none for another expression."""
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


def citations_exist(nb):
    """Every citation is in the bibliography."""
    for keys in CITATION.findall(text(nb)):
        for key in keys.split(","):
            if key.strip() not in bibliography():
                yield f"cites {key.strip()}, which references.bib lacks"


# ---- real chapters ----------------------------------------------------------------------------------------------


def objectives_with_minutes(nb):
    """The chapter opens with its objectives; their minutes add up to the total in the title."""
    boxes = [(title, body) for title, body in directives(nb, "admonition") if ":class: objectives" in body]
    if len(boxes) != 1:
        yield f"there are {len(boxes)} boxes of objectives, not one"
        return
    title, body = boxes[0]
    total = re.search(r"(\d+) minutes", title)
    minutes = [int(m) for m in re.findall(r"\((\d+) min\)", body)]
    if not total or int(total[1]) != sum(minutes) or len(minutes) < 3:
        yield f"the objectives {minutes} do not add up to the title {title!r}"
    if len(re.findall(r"^- ", body, re.MULTILINE)) != len(minutes):
        yield "an objective has no minutes"


def exercises_at_three_levels(nb):
    """At least four exercises, some of each level, each with level, minutes and a solution."""
    found = directives(nb, "exercise")
    levels = []
    for title, body in found:
        match = EXERCISE_TITLE.match(title)
        levels.append(match[1] if match else "")
        if not match:
            yield f"the exercise {title!r} does not tell its level and minutes"
        label = re.search(r"^:label: (\S+)$", body, re.MULTILINE)
        if not label:
            yield f"the exercise {title!r} has no label"
        elif label[1] not in [argument for argument, _ in directives(nb, "solution-start")]:
            yield f"the exercise {label[1]} has no solution"
    if len(found) < MIN_EXERCISES:
        yield f"there are {len(found)} exercises, not {MIN_EXERCISES}"
    if set(levels) < LEVELS:
        yield f"no exercise of level {', '.join(sorted(LEVELS - set(levels)))}"


def solutions_are_tagged(nb):
    """Between the start and the end of a solution every cell is tagged, and no cell elsewhere is."""
    inside = False
    for i, cell in enumerate(nb.cells):
        if "{solution-start}" in cell.source:
            inside = True
            if ":class: dropdown" not in cell.source:
                yield f"the solution in cell {i} is not folded"
        elif "{solution-end}" in cell.source:
            if not inside:
                yield f"cell {i} ends a solution that did not start"
            inside = False
        elif inside != ("solution" in tags(cell)):
            yield f"cell {i} is {'inside' if inside else 'outside'} a solution, its tags are {tags(cell)}"
    if inside:
        yield "the last solution does not end"


def has_takeaways_and_sources(nb):
    """The chapter closes with what to remember and where it is from."""
    headings = re.findall(r"^## (.+)$", text(nb), re.MULTILINE)
    for wanted in ("Takeaways", "Sources"):
        if wanted not in headings:
            yield f"there is no section {wanted}"
    tail = text(nb).rpartition("\n## Sources")[2]
    if not CITATION.search(tail):
        yield "the section Sources cites nothing"


def errata_are_boxed(nb, chapter):
    """Every erratum of this chapter has its box here, no other has, and every proof has its label."""
    boxed = {argument for argument, _ in directives(nb, "erratum")}
    records = {record["id"]: record for record in data("errata.yml")}
    mine = {id_ for id_, record in records.items() if record["chapter"] == chapter}
    for id_ in sorted(mine - boxed):
        yield f"{id_} has no box"
    for id_ in sorted(boxed - mine):
        yield f"{id_} is boxed here and belongs to {records.get(id_, {}).get('chapter')}"
    for id_ in sorted(mine):
        proof = records[id_]["proof"]
        if proof and f"({proof})=" not in text(nb):
            yield f"{id_} is proved at {proof}, a label that is missing"


RULES = [
    no_stray_outputs,
    cells_have_ids,
    heading_in_two_languages,
    cells_are_short,
    prose_outweighs_code,
    no_unexplained_cell,
    figures_have_words,
    sound_is_a_widget,
    widgets_have_captions,
    windows_are_not_cut,
    the_test_part_is_opened_once,
    citations_exist,
]
CHAPTER_RULES = [
    objectives_with_minutes,
    exercises_at_three_levels,
    solutions_are_tagged,
    has_takeaways_and_sources,
]


def definitions(path):
    """Run the imports and the functions and classes of a notebook, and nothing else; give them by name."""
    nodes = [node for cell in read(path).cells if cell.cell_type == "code" for node in ast.parse(cell.source).body]
    kept = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)]
    namespace = {}
    exec(compile(ast.Module(kept, type_ignores=[]), str(path), "exec"), namespace)
    return namespace
