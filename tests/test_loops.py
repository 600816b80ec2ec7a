"""Each test is in one loop, and one alone; a quick test imports no TensorFlow."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from loops import LOOPS, MARKERS

TESTS = """
import sys, types, pytest

@pytest.fixture
def book(): pass

def test_quick(): pass

def test_page(book): pass

@pytest.mark.tf
def test_network(): sys.modules["tensorflow"] = types.ModuleType("tensorflow")

@pytest.mark.looks
def test_look(book): pass

@pytest.mark.crash
def test_kill(): pass
"""
IN = {"check": {"test_quick"}, "test": {"test_page", "test_network"}, "nightly": {"test_look", "test_kill"}}

pytestmark = pytest.mark.slow


def run(folder: Path, tests: str, *options: str) -> tuple[set[str], str]:
    """Run some tests as ours are run; give the names of those that passed, and what was printed."""
    (folder / "test_some.py").write_text(tests, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-p",
        "xdist.plugin",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        "--strict-markers",
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2])),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        [*command, *options, "test_some.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return set(re.findall(r"::(\w+) PASSED", done.stdout)), done.stdout + done.stderr


def test_each_test_is_in_one_loop_and_in_no_other(tmp_path):
    assert {loop: run(tmp_path, TESTS, "--loop", loop)[0] for loop in LOOPS} == IN
    assert run(tmp_path, TESTS, "--loop", "check", "--loop", "test")[0] == IN["check"] | IN["test"]
    assert len(MARKERS) == sum(map(len, LOOPS.values()))  # no marker in two loops


def test_two_markers_are_refused_with_the_name_of_the_test(tmp_path):
    passed, output = run(tmp_path, TESTS.replace("@pytest.mark.tf", "@pytest.mark.tf\n@pytest.mark.crash"))
    assert passed == set()
    assert "test_network has the markers crash, tf" in output


def test_a_quick_test_that_imports_tensorflow_is_refused(tmp_path):
    passed, output = run(tmp_path, TESTS.replace("@pytest.mark.tf", ""))
    assert passed == set.union(*IN.values()) - {"test_network"}
    assert "it imports TensorFlow: mark it tf" in output
