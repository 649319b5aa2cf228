# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``smtp`` needs: one session with a mail server, as far as STARTTLS, without any mail."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from meetlat.model.evidence import Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.gate import Gate
from meetlat.probes.streams import leave
from meetlat.probes.tls import handshake, indicated, lenient_context, session_facts

# RFC 5321, 4.5.3.2 allows minutes; tarpits that serve at all do so within twenty seconds (postscreen: 6, others up to 15).
_BANNER_SECONDS = 20.0
_REPLY_SECONDS = 15.0
_MAX_LINE = 2_048
_MAX_LINES = 100
_REPLY = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)")


@dataclass(slots=True)
class _Told:
    """What the server has said so far; becomes the answer."""

    banner_code: int | None = None
    banner: str = ""
    ehlo_code: int | None = None
    extensions: list[str] = field(default_factory=list)
    starttls_code: int | None = None
    tls: Mapping[str, object] | None = None
    starttls_failure: str = ""
    ended_by: str = ""

    def answer(self) -> dict[str, object]:
        """Return it as an answer. Incomplete: refused for now, or broken off before STARTTLS was settled."""
        offered = "STARTTLS" in self.extensions
        settled = self.banner_code == 220 and self.ehlo_code == 250 and (not offered or self.tls is not None)
        return {
            "banner_code": self.banner_code,
            "banner": self.banner,
            "ehlo_code": self.ehlo_code,
            "extensions": self.extensions,
            "starttls_code": self.starttls_code,
            "tls": self.tls,
            "starttls_failure": self.starttls_failure,
            "ended_by": self.ended_by,
            "complete": settled,
        }


class SmtpProbe:
    """Answers needs of kind ``smtp``: subject is the address, detail the name of the mail host (used for SNI)."""

    kind = "smtp"

    def __init__(self, gate: Gate, port: int = 25) -> None:
        self._gate = gate
        self._port = port
        self._context = lenient_context()

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Read the greeting, say EHLO, STARTTLS when it is offered, and QUIT.

        Answer: see ``_Told``; what the server did after its greeting is an answer, however it ended.
        Raises NoAnswerError when no greeting was received at all.
        """
        async with self._gate.connection(need.subject, self._port, is_mail=True) as connected:
            reader, writer = await asyncio.open_connection(sock=connected, limit=_MAX_LINE)
            told = _Told()
            try:
                told.banner_code, lines = await _reply(reader, _BANNER_SECONDS)
                told.banner = lines[0][:200]
                try:
                    await self._talk(need.detail, reader, writer, told)
                except NoAnswerError as error:
                    told.ended_by = error.failure.value
                return told.answer()
            finally:
                await _say_goodbye(writer)

    async def _talk(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: _Told) -> None:
        """Go on after the greeting, as far as the server takes part."""
        if told.banner_code != 220:
            return
        writer.write(f"EHLO {self._gate.identity.ehlo_name}\r\n".encode())
        told.ehlo_code, lines = await _reply(reader, _REPLY_SECONDS)
        if told.ehlo_code != 250:
            return
        told.extensions = [line.upper()[:100] for line in lines[1:]]
        if "STARTTLS" not in told.extensions:
            return
        writer.write(b"STARTTLS\r\n")
        told.starttls_code, _ = await _reply(reader, _REPLY_SECONDS)
        if told.starttls_code != 220:
            return
        try:
            await _refuse_early_words(reader, writer)
            # The empty name is asyncio's word for no name.
            await handshake(writer.start_tls(self._context, server_hostname=indicated(host)))
        except NoAnswerError as error:
            told.starttls_failure = error.failure.value
            return
        told.tls = session_facts(writer)


async def _reply(reader: asyncio.StreamReader, seconds: float) -> tuple[int, list[str]]:
    """Read one reply of one or more lines (RFC 5321, 4.2). Raises NoAnswerError."""
    lines: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            while len(lines) < _MAX_LINES:
                line = await reader.readline()
                if not line.endswith(b"\n"):
                    raise NoAnswerError(Failure.CLOSED, line.decode("latin-1")[:100])
                match = _REPLY.fullmatch(line.strip())
                if match is None:
                    raise NoAnswerError(Failure.MALFORMED, line.decode("latin-1")[:100])
                lines.append(match[3].decode("latin-1").strip())
                if match[2] != b"-":
                    return int(match[1]), lines
    except TimeoutError as error:
        raise NoAnswerError(Failure.READ_TIMEOUT, f"{seconds:g} s") from error
    except ValueError as error:  # asyncio's word for a line over the limit
        raise NoAnswerError(Failure.TOO_LARGE, str(error)) from error
    except OSError as error:
        raise NoAnswerError(Failure.CLOSED, str(error)) from error
    raise NoAnswerError(Failure.TOO_LARGE, f"a reply of more than {_MAX_LINES} lines")


async def _refuse_early_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Raise NoAnswerError when the server said more after its 220 than a server may before the handshake.

    In TLS the client speaks first, so those words were put in, and must never be read as if they came through TLS (CVE-2011-0411).
    """
    if isinstance(writer.transport, asyncio.Transport):
        writer.transport.pause_reading()  # start_tls does the same, and resumes
    early = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(0):
            early = await reader.read(100)
    if early:
        raise NoAnswerError(Failure.TLS_NOT_SPOKEN, f"words before the handshake: {early.decode('latin-1')}")


async def _say_goodbye(writer: asyncio.StreamWriter) -> None:
    """Leave politely, with QUIT."""
    if not writer.is_closing():
        with suppress(OSError, RuntimeError):
            writer.write(b"QUIT\r\n")
    await leave(writer)
