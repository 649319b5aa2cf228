# SPDX-License-Identifier: EUPL-1.2
"""Client hellos read back, and server messages written, straight from the RFCs and without any code of the prober."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ALERT, HANDSHAKE = 21, 22
RANDOM = bytes(range(32))
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


@dataclass(frozen=True)
class ReadHello:
    """A client hello, field by field (RFC 8446, 4.1.2)."""

    record_version: int
    length: int
    version: int
    session_id: bytes
    suites: tuple[int, ...]
    compressions: bytes
    extensions: Mapping[int, bytes]
    order: tuple[int, ...]

    @property
    def versions(self):
        """The versions offered: those of the extension, or every one up to that of the hello."""
        content = self.extensions.get(43)
        if content is not None:
            return words(content[1:])
        return tuple(version for version in (0x0303, 0x0302, 0x0301, 0x0300) if version <= self.version)

    @property
    def groups(self):
        """The groups offered."""
        return words(self.extensions.get(10, b"\0\0")[2:])

    @property
    def signatures(self):
        """The signature schemes offered."""
        return words(self.extensions.get(13, b"\0\0")[2:])


def words(content):
    """Read numbers of two octets."""
    assert len(content) % 2 == 0
    return tuple(int.from_bytes(content[at : at + 2], "big") for at in range(0, len(content), 2))


def read_hello(record):
    """Read the record of a client hello; anything left over or too short is an error."""
    assert record[0] == HANDSHAKE
    record_version, size = int.from_bytes(record[1:3], "big"), int.from_bytes(record[3:5], "big")
    message = record[5:]
    assert len(message) == size
    return read_hello_message(message, record_version)


def read_hello_message(message, record_version=0):
    """Read the handshake message of a client hello."""
    assert message[0] == 1
    assert int.from_bytes(message[1:4], "big") == len(message) - 4
    body, at = message[4:], 34

    def vector(octets):
        nonlocal at
        size = int.from_bytes(body[at : at + octets], "big")
        content = body[at + octets : at + octets + size]
        assert len(content) == size
        at += octets + size
        return content

    session_id, suites, compressions = vector(1), vector(2), vector(1)
    extensions, order = {}, []
    if at < len(body):
        listed = vector(2)
        while listed:
            kind, size = int.from_bytes(listed[:2], "big"), int.from_bytes(listed[2:4], "big")
            assert kind not in extensions
            extensions[kind] = listed[4 : 4 + size]
            assert len(extensions[kind]) == size
            order.append(kind)
            listed = listed[4 + size :]
    assert at == len(body)
    return ReadHello(
        record_version, len(message), int.from_bytes(body[:2], "big"), session_id, words(suites), compressions, extensions, tuple(order)
    )


def vector(octets, content):
    """Write a length in so many octets, and the content."""
    return len(content).to_bytes(octets, "big") + content


def record(kind, content, version=0x0303):
    """Write a record."""
    return bytes((kind,)) + version.to_bytes(2, "big") + vector(2, content)


def message(kind, body):
    """Write a handshake message."""
    return bytes((kind,)) + vector(3, body)


def handshake(*messages):
    """Write handshake messages as one record, or more when they are long."""
    content = b"".join(messages)
    return b"".join(record(HANDSHAKE, content[at : at + 16_384]) for at in range(0, len(content), 16_384))


def alert(number, level=2):
    """Write an alert."""
    return record(ALERT, bytes((level, number)))


def extension(kind, content=b""):
    """Write an extension."""
    return kind.to_bytes(2, "big") + vector(2, content)


def server_hello(suite, *extensions, version=0x0303, random=RANDOM, compression=0):
    """Write a server hello; without extensions, as old servers do."""
    body = version.to_bytes(2, "big") + random + b"\0" + suite.to_bytes(2, "big") + bytes((compression,))
    return message(2, body + (vector(2, b"".join(extensions)) if extensions else b""))


def hello_retry(suite, group):
    """Write a hello retry request of TLS 1.3."""
    return server_hello(suite, extension(43, b"\x03\x04"), extension(51, group.to_bytes(2, "big")), random=RETRY)


def certificate(*chain):
    """Write a Certificate message up to TLS 1.2."""
    return message(11, vector(3, b"".join(vector(3, one) for one in chain)))


def ecdhe(group, signature=None, public=b"\x04" + bytes(64)):
    """Write a ServerKeyExchange over a named curve, signed (TLS 1.2) or as older versions sign."""
    signed = b"" if signature is None else signature.to_bytes(2, "big") + vector(2, b"signed")
    return message(12, b"\x03" + group.to_bytes(2, "big") + vector(1, public) + signed)


def dhe(prime, generator=b"\x02", signature=0x0401):
    """Write a ServerKeyExchange over a prime field."""
    return message(12, vector(2, prime) + vector(2, generator) + vector(2, b"\x05") + signature.to_bytes(2, "big") + vector(2, b"signed"))


DONE = message(14, b"")


def flight12(suite, *between, version=0x0303, extensions=()):
    """Write a first flight up to TLS 1.2 with messages between hello and done."""
    return handshake(server_hello(suite, *extensions, version=version), *between, DONE)


def ssl2_server_hello(kinds: Iterable[int], certificate_: bytes = b"DER"):
    """Write a server hello of SSL 2.0 (draft-hickman-netscape-ssl-00, 2.6)."""
    listed = b"".join(kind.to_bytes(3, "big") for kind in kinds)
    sizes = len(certificate_).to_bytes(2, "big") + len(listed).to_bytes(2, "big") + (16).to_bytes(2, "big")
    body = b"\x04\x00\x01\x00\x02" + sizes + certificate_ + listed + bytes(16)
    return (0x8000 | len(body)).to_bytes(2, "big") + body
