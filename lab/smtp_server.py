# SPDX-License-Identifier: EUPL-1.2
"""Every mail server of the lab in one program: ``python -m lab.smtp_server CONFIG.json``.

Listens on the wildcard addresses; who it is, how it behaves and which certificate it shows follow from the address that the client called.
"""

import asyncio
import json
import resource
import signal
import socket
import ssl
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvloop

from lab.plan import MailBehaviour

LONGEST_LINE = 2048
MOST_COMMANDS = 100
_MOST_DATA = 1 << 20  # octets of one message, as the SIZE extension announces
_MOST_CONTEXTS = 512
_MOST_CLIENTS = 10_000  # clients remembered for the limit on connections
_BACKLOG = 4096

_IDLE = 60.0
_HANDSHAKE = 30.0
_SILENCE = 120.0
_WINDOW = 60.0
_FREE_CONNECTIONS = 3
_TARPIT_BANNER = 6.0
_TARPIT_REPLY = 1.0
_BANNER_LINES = 100_000
_BANNER_PAUSE = 0.01

# What a client that vanishes, talks too long or fumbles TLS does to a dialogue.
_GONE = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
_KNOWN_UNDONE = frozenset({"VRFY", "EXPN", "HELP", "TURN", "ETRN", "AUTH", "BDAT", "SEND", "SOML", "SAML"})


@dataclass(frozen=True, slots=True)
class Host:
    """The mail server behind an address."""

    name: str
    behaviour: MailBehaviour
    certificate: Path


