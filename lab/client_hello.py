# SPDX-License-Identifier: EUPL-1.2
"""The first words of a TLS client, as far as the lab's odd servers look at them (RFC 8446, 4.1.2 and 5.1)."""

import asyncio
from dataclasses import dataclass, field

HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC = 22, 21, 20
CLIENT_HELLO = 1
STATUS_REQUEST, SUPPORTED_GROUPS, SUPPORTED_VERSIONS = 5, 10, 43
_LONGEST = 1 << 16
_KNOWN_VERSIONS = range(0x0300, 0x0305)


@dataclass(frozen=True, slots=True)
class ClientHello:
    """A ClientHello. ``length`` is that of the handshake message with its header of four octets."""

    length: int
    legacy_version: int
    session_id: bytes
    suites: tuple[int, ...]
    extensions: dict[int, bytes] = field(hash=False)

    @property
    def highest_version(self) -> int:
        """The highest version offered, among those that exist."""
        listed = _pairs(self.extensions.get(SUPPORTED_VERSIONS, b"")[1:])
        return max((one for one in listed if one in _KNOWN_VERSIONS), default=self.legacy_version)

    @property
    def groups(self) -> tuple[int, ...]:
        """The groups offered."""
        return _pairs(self.extensions.get(SUPPORTED_GROUPS, b"")[2:])


class _Octets:
    """Reads fields off the front; ValueError when there is too little."""

    def __init__(self, octets: bytes) -> None:
        self._left = octets

    def take(self, count: int) -> bytes:
        """Take so many octets."""
        if count > len(self._left):
            raise ValueError("too short")
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def number(self, width: int) -> int:
        """Take a number."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """Take a vector behind its length."""
        return self.take(self.number(width))

    def __bool__(self) -> bool:
        """Whether there is more."""
        return bool(self._left)


def _pairs(octets: bytes) -> tuple[int, ...]:
    """Read a list of numbers of two octets."""
    return tuple(int.from_bytes(octets[start : start + 2]) for start in range(0, len(octets) - 1, 2))


def parse(message: bytes) -> ClientHello:
    """Read a handshake message with its header. Raises ValueError."""
    octets = _Octets(message)
    if octets.number(1) != CLIENT_HELLO or octets.number(3) != len(message) - 4:
        raise ValueError("no ClientHello")
    version = octets.number(2)
    octets.take(32)
    session_id, suites = octets.vector(1), _pairs(octets.vector(2))
    octets.vector(1)
    extensions: dict[int, bytes] = {}
    listed = _Octets(octets.vector(2) if octets else b"")
    while listed:
        kind = listed.number(2)
        extensions[kind] = listed.vector(2)
    return ClientHello(len(message), version, session_id, suites, extensions)


async def read_hello(reader: asyncio.StreamReader) -> tuple[bytes, ClientHello | None]:
    """Read the records of a ClientHello; return them as they came, and what they say.

    It says nothing when what came is no ClientHello. Raises IncompleteReadError when the client leaves before it is whole.
    """
    came, message = b"", b""
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4]):
        head = await reader.readexactly(5)
        came += head
        kind, length = head[0], int.from_bytes(head[3:])
        if kind not in {HANDSHAKE, CHANGE_CIPHER_SPEC} or head[1] != 3 or len(message) + length > _LONGEST:
            return came, None
        body = await reader.readexactly(length)
        came += body
        if kind == HANDSHAKE:
            message += body
    try:
        return came, parse(message)
    except ValueError:
        return came, None
