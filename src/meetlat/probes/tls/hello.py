# SPDX-License-Identifier: EUPL-1.2
"""Client hellos, byte by byte: what is offered to a server."""

import os
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

TLS13, TLS12, TLS11, TLS10, SSL30, SSL20 = 0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002
_RENEGOTIATION_SCSV = 0x00FF
# Old F5 load balancers hang on hellos of 256 to 511 octets (RFC 7685, 1); others are known to fail at these lengths modulo 256.
_BAD_LENGTHS = {10, 14}
_HEADER = 4  # type and length of a handshake message


class Extension(IntEnum):
    """The extensions that a hello may hold. Source: IANA, TLS ExtensionType values."""

    SERVER_NAME = 0
    STATUS_REQUEST = 5
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    ALPN = 16
    PADDING = 21
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    SESSION_TICKET = 35
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_KEY_EXCHANGE_MODES = 45
    KEY_SHARE = 51
    RENEGOTIATION_INFO = 0xFF01


class Offer(NamedTuple):
    """What one hello offers. ``versions`` highest first; ``alpn`` and ``server_name`` may be empty. A tuple, for of these there are most.

    ``shares`` are groups, each with our public key for it; without any, a TLS 1.3 server has to name the group that it wants (a hello retry
    request), which costs neither side any cryptography. ``without`` names extensions to leave out.
    """

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()
    compression: bool = False
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    shares: tuple[tuple[int, bytes], ...] = ()
    cookie: bytes = b""
    renegotiation: bytes = b""  # verify data of the handshake before, when renegotiating (RFC 5746, 3.5)
    encrypt_then_mac: bool = False
    without: frozenset[Extension] = frozenset()

    def leaving_out(self, *extensions: Extension) -> "Offer":
        """Return the same offer without some extensions."""
        return self._replace(without=self.without | set(extensions))


def client_hello(offer: Offer, random: bytes = b"", session_id: bytes | None = None) -> bytes:
    """Write the handshake message of a client hello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2), without its record."""
    highest = max(offer.versions)
    if session_id is None:
        session_id = os.urandom(32) if highest >= TLS13 else b""  # RFC 8446, D.4: middleboxes expect one
    suites = offer.suites
    extensions = b"" if highest <= SSL30 else _extensions(offer)
    if not extensions or (Extension.RENEGOTIATION_INFO in offer.without and min(offer.versions) <= TLS12):
        suites = (*suites, _RENEGOTIATION_SCSV)  # RFC 5746, 3.3
    body = b"".join(
        (
            min(highest, TLS12).to_bytes(2, "big"),
            random or os.urandom(32),
            _vector(1, session_id),
            _vector(2, _words(suites)),
            b"\x02\x01\x00" if offer.compression and highest < TLS13 else b"\x01\x00",
        )
    )
    if extensions:
        if Extension.PADDING not in offer.without:
            extensions += _padding(_HEADER + len(body) + 2 + len(extensions))
        body += _vector(2, extensions)
    return b"\x01" + len(body).to_bytes(3, "big") + body


def record(kind: int, fragment: bytes, version: int = TLS10) -> bytes:
    """Write one plain record; of a first hello the version is that of TLS 1.0, which every server takes (RFC 8446, 5.1)."""
    return kind.to_bytes(1, "big") + version.to_bytes(2, "big") + _vector(2, fragment)


def hello_record(offer: Offer) -> bytes:
    """Write the record that opens a connection."""
    return record(22, client_hello(offer), SSL30 if max(offer.versions) <= SSL30 else TLS10)


def ssl2_hello(kinds: Iterable[int]) -> bytes:
    """Write a client hello of SSL 2.0 with its two octets of header; cipher kinds are three octets each."""
    listed = b"".join(kind.to_bytes(3, "big") for kind in kinds)
    challenge = os.urandom(16)
    body = b"\x01\x00\x02" + len(listed).to_bytes(2, "big") + b"\x00\x00" + len(challenge).to_bytes(2, "big") + listed + challenge
    return (0x8000 | len(body)).to_bytes(2, "big") + body


