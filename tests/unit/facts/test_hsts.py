# SPDX-License-Identifier: EUPL-1.2
"""The Strict-Transport-Security header: any text is read or refused, and the grammar of RFC 6797 holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.hsts import Hsts, parse

_SPACE = st.sampled_from(["", " ", "  ", "\t"])
_OTHERS = st.sampled_from(["", "preload", "x=1", 'y="a b"', "z", "includeSubDomains"])


@given(st.text())
def test_any_text_is_read_or_refused(text: str):
    """No text makes the reader fail."""
    header = parse(text)
    assert header is None or header.max_age_seconds >= 0


@given(st.integers(0, 10**20 - 1), st.booleans(), st.lists(_OTHERS, unique=True), st.integers(0, 4), _SPACE)
def test_a_good_header_reads_back(seconds: int, quoted: bool, others: list[str], place: int, space: str):  # noqa: FBT001 - drawn
    """max-age is read wherever it stands, quoted or not, whatever other directives there are."""
    max_age = f'Max-Age{space}={space}"{seconds}"' if quoted else f"max-age{space}={space}{seconds}"
    directives = [*others[:place], max_age, *others[place:]]
    assert parse(f"{space};{space}".join(directives)) == Hsts(seconds, "includeSubDomains" in others)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_directive_twice_is_refused(first: int, second: int):
    """RFC 6797, 6.1: all directives stand there once at most, whatever their capitals."""
    assert parse(f"max-age={first}; MAX-AGE={second}") is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "includeSubDomains",
        "max-age",
        "max-age=",
        "max-age=-1",
        "max-age=1.5",
        "max-age=abc",
        'max-age="1',
        "max-age=1, max-age=2",
        "max-age=1 includeSubDomains",
        "max-age==1",
        "max-age=\u0661",
        "max-age=" + "9" * 21,
        "(max-age=1)",
        "preload; preload; max-age=1",
    ],
)
def test_what_breaks_the_grammar_is_refused(value: str):
    """A header that a browser would throw away."""
    assert parse(value) is None
