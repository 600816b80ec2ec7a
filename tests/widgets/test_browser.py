"""The browser tests themselves: no Chromium is a failure with one clear sentence, and no other host is reached."""

from __future__ import annotations

import shutil

import browser as chromium
import pytest


def test_no_chromium_fails_aloud(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium.executable()


def test_other_hosts_are_blocked_and_noted(browser, address):
    page = chromium.open_page(browser)
    page.goto(f"{address}/_static/musicbook/host.js")
    assert page.evaluate("fetch('https://example.org/').then(() => 'reached', () => 'blocked')") == "blocked"
    assert page.strangers == ["https://example.org/"]
    page.close()
