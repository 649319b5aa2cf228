# SPDX-License-Identifier: EUPL-1.2
"""Certificates that are signed with SHA-1, which the library rightly refuses to make: sign the same content over again, by hand."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

_SEQUENCE, _BIT_STRING = 0x30, 0x03
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_ECDSA_WITH_SHA1 = bytes.fromhex("300906072a8648ce3d0401")


def signed_with_sha1(certificate: x509.Certificate, signer: PrivateKeyTypes) -> bytes:
    """Return the same certificate, as PEM, signed by ECDSA with SHA-1; what was signed was so by ECDSA with SHA-256."""
    content = certificate.tbs_certificate_bytes
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or content.count(_ECDSA_WITH_SHA256) != 1:
        raise ValueError("only what is signed by ECDSA with SHA-256 can be signed over again")
    renamed = _wrapped(_SEQUENCE, _inside(content).replace(_ECDSA_WITH_SHA256, _ECDSA_WITH_SHA1))
    signature = signer.sign(renamed, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - that it is bad is the point
    made = _wrapped(_SEQUENCE, renamed + _ECDSA_WITH_SHA1 + _wrapped(_BIT_STRING, b"\x00" + signature))
    return x509.load_der_x509_certificate(made).public_bytes(Encoding.PEM)


def _inside(der: bytes) -> bytes:
    """Take the tag and length off a value (X.690, 8.1)."""
    return der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0) :]


def _wrapped(tag: int, content: bytes) -> bytes:
    """Put a tag and length before a value."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content
