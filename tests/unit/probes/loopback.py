# SPDX-License-Identifier: EUPL-1.2
"""Servers on the loopback that do exactly what a script says, and a gate that lets probes reach them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from ssl import SSLContext

from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate, Identity, Limits
from meetlat.probes.network import Network

LOOPBACK = Network(name="loopback", allowed_prefixes=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
UNHURRIED = Limits(
    per_address=10_000,
    per_address_burst=10_000,
    per_prefix=10_000,
    per_prefix_burst=10_000,
    datagrams_per_address=10_000,
    connect_seconds=1,
)
HELLO = Identity(ehlo_name="meetlat.test", contact="https://meetlat.test/")


def open_gate(network: Network = LOOPBACK, **limits: float | None) -> Gate:
    """Return a gate to the loopback, without any pace unless asked for."""
    return Gate(network, replace(UNHURRIED, **limits), HELLO)


async def failure_of(asking: Awaitable[object]) -> NoAnswerError:
    """Return the failure that a probe ends in; anything else is wrong."""
    try:
        answer = await asking
    except NoAnswerError as error:
        return error
    raise AssertionError(f"an answer instead of a failure: {answer!r:.300}")


async def outcome(asking: Awaitable[object]) -> object:
    """Return the answer of a probe, or the Failure."""
    try:
        return await asking
    except NoAnswerError as error:
        return error.failure


@dataclass
class Visit:
    """One connection, as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: "Server"

    async def say(self, *words: bytes) -> None:
        """Send words."""
        for word in words:
            self.writer.write(word)
            await self.writer.drain()

    async def hear_line(self) -> bytes:
        """Wait for one line, and keep it."""
        line = await self.reader.readline()
        self.server.heard.append(line)
        return line

    async def hear_head(self) -> bytes:
        """Wait for the head of an HTTP request, and keep it."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.heard.append(head)
        return head

    async def hear_end(self) -> None:
        """Listen until the other side closes."""
        self.server.heard.append(await self.reader.read())

    def reset(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()


Script = Callable[[Visit], Awaitable[None]]


@dataclass
class Server:
    """A running server: where it is, and what came by."""

    port: int = 0
    accepted: int = 0
    open_now: int = 0
    open_at_most: int = 0
    heard: list[bytes] = field(default_factory=list)
    visits: set[asyncio.Task[None]] = field(default_factory=set)


@asynccontextmanager
async def serving(script: Script, tls: SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    """Run a script for every connection; when it ends the connection is closed."""
    server = Server()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.accepted += 1
        server.open_now += 1
        server.open_at_most = max(server.open_at_most, server.open_now)
        try:
            with suppress(OSError, EOFError):
                await script(Visit(reader, writer, server))
        finally:
            server.open_now -= 1
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                async with asyncio.timeout(0.1):
                    await writer.wait_closed()
            writer.transport.abort()

    def begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(visited(reader, writer))
        server.visits.add(task)

    listening = await asyncio.start_server(begun, host, 0, ssl=tls, ssl_handshake_timeout=5 if tls else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for _ in range(10):
            await asyncio.sleep(0)  # who was let in at the last moment is a visit too
        for task in server.visits:
            task.cancel()
        await asyncio.gather(*server.visits, return_exceptions=True)
        await listening.wait_closed()


async def silence(visit: Visit) -> None:
    """Accept, and say nothing."""
    await visit.hear_end()


async def farewell(_visit: Visit) -> None:
    """Close at once."""


async def rupture(visit: Visit) -> None:
    """Break off at once."""
    visit.reset()


def drip(word: bytes, after: bytes = b"") -> Script:
    """Say something, and then a word every few milliseconds, for ever."""

    async def script(visit: Visit) -> None:
        await visit.say(after)
        while True:
            await visit.say(word)
            await asyncio.sleep(0.005)

    return script


def flood(word: bytes, after: bytes = b"") -> Script:
    """Say something, and then a word as fast as the other side reads, for ever."""

    async def script(visit: Visit) -> None:
        await visit.say(after)
        while True:
            await visit.say(word)
            await asyncio.sleep(0)

    return script


@asynccontextmanager
async def openssl_server(context: SSLContext) -> AsyncIterator[int]:
    """Run a TLS server on plain sockets, which sends its alerts (asyncio's servers close without); yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(2)

        def serve() -> None:
            with suppress(OSError):
                accepted, _ = listening.accept()
                with accepted:
                    accepted.settimeout(2)
                    with suppress(OSError), context.wrap_socket(accepted, server_side=True) as session:
                        session.recv(1)
                    with suppress(OSError):
                        accepted.recv(1)

        serving_ = asyncio.get_running_loop().run_in_executor(None, serve)
        try:
            yield listening.getsockname()[1]
        finally:
            await serving_
