"""Shared by all tests: the three loops, and one Chromium for each process (Playwright cannot be started twice in one).

A test without a marker is quick and alone: it takes under half a second and needs neither TensorFlow, nor a browser, nor the
built book. Those are the loop ``check``. Every other test bears one marker of `loops.LOOPS`, or has it from a fixture that it
uses. ``--loop check`` runs one loop, and may be given several times; without it all tests run.
"""

import os
import sys

import browser as chromium
import pytest
from loops import LOOPS, MARKERS
from xdist.scheduler import LoadScopeScheduling

# Several processes share the cores. Threads of BLAS would wait for each other in a loop that burns them: a tune is composed with
# a twentieth of the work without. Read when NumPy is imported, and by the processes that tests start.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

# jsonschema, which nbformat checks notebooks with, would take a second of each process to parse a grammar of web addresses.
sys.modules["rfc3987_syntax"] = None

FIXTURES = {"browser": "browser", "book": "book", "small": "build", "broken": "build"}
"""A test that uses this fixture, and bears no marker, has this one."""

SPLIT = "test_pages.py"
"""The one file whose tests may run in different processes: a page has nothing to do with the next."""

TOGETHER = {
    "test_withheld.py": "test_build.py",
    "test_coverage.py": "test_build.py",
    "test_launch.py": "test_failures.py",
    "test_records.py": "test_failures.py",
    "test_vae.py": "test_gan.py",
    "test_plain.py": "test_gan.py",
    "test_definitions.py": "test_transformer.py",
    "test_training.py": "test_transformer.py",
}
"""Files that go to the process of another one: they read its small book, too, or share its TensorFlow, which takes six seconds
to import."""

FIRST = ("build", "tf", "slow", "browser")
"""The order in which files are begun, so that no process is left alone with a long one: by the longest of their tests."""

loop_of = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addoption(
        "--loop", action="append", choices=list(LOOPS), help="run the tests of this loop (make check, test, nightly)"
    )


def pytest_configure(config):
    for marker, loop in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: in make {loop}: {LOOPS[loop][marker]}")


def pytest_xdist_auto_num_workers(config):
    """Two processes for each core: half of the time of a test that plays music is waiting."""
    return 2 * os.cpu_count()


class ByFile(LoadScopeScheduling):
    """Gives the tests of a file to one process, which shares what they need. (With pytest 9.2 xdist's groups do nothing.)"""

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.partition("::")[0].rpartition("/")[2]
        return nodeid if name == SPLIT else TOGETHER.get(name, name)


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # the order is ours
    return ByFile(config, log)


def marker_of(item) -> str | None:
    """Give the marker that puts a test into its loop; None for a quick one."""
    own = {mark.name for mark in item.iter_markers() if mark.name in MARKERS}
    if len(own) > 1:
        raise pytest.UsageError(
            f"{item.nodeid} has the markers {', '.join(sorted(own))}: one decides its loop, take one"
        )
    return next(iter(own or (FIXTURES[name] for name in FIXTURES if name in item.fixturenames)), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Keep the tests of the loops that were asked for, in the order in which their files are begun."""
    if "tensorflow" in sys.modules:
        raise pytest.UsageError("a test file imports TensorFlow at its top: take tf from musicbook.compose.when_needed")
    wanted, left_out = config.getoption("loop"), []
    for item in list(items):
        marker = marker_of(item)
        item.stash[loop_of] = MARKERS.get(marker, "check")
        if marker and not item.get_closest_marker(marker):
            item.add_marker(marker)
        if wanted and item.stash[loop_of] not in wanted:
            items.remove(item)
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    ranks = {}
    for item in items:
        rank = next((n for n, name in enumerate(FIRST) if item.get_closest_marker(name)), len(FIRST))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Keep TensorFlow out of the quick tests: who imports it says so."""
    before = "tensorflow" in sys.modules
    result = yield
    if item.stash[loop_of] == "check" and not before and "tensorflow" in sys.modules:
        pytest.fail("it imports TensorFlow: mark it tf, or import less", pytrace=False)
    return result


@pytest.fixture(scope="session")
def browser():
    with chromium.launch() as running:
        yield running
