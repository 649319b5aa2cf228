# SPDX-License-Identifier: EUPL-1.2
"""X.509 certificates as facts: what can be read of one, whatever bytes a server sends.

Three values everywhere: None means that our software cannot tell, which is never the fault of who sent it.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import AuthorityInformationAccessOID, SignatureAlgorithmOID

# What `cryptography` raises on bytes that it cannot read, or features that it does not know.
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, x509.InvalidVersion)
_Told = TypeVar("_Told")
_WITHOUT_PARAMETERS = frozenset({SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448})
_SEQUENCE = 0x30
_CONSTRUCTED_0 = 0xA0
_MOST_LENGTH_OCTETS = 4


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as sent. ``parsed`` is None when our software cannot read it."""

    der: bytes
    parsed: x509.Certificate | None

    @property
    def key_info(self) -> bytes | None:
        """The SubjectPublicKeyInfo exactly as it stands in the certificate, or None when the bytes are no certificate.

        Cut out of the bytes: `cryptography` would write some keys in another form (compressed points, RSA-PSS), and others not at all.
        """
        try:
            return _key_info(self.der)
        except ValueError:
            return None

    @property
    def dns_names(self) -> tuple[str, ...] | None:
        """The DNS names in subjectAltName (RFC 9525, 6.3); None when the extensions cannot be read."""
        return self._told(_dns_names)

    @property
    def may_issue(self) -> bool | None:
        """Whether it may sign other certificates (RFC 5280, 4.2.1.9); one that signed itself may without saying so, as old roots do."""
        return self._told(_is_authority)

    @property
    def subject(self) -> str:
        """Whose it is, as people read it (RFC 4514); empty when it cannot be read."""
        return self._told(lambda parsed: parsed.subject.rfc4514_string()[:200]) or ""

    @property
    def key(self) -> tuple[str, int] | None:
        """The kind of its key and the size in bits: "RSA", "DSA", or the name of a curve; None when it cannot be read."""
        return self._told(_key)

    @property
    def signature_hash(self) -> str | None:
        """The hash in its signature ("SHA-256"; EdDSA has its own and is called that); None when it cannot be read."""
        return self._told(_signature_hash)

    @property
    def is_root(self) -> bool:
        """Whether it names itself as its issuer and made its own signature, or none that can be checked."""
        return self._told(lambda parsed: parsed.issuer == parsed.subject) is True and self.is_issued_by(self) is not False

    @property
    def valid_until(self) -> datetime | None:
        """The last moment at which it is valid (RFC 5280, 4.1.2.5); None when it cannot be read."""
        return self._told(lambda parsed: parsed.not_valid_after_utc)

    @property
    def ocsp_server(self) -> str:
        """Where to ask whether it is revoked (RFC 5280, 4.2.2.1), or empty."""
        return self._told(_ocsp_server) or ""

    def is_in_time(self, at: datetime) -> bool | None:
        """Whether it is valid at a moment (RFC 5280, 4.1.2.5: both ends included)."""
        return self._told(lambda parsed: parsed.not_valid_before_utc <= at <= parsed.not_valid_after_utc)

    def is_issued_by(self, other: "Certificate") -> bool | None:
        """Whether another certificate has the name of the issuer, and its key made the signature."""
        issuer = other.parsed
        return self._told(lambda parsed: _is_issued_by(parsed, issuer)) if issuer else None

    def is_signed_by(self, key_info: bytes) -> bool | None:
        """Whether a bare key, a SubjectPublicKeyInfo, made the signature."""
        return self._told(lambda parsed: _is_signed_by(parsed, load_der_public_key(key_info)))

    def _told(self, ask: Callable[[x509.Certificate], _Told]) -> _Told | None:
        """Return what the certificate tells, or None when our software cannot read that."""
        parsed = self.parsed
        return _asked(lambda: ask(parsed)) if parsed else None


def read(der: bytes) -> Certificate:
    """Read a certificate; bytes that cannot be read give one without ``parsed``."""
    return Certificate(der, _asked(lambda: x509.load_der_x509_certificate(der)))


