# SPDX-License-Identifier: EUPL-1.2
"""TLS on the server's side of a stream, with every octet in our own hands: to look at the hello first, and to send as oddly as we like.

asyncio's own TLS closes without a word when a handshake fails; this sends the alert first, as servers do.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

_HANDSHAKE_SECONDS = 60.0
_PIECE = 65536
# What ends a conversation without being worth a line in the log.
_GONE = (OSError, EOFError, TimeoutError, ValueError)


class Outlet(Protocol):
    """Where octets to the client go."""

    def write(self, data: bytes) -> None:
        """Send."""

    def close(self) -> None:
        """Send no more."""

    def is_closing(self) -> bool:
        """Whether no more can be sent."""


class Session(Protocol):
    """A TLS session between two memory buffers: one of Python's own, or of another library that behaves likewise."""

    def do_handshake(self) -> None:
        """Go on with the handshake. Raises ssl.SSLWantReadError, or ssl.SSLError when it failed."""

    def read(self, length: int, /) -> bytes:
        """Unseal what came, or nothing at the end. Raises as above."""

    def write(self, data: bytes, /) -> int:
        """Seal."""

    def unwrap(self) -> object:
        """Say close_notify."""


class SessionMaker(Protocol):
    """What makes sessions: one of Python's contexts, or something like it."""

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool = ...) -> Session:  # noqa: FBT001 - as in ssl
        """Make a session between two buffers."""


class _Inside(asyncio.Transport):
    """What a stream inside TLS writes to."""

    def __init__(self, session: Session, sealed: ssl.MemoryBIO, outlet: Outlet, outside: asyncio.StreamWriter) -> None:
        super().__init__()
        self._session, self._sealed, self._outlet, self._outside = session, sealed, outlet, outside
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._reading: asyncio.Task[None] | None = None

    def flush(self) -> None:
        """Send what OpenSSL has sealed."""
        if (sealed := self._sealed.read()) and not self._outlet.is_closing():
            self._outlet.write(sealed)

    def start(self, reading: asyncio.Task[None]) -> None:
        """Keep the task that reads for this transport."""
        self._reading = reading

    async def until_read(self) -> None:
        """Wait until whoever reads has room for more."""
        await self._may_read.wait()

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Seal and send."""
        self._session.write(bytes(data))
        self.flush()

    def close(self) -> None:
        """Say close_notify and leave."""
        if self._reading is not None:
            self._reading.cancel()
        with suppress(ssl.SSLError):
            self._session.unwrap()
        self.flush()
        self._outlet.close()

    def abort(self) -> None:
        """Leave without a word."""
        self._outside.transport.abort()

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._outlet.is_closing()

    def pause_reading(self) -> None:
        """Read no more until told."""
        self._may_read.clear()

    def resume_reading(self) -> None:
        """Read on."""
        self._may_read.set()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's own signature
        """Say what is known of the connection."""
        return self._session if name == "ssl_object" else self._outside.get_extra_info(name, default)


@dataclass(frozen=True, slots=True)
class Wire:
    """The streams of a client, what was read of it already, and where to send if not straight to the client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    first: bytes = b""
    outlet: Outlet | None = None


async def secured(wire: Wire, context: SessionMaker, limit: int = _PIECE) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Shake hands as a server, and return the streams inside; ``limit`` is that of the reader.

    Raises ssl.SSLError after the alert was sent, ConnectionResetError when the client leaves, TimeoutError.
    """
    came, sealed = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(came, sealed, server_side=True)
    transport = _Inside(session, sealed, wire.outlet or wire.writer, wire.writer)
    came.write(wire.first)
    async with asyncio.timeout(_HANDSHAKE_SECONDS):
        while True:
            try:
                session.do_handshake()
            except ssl.SSLWantReadError:
                pass
            else:
                break
            finally:
                transport.flush()
            came.write(await _more(wire.reader))
    inside = asyncio.StreamReader(limit=limit)
    protocol = asyncio.StreamReaderProtocol(inside)
    protocol.connection_made(transport)
    transport.start(asyncio.create_task(_read(wire.reader, inside, session, came, transport)))
    return inside, asyncio.StreamWriter(transport, protocol, inside, asyncio.get_running_loop())


async def _more(reader: asyncio.StreamReader) -> bytes:
    """Read what comes. Raises ConnectionResetError when nothing more does."""
    if not (data := await reader.read(_PIECE)):
        raise ConnectionResetError("the client has left")
    return data


async def _read(
    reader: asyncio.StreamReader, inside: asyncio.StreamReader, session: Session, came: ssl.MemoryBIO, transport: _Inside
) -> None:
    """Unseal what comes, until the client has left."""
    try:
        while True:
            try:
                while data := session.read(_PIECE):
                    inside.feed_data(data)
                break
            except ssl.SSLWantReadError:
                transport.flush()
            await transport.until_read()
            came.write(await _more(reader))
    except _GONE:
        transport.flush()
    finally:
        inside.feed_eof()
