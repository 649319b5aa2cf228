# SPDX-License-Identifier: EUPL-1.2
"""The web servers of the lab whose TLS is odd, in one program: ``python -m lab.odd_tls CONFIG.json``.

Each listens on its exact address and port 443, does what its name says to a client that connects, and serves its pages to whoever gets
through the handshake. Plain asyncio, not uvloop: a reset has to be asked of the socket itself.
"""

import asyncio
import json
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab import odd_web, ssl_2, tls_contexts
from lab.client_hello import STATUS_REQUEST, ClientHello, read_hello
from lab.plan import ODD, MailTls, OddTls, Plan, Program, WebListener, WebServer
from lab.serving import allow_many_files, until_told
from lab.tls_limits import Bans, Bucket, reset
from lab.tls_nonsense import NONSENSE
from lab.tls_stream import Outlet, Wire, secured

_GONE = (OSError, TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError)
_HELLO_SECONDS = 60.0
_SILENCE = 120.0
_TLS_1_2 = 0x0303
_LIKED = frozenset({0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xCCA9, 0xC02F, 0xC030, 0xCCA8})
_ALERT = b"\x15"
_DRIP, _SLOW_DRIP = 0.001, 2.0
_HUGE = 16_700_000  # a handshake message holds no more than 2^24 octets
_TICKETS = 10_000

# A hello that fits is one that this kind of server cannot bear: it closes without a word, and is good to all others.
_CHOKES: Mapping[OddTls, Callable[[ClientHello], bool]] = {
    OddTls.CHOKES_ON_STATUS_REQUEST: lambda hello: STATUS_REQUEST in hello.extensions,
    OddTls.CHOKES_ON_LONG_HELLO: lambda hello: hello.length > 512,
    OddTls.CHOKES_ON_MANY_SUITES: lambda hello: len(hello.suites) > 64,
    OddTls.CHOKES_ON_UNKNOWN_GROUP: lambda hello: any(group > 0x0200 for group in hello.groups),
}


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write odd-tls.json: what listens on each address."""
    tls_contexts.write_configuration(state)
    places = [
        {
            "address": str(ip_address(address)),
            "port": listener.port,
            "behaviour": listener.odd_tls.value,
            "host": listener.host,
            **odd_web.told_site(listener, state),
        }
        for listener in _odd(plan)
        for address in listener.addresses
    ]
    (state / "odd-tls.json").write_text(json.dumps({"root": str(state / "ca.pem"), "places": places}), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return the program, unless no web server has odd TLS."""
    if not any(_odd(plan)):
        return []
    command = (sys.executable, "-m", "lab.odd_tls", str(state / "odd-tls.json"))
    return [Program("odd-tls", ODD.name, command, tls_contexts.environment(state))]


def _odd(plan: Plan) -> Iterator[WebListener]:
    """List the listeners with odd TLS."""
    return (listener for listener in plan.web if listener.server is WebServer.ODD_TLS)


@dataclass(slots=True)
class Place:
    """One address with what listens there, and what it remembers."""

    address: str
    port: int
    behaviour: OddTls
    host: str
    site: odd_web.Site
    contexts: tuple[ssl.SSLContext, ...]
    turn: int = 0
    bucket: Bucket = field(default_factory=lambda: Bucket(10, 5))
    bans: Bans = field(default_factory=lambda: Bans(8, 60, 600))


@dataclass(frozen=True, slots=True)
class Call:
    """One client at one place."""

    place: Place
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def client(self) -> str:
        """Who calls."""
        return str(self.writer.get_extra_info("peername")[0])

    async def serve(self, first: bytes = b"", outlet: Outlet | None = None, context: ssl.SSLContext | None = None) -> None:
        """Shake hands and serve pages. ``first`` was read already. Raises ssl.SSLError when the handshake fails, and its like."""
        reader, writer = await secured(Wire(self.reader, self.writer, first, outlet), context or self.place.contexts[0])
        here = odd_web.Place(self.place.address, self.place.port, WebServer.ODD_TLS, {self.place.host: self.place.site})
        try:
            await odd_web.serve_pages(odd_web.Visit(here, reader, writer))
        except _GONE:
            pass  # the handshake was whole, and that is what callers ask
        finally:
            writer.close()

    async def hello(self) -> tuple[bytes, ClientHello | None]:
        """Read the hello."""
        async with asyncio.timeout(_HELLO_SECONDS):
            return await read_hello(self.reader)

    async def until_left(self) -> None:
        """Say nothing until the client leaves."""
        async with asyncio.timeout(_SILENCE):
            while await self.reader.read(4096):
                pass


