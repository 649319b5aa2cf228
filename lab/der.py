# SPDX-License-Identifier: EUPL-1.2
"""DER, as far as signed objects of the RPKI need it (X.690): each function returns one whole element."""

from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network


def element(tag: int, *parts: bytes) -> bytes:
    """Return an element with this tag around parts that are written already."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return element(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """Return a SET OF, whose members DER puts in order."""
    return element(0x31, *sorted(parts))


def context(number: int, *parts: bytes) -> bytes:
    """Return a constructed element with a tag of its context: [0] EXPLICIT, or the content of an IMPLICIT one."""
    return element(0xA0 | number, *parts)


def integer(value: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """Return an OCTET STRING."""
    return element(0x04, value)


def bits(value: bytes, unused: int = 0) -> bytes:
    """Return a BIT STRING."""
    return element(0x03, bytes([unused]), value)


def null() -> bytes:
    """Return a NULL."""
    return element(0x05)


def ia5(text: str) -> bytes:
    """Return an IA5String."""
    return element(0x16, text.encode("ascii"))


def generalized_time(moment: datetime) -> bytes:
    """Return a GeneralizedTime."""
    return element(0x18, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def utc_time(moment: datetime) -> bytes:
    """Return a UTCTime."""
    return element(0x17, moment.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def identifier(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return element(0x06, *(_base128(number) for number in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    """Write a number in groups of seven bits, of which all but the last are marked."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def prefix(network: IPv4Network | IPv6Network) -> bytes:
    """Return an address prefix as a BIT STRING of its length (RFC 3779, 2.1.1)."""
    size = (network.prefixlen + 7) // 8
    return bits(network.network_address.packed[:size], size * 8 - network.prefixlen)