def _asked(ask: Callable[[], _Told]) -> _Told | None:
    """Ask `cryptography`, which raises on what it cannot read, and warns of what is odd in a certificate: no matter of our users."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ask()
        except _UNREADABLE:
            return None


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Read the DNS names. Raises what `cryptography` raises."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _key(certificate: x509.Certificate) -> tuple[str, int] | None:
    """Read kind and size of the key. Raises what `cryptography` raises."""
    key = certificate.public_key()
    match key:
        case rsa.RSAPublicKey():
            return "RSA", key.key_size
        case ec.EllipticCurvePublicKey():
            return key.curve.name, key.key_size
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256
        case ed448.Ed448PublicKey():
            return "Ed448", 448
        case dsa.DSAPublicKey():
            return "DSA", key.key_size
        case _:
            return None


def _signature_hash(certificate: x509.Certificate) -> str | None:
    """Read the hash of the signature. Raises what `cryptography` raises."""
    digest = certificate.signature_hash_algorithm
    if digest is None:
        return "EdDSA"
    return {"md5": "MD5", "md2": "MD2"}.get(digest.name, digest.name.upper().replace("SHA", "SHA-").replace("SHA--", "SHA-"))


def _ocsp_server(certificate: x509.Certificate) -> str:
    """Read the address of the OCSP server. Raises what `cryptography` raises."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ""
    places = (one.access_location for one in access if one.access_method == AuthorityInformationAccessOID.OCSP)
    return next((place.value for place in places if isinstance(place, x509.UniformResourceIdentifier)), "")


def _is_authority(certificate: x509.Certificate) -> bool:
    """Read whether a certificate is of an authority. Raises what `cryptography` raises."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Compare the names, and check the signature. Raises what `cryptography` raises.

    Its own `verify_directly_issued_by` does not tell a key of another kind, which is a clear no, from one that it cannot use.
    """
    return certificate.issuer == issuer.subject and _is_signed_by(certificate, issuer.public_key())


def _is_signed_by(certificate: x509.Certificate, key: PublicKeyTypes) -> bool | None:
    """Check a signature with a key; None when the kind of key is not known. Raises what `cryptography` raises."""
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    parameters = certificate.signature_algorithm_parameters
    digest = certificate.signature_hash_algorithm
    if parameters is None and certificate.signature_algorithm_oid not in _WITHOUT_PARAMETERS:
        return None  # an algorithm that `cryptography` refuses to use, such as SHA-1
    try:
        match key, parameters:
            case rsa.RSAPublicKey(), padding.PKCS1v15() | padding.PSS() if digest is not None:
                key.verify(signature, signed, parameters, digest)
            case ec.EllipticCurvePublicKey(), ec.ECDSA():
                key.verify(signature, signed, parameters)
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey(), None:
                key.verify(signature, signed)
            case ((rsa.RSAPublicKey() | ec.EllipticCurvePublicKey() | ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey()), _):
                return False  # a key of one kind, a signature of another
            case _:
                return None
    except InvalidSignature:
        return False
    return True


def _key_info(der: bytes) -> bytes:
    """Cut SubjectPublicKeyInfo out of a certificate (RFC 5280, 4.1). Raises ValueError when it is not built like one."""
    _, at, _ = _element(der, 0, _SEQUENCE)  # Certificate
    _, at, end = _element(der, at, _SEQUENCE)  # TBSCertificate
    if der[at : at + 1] == bytes([_CONSTRUCTED_0]):
        at = _element(der, at)[2]  # version
    for _ in ("serialNumber", "signature", "issuer", "validity", "subject"):
        at = _element(der, at)[2]
    _, _, until = _element(der, at, _SEQUENCE)
    if until > end:
        raise ValueError("the key does not fit")
    return der[at:until]


def _element(data: bytes, at: int, wanted: int | None = None) -> tuple[int, int, int]:
    """Return the tag of the element at a place, where its content begins, and where it ends (X.690, 8.1). Raises ValueError."""
    if at + 2 > len(data):
        raise ValueError("the element does not fit")
    tag, size, begin = data[at], data[at + 1], at + 2
    if size & 0x80:
        octets = size & 0x7F
        if not 0 < octets <= _MOST_LENGTH_OCTETS:
            raise ValueError("the length is not written as in DER")
        size, begin = int.from_bytes(data[begin : begin + octets], "big"), begin + octets
    end = begin + size
    if end > len(data) or (wanted is not None and tag != wanted):
        raise ValueError("not the element that belongs here")
    return tag, begin, end
