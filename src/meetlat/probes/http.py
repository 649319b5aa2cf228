# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``http`` needs: one URL from one address, one hop, bounded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import h11

from meetlat.model.evidence import Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.tls import handshake, lenient_context, session_facts

_MAX_BODY = 65_536
_MAX_HEAD = 65_536
_MAX_HEADERS = 200
_MAX_HEADER_VALUE = 8_192
_EXCHANGE_SECONDS = 12.0


@dataclass(slots=True)
class _Connection:
    """An open connection to an origin, with the state of HTTP/1.1 on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD))


class HttpProbe:
    """Answers needs of kind ``http``: subject is the URL, detail the address.

    Needs for one origin and address that are asked together share a connection.
    """

    kind = "http"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._context = lenient_context("http/1.1")
        self._queues: dict[tuple[str, str, int, str], list[tuple[Need, asyncio.Future[Mapping[str, object]]]]] = {}

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Fetch the URL from the address without following redirects.

        Answer: status, headers [[name, value]], body (text, at most 64 KiB), body_bytes, truncated, tls, complete (False after 429 and 503).
        Raises NoAnswerError with the stage at which it went wrong.
        """
        parts = urlsplit(need.subject)
        key = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), need.detail)
        future: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(key)
        if queue is not None:
            queue.append((need, future))
            return await future
        self._queues[key] = [(need, future)]
        try:
            await self._serve(key)
        finally:
            for _, left in self._queues.pop(key, []):
                _settle(left, NoAnswerError(Failure.OUR_ERROR, "the connection that this request shared was given up"))
        return await future

    async def _serve(self, key: tuple[str, str, int, str]) -> None:
        """Answer every need that stands in the row of an origin, over as few connections as the server allows."""
        # One turn of the loop, so that what is asked in the same breath joins the row.
        await asyncio.sleep(0)
        queue = self._queues[key]
        while queue:
            before = len(queue)
            try:
                async with self._connected(key) as connection:
                    while queue and await self._answer_first(queue, connection):
                        pass
            except NoAnswerError as error:
                if len(queue) == before:
                    # Nothing was answered on this connection: the first in the row gets the failure, the others a connection of their own.
                    _settle(queue.pop(0)[1], error)

    async def _answer_first(self, queue: list[tuple[Need, asyncio.Future[Mapping[str, object]]]], connection: _Connection) -> bool:
        """Answer the first in the row; say whether the connection can carry another."""
        need, future = queue[0]
        answer = await self._exchange(urlsplit(need.subject), connection)
        queue.pop(0)
        if not future.done():
            future.set_result(answer)
        if not queue or connection.protocol.our_state is not h11.DONE or connection.protocol.their_state is not h11.DONE:
            return False
        connection.protocol.start_next_cycle()
        return True

    @asynccontextmanager
    async def _connected(self, key: tuple[str, str, int, str]) -> AsyncIterator[_Connection]:
        """Open a connection through the gate, with TLS for https, and close it properly afterwards."""
        scheme, host, port, address = key
        async with self._gate.connection(address, port) as opened:
            context = self._context if scheme == "https" else None
            opening = asyncio.open_connection(sock=opened, ssl=context, server_hostname=host if context else None, limit=_MAX_HEAD)
            reader, writer = await handshake(opening)
            try:
                yield _Connection(reader, writer)
            finally:
                writer.close()

    async def _exchange(self, url: SplitResult, connection: _Connection) -> Mapping[str, object]:
        """Send one request and read one answer, in words of our own when it fails."""
        try:
            async with asyncio.timeout(_EXCHANGE_SECONDS):
                connection.writer.write(self._request(url, connection.protocol))
                return await _read_answer(connection)
        except TimeoutError as error:
            raise NoAnswerError(Failure.READ_TIMEOUT, f"{_EXCHANGE_SECONDS:g} s") from error
        except h11.RemoteProtocolError as error:
            failure = Failure.TOO_LARGE if error.error_status_hint == 431 else Failure.MALFORMED
            raise NoAnswerError(failure, str(error)) from error
        except ssl.SSLError as error:
            raise NoAnswerError(Failure.CLOSED, error.reason or str(error)) from error
        except (OSError, EOFError) as error:
            raise NoAnswerError(Failure.CLOSED, str(error)) from error

    def _request(self, url: SplitResult, protocol: h11.Connection) -> bytes:
        """Write the request."""
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = [
            ("Host", url.netloc.rpartition("@")[2]),
            ("User-Agent", self._gate.identity.user_agent),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
        ]
        try:
            head = protocol.send(h11.Request(method="GET", target=path, headers=headers))
            end = protocol.send(h11.EndOfMessage())
        except h11.LocalProtocolError as error:
            raise NoAnswerError(Failure.MALFORMED, f"the address cannot be asked for: {error}") from error
        return (head or b"") + (end or b"")


def _settle(future: asyncio.Future[Mapping[str, object]], error: NoAnswerError) -> None:
    """Give a failure to whoever waits."""
    if not future.done():
        future.set_exception(error)


async def _read_answer(connection: _Connection) -> Mapping[str, object]:
    """Read status, headers and at most 64 KiB of the body; what is longer, slower or cut short is marked as truncated."""
    response = await _next_event(connection)
    while isinstance(response, h11.InformationalResponse):
        response = await _next_event(connection)
    if not isinstance(response, h11.Response):
        raise NoAnswerError(Failure.CLOSED, "closed before an answer")
    body, is_whole = await _read_body(connection)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")[:_MAX_HEADER_VALUE]) for name, value in list(response.headers)[:_MAX_HEADERS]
    ]
    return {
        "status": response.status_code,
        "headers": headers,
        "body": body[:_MAX_BODY].decode("utf-8", errors="replace"),
        "body_bytes": len(body),
        "truncated": not is_whole,
        "tls": session_facts(connection.writer),
        "complete": response.status_code not in {429, 503},
    }


async def _read_body(connection: _Connection) -> tuple[bytes, bool]:
    """Read the body as far as it is wanted; a body that stops half-way does not undo the status and headers."""
    body = bytearray()
    try:
        async with asyncio.timeout(_EXCHANGE_SECONDS / 2):
            while len(body) <= _MAX_BODY:
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
        connection.protocol.receive_data(await connection.reader.read(16_384))
    return event
