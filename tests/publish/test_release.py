"""`make release`: it writes everything or nothing, and says what is missing. Each test has a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import musicbook

ROOT = Path(__file__).parents[2]
WHO = {f"GIT_{role}_{what}": "teacher@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Without the settings of whoever runs the tests, who may sign all commits, for example."""

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="a release is a commit: install git")
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="a release runs make check: install make")

FILES = {
    "musicbook/__init__.py": '"""A package."""\n\n__version__ = "0.9.0"\n',
    "CITATION.cff": "cff-version: 1.2.0\nversion: 0.9.0\nlicense: MIT\n",
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A bell.\n\n## [0.9.0] - 2026-01-02\n\n- All.\n",
    "Makefile": "check:\n\t@echo checked\n",
}


class Repository:
    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.folder, env=ALONE, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "More")

    def state(self) -> list[str]:
        """Everything that a release that is refused must leave alone."""
        return [self.git(*words.split()) for words in ("status --porcelain --branch", "rev-parse HEAD", "tag", "diff")]

    def release(self, *words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, str(self.folder / "tools" / "release.py"), *words]
        return subprocess.run(command, env=ALONE, capture_output=True, text=True)


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("release"))
    for name, text in FILES.items():
        made.write(name, text)
    made.write("tools/release.py", (ROOT / "tools" / "release.py").read_text(encoding="utf-8"))
    made.git("init", "--quiet", "--initial-branch", "main", "--template=")
    made.commit()
    return made.folder


@pytest.fixture
def repository(committed, tmp_path):
    return Repository(shutil.copytree(committed, tmp_path / "book"))


@needs_make
def test_a_release_is_one_commit_with_a_tag(repository):
    before = repository.git("rev-parse", "HEAD")
    done = repository.release("0.10.0")
    assert done.returncode == 0, done.stderr
    assert '__version__ = "0.10.0"' in repository.read("musicbook/__init__.py")
    assert "cff-version: 1.2.0\nversion: 0.10.0\n" in repository.read("CITATION.cff")
    day = repository.git("log", "-1", "--format=%as")
    heading = f"## [Unreleased]\n\n## [0.10.0] - {day}\n\n### Added\n\n- A bell.\n\n## [0.9.0]"
    assert heading in repository.read("CHANGELOG.md")
    assert repository.git("rev-parse", "HEAD~1") == before
    assert repository.git("describe", "--exact-match") == "v0.10.0"
    assert repository.git("status", "--porcelain") == ""
    assert "git push --atomic origin main v0.10.0" in done.stdout


def spoil(name, old, new):
    """Commit another content of a file."""

    def change(repository):
        assert old in repository.read(name)
        repository.write(name, repository.read(name).replace(old, new))
        repository.commit()

    return change


def stand_in_the_way(repository):
    """Hold the lock of the tag, as a git that was killed would: the commit is made, and the tag refused."""
    repository.write(".git/refs/tags/v0.10.0.lock", "")


def refuse_commits(repository):
    repository.write(".git/hooks/pre-commit", "#!/bin/sh\necho not today >&2\nexit 1\n")
    (repository.folder / ".git/hooks/pre-commit").chmod(0o755)


REFUSED = [
    ("", None, "make release VERSION=0.2.0"),
    ("v0.10.0", None, "v0.10.0 is not a version"),
    ("0.10", None, "0.10 is not a version"),
    ("0.010.0", None, "0.010.0 is not a version"),
    ("0.9.0", None, "not higher than 0.9.0"),
    ("0.8.12", None, "not higher than 0.9.0"),
    ("0.10.0", lambda each: each.git("tag", "v0.10.0"), "git tag --delete v0.10.0"),
    ("0.10.0", lambda each: each.git("switch", "--quiet", "--create", "draft"), "git switch main"),
    ("0.10.0", lambda each: each.git("switch", "--quiet", "--detach"), "You are on no branch"),
    ("0.10.0", lambda each: each.write("CITATION.cff", FILES["CITATION.cff"] + "#"), " M CITATION.cff"),
    ("0.10.0", lambda each: each.write("notes.txt", "Mine."), "?? notes.txt"),
    ("0.10.0", spoil("CHANGELOG.md", "- A bell.\n", ""), "no line below ## [Unreleased]"),
    ("0.10.0", spoil("CHANGELOG.md", "[Unreleased]", "[Next]"), "no line below ## [Unreleased]"),
    ("0.10.0", spoil("CITATION.cff", "\nversion: 0.9.0", ""), "CITATION.cff must have one line"),
    ("0.10.0", spoil("musicbook/__init__.py", "0.9.0", "0.9"), '__version__ = "0.1.0"'),
    pytest.param("0.10.0", spoil("Makefile", "echo checked", "exit 1"), "make check failed", marks=needs_make),
    pytest.param("0.10.0", refuse_commits, "git commit says: not today", marks=needs_make),
    pytest.param("0.10.0", stand_in_the_way, "git tag says", marks=needs_make),
]


@pytest.mark.parametrize(("version", "change", "told"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_is_refused_leaves_all_as_it_was_and_says_why(repository, version, change, told):
    if change:
        change(repository)
    before = repository.state()
    done = repository.release(version)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Nothing was changed." in done.stderr
    assert repository.state() == before


def test_all_that_is_wrong_is_said_at_once(repository):
    repository.write("notes.txt", "Mine.")
    repository.git("switch", "--quiet", "--create", "draft")
    told = repository.release("0.9").stderr
    assert all(part in told for part in ("not a version", "git switch main", "notes.txt"))


def test_the_book_has_one_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", changes, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", heading) for heading in headings[1:]]
    assert all(released), headings
    order = [([int(number) for number in each.groups()[:3]], each[4]) for each in released]
    assert order == sorted(order, reverse=True)
    newest = ".".join(released[0].groups()[:3])
    assert musicbook.__version__ == cited == newest


def test_the_changelog_has_the_headings_of_its_format():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds = set(re.findall(r"^### (.*)$", changes, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
