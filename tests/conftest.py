"""Shared by all tests: one Chromium for the whole run. Playwright's synchronous interface cannot be started twice."""

import browser as chromium
import pytest

SPLIT = "test_pages.py"
"""The one file whose tests may run in different processes: a page has nothing to do with the next."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep the tests of a file in one process, which shares what they need; but share out the pages among all processes."""
    for item in items:
        if item.path.name != SPLIT:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.fixture(scope="session")
def browser():
    with chromium.launch() as running:
        yield running
