# SPDX-License-Identifier: EUPL-1.2
"""One hello and the first flight that comes back on it: bounded in time and size, and whatever goes wrong is part of the reply."""

import asyncio
from dataclasses import dataclass
from typing import Final

from meetlat.probes.channel import Channel
from meetlat.probes.tls.flight import Came, Flight, FlightError, NotTlsError, Reply
from meetlat.probes.tls.hello import record
from meetlat.probes.tls.ssl2_flight import Ssl2Flight
from meetlat.probes.watch import Within, watch

SLOW: Final = "slow"
_CLOSE_NOTIFY = record(21, b"\x01\x00")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, and how many connections it may cost."""

    idle_seconds: float = 6.0
    flight_seconds: float = 20.0
    connections: int = 120
    total_seconds: float = 240.0


async def exchange(channel: Channel, hello: bytes, patience: Patience, *, is_ssl2: bool = False) -> Reply:
    """Send a hello over a channel that is open already, and read the first flight."""
    flight = Ssl2Flight() if is_ssl2 else Flight()
    now = asyncio.get_running_loop().time
    latest = now() + patience.flight_seconds
    try:
        with Within(patience.idle_seconds) as limit:
            await channel.send(hello)
            while piece := await channel.receive():
                if flight.feed(piece):
                    break
                limit.until = min(latest, now() + patience.idle_seconds)
            if flight.is_done and flight.reply.is_hello:
                await channel.send(_CLOSE_NOTIFY)  # who sent an alert has left already
    except TimeoutError:
        return _late(flight)
    except FlightError as error:
        return _unreadable(flight, error)
    except OSError:
        return _ended(flight, Came.RESET)
    return _ended(flight, Came.CLOSED)


class HelloExchange(asyncio.Protocol):
    """The same, straight on a connection of its own: one future for all of it, for of these there are most.

    ``over`` is done when the connection is closed and ``reply`` is whole.
    """

    def __init__(self, hello: bytes, patience: Patience, *, is_ssl2: bool = False) -> None:
        self._hello, self._patience = hello, patience
        self._loop = asyncio.get_running_loop()
        self._flight: Flight | Ssl2Flight = Ssl2Flight() if is_ssl2 else Flight()
        self._transport: asyncio.Transport | None = None
        self._watch = watch()
        self._latest = self.until = 0.0
        self._reply: Reply | None = None
        self.over: asyncio.Future[None] = self._loop.create_future()

    @property
    def reply(self) -> Reply:
        """What came back."""
        return self._reply or _ended(self._flight, Came.CLOSED)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the hello."""
        self._transport = transport  # type: ignore[assignment] # asyncio gives a stream transport to a stream protocol
        now = self._loop.time()
        self._latest, self.until = now + self._patience.flight_seconds, now + self._patience.idle_seconds
        self._watch.add(self)
        self._transport.write(self._hello)  # type: ignore[union-attr] # idem

    def data_received(self, data: bytes) -> None:
        """Take in bytes until the flight is whole."""
        if self._reply is not None:
            return
        self.until = min(self._latest, self._loop.time() + self._patience.idle_seconds)
        try:
            is_done = self._flight.feed(data)
        except FlightError as error:
            self._end(_unreadable(self._flight, error))
            return
        if is_done:
            self._end(self._flight.reply)

    def eof_received(self) -> bool:
        """Let the connection be closed."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over."""
        self._watch.discard(self)
        if self._reply is None:
            self._reply = _ended(self._flight, Came.CLOSED if exc is None else Came.RESET)
        if not self.over.done():
            self.over.set_result(None)

    def late(self) -> None:
        """Give up."""
        self._reply = self._reply or _late(self._flight)
        if self._transport is not None:
            self._transport.abort()

    def _end(self, reply: Reply) -> None:
        """Keep the reply and take leave; who sent an alert has left already."""
        self._reply = reply
        if self._transport is None:
            return
        if self._flight.is_done and reply.is_hello:
            self._transport.write(_CLOSE_NOTIFY)
        self._transport.close()


def _late(flight: Flight | Ssl2Flight) -> Reply:
    """Say that nothing more came in time."""
    reply = flight.reply
    reply.came, reply.detail = Came.TIMEOUT, SLOW if flight.has_begun else ""
    return reply


def _unreadable(flight: Flight | Ssl2Flight, error: FlightError) -> Reply:
    """Say that what came is not what a TLS server sends."""
    flight.reply.came = Came.NOT_TLS if isinstance(error, NotTlsError) else Came.MALFORMED
    return flight.reply


def _ended(flight: Flight | Ssl2Flight, how: Came) -> Reply:
    """Say how the connection ended, when that was before the flight was whole."""
    if not flight.is_done:
        flight.reply.came = how
    return flight.reply
