"""The installed Chromium or Chrome for the browser tests: found, or asked for aloud; it knows no host but this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from musicbook.course.pdf import PdfError, find_browser

LOCAL = ("localhost", "127.0.0.1", "::1")
FLAGS = [
    "--host-resolver-rules=MAP * ~NOTFOUND" + "".join(f" , EXCLUDE {host}" for host in LOCAL),
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FRESH = """try {
  if (!sessionStorage.opened) localStorage.clear();
  sessionStorage.opened = "yes";
} catch { /* about:blank has neither */ }"""
"""A new tab begins as a reader's first visit; what it then keeps outlives a reload."""


def executable() -> str:
    """Path of a Chromium or Chrome; fails the test (it never skips it) when there is none."""
    try:
        return find_browser()
    except PdfError as error:
        pytest.fail(f"The browser tests cannot run: {error}", pytrace=False)


@contextmanager
def launch():
    """Start a headless Chromium with its usual autoplay policy: a page may sound only after a real click."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser, **context):
    """Open a page that reaches only this machine; what it tried to reach beyond lies in ``page.strangers``.

    JavaScript errors are gathered in ``page.errors``. Pages with the same options are tabs of one window, whose first tab
    stays open: a window of its own for each page would cost twice the time.
    """
    options = {"viewport": {"width": 1440, "height": 900}, **context}
    window = next((each for each in browser.contexts if getattr(each, "options", None) == options), None)
    if window is None:
        window = browser.new_context(**options)
        window.options = options
        window.add_init_script(FRESH)
        window.new_page()
    page = window.new_page()
    page.strangers, page.errors = [], []

    def note(request):
        url = urlsplit(request.url)
        if url.scheme not in ("file", "data", "blob") and url.hostname not in LOCAL:
            page.strangers.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


def axe(page, **options):
    """Look for what keeps a reader out of a page; gives the results of axe-core.

    Preloading would fetch the style sheets a second time by script, which a browser refuses to a file. What is in order need
    not be told in detail: that is half of the time.
    """
    return Axe().run(page, options={"preload": False, "reporter": "no-passes", **options})


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def served(folder: Path):
    """Serve a folder on this machine; gives its ``http://`` address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def url_of(path: Path) -> str:
    """``file://`` address of a file."""
    return path.resolve().as_uri()
