"""What can be seen: where the focus is, and the text of a diagram in dark and in light."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import playwright.sync_api as playwright

pytestmark = pytest.mark.browser


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
