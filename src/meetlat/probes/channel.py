# SPDX-License-Identifier: EUPL-1.2
"""A connection to send and receive over: plain TCP, or the same thing made secure."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError

_PIECE = 16_384
_MOST_WAITING = 65_536
_GOODBYE_SECONDS = 1.0


class Channel(Protocol):
    """Something to send and receive bytes over."""

    async def send(self, content: bytes) -> None:
        """Send all of it, without waiting until the other side takes it. Raises OSError."""
        ...

    async def receive(self) -> bytes:
        """Return the next bytes, or none at the end. Raises OSError."""
        ...

    async def close(self) -> None:
        """Take leave; never raises."""
        ...


class PlainChannel(asyncio.Protocol):
    """A TCP connection. It belongs to the gate, which opens and ends it; ``gone`` is called when it is really gone.

    The loop hands us what comes in: to ask a socket for it costs three calls of the system for every piece.
    """

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._is_paused = self._is_ended = False
        self._error: OSError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment] # asyncio gives a stream transport to a stream protocol

    def data_received(self, data: bytes) -> None:
        """Take in bytes; when nobody takes them out, no more than so many."""
        self._received += data
        if len(self._received) > _MOST_WAITING and self._transport is not None:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def eof_received(self) -> bool:
        """Note that nothing more will come; we may still send."""
        self._is_ended = True
        self._wake()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note how it ended, and say that it is gone."""
        self._is_ended = True
        self._error = exc if exc is None or isinstance(exc, OSError) else ConnectionResetError(str(exc))
        self._wake()
        self._gone()

    def _wake(self) -> None:
        """Wake whoever waits."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def send(self, content: bytes) -> None:
        """Send all of it. Raises OSError."""
        if self._error is not None:
            raise self._error
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._transport.write(content)

    async def receive(self) -> bytes:
        """Return the next bytes, or none at the end. Raises OSError."""
        while not self._received:
            if self._error is not None:
                raise self._error
            if self._is_ended:
                return b""
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        piece = bytes(self._received[:_PIECE])
        del self._received[:_PIECE]
        if self._is_paused and not self._received and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return piece

    async def close(self) -> None:
        """Say that nothing more follows."""
        if self._transport is not None and not self._transport.is_closing():
            with suppress(OSError, RuntimeError):
                self._transport.write_eof()

    def end(self) -> None:
        """Close the connection: at once when all was sent, and a moment later when the other side does not take it."""
        if self._transport is None:
            self._gone()
            return
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(_GOODBYE_SECONDS, self._transport.abort)


async def receive_octets(channel: Channel, size: int, received: bytearray) -> bytes:
    """Take so many octets out of what was received, and receive until they are there. Raises EOFError at the end, and OSError."""
    while len(received) < size:
        piece = await channel.receive()
        if not piece:
            raise EOFError(f"{len(received)} of {size} octets")
        received += piece
    taken = bytes(received[:size])
    del received[:size]
    return taken


class Lines:
    """Reads lines from a channel, with what came behind them kept."""

    def __init__(self, channel: Channel, longest: int = 2_048) -> None:
        self.channel = channel
        self._longest = longest
        self._buffer = bytearray()

    async def next(self) -> bytes:
        """Return the next line with its end. Raises NoAnswerError (CLOSED with what was left, TOO_LARGE) and OSError."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > self._longest:
                raise NoAnswerError(Failure.TOO_LARGE, f"a line of more than {self._longest} octets")
            piece = await self.channel.receive()
            if not piece:
                raise NoAnswerError(Failure.CLOSED, self._buffer.decode("latin-1")[:100])
            self._buffer += piece
        line = bytes(self._buffer[: end + 1])
        if len(line) > self._longest:
            raise NoAnswerError(Failure.TOO_LARGE, f"a line of more than {self._longest} octets")
        del self._buffer[: end + 1]
        return line

    @property
    def early(self) -> bytes:
        """What came behind the last line and was not read yet."""
        return bytes(self._buffer)
