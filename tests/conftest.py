"""Shared by all tests: the three loops, and one Chromium for each process (Playwright cannot be started twice in one).

A test without a marker is quick and alone: it takes under half a second and needs neither TensorFlow, nor a browser, nor the
built book. Those are the loop ``check``. Every other test bears one marker of `LOOPS`, or gets it from a fixture that it uses.
``--loop check`` runs one loop, and may be given several times; without it all tests run.
"""

import os
import sys

import browser as chromium
import pytest

# Several processes share the cores. Threads of BLAS would wait for each other in a loop that burns them: a tune is composed with
# a twentieth of the work without. Read when NumPy is imported, and by the processes that tests start.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

# jsonschema, which nbformat checks notebooks with, would take a second of each process to parse a grammar of web addresses.
sys.modules["rfc3987_syntax"] = None

LOOPS = {
    "check": {},
    "test": {
        "tf": "imports TensorFlow: six seconds and 700 MB before anything happens",
        "slow": "computes, or starts a process, for more than half a second",
        "browser": "opens pages in Chromium",
        "book": "reads the book that make book built",
        "build": "builds a small book",
    },
    "nightly": {
        "crash": "kills processes again and again: minutes of waiting, and the code that it guards changes seldom",
        "grader": "a class of thirty is graded, with its hostile hand-ins",
        "lab": "starts JupyterLab with a live kernel",
        "pdf": "prints the whole book",
        "archive": "packs the whole book and unpacks it",
        "looks": "each page once more, at the other width in the other theme: what one look hides seldom shows there alone",
        "nbval": "executes notebooks a second time; make test compares the outputs of the build with the same rules",
        "bare": "an environment of its own with the base dependencies alone, and every notebook executed in it",
        "again": "samples the committed figures of every model once more; make test does it for one model of each kind",
        "spark": "needs Java, and PySpark, which is no part of the environment",
    },
}
"""The markers of each loop, and why a test with this marker is not in a quicker one."""

MARKERS = {marker: loop for loop, markers in LOOPS.items() for marker in markers}
FIXTURES = {"browser": "browser", "book": "book", "small": "build", "broken": "build"}
"""A test that uses this fixture, and bears no marker, has this one."""

SPLIT = "test_pages.py"
"""The one file whose tests may run in different processes: a page has nothing to do with the next."""

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
    """Keep the tests of the loops that were asked for, and the tests of a file in one process, which shares what they need."""
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
        elif item.path.name != SPLIT:
            shared = next((name for name in ("small", "broken") if name in item.fixturenames), None)
            item.add_marker(pytest.mark.xdist_group(shared or str(item.path)))
    config.hook.pytest_deselected(items=left_out)


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
