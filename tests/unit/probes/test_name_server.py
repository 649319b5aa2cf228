# SPDX-License-Identifier: EUPL-1.2
"""What the name_server probe makes of name servers."""

import asyncio

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.model.evidence import Failure, Need
from meetlat.probes import name_server
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.name_server import NameServerProbe
from meetlat.probes.network import Network
from tests.unit.probes.loopback import failure_of, open_gate, outcome
from tests.unit.probes.made_up_resolver import answering_at, said

SOA = "a.test. 9 SOA ns.a.test. host.a.test. 1 2 3 4 5"


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Lose patience soon."""
    monkeypatch.setattr(name_server, "_SECONDS", 0.1)


async def told_by(answering, zone="a.test"):
    """Ask a name server that answers so."""
    async with answering_at(answering) as port:
        return await outcome(NameServerProbe(open_gate(), port).observe(Need("name_server", "127.0.0.1", zone)))


def over(transport, answering):
    """Answer over one transport only."""
    return lambda question, way: answering(question) if way == transport else None


def _with_bad_option(question):
    """Answer well, with an option behind it that no library can read."""
    answer = dns.message.make_response(dns.message.from_wire(question))
    answer.use_edns(0, options=[dns.edns.GenericOption(dns.edns.OptionType.EDE, b"\x00\x07\xff")])
    return answer.to_wire()


def _without_question(question):
    """Refuse, without repeating the question."""
    return question[:2] + b"\x80\x05" + bytes(8)


ANSWERS = {
    "authoritative": (lambda q, _: said(q, SOA, flags=dns.flags.AA), "NOERROR", "udp", True),
    "lame": (lambda q, _: said(q), "NOERROR", "udp", False),
    "REFUSED, which is an answer": (lambda q, _: said(q, rcode=dns.rcode.REFUSED), "REFUSED", "udp", False),
    "REFUSED without the question": (lambda q, _: _without_question(q), "REFUSED", "udp", False),
    "truncated, which is an answer": (lambda q, _: said(q, flags=dns.flags.TC), "NOERROR", "udp", False),
    "an unreadable rest": (lambda q, _: said(q, SOA)[:-4], "NOERROR", "udp", False),
    "an unreadable option": (lambda q, _: _with_bad_option(q), "NOERROR", "udp", False),
    "only over TCP": (over("tcp", said), "NOERROR", "tcp", False),
    "nonsense over UDP, TCP well": (lambda q, way: said(q) if way == "tcp" else q[:2] + b"zzz", "NOERROR", "tcp", False),
    "our own question over UDP, TCP well": (lambda q, way: said(q) if way == "tcp" else q, "NOERROR", "tcp", False),
    "another id over UDP, TCP well": (
        lambda q, way: said(q) if way == "tcp" else bytes([q[0] ^ 1]) + said(q)[1:],
        "NOERROR",
        "tcp",
        False,
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_any_answer_counts(case, on_loop):
    """A name server that says anything about the question answers, over UDP or else over TCP."""
    answering, rcode, transport, authoritative = ANSWERS[case]
    assert on_loop(told_by(answering)) == {"rcode": rcode, "transport": transport, "authoritative": authoritative}


FAILURES = {
    "silence over both": (lambda _q, _: None, Failure.READ_TIMEOUT),
    "nonsense over both": (lambda _q, _: b"hallo, wat wilt u?", Failure.MALFORMED),
    "nothing in the answer": (over("tcp", lambda _q: b""), Failure.MALFORMED),
    "another id over both": (lambda q, _: bytes([q[0] ^ 1]) + said(q)[1:], Failure.MALFORMED),
}


@pytest.mark.parametrize("case", FAILURES)
def test_no_answer(case, on_loop):
    """What counts is what TCP came to."""
    answering, expected = FAILURES[case]
    assert on_loop(told_by(answering)) is expected


def test_nobody_listens(on_loop):
    """A closed port is refused over both."""

    async def work():
        async with answering_at(lambda _q, _: None) as port:
            pass
        return await failure_of(NameServerProbe(open_gate(), port).observe(Need("name_server", "127.0.0.1", "a.test")))

    assert on_loop(work()).failure is Failure.REFUSED


def test_what_we_may_not_ask_is_not_tried_over_tcp(on_loop):
    """A guarded address is refused once, by us."""
    gate = open_gate(Network())
    error = on_loop(failure_of(NameServerProbe(gate).observe(Need("name_server", "127.0.0.1", "a.test"))))
    assert (error.failure, gate.counts.refused_by_us, gate.counts.connections) == (Failure.GUARDED, 1, 0)


@pytest.mark.parametrize("zone", ["a..test", "a" * 64, "é" * 80])
def test_a_zone_that_is_no_name(zone, on_loop):
    """What cannot be asked is not asked."""
    assert on_loop(told_by(lambda q, _: said(q), zone)) is Failure.NOT_ASKED


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 40))
def test_random_bytes_are_never_a_crash(noise, keep):
    """Whatever a name server sends, it is an answer or one of our own failures."""
    query = dns.message.make_query("a.test.", "SOA")
    data = said(query.to_wire(), SOA)[:keep] + noise
    try:
        answer = name_server._told(data, query, "udp")  # noqa: SLF001 - the parser of what strangers send
    except NoAnswerError as error:
        answer = error.failure
    assert answer is Failure.MALFORMED or answer["transport"] == "udp"


def test_giving_up_leaves_nothing_behind(on_loop):
    """Cancelling in the midst of waiting closes every socket."""

    async def work():
        async with answering_at(lambda _q, _: None) as port:
            asking = asyncio.create_task(NameServerProbe(open_gate(), port).observe(Need("name_server", "127.0.0.1", "a.test")))
            await asyncio.sleep(0.05)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return asking.cancelled()

    assert on_loop(work())
