# SPDX-License-Identifier: EUPL-1.2
"""The probes for ``http`` and ``http_compressed`` needs: one URL from one address, one hop, bounded."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import h11

from meetlat.model.evidence import Failure, Need
from meetlat.probes.channel import Channel
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.tls.client import connected
from meetlat.probes.tls.doors import PortDoor
from meetlat.probes.tls.made_sessions import MadeSessions
from meetlat.probes.tls.session import Session, Wishes, indicated
from meetlat.probes.watch import Within

_MAX_BODY = 65_536
_MAX_HEAD = 65_536
_MAX_HEADERS = 200
_MAX_HEADER_VALUE = 8_192
_MAX_INTERIM = 10  # answers like 100 Continue before the real one
_MAX_WIRE = 4 * (_MAX_HEAD + _MAX_BODY)  # of one answer, with all its framing: chunks of one byte cost more than they bring
_HEAD_SECONDS = 12.0
_BODY_SECONDS = 6.0

_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[!-~]+")  # what a Host header may hold; names of other letters must come in A-labels
# What browsers of today ask for (Chromium, Firefox), and what their ancestors did.
_COMPRESSIONS = b"gzip, deflate, br, zstd, compress"
# Scheme, host, port, address.
_Origin = tuple[str, str, int, str]


@dataclass(slots=True)
class _Connection:
    """An open connection to an origin, with the state of HTTP/1.1 on it."""

    channel: Channel
    protocol: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD))
    received: int = 0

    @property
    def can_carry_another(self) -> bool:
        """Whether another request may follow: both sides are done, stay, and nothing came that was not asked for."""
        done = self.protocol.our_state is h11.DONE and self.protocol.their_state is h11.DONE
        return done and not self.protocol.trailing_data[0]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A URL in the row of its origin, and who waits for it."""

    url: SplitResult
    future: asyncio.Future[Mapping[str, object]]
    is_compressed: bool = False

    def fail(self, error: NoAnswerError) -> None:
        """Give a failure to whoever waits."""
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()  # who was cancelled meanwhile will not look, and asyncio need not complain of that


class CompressedProbe:
    """Answers needs of kind ``http_compressed``, over the connections of the other probe."""

    kind = "http_compressed"

    def __init__(self, http: "HttpProbe") -> None:
        self._http = http

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Fetch as ``http`` does, but let the server compress."""
        return await self._http.observe(need)


class HttpProbe:
    """Answers needs of kind ``http``: subject is the URL, detail the address.

    Needs for one origin and address that are asked together share a connection, also those of ``http_compressed``.
    """

    kind = "http"

    def __init__(self, gate: Gate, made: MadeSessions | None = None) -> None:
        self._gate = gate
        self._made = made or MadeSessions()
        self._queues: dict[_Origin, list[_Waiting]] = {}
        self._slow: set[_Origin] = set()  # of whom an answer was waited for in vain

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Fetch the URL from the address without following redirects.

        Answer: status, headers [[name, value]], body (text, at most 64 KiB), body_bytes, truncated, tls,
        complete (False after 429 and 503). Of ``http_compressed``, which allows the server to compress, the body is not kept.
        Raises NoAnswerError with the stage at which it went wrong; NOT_ASKED when the URL cannot be asked for.
        """
        url, origin = _split(need)
        waiting = _Waiting(url, asyncio.get_running_loop().create_future(), need.kind == "http_compressed")
        queue = self._queues.get(origin)
        if queue is not None:
            queue.append(waiting)
            return await waiting.future
        queue = self._queues[origin] = [waiting]
        try:
            await self._serve(origin, queue)
        finally:
            del self._queues[origin]
            for left in queue:
                left.fail(NoAnswerError(Failure.OUR_ERROR, "the connection that this request shared was given up"))
        return await waiting.future

    async def _serve(self, origin: _Origin, queue: list[_Waiting]) -> None:
        """Answer every need that stands in the row of an origin, over as few connections as the server allows."""
        # One turn of the loop, so that what is asked in the same breath joins the row.
        await asyncio.sleep(0)
        while queue:
            if origin in self._slow and len(queue) > 1:
                await self._serve_apart(origin, queue)
                continue
            first = queue[0]
            try:
                async with self._connected(origin) as connection:
                    while queue and await self._answer_first(queue, connection):
                        pass
            except NoAnswerError as error:
                if queue and queue[0] is first:
                    # Nothing was answered on this connection: the first in the row gets the failure, the others a connection of their own.
                    queue.pop(0).fail(error)
                if error.failure is Failure.READ_TIMEOUT:
                    self._slow.add(origin)

    async def _serve_apart(self, origin: _Origin, queue: list[_Waiting]) -> None:
        """Answer the whole row at once, each over a connection of its own: where patience runs out, it should run out once."""
        taken, queue[:] = queue[:], []
        try:
            await asyncio.gather(*(self._serve(origin, [one]) for one in taken))
        finally:
            for one in taken:
                one.fail(NoAnswerError(Failure.OUR_ERROR, "the connections that this request went beside were given up"))

    async def _answer_first(self, queue: list[_Waiting], connection: _Connection) -> bool:
        """Answer the first in the row; say whether the connection can carry another."""
        answer = await self._exchange(queue[0], connection)
        future = queue.pop(0).future
        if not future.done():
            future.set_result(answer)
        if not queue or not connection.can_carry_another:
            return False
        connection.protocol.start_next_cycle()
        connection.received = 0
        return True

    @asynccontextmanager
    async def _connected(self, origin: _Origin) -> AsyncIterator[_Connection]:
        """Open a connection through the gate, with TLS for https, and close it properly afterwards."""
        scheme, host, port, address = origin
        door = PortDoor(self._gate, address, port)
        if scheme == "http":
            async with door.open() as channel:
                yield _Connection(channel)
            return
        name = indicated(host)
        async with connected(door, Wishes(name, ("http/1.1",), wants_proof=True)) as session:
            yield _Connection(session)
            self._made.keep(address, port, name, session)

    async def _exchange(self, waiting: _Waiting, connection: _Connection) -> Mapping[str, object]:
        """Send one request and read one answer, in words of our own when it fails."""
        request = self._request(waiting, connection.protocol)
        try:
            with Within(_HEAD_SECONDS):
                await connection.channel.send(request)
                response = await _read_head(connection)
        except TimeoutError as error:
            raise NoAnswerError(Failure.READ_TIMEOUT, f"{_HEAD_SECONDS:g} s") from error
        except h11.RemoteProtocolError as error:
            failure = Failure.TOO_LARGE if error.error_status_hint == 431 else Failure.MALFORMED
            raise NoAnswerError(failure, str(error)) from error
        except OSError as error:
            raise NoAnswerError(Failure.CLOSED, str(error)) from error
        body, is_whole = await _read_body(connection)
        facts = connection.channel.facts() if isinstance(connection.channel, Session) else None
        return _told(response, b"" if waiting.is_compressed else body, is_whole, facts)

    def _request(self, waiting: _Waiting, protocol: h11.Connection) -> bytes:
        """Write the request."""
        url = waiting.url
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = [
            (b"Host", url.netloc.rpartition("@")[2].encode()),
            (b"User-Agent", self._gate.identity.user_agent.encode()),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", _COMPRESSIONS if waiting.is_compressed else b"identity"),
        ]
        try:
            head = protocol.send(h11.Request(method="GET", target=path, headers=headers))
            end = protocol.send(h11.EndOfMessage())
        except (h11.LocalProtocolError, UnicodeError) as error:
            raise NoAnswerError(Failure.NOT_ASKED, f"the address cannot be asked for: {error}") from error
        return (head or b"") + (end or b"")


