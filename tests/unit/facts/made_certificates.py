# SPDX-License-Identifier: EUPL-1.2
"""Certificates made for a test: a root, an intermediate, and what they sign."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from meetlat.facts.certificates import Certificate, read

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey


def ec_key() -> ec.EllipticCurvePrivateKey:
    """Make a key of the usual kind."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Made:
    """A certificate with the key that belongs to it."""

    x509: x509.Certificate
    key: Key = field(repr=False)

    @property
    def sent(self) -> Certificate:
        """The certificate as it is read from the wire."""
        return read(self.der)

    @property
    def der(self) -> bytes:
        """The certificate as it is sent."""
        return self.x509.public_bytes(Encoding.DER)

    @property
    def key_info(self) -> bytes:
        """The key as it stands in the certificate."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make(
    name: str,
    issuer: Made | None = None,
    *,
    names: tuple[str, ...] = (),
    ca: bool | None = None,
    end: datetime = END,
    key: Key | None = None,
    pss: bool = False,
) -> Made:
    """Make a certificate; without issuer it signs itself, with ``ca`` None it says nothing of being an authority."""
    own = key or ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.x509.subject if issuer else _name(name))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(end)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    signer = issuer.key if issuer else own
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    options = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)} if pss else {}
    return Made(builder.sign(signer, digest, **options), own)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
