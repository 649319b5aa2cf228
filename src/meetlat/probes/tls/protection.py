# SPDX-License-Identifier: EUPL-1.2
"""Record protection: sealing and opening records under the suites that our client speaks."""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from meetlat.facts.tls_catalogue import suite_name
from meetlat.probes.tls.hello import SSL30, TLS11, TLS12, TLS13
from meetlat.probes.tls.secrets import ssl3_mac


class ProtectionError(ValueError):
    """A record is not what the other side sealed."""


class Sealing(Protocol):
    """One direction of a protected connection."""

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the whole record for a piece of content."""
        ...

    def open(self, kind: int, fragment: bytes, header: bytes) -> tuple[int, bytes]:
        """Return the type and content of a record. Raises ProtectionError."""
        ...


@dataclass(frozen=True, slots=True)
class SuiteTraits:
    """What the name of a suite says of its records. ``mode`` is gcm, ccm, ccm8, chacha, cbc or stream; ``mac`` is empty for AEAD."""

    cipher: str
    mode: str
    key_size: int
    block_size: int
    mac: str
    digest: str  # of the key schedule


_CIPHERS = (
    ("CHACHA20_POLY1305", "chacha", 32, 12),
    ("AES_128_GCM", "gcm", 16, 4),
    ("AES_256_GCM", "gcm", 32, 4),
    ("AES_128_CCM_8", "ccm8", 16, 4),
    ("AES_256_CCM_8", "ccm8", 32, 4),
    ("AES_128_CCM", "ccm", 16, 4),
    ("AES_256_CCM", "ccm", 32, 4),
    ("AES_128_CBC", "cbc", 16, 16),
    ("AES_256_CBC", "cbc", 32, 16),
    ("3DES_EDE_CBC", "cbc", 24, 8),
    ("RC4_128", "stream", 16, 0),
)
_MACS = {"_MD5": "md5", "_SHA": "sha1", "_SHA256": "sha256", "_SHA384": "sha384"}
_MAC_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48}


def traits(suite: int) -> SuiteTraits | None:
    """Return how the records of a suite are protected, or None when our client cannot do it."""
    name = suite_name(f"{suite:04x}")
    if "EXPORT" in name or name.endswith("_OLD"):
        return None
    found = next((one for one in _CIPHERS if one[0] in name), None)
    if found is None:
        return None
    cipher, mode, key_size, block_size = found
    ending = name[name.rindex("_") :]
    digest = "sha384" if ending == "_SHA384" else "sha256"
    mac = _MACS.get(ending, "") if mode in {"cbc", "stream"} else ""
    return SuiteTraits(cipher, mode, key_size, block_size, mac, digest)


def mac_size(known: SuiteTraits) -> int:
    """Return the octets of the MAC, and of its key."""
    return _MAC_SIZES.get(known.mac, 0)


def _aead(known: SuiteTraits, key: bytes) -> AESGCM | AESCCM | ChaCha20Poly1305:
    """Make the AEAD of a suite."""
    if known.mode == "chacha":
        return ChaCha20Poly1305(key)
    return AESGCM(key) if known.mode == "gcm" else AESCCM(key, 8 if known.mode == "ccm8" else 16)


class Sealing13:
    """Records of TLS 1.3 (RFC 8446, 5.2)."""

    def __init__(self, known: SuiteTraits, key: bytes, iv: bytes) -> None:
        self._aead = _aead(known, key)
        self._iv = int.from_bytes(iv, "big")
        self._tag = 8 if known.mode == "ccm8" else 16
        self._sequence = 0

    def _nonce(self) -> bytes:
        """Return the nonce of the next record."""
        nonce = (self._iv ^ self._sequence).to_bytes(12, "big")
        self._sequence += 1
        return nonce

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the whole record for a piece of content."""
        header = b"\x17\x03\x03" + (len(content) + 1 + self._tag).to_bytes(2, "big")
        return header + self._aead.encrypt(self._nonce(), content + bytes((kind,)), header)

    def open(self, kind: int, fragment: bytes, header: bytes) -> tuple[int, bytes]:  # noqa: ARG002 - the outer type says nothing here
        """Return the type and content of a record."""
        try:
            inner = self._aead.decrypt(self._nonce(), fragment, header).rstrip(b"\x00")
        except (InvalidTag, ValueError) as error:
            raise ProtectionError("a record that does not open") from error
        if not inner:
            raise ProtectionError("a record of padding only")
        return inner[-1], inner[:-1]


