# SPDX-License-Identifier: EUPL-1.2
"""A server of SSL 2.0 as far as its hello (draft-hickman-netscape-ssl-00, 2.6), which is all that tells whether it would still be spoken.

By hand, since no package speaks it any more. It lists the cipher kinds that both sides know, as such a server does, and waits for keys
that no client sends.
"""

import asyncio
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

VERSION = 0x0002
# SSL_CK_RC4_128_WITH_MD5 and SSL_CK_DES_192_EDE3_CBC_WITH_MD5 (draft, 4).
KINDS = (0x010080, 0x0700C0)
_IS_SHORT_HEADER = 0x80
_ERROR, _CLIENT_HELLO, _SERVER_HELLO = 0, 1, 4
_NO_CIPHER = 1
_X509 = 1
_CONNECTION_ID = 16


async def read_first(reader: asyncio.StreamReader) -> tuple[bytes, tuple[int, ...] | None]:
    """Read what a client begins with: the octets, and the cipher kinds that it lists when it is a hello of SSL 2.0.

    Raises EOFError, and ValueError for a hello in this form that offers a later version.
    """
    first = await reader.readexactly(3)
    if not first[0] & _IS_SHORT_HEADER or first[2] != _CLIENT_HELLO:
        return first, None
    length = int.from_bytes(first[:2]) & 0x7FFF
    if not length:
        raise ValueError("an empty record")
    message = first[2:] + await reader.readexactly(length - 1)
    if int.from_bytes(message[1:3]) != VERSION:
        raise ValueError("a later version in the form of SSL 2.0")
    listed = message[9 : 9 + int.from_bytes(message[3:5])]
    return first[:2] + message, tuple(int.from_bytes(listed[at : at + 3]) for at in range(0, len(listed), 3))


def answer(offered: tuple[int, ...], certificate: Path) -> bytes:
    """Write the hello of the server for what a client lists, or its error when they have nothing in common."""
    both = b"".join(kind.to_bytes(3) for kind in offered if kind in KINDS)
    if not both:
        return _record(bytes([_ERROR]) + _NO_CIPHER.to_bytes(2))
    shown = x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_bytes(serialization.Encoding.DER)
    lengths = b"".join(size.to_bytes(2) for size in (len(shown), len(both), _CONNECTION_ID))
    head = bytes([_SERVER_HELLO, 0, _X509]) + VERSION.to_bytes(2)
    return _record(head + lengths + shown + both + secrets.token_bytes(_CONNECTION_ID))


def _record(message: bytes) -> bytes:
    """Write a record with a header of two octets."""
    return (0x8000 | len(message)).to_bytes(2) + message
