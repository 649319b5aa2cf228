# SPDX-License-Identifier: EUPL-1.2
"""The grammar of SPF records (RFC 7208, 12)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.spf import Directive, Modifier, Qualifier, SpfRecord, is_spf, parse

GOOD = [
    "all",
    "-ALL",
    "a",
    "?A/24",
    "a//64",
    "a/24//64",
    "a:mail.example/0",
    "a:mail.example.",
    "mx:%{d}",
    "ptr",
    "ptr:mail.example",
    "ip4:198.51.100.1",
    "ip4:198.51.100.1/32",
    "ip6:2001:db8::/32",
    "ip6:::ffff:198.51.100.1",
    "include:_spf.supplier.example",
    "exists:%{ir}.%{v}._spf.%{d2}",
    "exists:%{L1r-+}.x.example",
    "redirect=_spf.example",
    "exp=why.%{d}",
    "unknown=",
    "un-known.name_2=anything/%{s}/%%%_%-",
]
BAD = [
    "all:x.example",
    "all/24",
    "a:",
    "a:/24",
    "a/",
    "a/33",
    "a/024",
    "a//129",
    "a//",
    "a:museum",
    "a:mail.example:8080",
    "a:mail.example.123",
    "a:-.",
    "mx/24/64",
    "ptr:",
    "ip4",
    "ip4:198.51.100",
    "ip4:198.51.100.01",
    "ip4:198.51.100.1/33",
    "ip4:198.51.100.1/",
    "ip4:2001:db8::1",
    "ip6:198.51.100.1",
    "ip6:fe80::1%eth0",
    "ip6:2001:db8::/129",
    "include",
    "include:",
    "include:%{x}.example",
    "include:%{d",
    "include:%(d).example",
    "include:%.example",
    "include:example",
    "exists",
    "redirect=",
    "redirect=museum",
    "exp=%{c}",
    "--all",
    "+-all",
    "-",
    "1=x",
    "unknown=%",
    "ipv4:198.51.100.1",
    "include:caf\\xc3\\xa9.example",
    "v=spf1\x00",
    "a\u00e9",
]


@pytest.mark.parametrize("term", GOOD)
def test_a_good_term_is_read(term):
    """Each form of the grammar is one term, and no fault."""
    record = parse(f"v=spf1 {term}")
    assert record.faults == ()
    assert len(record.terms) == 1


@pytest.mark.parametrize("term", BAD)
def test_a_bad_term_is_a_fault(term):
    """What breaks the grammar is kept as written."""
    assert parse(f"v=spf1 {term}") == SpfRecord((), (term,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf1 ", True),
        ("v=spf10", False),
        ("v=spf1\t-all", False),
        (" v=spf1", False),
        ("", False),
        ("spf1", False),
    ],
)
def test_which_texts_are_spf_records(text, expected):
    """The version stands first, in any case, and ends at a space or the end."""
    assert is_spf(text) is expected


def test_redirect_does_not_count_beside_all():
    """An all anywhere puts redirect out of action."""
    assert parse("v=spf1 redirect=x.example -all").redirect is None
    assert parse("v=spf1 redirect=x.example").redirect == "x.example"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1 -all", True),
        ("V=SPF1  -All ", True),
        ("v=spf1 ~all", False),
        ("v=spf1 -all -all", False),
        ("v=spf1 -all exp=x.example", False),
        ("v=spf1 foo -all", False),
        ("v=spf1", False),
    ],
)
def test_when_a_record_forbids_all_mail(text, expected):
    """Only -all, and nothing beside it."""
    assert parse(text).forbids_all_mail is expected


def test_a_hostile_record_is_read_in_no_time():
    """A record of the largest size that almost matches takes no more than a moment."""
    started = time.perf_counter()
    for piece in ("a", "a.", "1", "a-", "/", "%{d}", "%{d", "."):
        parse("v=spf1 a:" + piece * (60_000 // len(piece)) + "!!")
    assert time.perf_counter() - started < 2


_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?\.[a-z]{2,6}", fullmatch=True)
_TARGETS = _NAMES | st.just("%{i}._spf.%{d2r.-}.example") | st.just("%{d}")
_SIGNS = st.sampled_from(Qualifier)
_LENGTHS_4 = st.none() | st.integers(0, 32)
_LENGTHS_6 = st.none() | st.integers(0, 128)
_DIRECTIVES = st.one_of(
    st.builds(Directive, _SIGNS, st.just("all")),
    st.builds(Directive, _SIGNS, st.sampled_from(["include", "exists"]), _TARGETS),
    st.builds(Directive, _SIGNS, st.sampled_from(["a", "mx"]), st.just("") | _TARGETS, _LENGTHS_4, _LENGTHS_6),
    st.builds(Directive, _SIGNS, st.just("ptr"), st.just("") | _TARGETS),
    st.builds(Directive, _SIGNS, st.just("ip4"), st.ip_addresses(v=4).map(str), ipv4_prefix=_LENGTHS_4),
    st.builds(Directive, _SIGNS, st.just("ip6"), st.ip_addresses(v=6).map(str), ipv6_prefix=_LENGTHS_6),
    st.builds(Modifier, st.just("unknown"), _TARGETS),
)
RECORDS = st.builds(
    lambda terms, redirect: SpfRecord((*terms, *redirect)),
    st.lists(_DIRECTIVES, max_size=12),
    st.lists(st.builds(Modifier, st.just("redirect"), _TARGETS), max_size=1),
)


@given(RECORDS)
def test_a_written_record_is_read_as_it_was(record):
    """Writing and reading are each other's opposite."""
    assert parse(str(record)) == record


@given(st.text() | st.text("v=spf1 :/%{}.adilnmx-+~?0123456789\\"))
def test_no_text_makes_the_parser_raise(text):
    """Whatever stands in a TXT record becomes terms and faults."""
    record = parse(f"v=spf1 {text}")
    assert len(record.terms) + len(record.faults) == len([word for word in text.split(" ") if word])
