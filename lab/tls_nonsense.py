# SPDX-License-Identifier: EUPL-1.2
"""Answers to a ClientHello that no client can go on with: records and messages written octet by octet (RFC 8446, 4.1.3, 4.1.4, 5.1)."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping

from lab.client_hello import ALERT, HANDSHAKE, ClientHello, read_hello
from lab.plan import OddTls

Nonsense = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ClientHello], Awaitable[None]]

_SERVER_HELLO = 2
# RFC 8446, 4.1.3: what a HelloRetryRequest has in the place of its random.
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_X25519 = 29
_AES_128_GCM = 0x1301
_ECDHE_ECDSA_AES_128_GCM = 0xC02B
_TLS_1_2, _TLS_1_3 = 0x0303, 0x0304
_FATAL, _WARNING = 2, 1
_PROTOCOL_VERSION, _USER_CANCELED = 70, 90
# Of what has no end there is enough for the most patient of clients.
_ROUNDS = 2000
_ENDLESS = 12_000
_PAUSE = 0.05
_AT_ONCE = 50


def record(kind: int, body: bytes) -> bytes:
    """Write a record."""
    return bytes([kind]) + _number(_TLS_1_2) + _number(len(body)) + body


def server_hello(hello: ClientHello, suite: int, extensions: bytes, chance: bytes) -> bytes:
    """Write the record of a ServerHello with these extensions (with their length in front)."""
    session = bytes([len(hello.session_id)]) + hello.session_id
    body = _number(_TLS_1_2) + chance + session + _number(suite) + b"\0" + extensions
    return record(HANDSHAKE, bytes([_SERVER_HELLO]) + len(body).to_bytes(3) + body)


def _number(value: int) -> bytes:
    """Write a number of two octets."""
    return value.to_bytes(2)


def _extension(kind: int, body: bytes) -> bytes:
    """Write an extension."""
    return _number(kind) + _number(len(body)) + body


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send; ConnectionResetError when the client has left."""
    if writer.is_closing():
        raise ConnectionResetError("the client has left")
    writer.write(data)
    await writer.drain()


async def _endlessly(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send the same over and over, a thousand times a second, for ten minutes."""
    for _ in range(_ENDLESS):
        await _send(writer, data * _AT_ONCE)
        await asyncio.sleep(_PAUSE)


async def _retry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello | None, suite: Callable[[], int]) -> None:
    """Answer each hello with TLS 1.3 by a HelloRetryRequest for X25519."""
    wanted = _extension(43, _number(_TLS_1_3)) + _extension(51, _number(_X25519))
    for _ in range(_ROUNDS):
        if hello is None:
            return
        if hello.highest_version < _TLS_1_3:
            await _send(writer, record(ALERT, bytes([_FATAL, _PROTOCOL_VERSION])))
            return
        await _send(writer, server_hello(hello, suite(), _number(len(wanted)) + wanted, _RETRY))
        _, hello = await read_hello(reader)


async def _retries_for_same_group(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Ask for X25519 again and again, also when a share for it came."""
    await _retry(reader, writer, hello, lambda: _AES_128_GCM)


async def _retries_with_any_suite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Name another suite each time, none of which exists."""
    await _retry(reader, writer, hello, lambda: 0x13C0 + secrets.randbelow(0x40))


async def _wrong_lengths(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Send a record that says to be longer than any may be (2^14 octets, and 2048 for what sealing adds)."""
    del hello
    await _send(writer, bytes([HANDSHAKE]) + _number(_TLS_1_2) + _number(0xFFF0) + bytes(0xFFF0))


async def _empty_fragments(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Send a ServerHello for TLS 1.2 if one fits, and then empty records, which are forbidden here (RFC 8446, 5.1)."""
    if hello.highest_version >= _TLS_1_2 and _ECDHE_ECDSA_AES_128_GCM in hello.suites:
        known = _extension(0xFF01, b"\0") + (_extension(23, b"") if 23 in hello.extensions else b"")
        await _send(writer, server_hello(hello, _ECDHE_ECDSA_AES_128_GCM, _number(len(known)) + known, secrets.token_bytes(32)))
    await _endlessly(writer, record(HANDSHAKE, b""))


async def _garbage_extensions(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Send a ServerHello whose extensions are longer than the message that holds them."""
    garbage = _number(0x4000) + secrets.token_bytes(64)
    await _send(writer, server_hello(hello, hello.suites[0] if hello.suites else 0, garbage, secrets.token_bytes(32)))


async def _endless_warnings(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: ClientHello) -> None:
    """Send warnings, which do not end a handshake."""
    del hello
    await _endlessly(writer, record(ALERT, bytes([_WARNING, _USER_CANCELED])))


NONSENSE: Mapping[OddTls, Nonsense] = {
    OddTls.RETRIES_FOR_SAME_GROUP: _retries_for_same_group,
    OddTls.RETRIES_WITH_ANY_SUITE: _retries_with_any_suite,
    OddTls.WRONG_LENGTHS: _wrong_lengths,
    OddTls.EMPTY_FRAGMENTS: _empty_fragments,
    OddTls.GARBAGE_EXTENSIONS: _garbage_extensions,
    OddTls.ENDLESS_WARNINGS: _endless_warnings,
}
