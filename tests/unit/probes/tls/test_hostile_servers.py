# SPDX-License-Identifier: EUPL-1.2
"""Servers that lie, exaggerate, tire or break off: what they cost us has an end, and they decide nothing but their own evidence."""

import itertools
import json
import os
from dataclasses import replace

import pytest

from meetlat.model.evidence import Failure, Need
from meetlat.probes.tls import client, conversation, probe
from meetlat.probes.tls.exchange import Patience
from meetlat.probes.tls.probe import TlsProbe
from meetlat.probes.tls.trust import read_anchors
from tests.unit.probes.loopback import farewell, flood, open_gate, outcome, rupture, serving, silence
from tests.unit.probes.tls.hellos import (
    DONE,
    alert,
    certificate,
    ecdhe,
    extension,
    flight12,
    handshake,
    hello_retry,
    read_hello,
    server_hello,
    ssl2_server_hello,
)
from tests.unit.probes.tls.peers import SILENCE, choosy, server_context

CAP = 60
_HANDSHAKES = 4  # what the real handshakes may cost beyond the hellos: two, each in two manners


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """Wait for next to nothing."""
    monkeypatch.setattr(conversation, "_BACK_OFF_SECONDS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(probe, "_AGAIN_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(probe, "WEB_PATIENCE", Patience(idle_seconds=0.05, flight_seconds=0.2, connections=CAP, total_seconds=5))
    monkeypatch.setattr(client, "SECONDS", 0.1)


def answering(behave):
    """Read a hello and send what a function makes of it, then stay."""

    async def script(visit):
        head = await visit.reader.readexactly(2)
        if head[0] & 0x80:
            hello = head + await visit.reader.readexactly((head[0] & 0x7F) << 8 | head[1])
        else:
            rest = await visit.reader.readexactly(3)
            hello = head + rest + await visit.reader.readexactly(int.from_bytes(rest[1:], "big"))
        answer = behave(hello)
        if answer is SILENCE:
            await silence(visit)
        await visit.say(answer)
        await visit.reader.read()

    return script


async def _observed(script, anchors=None):
    """Ask everything; return what came of it, and the server."""
    async with serving(script) as server:
        asking = TlsProbe(open_gate(), anchors, port=server.port).observe(Need("tls", "127.0.0.1", "loopback.test"))
        return await outcome(asking), server


_ENDLESS = itertools.count(1)


def _first_wanted(hello):
    """Choose the first of whatever is offered, with any key exchange that goes with it."""
    if hello[0] & 0x80:
        return ssl2_server_hello((0x010080,))
    offered = read_hello(hello)
    suite, version = offered.suites[0], min(offered.version, 0x0303)
    if 0x0304 in offered.versions and suite >> 8 in {0x13, 0xC1}:
        return handshake(hello_retry(suite, offered.groups[0] if offered.groups else 0x17))
    exchange = (ecdhe(offered.groups[0], offered.signatures[0]),) if offered.groups and suite >> 8 == 0xC0 and offered.signatures else ()
    return flight12(suite, certificate(b"leaf"), *exchange, version=version)


LIARS = {
    "a hello retry request on everything": lambda _hello: handshake(hello_retry(0x1301, 0x17)),
    "a hello retry request for something else every time": lambda _hello: handshake(
        hello_retry(next(_ENDLESS) % 65_536, next(_ENDLESS) % 65_536)
    ),
    "a hello retry request that is of TLS 1.2": lambda _hello: handshake(server_hello(0x2F, random=hello_retry(1, 1)[6:38]), DONE),
    "always a suite that was not offered": lambda _hello: flight12(0x0000, certificate(b"leaf")),
    "always another suite": lambda _hello: flight12(next(_ENDLESS) % 65_536, certificate(b"leaf")),
    "always a version that was not offered": lambda hello: flight12(_suite(hello), version=0x0300 + next(_ENDLESS) % 5),
    "always TLS 1.3 of a suite of TLS 1.2": lambda hello: handshake(server_hello(_suite(hello), extension(43, b"\x03\x04"))),
    "yes to everything": _first_wanted,
    "SSL 2.0 to everything": lambda _hello: ssl2_server_hello((0x010080,)),
    "an alert of SSL 2.0 to everything": lambda _hello: b"\x80\x03\x00\x00\x01",
    "yes by chance": lambda hello: _first_wanted(hello) if next(_ENDLESS) % 3 else alert(40),
    "silence by chance": lambda hello: _first_wanted(hello) if next(_ENDLESS) % 5 else SILENCE,
    "nonsense": lambda _hello: b"\x16\x03\x03" + os.urandom(40),
    "another chain every time": lambda hello: flight12(_suite(hello), certificate(os.urandom(100_000))),
    "a chain of thousands": lambda hello: flight12(_suite(hello), certificate(*(b"x",) * 8_000, os.urandom(8))),
    "extensions that nobody has heard of": lambda hello: flight12(_suite(hello), extensions=[*map(extension, range(1000, 1064))]),
    "the same extension over and over": lambda hello: flight12(_suite(hello), extensions=[extension(23)] * 15_000),
}


def _suite(hello):
    """Return a suite that was offered."""
    return 0x2F if hello[0] & 0x80 else read_hello(hello).suites[0]


@pytest.mark.parametrize("case", LIARS)
def test_a_server_that_lies_costs_only_so_much(case, run, authority):
    """Never more connections than the cap and two handshakes, never more than so much evidence, and always an end that has a name."""
    told, server = run(_observed(answering(LIARS[case]), read_anchors(authority.bundle)))
    assert server.accepted <= CAP + _HANDSHAKES
    if isinstance(told, Failure):
        assert told in {Failure.TLS_NOT_SPOKEN, Failure.TLS_BROKEN, Failure.TLS_ALERT, Failure.TLS_TIMEOUT}
        return
    assert told["connections"] == server.accepted
    assert told["stopped_by"] in {"", "our-limit", "theirs"}
    assert told["handshake"]["completed"] is False
    assert len(json.dumps(told)) < 3_000_000


SILENT = {
    "who closes at once": (farewell, Failure.TLS_CLOSED),
    "who breaks off at once": (rupture, Failure.TLS_CLOSED),
    "who is silent": (silence, Failure.TLS_TIMEOUT),
    "who floods with HTTP": (flood(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.TLS_NOT_SPOKEN),
    "who floods with warnings": (flood(alert(90, 1)), Failure.TLS_BROKEN),
    "who does not know the name": (answering(lambda _hello: alert(112)), Failure.TLS_NAME_UNKNOWN),
    "who refuses everything": (answering(lambda _hello: alert(40)), Failure.TLS_ALERT),
    "who begins a hello and breaks it off": (answering(lambda _hello: handshake(server_hello(0x2F))), Failure.TLS_BROKEN),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_server_that_never_answers(case, run):
    """It has one failure, and costs no more than the openings."""
    script, expected = SILENT[case]
    told, server = run(_observed(script))
    assert told is expected
    assert server.accepted <= 20


def test_a_server_that_stops_answering(authority, run):
    """A limiter that breaks off after some connections: what was heard before stays, and the end is theirs."""
    context = server_context(authority.issue("rsa"))

    async def script(visit):
        if visit.server.accepted > 12:
            visit.reset()
        else:
            await choosy(context, lambda _hello: None)(visit)

    told, server = run(_observed(script))
    assert told["stopped_by"] == "theirs"
    assert server.accepted <= 12 + 1 + 4 * 2 + _HANDSHAKES
    assert any(hello["settled"] for hello in told["hellos"])
    assert not any(hello["settled"] for hello in told["hellos"][12:])
    assert told["handshake"]["completed"] is False


def test_our_own_limit(authority, run, monkeypatch):
    """When the cap ends it, that is ours: what was heard stays."""
    monkeypatch.setattr(probe, "WEB_PATIENCE", replace(probe.WEB_PATIENCE, connections=7))
    told, server = run(_observed(choosy(server_context(authority.issue("rsa")), lambda _hello: None)))
    assert (told["stopped_by"], server.accepted, len(told["hellos"])) == ("our-limit", 9, 7)
    assert told["handshake"]["completed"] is True


def test_no_time_to_ask_anything(run, monkeypatch):
    """A need whose time was gone before its turn came is ours too."""
    monkeypatch.setattr(probe, "WEB_PATIENCE", replace(probe.WEB_PATIENCE, total_seconds=-1))
    told, server = run(_observed(silence))
    assert (told, server.accepted) == (Failure.OUR_LIMIT, 0)


def test_a_budget_that_is_spent(authority, run):
    """The budget of the run ends it midway: ours, and what was heard stays."""

    async def work():
        async with serving(choosy(server_context(authority.issue("rsa")), lambda _hello: None)) as server:
            asking = TlsProbe(open_gate(budget=5), None, port=server.port).observe(Need("tls", "127.0.0.1", "loopback.test"))
            return await outcome(asking), server.accepted

    told, accepted = run(work())
    assert (told["stopped_by"], accepted) == ("our-limit", 5)
    assert told["handshake"] == {"completed": False, "failure": "our-limit the budget of connections is spent"}


def test_two_unlike_servers_behind_one_address(authority, run):
    """Equal offers with unlike answers are told as such."""
    new, old = server_context(authority.issue("rsa")), server_context(authority.issue("rsa"), 0x0301)

    async def script(visit):
        await choosy(new if visit.server.accepted % 2 else old, lambda _hello: None)(visit)

    told, _ = run(_observed(script))
    assert told["consistent"] is False


def test_one_server_is_consistent_with_itself(authority, run):
    """And equal offers with like answers are not."""
    told, _ = run(_observed(choosy(server_context(authority.issue("rsa"), suites="ECDHE+AESGCM"), lambda _hello: None)))
    assert (told["consistent"], told["stopped_by"]) == (True, "")


def test_a_server_of_ssl2_only(run):
    """It is found, with its kinds and its certificate, and no handshake is tried."""
    told, _ = run(
        _observed(answering(lambda hello: ssl2_server_hello((0x010080, 0x0700C0)) if hello[0] & 0x80 else b"\x80\x03\x00\x00\x01"))
    )
    answered = [hello for hello in told["hellos"] if hello["came"] == "server_hello"]
    assert {hello["kinds"] for hello in answered} == {"0100800700c0"}
    assert (told["handshake"]["completed"], told["client_renegotiations"]) == (False, None)


def test_a_server_that_lists_ssl2_beside_tls(authority, run):
    """Next to what it does in TLS, the kinds of SSL 2.0 are written down."""
    real = choosy(server_context(authority.issue("rsa")), lambda _hello: None)

    async def script(visit):
        first = await visit.reader.readexactly(1)
        if first[0] & 0x80:
            await visit.say(ssl2_server_hello((0x020080,)))
            await visit.reader.read()
            return
        visit.reader._buffer[:0] = first  # noqa: SLF001 - there is no other way to put back what was read
        await real(visit)

    told, _ = run(_observed(script))
    assert [hello["kinds"] for hello in told["hellos"] if hello["versions"] == "0002"] == ["020080"]
    assert told["handshake"]["version"] == "0304"


def test_a_certificate_of_ours_that_must_be_there(authority, run):
    """In TLS 1.3 the server breaks off after the handshake: that is told, with what came before it."""
    context = server_context(authority.issue("rsa"), 0x0304)
    context.load_verify_locations(authority.bundle)
    context.verify_mode = 2
    told, _ = run(_observed(choosy(context, lambda _hello: None)))
    handshake_ = told["handshake"]
    assert (handshake_["completed"], handshake_["client_certificate_asked"]) == (False, True)
    assert "116" in handshake_["failure"]