class _NoAlerts:
    """An outlet that closes where a handshake would end in an alert."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Send, unless it is an alert in the clear."""
        if data.startswith(_ALERT):
            self._writer.close()
        else:
            self._writer.write(data)

    def close(self) -> None:
        """Send no more."""
        self._writer.close()

    def is_closing(self) -> bool:
        """Whether no more can be sent."""
        return self._writer.is_closing()


class _Drips:
    """An outlet that lets out one octet at a time."""

    def __init__(self, writer: asyncio.StreamWriter, pause: float) -> None:
        self._writer, self._pause = writer, pause
        self._waiting = bytearray()
        self._is_closing = False
        self._something = asyncio.Event()
        self._dripping = asyncio.create_task(self._drip())

    def write(self, data: bytes) -> None:
        """Send, in time."""
        self._waiting += data
        self._something.set()

    def close(self) -> None:
        """Send no more than what waits."""
        self._is_closing = True
        self._something.set()

    def is_closing(self) -> bool:
        """Whether no more can be sent."""
        return self._is_closing or self._writer.is_closing()

    async def whole(self) -> None:
        """Wait until all is out and this is closed."""
        await self._dripping

    async def _drip(self) -> None:
        """Let out what waits."""
        while not self._writer.is_closing():
            if self._waiting:
                self._writer.write(self._waiting[:1])
                del self._waiting[:1]
                await asyncio.sleep(self._pause)
            elif self._is_closing:
                return
            else:
                self._something.clear()
                await self._something.wait()


async def _good(call: Call) -> None:
    """Be good; what is odd is in the context."""
    await call.serve()


async def _rate_limited(call: Call) -> None:
    """Reset whoever comes too fast."""
    if call.place.bucket.take(call.client):
        await call.serve()
    else:
        reset(call.writer)


async def _bans_breakers(call: Call) -> None:
    """Reset whoever broke off too many handshakes. Looking whether the port is open is no offence, and neither is a visit."""
    if call.client in call.place.bans:
        reset(call.writer)
        return
    first, _ = await call.hello()
    try:
        await call.serve(first)
    except _GONE:
        call.place.bans.offend(call.client)


async def _two_backends(call: Call) -> None:
    """Pass the client to the next in turn."""
    call.place.turn += 1
    await call.serve(context=call.place.contexts[call.place.turn % 2])


async def _silent_refusal(call: Call) -> None:
    """Say nothing to who is too old or has no suite to our taste."""
    first, hello = await call.hello()
    if hello is None or hello.highest_version < _TLS_1_2 or _LIKED.isdisjoint(hello.suites):
        await call.until_left()
    else:
        await call.serve(first)


async def _closed_refusal(call: Call) -> None:
    """Close instead of an alert."""
    await call.serve(outlet=_NoAlerts(call.writer))


async def _chokes(call: Call) -> None:
    """Close at a hello that is too much."""
    first, hello = await call.hello()
    if hello is None or not _CHOKES[call.place.behaviour](hello):
        await call.serve(first)


async def _dripping(call: Call, pause: float) -> None:
    """Be good, one octet at a time."""
    outlet = _Drips(call.writer, pause)
    try:
        await call.serve(outlet=outlet)
    finally:
        outlet.close()
        leaving = asyncio.create_task(call.until_left())
        await asyncio.wait([leaving, asyncio.create_task(outlet.whole())], return_when=asyncio.FIRST_COMPLETED)
        call.writer.close()


async def _ssl_2_beside(call: Call) -> None:
    """Answer a hello of SSL 2.0 in kind."""
    async with asyncio.timeout(_HELLO_SECONDS):
        first, kinds = await ssl_2.read_first(call.reader)
    if kinds is None:
        await call.serve(first)
    elif call.place.site.certificate is not None:
        call.writer.write(ssl_2.answer(kinds, call.place.site.certificate))
        await call.until_left()


async def _endless_tickets(call: Call) -> None:
    """Send tickets, as the context has it, and say nothing after that."""
    reader, writer = await secured(Wire(call.reader, call.writer), call.place.contexts[0])
    async with asyncio.timeout(_SILENCE):
        while await reader.read(4096):
            pass
    writer.close()


