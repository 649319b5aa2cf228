# SPDX-License-Identifier: EUPL-1.2
"""Key derivation of SSL 3.0 to TLS 1.3. All primitives are the standard library's."""

import hashlib
import hmac
from functools import cache, lru_cache

from meetlat.probes.tls.hello import SSL30, TLS12


def hkdf_expand_label(secret: bytes, label: str, context: bytes, length: int, digest: str) -> bytes:
    """Derive from a secret (RFC 8446, 7.1); one block of the hash is enough for all that TLS asks."""
    info = _label(label, length) + bytes((len(context),)) + context + b"\x01"
    return hmac.digest(secret, info, digest)[:length]


@lru_cache(maxsize=256)  # a dozen labels, a few lengths
def _label(label: str, length: int) -> bytes:
    """Write the beginning of an HkdfLabel."""
    name = b"tls13 " + label.encode()
    return length.to_bytes(2, "big") + bytes((len(name),)) + name


@cache
def _beginning(digest: str) -> tuple[int, bytes, bytes]:
    """Return what is the same in every schedule with a hash: its size, the hash of nothing, and the salt of the handshake."""
    nothing = hashlib.new(digest)
    zeros = bytes(nothing.digest_size)
    early = hmac.digest(zeros, zeros, digest)
    return len(zeros), nothing.digest(), hkdf_expand_label(early, "derived", nothing.digest(), len(zeros), digest)


class Schedule13:
    """The key schedule of TLS 1.3 without a pre-shared key (RFC 8446, 7.1)."""

    def __init__(self, digest: str, shared: bytes) -> None:
        self.digest = digest
        self._size, nothing, salt = _beginning(digest)
        self._handshake = hmac.digest(salt, shared, digest)
        next_salt = hkdf_expand_label(self._handshake, "derived", nothing, self._size, digest)
        self._master = hmac.digest(next_salt, bytes(self._size), digest)

    def handshake_secret(self, label: str, transcript: bytes) -> bytes:
        """Return a traffic secret of the handshake ("c hs traffic", "s hs traffic"); the transcript is given as its hash."""
        return hkdf_expand_label(self._handshake, label, transcript, self._size, self.digest)

    def application_secret(self, label: str, transcript: bytes) -> bytes:
        """Return a traffic secret for application data ("c ap traffic", "s ap traffic")."""
        return hkdf_expand_label(self._master, label, transcript, self._size, self.digest)

    def finished(self, secret: bytes, transcript: bytes) -> bytes:
        """Return the verify data of a Finished message (RFC 8446, 4.4.4)."""
        return hmac.digest(hkdf_expand_label(secret, "finished", b"", self._size, self.digest), transcript, self.digest)

    def key_and_iv(self, secret: bytes, key_size: int) -> tuple[bytes, bytes]:
        """Return the key and initialisation vector for records."""
        key = hkdf_expand_label(secret, "key", b"", key_size, self.digest)
        return key, hkdf_expand_label(secret, "iv", b"", 12, self.digest)

    def next_secret(self, secret: bytes) -> bytes:
        """Return the secret after a key update (RFC 8446, 7.2)."""
        return hkdf_expand_label(secret, "traffic upd", b"", self._size, self.digest)


def prf(  # noqa: PLR0913, PLR0917 - these are its arguments in RFC 5246, and the version
    version: int, digest: str, secret: bytes, label: bytes, seed: bytes, length: int
) -> bytes:
    """Return so many octets of the pseudo-random function of a version up to TLS 1.2.

    TLS 1.2: RFC 5246, 5, with the hash of the suite. TLS 1.0 and 1.1: RFC 2246, 5. SSL 3.0 has its own: RFC 6101, 6.1 and 6.2.2.
    """
    if version >= TLS12:
        return _p_hash(digest, secret, label + seed, length)
    if version == SSL30:
        return _ssl3_prf(secret, seed, length)
    half = (len(secret) + 1) // 2
    first, second = _p_hash("md5", secret[:half], label + seed, length), _p_hash("sha1", secret[-half:], label + seed, length)
    return bytes(one ^ other for one, other in zip(first, second, strict=True))


def _p_hash(digest: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """Expand a secret (RFC 5246, 5)."""
    result, step = b"", seed
    while len(result) < length:
        step = hmac.digest(secret, step, digest)
        result += hmac.digest(secret, step + seed, digest)
    return result[:length]


def _ssl3_prf(secret: bytes, seed: bytes, length: int) -> bytes:
    """Expand a secret as SSL 3.0 does: the label is a letter, repeated."""
    result, turn = b"", 0
    while len(result) < length:
        letters = bytes((0x41 + turn,)) * (turn + 1)
        inner = hashlib.sha1(letters + secret + seed, usedforsecurity=False).digest()
        result += hashlib.md5(secret + inner, usedforsecurity=False).digest()
        turn += 1
    return result[:length]


def finished(version: int, digest: str, master: bytes, side: str, transcript: bytes) -> bytes:
    """Return the verify data of a Finished message up to TLS 1.2; side is "client" or "server", the transcript is whole."""
    label = f"{side} finished".encode()
    if version >= TLS12:
        return prf(version, digest, master, label, hashlib.new(digest, transcript).digest(), 12)
    if version == SSL30:
        sender = b"CLNT" if side == "client" else b"SRVR"
        return b"".join(_ssl3_hash(name, master, transcript + sender, pad) for name, pad in (("md5", 48), ("sha1", 40)))
    both = hashlib.md5(transcript, usedforsecurity=False).digest() + hashlib.sha1(transcript, usedforsecurity=False).digest()
    return prf(version, digest, master, label, both, 12)


def _ssl3_hash(name: str, secret: bytes, content: bytes, pad: int) -> bytes:
    """Return the keyed hash of SSL 3.0 over handshake messages (RFC 6101, 5.6.8)."""
    inner = hashlib.new(name, content + secret + b"\x36" * pad, usedforsecurity=False).digest()
    return hashlib.new(name, secret + b"\x5c" * pad + inner, usedforsecurity=False).digest()


def ssl3_mac(name: str, secret: bytes, content: bytes) -> bytes:
    """Return the MAC of SSL 3.0 over a record (RFC 6101, 5.2.3.1)."""
    pad = 48 if name == "md5" else 40
    inner = hashlib.new(name, secret + b"\x36" * pad + content, usedforsecurity=False).digest()
    return hashlib.new(name, secret + b"\x5c" * pad + inner, usedforsecurity=False).digest()
