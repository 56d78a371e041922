"""The ways to an answer: clicks from the overview, boxes of a diagram, permalinks, the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import playwright.sync_api as playwright

pytestmark = pytest.mark.browser


def title(page: playwright.Page) -> str:
    return page.locator("h1").inner_text().removesuffix("¶").strip()


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


def test_a_permalink_opens_what_is_folded(page: playwright.Page, address: str) -> None:
    page.goto(address + "reports/configuration/")
    card = page.locator(".gp-finding").first
    link = str(card.locator(".gp-finding__head .headerlink").get_attribute("href"))
    page.goto(address + "reports/configuration/" + link)
    assert page.locator(link).evaluate("card => card.matches(':target')")
    assert page.locator(link).is_visible()


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


# What is searched, and the page that is among the first three ------------------------------------


def test_search_finds_a_component(page: playwright.Page, address: str) -> None:
    page.goto(address)
    page.locator("input.md-search__input").click()
    page.keyboard.type("payments-api", delay=20)
    found = page.locator(".md-search-result__link h1", has_text="payments-api").first
    found.wait_for()
    found.click()
    page.wait_for_url("**/components/applications/payments-api/**")
    assert title(page) == "payments-api"


SEARCHES = (
    ("payments-api", "components/applications/payments-api/"),
    ("vault", "components/infrastructure/vault/"),
    ("production", "environments/production/"),
    ("registry.example.com/meridian/storefront", "components/applications/storefront/"),
    ("shop.meridian.example.com", "components/applications/storefront/"),
    ("storefront-config", "components/applications/storefront/"),
    ("StatefulSet/vault", "components/infrastructure/vault/"),
    ("missing-reference", "reports/configuration/"),
    ("HelmRelease/ingress-nginx", "components/infrastructure/ingress-nginx/"),
    ("25.27.0", "environments/production/"),
    ("matches nothing", "reports/configuration/"),
    ("promotion", "reports/promotion/"),
)


@pytest.mark.parametrize(("term", "path"), SEARCHES)
def test_search_finds_it_at_once(page: playwright.Page, address: str, term: str, path: str) -> None:
    page.goto(address)
    page.locator("input.md-search__input").click()
    page.keyboard.type(term)
    for _ in range(50):  # results come as they are found
        if path in (listed := found(page, address)):
            break
        page.wait_for_timeout(100)
    assert path in listed


def found(page: playwright.Page, address: str) -> list[str]:
    """The first three pages among the first six results."""
    results = page.locator(".md-search-result__item > a, .md-search-result__item > article a")
    links = results.evaluate_all("all => all.slice(0, 6).map(one => one.href)")
    pages = (url.removeprefix(address).partition("?")[0].partition("#")[0] for url in links)
    return list(dict.fromkeys(pages))[:3]
