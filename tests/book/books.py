"""Make a small book in a folder and build it as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell as code
from nbformat.v4 import new_markdown_cell as markdown
from nbformat.v4 import new_notebook

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


def write_book(folder: Path, chapters: dict, *, errata=(ERRATUM,), terms=(TERM,), config=None) -> Path:
    """Write a book with the project's own configuration.

    `chapters` maps names to notebooks or MyST text; the first is the root. `config` overrides entries by section.
    """
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    for section, entries in (config or {}).items():
        settings[section] = {**settings.get(section, {}), **entries}
    (folder / "chapters").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "_vendor").symlink_to(ROOT / "_vendor")
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
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    done.output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    return done


def page(folder: Path, name: str) -> str:
    return (folder / "_build" / "html" / "chapters" / f"{name}.html").read_text(encoding="utf-8")


STRICT = ("-W", "-n", "--keep-going")
