"""The three loops of the tests; every marker is in one of them."""

from __future__ import annotations

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
        "large": "measures in a world of thousands of listeners once more what make test measures for others of its kind",
        "bare": "an environment of its own with the base dependencies alone, and every notebook executed in it",
        "again": "samples the committed figures of every model once more; make test does it for one model of each kind",
        "spark": "needs Java, and PySpark, which is no part of the environment",
    },
}
"""The markers of each loop, and why a test with this marker is not in a quicker one."""

MARKERS = {marker: loop for loop, markers in LOOPS.items() for marker in markers}
