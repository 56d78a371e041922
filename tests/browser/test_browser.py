"""The site of the example in a browser: it asks nobody for anything, and everything works."""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.test_assets import chromium

REQUIRED = os.environ.get("GROUNDPLAN_BROWSER") == "required"
if REQUIRED:
    import playwright.sync_api as playwright
else:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
AXE: Any = None  # what checks accessibility; it brings its script along
with contextlib.nullcontext() if REQUIRED else contextlib.suppress(ImportError):
    AXE = importlib.import_module("axe_playwright_python.sync_playwright").Axe()
pytestmark = pytest.mark.browser

WIDE: playwright.ViewportSize = {"width": 1280, "height": 900}

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
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """A test prints nothing."""


@pytest.fixture(scope="module")
def address(example_site: Path) -> Iterator[str]:
    """The built site of the example on a local address."""
    chromium()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(example_site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def reader(browser: playwright.Browser) -> Iterator[playwright.BrowserContext]:
    """Somebody who prefers light; a page is loaded anew in a quarter of the time of a first one."""
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def page(reader: playwright.BrowserContext) -> Iterator[playwright.Page]:
    """A new tab that remembers nothing."""
    tab = reader.new_page()
    yield tab
    tab.evaluate("localStorage.clear()")
    tab.close()


def title(page: playwright.Page) -> str:
    return page.locator("h1").inner_text().removesuffix("¶").strip()


# What is true of every kind of page: each is loaded once, and looked at in several ways -----------


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
    browser: playwright.Browser, reader: playwright.BrowserContext, address: str
) -> Iterator[Callable[[str], Visit]]:
    """A page as it was the first time somebody asked for it."""
    night = browser.new_context(viewport=WIDE, color_scheme="dark")

    @functools.cache
    def visited(path: str) -> Visit:
        tab = night.new_page()
        tab.goto(address + path)
        dark = violations(tab)
        tab.close()
        return seen(reader.new_page(), address + path, dark)

    yield visited
    night.close()


def seen(page: playwright.Page, url: str, dark: tuple[str, ...]) -> Visit:
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
    double = width(page, 640, 450)  # 1280 px at 200 %
    narrow = width(page, 360, 740)
    page.set_viewport_size(WIDE)
    light = violations(page)  # unfolds everything
    unfolded = width(page, 360, 740)
    page.set_viewport_size(WIDE)
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


def violations(page: playwright.Page) -> tuple[str, ...]:
    """What axe finds in what is ours, with everything unfolded; nothing where it is missing."""
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    if AXE is None:
        return ()
    found = AXE.run(page, {"include": [["article"]]}).response["violations"]
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
def test_axe_finds_nothing_in_what_is_ours(visit: Callable[[str], Visit], path: str) -> None:
    if AXE is None:
        pytest.skip("needs axe-playwright-python")
    assert (visit(path).light, visit(path).dark) == ((), ())


@pytest.mark.parametrize("path", KINDS)
def test_paper_has_what_is_read_and_no_controls(visit: Callable[[str], Visit], path: str) -> None:
    found = visit(path)
    assert found.heading
    assert found.controls == 0
    assert found.ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


# What works on some -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "compare/applications-storefront/", "diagrams/production/"])
def test_what_has_the_focus_is_seen(page: playwright.Page, address: str, path: str) -> None:
    page.goto(address + path)
    own = page.locator("article :is(a[href], button, input, select, summary, pre, [tabindex='0'])")
    page.locator("article").press("Tab")
    for one in own.locator("visible=true").all()[:40]:
        if one.get_attribute("tabindex") == "-1":
            continue
        one.focus()
        style = one.evaluate(
            "e => { const s = getComputedStyle(e); return e.matches(':focus-visible')"
            " ? s.outlineStyle + s.outlineWidth : 'not focused'; }"
        )
        assert style not in ("none0px", "not focused"), one.evaluate("e => e.outerHTML")


def compared(page: playwright.Page) -> list[str]:
    """The fields that are there to see, with their values."""
    return page.locator(".gp-compare tbody tr:visible th").all_inner_texts()


