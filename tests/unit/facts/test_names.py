# SPDX-License-Identifier: EUPL-1.2
"""Which names fit a host (RFC 9525, 6.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.names import names_host

FITS = [
    ("mx1.duinrade.example", "mx1.duinrade.example"),
    ("MX1.Duinrade.EXAMPLE", "mx1.duinrade.example"),
    ("mx1.duinrade.example", "MX1.duinrade.example."),
    ("*.duinrade.example", "mx1.duinrade.example"),
    ("xn--berheid-m2a.example", "xn--berheid-m2a.example"),
    ("*.xn--berheid-m2a.example", "www.xn--berheid-m2a.example"),
    ("mail_1.duinrade.example", "mail_1.duinrade.example"),
]
FITS_NOT = [
    ("duinrade.example", "mx1.duinrade.example"),
    ("mx1.duinrade.example", "duinrade.example"),
    ("*.duinrade.example", "duinrade.example"),
    ("*.duinrade.example", "a.mx1.duinrade.example"),
    ("*.*.example", "mx1.duinrade.example"),
    ("mx*.duinrade.example", "mx1.duinrade.example"),
    ("*1.duinrade.example", "mx1.duinrade.example"),
    ("mx1.*.example", "mx1.duinrade.example"),
    ("*", "example"),
    ("*", "*"),
    ("*.", "example."),
    ("*.duinrade.example", "*.duinrade.example"),
    ("mx1.duinrade.example.", "mx1.duinrade.example"),
    (".duinrade.example", "mx1.duinrade.example"),
    ("überheid.example", "xn--berheid-m2a.example"),
    ("mx1.duinrade.example\0.anders.example", "mx1.duinrade.example"),
    ("", ""),
    ("mx1 .duinrade.example", "mx1.duinrade.example"),
]


@pytest.mark.parametrize(("presented", "host"), FITS)
def test_a_name_fits(presented: str, host: str):
    """The same name, or a wildcard for exactly its first label."""
    assert names_host([presented], host)


@pytest.mark.parametrize(("presented", "host"), FITS_NOT)
def test_a_name_does_not_fit(presented: str, host: str):
    """Another name, a wildcard elsewhere or for more, or what is no name at all."""
    assert not names_host([presented], host)


def test_any_of_several_names_suffices():
    """A certificate may be for many hosts."""
    assert names_host(["a.example", "mx1.duinrade.example"], "mx1.duinrade.example")
    assert not names_host([], "mx1.duinrade.example")


@given(st.text(), st.text())
def test_any_text_is_answered(presented: str, host: str):
    """No text makes the comparison fail; what fits is the same name, or a wildcard."""
    if names_host([presented], host):
        assert presented.startswith("*.") or presented.lower() == host.lower().removesuffix(".")
