# SPDX-License-Identifier: EUPL-1.2
"""Web addresses: any text is read or refused, and what is read can be asked for."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.urls import Url, parse, resolve

_BASE = "http://duinrade.example/een/twee?drie"
_REFERENCES = st.text() | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "https:", "//", "/", "", "https:\\\\", "HTTPS://", "ftp://"]),
    st.sampled_from(["duinrade.example", "a@b.example", "[::1]", "[", "127.0.0.1", "überheid.example", "a..b", "x:99999", "x:0", "\x00"]),
    st.sampled_from(["", "/", "/é ?ü=%zz#x", "\\..\\", "/\ud800"]),
    st.text(max_size=5),
)


@given(st.text(), _REFERENCES)
def test_any_reference_is_resolved_or_refused(base: str, reference: str):
    """No text makes the reading fail."""
    resolve(base, reference)
    resolve(_BASE, reference)


@given(_REFERENCES)
def test_what_is_read_can_be_asked_for(reference: str):
    """An address that was read is plain ASCII without spaces, and reads back as itself."""
    url = resolve(_BASE, reference)
    if url is not None:
        text = str(url)
        assert text.isascii()
        assert not any(character.isspace() for character in text)
        assert urlsplit(text).hostname == url.host
        assert parse(text) == url


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("https://duinrade.example", "https://duinrade.example/"),
        ("HTTPS://DUINRADE.Example.:443/A?b=c#d", "https://duinrade.example/A?b=c"),
        ("//elders.example/x", "http://elders.example/x"),
        ("/x", "http://duinrade.example/x"),
        ("x", "http://duinrade.example/een/x"),
        ("../x", "http://duinrade.example/x"),
        ("?x", "http://duinrade.example/een/twee?x"),
        ("", "http://duinrade.example/een/twee?drie"),
        (" https://duinrade.example/ ", "https://duinrade.example/"),
        ("https://überheid.example/é ë", "https://xn--berheid-m2a.example/%C3%A9%20%C3%AB"),
        ("https://user:pass@elders.example/", "https://elders.example/"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://a_b.example/%41", "https://a_b.example/%41"),
    ],
)
def test_references_are_resolved_as_browsers_do(reference: str, expected: str):
    """Absolute and relative references, in all the ways that servers write them."""
    assert str(resolve(_BASE, reference)) == expected


@pytest.mark.parametrize(
    "reference",
    [
        "ftp://duinrade.example/",
        "mailto:a@b.example",
        "https://",
        "https:///x",
        "https:x",
        "https:\\\\duinrade.example\\",
        "https://[half",
        "https://a:99999/",
        "https://a:0/",
        "https://a:x/",
        "https://a..b/",
        "https://%61.example/",
        "https://a b/",
        "x" * 9000,
    ],
)
def test_what_leads_nowhere_is_refused(reference: str):
    """Other schemes, hosts that are none, ports that are none, and what is too long."""
    assert resolve(_BASE, reference) is None


def test_a_domain_is_told_from_an_address_and_a_label():
    """Only a name of several labels can be asked for in the DNS."""
    assert [Url("https", host, 443, "/").names_a_domain for host in ("a.example", "intranet", "192.0.2.1", "2001:db8::1")] == [
        True,
        False,
        False,
        False,
    ]
