# SPDX-License-Identifier: EUPL-1.2
"""The first flight of a server, read from hostile bytes: bounded, and never raising anything but FlightError."""

import hashlib
from dataclasses import dataclass, field
from enum import Enum

from meetlat.facts.tls_catalogue import SUITES
from meetlat.probes.tls.dh_groups import known_group
from meetlat.probes.tls.hello import TLS12, TLS13

MAX_MESSAGE = 131_072  # a chain of the largest post-quantum certificates fits
MAX_FLIGHT = 262_144
_MAX_WARNINGS = 8
_MAX_EMPTY_RECORDS = 16
_MAX_EXTENSIONS = 64  # some sixty have a number at IANA
_MAX_RECORD = 16_384 + 2_048
_RETRY = hashlib.sha256(b"HelloRetryRequest").digest()  # RFC 8446, 4.1.3
_ALERT, _HANDSHAKE, _CHANGE_CIPHER_SPEC = 21, 22, 20
_SUPPORTED_VERSIONS = 43


class FlightError(ValueError):
    """The bytes are not what a TLS server sends; the message says what is wrong."""


class NotTlsError(FlightError):
    """The bytes are no TLS at all."""


class Came(Enum):
    """What came back on a hello."""

    SERVER_HELLO = "server_hello"
    HELLO_RETRY = "hello_retry"
    ALERT = "alert"
    CLOSED = "closed"
    RESET = "reset"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    NOT_TLS = "not_tls"
    REFUSED = "refused"  # the connection, or the mail server before TLS


@dataclass(slots=True)
class Reply:
    """What a server sent on one hello. Numbers are None, and texts empty, when that was not sent."""

    came: Came = Came.CLOSED
    alert: int | None = None
    detail: str = ""
    version: int | None = None
    suite: int | None = None
    group: int | None = None
    dh_bits: int | None = None
    dh_known: str = ""
    signature: int | None = None
    deflate: bool = False
    secure_renegotiation: bool = False
    ems: bool = False
    alpn: str = ""
    extensions: list[int] = field(default_factory=list)
    chain: list[bytes] = field(default_factory=list)
    staple: bytes = b""
    client_certificate_asked: bool = False
    cookie: bytes = b""
    kinds: list[int] = field(default_factory=list)  # of SSL 2.0
    random: bytes = b""
    session_id: bytes = b""
    encrypt_then_mac: bool = False
    server_share: bytes = b""
    key_exchange: bytes = b""

    @property
    def is_hello(self) -> bool:
        """Whether the server chose something of what was offered."""
        return self.came is Came.SERVER_HELLO or self.came is Came.HELLO_RETRY  # asked too often for a set


class Reader:
    """Reads numbers and vectors from bytes; raises FlightError beyond the end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next so many octets."""
        end = self._at + count
        if end > len(self._content):
            raise FlightError("a field is longer than its message")
        taken = self._content[self._at : end]
        self._at = end
        return taken

    def number(self, octets: int) -> int:
        """Return the next number of so many octets."""
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets: int) -> bytes:
        """Return the next vector whose length has so many octets."""
        return self.take(self.number(octets))

    def left(self) -> int:
        """Return how many octets there are still."""
        return len(self._content) - self._at


