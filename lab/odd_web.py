# SPDX-License-Identifier: EUPL-1.2
"""The web servers of the lab that misbehave, in one program: ``python -m lab.odd_web CONFIG.json``.

Each listens on its exact addresses and port; behind a certificate it misbehaves inside TLS, except where it is meant not to speak TLS.
"""

import asyncio
import gzip
import json
import ssl
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvloop

from lab import tls_contexts
from lab.pki import certificate_file
from lab.plan import ODD, Page, Plan, Program, WebListener, WebServer
from lab.serving import allow_many_files, until_told

# What these do, they do before any handshake, whatever certificate the plan gives them.
_NO_TLS = frozenset({WebServer.CLOSES, WebServer.GARBAGE, WebServer.PLAIN_HTTP})
_LONGEST_LINE = 8192
_MOST_HEADERS = 100
_MOST_REQUESTS = 100
_MOST_UPLOADED = 1 << 20
_BACKLOG = 512

_IDLE = 60.0
_HANDSHAKE = 30.0
_SILENCE = 600.0
_DRIP_PAUSE = 0.5
_DRIPS = 7200  # an hour of them
_HUGE = 1_000_000_000
_CHUNK = 65536
_UNPACKED = 1 << 26
# Neither a TLS record (they begin with 0x14 to 0x17) nor a line of HTTP.
_GARBAGE = bytes((number * 167 + 201) % 256 | 0x80 for number in range(512))

