# SPDX-License-Identifier: EUPL-1.2
"""The report as a person meets it: in Debian's Chromium, from the file system, on a phone and on a desk."""

from pathlib import Path

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from meetlat.publish.meting.figures import Given
from meetlat.publish.report import Wishes, write_report
from meetlat.replies.corrected import Corrected, corrected
from meetlat.replies.reply import Decision, Kind, Outcome, Reply, Standing
from meetlat.standards.loading import standards
from meetlat.store.folder import read_listings
from meetlat.store.manifest import read_manifest
from tests.end_to_end.chromium import look, violations
from tests.unit.made_up import large_measurement
from tests.unit.publish.meting.measured import AGREED
from tests.unit.replies.made_up_replies import DAY, REPLIED, SOURCE, said

LANGUAGES = ("nl", "en")
WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, list[Path]]:
    """Write a report of a made-up government in both languages; per language its front page, two domain pages and the letter."""
    folder = tmp_path_factory.mktemp("report")
    measured = [standard for standard in standards().values() if standard.rules]
    large_measurement(folder / "meting", measured, 40)
    given = Given(agreements={AGREED.id: AGREED}, corrections=_corrected(folder / "meting"))
    found = {}
    for language in LANGUAGES:
        paths = write_report(folder / "meting", folder / language, language, standards(), Wishes(given=given))
        found[language] = [paths.index, *sorted(paths.domains.glob("*.html"))[:2], paths.letter]
    return found


def _corrected(folder: Path) -> Corrected:
    """Take the first website out of the count, so that there are corrected figures to show."""
    first = read_listings(folder)[0][0]
    stated = said(Kind.NOT_OURS, "", organisation=first.organisation, domain=first.domain.name, roles=first.roles)
    reply = Reply("2026-0001", REPLIED, "CISO", read_manifest(folder).id, SOURCE, stated)
    standing = Standing(reply, Decision(reply.id, DAY, "analist", Outcome.ACCEPTED, "omdat"), DAY)
    return corrected(folder, [standing], DAY, standards())


def test_the_browser_runs_no_scripts(browser, tmp_path):
    """What is shown by these tests is shown without JavaScript."""
    page = tmp_path / "page.html"
    page.write_text("<title>before</title><script>document.title = 'after'</script>", encoding="utf-8")
    browser.get(page.as_uri())
    assert browser.title == "before"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(browser, pages, language, width):
    """Nobody has to scroll sideways to read a page; a wide table scrolls by itself."""
    for page in pages[language]:
        look(browser, page, width)
        metrics = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
        assert metrics["cssLayoutViewport"]["clientWidth"] in range(width - 20, width + 1)  # a scroll bar takes a little
        assert metrics["cssContentSize"]["width"] <= metrics["cssLayoutViewport"]["clientWidth"], page.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [WIDTHS[0], WIDTHS[-1]])  # between them the style sheet makes no other choices
def test_axe_finds_nothing_against_wcag(scripted, pages, language, width):
    """axe-core finds no violation of WCAG 2.2 A and AA on a page of each kind, with everything unfolded that can be."""
    index, domain, _, letter = pages[language]
    for page in (index, domain, letter):
        look(scripted, page, width)
        assert violations(scripted) == [], page.name


def test_axe_is_listened_to(scripted, pages):
    """What is wrong on a page is found: a picture without words."""
    look(scripted, pages["nl"][-1], 1280)
    scripted.execute_script("document.querySelector('main').append(document.createElement('img'))")
    assert violations(scripted) == [("image-alt", "<img>")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_one_main_heading_and_named_tables(browser, pages, language):
    """A screen reader finds what the page is, in which language, and what each table holds."""
    for page in pages[language]:
        browser.get(page.as_uri())
        assert len(browser.find_elements(By.TAG_NAME, "h1")) == 1
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        tables = browser.find_elements(By.TAG_NAME, "table")
        assert tables
        assert all(table.find_elements(By.TAG_NAME, "caption") for table in tables)


def test_corrected_figures_are_seen_beside_the_measured_ones(browser, pages):
    """In the large figures, in the tables and in the chapter; each share says by which reference it is traced."""
    look(browser, pages["nl"][0], 1280)
    marked = browser.find_elements(By.CSS_SELECTOR, ".card .corrected, td .corrected")
    assert len(marked) > 2
    assert all(one.is_displayed() and "gecorrigeerd" in one.text.casefold() for one in marked)
    assert browser.find_element(By.ID, "replies").is_displayed()
    assert browser.find_element(By.ID, "web-tls").get_attribute("data-figure") == "web/tls"


def test_the_first_tab_leads_past_the_heading(browser, pages):
    """The skip link is the first thing that the keyboard comes to, is seen then, and Enter leads to the text."""
    look(browser, pages["nl"][0], 1280)
    ActionChains(browser).send_keys(Keys.TAB).perform()
    focused = browser.switch_to.active_element
    assert focused.get_attribute("href").endswith("#main")
    assert focused.location["x"] >= 0
    assert focused.location["y"] >= 0
    assert focused.size["height"] > 10
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert browser.current_url.endswith("#main")
    assert browser.switch_to.active_element.get_attribute("id") == "main"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_to_a_domain_and_back_works_from_the_file_system(browser, pages, language):
    """Links are relative: no server is needed."""
    index, domain, *_ = pages[language]
    look(browser, index, 1280)
    next(one for one in browser.find_elements(By.CSS_SELECTOR, "main a") if one.get_attribute("href") == domain.as_uri()).click()
    assert browser.current_url == domain.as_uri()
    assert browser.find_element(By.TAG_NAME, "h1").text == domain.name.removesuffix(".html")
    browser.find_element(By.CSS_SELECTOR, "header a").click()
    assert browser.current_url.partition("#")[0] == index.as_uri()


def test_a_measurement_that_is_not_of_the_internet_says_so(browser, pages):
    """Nobody can take a trial measurement for results of real organisations."""
    for page in pages["nl"]:
        browser.get(page.as_uri())
        assert "Testnet, Amsterdam" in browser.find_element(By.CSS_SELECTOR, "main .notice").text
