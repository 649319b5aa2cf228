# SPDX-License-Identifier: EUPL-1.2
"""Ask a validating resolver on the loopback: raw datagrams, many in flight, the wire format left to dnspython."""

import asyncio
import secrets
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.streams import leave

_SOCKETS = 16  # SO_REUSEPORT spreads over Unbound's threads by socket, so one socket would keep one thread busy
_DEADLINE_SECONDS = 20
_AGAIN_SECONDS = 5  # the loopback drops datagrams too, when the resolver's buffer is full
_AT_ONCE = 600
_HEADER = 12
_PAYLOAD = 4096  # on the loopback nothing fragments, so TCP is hardly needed
_EDNS = dns.message.make_query(".", "NS", use_edns=0, payload=_PAYLOAD).opt


class _Socket(asyncio.DatagramProtocol):
    """One UDP socket with its questions in flight, by message id."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport  # type: ignore[assignment] # asyncio gives a datagram transport to a datagram protocol

    def send(self, wire: bytes) -> None:
        """Send a question, unless the socket is gone: whoever waits was told then."""
        if self.transport is not None:
            self.transport.sendto(wire)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the protocol's signature
        """Hand an answer to whoever waits for its id; what is too short for a header is no answer."""
        if len(data) < _HEADER:
            return
        future = self.waiting.pop(int.from_bytes(data[:2], "big"), None)
        if future is not None and not future.done():
            future.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: tell everybody who waits."""
        self._give_up(str(exc))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that no answer can come any more."""
        self.transport = None
        self._give_up(str(exc or "the socket is closed"))

    def _give_up(self, reason: str) -> None:
        """Give everybody who waits a failure."""
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(NoAnswerError(Failure.RESOLVER_DOWN, reason))
        self.waiting.clear()


@dataclass(slots=True)
class Resolver:
    """A validating resolver at an address on this machine; trust in its AD bit ends at the loopback."""

    address: str
    port: int
    questions: int = 0
    _sockets: list[_Socket] = field(default_factory=list)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def open(self) -> None:
        """Open the sockets. Must be called once, in the loop that asks."""
        loop = asyncio.get_running_loop()
        for _ in range(_SOCKETS):
            _, protocol = await loop.create_datagram_endpoint(_Socket, remote_addr=(self.address, self.port))
            self._sockets.append(protocol)

    def close(self) -> None:
        """Close the sockets."""
        for one in self._sockets:
            if one.transport:
                one.transport.close()
        self._sockets.clear()

    async def ask(self, name: str, record_type: str, *, checking_disabled: bool = False) -> dns.message.Message:
        """Ask one question and return the answer with AD and EDE as the resolver gave them.

        Raises NoAnswerError: DNS_TIMEOUT (nothing within the deadline), RESOLVER_DOWN, MALFORMED.
        """
        query = _query(name, record_type)
        if checking_disabled:
            query.flags |= dns.flags.CD
        async with self._turn:
            self.questions += 1
            data = await self._exchange(query)
        try:
            answer = dns.message.from_wire(data, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError) as error:  # older dnspython lets ValueError through from EDNS options
            raise NoAnswerError(Failure.MALFORMED, f"{type(error).__name__}: {error}") from error
        if not query.is_response(answer):
            raise NoAnswerError(Failure.MALFORMED, "the answer is to another question")
        return answer

    async def _exchange(self, query: dns.message.Message) -> bytes:
        """Send a question and wait for the datagram with its id; over TCP when it did not fit."""
        ready = [one for one in self._sockets if one.transport is not None]
        if not ready:
            raise NoAnswerError(Failure.RESOLVER_DOWN, "the sockets are closed")
        one = secrets.choice(ready)
        while query.id in one.waiting:
            query.id = secrets.randbelow(65536)
        wire = query.to_wire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()
        one.waiting[query.id] = future
        again = loop.call_later(_AGAIN_SECONDS, one.send, wire)
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                one.send(wire)
                data = await future
                return await self._over_tcp(query) if data[2] & 0x02 else data
        except TimeoutError as error:
            raise NoAnswerError(Failure.DNS_TIMEOUT, f"{_DEADLINE_SECONDS} s") from error
        finally:
            again.cancel()
            one.waiting.pop(query.id, None)

    async def _over_tcp(self, query: dns.message.Message) -> bytes:
        """Ask the same question over TCP (RFC 7766)."""
        try:
            reader, writer = await asyncio.open_connection(self.address, self.port)
        except OSError as error:
            raise NoAnswerError(Failure.RESOLVER_DOWN, str(error)) from error
        try:
            wire = query.to_wire()
            writer.write(len(wire).to_bytes(2, "big") + wire)
            size = int.from_bytes(await reader.readexactly(2), "big")
            return await reader.readexactly(size)
        except (OSError, EOFError) as error:
            raise NoAnswerError(Failure.RESOLVER_DOWN, str(error)) from error
        finally:
            await leave(writer)


def _query(name: str, record_type: str) -> dns.message.Message:
    """Make a question; all share one EDNS record, which is most of the work of making one."""
    query = dns.message.QueryMessage()
    # AD asks what validation came to (RFC 6840, 5.7); DO would bring the signatures as well, which nobody here reads.
    query.flags = dns.flags.RD | dns.flags.AD
    query.opt = _EDNS
    kind = dns.rdatatype.from_text(record_type)
    query.find_rrset(query.question, dns.name.from_text(name + "."), dns.rdataclass.IN, kind, create=True, force_unique=True)
    return query