def test_two_environments_are_chosen_and_leave_the_fields_that_differ(
    page: playwright.Page, address: str
) -> None:
    page.goto(address + "compare/applications-storefront/")
    everything = compared(page)
    page.get_by_label("Compare", exact=True).select_option("staging")
    page.get_by_label("with", exact=True).select_option("production")
    two = compared(page)
    assert 0 < len(two) < len(everything)
    assert page.get_by_role("status").inner_text() == f"{len(two)} fields differ"
    heads = page.locator(".gp-compare section:visible").first.locator("thead th:visible")
    assert heads.all_inner_texts() == ["Field", "staging", "production"]
    assert page.url.endswith("/compare/applications-storefront/#gp-compare=staging,production")
    page.reload()
    assert compared(page) == two
    page.get_by_label("with", exact=True).select_option("all")
    assert compared(page) == everything


def test_without_script_a_comparison_is_complete(browser: playwright.Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "compare/applications-storefront/")
    heads = page.locator(".gp-compare thead").first.locator("th").all_inner_texts()
    assert heads == ["Field", "local", "staging", "production"]
    assert len(compared(page)) > 10
    context.close()


def test_a_box_in_a_diagram_leads_to_its_page(page: playwright.Page, address: str) -> None:
    page.goto(address + "diagrams/production/")
    page.locator("svg.gp-diagram a:has-text('payments-api')").first.click()
    page.wait_for_url("**/components/applications/payments-api/")
    assert title(page) == "payments-api"


def test_a_list_below_a_diagram_leads_there_too(page: playwright.Page, address: str) -> None:
    page.goto(address + "diagrams/production/")
    page.locator("details.gp-facts summary").first.click()
    page.locator("details.gp-facts a:has-text('vault')").first.click()
    page.wait_for_url("**/components/infrastructure/vault/")


def test_search_finds_a_component(page: playwright.Page, address: str) -> None:
    page.goto(address)
    page.locator("input.md-search__input").click()
    page.keyboard.type("payments-api", delay=20)
    found = page.locator(".md-search-result__link h1", has_text="payments-api").first
    found.wait_for()
    found.click()
    page.wait_for_url("**/components/applications/payments-api/**")
    assert title(page) == "payments-api"


# Questions of somebody who is new here, and the clicks from the overview to the answer -----------


def test_which_image_runs_in_production_and_who_set_it_is_two_clicks_away(
    page: playwright.Page, address: str
) -> None:
    page.goto(address)
    page.locator("article table a", has_text="storefront").first.click()
    image = page.locator("tr", has_text="registry.example.com/meridian/storefront").first
    assert "2.9.3" in image.inner_text()
    row = page.locator("tr", has=page.locator("th", has_text="production"))
    row.get_by_role("link", name="line by line").click()
    line = page.locator("tr", has_text="image: registry.example.com/meridian/storefront:2.9.3")
    assert "clusters/production/applications/storefront/kustomization.yaml" in line.inner_text()


def test_what_promoting_would_change_is_two_clicks_away(
    page: playwright.Page, address: str
) -> None:
    page.goto(address)
    page.locator("article table a", has_text="storefront").first.click()
    page.get_by_role("link", name="Side by side: staging → production").click()
    page.get_by_role("heading", name="What would change in the cluster").wait_for()
    marks = page.locator("#promote-shop-deployment-storefront + .gp-diff ins").all_inner_texts()
    assert marks == ["14", "0"]


def test_what_may_be_extracted_is_one_click_away(page: playwright.Page, address: str) -> None:
    page.goto(address)
    page.locator(".gp-tiles a", has_text="to extract").click()
    assert title(page).startswith("Duplication in ")


SEARCHES = (
    ("payments-api", "components/applications/payments-api/"),
    ("vault", "components/infrastructure/vault/"),
    ("production", "environments/production/"),
    ("registry.example.com/meridian/storefront", "components/applications/storefront/"),
    ("shop.meridian.example.com", "components/applications/storefront/"),
    ("storefront-config", "components/applications/storefront/"),
    ("StatefulSet/vault", "components/infrastructure/vault/"),
    ("missing-reference", "reports/configuration/"),
    ("kube-prometheus-stack", "components/monitoring/prometheus/"),
    ("matches nothing", "reports/configuration/"),
    ("promotion", "reports/promotion/"),
)


