"""Every notebook runs where the package was installed by ``pip install -e .`` and nothing was added: on Colab, say.

What Colab has of its own is a kernel, so ipykernel is installed beside the package, and nbclient to ask it.
The versions are those of ``requirements.txt``; the packages come from the Python package index or from uv's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rules

from musicbook.book.execute import ONE_CORE

ROOT = Path(__file__).parents[2]
PARTS = ("chapters", "data", "musicbook", "CITATION.cff", "LICENSE", "LICENSE-CONTENT", "README.md", "pyproject.toml")
SECONDS = 600
EXECUTE = """
import sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient

path = Path(sys.argv[1])
client = NotebookClient(nbformat.read(path, 4), timeout=int(sys.argv[2]), kernel_name="python3")
client.execute(cwd=str(path.parent))
"""
ABOUT = "import importlib.util as u, musicbook; print(musicbook.__file__); print(*filter(u.find_spec, ['sphinx', 'myst_nb']))"

pytestmark = pytest.mark.bare


class Bare:
    """A copy of the project, and an environment that has it installed with its base dependencies alone."""

    def __init__(self, folder: Path):
        self.book, self.environment = folder / "book", folder / "environment"
        self.python = self.environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            (folder / "book").mkdir(exist_ok=True)
            copy(ROOT / part, self.book / part)
        locked = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(line for line in locked if not line.startswith("-e")), encoding="utf-8")
        self.uv("venv", "--python", sys.executable, self.environment)
        beside = ("ipykernel", "nbclient")
        self.uv("pip", "install", "--python", self.python, "-c", constraints, "-e", self.book, *beside)

    def uv(self, *words) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "uv", *words], capture_output=True, encoding="utf-8", errors="replace", check=False
        )
        if done.returncode:
            pytest.fail(f"uv {words[0]} failed, so there is no bare environment:\n{done.stderr}", pytrace=False)

    def run(self, *words) -> subprocess.CompletedProcess:
        """Run Python there; it hears nothing of the environment of the tests."""
        # Each has one core, as in the build: on a busy machine the threads of a library would wait for each other for minutes.
        ours = ("PYTHONPATH", "VIRTUAL_ENV", "MUSICBOOK_DATA", "MUSICBOOK_COURSE", "MUSICBOOK_FULL")
        return subprocess.run(
            [self.python, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=self.book,
            env={name: value for name, value in os.environ.items() if name not in ours}
            | {"PYTHONUTF8": "1", **ONE_CORE},
        )


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    made = Bare(tmp_path_factory.mktemp("bare"))
    yield made
    shutil.rmtree(made.environment)  # a gigabyte


def test_there_are_the_base_dependencies_alone(bare):
    package, *more = bare.run("-c", ABOUT).stdout.split()
    assert Path(package).parent == bare.book / "musicbook"
    assert not more


@pytest.mark.parametrize("path", rules.notebooks(), ids=rules.name)
def test_a_notebook_runs(bare, path):
    done = bare.run("-c", EXECUTE, bare.book / path.relative_to(ROOT), str(SECONDS))
    assert done.returncode == 0, done.stdout[-4000:]
