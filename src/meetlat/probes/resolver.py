# SPDX-License-Identifier: EUPL-1.2
"""Ask a validating resolver on the loopback: raw datagrams, many in flight, the wire format left to dnspython."""

import asyncio
import os
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.resolver_answer import ResolverAnswer, read_answer
from meetlat.probes.streams import leave
from meetlat.probes.watch import Within, watch

_SOCKETS = 16  # SO_REUSEPORT spreads over Unbound's threads by socket, so one socket would keep one thread busy
_DEADLINE_SECONDS = 20
_AGAIN_SECONDS = 5  # the loopback drops datagrams too, when the resolver's buffer is full
_AT_ONCE = 600
_HEADER = 12
_PAYLOAD = 4096  # on the loopback nothing fragments, so TCP is hardly needed
_SIGNATURES = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3})
_HEADERLESS_ERRORS = {1, 2, 4, 5}  # FORMERR, SERVFAIL, NOTIMP and REFUSED may come without the question


# Whether questions that are asked from here go before others, where more are asked at once than the resolver should have.
goes_first: ContextVar[bool] = ContextVar("goes_first", default=False)


class _Queue:
    """Lets so many questions out at once: in the order of asking, but first those that go first.

    Of these the last that came is the first to go: who has begun comes to a mail server before everybody has begun.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
        (self._first if goes_first.get() else self._others).append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self._give_back()  # it was given to us at the moment that we were cancelled
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give the place to the next."""
        self._give_back()

    def _give_back(self) -> None:
        """Give a place to who waits for it, or keep it."""
        for row, take in ((self._first, self._first.pop), (self._others, self._others.popleft)):
            while row:
                waiting = take()
                if not waiting.done():
                    waiting.set_result(None)
                    return
        self._free += 1


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
    _asked: int = 0
    _queue: _Queue = field(default_factory=lambda: _Queue(_AT_ONCE))

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

    async def ask(self, name: str, record_type: str, *, checking_disabled: bool = False) -> ResolverAnswer:
        """Ask one question and return the answer with AD and EDE as the resolver gave them.

        Raises NoAnswerError: DNS_TIMEOUT (nothing within the deadline), RESOLVER_DOWN, MALFORMED.
        """
        query = _Query(name, record_type, checking_disabled=checking_disabled)
        async with self._queue:
            self.questions += 1
            data = await self._exchange(query)
        if not query.is_answered_by(data):
            raise NoAnswerError(Failure.MALFORMED, "the answer is to another question")
        try:
            return read_answer(data, _SIGNATURES)
        except (dns.exception.DNSException, ValueError) as error:  # older dnspython lets ValueError through from EDNS options
            raise NoAnswerError(Failure.MALFORMED, f"{type(error).__name__}: {error}") from error

    async def _exchange(self, query: "_Query") -> bytes:
        """Send a question and wait for the datagram with its id; over TCP when it did not fit."""
        one = self._next_socket()
        while query.id in one.waiting:
            query.renumber()
        asked = _Asked(one, query.wire)
        one.waiting[query.id] = asked.answer
        try:
            one.send(query.wire)
            data = await asked.answer
        finally:
            asked.watch.discard(asked)
            one.waiting.pop(query.id, None)
        if not data[2] & 0x02:
            return data
        try:
            with Within(_DEADLINE_SECONDS):
                return await self._over_tcp(query)
        except TimeoutError as error:
            raise NoAnswerError(Failure.DNS_TIMEOUT, f"{_DEADLINE_SECONDS} s") from error

    def _next_socket(self) -> _Socket:
        """Return each socket in its turn. Raises NoAnswerError when none is open any more."""
        for _ in self._sockets:
            self._asked += 1
            one = self._sockets[self._asked % len(self._sockets)]
            if one.transport is not None:
                return one
        raise NoAnswerError(Failure.RESOLVER_DOWN, "the sockets are closed")

    async def _over_tcp(self, query: "_Query") -> bytes:
        """Ask the same question over TCP (RFC 7766)."""
        try:
            reader, writer = await asyncio.open_connection(self.address, self.port)
        except OSError as error:
            raise NoAnswerError(Failure.RESOLVER_DOWN, str(error)) from error
        try:
            writer.write(len(query.wire).to_bytes(2, "big") + query.wire)
            size = int.from_bytes(await reader.readexactly(2), "big")
            return await reader.readexactly(size)
        except (OSError, EOFError) as error:
            raise NoAnswerError(Failure.RESOLVER_DOWN, str(error)) from error
        finally:
            await leave(writer)


class _Asked:
    """A question that was sent: it is sent once more when nothing comes, and later given up."""

    def __init__(self, socket: _Socket, wire: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[bytes] = loop.create_future()
        self._socket, self._wire = socket, wire
        began = loop.time()
        self._deadline = began + _DEADLINE_SECONDS
        self.until = min(began + _AGAIN_SECONDS, self._deadline)
        self.watch = watch()
        self.watch.add(self)

    def late(self) -> None:
        """Send it again, or tell who waits that nothing came in time."""
        if self.until < self._deadline:
            self._socket.send(self._wire)
            self.until = self._deadline
            self.watch.add(self)
        elif not self.answer.done():
            self.answer.set_exception(NoAnswerError(Failure.DNS_TIMEOUT, f"{_DEADLINE_SECONDS} s"))


class _Query:
    """A question in wire format: what dnspython makes of the type, with the name put in the place of the root."""

    def __init__(self, name: str, record_type: str, *, checking_disabled: bool) -> None:
        flags, tail, rest = _pattern(record_type, checking_disabled=checking_disabled)
        self.question = _name(name) + tail
        self._behind_id = flags + self.question + rest
        self.renumber()

    def renumber(self) -> None:
        """Take another id; one that nobody can guess, though nobody but the resolver can write to the loopback."""
        number = os.urandom(2)
        self.id = int.from_bytes(number, "big")
        self.wire = number + self._behind_id

    def is_answered_by(self, data: bytes) -> bool:
        """Whether a message is a response to this very question (RFC 5452, 9.1); names without regard to capitals."""
        if len(data) < _HEADER or not data[2] & 0x80 or data[2] & 0x78:
            return False
        if data[4:6] == b"\0\0":
            return data[3] & 0x0F in _HEADERLESS_ERRORS
        asked = data[_HEADER : _HEADER + len(self.question)]
        # The octets of lengths lie below those of capitals, so that only letters change.
        return data[4:6] == b"\0\1" and asked[-4:] == self.question[-4:] and asked.lower() == self.question.lower()


@lru_cache(maxsize=256)
def _pattern(record_type: str, *, checking_disabled: bool) -> tuple[bytes, bytes, bytes]:
    """Return the header behind the id, the type and class, and the EDNS record of questions for a type."""
    # AD asks what validation came to (RFC 6840, 5.7); DO would bring the signatures as well, which nobody here reads.
    flags = dns.flags.RD | dns.flags.AD | (dns.flags.CD if checking_disabled else 0)
    wire = dns.message.make_query(".", record_type, use_edns=0, payload=_PAYLOAD, flags=flags).to_wire()
    return wire[2:_HEADER], wire[_HEADER + 1 : _HEADER + 5], wire[_HEADER + 5 :]


@lru_cache(maxsize=16_384)  # of one name several types are asked
def _name(name: str) -> bytes:
    """Write a name in wire format. Raises dns.exception.DNSException and UnicodeError for what is no name."""
    return dns.name.from_text(name + ".").to_wire() or b""
