# SPDX-License-Identifier: EUPL-1.2
"""What happens in and after a handshake: tickets, key updates, renegotiation, and certificates of ours."""

import asyncio

import pytest
from cryptography import x509

from meetlat.model.evidence import Failure
from meetlat.probes.tls import key_exchange
from meetlat.probes.tls.client import start
from meetlat.probes.tls.client12 import renegotiated
from meetlat.probes.tls.session import Wishes
from tests.unit.probes.loopback import failure_of
from tests.unit.probes.tls.peers import carried, channel_of, channel_to, echo, heard, s_server, server_context

TLS12, TLS13 = 0x0303, 0x0304
UP_TO_12 = (0x0303, 0x0302, 0x0301, 0x0300)
_NO_EMS = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET


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
