"""Tables in a browser: compared by two, filtered and sorted, and complete without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import playwright.sync_api as playwright

pytestmark = pytest.mark.browser


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
