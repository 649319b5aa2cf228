# SPDX-License-Identifier: EUPL-1.2
"""The lab's certificate authority: a root, an intermediate, and a certificate of the intended kind for every TLS host."""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.plan import Certificate, Plan

_DAY = timedelta(days=1)
_SHARE = 200  # certificates a process makes at a time
Wanted = tuple[str, Certificate]


def _usage(*uses: str) -> x509.KeyUsage:
    """Make the extension that says what a key is for."""
    ciphering = ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"]
    every = ["digital_signature", "content_commitment", "key_cert_sign", "crl_sign", *ciphering]
    return x509.KeyUsage(**{use: use in uses for use in every})


_LEAF_USAGE = _usage("digital_signature")
_AUTHORITY_USAGE = _usage("key_cert_sign", "crl_sign")


@dataclass(frozen=True, slots=True)
class _Authority:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificate_file(state: Path, host: str, kind: Certificate) -> Path:
    """Return where the key and chain of a host stand."""
    return state / "tls" / f"{host}.{kind.value}.pem"


def write(plan: Plan, state: Path, now: datetime) -> None:
    """Write the root as state/ca.pem, and for every TLS host state/tls/HOST.KIND.pem: its key, then the chain it sends."""
    (state / "tls").mkdir(parents=True, exist_ok=True)
    root = _authority("Meetlat Lab Root", None, now)
    intermediate = _authority("Meetlat Lab Intermediate", root, now)
    (state / "ca.pem").write_bytes(_pem(root.certificate))
    pair = (_pem(intermediate.certificate), _key_pem(intermediate.key))
    wanted = sorted(_wanted(plan), key=lambda one: (one[0], one[1].value))
    shares = [wanted[start : start + _SHARE] for start in range(0, len(wanted), _SHARE)]
    if len(shares) <= 1:
        for share in shares:
            _make_share(share, state, pair, now)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_make_share, shares, [state] * len(shares), [pair] * len(shares), [now] * len(shares)))


def _wanted(plan: Plan) -> set[Wanted]:
    """List which certificates the plan needs."""
    web = {(listener.host, listener.certificate) for listener in plan.web if listener.certificate is not None}
    return web | {(server.host, server.certificate) for server in plan.mail}


def _make_share(share: Iterable[Wanted], state: Path, intermediate: tuple[bytes, bytes], now: datetime) -> None:
    """Make some of the certificates; runs in a process of its own."""
    key = serialization.load_pem_private_key(intermediate[1], password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the intermediate has an elliptic-curve key")
    authority = _Authority(x509.load_pem_x509_certificate(intermediate[0]), key)
    for host, kind in share:
        certificate_file(state, host, kind).write_bytes(_leaf(host, kind, authority, intermediate[0], now))


def _leaf(host: str, kind: Certificate, authority: _Authority, chain: bytes, now: datetime) -> bytes:
    """Make the key and chain of one host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = "other-name.example" if kind is Certificate.WRONG_NAME else host
    begins, ends = (now - 60 * _DAY, now - _DAY) if kind is Certificate.EXPIRED else (now - _DAY, now + 60 * _DAY)
    subject = _name(name[:64])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if kind is Certificate.SELF_SIGNED else authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_LEAF_USAGE, critical=True)
    )
    signer = key if kind is Certificate.SELF_SIGNED else authority.key
    signed = _with_identifiers(builder, key, signer).sign(signer, hashes.SHA256())
    sends_chain = kind not in {Certificate.SELF_SIGNED, Certificate.INCOMPLETE_CHAIN}
    return _key_pem(key) + _pem(signed) + (chain if sends_chain else b"")


def _authority(name: str, issuer: _Authority | None, now: datetime) -> _Authority:
    """Make a root (without issuer) or an intermediate."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.certificate.subject if issuer else _name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 90 * _DAY)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None if issuer is None else 0), critical=True)
        .add_extension(_AUTHORITY_USAGE, critical=True)
    )
    signer = issuer.key if issuer else key
    return _Authority(_with_identifiers(builder, key, signer).sign(signer, hashes.SHA256()), key)


def _with_identifiers(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    """Name the keys of the certificate and of its signer: strict clients ask for both (RFC 5280, 4.2.1.1 and 4.2.1.2)."""
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(own, critical=False).add_extension(signers, critical=False)


def _name(common_name: str) -> x509.Name:
    """Make a distinguished name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    """Write a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Write a private key as PEM."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
