# SPDX-License-Identifier: EUPL-1.2
"""Handshakes that come to nothing: servers that do them wrong, without end or not in this manner, and what is then tried once more."""

import pytest

from meetlat.model.evidence import Failure
from meetlat.probes.tls import client
from meetlat.probes.tls.client import connected, start
from meetlat.probes.tls.doors import PortDoor
from meetlat.probes.tls.session import Manner, Wishes
from tests.unit.probes.loopback import failure_of, flood, open_gate, outcome, serving, silence
from tests.unit.probes.tls.hellos import (
    alert,
    certificate,
    ecdhe,
    extension,
    flight12,
    handshake,
    hello_retry,
    message,
    read_hello,
    record,
    server_hello,
    vector,
)
from tests.unit.probes.tls.peers import carried, channel_of, choosy, echo, server_context

TLS12, TLS13 = 0x0303, 0x0304

SHARE = extension(51, b"\x00\x1d" + vector(2, b"\x09" * 32))
NAMED13 = extension(43, b"\x03\x04")
BAD_LEAF = certificate(b"no certificate")

BROKEN = {
    "a suite that was not offered": (flight12(0x0001), Failure.TLS_BROKEN),
    "a suite of TLS 1.2 in TLS 1.3": (handshake(server_hello(0xC02F, NAMED13, SHARE)), Failure.TLS_BROKEN),
    "a suite of TLS 1.3 in TLS 1.2": (flight12(0x1301, BAD_LEAF), Failure.TLS_BROKEN),
    "a version that was not offered": (handshake(server_hello(0x2F, version=0x0305)), Failure.TLS_BROKEN),
    "no certificate for an RSA key exchange": (flight12(0x2F), Failure.TLS_BROKEN),
    "a certificate that cannot be read": (flight12(0x2F, BAD_LEAF), Failure.TLS_BROKEN),
    "no key exchange": (flight12(0xC02F, BAD_LEAF), Failure.TLS_BROKEN),
    "a point that is none": (flight12(0xC02F, BAD_LEAF, ecdhe(0x17, 0x0401)), Failure.TLS_BROKEN),
    "a group that was not offered": (flight12(0xC02F, BAD_LEAF, ecdhe(0x0E, 0x0401)), Failure.TLS_BROKEN),
    "an explicit curve": (flight12(0xC02F, BAD_LEAF, message(12, b"\x01...")), Failure.TLS_BROKEN),
    "an X25519 key of zeros": (flight12(0xC02F, BAD_LEAF, ecdhe(0x1D, 0x0401, bytes(32))), Failure.TLS_BROKEN),
    "a prime of nothing": (flight12(0x33, BAD_LEAF, message(12, bytes(6) + b"\x04\x01\0\0")), Failure.TLS_BROKEN),
    "an empty share": (handshake(server_hello(0x1301, NAMED13, extension(51, b"\0\x1d\0\0"))), Failure.TLS_BROKEN),
    "no share": (handshake(server_hello(0x1301, NAMED13)), Failure.TLS_BROKEN),
    "a share for another group": (handshake(server_hello(0x1301, NAMED13, extension(51, b"\0\x17\0\0"))), Failure.TLS_BROKEN),
    "a share of zeros": (handshake(server_hello(0x1301, NAMED13, extension(51, b"\0\x1d" + vector(2, bytes(32))))), Failure.TLS_BROKEN),
    "what does not open": (handshake(server_hello(0x1301, NAMED13, SHARE)) + record(23, bytes(40)), Failure.TLS_BROKEN),
    "a retry request for a group that it had": (handshake(hello_retry(0x1301, 0x1D)), Failure.TLS_BROKEN),
    "a retry request for a group that was not offered": (handshake(hello_retry(0x1301, 0x9999)), Failure.TLS_BROKEN),
    "two retry requests": (handshake(hello_retry(0x1301, 0x17)) + handshake(hello_retry(0x1301, 0x17)), Failure.TLS_BROKEN),
    "a certificate before the hello": (handshake(BAD_LEAF), Failure.TLS_NOT_SPOKEN),
    "a finished before its time": (handshake(server_hello(0x2F), message(20, bytes(12))), Failure.TLS_BROKEN),
    "a message of 16 MB first": (handshake(b"\x02\xff\xff\xff"), Failure.TLS_NOT_SPOKEN),
    "a message of 16 MB later": (handshake(server_hello(0x2F), b"\x0b\xff\xff\xff"), Failure.TLS_BROKEN),
    "warnings without end": (alert(90, 1) * 40, Failure.TLS_BROKEN),
    "application data": (record(23, b"x") * 40, Failure.TLS_NOT_SPOKEN),
    "an alert later": (handshake(server_hello(0x2F)) + alert(80), Failure.TLS_ALERT),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_server_that_is_wrong(case, run, monkeypatch):
    """Every wrong step ends in one failure: no TLS when nothing of it was right, broken when its hello was."""
    words, expected = BROKEN[case]
    monkeypatch.setattr(client, "SECONDS", 0.5)

    async def script(visit):
        await visit.reader.read(1)
        await visit.say(words)
        await silence(visit)

    async def work():
        async with channel_of(script) as channel:
            return await outcome(start(channel, Wishes("loopback.test")))

    assert run(work()) is expected


ENDLESS = {
    "hello requests": handshake(message(0, b"")),
    "certificates": record(22, message(11, bytes(15_000))),
    "messages of nothing": record(22, b"\x0b\x00"),
    "changes of cipher": record(20, b"\x01"),
}


@pytest.mark.parametrize("hello", [server_hello(0x2F), server_hello(0x1301, NAMED13, SHARE)], ids=["TLS 1.2", "TLS 1.3"])
@pytest.mark.parametrize("case", ENDLESS)
def test_a_handshake_without_end(case, hello, run):
    """However fast a server repeats itself, it is heard out so far and no further: by octets, not only by time."""

    async def script(visit):
        await visit.reader.read(1)
        await visit.say(handshake(hello))
        await flood(ENDLESS[case] * 100)(visit)

    async def work():
        async with channel_of(script) as channel:
            return await failure_of(start(channel, Wishes("loopback.test"), 5))

    failure = run(work())
    assert failure.failure is Failure.TLS_BROKEN
    assert failure.detail != "5 s"


def test_a_finished_that_does_not_fit(authority, run, monkeypatch):
    """Who cannot prove that it followed the handshake has no session with us, in any version."""
    monkeypatch.setattr("meetlat.probes.tls.client12.hmac.compare_digest", lambda *_: False)

    async def work(version):
        async with channel_of(echo, server_context(authority.issue("rsa"), version)) as channel:
            return await outcome(start(channel, Wishes("loopback.test")))

    assert run(work(TLS12)) is Failure.TLS_BROKEN
    assert run(work(TLS13)) is Failure.TLS_BROKEN


LADDER = {
    "who takes the full hello": (lambda _hello: None, [Manner.FULL]),
    "who closes on status_request": (lambda hello: b"" if 5 in read_hello(hello).extensions else None, [Manner.FULL, Manner.PLAIN]),
    "who sends an alert at more than 30 suites": (
        lambda hello: alert(47) if len(read_hello(hello).suites) > 30 else None,
        [Manner.FULL, Manner.PLAIN],
    ),
}


def _connect(context, refuses):
    """Let our client find a manner; return what came of it and the hellos that the server heard."""

    async def opened(port):
        async with connected(PortDoor(open_gate(), "127.0.0.1", port), Wishes("loopback.test")) as session:
            await carried(session, b"hoi")
            return session.version

    async def work():
        async with serving(choosy(context, refuses)) as server:
            return await outcome(opened(server.port)), server.heard

    return work()


@pytest.mark.parametrize("case", LADDER)
def test_the_ladder_of_manners(case, authority, on_loop):
    """A server that cannot stand our full hello gets a plainer one, and the session is as good."""
    refuses, manners = LADDER[case]
    version, hellos = on_loop(_connect(server_context(authority.issue("rsa")), refuses))
    assert version == TLS13
    assert len(hellos) == len(manners)
    lengths = [len(hello) for hello in hellos]
    assert lengths == sorted(lengths, reverse=True)


def test_the_last_rung(authority, run):
    """The third hello is of SSL 3.0; when that is refused too, the first refusal is what is told."""
    answers = iter((alert(40), alert(80), alert(70)))
    failure, hellos = run(_connect(server_context(authority.issue("rsa")), lambda _hello: next(answers)))
    assert failure is Failure.TLS_ALERT
    assert [read_hello(hello).version for hello in hellos] == [0x0303, 0x0303, 0x0300]
    assert read_hello(hellos[2]).extensions == {}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Failure.TLS_NOT_SPOKEN),
        (alert(112), Failure.TLS_NAME_UNKNOWN),
        (flight12(0x2F), Failure.TLS_BROKEN),
    ],
)
def test_what_is_worth_no_other_manner(answer, failure, authority, run):
    """What is no TLS, or does not know the name, is asked once."""
    told, hellos = run(_connect(server_context(authority.issue("rsa")), lambda _hello: answer))
    assert (told, len(hellos)) == (failure, 1)


def test_silence_is_asked_once(run, monkeypatch):
    """Who waits long for one hello would wait three times as long for three."""
    monkeypatch.setattr(client, "SECONDS", 0.1)

    async def opened(port):
        async with connected(PortDoor(open_gate(), "127.0.0.1", port), Wishes("loopback.test")) as session:
            return session

    async def work():
        async with serving(silence) as server:
            return await outcome(opened(server.port)), server.accepted

    assert run(work()) == (Failure.TLS_TIMEOUT, 1)
