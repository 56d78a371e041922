"""What is true of every kind of page: each is loaded once, and looked at in several ways."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import playwright.sync_api as playwright

pytestmark = pytest.mark.browser

KINDS = (
    "",
    "environments/",
    "environments/production/",
    "components/",
    "components/applications/worker/",
    "rendered/production/applications-storefront/",
    "diagrams/",
    "diagrams/production/",
    "reports/",
    "reports/structure/",
    "reports/coverage/",
    "reports/configuration/",
    "reports/promotion/",
    "promotion/staging-production/applications-storefront/",
    "promotion/staging-production/monitoring-alertmanager/",
    "compare/applications-storefront/",
    "reports/duplication/",
    "extraction/monitoring-loki-*/",  # a digest of where the tree is in its repository
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page asked for and said, how wide it is, what axe finds, and what paper shows.

    Widths are in pixels by the width of the window, 360 once more with everything unfolded.
    """

    asked: tuple[str, ...]
    said: tuple[str, ...]
    widths: tuple[int, int, int]
    light: tuple[str, ...]
    dark: tuple[str, ...]
    heading: bool
    controls: int
    ground: str


@pytest.fixture(scope="module")
def visit(
    reader: playwright.BrowserContext, night: playwright.BrowserContext, address: str, axe: Any,
    example_site: Path,
) -> Callable[[str], Visit]:  # fmt: skip
    """A page as it was the first time somebody asked for it; the only one of a pattern."""

    @functools.cache
    def visited(path: str) -> Visit:
        if "*" in path:
            (found,) = example_site.glob(path)
            path = f"{found.relative_to(example_site).as_posix()}/"
        tab = night.new_page()
        tab.goto(address + path)
        dark = violations(tab, axe)
        tab.close()
        return seen(reader.new_page(), address + path, dark, axe)

    return visited


def seen(page: playwright.Page, url: str, dark: tuple[str, ...], axe: Any) -> Visit:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda line: said.append(line.text) if line.type in ("error", "warning") else None,
    )
    page.goto(url, wait_until="networkidle")
    wide = page.viewport_size
    assert wide is not None
    double = width(page, 640, 450)  # 1280 px at 200 %
    narrow = width(page, 360, 740)
    page.set_viewport_size(wide)
    light = violations(page, axe)  # unfolds everything
    unfolded = width(page, 360, 740)
    page.set_viewport_size(wide)
    page.emulate_media(media="print")
    found = Visit(
        tuple(asked), tuple(said), (double, narrow, unfolded), light, dark,
        heading=page.locator("h1").is_visible(),
        controls=page.locator(".gp-tools, .gp-filter, .gp-sort").locator("visible=true").count(),
        ground=page.evaluate("getComputedStyle(document.body).backgroundColor"),
    )  # fmt: skip
    page.close()
    return found


def width(page: playwright.Page, across: int, down: int) -> int:
    """How wide a page is in a window of this size."""
    page.set_viewport_size({"width": across, "height": down})
    return int(page.evaluate("document.documentElement.scrollWidth"))


def violations(page: playwright.Page, axe: Any) -> tuple[str, ...]:
    """What axe finds in what is ours, with everything unfolded; nothing where it is missing.

    The buttons of a block of code are Material's.
    """
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    if axe is None:
        return ()
    ours = {"include": [["article"]], "exclude": [[".md-code__nav"]]}
    found = axe.run(page, ours).response["violations"]
    return tuple(f"{one['id']}: {node['target']} {node['failureSummary']}"
                 for one in found for node in one["nodes"])  # fmt: skip


@pytest.mark.parametrize("path", KINDS)
def test_a_page_asks_nobody_for_anything_and_has_nothing_to_complain_about(
    visit: Callable[[str], Visit], address: str, path: str
) -> None:
    assert [url for url in visit(path).asked if not url.startswith((address, "data:"))] == []
    assert [line for line in visit(path).said if not line.endswith("/favicon.ico")] == []


@pytest.mark.parametrize("path", KINDS)
def test_a_narrow_screen_scrolls_no_page_sideways(visit: Callable[[str], Visit], path: str) -> None:
    assert visit(path).widths[1:] == (360, 360)


@pytest.mark.parametrize("path", KINDS)
def test_twice_as_large_a_page_still_fits(visit: Callable[[str], Visit], path: str) -> None:
    assert visit(path).widths[0] == 640


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing_in_what_is_ours(
    visit: Callable[[str], Visit], axe: Any, path: str
) -> None:
    if axe is None:
        pytest.skip("needs axe-playwright-python")
    assert (visit(path).light, visit(path).dark) == ((), ())


@pytest.mark.parametrize("path", KINDS)
def test_paper_has_what_is_read_and_no_controls(visit: Callable[[str], Visit], path: str) -> None:
    found = visit(path)
    assert found.heading
    assert found.controls == 0
    assert found.ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
