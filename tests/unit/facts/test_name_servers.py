# SPDX-License-Identifier: EUPL-1.2
"""Finding the name servers of the zone that a name lives in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.dns import question
from meetlat.facts.name_servers import MAX_NAME_SERVERS, Zone, answers, direct_question, ipv6_addresses, name_server_needs, zone_of
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need, Observation

_AT = datetime(2026, 6, 1, tzinfo=UTC)
_WWW = Domain("www.duinrade.example")
_LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
_NAMES = st.lists(_LABEL, min_size=2, max_size=8).map(".".join)


def _told(name: str, record_type: str, *records: tuple[str, str, str]) -> Observation:
    answer = {"rcode": "NOERROR", "security": "secure", "ede": [], "records": [[owner, kind, 300, data] for owner, kind, data in records]}
    return Observation(question(name, record_type), _AT, answer=answer)


def _servers(name: str, *hosts: str) -> Observation:
    return _told(name, "NS", *((name, "NS", host) for host in hosts))


def test_the_nearest_name_that_owns_ns_records_is_the_zone():
    """A www name without NS records lives in the zone above it."""
    seen = Evidence([_servers("www.duinrade.example"), _servers("duinrade.example", "ns2.duinrade.example", "ns1.duinrade.example")])
    asked = (question("www.duinrade.example", "NS"), question("duinrade.example", "NS"))
    assert Zone("duinrade.example", ("ns1.duinrade.example", "ns2.duinrade.example"), asked, is_known=True) == zone_of(_WWW, seen)


def test_the_servers_behind_an_alias_are_not_ours():
    """NS records that another name owns, shown through a CNAME, do not end the climb."""
    alias = _told(_WWW.name, "NS", (_WWW.name, "CNAME", "hoster.example"), ("hoster.example", "NS", "ns.hoster.example"))
    seen = Evidence([alias, _servers("duinrade.example", "ns1.duinrade.example")])
    assert zone_of(_WWW, seen).name == "duinrade.example"


def test_an_unknown_answer_ends_the_climb():
    """Where a question has no answer nothing above it is looked at: there might be a zone cut."""
    failed = Observation(question(_WWW.name, "NS"), _AT, failure=Failure.SERVFAIL)
    zone = zone_of(_WWW, Evidence([failed, _servers("duinrade.example", "ns1.duinrade.example")]))
    assert (zone.is_known, zone.servers, zone.questions) == (False, (), (failed.need,))


def test_names_are_read_alike_however_they_are_written():
    """Capitals and a final dot do not make another server; the root is no server."""
    seen = Evidence([_servers("duinrade.example", "NS1.Duinrade.example.", "ns1.duinrade.example", ".")])
    assert zone_of(Domain("duinrade.example"), seen).servers == ("ns1.duinrade.example",)


@given(_NAMES)
def test_the_climb_stops_below_the_top_level_domain(name: str):
    """With nothing found anywhere, every name but the top-level domain has been asked, each once, upwards."""
    domain = Domain(name)
    seen = Evidence()
    while new := [need for need in name_server_needs(domain, seen) if need not in seen]:
        for need in new:
            seen.add(_servers(need.subject))
    zone = zone_of(domain, seen)
    labels = name.split(".")
    assert [need.subject for need in zone.questions] == [".".join(labels[start:]) for start in range(len(labels) - 1)]
    assert (zone.is_known, zone.name, zone.servers) == (True, "", ())


@given(st.lists(_NAMES, min_size=1, max_size=30), st.randoms())
def test_the_servers_do_not_depend_on_the_order_of_the_records(hosts: list[str], random):
    """The same few servers are asked each time, in whatever order the records came."""
    shuffled = random.sample(hosts, len(hosts))
    one, other = (zone_of(Domain("duinrade.example"), Evidence([_servers("duinrade.example", *each)])) for each in (hosts, shuffled))
    assert one.servers == other.servers
    assert 1 <= len(one.servers) <= MAX_NAME_SERVERS


def test_each_ipv6_address_is_asked_for_the_zone():
    """Only real IPv6 addresses are asked, at most three of a server, and for the zone, not for the name."""
    addresses = ("::ffff:192.0.2.1", "2001:db8::4", "2001:db8::3", "2001:db8::2", "2001:db8::1")
    aaaa = _told("ns1.duinrade.example", "AAAA", *(("ns1.duinrade.example", "AAAA", address) for address in addresses))
    seen = Evidence([_servers(_WWW.name), _servers("duinrade.example", "ns1.duinrade.example"), aaaa])
    direct = [need for need in name_server_needs(_WWW, seen) if need.kind == "name_server"]
    assert direct == [Need("name_server", f"2001:db8::{number}", "duinrade.example") for number in (1, 2, 3)]


def test_no_answer_is_not_no_address():
    """A server of which the AAAA question failed may have an address."""
    assert ipv6_addresses("ns1.duinrade.example", Evidence()) is None
    assert ipv6_addresses("ns1.duinrade.example", Evidence([_told("ns1.duinrade.example", "AAAA")])) == ()


@pytest.mark.parametrize(
    ("failure", "attempt", "expected"),
    [
        (Failure.CONNECT_TIMEOUT, 1, None),
        (Failure.CONNECT_TIMEOUT, 2, False),
        (Failure.READ_TIMEOUT, 2, False),
        (Failure.MALFORMED, 2, False),
        (Failure.OUR_LIMIT, 2, None),
        (Failure.GUARDED, 2, None),
    ],
)
def test_silence_counts_when_it_is_theirs_and_seen_twice(failure: Failure, attempt: int, *, expected: bool | None):
    """One lost datagram, or a limit of ours, says nothing of a name server."""
    need = direct_question("2001:db8::1", Zone("duinrade.example", (), (), is_known=True))
    assert answers(need, Evidence([Observation(need, _AT, failure=failure, attempt=attempt)])) is expected
    assert answers(need, Evidence()) is None
