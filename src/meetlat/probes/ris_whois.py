# SPDX-License-Identifier: EUPL-1.2
"""Ask a RISwhois server by which routes an address is reached; what is wrong with the server is never the fault of who was asked about."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address

from meetlat.model.evidence import Failure
from meetlat.probes.channel import Channel
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.network import prefix_of
from meetlat.probes.resolver import Resolver
from meetlat.probes.route_files import MIN_PEERS, origin_of
from meetlat.probes.route_files import prefix_of as read_prefix
from meetlat.probes.watch import Within

_SECONDS = 10.0
_LARGEST = 262_144
_MOST_REMEMBERED = 65_536
_SERVER = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})")

Answer = tuple[tuple[tuple[str, int | None], ...], datetime]


def server_of(text: str) -> tuple[str, int] | None:
    """Read HOST:PORT, or None when the text is not of that form."""
    match = _SERVER.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65_536:
        return None
    return match["six"] or match["host"], int(match["port"])


class RisWhois:
    """A RISwhois server (https://ris.ripe.net/docs/ris-whois), asked once for each /24 and /48, over one connection at a time."""

    def __init__(self, gate: Gate, server: tuple[str, int], resolver: Resolver | None = None, min_peers: int = MIN_PEERS) -> None:
        self._gate, self._server, self._resolver = gate, server, resolver
        self._min_peers = min_peers
        self._address = ""
        self._asked: dict[str, asyncio.Future[Answer]] = {}
        self._turn = asyncio.Semaphore(1)

    @property
    def name(self) -> str:
        """The server as it was named."""
        return f"{self._server[0]}:{self._server[1]}"

    async def routes(self, address: str) -> Answer:
        """Return every route to the /24 or /48 of an address, and when that was asked. Raises NoAnswerError, of our own making."""
        prefix = prefix_of(address)
        future = self._asked.get(prefix)
        if future is None:
            if len(self._asked) >= _MOST_REMEMBERED:
                self._asked.clear()
            future = self._asked[prefix] = asyncio.ensure_future(self._told(prefix))
        try:
            return await asyncio.shield(future)
        except NoAnswerError:
            if self._asked.get(prefix) is future:
                del self._asked[prefix]  # it may go better the next time
            raise

    async def _told(self, prefix: str) -> Answer:
        """Ask for one prefix."""
        try:
            async with self._turn:  # the gate lets two at once to an address; this is one service that all of us lean on
                text = await self._exchange(prefix)
        except NoAnswerError as error:
            raise self._failed(str(error)) from error
        except TimeoutError as error:
            raise self._failed(f"{_SECONDS:g} s") from error
        except (OSError, EOFError, ValueError) as error:
            raise self._failed(str(error)) from error
        if not text.strip() or "%ERROR" in text:
            raise self._failed(text.strip()[:200] or "an empty answer")
        try:
            return tuple(routes_in(text, self._min_peers)), datetime.now(UTC)
        except ValueError as error:
            raise self._failed(str(error)) from error

    def _failed(self, reason: str) -> NoAnswerError:
        """Make the failure: whatever the server did, it is a limit of ours."""
        return NoAnswerError(Failure.OUR_LIMIT, f"RISwhois {self.name}: {reason}")

    async def _exchange(self, prefix: str) -> str:
        """Ask for all routes that cover a prefix, and read until the server closes."""
        if not self._address:
            self._address = await self._resolved()
        async with self._gate.connection(self._address, self._server[1]) as channel:
            with Within(_SECONDS):
                await channel.send(f"-L {prefix}\r\n".encode())
                data = await _read_all(channel)
        return data.decode("utf-8", "replace")

    async def _resolved(self) -> str:
        """Return an address of the server. Raises ValueError when it has none."""
        host = self._server[0]
        try:
            return str(ip_address(host))
        except ValueError:
            pass
        for kind in ("A", "AAAA") if self._resolver else ():
            found = (await self._resolver.ask(host, kind)).texts(kind) if self._resolver else ()
            if found:
                return found[0]
        raise ValueError("it has no address")


async def _read_all(channel: Channel) -> bytes:
    """Read to the end, bounded. Raises ValueError when there is more."""
    data = bytearray()
    while chunk := await channel.receive():
        data += chunk
        if len(data) > _LARGEST:
            raise ValueError("the answer is too large")
    return bytes(data)


def routes_in(text: str, min_peers: int) -> Iterator[tuple[str, int | None]]:
    """Yield prefix and origin of each object in an answer that enough peers see. Raises ValueError on what is no prefix.

    The origin is None when it is a set of networks.
    """
    for block in re.split(r"\r?\n\r?\n", text):
        fields = _fields(block)
        prefix = fields.get("route") or fields.get("route6")
        if not prefix:
            continue
        _, _, length = read_prefix(prefix)
        peers = fields.get("num-rispeers", "")
        if length and (int(peers) if peers.isdecimal() else min_peers) >= min_peers:
            yield prefix, _origin(fields.get("origin", ""))


def _fields(block: str) -> Mapping[str, str]:
    """Read the lines of one object; of two lines with one name the first counts."""
    pairs = (line.partition(":") for line in reversed(block.splitlines()) if not line.startswith("%"))
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _origin(text: str) -> int | None:
    """Read an origin."""
    try:
        return origin_of(text.upper())
    except ValueError:
        return None
