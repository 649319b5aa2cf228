# SPDX-License-Identifier: EUPL-1.2
"""The only door to the network: who may be asked, how often, how many at once, and under which name."""

import asyncio
import math
import socket
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address

from meetlat.model.evidence import Failure
from meetlat.probes.channel import PlainChannel
from meetlat.probes.failing import NoAnswerError, from_connect_error
from meetlat.probes.network import Network, Prefix, prefix_of
from meetlat.probes.watch import Within

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


class _Turn(asyncio.Semaphore):
    """Who may be connected to one address at once; forgotten when nobody holds it or waits for it."""

    users = 0


@dataclass(slots=True)
class Place:
    """A place among the connections that may be open at once; it is given back once, however often one leaves."""

    gate: "Gate"
    key: str
    is_held: bool = False  # the turn of the address
    is_counted: bool = False  # among all connections
    is_left: bool = False

    def leave(self) -> None:
        """Give the place to the next."""
        if not self.is_left:
            self.is_left = True
            self.gate.give_back(self)


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
        self._turns: dict[str, _Turn] = {}
        self.has_ipv6 = _has_ipv6_route(network)

    def connection(self, address: str, port: int, *, is_mail: bool = False) -> "Connection":
        """Return a context with a TCP connection within the limits, as a channel; it is closed afterwards.

        Entering raises NoAnswerError: GUARDED, OPTED_OUT, OUR_LIMIT, or what connecting came to. Waiting for our own limits is never
        counted as the other side's slowness: the time-out starts when the connection is tried.
        """
        return Connection(self, address, port, is_mail=is_mail)

    async def open(self, address: str, port: int, *, is_mail: bool) -> PlainChannel:
        """Connect when it is our turn. The place is given to the next when the connection is gone, and not before."""
        place = await self._enter(address, is_mail=is_mail)
        channel = PlainChannel(place.leave)
        try:
            await self._connect(channel, address, port)
        except BaseException:
            channel.end()
            place.leave()
            raise
        return channel

    async def hold(self, address: str, port: int, protocol: asyncio.Protocol, over: asyncio.Future[None]) -> None:
        """Connect a protocol that closes its connection itself, when it is our turn, and wait until that is over.

        For the many short connections to web servers. Raises NoAnswerError as ``connection`` does.
        """
        place = await self._enter(address, is_mail=False)
        transport: asyncio.BaseTransport | None = None
        try:
            transport = await self._connect(protocol, address, port)
            await over
        finally:
            if transport is not None:
                transport.close()
            place.leave()

    async def _connect(self, protocol: asyncio.Protocol, address: str, port: int) -> asyncio.BaseTransport:
        """Open a TCP connection, or raise NoAnswerError."""
        try:
            with Within(self.limits.connect_seconds):
                transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, address, port)
        except TimeoutError as error:
            raise NoAnswerError(Failure.CONNECT_TIMEOUT, f"{self.limits.connect_seconds:g} s") from error
        except OSError as error:
            raise from_connect_error(error) from error
        return transport

    async def _enter(self, address: str, *, is_mail: bool) -> "Place":
        """Wait until one more connection to an address is within all limits."""
        self._admit(address)
        at_once = self.limits.at_once_per_mail_address if is_mail else self.limits.at_once_per_address
        place = Place(self, f"{address} {is_mail}")
        turn = self._turns.get(place.key)
        if turn is None:
            turn = self._turns[place.key] = _Turn(at_once)
        turn.users += 1
        try:
            place.is_held = await turn.acquire()
            self._spend(0)
            if is_mail:
                await self._wait(address, self.limits.per_mail_address, self.limits.per_mail_address_burst)
            else:
                await self._wait(address, self.limits.per_address, self.limits.per_address_burst)
            # Only now: who waits for the pace of one slow operator must not keep a place from all the others.
            place.is_counted = await self._all.acquire()
            self._spend(1)
        except BaseException:
            place.leave()
            raise
        return place

    def give_back(self, place: Place) -> None:
        """Give a place to the next, and forget an address that nobody asks any more."""
        turn = self._turns[place.key]
        if place.is_held:
            turn.release()
        if place.is_counted:
            self._all.release()
        turn.users -= 1
        if not turn.users:
            del self._turns[place.key]

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


class Connection(AbstractAsyncContextManager[PlainChannel]):
    """One connection through the gate, as a context: cheaper than a generator."""

    __slots__ = ("_address", "_channel", "_gate", "_is_mail", "_port")

    def __init__(self, gate: Gate, address: str, port: int, *, is_mail: bool) -> None:
        self._gate, self._address, self._port, self._is_mail = gate, address, port, is_mail
        self._channel: PlainChannel | None = None

    async def __aenter__(self) -> PlainChannel:
        """Connect when it is our turn."""
        self._channel = await self._gate.open(self._address, self._port, is_mail=self._is_mail)
        return self._channel

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        if self._channel is not None:
            self._channel.end()


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
