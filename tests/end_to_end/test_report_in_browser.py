# SPDX-License-Identifier: EUPL-1.2
"""The report as a person meets it: in Debian's Chromium, from the file system, on a phone and on a desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from meetlat.publish.report import write_report
from meetlat.standards.loading import standards
from tests.unit.made_up import large_measurement

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
)
LANGUAGES = ("nl", "en")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, list[Path]]:
    """Write a report of a made-up government in both languages; per language its front page and two domain pages."""
    folder = tmp_path_factory.mktemp("report")
    measured = [standard for standard in standards().values() if standard.rules]
    large_measurement(folder / "meting", measured, 40)
    found = {}
    for language in LANGUAGES:
        paths = write_report(folder / "meting", folder / language, language, standards())
        found[language] = [paths.index, *sorted(paths.domains.glob("*.html"))[:2]]
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Chrome]:
    """Start Chromium with a profile of its own and without JavaScript: the report does without."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    started = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
    yield started
    started.quit()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_screen(browser, pages, language, width):
    """Nobody has to scroll sideways to read a page; a wide table scrolls by itself."""
    browser.set_window_size(width, 900)
    for page in pages[language]:
        browser.get(page.as_uri())
        metrics = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
        assert metrics["cssContentSize"]["width"] <= metrics["cssLayoutViewport"]["clientWidth"], page.name


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


def test_the_first_tab_leads_past_the_heading(browser, pages):
    """The skip link is the first thing that the keyboard comes to, and is seen then."""
    browser.get(pages["nl"][0].as_uri())
    ActionChains(browser).send_keys(Keys.TAB).perform()
    focused = browser.switch_to.active_element
    assert focused.get_attribute("href").endswith("#main")
    assert focused.location["y"] >= 0
    assert focused.size["height"] > 10


def test_the_way_to_a_domain_and_back_works_from_the_file_system(browser, pages):
    """Links are relative: no server is needed."""
    index, domain, _ = pages["nl"]
    browser.get(index.as_uri())
    link = next(one for one in browser.find_elements(By.CSS_SELECTOR, "#domains a, a") if one.get_attribute("href") == domain.as_uri())
    browser.get(link.get_attribute("href"))
    assert browser.find_element(By.TAG_NAME, "h1").text == domain.name.removesuffix(".html")
    browser.find_element(By.CSS_SELECTOR, "header a").click()
    assert browser.current_url.partition("#")[0] == index.as_uri()


def test_a_measurement_that_is_not_of_the_internet_says_so(browser, pages):
    """Nobody can take a trial measurement for results of real organisations."""
    for page in pages["nl"]:
        browser.get(page.as_uri())
        assert "Testnet, Amsterdam" in browser.find_element(By.CSS_SELECTOR, "main .notice").text
