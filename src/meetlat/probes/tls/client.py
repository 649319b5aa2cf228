# SPDX-License-Identifier: EUPL-1.2
"""A TLS client for SSL 3.0 to TLS 1.3 that accepts every certificate, version and suite: these are facts here, not conditions."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from meetlat.model.evidence import Failure
from meetlat.probes.channel import Channel
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.client12 import finish12
from meetlat.probes.tls.client13 import finish13
from meetlat.probes.tls.doors import Door
from meetlat.probes.tls.flight import FlightError, read_server_hello
from meetlat.probes.tls.hello import SSL30, TLS10, TLS13, record
from meetlat.probes.tls.session import Manner, Opening, Session, Wishes, opening
from meetlat.probes.tls.wire import HANDSHAKE, Wire
from meetlat.probes.watch import Within

SECONDS = 8.0
# What, once a server hello was read, only says that the rest was no good.
_NO_HANDSHAKE = frozenset({Failure.MALFORMED, Failure.TOO_LARGE, Failure.TLS_NOT_SPOKEN})


async def start(channel: Channel, wishes: Wishes, seconds: float | None = None) -> Session:
    """Make a TLS session over a channel. Raises NoAnswerError with the stage at which it went wrong."""
    seconds = SECONDS if seconds is None else seconds
    wire = Wire(channel)
    begun = opening(wishes)
    first_version = SSL30 if wishes.manner is Manner.RELIC else TLS10
    try:
        with Within(seconds):
            try:
                await channel.send(record(HANDSHAKE, begun.hello(), first_version))
            except OSError as error:
                raise NoAnswerError(Failure.TLS_CLOSED, str(error)) from error
            return await _answered(wire, begun)
    except TimeoutError as error:
        failure = Failure.TLS_BROKEN if wire.is_dripping or begun.reply.version is not None else Failure.TLS_TIMEOUT
        raise NoAnswerError(failure, f"{seconds:g} s") from error
    except FlightError as error:
        failure = Failure.TLS_NOT_SPOKEN if begun.reply.version is None else Failure.TLS_BROKEN
        raise NoAnswerError(failure, str(error)) from error
    except NoAnswerError as error:
        if (begun.reply.version is not None or wire.warnings) and error.failure in _NO_HANDSHAKE:
            raise NoAnswerError(Failure.TLS_BROKEN, error.detail) from error
        if error.failure in {Failure.MALFORMED, Failure.TOO_LARGE}:
            raise NoAnswerError(Failure.TLS_NOT_SPOKEN, error.detail) from error
        raise


async def _answered(wire: Wire, begun: Opening) -> Session:
    """Read the server hello and go on as its version demands."""
    kind, body, whole = await wire.message()
    if kind != 2:
        raise FlightError(f"handshake message {kind} instead of a server hello")
    read_server_hello(body, begun.reply)
    if begun.reply.version not in begun.wishes.versions:
        raise FlightError("a version that was not offered")
    if begun.reply.version == TLS13:
        return await finish13(wire, begun, whole)
    begun.transcript += whole
    return await finish12(wire, begun)


# After these another manner of hello may fare better; silence and what is no TLS at all remain what they are.
_WORTH_ANOTHER = frozenset({Failure.TLS_CLOSED, Failure.TLS_ALERT})


@asynccontextmanager
async def connected(door: Door, wishes: Wishes) -> AsyncIterator[Session]:
    """Make a session with a server, in the first manner of hello that it takes; each costs a connection.

    Raises NoAnswerError with what came on the first: that is what a client of today meets.
    """
    first: NoAnswerError | None = None
    for manner in Manner:
        async with AsyncExitStack() as stack:
            try:
                channel = await stack.enter_async_context(door.open())
                session = await start(channel, replace(wishes, manner=manner))
            except NoAnswerError as error:
                first = first or error
                if error.failure not in _WORTH_ANOTHER or manner is Manner.RELIC:
                    raise first from error
                continue
            try:
                yield session
            finally:
                await session.close()
            return
