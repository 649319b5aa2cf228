# SPDX-License-Identifier: EUPL-1.2
"""The words of SMTP up to STARTTLS, for whoever wants TLS behind it. No mail is ever sent."""

import re
from contextlib import suppress

from meetlat.model.evidence import Failure
from meetlat.probes.channel import Channel, Lines
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.watch import Within

# RFC 5321, 4.5.3.2 allows minutes; tarpits that serve at all do so within twenty seconds (postscreen: 6, others up to 15).
_BANNER_SECONDS = 20.0
_REPLY_SECONDS = 15.0
_GOODBYE_SECONDS = 2.0
_MAX_LINES = 100
_REPLY = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)")


class SmtpDialogue:
    """One session with a mail server, reply by reply. Every method raises NoAnswerError with what the server did instead."""

    def __init__(self, channel: Channel) -> None:
        self._lines = Lines(channel)
        self._channel = channel

    async def greeting(self) -> tuple[int, list[str]]:
        """Read the banner: its code and lines."""
        return await self._reply(_BANNER_SECONDS)

    async def command(self, words: str) -> tuple[int, list[str]]:
        """Give a command and read the reply to it."""
        try:
            await self._channel.send(f"{words}\r\n".encode())
        except OSError as error:
            raise NoAnswerError(Failure.CLOSED, str(error)) from error
        return await self._reply(_REPLY_SECONDS)

    async def begin_tls(self, ehlo_name: str) -> None:
        """Go as far as the 220 to STARTTLS; anything else is a CLOSED with the code that was given instead."""
        steps = (("greeting", 220), (f"EHLO {ehlo_name}", 250), ("STARTTLS", 220))
        for words, wanted in steps:
            code, said = await (self.greeting() if words == "greeting" else self.command(words))
            if code != wanted:
                raise NoAnswerError(Failure.CLOSED, f"{code} {said[0]}"[:100])
        self.refuse_early_words()

    def refuse_early_words(self) -> None:
        """Raise NoAnswerError when the server said more after its 220 than a server may before the handshake.

        In TLS the client speaks first, so those words were put in, and must never be read as if they came through TLS (CVE-2011-0411).
        """
        if early := self._lines.early:
            raise NoAnswerError(Failure.TLS_NOT_SPOKEN, f"words before the handshake: {early.decode('latin-1')[:100]}")

    async def quit(self) -> None:
        """Leave politely, without waiting for an answer."""
        with suppress(OSError):
            await self._channel.send(b"QUIT\r\n")

    async def say_goodbye(self) -> bool:
        """Leave, and wait a moment for the answer, as one should (RFC 5321, 4.1.1.10). Return whether any came."""
        await self.quit()
        try:
            await self._reply(_GOODBYE_SECONDS)
        except (NoAnswerError, OSError):
            return False
        return True

    async def _reply(self, seconds: float) -> tuple[int, list[str]]:
        """Read one reply of one or more lines (RFC 5321, 4.2)."""
        lines: list[str] = []
        try:
            with Within(seconds):
                while len(lines) < _MAX_LINES:
                    line = await self._lines.next()
                    match = _REPLY.fullmatch(line.strip())
                    if match is None:
                        raise NoAnswerError(Failure.MALFORMED, line.decode("latin-1")[:100])
                    lines.append(match[3].decode("latin-1").strip())
                    if match[2] != b"-":
                        return int(match[1]), lines
        except TimeoutError as error:
            raise NoAnswerError(Failure.READ_TIMEOUT, f"{seconds:g} s") from error
        except OSError as error:
            raise NoAnswerError(Failure.CLOSED, str(error)) from error
        raise NoAnswerError(Failure.TOO_LARGE, f"a reply of more than {_MAX_LINES} lines")
