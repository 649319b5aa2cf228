# SPDX-License-Identifier: EUPL-1.2
"""CAA properties: the grammar of RFC 8659, with RFC 8657 and RFC 9495."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.caa import Issuer, Property, issuer, parse

GOOD = {
    "": Issuer("", ()),
    ";": Issuer("", ()),
    " \t; ": Issuer("", ()),
    "ca.example": Issuer("ca.example", ()),
    "  CA.Example  ": Issuer("ca.example", ()),
    "ca": Issuer("ca", ()),
    "c--a.ex-ample": Issuer("c--a.ex-ample", ()),
    "ca.example;": Issuer("ca.example", ()),
    "ca.example; account=230123": Issuer("ca.example", (("account", "230123"),)),
    "ca.example ;a = 1 ; b=2": Issuer("ca.example", (("a", "1"), ("b", "2"))),
    "ca.example; a=": Issuer("ca.example", (("a", ""),)),
    "ca.example; a==1": Issuer("ca.example", (("a", "=1"),)),
    "; a=1": Issuer("", (("a", "1"),)),
    "ca.example; validationmethods=dns-01,http-01": Issuer("ca.example", (("validationmethods", "dns-01,http-01"),)),
    "ca.example; accounturi=https://ca.example/acct/1": Issuer("ca.example", (("accounturi", "https://ca.example/acct/1"),)),
}
BAD = [
    "ca example",
    "ca.example.",
    ".ca.example",
    "-ca.example",
    "ca-.example",
    "ca_1.example",
    "https://ca.example",
    "*.ca.example",
    "ca.example, other.example",
    "ca.example; a",
    "ca.example; =1",
    "ca.example; a=1;",
    "ca.example; a=1;;b=2",
    "ca.example; a=1 b=2",
    "ca.example; -a=1",
    "ca.example; a=\x7f",
    "ca.example; a=\u00e9",
    "c\u00e1.example",
    "ca.example; accounturi=12",
    "ca.example; validationmethods=dns-01,,http-01",
    "ca.example; validationmethods=dns_01",
    "%%%%",
]


@pytest.mark.parametrize(("value", "expected"), GOOD.items())
def test_a_good_issue_value_is_read(value, expected):
    """Issuer and conditions, with spaces where they may stand."""
    assert issuer(value) == expected


@pytest.mark.parametrize("value", BAD)
def test_a_bad_issue_value_is_refused(value):
    """What an authority would have to read as a ban."""
    assert issuer(value) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('0 issue "ca.example"', Property(0, "issue", "ca.example")),
        ("0 issue ca.example", Property(0, "issue", "ca.example")),
        ('128 IssueWild ";"', Property(128, "issuewild", ";")),
        ('0 issue ""', Property(0, "issue", "")),
        ('0 issue "a\\"b\\\\c\\195"', Property(0, "issue", 'a"b\\c\u00c3')),
        ('256 issue "x"', None),
        ('0 issue "x', None),
        ("0 issue", None),
        ('issue "x"', None),
        ("", None),
    ],
)
def test_the_text_of_a_record(text, expected):
    """As resolvers write it: flags, tag, and a value in quotes with escapes."""
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (Property(0, "issue", "ca.example"), ""),
        (Property(128, "issue", "ca.example"), ""),
        (Property(64, "issue", "ca.example"), "flags"),
        (Property(0, "is-sue", "ca.example"), "tag"),
        (Property(0, "", ""), "tag"),
        (Property(0, "issuewild", "*.example"), "value"),
        (Property(0, "issuemail", ";"), ""),
        (Property(0, "issuevmc", "@"), "value"),
        (Property(0, "iodef", "mailto:a@b.example"), ""),
        (Property(0, "iodef", "MAILTO:a@b.example?subject=caa"), ""),
        (Property(0, "iodef", "mailto:"), "value"),
        (Property(0, "iodef", "mailto:a@b.example c"), "value"),
        (Property(0, "iodef", "http://meld.example/caa"), ""),
        (Property(0, "iodef", "ftp://meld.example/"), "value"),
        (Property(0, "iodef", "https://"), "value"),
        (Property(0, "contactemail", "a@b.example"), ""),
        (Property(0, "contactemail", "mailto"), "value"),
        (Property(0, "contactphone", "+31 (70) 123-45.67"), ""),
        (Property(0, "contactphone", "0701234567"), "value"),
        (Property(0, "contactphone", "+()"), "value"),
        (Property(0, "unknown", "\x00 anything"), ""),
    ],
    ids=str,
)
def test_the_fault_of_a_property(one, fault):
    """Flags, tag or value; a tag that is not known may have any value."""
    assert one.fault == fault


@given(st.text(), st.integers(0, 255), st.sampled_from(["issue", "iodef", "contactemail", "contactphone", "issuewild", "x"]))
def test_any_text_is_read_or_refused(text, flags, tag):
    """Nothing that a zone may hold makes the readers fail."""
    parse(text)
    parse(f'{flags} {tag} "{text}"')
    assert Property(flags, tag, text).fault in {"", "flags", "tag", "value"}


@pytest.mark.parametrize("text", [" ", "a", "a-", "a.", "1", "+1", ";", "a=b;", '"', "\\", "(", "+(", "-", "@", "mailto:"])
def test_a_long_text_takes_no_long_time(text):
    """No pattern goes back over its text again and again."""
    long = text * (20_000 // len(text))
    began = time.perf_counter()
    for tag in ("issue", "iodef", "contactemail", "contactphone"):
        for value in (long, f"{long}!", f"ca.example; {long}!", f"+{long}!", f"mailto:{long} !"):
            parsed = parse(f'0 {tag} "{value}"')
            assert parsed is None or parsed.fault in {"", "value"}
    assert time.perf_counter() - began < 2