@pytest.mark.parametrize(("term", "path"), SEARCHES)
def test_search_finds_it_at_once(page: playwright.Page, address: str, term: str, path: str) -> None:
    page.goto(address)
    page.locator("input.md-search__input").click()
    page.keyboard.type(term)
    page.locator(".md-search-result__item").first.wait_for()
    page.wait_for_timeout(200)
    found = page.locator(".md-search-result__item > a, .md-search-result__item > article a")
    first = [str(one.get_attribute("href")) for one in found.all()[:6]]
    pages = dict.fromkeys(url.removeprefix(address).partition("?")[0].partition("#")[0]
                          for url in first)  # fmt: skip
    assert path in list(pages)[:3]


def view(page: playwright.Page) -> list[float]:
    """The visible rectangle of the first diagram."""
    box = page.locator("svg.gp-diagram").first.get_attribute("viewBox")
    return [float(number) for number in str(box).split()]


def test_buttons_and_keys_zoom_and_move_a_diagram(page: playwright.Page, address: str) -> None:
    page.goto(address + "diagrams/production/")
    start = view(page)
    page.get_by_role("button", name="Zoom in (+)").first.click()
    assert view(page)[2] < start[2]
    page.get_by_role("button", name="Show the whole diagram (0)").first.click()
    assert view(page) == start
    page.locator(".gp-frame").first.focus()
    page.keyboard.press("+")
    near = view(page)
    assert near[2] < start[2]
    page.keyboard.press("ArrowRight")
    assert view(page)[0] > near[0]
    page.keyboard.press("0")
    assert view(page) == start
    assert page.url == address + "diagrams/production/"


def rows(page: playwright.Page) -> list[str]:
    """The first cells of the rows of the first table that are there to see."""
    found = page.locator(".gp-matrix--rows >> nth=0 >> tbody tr:visible")
    return [cell.strip() for cell in found.locator(":scope > :first-child").all_inner_texts()]


def test_a_table_shows_the_rows_that_hold_what_is_typed(
    page: playwright.Page, address: str
) -> None:
    page.goto(address)
    everything = rows(page)
    page.get_by_label("Filter the rows of this table").first.fill("applications broken")
    assert rows(page) == ["applications", "worker", "worker-bulk"]
    assert page.get_by_role("status").first.inner_text() == "2 of 18"
    page.get_by_label("Filter the rows of this table").first.fill("")
    assert rows(page) == everything


