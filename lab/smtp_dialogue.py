# SPDX-License-Identifier: EUPL-1.2
"""The conversation of one of the lab's mail servers with one client: RFC 5321 and 3207, or what its behaviour makes of them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.client_hello import read_hello
from lab.plan import MailBehaviour, MailTls
from lab.tls_contexts import Contexts
from lab.tls_stream import Wire, secured

LONGEST_LINE = 2048
MOST_COMMANDS = 100
_MOST_DATA = 1 << 20  # octets of one message, as the SIZE extension announces

_IDLE = 60.0
_HANDSHAKE = 30.0
_TLS_1_2 = 0x0303
_SLOW_BANNER = 1.0
_TARPIT_BANNER = 3.0
_TARPIT_REPLY = 0.5

_KNOWN_UNDONE = frozenset({"VRFY", "EXPN", "HELP", "TURN", "ETRN", "AUTH", "BDAT", "SEND", "SOML", "SAML"})


@dataclass(frozen=True, slots=True)
class Host:
    """The mail server behind an address."""

    name: str
    behaviour: MailBehaviour
    certificate: Path
    tls: MailTls = MailTls.GOOD


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
        elif self._host.behaviour is MailBehaviour.SLOW_BANNER:
            await asyncio.sleep(_SLOW_BANNER)
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
            await self._forget_what_came_early()
            await self._say("220 Ready to start TLS")
            if behaviour is MailBehaviour.CLOSES_AFTER_220:
                self._over = True
            else:
                await self._change_to_tls()

    async def _forget_what_came_early(self) -> None:
        """Throw away what was sent ahead in the clear: it must not be carried out inside TLS (RFC 3207, 6)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await self._reader.read(2 * LONGEST_LINE)

    async def _change_to_tls(self) -> None:
        """Shake hands and start anew: what was said in the clear no longer counts (RFC 3207, 4.2)."""
        async with asyncio.timeout(_HANDSHAKE):
            first, hello = b"", None
            if self._host.behaviour is MailBehaviour.CLOSES_ON_OLD_HELLO:
                first, hello = await read_hello(self._reader)
                if hello is None or hello.highest_version < _TLS_1_2:
                    self._over = True
                    return
            context = self._contexts.of(self._host.certificate, self._host.tls)
            self._reader, self._writer = await secured(Wire(self._reader, self._writer, first), context, LONGEST_LINE)
        self._secure = True
        self._greeted = False
        self._forget()


async def send(writer: asyncio.StreamWriter, text: str) -> None:
    """Send, and wait for a client that does not read, but not for ever; ConnectionResetError when it has left."""
    if writer.is_closing():  # writing would be a RuntimeError of uvloop's
        raise ConnectionResetError("the client has left")
    writer.write(text.encode())
    async with asyncio.timeout(_IDLE):
        await writer.drain()