class Contexts:
    """TLS contexts per certificate file, made when first needed; the least recently used ones go first."""

    def __init__(self, most: int = _MOST_CONTEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[Path, ssl.SSLContext] = OrderedDict()

    def of(self, certificate: Path) -> ssl.SSLContext:
        """Return the context that shows a certificate."""
        context = self._kept.get(certificate)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.num_tickets = 0  # nobody resumes, and making tickets takes time
            self._kept[certificate] = context
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(certificate)
        return context


class Visits:
    """The recent connections of each client to each server."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def too_many(self, host: str, client: str) -> bool:
        """Note a connection, and tell whether the client had used up its connections of the last minute before it."""
        now = time.monotonic()
        times = self._times.setdefault((host, client), deque(maxlen=_FREE_CONNECTIONS + 1))
        self._times.move_to_end((host, client))
        if len(self._times) > _MOST_CLIENTS:
            self._times.popitem(last=False)
        times.append(now)
        return len(times) > _FREE_CONNECTIONS and now - times[0] < _WINDOW


class Dialogue:
    """The conversation with one client."""

    def __init__(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, contexts: Contexts) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer
        self._contexts = contexts
        self._secure = False
        self._greeted = False
        self._sender = False
        self._recipients = 0
        self._over = False
        self._verbs: dict[str, Callable[[str], tuple[str, ...]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "RSET": self._rset,
            "NOOP": lambda _: ("250 OK",),
            "QUIT": self._quit,
        }

    @property
    def writer(self) -> asyncio.StreamWriter:
        """The stream to the client, which STARTTLS replaces."""
        return self._writer

    async def hold(self) -> None:
        """Greet, then answer commands until one side has had enough."""
        await self._greet()
        for _ in range(MOST_COMMANDS):
            line = await self._line()
            if line is None:
                return
            await self._answer(line)
            if self._over:
                return
        await self._say(f"421 {self._host.name} Too many commands")

    async def refuse(self) -> None:
        """Refuse service as RFC 5321 section 3.1 wants it: 554, then nothing but QUIT is well answered."""
        await self._say(f"554 {self._host.name} No SMTP service here")
        for _ in range(MOST_COMMANDS):
            line = await self._line()
            if line is None:
                return
            if line.strip().upper() == "QUIT":
                await self._say(f"221 {self._host.name} Goodbye")
                return
            await self._say("503 No SMTP service here")

    async def _greet(self) -> None:
        """Say the banner; a tar pit takes its time."""
        if self._host.behaviour is MailBehaviour.TARPIT:
            await asyncio.sleep(_TARPIT_BANNER - _TARPIT_REPLY)
        await self._say(f"220 {self._host.name} ESMTP Meetlat lab")

    async def _line(self) -> str | None:
        """Read one command; None when the client has left. One that is too long or too late ends the conversation."""
        try:
            async with asyncio.timeout(_IDLE):
                raw = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            await self._say("500 Line too long")
            return None
        except TimeoutError:
            await self._say(f"421 {self._host.name} Timed out")
            return None
        return raw.decode("utf-8", "replace").rstrip("\r\n")

    async def _say(self, *lines: str) -> None:
        """Send a reply of one or more lines; a tar pit takes its time."""
        if self._host.behaviour is MailBehaviour.TARPIT:
            await asyncio.sleep(_TARPIT_REPLY)
        await send(self._writer, "".join(f"{line}\r\n" for line in lines))

    async def _answer(self, line: str) -> None:
        """Carry out one command."""
        verb, _, rest = line.partition(" ")
        verb, rest = verb.upper(), rest.strip()
        if verb == "STARTTLS":
            await self._starttls(rest)
        elif verb == "DATA":
            await self._data(rest)
        elif verb in self._verbs:
            await self._say(*self._verbs[verb](rest))
        elif verb in _KNOWN_UNDONE:
            await self._say("502 Command not implemented")
        else:
            await self._say("500 Command not recognised")

    def _ehlo(self, rest: str) -> tuple[str, ...]:
        """Answer EHLO with the extensions."""
        if not rest:
            return ("501 EHLO wants a domain",)
        self._forget()
        self._greeted = True
        words = [self._host.name, "PIPELINING", f"SIZE {_MOST_DATA}"]
        if self._host.behaviour is not MailBehaviour.NO_STARTTLS and not self._secure:
            words.append("STARTTLS")
        return (*(f"250-{word}" for word in words), "250 8BITMIME")

    def _helo(self, rest: str) -> tuple[str, ...]:
        """Answer HELO."""
        if not rest:
            return ("501 HELO wants a domain",)
        self._forget()
        self._greeted = True
        return (f"250 {self._host.name}",)

    def _mail(self, rest: str) -> tuple[str, ...]:
        """Take a sender."""
        if not rest.upper().startswith("FROM:"):
            return ("501 MAIL FROM:<address>",)
        if not self._greeted or self._sender:
            return ("503 Bad sequence of commands",)
        self._sender = True
        return ("250 OK",)

    def _rcpt(self, rest: str) -> tuple[str, ...]:
        """Take a recipient, unless this server greylists."""
        if not rest.upper().startswith("TO:"):
            return ("501 RCPT TO:<address>",)
        if not self._sender:
            return ("503 Bad sequence of commands",)
        if self._host.behaviour is MailBehaviour.GREYLISTS:
            return ("450 4.7.1 Greylisted, please come back later",)
        self._recipients += 1
        return ("250 OK",)

    def _rset(self, _: str) -> tuple[str, ...]:
        """Forget the message under way."""
        self._forget()
        return ("250 OK",)

    def _quit(self, _: str) -> tuple[str, ...]:
        """Take leave."""
        self._over = True
        return (f"221 {self._host.name} Goodbye",)

    def _forget(self) -> None:
        """Forget sender and recipients."""
        self._sender = False
        self._recipients = 0

    async def _data(self, rest: str) -> None:
        """Take a message and throw it away."""
        if rest:
            await self._say("501 DATA takes no argument")
            return
        if not self._recipients:
            await self._say("503 Bad sequence of commands")
            return
        await self._say("354 End with a line that holds one dot")
        size = 0
        while True:
            line = await self._line()
            if line is None:
                self._over = True
                return
            if line == ".":
                break
            size += len(line) + 2
            if size > 2 * _MOST_DATA:
                self._over = True
                await self._say("552 Message too large")
                return
        self._forget()
        await self._say("250 OK, thrown away" if size <= _MOST_DATA else "552 Message too large")

    async def _starttls(self, rest: str) -> None:
        """Answer STARTTLS as this server does, and change to TLS when it does so well."""
        behaviour = self._host.behaviour
        if behaviour is MailBehaviour.NO_STARTTLS:
            await self._say("502 Command not implemented")
        elif self._secure:
            await self._say("503 TLS is active already")
        elif rest:
            await self._say("501 STARTTLS takes no argument")
        elif behaviour is MailBehaviour.STARTTLS_454:
            await self._say("454 4.7.0 TLS not available due to temporary reason")
        else:
            await self._say("220 Ready to start TLS")
            if behaviour is MailBehaviour.CLOSES_AFTER_220:
                self._over = True
            else:
                await self._change_to_tls()

    async def _change_to_tls(self) -> None:
        """Shake hands and start anew: what was said or sent ahead in the clear no longer counts (RFC 3207 section 4.2)."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        context = self._contexts.of(self._host.certificate)
        try:
            transport = await loop.start_tls(
                self._writer.transport, protocol, context, server_side=True, ssl_handshake_timeout=_HANDSHAKE, ssl_shutdown_timeout=1.0
            )
        except RuntimeError as error:  # what uvloop says of a connection that is closed already
            raise ConnectionResetError("the client left before the handshake") from error
        if transport is None:
            raise ConnectionResetError("the client left during the handshake")
        protocol.connection_made(transport)
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        self._secure = True
        self._greeted = False
        self._forget()


class Server:
    """All mail servers: finds the one that a client called, and behaves like it."""

    def __init__(self, hosts: dict[str, Host]) -> None:
        self._hosts = hosts
        self._contexts = Contexts()
        self._visits = Visits()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client from its connection to its leave."""
        host = self._hosts.get(_address(writer.get_extra_info("sockname")))
        dialogue = Dialogue(host, reader, writer, self._contexts) if host else None
        try:
            if host and dialogue:
                await self._behave(host, dialogue, reader)
        except (*_GONE, asyncio.CancelledError):
            pass  # a cancelled conversation ends here: in Python 3.11 the stream's own callback would log it
        finally:
            (dialogue.writer if dialogue else writer).close()
            writer.close()

    async def _behave(self, host: Host, dialogue: Dialogue, reader: asyncio.StreamReader) -> None:
        """Do what this kind of server does to a client that connects."""
        writer = dialogue.writer
        match host.behaviour:
            case MailBehaviour.CLOSES:
                return
            case MailBehaviour.SILENT:
                async with asyncio.timeout(_SILENCE):
                    await _until_left(reader)
            case MailBehaviour.ENDLESS_BANNER:
                await _endless_banner(host, reader, writer)
            case MailBehaviour.REFUSES_554:
                await dialogue.refuse()
            case MailBehaviour.REFUSES_421:
                await send(writer, _busy(host))
            case MailBehaviour.REFUSES_421_AFTER_3 if self._visits.too_many(host.name, _address(writer.get_extra_info("peername"))):
                await send(writer, _busy(host))
            case _:
                await dialogue.hold()


async def send(writer: asyncio.StreamWriter, text: str) -> None:
    """Send, and wait for a client that does not read, but not for ever; ConnectionResetError when it has left."""
    if writer.is_closing():  # writing would be a RuntimeError of uvloop's
        raise ConnectionResetError("the client has left")
    writer.write(text.encode())
    async with asyncio.timeout(_IDLE):
        await writer.drain()


def _busy(host: Host) -> str:
    """Word the refusal of a server that has too much to do."""
    return f"421 {host.name} Service not available, too many connections\r\n"


async def _until_left(reader: asyncio.StreamReader) -> None:
    """Throw away what the client says until it leaves."""
    while await reader.read(LONGEST_LINE):
        pass


async def _endless_banner(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin a greeting that has no end, until the client has left."""
    leaving = asyncio.create_task(_until_left(reader))
    try:
        for number in range(_BANNER_LINES):
            await send(writer, f"220-{host.name} welcomes you, line {number}\r\n")
            await asyncio.wait([leaving], timeout=_BANNER_PAUSE)
            if leaving.done():
                return
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError, *_GONE):
            await leaving