def test_a_table_is_sorted_within_its_groups_by_keyboard_too(
    page: playwright.Page, address: str
) -> None:
    page.goto(address)
    before = rows(page)
    sort = page.get_by_role("button", name="Sort by local")
    sort.focus()
    page.keyboard.press("Enter")
    head = page.locator("th", has_text="local").first
    assert head.get_attribute("aria-sort") == "ascending"
    first = before.index("infrastructure")
    assert rows(page)[:first] == [
        "applications", "worker", "orders-api", "storefront", "payments-api", "worker-bulk",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert rows(page) == before


def test_a_key_of_the_legend_hides_what_it_stands_for(page: playwright.Page, address: str) -> None:
    page.goto(address + "diagrams/production/")
    stage = page.locator(".gp-figure").first
    key = stage.locator(".gp-legend button").first
    kind = str(stage.locator(".gp-legend > li").first.get_attribute("data-gp-kind"))
    shown = stage.locator(f"svg.gp-diagram .{kind}:visible")
    assert shown.count() > 0
    key.click()
    assert key.get_attribute("aria-pressed") == "false"
    assert shown.count() == 0
    key.click()
    assert shown.count() > 0


def drawn(page: playwright.Page) -> tuple[list[str], list[str]]:
    """The nodes and the edges of the first diagram that are there to see."""
    stage = page.locator("svg.gp-diagram").first
    nodes = stage.locator(".gp-node:visible .gp-label").all_text_contents()
    edges = stage.locator(".gp-edge:visible > title").all_text_contents()
    return sorted(nodes), sorted(edges)


def test_an_environment_of_a_diagram_hides_what_is_in_no_other(
    page: playwright.Page, address: str
) -> None:
    page.goto(address + "diagrams/")
    everything = drawn(page)
    assert everything[0] == [
        "applications", "infrastructure", "local", "monitoring", "production", "staging",
    ]  # fmt: skip
    keys = {name: page.get_by_role("button", name=name, exact=True).first
            for name in ("local", "staging", "production")}  # fmt: skip
    assert {key.get_attribute("aria-pressed") for key in keys.values()} == {"true"}
    for name in ("local", "production"):
        keys[name].focus()
        page.keyboard.press("Enter")
    left = (
        ["applications", "infrastructure", "monitoring", "staging"],
        [edge for edge in everything[1] if edge.startswith("staging:")],
    )
    assert drawn(page) == left
    assert len(left[1]) == 3
    pressed = {name: key.get_attribute("aria-pressed") for name, key in keys.items()}
    assert pressed == {"local": "false", "staging": "true", "production": "false"}
    assert page.url == address + "diagrams/?gp-environments=staging"
    page.reload()
    assert drawn(page) == left
    page.emulate_media(media="print")
    assert drawn(page) == left
    page.emulate_media(media="screen")
    page.get_by_role("button", name="staging", exact=True).first.press("Space")
    assert drawn(page) == everything
    assert page.url == address + "diagrams/"


@pytest.mark.parametrize("asked", ["gone", "", "%ff", "local,staging,production"])
def test_environments_that_are_not_there_hide_nothing(
    page: playwright.Page, address: str, asked: str
) -> None:
    page.goto(address + "diagrams/")
    everything = drawn(page)
    page.goto(f"{address}diagrams/?gp-environments={asked}#gp-node=environment%3Astaging")
    assert drawn(page) == everything
    assert page.locator(".gp-node--target .gp-label").first.text_content() == "staging"


def test_without_script_a_diagram_names_its_environments(
    browser: playwright.Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "diagrams/?gp-environments=staging")
    assert page.locator(".gp-places > li").all_inner_texts() == ["local", "staging", "production"]
    assert "local" in drawn(page)[0]
    context.close()


def test_dark_and_light_are_a_click_apart_and_stay(page: playwright.Page, address: str) -> None:
    def scheme() -> str:
        return str(page.locator("body").get_attribute("data-md-color-scheme"))

    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.goto(address)
    light = ground()
    assert scheme() == "default"
    page.get_by_title("Dark mode").click()
    assert scheme() == "slate"
    page.goto(address + "diagrams/production/")
    assert scheme() == "slate"
    assert ground() != light
    ink = page.locator("svg.gp-diagram text").first.evaluate("text => getComputedStyle(text).fill")
    assert contrast(ink, ground()) > 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two CSS colours; a transparent ink counts as it is mixed."""
    ground = _channels(other)[:3]
    *ink, alpha = _channels(one)
    mixed = [part * alpha + below * (1 - alpha) for part, below in zip(ink, ground, strict=True)]
    lighter, darker = sorted((_luminance(mixed), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> list[float]:
    numbers = [float(number) for number in re.findall(r"[0-9.]+", colour)]
    if colour.startswith("color(srgb"):  # as a mixed colour comes out: parts of one
        numbers[:3] = [part * 255 for part in numbers[:3]]
    return [*numbers[:3], numbers[3] if len(numbers) > 3 else 1.0]


def _luminance(channels: list[float]) -> float:
    linear = [
        part / 12.92 if (part := channel / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_permalink_opens_what_is_folded(
    page: playwright.Page, address: str, tmp_path: Path
) -> None:
    page.goto(address + "reports/configuration/")
    card = page.locator(".gp-finding").first
    link = str(card.locator(".gp-finding__head .headerlink").get_attribute("href"))
    page.goto(address + "reports/configuration/" + link)
    assert page.locator(link).evaluate("card => card.matches(':target')")
    assert page.locator(link).is_visible()
