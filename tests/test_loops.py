"""Each test is in one loop, and one alone; a quick test imports no TensorFlow."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from loops import LOOPS, MARKERS

pytest_plugins = "pytester"

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


@pytest.fixture
def run(pytester, monkeypatch, request):
    """Run some tests under our own rules; gives the names of those that passed, and what was printed."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)  # another test of this process may have imported it
    ours = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    command = ("-v", "-p", "no:cacheprovider", "--strict-markers")

    def outcome(tests: str, *options: str) -> tuple[set[str], str]:
        pytester.makepyfile(test_some=tests)
        done = pytester.runpytest_inprocess(*command, *options, plugins=[ours])
        output = "\n".join([*done.outlines, *done.errlines])
        return set(re.findall(r"::(\w+) PASSED", output)), output

    return outcome


def test_each_test_is_in_one_loop_and_in_no_other(run):
    assert {loop: run(TESTS, "--loop", loop)[0] for loop in LOOPS} == IN
    assert run(TESTS, "--loop", "check", "--loop", "test")[0] == IN["check"] | IN["test"]
    assert len(MARKERS) == sum(map(len, LOOPS.values()))  # no marker in two loops


def test_two_markers_are_refused_with_the_name_of_the_test(run):
    passed, output = run(TESTS.replace("@pytest.mark.tf", "@pytest.mark.tf\n@pytest.mark.crash"))
    assert passed == set()
    assert "test_network has the markers crash, tf" in output


def test_a_quick_test_that_imports_tensorflow_is_refused(run):
    passed, output = run(TESTS.replace("@pytest.mark.tf", ""))
    assert passed == set.union(*IN.values()) - {"test_network"}
    assert "it imports TensorFlow: mark it tf" in output