def _address(name: tuple[Any, ...] | None) -> str:
    """Return the address of a socket name in its one normal form; empty when the socket is gone already."""
    return str(ip_address(str(name[0]).partition("%")[0])) if name else ""


def load(path: Path) -> tuple[dict[str, Host], int]:
    """Read the configuration: the host behind every address, and the port."""
    told = json.loads(path.read_text(encoding="utf-8"))
    hosts = {
        str(ip_address(address)): Host(one["host"], MailBehaviour(one["behaviour"]), Path(one["certificate"]))
        for address, one in told["addresses"].items()
    }
    return hosts, int(told.get("port", 25))


def _listener(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    """Listen on a wildcard address of one family only."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, port))
    return listener


def allow_many_files() -> None:
    """Allow this process as many connections as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong with a connection in one line, unless its client just vanished or fumbled TLS."""
    exception = context.get("exception")
    if not isinstance(exception, OSError):
        print(context.get("message"), repr(exception), file=sys.stderr, flush=True)  # noqa: T201 - standard error is the log


async def until_told() -> None:
    """Wait until somebody asks this process to end."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    loop.set_exception_handler(complain)
    await told.wait()


async def _run(config: Path) -> None:
    """Listen until told to stop."""
    hosts, port = load(config)
    server = Server(hosts)
    listeners = [_listener(socket.AF_INET, "0.0.0.0", port), _listener(socket.AF_INET6, "::", port)]
    listening = [await asyncio.start_server(server.serve, sock=one, limit=LONGEST_LINE, backlog=_BACKLOG) for one in listeners]
    await until_told()
    for one in listening:
        one.close()


def main() -> None:
    """Serve by the configuration that the command line names."""
    allow_many_files()
    uvloop.run(_run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
