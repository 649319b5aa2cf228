# SPDX-License-Identifier: EUPL-1.2
"""A connection to send and receive over: plain TCP, or the same thing made secure."""

import asyncio
import socket
from contextlib import suppress
from typing import Protocol

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError

_PIECE = 16_384


class Channel(Protocol):
    """Something to send and receive bytes over."""

    async def send(self, content: bytes) -> None:
        """Send all of it. Raises OSError."""
        ...

    async def receive(self) -> bytes:
        """Return the next bytes, or none at the end. Raises OSError."""
        ...

    async def close(self) -> None:
        """Take leave; never raises."""
        ...


class PlainChannel:
    """A TCP connection. Its socket belongs to the gate, which closes it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    async def send(self, content: bytes) -> None:
        """Send all of it. Raises OSError."""
        await self._loop.sock_sendall(self._socket, content)

    async def receive(self) -> bytes:
        """Return the next bytes, or none at the end. Raises OSError."""
        return await self._loop.sock_recv(self._socket, _PIECE)

    async def close(self) -> None:
        """Say that nothing more follows."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)


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
