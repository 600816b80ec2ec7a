"""Make a small book in a folder and build it as a reader would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell as code
from nbformat.v4 import new_markdown_cell as markdown
from nbformat.v4 import new_notebook

from musicbook.book.cache import CACHE_FOLDER, with_key
from musicbook.book.depends import Dependencies

ROOT = Path(__file__).parents[2]
COMMAND = "from jupyter_book.cli.main import main; main()"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

BIBLIOGRAPHY = "@book{lee2001, author={Lee, Ada}, title={A Study of {Led} Tunes}, publisher={House}, year={2001}}\n"

ERRATUM = {
    "id": "B-01",
    "line": "L7",
    "section": "1.2",
    "says_zh": "错误",
    "says": "Two and two are five.",
    "right": "Two and two are *four*.",
    "sources": ["lee2001"],
    "severity": "S1",
    "evidence": ["reproduced"],
    "chapter": "one",
    "proof": "proof-b01",
}

TERM = {
    "term": "Markov chain",
    "short": "MC",
    "zh": "马尔可夫链",
    "article": "1.4.1",
    "definition": "A walk without memory.",
    "definition_zh": "没有记忆的随机游走。",
    "sources": ["lee2001"],
    "chapter": "one",
    "erratum": "B-01",
}

FIGURE = {
    "mystnb": {
        "image": {"alt": "Line that rises from zero to two"},
        "figure": {"name": "fig-line", "caption": "A line. It rises."},
    }
}


def notebook(*cells) -> nbformat.NotebookNode:
    return new_notebook(cells=list(cells), metadata=KERNEL)


def chapter_one() -> nbformat.NotebookNode:
    """A chapter with something of everything that the extension treats."""
    return notebook(
        markdown("# One\n\nA formula, $x^2$, and a source {cite:p}`lee2001`."),
        code("2 + 2"),
        code("from tqdm.auto import tqdm\nfor _ in tqdm(range(3), desc='loading the tunes'):\n    pass"),
        markdown("(proof-b01)=\nThe sum above is the proof.\n\n```{erratum} B-01\n```"),
        code("import matplotlib.pyplot as plt\nplt.plot([0, 1, 2]);", metadata=FIGURE),
        code("import pandas as pd\npd.DataFrame({'a': [1]})"),
        code(
            "from musicbook.music.melody import Melody\nfrom musicbook.widgets import Player\n"
            "tune = Melody.from_notes([(i, 1, 60 + i) for i in range(12)], title='Rise')\n"
            "Player(tune, score=True, caption='Twelve notes.')"
        ),
        markdown("```{glossary-table}\n```"),
    )


def chapter_three() -> nbformat.NotebookNode:
    """A chapter with an exercise for self-study and an assigned one, whose solutions show something of everything."""
    solved = []
    for number, word in ((1, "Selfstudying"), (2, "Clandestinely")):
        solution = [
            code(f'Exercise("three-{number}")'),
            markdown(f"```{{solution-start}} ex-three-{number}\n:class: dropdown\n```"),
            markdown(f"{word} one counts the beats of every bar.", metadata={"tags": ["solution"]}),
            code(
                f"# Beats.\nbeats_{word} = 0.{number}372\nplt.plot([beats_{word}, 1])\nprint('{word} printed', beats_{word})",
                metadata={
                    "tags": ["solution"],
                    **FIGURE,
                    "mystnb": FIGURE["mystnb"] | {"figure": {"caption": f"{word} drawn."}},
                },
            ),
            code(f"Player(tune, title='{word} played')", metadata={"tags": ["solution"]}),
            code(f'answer = beats_{word}\ncheck("three-{number}", answer)', metadata={"tags": ["solution"]}),
            markdown("```{solution-end}\n```"),
        ]
        title = f"```{{exercise}} ★ · 5 min · Number {number}\n:label: ex-three-{number}\nCount.\n```"
        solved += [markdown(title), *solution]
    imports = (
        "import matplotlib.pyplot as plt\nfrom musicbook import check\nfrom musicbook.music.melody import Melody\n"
        "from musicbook.widgets import Exercise, Player\ntune = Melody.from_notes([(0, 1, 60)])"
    )
    return notebook(markdown("# Three\n\nSome text."), code(imports), markdown("## Exercises"), *solved)


def course_three() -> dict:
    """The records of `chapter_three`."""
    shared = {"goal": "Count.", "hint": "Clap.", "ask": "How many?", "kind": "number", "tolerance": 0.00004}
    mistakes = [
        {"name": name, "value": value, "how": "so", "says": f"That is {name}."}
        for name, value in (("double", 2.5), ("half", 0.01))
    ]
    uses = {1: ("self-study", "Selfstudying"), 2: ("assigned", "Clandestinely")}
    exercises = {
        f"three-{n}": {
            **shared,
            "label": f"ex-three-{n}",
            "use": use,
            "answer": float(f"0.{n}372"),
            "wrong": mistakes,
            "right": f"{word} congratulated.",
            "otherwise": "Not yet.",
        }
        for n, (use, word) in uses.items()
    }
    return {"exercises": exercises, "quiz": []}


def write_book(folder: Path, chapters: dict, *, errata=(ERRATUM,), terms=(TERM,), config=None, course=None) -> Path:
    """Write a book with the project's own configuration.

    `chapters` maps names to notebooks or MyST text; the first is the root. `config` overrides entries by section. `course`
    are the records of exercises by chapter.
    """
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    for section, entries in (config or {}).items():
        settings[section] = {**settings.get(section, {}), **entries}
    (folder / "chapters").mkdir(parents=True)
    (folder / "data" / "course").mkdir(parents=True)
    for name, records in (course or {}).items():
        text = yaml.safe_dump(records, allow_unicode=True, sort_keys=False)
        (folder / "data" / "course" / f"{name}.yml").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "_vendor", folder / "_vendor")  # Windows lets nobody link without being asked
    (folder / "_config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    names = [f"chapters/{name}" for name in chapters]
    toc = {
        "format": "jb-book",
        "root": names[0],
        **({"chapters": [{"file": name} for name in names[1:]]} if names[1:] else {}),
    }
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    (folder / "data" / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    for name, records in (("errata", errata), ("glossary", terms)):
        text = yaml.safe_dump(list(records), allow_unicode=True)
        (folder / "data" / f"{name}.yml").write_text(text, encoding="utf-8")
    for name, content in chapters.items():
        if isinstance(content, str):
            (folder / "chapters" / f"{name}.md").write_text(content, encoding="utf-8")
        else:
            nbformat.write(content, folder / "chapters" / f"{name}.ipynb")
    return folder


def build(folder: Path, *options: str) -> subprocess.CompletedProcess:
    """Build the book; ``output`` of the result holds what was printed, both streams in order, without colours."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "build", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding=os.environ.get("PYTHONIOENCODING", "utf-8"),
        timeout=300,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "MUSICBOOK_COURSE": str(folder / "data" / "course")},
    )
    done.output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    return done


def executed(folder: Path, notebook: Path) -> nbformat.NotebookNode | None:
    """Give a notebook with the outputs that a build left in its cache; None if what it holds was not executed.

    MyST-NB also writes notebooks to ``_build/jupyter_execute``, but without outputs where it took them from the cache.
    """
    page = notebook.relative_to(folder).with_suffix("").as_posix()
    wanted = with_key(Dependencies(folder), page, nbformat.read(notebook, as_version=4))
    try:
        return get_cache(folder / "_build" / CACHE_FOLDER).merge_match_into_notebook(wanted)[1]
    except KeyError:
        return None


def page(folder: Path, name: str) -> str:
    return (folder / "_build" / "html" / "chapters" / f"{name}.html").read_text(encoding="utf-8")


STRICT = ("-W", "-n", "--keep-going")