def _extensions(offer: Offer) -> bytes:
    """Write the extensions in the order in which OpenSSL has them: some servers are used to that."""
    without = offer.without
    own = [_server_name(offer.server_name)] if offer.server_name and Extension.SERVER_NAME not in without else []
    if min(offer.versions) <= TLS12 and Extension.RENEGOTIATION_INFO not in without:
        own.insert(0, _extension(Extension.RENEGOTIATION_INFO, _vector(1, offer.renegotiation)))
    if offer.cookie and Extension.COOKIE not in without:
        own.append(_extension(Extension.COOKIE, _vector(2, offer.cookie)))
    if max(offer.versions) >= TLS13 and Extension.KEY_SHARE not in without:
        own.append(_extension(Extension.KEY_SHARE, _key_shares(offer.shares)))
    own.append(_common(offer.versions, offer.groups, offer.signatures, offer.alpn, offer.encrypt_then_mac, without))
    return b"".join(own)


@lru_cache(maxsize=4096)  # the same for every server
def _common(  # noqa: PLR0913, PLR0917 - what it depends on is the key of the cache
    versions: tuple[int, ...],
    groups: tuple[int, ...],
    signatures: tuple[int, ...],
    alpn: tuple[str, ...],
    encrypt_then_mac: bool,  # noqa: FBT001 - idem
    without: frozenset[Extension],
) -> bytes:
    """Write the extensions that do not depend on the server or on keys of ours."""
    highest = max(versions)
    is13, up_to_12 = highest >= TLS13, min(versions) <= TLS12
    said: list[tuple[Extension, bytes | None]] = [
        (Extension.EC_POINT_FORMATS, b"\x01\x00" if groups and up_to_12 else None),
        (Extension.SUPPORTED_GROUPS, _vector(2, _words(groups)) if groups else None),
        (Extension.SESSION_TICKET, b"" if up_to_12 else None),
        (Extension.ALPN, _vector(2, b"".join(_vector(1, name.encode()) for name in alpn)) if alpn else None),
        (Extension.STATUS_REQUEST, b"\x01\x00\x00\x00\x00"),
        (Extension.ENCRYPT_THEN_MAC, b"" if encrypt_then_mac and up_to_12 else None),
        (Extension.EXTENDED_MASTER_SECRET, b"" if up_to_12 else None),
        (Extension.SIGNATURE_ALGORITHMS, _vector(2, _words(signatures)) if signatures and highest >= TLS12 else None),
        (Extension.SUPPORTED_VERSIONS, _vector(1, _words(versions)) if is13 else None),
        (Extension.PSK_KEY_EXCHANGE_MODES, b"\x01\x01" if is13 else None),
    ]
    return _written(said, without)


def _written(said: Iterable[tuple[Extension, bytes | None]], without: frozenset[Extension]) -> bytes:
    """Write extensions one after the other."""
    return b"".join(_extension(kind, content) for kind, content in said if content is not None and kind not in without)


def _extension(kind: Extension, content: bytes) -> bytes:
    """Write one extension."""
    return kind.to_bytes(2, "big") + _vector(2, content)


@lru_cache(maxsize=4096)  # a server is asked a dozen times
def _server_name(name: str) -> bytes:
    """Write the name of the host (RFC 6066, 3)."""
    return _extension(Extension.SERVER_NAME, _vector(2, b"\x00" + _vector(2, name.encode("ascii"))))


def _key_shares(shares: Iterable[tuple[int, bytes]]) -> bytes:
    """Write our public keys; none at all is allowed (RFC 8446, 4.2.8)."""
    return _vector(2, b"".join(group.to_bytes(2, "big") + _vector(2, share) for group, share in shares))


def _padding(length: int) -> bytes:
    """Write a padding extension that keeps a hello from the lengths that old middleboxes cannot stand (RFC 7685)."""
    wanted = 0
    if 256 <= length < 512:
        wanted = max(4, 512 - length)
    while (length + wanted) % 256 in _BAD_LENGTHS:
        wanted = max(4, wanted + 1)
    if not wanted:
        return b""
    return Extension.PADDING.to_bytes(2, "big") + _vector(2, bytes(wanted - 4))


def _vector(octets: int, content: bytes) -> bytes:
    """Write a vector: its length in so many octets, then its content."""
    return len(content).to_bytes(octets, "big") + content


@lru_cache(maxsize=4096)  # the same lists are offered to every server
def _words(numbers: tuple[int, ...]) -> bytes:
    """Write numbers of two octets."""
    return b"".join(number.to_bytes(2, "big") for number in numbers)
