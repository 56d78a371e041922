"""The site of the example on a local address, and one browser for all who read it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_assets import chromium

if TYPE_CHECKING:
    import playwright.sync_api as playwright

REQUIRED = os.environ.get("GROUNDPLAN_BROWSER") == "required"

WIDE: playwright.ViewportSize = {"width": 1280, "height": 900}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """A test prints nothing."""


@pytest.fixture(scope="package")
def address(example_site: Path) -> Iterator[str]:
    """The built site of the example on a local address."""
    chromium()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(example_site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="package")
def browser() -> Iterator[playwright.Browser]:
    name = "playwright.sync_api"
    playing: Any = (
        importlib.import_module(name)
        if REQUIRED
        else pytest.importorskip(name, reason="needs playwright")
    )
    with playing.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="package")
def axe() -> Any:
    """What checks accessibility; it brings its script along. None where it is missing."""
    with contextlib.nullcontext() if REQUIRED else contextlib.suppress(ImportError):
        return importlib.import_module("axe_playwright_python.sync_playwright").Axe()
    return None


@pytest.fixture(scope="package")
def reader(browser: playwright.Browser) -> Iterator[playwright.BrowserContext]:
    """Somebody who prefers light; a page is loaded anew in a quarter of the time of a first one."""
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    yield context
    context.close()


@pytest.fixture(scope="package")
def night(browser: playwright.Browser) -> Iterator[playwright.BrowserContext]:
    """Somebody who prefers dark."""
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    yield context
    context.close()


@pytest.fixture
def page(reader: playwright.BrowserContext) -> Iterator[playwright.Page]:
    """A new tab that remembers nothing."""
    tab = reader.new_page()
    yield tab
    tab.evaluate("localStorage.clear()")
    tab.close()
