# SPDX-License-Identifier: EUPL-1.2
"""Errors about a place say what and where, and repeat nothing that could steer a terminal."""

import pytest

from meetlat.model.faults import printable
from meetlat.store.errors import Fault, MeasurementError


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        pytest.param("gewoon", 80, "gewoon", id="plain"),
        pytest.param("gewoon", 3, "gew", id="cut"),
        pytest.param("rood\x1b[31m", 80, "rood\ufffd[31m", id="escape sequence"),
        pytest.param("a\u202eb", 80, "a\ufffdb", id="text turned around"),
        pytest.param("één ü", 80, "één ü", id="letters with marks, and a space"),
        pytest.param("", 80, "", id="nothing"),
    ],
)
def test_only_what_prints_is_repeated(text, most, shown):
    """Bounded, each other character replaced."""
    assert printable(text, most) == shown


def test_an_error_has_its_fault_its_place_and_its_sentence(tmp_path):
    """What the command line needs to say it in Dutch, and the English sentence."""
    error = MeasurementError(Fault.UNFINISHED, tmp_path, "manifest.json")
    assert (error.fault, error.path, error.detail) == (Fault.UNFINISHED, tmp_path, "manifest.json")
    assert str(error).startswith(f"{tmp_path} was not finished (there is no manifest.json yet)")
