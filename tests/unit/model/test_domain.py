# SPDX-License-Identifier: EUPL-1.2
"""Domain names as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.domain import Domain, DomainError

WRITTEN = [
    ("Gemeente-Duinrade.NL", "gemeente-duinrade.nl"),
    (" gemeente-duinrade.nl. ", "gemeente-duinrade.nl"),
    ("https://www.gemeente-duinrade.nl/contact?x=1#y", "www.gemeente-duinrade.nl"),
    ("HTTP://user:secret@gemeente-duinrade.nl:8080/", "gemeente-duinrade.nl"),
    ("gemeente-duinrade.nl/contact", "gemeente-duinrade.nl"),
    ("gemeente-duinrade.nl:443", "gemeente-duinrade.nl"),
    ("Überheid.NL", "xn--berheid-m2a.nl"),
    ("xn--berheid-m2a.nl", "xn--berheid-m2a.nl"),
    ("\ufeffgemeente-duinrade.nl", "gemeente-duinrade.nl"),
    ("gemeente。nl", "gemeente.nl"),
]
REFUSED = [
    "",
    "   ",
    "nl",
    "198.51.100.1",
    "https://198.51.100.1/",
    "a..nl",
    "-a.nl",
    "exam ple.nl",
    "a" * 64 + ".nl",
    "https://",
    "http://[::1",
    "a.b.1",
]


@pytest.mark.parametrize(("text", "name"), WRITTEN)
def test_a_name_is_understood_as_people_write_it(text, name):
    """Capitals, final dots, IDN, schemes, paths and spaces lead to the same name."""
    assert Domain.parse(text).name == name


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_host_name_is_refused(text):
    """A text that is no domain name raises DomainError."""
    with pytest.raises(DomainError):
        Domain.parse(text)


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_refused(text):
    """No text makes the parser fail in another way, and what it accepts it accepts again unchanged."""
    try:
        domain = Domain.parse(text)
    except DomainError:
        return
    assert Domain.parse(domain.name) == domain
    assert domain.shown


def test_the_shown_name_is_in_its_own_letters():
    """People read U-labels."""
    assert Domain.parse("xn--berheid-m2a.nl").shown == "überheid.nl"


def test_the_parent_of_a_top_level_domain_is_none():
    """Climbing ends at the top."""
    assert Domain("a.nl").parent() == Domain("nl")
    assert Domain("nl").parent() is None
