"""Shared by all tests: one Chromium for the whole run. Playwright's synchronous interface cannot be started twice."""

import browser as chromium
import pytest


@pytest.fixture(scope="session")
def browser():
    with chromium.launch() as running:
        yield running
