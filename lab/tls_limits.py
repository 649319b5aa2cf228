# SPDX-License-Identifier: EUPL-1.2
"""What servers remember of their clients to keep them off, and how they send them away."""

import asyncio
import socket
import struct
import time
from collections import OrderedDict, deque
from collections.abc import Hashable

_MOST_CLIENTS = 10_000


class Bucket:
    """A token bucket per client: so many at once, and so many a second after that."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._known: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, client: Hashable) -> bool:
        """Take a token if there is one."""
        now = time.monotonic()
        tokens, since = self._known.get(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        allowed = tokens >= 1
        self._known[client] = (tokens - allowed, now)
        self._known.move_to_end(client)
        if len(self._known) > _MOST_CLIENTS:
            self._known.popitem(last=False)
        return allowed


class Visits:
    """The recent visits of each client."""

    def __init__(self) -> None:
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def note(self, client: Hashable, most: int, seconds: float) -> bool:
        """Note a visit, and tell whether the client had used up those of the last seconds before it."""
        now = time.monotonic()
        times = self._times.setdefault(client, deque(maxlen=most + 1))
        self._times.move_to_end(client)
        if len(self._times) > _MOST_CLIENTS:
            self._times.popitem(last=False)
        times.append(now)
        return len(times) > most and now - times[0] < seconds


class Bans:
    """The clients that are kept off: those that did something too often are banned for a while."""

    def __init__(self, most: int, within: float, lasting: float) -> None:
        self._most, self._within, self._lasting = most, within, lasting
        self._offences = Visits()
        self._until: dict[Hashable, float] = {}

    def offend(self, client: Hashable) -> None:
        """Note an offence."""
        if self._offences.note(client, self._most - 1, self._within):
            self._until[client] = time.monotonic() + self._lasting

    def __contains__(self, client: Hashable) -> bool:
        """Whether a client is kept off now."""
        return self._until.get(client, 0.0) > time.monotonic()


def reset(writer: asyncio.StreamWriter) -> None:
    """Send a client away with a TCP reset."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
