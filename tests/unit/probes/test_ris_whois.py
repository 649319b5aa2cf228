# SPDX-License-Identifier: EUPL-1.2
"""What is made of a RISwhois server: which routes, how often it is asked, and that its failures are ours."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.evidence import Failure
from meetlat.probes import ris_whois
from meetlat.probes.ris_whois import RisWhois, routes_in, server_of
from tests.unit.probes.loopback import failure_of, farewell, flood, open_gate, rupture, serving, silence
from tests.unit.probes.made_up_resolver import resolving, said

ANSWER = """\
% This is RIPE NCC's Routing Information Service

route:          203.0.113.0/24
origin:         AS64500
descr:          route: 198.51.100.0/24
num-rispeers:   350

route:          203.0.0.0/16
origin:         as64501
num-rispeers:   10

route6:         2001:db8::/32
origin:         {64502,64503}

route:          203.0.113.0/25
origin:         AS64504
num-rispeers:   9

route:          0.0.0.0/0
origin:         AS64505
num-rispeers:   350
"""
ROUTES = [("203.0.113.0/24", 64500), ("203.0.0.0/16", 64501), ("2001:db8::/32", None)]


def saying(text):
    """Answer every question so, and close."""

    async def script(visit):
        await visit.hear_line()
        await visit.say(text.encode())

    return script


async def asked(script, *addresses, host="127.0.0.1"):
    """Ask a server for the routes to addresses, one after another; return the routes, and what it heard."""
    async with serving(script) as server:
        whois = RisWhois(open_gate(), (host, server.port))
        return [(await whois.routes(address))[0] for address in addresses], server.heard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("riswhois.ripe.net:43", ("riswhois.ripe.net", 43)),
        ("192.0.2.1:4343", ("192.0.2.1", 4343)),
        ("[2001:db8::1]:43", ("2001:db8::1", 43)),
        ("riswhois.ripe.net", None),
        ("riswhois.ripe.net:0", None),
        ("riswhois.ripe.net:65536", None),
        ("2001:db8::1:43", None),
        ("/var/lib/routes:43", None),
    ],
)
def test_which_text_names_a_server(text, expected):
    """HOST:PORT does; a file does not."""
    assert server_of(text) == expected


def test_the_routes_in_an_answer():
    """Of each object that ten peers see: its prefix and origin, and none for a set of networks; a default route is no announcement."""
    assert list(routes_in(ANSWER, 10)) == ROUTES
    assert list(routes_in(ANSWER.replace("\n", "\r\n"), 10)) == ROUTES


def test_an_answer_of_no_routes():
    """An address that nobody announces."""
    assert list(routes_in("%  No entries found\n", 10)) == []


@given(st.text(max_size=300) | st.text(alphabet="route6: origin/AS.1203\n\r%{}", max_size=300))
def test_random_answers_are_never_a_crash(text):
    """Whatever a server says: routes, or the ValueError that makes it a failure of ours."""
    try:
        found = list(routes_in(text, 10))
    except ValueError:
        return
    assert all("/" in prefix for prefix, _ in found)


def test_an_address_is_asked_with_its_neighbours(on_loop):
    """One question for each /24 and /48, whoever asks in it."""
    routes, heard = on_loop(asked(saying(ANSWER), "203.0.113.9", "203.0.113.200", "2001:db8:1::1", "2001:db8:1:2::3", "203.0.114.1"))
    assert routes == [tuple(ROUTES)] * 5
    assert heard == [b"-L 203.0.113.0/24\r\n", b"-L 2001:db8:1::/48\r\n", b"-L 203.0.114.0/24\r\n"]


def test_who_asks_at_the_same_time_waits_for_the_same_answer(on_loop):
    """Two questions that come together are one."""

    async def work():
        async with serving(saying(ANSWER)) as server:
            whois = RisWhois(open_gate(), ("127.0.0.1", server.port))
            answers = await asyncio.gather(whois.routes("203.0.113.9"), whois.routes("203.0.113.10"))
            return answers[0] == answers[1], server.accepted

    assert on_loop(work()) == (True, 1)


def test_one_connection_at_a_time(on_loop):
    """However many are asked for at once; their service asks that of everybody."""

    async def work():
        async with serving(saying(ANSWER)) as server:
            whois = RisWhois(open_gate(), ("127.0.0.1", server.port))
            await asyncio.gather(*(whois.routes(f"203.0.{number}.1") for number in range(8)))
            return server.accepted, server.open_at_most

    assert on_loop(work()) == (8, 1)


FAILURES = {
    "closes": (farewell, ""),
    "says nothing and closes": (saying("\n"), "an empty answer"),
    "breaks off": (rupture, ""),
    "says nothing": (silence, "0.1 s"),
    "never ends": (flood(b"route: " + b"x" * 9_000 + b"\n"), "the answer is too large"),
    "says what is wrong": (saying("%ERROR:201: access denied\n"), "%ERROR:201: access denied"),
    "names what is no prefix": (saying("route: all/24\n"), "all is no address"),
    "names a prefix without length": (saying("route: 203.0.113.0\n"), ""),
}


@pytest.mark.parametrize("case", FAILURES)
def test_its_failures_are_ours(case, on_loop, monkeypatch):
    """Whatever the server does wrong is never held against the address that was asked about."""
    monkeypatch.setattr(ris_whois, "_SECONDS", 0.1)
    script, told = FAILURES[case]

    async def work():
        async with serving(script) as server:
            return await failure_of(RisWhois(open_gate(), ("127.0.0.1", server.port)).routes("203.0.113.9"))

    error = on_loop(work())
    assert error.failure is Failure.OUR_LIMIT
    assert error.detail.startswith("RISwhois 127.0.0.1:")
    assert told in error.detail


def test_a_failure_is_not_remembered(on_loop):
    """What went wrong once is asked again."""
    answers = iter(["", ANSWER])

    async def script(visit):
        await visit.hear_line()
        await visit.say(next(answers).encode())

    async def work():
        async with serving(script) as server:
            whois = RisWhois(open_gate(), ("127.0.0.1", server.port))
            first = await failure_of(whois.routes("203.0.113.9"))
            return first.failure, (await whois.routes("203.0.113.9"))[0]

    assert on_loop(work()) == (Failure.OUR_LIMIT, tuple(ROUTES))


def test_a_server_by_name(on_loop):
    """Its address is asked of the resolver of the measurement."""

    async def work():
        async with (
            resolving(lambda question, _: said(question, "whois.test. 9 A 127.0.0.1")) as resolver,
            serving(saying(ANSWER)) as server,
        ):
            return (await RisWhois(open_gate(), ("whois.test", server.port), resolver).routes("203.0.113.9"))[0]

    assert on_loop(work()) == tuple(ROUTES)


def test_a_name_without_address(on_loop):
    """Without a resolver, or without an answer, there is nobody to ask."""

    async def work():
        async with resolving(lambda question, _: said(question)) as resolver:
            return [
                (await failure_of(RisWhois(open_gate(), ("whois.test", 43), one).routes("203.0.113.9"))).detail for one in (resolver, None)
            ]

    assert on_loop(work()) == ["RISwhois whois.test:43: it has no address"] * 2
