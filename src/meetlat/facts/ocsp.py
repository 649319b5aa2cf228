# SPDX-License-Identifier: EUPL-1.2
"""A stapled OCSP response as a fact (RFC 6960)."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from meetlat.facts.certificates import Certificate, read

# What clocks may differ; OpenSSL's own value.
_SKEW = timedelta(minutes=5)


class Staple(Enum):
    """What a staple is worth."""

    GOOD = "good"
    UNREADABLE = "unreadable"
    UNSUCCESSFUL = "unsuccessful"
    OTHER_CERTIFICATE = "other-certificate"
    REVOKED = "revoked"
    NOT_GOOD = "not-good"
    OUT_OF_DATE = "out-of-date"
    NOT_SIGNED_BY_ISSUER = "not-signed-by-issuer"
    UNKNOWN = "unknown"  # to us: the issuer was not sent, or its key cannot be used here


def staple(text: str, chain: Sequence[Certificate], at: datetime) -> Staple:
    """Judge a staple (base64 of DER) for the first certificate of a chain at a moment; never raises."""
    try:
        response = ocsp.load_der_ocsp_response(b64decode(text, validate=True))
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Staple.UNSUCCESSFUL
        return _checked(response, chain, at)
    except UnsupportedAlgorithm:
        return Staple.UNKNOWN
    except (ValueError, TypeError, binascii.Error):
        return Staple.UNREADABLE


def _checked(response: ocsp.OCSPResponse, chain: Sequence[Certificate], at: datetime) -> Staple:
    """Check what the response says, and who says it."""
    own = chain[0].parsed if chain else None
    if own is None:
        return Staple.UNKNOWN
    if response.serial_number != own.serial_number:
        return Staple.OTHER_CERTIFICATE
    if response.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        return Staple.REVOKED if response.certificate_status is ocsp.OCSPCertStatus.REVOKED else Staple.NOT_GOOD
    until = response.next_update_utc
    if response.this_update_utc > at + _SKEW or (until is not None and until < at - _SKEW):
        return Staple.OUT_OF_DATE
    issuer = next((one for one in chain[1:] if chain[0].is_issued_by(one)), None)
    if issuer is None or issuer.parsed is None:
        return Staple.UNKNOWN
    return _signed(response, issuer, issuer.parsed)


def _signed(response: ocsp.OCSPResponse, issuer: Certificate, parsed: x509.Certificate) -> Staple:
    """Check that the issuer, or a delegate with a certificate of it for this purpose, signed the response (RFC 6960, 4.2.2.2)."""
    by_issuer = _is_signed_by(response, parsed)
    if by_issuer:
        return Staple.GOOD
    answers: list[bool | None] = [by_issuer]
    for delegate in response.certificates:
        known = read(delegate.public_bytes(Encoding.DER))
        if known.is_issued_by(issuer) and _may_answer(delegate):
            answers.append(_is_signed_by(response, delegate))
    if True in answers:
        return Staple.GOOD
    return Staple.UNKNOWN if None in answers else Staple.NOT_SIGNED_BY_ISSUER


def _may_answer(delegate: x509.Certificate) -> bool:
    """Whether a certificate is for signing OCSP responses."""
    try:
        usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool | None:
    """Check the signature with the key of a certificate; None when that cannot be done here."""
    key, digest = signer.public_key(), response.signature_hash_algorithm
    signature, content = response.signature, response.tbs_response_bytes
    try:
        match key:
            case rsa.RSAPublicKey() if digest is not None:
                key.verify(signature, content, padding.PKCS1v15(), digest)
            case ec.EllipticCurvePublicKey() if digest is not None:
                key.verify(signature, content, ec.ECDSA(digest))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, content)
            case _:
                return None
    except InvalidSignature:
        return False
    return True