class Records:
    """Cuts a stream of bytes into plain records. Holds at most one record and what came with it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._empty = 0

    def feed(self, piece: bytes) -> None:
        """Add bytes from the network."""
        self._buffer += piece

    def next(self) -> tuple[int, int, bytes, bytes] | None:
        """Return (type, version, fragment, header) of the next whole record, or None. Raises FlightError."""
        buffer = self._buffer
        if not buffer:
            return None
        if buffer[0] not in (20, 21, 22, 23) or (len(buffer) > 1 and buffer[1] != 3):
            raise NotTlsError("no TLS record: " + bytes(buffer[:16]).hex())
        if len(buffer) < 5:
            return None
        length = buffer[3] << 8 | buffer[4]
        if length > _MAX_RECORD:
            raise NotTlsError(f"a record of {length} octets")
        if len(buffer) < 5 + length:
            return None
        if not length:
            self._empty += 1
            if self._empty > _MAX_EMPTY_RECORDS:
                raise FlightError("empty records without end")
        header, fragment = bytes(buffer[:5]), bytes(buffer[5 : 5 + length])
        del buffer[: 5 + length]
        return header[0], header[1] << 8 | header[2], fragment, header

    def rest(self) -> bytes:
        """Return what is left and forget it."""
        left = bytes(self._buffer)
        self._buffer.clear()
        return left


class Flight:
    """Collects the first flight: a server hello with what follows up to ServerHelloDone, a hello retry request, or an alert."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.records = Records()
        self.is_done = False
        self._messages = bytearray()
        self._received = 0
        self._warnings = 0

    def feed(self, piece: bytes) -> bool:
        """Take in bytes; return whether the flight is complete. Raises FlightError."""
        self._received += len(piece)
        if self._received > MAX_FLIGHT:
            raise FlightError("a flight without end")
        self.records.feed(piece)
        while not self.is_done and (found := self.records.next()) is not None:
            kind, _, fragment, _ = found
            if kind == _ALERT:
                self._take_alert(fragment)
            elif kind == _HANDSHAKE:
                self._messages += fragment
                self._take_messages()
            elif kind == _CHANGE_CIPHER_SPEC:
                continue  # compatibility mode (RFC 8446, D.4)
            else:
                raise FlightError("application data before a handshake")
        return self.is_done

    @property
    def has_begun(self) -> bool:
        """Whether anything was received."""
        return self._received > 0

    def _take_alert(self, fragment: bytes) -> None:
        """Take an alert; warnings are passed over, but not without end."""
        if len(fragment) < 2:
            raise FlightError("an alert of one octet")
        level, alert = fragment[0], fragment[1]
        if level == 1 and alert != 0:
            self._warnings += 1
            if self._warnings > _MAX_WARNINGS:
                self.reply.alert = alert
                raise FlightError("warnings without end")
            return
        self.reply.came, self.reply.alert = Came.ALERT, alert
        self.is_done = True

    def _take_messages(self) -> None:
        """Take every whole handshake message."""
        messages = self._messages
        while not self.is_done and len(messages) >= 4:
            length = int.from_bytes(messages[1:4], "big")
            if length > MAX_MESSAGE:
                raise FlightError(f"a handshake message of {length} octets")
            if len(messages) < 4 + length:
                return
            kind, body = messages[0], bytes(messages[4 : 4 + length])
            del messages[: 4 + length]
            self._take_message(kind, body)

    def _take_message(self, kind: int, body: bytes) -> None:
        """Take one handshake message (RFC 5246, 7.4; RFC 8446, 4)."""
        reply = self.reply
        if kind == 0:
            return  # hello request: means nothing here (RFC 5246, 7.4.1.1)
        if (kind == 2) != (reply.version is None):
            raise FlightError(f"handshake message {kind} out of turn")
        match kind:
            case 2:
                read_server_hello(body, reply)
                self.is_done = reply.came is Came.HELLO_RETRY or (reply.version or 0) >= TLS13
            case 11:
                reply.chain = read_chain(body)
            case 12:
                reply.key_exchange = body
                read_key_exchange(body, reply)
            case 13:
                reply.client_certificate_asked = True
            case 14:
                self.is_done = True
            case 22:
                reply.staple = read_staple(body)
            case _:
                raise FlightError(f"handshake message {kind} is unknown")