def _split(need: Need) -> tuple[SplitResult, _Origin]:
    """Take the URL of a need apart. Raises NoAnswerError when it is none that can be asked for: nobody was asked, so nobody failed."""
    try:
        url = urlsplit(need.subject)
        port = url.port if url.port is not None else _PORTS.get(url.scheme, 0)
    except ValueError as error:
        raise NoAnswerError(Failure.NOT_ASKED, f"the address cannot be read: {error}") from error
    if url.scheme not in _PORTS or not port or not url.hostname or not _PLAIN.fullmatch(url.hostname):
        raise NoAnswerError(Failure.NOT_ASKED, "no http or https address with a host in plain letters and a port")
    return url, (url.scheme, url.hostname, port, need.detail)


async def _read_head(connection: _Connection) -> h11.Response:
    """Read status and headers."""
    for _ in range(_MAX_INTERIM + 1):
        response = await _next_event(connection)
        if not isinstance(response, h11.InformationalResponse):
            break
    if isinstance(response, h11.Response):
        return response
    if isinstance(response, h11.InformationalResponse):
        raise NoAnswerError(Failure.TOO_LARGE, f"more than {_MAX_INTERIM} interim answers")
    raise NoAnswerError(Failure.CLOSED, "closed before an answer")


def _told(response: h11.Response, body: bytes, is_whole: bool, tls: Mapping[str, object] | None) -> Mapping[str, object]:  # noqa: FBT001 - a fact
    """Write down what the server answered."""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")[:_MAX_HEADER_VALUE]) for name, value in list(response.headers)[:_MAX_HEADERS]
    ]
    return {
        "status": response.status_code,
        "headers": headers,
        "body": body[:_MAX_BODY].decode("utf-8", errors="replace"),
        "body_bytes": len(body),
        "truncated": not is_whole,
        "tls": tls,
        "complete": response.status_code not in {429, 503},
    }


async def _read_body(connection: _Connection) -> tuple[bytes, bool]:
    """Read at most 64 KiB of the body, and say whether that is all.

    What is longer, slower or cut short does not undo the status and headers.
    """
    body = bytearray()
    try:
        with Within(_BODY_SECONDS):
            while len(body) <= _MAX_BODY and connection.received <= _MAX_WIRE:
                event = await _next_event(connection)
                if isinstance(event, h11.Data):
                    body += event.data
                else:
                    return bytes(body), isinstance(event, h11.EndOfMessage)
    except (TimeoutError, h11.RemoteProtocolError, OSError):
        return bytes(body), False
    return bytes(body), False


async def _next_event(connection: _Connection) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
    """Return the next event, reading from the network as long as it is incomplete."""
    while (event := connection.protocol.next_event()) is h11.NEED_DATA:
        piece = await connection.channel.receive()
        if not piece and connection.protocol.their_state is h11.SEND_RESPONSE:
            raise NoAnswerError(Failure.CLOSED, "closed before the end of the head")
        connection.received += len(piece)
        connection.protocol.receive_data(piece)
    return event
