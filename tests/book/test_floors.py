"""The floors of the package: a module imports from its own floor and those below, and from nothing above."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "musicbook"
GROUND = {"memory"}
"""Modules that see nothing of the package, and that all floors may see."""
SEES = {
    "music": {"music"},
    "compose": {"compose", "music"},
    "recommend": {"recommend", "music"},
    "service": {"service", "compose", "recommend", "music"},
    "course": {"course", "music"},
    "widgets": {"widgets", "course", "service", "compose", "recommend", "music"},
}
ALSO = {"stage.py": {"widgets"}}
"""The grader's stage runs whole chapters, as a kernel does, and puts their forms out of the way."""


def imported_floors(source: str) -> set[str]:
    """Name the floors that a module imports from, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "musicbook":
            found |= {f"musicbook.{name.name}" for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.split(".")[1] for name in found if name.startswith("musicbook.")}


@pytest.mark.parametrize("path", sorted(path for floor in SEES for path in (PACKAGE / floor).glob("*.py")), ids=str)
def test_imports_run_downwards_only(path):
    sees = SEES[path.parent.name] | ALSO.get(path.name, set()) | GROUND
    assert imported_floors(path.read_text(encoding="utf-8")) <= sees


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_sees_nothing(name):
    assert not imported_floors((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))


def test_an_import_from_above_is_seen():
    source = "def f():\n    from musicbook.recommend import content\n\nimport musicbook.compose.vae\nfrom musicbook import music"
    assert imported_floors(source) == {"recommend", "compose", "music"}
