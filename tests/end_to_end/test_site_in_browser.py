# SPDX-License-Identifier: EUPL-1.2
"""The site as a person meets it: in Debian's Chromium, from the file system, on a phone and on a desk, with and without JavaScript."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from meetlat.publish.site.building import build_site
from meetlat.standards.loading import standards
from tests.end_to_end.chromium import look, violations
from tests.unit.publish.site import sites

LANGUAGES = ("nl", "en")
WIDTHS = (360, 1280)
KINDS = (
    "index.html",
    "group/index.html",
    "group/gemeenten.html",
    "organisation/gemeente-duinrade.html",
    "standard/index.html",
    "standard/hsts.html",
    "standard/acme.html",
    "agreements.html",
    "trends.html",
    "search/index.html",
    "method.html",
    "data.html",
    "accessibility.html",
)
each_kind = pytest.mark.parametrize("kind", [*KINDS, "domain", "supplier", "supplier/index.html"])
each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Build the site of a series of a small made-up government: axe looks at every cell, so long tables take long."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder / "site", sites.asked(sites.series(folder, 16, only=("dane", "dnssec", "hsts", "spf"))), standards())
    return folder / "site"


@pytest.fixture(scope="module")
def supplied(tmp_path_factory) -> Path:
    """Build the site of a measurement in which suppliers share causes."""
    folder = tmp_path_factory.mktemp("supplied")
    build_site(folder / "site", sites.asked([sites.supplied(folder)]), standards())
    return folder / "site"


def _page(site: Path, language: str, kind: str) -> Path:
    """Return a page of a kind."""
    if kind.endswith(".html"):
        return site / language / kind
    return min(path for path in (site / language / kind).glob("*.html") if path.name != "index.html")


@each_kind
@each_language
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_against_wcag(scripted, request, language, kind, width):
    """axe-core finds no violation of WCAG 2.2 A and AA on a page of every kind, with everything unfolded; and no page scrolls sideways."""
    site = request.getfixturevalue("supplied" if kind.startswith("supplier") else "site")
    look(scripted, _page(site, language, kind), width)
    scripted.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    metrics = scripted.execute_cdp_cmd("Page.getLayoutMetrics", {})
    assert metrics["cssContentSize"]["width"] <= metrics["cssLayoutViewport"]["clientWidth"]
    assert violations(scripted) == []


@each_language
def test_search_finds_while_one_types(scripted, site, language):
    """With JavaScript a name, or a part of it without accents and capitals, leads to its page."""
    look(scripted, site / language / "search" / "index.html", 360)
    box = scripted.find_element(By.ID, "search-text")
    box.send_keys("DUINRADE gemeente")
    found = scripted.find_elements(By.CSS_SELECTOR, "#search-found a")
    assert "Gemeente Duinrade" in [one.text for one in found]
    assert scripted.find_element(By.ID, "search-count").text.startswith(str(len(found)))
    next(one for one in found if one.text == "Gemeente Duinrade").click()
    assert scripted.find_element(By.TAG_NAME, "h1").text == "Gemeente Duinrade"


@each_language
def test_what_is_not_there_is_not_found(scripted, site, language):
    """Nothing found is said in words."""
    look(scripted, site / language / "search" / "index.html", 1280)
    scripted.find_element(By.ID, "search-text").send_keys("zzzz")
    assert scripted.find_elements(By.CSS_SELECTOR, "#search-found li") == []
    assert scripted.find_element(By.ID, "search-count").text == {"nl": "Niets gevonden.", "en": "Nothing found."}[language]


def test_the_browser_has_nothing_to_complain_of(scripted, site):
    """The policy lets the style sheet and the two scripts through from the file system, and nothing was refused or missing."""
    scripted.get_log("browser")
    for kind in KINDS:
        look(scripted, site / "nl" / kind, 1280)
        assert scripted.find_element(By.TAG_NAME, "header").value_of_css_property("background-color") == "rgba(21, 66, 115, 1)"
    assert scripted.get_log("browser") == []


def test_without_javascript_the_index_leads_to_everything(browser, site):
    """There is no box that does nothing; the index from A to Z leads to a domain."""
    look(browser, site / "nl" / "search" / "index.html", 360)
    assert not browser.find_element(By.ID, "search").is_displayed()
    name = _page(site, "nl", "domain").stem
    next(one for one in browser.find_elements(By.CSS_SELECTOR, "main a") if one.text == name).click()
    assert browser.find_element(By.TAG_NAME, "h1").text == name


def test_the_door_leads_to_dutch_and_a_figure_to_a_domain_and_a_rule(browser, site):
    """From the first page to a group, an organisation, a domain and the rule that it breaks: only links, no server, no script."""
    browser.get((site / "index.html").as_uri())
    assert browser.current_url == (site / "nl" / "index.html").as_uri()
    for text in ("Gemeenten", "Gemeente Duinrade"):
        next(one for one in browser.find_elements(By.CSS_SELECTOR, "main td a, main th a") if one.text == text).click()
    browser.find_element(By.CSS_SELECTOR, "table.verdicts tbody th a").click()
    link = browser.find_element(By.CSS_SELECTOR, ".rules a")
    title = link.text
    link.click()
    assert browser.current_url.partition("#")[2]
    assert title in [one.text for one in browser.find_elements(By.TAG_NAME, "h3")]


def test_the_other_language_is_one_link_away_and_back(browser, site):
    """The link at the top leads to the same page in the other language."""
    look(browser, site / "nl" / "trends.html", 360)
    browser.find_element(By.CSS_SELECTOR, "a.other").click()
    assert browser.current_url == (site / "en" / "trends.html").as_uri()
    browser.find_element(By.CSS_SELECTOR, "a.other").click()
    assert browser.current_url == (site / "nl" / "trends.html").as_uri()
