# SPDX-License-Identifier: EUPL-1.2
"""Each test asks its own width of the screen: who came first in the process must not decide for all."""

import pytest

from meetlat.cli import shown


@pytest.fixture(autouse=True)
def _own_consoles():
    """Let the consoles be made anew."""
    shown.console.cache_clear()
    shown.errors.cache_clear()
