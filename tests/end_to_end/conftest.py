# SPDX-License-Identifier: EUPL-1.2
"""Two browsers for all tests that need one: without JavaScript, and as people have it."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.end_to_end.chromium import chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator[Chrome]:
    """Start Chromium without JavaScript: report and site do without."""
    with chromium(tmp_path_factory.mktemp("profile"), has_scripts=False) as started:
        yield started


@pytest.fixture(scope="session")
def scripted(tmp_path_factory) -> Iterator[Chrome]:
    """Start Chromium as people have it, for what is itself a script."""
    with chromium(tmp_path_factory.mktemp("scripted"), has_scripts=True) as started:
        yield started
