# SPDX-License-Identifier: EUPL-1.2
"""TLSA records against chains: the cases of RFC 6698, RFC 7671 and RFC 7672."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.sent_chain import SentChain
from meetlat.facts.tlsa import Fit, Tlsa, best_fit, parse
from tests.unit.facts.made_certificates import BEGIN, END, NOW, ec_key, make

HOST = "mx1.duinrade.example"
ROOT = make("Root", ca=True)
UPPER = make("Upper", ROOT, ca=True)
LOWER = make("Lower", UPPER, ca=True)
LEAF = make("leaf", LOWER, names=(HOST,))
SELF = make("self", names=(HOST,))
LAPSED = make("Lower", UPPER, ca=True, end=BEGIN.replace(month=2), key=LOWER.key)
NO_AUTHORITY = make("Lower", UPPER, ca=False, key=LOWER.key)
STRANGER = make("Stranger", ca=True)
CHAIN = (LEAF, LOWER, UPPER)


def record(usage, selector, matching, made):
    """Make the record for a certificate."""
    selected = made.key_info if selector else made.der
    digest = {0: lambda data: data, 1: lambda data: hashlib.sha256(data).digest(), 2: lambda data: hashlib.sha512(data).digest()}
    return Tlsa(usage, selector, matching, digest[matching](selected))


def fit(one, chain=CHAIN, *, names=(HOST,), trusted=None, at=NOW):
    """Compare one record with a chain."""
    return best_fit([one], SentChain(tuple(made.sent for made in chain), trusted), names, at)


@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize(("usage", "made"), [(3, LEAF), (2, LOWER), (2, UPPER)], ids=["EE", "TA", "TA, two steps up"])
def test_every_selector_and_matching_type(usage, made, selector, matching):
    """Certificate or key, whole or as a digest, of the server or of an issuer that is sent."""
    assert fit(record(usage, selector, matching, made)) is Fit.MATCH
    assert fit(record(usage, selector, matching, STRANGER)) is Fit.MISMATCH


CASES = [
    ("usage 3 looks at no name", record(3, 1, 1, LEAF), {"names": ("anders.example",)}, Fit.MATCH),
    ("usage 3 looks at no date", record(3, 1, 1, LEAF), {"at": END.replace(year=2030)}, Fit.MATCH),
    ("usage 3 of a certificate further up", record(3, 1, 1, LOWER), {}, Fit.MISMATCH),
    ("usage 3 of a certificate that signs itself", record(3, 0, 1, SELF), {"chain": (SELF,)}, Fit.MATCH),
    ("usage 2 of the server's own certificate", record(2, 0, 1, LEAF), {}, Fit.MISMATCH),
    ("usage 2 of a certificate that signs itself", record(2, 0, 1, SELF), {"chain": (SELF,)}, Fit.MISMATCH),
    ("usage 2 and another name", record(2, 1, 1, LOWER), {"names": ("anders.example",)}, Fit.WRONG_NAME),
    ("usage 2 and one of two names", record(2, 1, 1, LOWER), {"names": ("anders.example", HOST)}, Fit.MATCH),
    ("usage 2 after the end of all", record(2, 1, 1, LOWER), {"at": END.replace(year=2030)}, Fit.OUT_OF_TIME),
    ("usage 2, of which a step has lapsed", record(2, 1, 1, UPPER), {"chain": (LEAF, LAPSED, UPPER)}, Fit.OUT_OF_TIME),
    ("usage 2, which has itself lapsed", record(2, 0, 1, LAPSED), {"chain": (LEAF, LAPSED, UPPER)}, Fit.OUT_OF_TIME),
    ("usage 2, a step lapsed and sent anew as well", record(2, 1, 1, UPPER), {"chain": (LEAF, LAPSED, UPPER, LOWER)}, Fit.MATCH),
    ("usage 2, a step that may not issue", record(2, 1, 1, UPPER), {"chain": (LEAF, NO_AUTHORITY, UPPER)}, Fit.MISMATCH),
    ("usage 2, in any order and with strangers", record(2, 1, 1, UPPER), {"chain": (LEAF, STRANGER, UPPER, LOWER)}, Fit.MATCH),
    ("usage 2, a step is not sent", record(2, 1, 1, UPPER), {"chain": (LEAF, UPPER)}, Fit.MISMATCH),
    ("usage 2, sent but not the issuer", record(2, 1, 1, STRANGER), {"chain": (LEAF, STRANGER)}, Fit.MISMATCH),
    ("usage 2, a digest of what is not sent", record(2, 0, 1, ROOT), {}, Fit.MISMATCH),
    ("usage 2, the whole of what is not sent", record(2, 0, 0, ROOT), {}, Fit.MATCH),
    ("usage 2, the whole of a stranger", record(2, 0, 0, STRANGER), {}, Fit.MISMATCH),
    ("usage 2, the bare key of what is not sent", record(2, 1, 0, ROOT), {}, Fit.MATCH),
    ("usage 2, the bare key that signed the first", record(2, 1, 0, LOWER), {"chain": (LEAF,)}, Fit.MATCH),
    ("usage 2, the bare key, after the end", record(2, 1, 0, LOWER), {"chain": (LEAF,), "at": END.replace(year=2030)}, Fit.OUT_OF_TIME),
    ("usage 2, the whole is no certificate", Tlsa(2, 0, 0, b"nothing"), {}, Fit.UNKNOWN),
    ("usage 2, the bare key is no key", Tlsa(2, 1, 0, b"nothing"), {}, Fit.UNKNOWN),
    ("usage 1, trusted", record(1, 1, 1, LEAF), {"trusted": True}, Fit.MATCH),
    ("usage 1, trusted, another name", record(1, 1, 1, LEAF), {"trusted": True, "names": ("anders.example",)}, Fit.WRONG_NAME),
    ("usage 1, not trusted", record(1, 1, 1, LEAF), {"trusted": False}, Fit.NOT_TRUSTED),
    ("usage 1, nobody said whether it is trusted", record(1, 1, 1, LEAF), {}, Fit.UNKNOWN),
    ("usage 1, another key", record(1, 1, 1, LOWER), {"trusted": True}, Fit.MISMATCH),
    ("usage 0, trusted", record(0, 1, 1, UPPER), {"trusted": True}, Fit.MATCH),
    ("usage 0, not trusted", record(0, 1, 1, UPPER), {"trusted": False}, Fit.NOT_TRUSTED),
    ("usage 0 of the server itself", record(0, 1, 1, LEAF), {"trusted": True}, Fit.UNKNOWN),
    ("usage 0 of a root that is not sent", record(0, 1, 1, ROOT), {"trusted": True}, Fit.UNKNOWN),
]


@pytest.mark.parametrize(("one", "more", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_record_fits_or_not(one, more, expected):
    """Each case says in its name what is special about it."""
    assert fit(one, **more) is expected


def test_the_best_of_several_records_counts():
    """RFC 6698, 4.1: one that fits suffices; and what we cannot tell is no mismatch."""
    chain = SentChain(tuple(made.sent for made in CHAIN), None)
    good, bad, unknown = record(3, 1, 1, LEAF), record(3, 1, 1, STRANGER), Tlsa(2, 1, 0, b"nothing")
    assert best_fit([bad, good], chain, (HOST,), NOW) is Fit.MATCH
    assert best_fit([bad, unknown], chain, (HOST,), NOW) is Fit.UNKNOWN
    assert best_fit([], chain, (HOST,), NOW) is Fit.MISMATCH


def test_a_circle_of_issuers_ends():
    """Two authorities that signed each other, and never the anchor."""
    one, other = ec_key(), ec_key()
    first, second = make("One", ca=True, key=one), make("Other", ca=True, key=other)
    crossed = (make("One", second, ca=True, key=one), make("Other", first, ca=True, key=other))
    chain = (make("leaf", first, names=(HOST,)), *crossed, first, second)
    assert fit(record(2, 0, 1, STRANGER), chain) is Fit.MISMATCH
    assert fit(record(2, 1, 1, second), chain) is Fit.MATCH


GOOD = "ab" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"3 1 1 {GOOD}", Tlsa(3, 1, 1, bytes.fromhex(GOOD))),
        (f" 3 1 1 {GOOD.upper()} ", Tlsa(3, 1, 1, bytes.fromhex(GOOD))),
        (f"3 1 1 {GOOD[:56]} {GOOD[56:]}", Tlsa(3, 1, 1, bytes.fromhex(GOOD))),
        ("3 1 1", Tlsa(3, 1, 1, b"")),
        ("3 1 1 abc", None),
        ("256 1 1 ab", None),
        ("3 1", None),
        ("3 1 1 xy", None),
        ("\u0663 1 1 ab", None),
        ("", None),
    ],
)
def test_the_text_of_a_record(text, expected):
    """RFC 6698, 2.2: three numbers and hexadecimal data, in which spaces may stand."""
    assert parse(text) == expected


@pytest.mark.parametrize(
    "change",
    [{"usage": 4}, {"usage": 255}, {"selector": 2}, {"matching": 3}, {"association": b""}, {"association": b"x" * 31}, {"matching": 2}],
)
def test_what_cannot_be_used(change):
    """RFC 6698, 4.1: unknown numbers, and digests of another length, are as if they were not there."""
    good = Tlsa(3, 1, 1, bytes.fromhex(GOOD))
    assert good.is_well_formed
    assert not replace(good, **change).is_well_formed


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """No text makes the reader fail, and what is read can be written and compared."""
    one = parse(text)
    if one is not None:
        assert len(str(one)) < 40
        assert fit(one) in Fit


@given(st.integers(0, 4), st.integers(0, 2), st.integers(0, 3), st.binary(max_size=80), st.lists(st.binary(max_size=40), max_size=3))
def test_any_record_is_compared_with_any_bytes(usage, selector, matching, data, sent):
    """What servers and zones may hold: the comparison never fails, and usage 3 never says that it does not know."""
    chain = SentChain(tuple(replace(LEAF.sent, der=one, parsed=None) for one in (sent or [b""])), is_trusted=True)
    found = best_fit([Tlsa(usage, selector, matching, data)], chain, (HOST,), NOW)
    assert found in Fit
    assert usage != 3 or found in {Fit.MATCH, Fit.MISMATCH}