def read_server_hello(body: bytes, reply: Reply) -> None:
    """Read a server hello or hello retry request into the reply (RFC 8446, 4.1.3; RFC 5246, 7.4.1.3).

    By position and not with a Reader: of all messages this one is read most.
    """
    size = len(body)
    after_session = 35 + (body[34] if size > 34 else 0)
    if size < after_session + 3:
        raise FlightError("a server hello that is too short")
    version = body[0] << 8 | body[1]
    reply.random, reply.session_id = body[2:34], body[35:after_session]
    reply.suite = body[after_session] << 8 | body[after_session + 1]
    reply.deflate = body[after_session + 2] == 1
    reply.came = Came.HELLO_RETRY if reply.random == _RETRY else Came.SERVER_HELLO
    at = after_session + 3
    if at < size:
        end = at + 2 + (int.from_bytes(body[at : at + 2], "big") if at + 2 <= size else size)
        if end > size:
            raise FlightError("a field is longer than its message")
        at += 2
        while at < end:
            begin = at + 4
            at = begin + int.from_bytes(body[at + 2 : begin], "big")
            if begin > end or at > end:
                raise FlightError("a field is longer than its message")
            kind = body[begin - 4] << 8 | body[begin - 3]
            _note_extension(kind, reply)
            if kind == _SUPPORTED_VERSIONS:
                version = Reader(body[begin:at]).number(2)
            else:
                _read_extension(kind, body[begin:at], reply)
    if version >> 8 != 3:
        raise FlightError(f"a server hello of version {version:04x}")
    reply.version = version


def _read_extension(kind: int, content: bytes, reply: Reply) -> None:
    """Read one extension of a server hello."""
    match kind:
        case 0xFF01:
            reply.secure_renegotiation = True
        case 23:
            reply.ems = True
        case 51:
            reader = Reader(content)
            reply.group = reader.number(2)
            reply.server_share = reader.vector(2) if reader.left() else b""
        case 44:
            reply.cookie = Reader(content).vector(2)
        case 22:
            reply.encrypt_then_mac = True
        case 16:
            reply.alpn = Reader(Reader(content).vector(2)).vector(1).decode("ascii", "replace")
        case _:
            pass


def _note_extension(kind: int, reply: Reply) -> None:
    """Note an extension. Raises FlightError for one that was there already (RFC 5246, 7.4.1.4), and for more than there can be."""
    if kind in reply.extensions or len(reply.extensions) >= _MAX_EXTENSIONS:
        raise FlightError("an extension twice, or too many")
    reply.extensions.append(kind)


def read_chain(body: bytes, *, is13: bool = False) -> list[bytes]:
    """Read the certificates of a Certificate message, in the order sent."""
    reader = Reader(body)
    if is13:
        reader.vector(1)
    listed = Reader(reader.vector(3))
    chain = []
    while listed.left():
        chain.append(listed.vector(3))
        if is13:
            listed.vector(2)
    return chain


def read_chain_staple(body: bytes) -> bytes:
    """Read the OCSP response that TLS 1.3 sends beside the first certificate (RFC 8446, 4.4.2.1), or nothing."""
    reader = Reader(body)
    reader.vector(1)
    listed = Reader(reader.vector(3))
    if not listed.left():
        return b""
    listed.vector(3)
    extensions = Reader(listed.vector(2))
    while extensions.left():
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == 5:
            return read_staple(content)
    return b""


def read_staple(body: bytes) -> bytes:
    """Read a CertificateStatus (RFC 6066, 8): the OCSP response as sent."""
    reader = Reader(body)
    return reader.vector(3) if reader.number(1) == 1 else b""


def read_key_exchange(body: bytes, reply: Reply) -> None:
    """Read group and signature scheme of a ServerKeyExchange (RFC 5246, 7.4.3; RFC 8422, 5.4)."""
    name = SUITES.get(f"{reply.suite:04x}", "")
    reader = Reader(body)
    if "_ECDH" in name:
        kind = reader.number(1)
        if kind != 3:
            reply.group = 0xFF00 | kind  # explicit curves: arbitrary_explicit_prime_curves, ..._char2_curves
            return
        reply.group = reader.number(2)
        reply.server_share = reader.vector(1)
    elif "_DH" in name:
        prime, generator, reply.server_share = reader.vector(2), reader.vector(2), reader.vector(2)
        reply.dh_bits = int.from_bytes(prime, "big").bit_length()
        reply.dh_known = known_group(prime, generator)
    else:
        return  # the temporary RSA key of an export suite
    if reply.version == TLS12 and "_anon_" not in name:
        reply.signature = reader.number(2)
