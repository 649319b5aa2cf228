# SPDX-License-Identifier: EUPL-1.2
"""What happens in and after a handshake: tickets, key updates, renegotiation, certificates of ours, and servers that break it off."""

import asyncio

import pytest
from cryptography import x509

from meetlat.model.evidence import Failure
from meetlat.probes.tls import client, key_exchange
from meetlat.probes.tls.client import connected, start
from meetlat.probes.tls.client12 import renegotiated
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
from tests.unit.probes.tls.peers import channel_of, channel_to, choosy, echo, s_server, server_context

TLS12, TLS13 = 0x0303, 0x0304
UP_TO_12 = (0x0303, 0x0302, 0x0301, 0x0300)
_NO_EMS = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET


async def heard(session, words):
    """Wait until so much was heard, and return it."""
    got = b""
    while len(got) < len(words):
        got += (piece := await session.receive())
        assert piece
    return got


async def carried(session, words):
    """Say something and hear it back."""
    await session.send(words)
    assert await heard(session, words) == words


async def both_ways(server, session):
    """Say something to s_server, and let it say something to us."""
    await session.send(b"hoi\n")
    await server.heard(b"hoi\n")
    server.say(b"ja\n")
    async with asyncio.timeout(5):
        assert await heard(session, b"ja\n") == b"ja\n"


@pytest.mark.parametrize("version", [0x0301, 0x0302, 0x0303])
@pytest.mark.parametrize("has_ems", [True, False])
def test_extended_master_secret(version, has_ems, authority, run):
    """RFC 7627: with it and without it the session works, and the hello of the server says which it was."""
    context = server_context(authority.issue("rsa"), version)
    context.options |= 0 if has_ems else _NO_EMS

    async def work():
        async with channel_of(echo, context) as channel:
            session = await start(channel, Wishes("loopback.test"))
            await carried(session, b"hoi")
            await session.close()
            return session.after.begun.reply

    reply = run(work())
    assert reply.ems is has_ems
    assert reply.secure_renegotiation


RENEGOTIATING = {
    "TLS 1.2, AEAD": ("-tls1_2", "ECDHE-RSA-AES128-GCM-SHA256", 0x0303),
    "TLS 1.2, ChaCha20": ("-tls1_2", "ECDHE-RSA-CHACHA20-POLY1305", 0x0303),
    "TLS 1.2, CBC": ("-tls1_2", "ECDHE-RSA-AES256-SHA384", 0x0303),
    "TLS 1.2, RSA key exchange": ("-tls1_2", "AES128-SHA256", 0x0303),
    "TLS 1.1": ("-tls1_1", "AES128-SHA", 0x0302),
    "TLS 1.0": ("-tls1", "DHE-RSA-AES128-SHA", 0x0301),
}


@pytest.mark.parametrize("case", RENEGOTIATING)
def test_a_server_that_lets_its_client_negotiate_again(case, authority, run):
    """Eleven times over, each on the keys of the one before, and data goes on."""
    option, suite, version = RENEGOTIATING[case]

    async def work():
        arguments = ("-cert", authority.issue("rsa"), option, "-cipher", f"{suite}:@SECLEVEL=0", "-client_renegotiation")
        with s_server(*arguments) as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test", versions=UP_TO_12))
                for _ in range(11):
                    assert await renegotiated(session)
                await both_ways(server, session)
                await session.close()
                return session.version

    assert run(work()) == version


def test_a_server_that_refuses_to_negotiate_again(authority, run):
    """OpenSSL refuses by a warning, after which data goes on; or by breaking off."""

    async def work():
        with s_server("-cert", authority.issue("rsa"), "-tls1_2") as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test", versions=UP_TO_12))
                assert not await renegotiated(session)
                await both_ways(server, session)
                await session.close()

    run(work())


def test_tls13_has_no_renegotiation(authority, run):
    """Nothing is even tried."""

    async def work():
        async with channel_of(echo, server_context(authority.issue("rsa"), TLS13)) as channel:
            session = await start(channel, Wishes("loopback.test"))
            assert not await renegotiated(session)
            await carried(session, b"hoi")
            await session.close()

    run(work())


@pytest.mark.parametrize("command", [b"k\n", b"K\n"])
def test_a_key_update(command, authority, run):
    """RFC 8446, 4.6.3: after each new secret the data still opens, whether or not the server asked for ours."""

    async def work():
        with s_server("-cert", authority.issue("rsa"), "-tls1_3") as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test"))
                for number in range(3):
                    words = b"after %d\n" % number
                    server.say(command)
                    await asyncio.sleep(0.03)
                    server.say(words)
                    async with asyncio.timeout(5):
                        assert await heard(session, words) == words
                await session.close()

    run(work())


TICKETS = {
    "none": (("-num_tickets", 0), None),
    "without early data": (("-num_tickets", 2), 0),
    "with early data": (("-num_tickets", 1, "-early_data"), 16_384),
    "with a little early data": (("-num_tickets", 3, "-early_data", "-max_early_data", 7), 7),
}


@pytest.mark.parametrize("case", TICKETS)
def test_tickets(case, authority, run):
    """How much early data the ticket allows is written down; nothing when there is no ticket."""
    arguments, expected = TICKETS[case]

    async def work():
        with s_server("-cert", authority.issue("rsa"), "-tls1_3", *arguments) as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test"))
                await both_ways(server, session)
                await session.close()
                return session.max_early_data

    assert run(work()) == expected


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_certificate_of_ours_that_must_be_there(version, authority, run):
    """TLS 1.2 ends in an alert; TLS 1.3 only after the session came about."""
    arguments = ("-cert", authority.issue("rsa"), "-Verify", 1, "-verify_quiet", "-tls1_2" if version == TLS12 else "-tls1_3")

    async def work():
        with s_server(*arguments) as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test"))
                with pytest.raises(ConnectionResetError, match="alert 116"):
                    await session.receive()
                return session.client_certificate_asked

    if version == TLS13:
        assert run(work()) is True
    else:
        assert run(failure_of(work())).failure is Failure.TLS_ALERT


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_what_a_server_signed_with_another_key_is_no_proof(version, authority, run, monkeypatch):
    """A session is a session; that the certificate is not of this server is a fact about it."""
    other = x509.load_der_x509_certificate(authority.leaf("p384")).public_key()
    monkeypatch.setattr(key_exchange, "public_key", lambda _leaf: other)
    context = server_context(authority.issue("p256"), version)

    async def work():
        async with channel_of(echo, context) as channel:
            session = await start(channel, Wishes("loopback.test", wants_proof=True))
            await session.close()
            return session.is_proved

    assert run(work()) is False


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


def test_a_hello_request_after_the_handshake_is_passed_over(authority, run):
    """A server that wants to negotiate again does not get that; what follows is read."""

    async def work():
        with s_server("-cert", authority.issue("rsa"), "-tls1_2") as server:
            async with channel_to(server.port) as channel:
                session = await start(channel, Wishes("loopback.test"))
                server.say(b"r\n")
                with pytest.raises((ConnectionResetError, TimeoutError)):
                    async with asyncio.timeout(0.3):
                        await session.receive()

    run(work())


def test_a_session_that_is_cut_off(authority, run):
    """Without close_notify the end is an end all the same."""

    async def script(visit):
        visit.server.heard.append(await visit.reader.read(3))
        await visit.say(b"ja")

    async def work():
        async with channel_of(script, server_context(authority.issue("rsa"), TLS12)) as channel:
            session = await start(channel, Wishes("loopback.test"))
            await session.send(b"hoi")
            assert await session.receive() == b"ja"
            assert await session.receive() == b""
            await session.close()

    run(work())
