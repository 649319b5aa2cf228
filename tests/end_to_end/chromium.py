# SPDX-License-Identifier: EUPL-1.2
"""Debian's Chromium: how it is started, made as narrow as a phone, and asked what axe-core finds on a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import selenium_axe_python
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")  # axe-core's names for WCAG 2.2, levels A and AA
_PATIENCE = 180  # seconds for one script: axe on a long page, on a machine that does more
_AXE = (Path(selenium_axe_python.__file__).parent / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# Of rules that hold, axe then tells one place each: to write down where each of thousands of cells stands takes most of its time.
_TOLD = {"runOnly": list(_WCAG), "resultTypes": ["violations"]}


@contextmanager
def chromium(profile: Path, *, has_scripts: bool) -> Iterator[Chrome]:
    """Start Chromium with a profile of its own, and end it afterwards. Without Chromium this fails, so the tests do too."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if not has_scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
    try:
        started.set_script_timeout(_PATIENCE)
        yield started
    finally:
        started.quit()


def look(browser: Chrome, page: Path, width: int) -> None:
    """Open a page on a screen of exactly this width; a window cannot be made as narrow as a phone."""
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get(page.as_uri())


def violations(browser: Chrome) -> list[tuple[str, str]]:
    """Unfold everything on the page that can be, and return what axe-core finds against WCAG 2.2 A and AA: the rule and a place."""
    browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.execute_script(_AXE)
    found = browser.execute_async_script("axe.run(arguments[0]).then(arguments[1], error => arguments[1](String(error)))", _TOLD)
    assert len(found["passes"]) > 10, found
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
