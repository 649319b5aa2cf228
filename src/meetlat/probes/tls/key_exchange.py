# SPDX-License-Identifier: EUPL-1.2
"""Agreeing on a secret, and checking what the server signed. The primitives are those of ``cryptography``."""

import os
import warnings
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x448, x25519

from meetlat.probes.tls.flight import FlightError, Reader, Reply

_MAX_PRIME_BITS = 8_192
_EXPONENT_OCTETS = 40  # enough for every group in use, and cheap: the secret protects nothing of worth


class Share(Protocol):
    """Our half of a key exchange."""

    public: bytes

    def agree(self, theirs: bytes) -> bytes:
        """Return the shared secret. Raises FlightError."""
        ...


class _X:
    """X25519 or X448 (RFC 7748)."""

    def __init__(self, own: x25519.X25519PrivateKey | x448.X448PrivateKey) -> None:
        self._own = own
        self.public = own.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def agree(self, theirs: bytes) -> bytes:
        """Return the shared secret."""
        try:
            if isinstance(self._own, x25519.X25519PrivateKey):
                return self._own.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
            return self._own.exchange(x448.X448PublicKey.from_public_bytes(theirs))
        except ValueError as error:
            raise FlightError(f"a public key that is none: {error}") from error


class _Curve:
    """A curve of the NIST or Brainpool kind (RFC 8422, 5.11)."""

    def __init__(self, curve: ec.EllipticCurve) -> None:
        self._curve = curve
        self._own = ec.generate_private_key(curve)
        self.public = self._own.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def agree(self, theirs: bytes) -> bytes:
        """Return the shared secret."""
        try:
            return self._own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self._curve, theirs))
        except ValueError as error:
            raise FlightError(f"a public key that is none: {error}") from error


_CURVES: Mapping[int, Callable[[], ec.EllipticCurve]] = {
    0x15: ec.SECP224R1,
    0x16: ec.SECP256K1,
    0x17: ec.SECP256R1,
    0x18: ec.SECP384R1,
    0x19: ec.SECP521R1,
    0x1A: ec.BrainpoolP256R1,
    0x1B: ec.BrainpoolP384R1,
    0x1C: ec.BrainpoolP512R1,
}


_USES = 100  # a key of ours may serve several handshakes: nothing that we send is a secret, and to make one costs as much as to use it
_kept: dict[int, tuple[Share, int]] = {}


def share(group: int) -> Share:
    """Return our half for a group, made anew after so many uses. Raises FlightError for a group that our client does not know."""
    known, uses = _kept.get(group, (None, 0))
    if known is None or uses >= _USES:
        known, uses = _made(group), 0
    _kept[group] = known, uses + 1
    return known


def _made(group: int) -> Share:
    """Make our half for a group."""
    if group == 0x1D:
        return _X(x25519.X25519PrivateKey.generate())
    if group == 0x1E:
        return _X(x448.X448PrivateKey.generate())
    if group in _CURVES:
        try:
            return _Curve(_CURVES[group]())
        except UnsupportedAlgorithm as error:
            raise FlightError(f"group {group:04x} is unknown here") from error
    raise FlightError(f"group {group:04x} was not offered")


def finite_field(key_exchange: bytes) -> tuple[bytes, bytes]:
    """Return our public value and the shared secret for a ServerDHParams (RFC 5246, 8.1.2); leading zeros are stripped."""
    reader = Reader(key_exchange)
    prime, generator, theirs = (int.from_bytes(reader.vector(2), "big") for _ in range(3))
    if not 3 < prime.bit_length() <= _MAX_PRIME_BITS or not 1 < theirs < prime:
        raise FlightError(f"a DH group of {prime.bit_length()} bits")
    size = (prime.bit_length() + 7) // 8
    own = int.from_bytes(os.urandom(min(_EXPONENT_OCTETS, size)), "big") | 1
    shared = pow(theirs, own, prime)
    return pow(generator, own, prime).to_bytes(size, "big"), shared.to_bytes(size, "big").lstrip(b"\x00") or b"\x00"


def encrypted_premaster(version: int, leaf: bytes) -> tuple[bytes, bytes]:
    """Return a premaster secret and that secret encrypted for the certificate (RFC 5246, 7.4.7.1). Raises FlightError."""
    premaster = version.to_bytes(2, "big") + os.urandom(46)
    key = public_key(leaf)
    if not isinstance(key, rsa.RSAPublicKey):
        raise FlightError("RSA key exchange with a certificate that has no RSA key")
    try:
        return premaster, key.encrypt(premaster, padding.PKCS1v15())
    except ValueError as error:
        raise FlightError(f"an RSA key of {key.key_size} bits that encrypts nothing") from error


@cache
def _hash(name: str) -> hashes.HashAlgorithm:
    """Make a hash algorithm by its name."""
    made: hashes.HashAlgorithm = getattr(hashes, name)()
    return made


_HASHES = {1: "MD5", 2: "SHA1", 3: "SHA224", 4: "SHA256", 5: "SHA384", 6: "SHA512"}
_PSS = {0x0804: "SHA256", 0x0805: "SHA384", 0x0806: "SHA512", 0x0809: "SHA256", 0x080A: "SHA384", 0x080B: "SHA512"}
_BRAINPOOL13 = {0x081A: "SHA256", 0x081B: "SHA384", 0x081C: "SHA512"}


@lru_cache(maxsize=512)  # a certificate is met at every address and in every session of its host
def public_key(leaf: bytes) -> object:
    """Return the public key of a certificate, or None when it cannot be read."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what is odd in a certificate is no matter of our users
            return x509.load_der_x509_certificate(leaf).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def is_signed_by(leaf: bytes, scheme: int, signature: bytes, content: bytes) -> bool | None:
    """Whether the signature over the content is by the key of the certificate (RFC 8446, 4.2.3); None when that cannot be checked."""
    key = public_key(leaf)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if scheme in _PSS:
                algorithm = _hash(_PSS[scheme])
                key.verify(signature, content, padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH), algorithm)
            elif scheme & 0xFF == 1 and scheme >> 8 in _HASHES:
                key.verify(signature, content, padding.PKCS1v15(), _hash(_HASHES[scheme >> 8]))
            else:
                return None
        elif isinstance(key, ec.EllipticCurvePublicKey):
            name = _BRAINPOOL13.get(scheme) or (_HASHES.get(scheme >> 8) if scheme & 0xFF == 3 else None)
            if name is None:
                return None
            key.verify(signature, content, ec.ECDSA(_hash(name)))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, content)
        else:
            return None
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None
    return True


class Proof(NamedTuple):
    """What a server signed to show that it has the key of its certificate; looked at when somebody wants to know."""

    leaf: bytes
    scheme: int
    signature: bytes
    content: bytes

    @property
    def holds(self) -> bool | None:
        """Whether the signature is by that key; None when that cannot be checked."""
        return is_signed_by(*self)


def proof_of(reply: Reply, client_random: bytes) -> Proof | None:
    """Return the proof of a server up to TLS 1.2: its signed key exchange; None when it signed none.

    Raises FlightError when the signature is longer than its message.
    """
    if reply.signature is None or not reply.chain or not reply.key_exchange:
        return None
    content, size = reply.key_exchange, len(reply.key_exchange)
    reader = Reader(content)
    if reply.dh_bits is not None:
        for _ in range(3):
            reader.vector(2)
    else:
        reader.take(3)
        reader.vector(1)
    signed = content[: size - reader.left()]
    scheme = reader.number(2)
    return Proof(reply.chain[0], scheme, reader.vector(2), client_random + reply.random + signed)
