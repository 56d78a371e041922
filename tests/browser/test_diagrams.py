"""Diagrams in a browser: they are zoomed and moved, and hide kinds and environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import playwright.sync_api as playwright

pytestmark = pytest.mark.browser


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
