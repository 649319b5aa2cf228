# SPDX-License-Identifier: EUPL-1.2
"""The only door to the network: who may be asked, how often, how many at once, and under which name."""

import asyncio
import math
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from weakref import WeakValueDictionary

from meetlat.model.evidence import Failure
from meetlat.probes.failing import NoAnswerError, from_connect_error
from meetlat.probes.network import Network, Prefix, prefix_of

# Longer than any bucket needs to be full again: what is forgotten after this was worth nothing.
_FULL_AGAIN_SECONDS = 60.0
_MOST_REMEMBERED = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """How polite we are. Rates are new connections per second; a burst is what may come at once after silence."""

    per_address: float = 5
    per_address_burst: int = 6
    per_mail_address: float = 1
    per_mail_address_burst: int = 2
    per_prefix: float = 20
    per_prefix_burst: int = 40
    at_once_per_address: int = 2
    at_once_per_mail_address: int = 1
    datagrams_per_address: float = 50
    at_once: int = 1000
    connect_seconds: float = 5
    budget: int | None = None


def _own_name() -> str:
    """Return the full name of this machine, or one that is nobody's when it has none."""
    name = socket.getfqdn()
    return name if "." in name else "meetlat.invalid"


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which name we ask: in the User-Agent of HTTP, and behind EHLO."""

    ehlo_name: str = field(default_factory=_own_name)
    contact: str = ""

    @property
    def user_agent(self) -> str:
        """The User-Agent header, with where to complain when that is known."""
        return f"Meetlat (meting open standaarden; {self.contact})" if self.contact else "Meetlat (meting open standaarden)"


@dataclass(slots=True)
class Counts:
    """What the gate let through."""

    connections: int = 0
    datagrams: int = 0
    refused_by_us: int = 0


@dataclass(slots=True)
class _Pace:
    """A leaky bucket per key: when the next one may go."""

    next_free: dict[str, float] = field(default_factory=dict)

    def wait_for(self, key: str, rate: float, burst: int) -> float:
        """Book a place and return how many seconds to wait for it."""
        now = time.monotonic()
        earliest = max(self.next_free.get(key, -math.inf), now - (burst - 1) / rate)
        self.next_free[key] = earliest + 1 / rate
        if len(self.next_free) > 100_000:
            self.next_free = {known: free for known, free in self.next_free.items() if free > now - _FULL_AGAIN_SECONDS}
        return max(0.0, earliest - now)


class Gate:
    """Lets probes out, one by one, within the limits. One gate per measurement and event loop."""

    def __init__(
        self, network: Network, limits: Limits | None = None, identity: Identity | None = None, opted_out: tuple[Prefix, ...] = ()
    ) -> None:
        self.network = network
        self.limits = limits or Limits()
        self.identity = identity or Identity()
        self.counts = Counts()
        self._opted_out = opted_out
        self._pace = _Pace()
        self._admitted: set[str] = set()
        self._all = asyncio.Semaphore(self.limits.at_once)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.has_ipv6 = _has_ipv6_route(network)

    def connection(self, address: str, port: int, *, is_mail: bool = False) -> "Connection":
        """Return a context with a connected, non-blocking TCP socket within the limits; it is closed afterwards, so leave any stream first.

        Entering raises NoAnswerError: GUARDED, OPTED_OUT, OUR_LIMIT, or what connecting came to. Waiting for our own limits is never
        counted as the other side's slowness: the time-out starts when the connection is tried.
        """
        return Connection(self, address, port, is_mail=is_mail)

    async def open(self, address: str, port: int, *, is_mail: bool) -> tuple[socket.socket, asyncio.Semaphore]:
        """Connect when it is our turn; return the socket and the turn, which is to be given back by ``close``."""
        turn = await self._enter(address, is_mail=is_mail)
        try:
            return await _connect(address, port, self.limits.connect_seconds), turn
        except BaseException:
            self._leave(turn)
            raise

    def close(self, opened: socket.socket, turn: asyncio.Semaphore) -> None:
        """Close a socket and give its place to the next."""
        with suppress(OSError):
            opened.close()
        self._leave(turn)

    async def hold(self, address: str, port: int, protocol: asyncio.Protocol, over: asyncio.Future[None]) -> None:
        """Connect a protocol that closes its connection itself, when it is our turn, and wait until that is over.

        For the many short connections to web servers: no socket of Python, no stream. Raises NoAnswerError as ``connection`` does.
        """
        turn = await self._enter(address, is_mail=False)
        transport: asyncio.BaseTransport | None = None
        try:
            try:
                async with asyncio.timeout(self.limits.connect_seconds):
                    transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, address, port)
            except TimeoutError as error:
                raise NoAnswerError(Failure.CONNECT_TIMEOUT, f"{self.limits.connect_seconds:g} s") from error
            except OSError as error:
                raise from_connect_error(error) from error
            await over
        finally:
            if transport is not None and not over.done():
                transport.close()
            self._leave(turn)

    async def _enter(self, address: str, *, is_mail: bool) -> asyncio.Semaphore:
        """Wait until one more connection to an address is within all limits; return the turn, which ``_leave`` gives back."""
        self._admit(address)
        at_once = self.limits.at_once_per_mail_address if is_mail else self.limits.at_once_per_address
        key = f"{address} {is_mail}"
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = asyncio.Semaphore(at_once)
        await turn.acquire()
        try:
            self._spend(0)
            if is_mail:
                await self._wait(address, self.limits.per_mail_address, self.limits.per_mail_address_burst)
            else:
                await self._wait(address, self.limits.per_address, self.limits.per_address_burst)
            # Only now: who waits for the pace of one slow operator must not keep a place from all the others.
            await self._all.acquire()
        except BaseException:
            turn.release()
            raise
        try:
            self._spend(1)
        except BaseException:
            self._leave(turn)
            raise
        return turn

    def _leave(self, turn: asyncio.Semaphore) -> None:
        """Give a place to the next."""
        self._all.release()
        turn.release()

    async def datagram(self, address: str) -> None:
        """Wait for permission to send one datagram to an address. Raises NoAnswerError as ``connection`` does."""
        self._admit(address)
        await self._wait(f"udp {address}", self.limits.datagrams_per_address, 20, address)
        self.counts.datagrams += 1

    def _admit(self, address: str) -> None:
        """Refuse addresses that are not ours to ask."""
        if address in self._admitted:
            return
        parsed = ip_address(address)
        failure = None
        if not self.network.allows(parsed):
            failure = NoAnswerError(Failure.GUARDED, address)
        elif any(parsed in prefix for prefix in self._opted_out if prefix.version == parsed.version):
            failure = NoAnswerError(Failure.OPTED_OUT, address)
        elif parsed.version == 6 and not self.has_ipv6:
            failure = NoAnswerError(Failure.OUR_LIMIT, "no IPv6 at the place of measuring")
        if failure:
            self.counts.refused_by_us += 1
            raise failure
        if len(self._admitted) >= _MOST_REMEMBERED:
            self._admitted.clear()
        self._admitted.add(address)

    def _spend(self, connections: int) -> None:
        """Take connections from the budget of the run; none at all to see, before any waiting, whether it is spent."""
        if self.limits.budget is not None and self.counts.connections >= self.limits.budget:
            self.counts.refused_by_us += 1
            raise NoAnswerError(Failure.OUR_LIMIT, "the budget of connections is spent")
        self.counts.connections += connections

    async def _wait(self, key: str, rate: float, burst: int, address: str = "") -> None:
        """Wait for the turn of this address and of its prefix."""
        wait = self._pace.wait_for(key, rate, burst)
        if not address:
            wait = max(wait, self._pace.wait_for(prefix_of(key), self.limits.per_prefix, self.limits.per_prefix_burst))
        if wait:
            await asyncio.sleep(wait)


class Connection:
    """One connection through the gate, as a context: cheaper than a generator, and there are fifteen of them for every TLS server."""

    __slots__ = ("_address", "_gate", "_is_mail", "_opened", "_port")

    def __init__(self, gate: Gate, address: str, port: int, *, is_mail: bool) -> None:
        self._gate, self._address, self._port, self._is_mail = gate, address, port, is_mail
        self._opened: tuple[socket.socket, asyncio.Semaphore] | None = None

    async def __aenter__(self) -> socket.socket:
        """Connect when it is our turn."""
        self._opened = await self._gate.open(self._address, self._port, is_mail=self._is_mail)
        return self._opened[0]

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        if self._opened is not None:
            self._gate.close(*self._opened)


class _Socket(socket.socket):
    """A socket that tells its family as a number: the event loop asks for it at every turn, and an enum costs more than the connection."""

    family = socket.SocketType.family  # type: ignore[assignment] # the descriptor of the C class
    type = socket.SocketType.type  # type: ignore[assignment] # idem


async def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a TCP connection, or raise NoAnswerError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        opened = _Socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise from_connect_error(error) from error
    # Our messages are small and each waits for an answer: nothing may wait to be sent together (RFC 896).
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setblocking(False)  # noqa: FBT003 - the standard library's own flag
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except TimeoutError as error:
        opened.close()
        raise NoAnswerError(Failure.CONNECT_TIMEOUT, f"{seconds:g} s") from error
    except OSError as error:
        opened.close()
        raise from_connect_error(error) from error
    except BaseException:
        opened.close()
        raise
    return opened


def _has_ipv6_route(network: Network) -> bool:
    """Whether this machine can send IPv6 at all; asked of the routing table, nothing is sent."""
    own = [str(prefix[-1]) for prefix in network.allowed_prefixes if prefix.version == 6]
    # Without a laboratory: an address of a root server (i.root-servers.net), as a place that is surely routed.
    destination = own[0] if own else "2001:7fe::53"
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect((destination, 53))
    except OSError:
        return False
    return True