# What a client that vanishes or talks too long does to a connection.
_GONE = (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write odd-web.json: what listens on each address and port."""
    places: dict[tuple[str, int], dict[str, Any]] = {}
    for listener in _odd(plan):
        for address in listener.addresses:
            text = str(ip_address(address))
            place = places.setdefault(
                (text, listener.port), {"address": text, "port": listener.port, "server": listener.server.value, "hosts": {}}
            )
            if place["server"] != listener.server.value:
                raise ValueError(f"{text} port {listener.port} cannot be both {place['server']} and {listener.server.value}")
            place["hosts"][listener.host] = told_site(listener, state)
    tls_contexts.write_configuration(state)
    (state / "odd-web.json").write_text(json.dumps(list(places.values())), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return the program, unless no web server misbehaves."""
    if not any(_odd(plan)):
        return []
    command = (sys.executable, "-m", "lab.odd_web", str(state / "odd-web.json"))
    return [Program("odd-web", ODD.name, command, tls_contexts.environment(state))]


def _odd(plan: Plan) -> Iterator[WebListener]:
    """List the listeners that misbehave in HTTP, or instead of it."""
    return (listener for listener in plan.web if listener.server in _BEHAVIOURS)


def told_site(listener: WebListener, state: Path) -> dict[str, Any]:
    """Describe one host name at a place."""
    with_tls = listener.certificate is not None and listener.server not in _NO_TLS
    pages = {page.path: [page.status, page.headers, page.body] for page in listener.pages}
    certificate = str(certificate_file(state, listener.host, listener.certificate)) if with_tls and listener.certificate else None
    return {"certificate": certificate, "pages": pages}


@dataclass(frozen=True, slots=True)
class Site:
    """A host name at a place: the certificate it shows, if any, and its pages by path."""

    certificate: Path | None
    pages: dict[str, Page]


@dataclass(frozen=True, slots=True)
class Place:
    """One address and port with what listens there."""

    address: str
    port: int
    server: WebServer
    sites: dict[str, Site]


@dataclass(slots=True)
class Request:
    """The head of a request."""

    method: str
    path: str
    version: str
    headers: dict[str, str] = field(default_factory=lambda: defaultdict(str))

    @property
    def host(self) -> str:
        """The host name asked for, in small letters and without port or final dot."""
        return self.headers["host"].partition(":")[0].rstrip(".").lower()

    @property
    def stays(self) -> bool:
        """Whether the client wants to go on with this connection."""
        wish = self.headers["connection"].lower()
        return wish == "keep-alive" if self.version == "HTTP/1.0" else wish != "close"


@dataclass(frozen=True, slots=True)
class Visit:
    """One client at one place."""

    place: Place
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send, and wait for a client that does not read, but not for ever."""
        if self.writer.is_closing():  # writing would be a RuntimeError of uvloop's
            raise ConnectionResetError("the client has left")
        self.writer.write(data)
        async with asyncio.timeout(_IDLE):
            await self.writer.drain()
        await asyncio.sleep(0)  # drain alone need not give way, and an endless answer would leave no turn for any other client

    async def request(self) -> Request | None:
        """Read the head of a request; None when the client has left. ValueError when it is no HTTP."""
        async with asyncio.timeout(_IDLE):
            first = (await self.reader.readline()).decode("latin-1").strip()
            if not first:
                return None
            words = first.split(" ")
            if len(words) != 3 or not words[2].startswith("HTTP/1."):
                raise ValueError("no HTTP")
            request = Request(words[0], words[1].partition("?")[0], words[2])
            for _ in range(_MOST_HEADERS):
                line = (await self.reader.readline()).decode("latin-1").strip()
                if not line:
                    return request
                name, _, value = line.partition(":")
                request.headers[name.strip().lower()] = value.strip()
        raise ValueError("too many headers")


async def _silent(visit: Visit) -> None:
    """Never say a word."""
    async with asyncio.timeout(_SILENCE):
        while await visit.reader.read(_LONGEST_LINE):
            pass


async def _garbage(visit: Visit) -> None:
    """Send what is neither TLS nor HTTP, to whatever the client asks, or after a second of its silence."""
    try:
        async with asyncio.timeout(1):
            await visit.reader.read(_LONGEST_LINE)
    except TimeoutError:
        pass
    await visit.send(_GARBAGE)


async def _closes(visit: Visit) -> None:
    """Leave at once."""
    visit.writer.close()


async def _drip(visit: Visit) -> None:
    """Answer one byte at a time, without end."""
    if await visit.request() is None:
        return
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    for number in range(_DRIPS):
        await visit.send(head[number : number + 1] or b".")
        await asyncio.sleep(_DRIP_PAUSE)


async def _endless_headers(visit: Visit) -> None:
    """Begin an answer whose headers do not end."""
    if await visit.request() is None:
        return
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    for start in range(0, _HUGE // 50, 100):
        await visit.send(b"".join(b"X-Endless-%012d: and there is more to come yet\r\n" % (start + number) for number in range(100)))


async def _huge_body(visit: Visit) -> None:
    """Answer with a gigabyte, if the client lets it."""
    if await visit.request() is None:
        return
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {_HUGE}\r\nConnection: close\r\n\r\n"
    await visit.send(head.encode())
    chunk = b"<p>More.</p>\n" * (_CHUNK // 13)
    for start in range(0, _HUGE, len(chunk)):
        await visit.send(chunk[: _HUGE - start])


async def _endless_chunks(visit: Visit) -> None:
    """Serve the pages; the front page in chunks, each with an extension, that do not end."""
    page = await _page_but_front(visit)
    if page is None:
        return
    await visit.send(_head(page, ("Transfer-Encoding", "chunked")))
    chunk = b"1000;meer=%s\r\n%s\r\n" % (b"x" * 200, b"<p>Meer.</p>\r\n\r\n" * 256)
    for _ in range(_HUGE // 4096):
        await visit.send(chunk)


async def _bomb(visit: Visit) -> None:
    """Serve the pages; the front page packed, whether that was asked or not, and of little but zeros."""
    page = await _page_but_front(visit)
    if page is None:
        return
    bomb = _packed_zeros()
    await visit.send(_head(page, ("Content-Encoding", "gzip"), ("Content-Length", str(len(bomb)))) + bomb)


async def _page_but_front(visit: Visit) -> Page | None:
    """Read a request; return the front page when that was asked for, and serve any other."""
    request = await visit.request()
    if request is None:
        return None
    page = _page(visit.place, request)
    if request.path == "/" and page.status == HTTPStatus.OK:
        return page
    await visit.send(_response(page, request.method, stays=False))
    return None


def _head(page: Page, *more: tuple[str, str]) -> bytes:
    """Write the head of a page, with what else is to be said of its body."""
    headers = (*page.headers, *more, ("Connection", "close"))
    return "\r\n".join(["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers), "", ""]).encode()


@cache
def _packed_zeros() -> bytes:
    """Pack 64 MB of zeros: 64 KB."""
    return gzip.compress(bytes(_UNPACKED), 9, mtime=0)


async def serve_pages(visit: Visit) -> None:
    """Serve pages over HTTP without TLS; answer 400 to what is no HTTP, such as a TLS handshake."""
    for _ in range(_MOST_REQUESTS):
        try:
            request = await visit.request()
        except ValueError:
            await visit.send(_response(Page("*", 400), "GET", stays=False))
            return
        if request is None:
            return
        stays = request.stays and await _skip_body(visit, request)
        await visit.send(_response(_page(visit.place, request), request.method, stays=stays))
        if not stays:
            return


async def _skip_body(visit: Visit, request: Request) -> bool:
    """Throw away what a client uploads; tell whether the next request can be found after it."""
    length = request.headers["content-length"] or "0"
    if request.headers["transfer-encoding"] or not length.isdecimal() or int(length) > _MOST_UPLOADED:
        return False
    async with asyncio.timeout(_IDLE):
        await visit.reader.readexactly(int(length))
    return True


def _page(place: Place, request: Request) -> Page:
    """Find the page: of the host asked for (else the first), at the path asked for (else ``*``)."""
    site = place.sites.get(request.host) or next(iter(place.sites.values()))
    return site.pages.get(request.path) or site.pages.get("*") or Page(request.path, 404)


def _response(page: Page, method: str, *, stays: bool) -> bytes:
    """Put a page into the words of HTTP."""
    body = page.body.encode()
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = [*page.headers, ("Content-Length", str(len(body))), ("Connection", "keep-alive" if stays else "close")]
    if body and not any(name.lower() == "content-type" for name, _ in page.headers):
        headers.append(("Content-Type", "text/html; charset=utf-8"))
    lines = [f"HTTP/1.1 {page.status} {phrase}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode() + (b"" if method == "HEAD" else body)


_BEHAVIOURS: dict[WebServer, Callable[[Visit], Awaitable[None]]] = {
    WebServer.SILENT: _silent,
    WebServer.GARBAGE: _garbage,
    WebServer.CLOSES: _closes,
    WebServer.DRIP: _drip,
    WebServer.ENDLESS_HEADERS: _endless_headers,
    WebServer.HUGE_BODY: _huge_body,
    WebServer.ENDLESS_CHUNKS: _endless_chunks,
    WebServer.BOMB: _bomb,
    WebServer.PLAIN_HTTP: serve_pages,
}


def load(path: Path) -> list[Place]:
    """Read the configuration."""
    return [
        Place(one["address"], one["port"], WebServer(one["server"]), {host.lower(): read_site(told) for host, told in one["hosts"].items()})
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]


def read_site(told: dict[str, Any]) -> Site:
    """Read one host name of a place."""
    pages = {
        path: Page(path, status, tuple((name, value) for name, value in headers), body)
        for path, (status, headers, body) in told["pages"].items()
    }
    return Site(Path(told["certificate"]) if told["certificate"] else None, pages)


def _context(place: Place) -> ssl.SSLContext | None:
    """Make the TLS context of a place, which shows the certificate of the name asked for, else the first; None without TLS."""
    certificates = {host: site.certificate for host, site in place.sites.items() if site.certificate}
    if not certificates:
        return None
    contexts = tls_contexts.Contexts()
    first = tls_contexts.context(next(iter(certificates.values())))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name and name.lower() in certificates:
            connection.context = contexts.of(certificates[name.lower()])

    first.sni_callback = choose
    return first


async def listen(place: Place) -> asyncio.Server:
    """Listen at a place."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _BEHAVIOURS[place.server](Visit(place, reader, writer))
        except (*_GONE, asyncio.CancelledError):
            pass  # a cancelled conversation ends here: in Python 3.11 the stream's own callback would log it
        finally:
            writer.close()

    context = _context(place)
    bounds = {"ssl_handshake_timeout": _HANDSHAKE, "ssl_shutdown_timeout": 1.0} if context else {}
    return await asyncio.start_server(serve, place.address, place.port, ssl=context, limit=_LONGEST_LINE, backlog=_BACKLOG, **bounds)


async def _run(config: Path) -> None:
    """Listen everywhere until told to stop."""
    listening = [await listen(place) for place in load(config)]
    await until_told()
    for one in listening:
        one.close()


def main() -> None:
    """Serve by the configuration that the command line names."""
    allow_many_files()
    uvloop.run(_run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
