# SPDX-License-Identifier: EUPL-1.2
"""One folder of open data for all tests that only read it."""

import pytest

from tests.unit.publish.open_data.published import published, source


@pytest.fixture(scope="session")
def of(tmp_path_factory):
    """The measurements."""
    return source(tmp_path_factory.mktemp("measurements"))


@pytest.fixture(scope="session")
def data(tmp_path_factory, of):
    """The folder."""
    return published(tmp_path_factory.mktemp("open") / "data", of)