class SealingAead12:
    """Records of an AEAD suite of TLS 1.2 (RFC 5246, 6.2.3.3; RFC 5288; RFC 7905)."""

    def __init__(self, known: SuiteTraits, key: bytes, iv: bytes) -> None:
        self._aead = _aead(known, key)
        self._iv = iv
        self._is_chacha = known.mode == "chacha"
        self._tag = 8 if known.mode == "ccm8" else 16
        self._sequence = 0

    def _next(self, kind: int, length: int) -> tuple[bytes, bytes]:
        """Return the sequence number and additional data of the next record."""
        sequence = self._sequence.to_bytes(8, "big")
        self._sequence += 1
        return sequence, sequence + bytes((kind, 3, 3)) + length.to_bytes(2, "big")

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the whole record for a piece of content."""
        sequence, additional = self._next(kind, len(content))
        explicit = b"" if self._is_chacha else sequence
        body = explicit + self._aead.encrypt(self._nonce(sequence, explicit), content, additional)
        return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body

    def open(self, kind: int, fragment: bytes, header: bytes) -> tuple[int, bytes]:  # noqa: ARG002 - the header is in the additional data
        """Return the type and content of a record."""
        explicit, sealed = (b"", fragment) if self._is_chacha else (fragment[:8], fragment[8:])
        sequence, additional = self._next(kind, max(0, len(sealed) - self._tag))
        try:
            return kind, self._aead.decrypt(self._nonce(sequence, explicit), sealed, additional)
        except (InvalidTag, ValueError) as error:
            raise ProtectionError("a record that does not open") from error

    def _nonce(self, sequence: bytes, explicit: bytes) -> bytes:
        """Return the nonce of a record."""
        if not self._is_chacha:
            return self._iv + explicit
        return (int.from_bytes(self._iv, "big") ^ int.from_bytes(sequence, "big")).to_bytes(12, "big")


class SealingMac:
    """Records of a suite with a MAC, in CBC mode or with RC4 (RFC 5246, 6.2.3.1 and 6.2.3.2; RFC 2246; RFC 6101)."""

    def __init__(self, known: SuiteTraits, version: int, keys: tuple[bytes, bytes, bytes], *, is_ours: bool) -> None:
        mac_key, key, self._iv = keys
        self._known, self._version = known, version
        self._mac = _mac(version, known.mac, mac_key)
        self._sequence = 0
        algorithm = ARC4(key) if known.mode == "stream" else TripleDES(key) if known.block_size == 8 else AES(key)
        self._algorithm = algorithm
        self._is_ours = is_ours
        self._stream: CipherContext | None = None
        if known.mode == "stream":
            cipher = Cipher(algorithm, None)
            self._stream = cipher.encryptor() if is_ours else cipher.decryptor()

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the whole record for a piece of content."""
        content += self._mac_of(kind, content)
        if self._stream is not None:
            body = self._stream.update(content)
        else:
            size = self._known.block_size
            padding = size - 1 - len(content) % size
            content += bytes((padding,)) * (padding + 1)
            iv = os.urandom(size) if self._version >= TLS11 else self._iv
            body = Cipher(self._algorithm, modes.CBC(iv)).encryptor().update(content)
            self._iv = body[-size:]
            body = iv + body if self._version >= TLS11 else body
        return bytes((kind,)) + min(self._version, TLS12).to_bytes(2, "big") + len(body).to_bytes(2, "big") + body

    def open(self, kind: int, fragment: bytes, header: bytes) -> tuple[int, bytes]:  # noqa: ARG002 - the header is in the MAC
        """Return the type and content of a record."""
        content = self._stream.update(fragment) if self._stream is not None else self._open_cbc(fragment)
        size = mac_size(self._known)
        if len(content) < size:
            raise ProtectionError("a record shorter than its MAC")
        content, mac = content[: len(content) - size], content[len(content) - size :]
        if not hmac.compare_digest(mac, self._mac_of(kind, content)):
            raise ProtectionError("a record with a wrong MAC")
        return kind, content

    def _open_cbc(self, fragment: bytes) -> bytes:
        """Decrypt in CBC mode and take the padding off."""
        size = self._known.block_size
        if self._version >= TLS11:
            self._iv, fragment = fragment[:size], fragment[size:]
        if not fragment or len(fragment) % size or len(self._iv) != size:
            raise ProtectionError("a record that is no whole number of blocks")
        content = Cipher(self._algorithm, modes.CBC(self._iv)).decryptor().update(fragment)
        self._iv = fragment[-size:]
        # Nobody times us: whoever could ask this as an oracle is the server itself.
        if content[-1] >= len(content):
            raise ProtectionError("padding longer than its record")
        return content[: -1 - content[-1]]

    def _mac_of(self, kind: int, content: bytes) -> bytes:
        """Return the MAC of the next record."""
        version = b"" if self._version == SSL30 else self._version.to_bytes(2, "big")
        covered = self._sequence.to_bytes(8, "big") + bytes((kind,)) + version + len(content).to_bytes(2, "big") + content
        self._sequence += 1
        return self._mac(covered)


def _mac(version: int, name: str, key: bytes) -> Callable[[bytes], bytes]:
    """Return the MAC function of a version."""
    if version == SSL30:
        return lambda content: ssl3_mac(name, key, content)
    return lambda content: hmac.digest(key, content, name)


def sealings(known: SuiteTraits, version: int, block: bytes) -> tuple[Sealing, Sealing]:
    """Cut a key block (RFC 5246, 6.3) into the sealing of the client's records and that of the server's."""
    if version >= TLS13:
        raise ValueError("TLS 1.3 has no key block")
    macs, size = mac_size(known), known.key_size
    iv_size = 12 if known.mode == "chacha" else 4 if not known.mac else known.block_size
    cuts = [macs, macs, size, size, iv_size, iv_size]
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(block[at : at + cut])
        at += cut
    client_mac, server_mac, client_key, server_key, client_iv, server_iv = pieces
    if not known.mac:
        return SealingAead12(known, client_key, client_iv), SealingAead12(known, server_key, server_iv)
    ours = SealingMac(known, version, (client_mac, client_key, client_iv), is_ours=True)
    return ours, SealingMac(known, version, (server_mac, server_key, server_iv), is_ours=False)


def key_block_size(known: SuiteTraits) -> int:
    """Return how many octets of key block the suite needs at most."""
    return 2 * (mac_size(known) + known.key_size + 16)
