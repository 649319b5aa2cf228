# SPDX-License-Identifier: EUPL-1.2
"""The answer of a server on a hello of SSL 2.0, whose records and messages are unlike those of any later version."""

from meetlat.probes.tls.flight import Came, FlightError, NotTlsError, Reader, Reply

_ALERT = 21  # of a later version: that is an answer too


class Ssl2Flight:
    """Collects the answer on a hello of SSL 2.0."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.is_done = False
        self._received = bytearray()

    @property
    def has_begun(self) -> bool:
        """Whether anything was received."""
        return bool(self._received)

    def feed(self, piece: bytes) -> bool:
        """Take in bytes; return whether the answer is complete. Raises FlightError."""
        self._received += piece
        reply = read_ssl2(bytes(self._received))  # at most 32 KiB: the length of a record has fifteen bits
        if reply is not None:
            self.reply, self.is_done = reply, True
        return self.is_done


def read_ssl2(content: bytes) -> Reply | None:
    """Read the answer on a hello of SSL 2.0, or None when it is not whole yet. Raises FlightError.

    Source: draft-hickman-netscape-ssl-00, 1.1 and 2.6: a server hello lists every cipher kind that both sides know.
    """
    if len(content) < 3:
        return None
    if content[0] == _ALERT and content[1] == 3:
        return Reply(Came.ALERT, content[6]) if len(content) >= 7 else None
    if not content[0] & 0x80:
        raise NotTlsError("no record of SSL 2.0")
    length = (content[0] & 0x7F) << 8 | content[1]
    if len(content) < 2 + length:
        return None
    reader = Reader(content[2 : 2 + length])
    kind = reader.number(1)
    if kind == 0:
        return Reply(Came.ALERT, reader.number(2))
    if kind != 4:
        raise FlightError(f"message {kind} of SSL 2.0")
    reader.take(2)
    reply = Reply(Came.SERVER_HELLO, version=reader.number(2))
    certificate, kinds = reader.number(2), reader.number(2)
    reader.take(2)
    reply.chain = [reader.take(certificate)]
    listed = reader.take(kinds)
    reply.kinds = [int.from_bytes(listed[at : at + 3], "big") for at in range(0, len(listed) - 2, 3)]
    if not reply.kinds:
        return Reply(Came.ALERT, 40)  # a server hello without any cipher kind: nothing in common
    return reply
