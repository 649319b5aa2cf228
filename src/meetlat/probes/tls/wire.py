# SPDX-License-Identifier: EUPL-1.2
"""Records and handshake messages over a channel, protected or not, bounded."""

import asyncio
from contextlib import suppress

from meetlat.model.evidence import Failure
from meetlat.probes.channel import Channel
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.tls.conversation import UNRECOGNIZED_NAME
from meetlat.probes.tls.flight import MAX_FLIGHT, MAX_MESSAGE, FlightError, NotTlsError, Records
from meetlat.probes.tls.hello import SSL30, record
from meetlat.probes.tls.protection import ProtectionError, Sealing

ALERT, HANDSHAKE, APPLICATION, CHANGE_CIPHER_SPEC = 21, 22, 23, 20
_LARGEST = 16_384
_DRIP_SECONDS = 4.0
_MAX_PASSED_OVER = 32  # warnings, tickets and the like in one handshake
_MAX_HANDSHAKES = 4 * MAX_FLIGHT  # of one connection, with all renegotiations: a fast server must not fill our memory


class AlertError(NoAnswerError):
    """The server ended it with an alert."""

    def __init__(self, alert: int) -> None:
        super().__init__(Failure.TLS_NAME_UNKNOWN if alert == UNRECOGNIZED_NAME else Failure.TLS_ALERT, f"alert {alert}")
        self.alert = alert


class Wire:
    """Both directions of a TLS connection. Raises NoAnswerError for all that the other side does wrong."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.records = Records()
        self.version = SSL30  # of the records that are sent in the clear
        self.ours: Sealing | None = None
        self.theirs: Sealing | None = None
        self.messages = bytearray()
        self._ready = bytearray()
        self.passed_over = 0
        self.taken = 0
        self.pieces = 0
        self.last_piece = 0.0
        self.warnings: list[int] = []

    def put(self, kind: int, content: bytes) -> None:
        """Make content ready, in as many records as it takes, to go with what is sent next: one flight is one packet."""
        for start in range(0, max(1, len(content)), _LARGEST):
            piece = content[start : start + _LARGEST]
            self._ready += self.ours.seal(kind, piece) if self.ours else record(kind, piece, self.version)

    async def send(self, kind: int, content: bytes) -> None:
        """Send content, behind what was put before."""
        self.put(kind, content)
        ready = bytes(self._ready)
        self._ready.clear()
        try:
            await self.channel.send(ready)
        except OSError as error:
            raise NoAnswerError(Failure.TLS_CLOSED, str(error)) from error

    async def receive(self) -> tuple[int, bytes]:
        """Return the type and content of the next record. Raises NoAnswerError; EOFError when the other side has closed."""
        try:
            while (found := self.records.next()) is None:
                piece = await self.channel.receive()
                if not piece:
                    raise EOFError("closed without a word")
                self.pieces += 1
                self.last_piece = asyncio.get_running_loop().time()
                self.records.feed(piece)
            kind, _, fragment, header = found
            if self.theirs is not None and kind != CHANGE_CIPHER_SPEC:
                return self.theirs.open(kind, fragment, header)
        except NotTlsError as error:
            raise NoAnswerError(Failure.TLS_NOT_SPOKEN, str(error)) from error
        except (FlightError, ProtectionError) as error:
            raise NoAnswerError(Failure.MALFORMED, str(error)) from error
        except OSError as error:
            raise NoAnswerError(Failure.TLS_CLOSED, str(error)) from error
        return kind, fragment

    async def message(self) -> tuple[int, bytes, bytes]:
        """Return the type, body and whole of the next handshake message; a ChangeCipherSpec is type -1.

        Warnings are passed over and kept; any other alert is an AlertError.
        """
        while (found := self.whole_message()) is None:
            try:
                kind, content = await self.receive()
            except EOFError as error:
                raise NoAnswerError(Failure.TLS_CLOSED, str(error)) from error
            self.taken += 5 + len(content)
            if self.taken > _MAX_HANDSHAKES:
                raise NoAnswerError(Failure.TOO_LARGE, "a handshake without end")
            if kind == HANDSHAKE:
                self.messages += content
            elif kind == CHANGE_CIPHER_SPEC:
                return -1, content, b""
            elif kind == ALERT and len(content) >= 2:
                self.take_alert(content)
            else:
                self.pass_over()
        return found

    def whole_message(self) -> tuple[int, bytes, bytes] | None:
        """Return a handshake message that is there already, or None."""
        if len(self.messages) < 4:
            return None
        length = int.from_bytes(self.messages[1:4], "big")
        if length > MAX_MESSAGE:
            raise NoAnswerError(Failure.TOO_LARGE, f"a handshake message of {length} octets")
        if len(self.messages) < 4 + length:
            return None
        whole = bytes(self.messages[: 4 + length])
        del self.messages[: 4 + length]
        return whole[0], whole[4:], whole

    def take_alert(self, content: bytes) -> None:
        """Raise AlertError for an alert that ends the connection; keep a warning."""
        level, alert = content[0], content[1]
        if level != 1 or alert == 0:
            raise AlertError(alert)
        self.warnings.append(alert)
        self.pass_over()

    def pass_over(self) -> None:
        """Count what is passed over, so that it has an end."""
        self.passed_over += 1
        if self.passed_over > _MAX_PASSED_OVER:
            raise NoAnswerError(Failure.MALFORMED, "warnings without end")

    @property
    def is_dripping(self) -> bool:
        """Whether records come octet by octet, and still did a moment ago: that is neither silence nor an answer."""
        return self.pieces >= 2 and asyncio.get_running_loop().time() - self.last_piece < _DRIP_SECONDS

    async def close(self) -> None:
        """Say goodbye and close; never raises."""
        with suppress(NoAnswerError):
            await self.send(ALERT, b"\x01\x00")
        await self.channel.close()
