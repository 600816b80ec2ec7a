"""Release a version: see that all is ready, write its number and its date, commit and tag. Nothing is pushed.

    make release VERSION=0.2.0

Everything is looked at before the first byte is written. If git then refuses the commit or the tag, the files and the
branch are put back as they were.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BRANCH = "main"
CHANGES = ROOT / "CHANGELOG.md"
SOURCE = ROOT / "musicbook" / "__init__.py"
PLACES = {SOURCE: '__version__ = "{}"', ROOT / "CITATION.cff": "version: {}"}
"""Where the number stands, and the line that it stands in. All others read it from the first."""

NUMBER = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
NEXT = "## [Unreleased]\n"


class NotReadyError(Exception):
    """Something is not ready; the message says what, and what to do about it."""


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise NotReadyError(f"git {words[0]} says: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.rstrip()


def line(place: Path) -> re.Pattern:
    before, after = map(re.escape, PLACES[place].split("{}"))
    return re.compile(rf"^{before}({NUMBER}){after}$", re.MULTILINE)


def last_version() -> str:
    for place in PLACES:
        if len(line(place).findall(place.read_text(encoding="utf-8"))) != 1:
            raise NotReadyError(f"{place.name} must have one line like this: {PLACES[place].format('0.1.0')}")
    return line(SOURCE).search(SOURCE.read_text(encoding="utf-8"))[1]


def unreleased() -> str:
    return CHANGES.read_text(encoding="utf-8").partition(NEXT)[2].partition("\n## ")[0]


def problems(version: str) -> Iterator[str]:
    """Say all at once, so that nobody mends one thing to be told the next."""
    last = last_version()
    if not re.fullmatch(NUMBER, version):
        yield f"{version or 'Nothing'} is not a version. Give three numbers: make release VERSION=0.2.0"
    elif [int(n) for n in version.split(".")] <= [int(n) for n in last.split(".")]:
        yield f"{version} is not higher than {last}, the version in musicbook/{SOURCE.name}. Choose a higher one."
    elif git("tag", "--list", f"v{version}"):
        yield f"The tag v{version} exists. Choose a higher version, or remove it: git tag --delete v{version}"
    branch = git("branch", "--show-current")
    if branch != BRANCH:
        yield f"You are on {branch or 'no branch'}, and releases are made on {BRANCH}: git switch {BRANCH}"
    if changed := git("status", "--porcelain"):
        yield f"Commit these first, or put them aside with git stash --include-untracked:\n{changed}"
    if not re.search(r"^- \S", unreleased(), re.MULTILINE):
        yield f"{CHANGES.name} has no line below {NEXT.strip()}. Say there what is new, in lines that begin with '- '."


def write(version: str) -> None:
    day = datetime.date.today().isoformat()
    new = {place: line(place).sub(PLACES[place].format(version), place.read_text(encoding="utf-8")) for place in PLACES}
    new[CHANGES] = CHANGES.read_text(encoding="utf-8").replace(NEXT, f"{NEXT}\n## [{version}] - {day}\n", 1)
    head, old = git("rev-parse", "HEAD"), {path: path.read_bytes() for path in new}
    try:
        for path, text in new.items():
            path.write_text(text, encoding="utf-8")
        git("commit", "--quiet", "--message", f"Version {version}", "--", *map(str, new))
        git("tag", "--annotate", "--message", f"Version {version}", f"v{version}")
    except BaseException:
        git("reset", "--quiet", head)
        for path, content in old.items():
            path.write_bytes(content)
        raise


def main(version: str) -> int:
    try:
        if found := list(problems(version)):
            raise NotReadyError("\n".join(found))
        if subprocess.run(["make", "check"], cwd=ROOT).returncode:
            raise NotReadyError("make check failed. Mend what it names above, commit, and try again.")
        write(version)
    except NotReadyError as missing:
        print(f"{missing}\nNothing was changed.", file=sys.stderr)
        return 1
    print(f"Version {version} is committed and tagged on this machine. To publish it:\n")
    print(f"  git push --atomic origin {BRANCH} v{version}\n")
    print(f"To take it back instead: git tag --delete v{version} && git reset --hard HEAD~1")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
