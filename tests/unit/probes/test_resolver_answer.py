# SPDX-License-Identifier: EUPL-1.2
"""What is read out of an answer is what dnspython reads out of it as a whole."""

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.probes.resolver_answer import read_answer

RECORDS = (
    ("a.test.", "A", "192.0.2.1"),
    ("a.test.", "A", "192.0.2.2"),
    ("a.test.", "AAAA", "2001:db8::1"),
    ("www.a.test.", "CNAME", "a.test."),
    ("a.test.", "MX", "10 mx.a.test."),
    ("a.test.", "MX", "0 ."),
    ("a.test.", "NS", "ns1.example.nl."),
    ("a.test.", "TXT", '"v=spf1 " "-all"'),
    ("_25._tcp.mx.a.test.", "TLSA", "3 1 1 " + "ab" * 32),
    ("a.test.", "CAA", '0 issue "ca.example"'),
    ("a.test.", "SOA", "ns1.a.test. hostmaster.a.test. 1 2 3 4 5"),
    ("a.test.", "TYPE65280", r"\# 3 010203"),
    ("A.Test.", "RRSIG", "A 13 2 300 20300101000000 20200101000000 12345 a.test. " + "YWJj" * 16),
    ("x.test.", "NSEC", "a.test. A RRSIG"),
)


def _rrset(record, ttl):
    """Make a set of one record."""
    owner, kind, data = record
    return dns.rrset.from_text(owner, ttl, "IN", kind, data)


@st.composite
def messages(draw):
    """Draw an answer as a resolver sends it: records, authority, a question or none, EDNS or none, an rcode, AD or not."""
    message = dns.message.make_response(dns.message.make_query("a.test.", "A"), recursion_available=True)
    if draw(st.booleans()):
        message.question.clear()
    for section in (message.answer, message.authority, message.additional):
        section += [_rrset(record, draw(st.integers(0, 2**31 - 1))) for record in draw(st.lists(st.sampled_from(RECORDS), max_size=4))]
    errors = draw(st.lists(st.tuples(st.integers(0, 30), st.none() | st.text("abc é", max_size=20)), max_size=3))
    others = [dns.edns.GenericOption(10, b"12345678")] if draw(st.booleans()) else []
    if errors or others or draw(st.booleans()):
        message.use_edns(0, payload=1232, options=[*others, *(dns.edns.EDEOption(code, text) for code, text in errors)])
        message.set_rcode(draw(st.integers(0, 23)))
    else:
        message.set_rcode(draw(st.integers(0, 15)))
    if draw(st.booleans()):
        message.flags |= dns.flags.AD
    return message


@settings(max_examples=200, deadline=None)
@given(messages(), st.binary(max_size=20))
def test_the_same_as_dnspython(message, behind):
    """Rcode, AD, every record of the answer in order, and the extended errors; octets behind the message change nothing."""
    wire = message.to_wire() + behind
    whole = dns.message.from_wire(wire, ignore_trailing=True, one_rr_per_rrset=True)
    read = read_answer(wire)
    assert (read.rcode, read.is_authentic) == (whole.rcode(), bool(whole.flags & dns.flags.AD))
    expected = [(rrset.name, rrset.rdtype, rrset.ttl, str(rdata)) for rrset in whole.answer for rdata in rrset]
    assert [(record.owner, record.type, record.ttl, str(record.data)) for record in read.records] == expected
    options = [option for option in whole.options if isinstance(option, dns.edns.EDEOption)]
    assert read.errors == [(int(option.code), option.text or "") for option in options]


@settings(max_examples=200, deadline=None)
@given(messages(), st.data())
def test_a_message_with_a_hole_in_it(message, data):
    """Cut off or with octets changed: something is read, or one of the errors that the caller expects is raised."""
    wire = bytearray(message.to_wire())
    for _ in range(data.draw(st.integers(0, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(wire[: data.draw(st.integers(0, len(wire)))])
    try:
        read_answer(cut)
    except (dns.exception.DNSException, ValueError):
        return


def test_types_that_nobody_wants():
    """They are passed over without being read: even when what they hold is nonsense."""
    message = dns.message.make_response(dns.message.make_query("a.test.", "A"))
    message.answer += [_rrset(RECORDS[12], 5), _rrset(RECORDS[0], 5)]
    wire = message.to_wire()
    at = wire.index(dns.rdatatype.RRSIG.to_bytes(2, "big") + b"\x00\x01") + 10
    wire = wire[:at] + b"\xff" * 4 + wire[at + 4 :]
    skipped = frozenset({dns.rdatatype.RRSIG})
    assert [record.type.name for record in read_answer(wire, skipped).records] == ["A"]


def test_a_ttl_with_its_highest_bit_set():
    """RFC 2181, 8: it counts as nought."""
    message = dns.message.make_response(dns.message.make_query("a.test.", "A"))
    message.answer.append(_rrset(RECORDS[0], 7))
    wire = message.to_wire().replace((7).to_bytes(4, "big"), b"\x80\x00\x00\x00")
    assert read_answer(wire).records[0].ttl == 0


LENGTHS = {"longer than the message": 400, "shorter than an address": 2, "none at all": 0}


@pytest.mark.parametrize("case", LENGTHS)
def test_a_record_whose_length_is_a_lie(case):
    """It is refused, as dnspython does."""
    message = dns.message.make_response(dns.message.make_query("a.test.", "A"))
    message.answer.append(_rrset(RECORDS[0], 7))
    wire = message.to_wire()
    at = wire.index(bytes((192, 0, 2, 1))) - 2
    with pytest.raises((dns.exception.DNSException, ValueError)):
        read_answer(wire[:at] + LENGTHS[case].to_bytes(2, "big") + wire[at + 2 :])


def test_the_texts_of_one_type():
    """Sorted, and nothing of other types."""
    message = dns.message.make_response(dns.message.make_query("a.test.", "A"))
    message.answer += [_rrset(record, 5) for record in (RECORDS[1], RECORDS[2], RECORDS[0])]
    assert read_answer(message.to_wire()).texts("A") == ["192.0.2.1", "192.0.2.2"]