async def _nonsense(call: Call) -> None:
    """Answer the hello by something that is none."""
    _, hello = await call.hello()
    if hello is not None:
        await NONSENSE[call.place.behaviour](call.reader, call.writer, hello)


_BEHAVIOURS: Mapping[OddTls, Callable[[Call], Awaitable[None]]] = {
    OddTls.RATE_LIMITED: _rate_limited,
    OddTls.BANS_BREAKERS: _bans_breakers,
    OddTls.TWO_BACKENDS: _two_backends,
    OddTls.SILENT_REFUSAL: _silent_refusal,
    OddTls.CLOSED_REFUSAL: _closed_refusal,
    OddTls.DRIPS: partial(_dripping, pause=_DRIP),
    OddTls.DRIPS_SLOWLY: partial(_dripping, pause=_SLOW_DRIP),
    OddTls.ENDLESS_TICKETS: _endless_tickets,
    OddTls.SSL_2_BESIDE: _ssl_2_beside,
    **dict.fromkeys(_CHOKES, _chokes),
    **dict.fromkeys(NONSENSE, _nonsense),
}


def load(path: Path) -> list[Place]:
    """Read the configuration."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return [_place(one, Path(told["root"])) for one in told["places"]]


def _place(told: Mapping[str, Any], root: Path) -> Place:
    """Read what listens at one address."""
    site, behaviour = odd_web.read_site(dict(told)), OddTls(told["behaviour"])
    if site.certificate is None:
        raise ValueError(f"{told['host']}: odd TLS wants a certificate")
    contexts = _contexts(site.certificate, behaviour, root, over_ipv6=":" in told["address"])
    return Place(told["address"], told["port"], behaviour, told["host"].lower(), site, contexts)


def _contexts(certificate: Path, behaviour: OddTls, root: Path, *, over_ipv6: bool) -> tuple[ssl.SSLContext, ...]:
    """Make the contexts of a kind of server: one, or one for each backend."""
    is_old = behaviour is OddTls.OLD_OVER_IPV6 and over_ipv6
    made = tls_contexts.context(certificate, MailTls.WITH_OLD_VERSIONS if is_old else MailTls.GOOD)
    made.set_alpn_protocols(["http/1.1"])
    match behaviour:
        case OddTls.TWO_BACKENDS:
            return made, tls_contexts.context(certificate, MailTls.OLD)
        case OddTls.NEEDS_SNI:
            made.sni_callback = _refuse_nameless
        case OddTls.ASKS_CLIENT_CERTIFICATE | OddTls.REQUIRES_CLIENT_CERTIFICATE:
            made.load_verify_locations(root)
            made.verify_mode = ssl.CERT_OPTIONAL if behaviour is OddTls.ASKS_CLIENT_CERTIFICATE else ssl.CERT_REQUIRED
        case OddTls.ENDLESS_TICKETS:
            made.num_tickets = _TICKETS
        case OddTls.HUGE_CHAIN:
            made.load_cert_chain(_with_huge_chain(certificate))
        case _:
            pass
    return (made,)


def _refuse_nameless(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
    """Refuse who does not say which name he wants."""
    return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


def _with_huge_chain(certificate: Path) -> Path:
    """Write a chain file that ends in a certificate of 16 MB."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A certificate of 16 MB")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
    padding = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), bytes(_HUGE))
    huge = builder.add_extension(padding, critical=False).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    file = certificate.with_suffix(".huge")
    file.write_bytes(certificate.read_bytes() + huge)
    return file


async def listen(place: Place) -> asyncio.Server:
    """Listen at a place."""
    behaviour = _BEHAVIOURS.get(place.behaviour, _good)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(Call(place, reader, writer))
        except (*_GONE, asyncio.CancelledError):
            pass  # a cancelled conversation ends here: in Python 3.11 the stream's own callback would log it
        finally:
            writer.close()

    return await asyncio.start_server(serve, place.address, place.port, backlog=512)


async def _run(config: Path) -> None:
    """Listen everywhere until told to stop."""
    listening = [await listen(place) for place in load(config)]
    await until_told()
    for one in listening:
        one.close()


def main() -> None:
    """Serve by the configuration that the command line names."""
    allow_many_files()
    asyncio.run(_run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
