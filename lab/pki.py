# SPDX-License-Identifier: EUPL-1.2
"""The lab's certificate authority: a root, intermediates, and a certificate of the intended kind for every TLS host."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from zlib import crc32

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from lab.plan import Certificate, Plan, Staple
from lab.sha1 import signed_with_sha1

_DAY = timedelta(days=1)
_SHARE = 200  # certificates a process makes at a time
_LARGEST_POOL = 4  # RSA keys of one length: they take time to make, so hosts share them
_OCSP = "http://ocsp.lab-ca.example/"
_EVER = timedelta(days=90)
Wanted = tuple[str, Certificate, Staple]
SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Key = SigningKey | ed25519.Ed25519PrivateKey
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"p-224": ec.SECP224R1, "p-256": ec.SECP256R1, "p-384": ec.SECP384R1}


@dataclass(frozen=True, slots=True)
class _Making:
    """How a kind of certificate is made; by itself that of a good one."""

    key: str = "p-256"
    names: str = "{host}"
    days: tuple[int, int] = (-1, 60)
    issuer: str = "intermediate"  # empty: itself
    sends: tuple[str, ...] = ("intermediate",)
    with_sha1: bool = False
    names_ocsp: bool = False


_KINDS: Mapping[Certificate, _Making] = {
    Certificate.GOOD: _Making(),
    Certificate.SELF_SIGNED: _Making(issuer="", sends=()),
    Certificate.EXPIRED: _Making(days=(-60, -1)),
    Certificate.NOT_YET_VALID: _Making(days=(10, 60)),
    Certificate.WRONG_NAME: _Making(names="other-name.example"),
    Certificate.INCOMPLETE_CHAIN: _Making(sends=()),
    Certificate.UNORDERED_CHAIN: _Making(issuer="lower", sends=("upper", "lower")),
    Certificate.WITH_ROOT: _Making(sends=("intermediate", "root-sha-1")),
    Certificate.WILDCARD: _Making(names="*.{parent}"),
    Certificate.WILDCARD_BELOW: _Making(names="*.{host}"),
    Certificate.NAMES_OCSP: _Making(names_ocsp=True),
    Certificate.RSA_3072: _Making("rsa-3072"),
    Certificate.RSA_2048: _Making("rsa-2048"),
    Certificate.RSA_1024: _Making("rsa-1024"),
    Certificate.P384: _Making("p-384"),
    Certificate.P224: _Making("p-224"),
    Certificate.ED25519: _Making("ed25519"),
    Certificate.SHA1: _Making(with_sha1=True),
    Certificate.SHA1_INTERMEDIATE: _Making(issuer="sha-1", sends=("sha-1",)),
    Certificate.RSA_PSS: _Making(issuer="rsa-3072", sends=("rsa-3072",)),
    Certificate.RSA_2048_INTERMEDIATE: _Making(issuer="rsa-2048", sends=("rsa-2048",)),
}
# Beside root and intermediate, made when a certificate wants them: by whom they are signed, their key, and how many may follow.
_MORE_AUTHORITIES: Mapping[str, tuple[str, str, int]] = {
    "upper": ("root", "p-256", 1),
    "lower": ("upper", "p-256", 0),
    "sha-1": ("root", "p-256", 0),
    "rsa-2048": ("root", "rsa-2048", 0),
    "rsa-3072": ("root", "rsa-3072", 0),
}


def _usage(*uses: str) -> x509.KeyUsage:
    """Make the extension that says what a key is for."""
    ciphering = ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"]
    every = ["digital_signature", "content_commitment", "key_cert_sign", "crl_sign", *ciphering]
    return x509.KeyUsage(**{use: use in uses for use in every})


_LEAF_USAGE = _usage("digital_signature")
_RSA_USAGE = _usage("digital_signature", "key_encipherment")  # RSA can exchange keys without signing
_AUTHORITY_USAGE = _usage("key_cert_sign", "crl_sign")


@dataclass(frozen=True, slots=True)
class _Authority:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: SigningKey


@dataclass(slots=True)
class _Workshop:
    """Everything that certificates are made with: authorities by name, and RSA keys by their kind. PEM, to pass to other processes."""

    now: datetime
    keys: dict[str, list[bytes]] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    signers: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, authority: _Authority) -> None:
        """Keep an authority."""
        self.sent[name] = _pem(authority.certificate)
        self.signers[name] = _key_pem(authority.key)

    def authority(self, name: str) -> _Authority:
        """Return an authority."""
        return _Authority(x509.load_pem_x509_certificate(self.sent[name]), _signing_key(self.signers[name]))


def certificate_file(state: Path, host: str, kind: Certificate) -> Path:
    """Return where the key and chain of a host stand."""
    return state / "tls" / f"{host}.{kind.value}.pem"


def staple_file(state: Path, host: str, kind: Certificate, staple: Staple) -> Path:
    """Return where the OCSP response (DER) for a certificate stands."""
    return state / "tls" / f"{host}.{kind.value}.{staple.value}.ocsp"


def write(plan: Plan, state: Path, now: datetime) -> None:
    """Write the root as state/ca.pem, and for every TLS host state/tls/HOST.KIND.pem: its key, then the chain it sends."""
    (state / "tls").mkdir(parents=True, exist_ok=True)
    wanted = sorted(_wanted(plan), key=lambda one: (one[0], one[1].value, one[2].value))
    workshop = _workshop(Counter(kind for _, kind, _ in wanted), now)
    (state / "ca.pem").write_bytes(workshop.sent["root"])
    (state / "intermediate.pem").write_bytes(workshop.sent["intermediate"])
    shares = [wanted[start : start + _SHARE] for start in range(0, len(wanted), _SHARE)]
    if len(shares) <= 1:
        for share in shares:
            _make_share(share, state, workshop)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_make_share, shares, repeat(state), repeat(workshop)))


def _wanted(plan: Plan) -> set[Wanted]:
    """List which certificates the plan needs, with the OCSP response for each."""
    secure = [listener for listener in plan.web if listener.certificate is not None]
    wanted = {(one.host, one.certificate, one.tls.staple) for one in secure if one.certificate is not None}
    wanted |= {(one.host, one.tls.also, Staple.NONE) for one in secure if one.tls.also is not None}
    return wanted | {(server.host, server.certificate, Staple.NONE) for server in plan.mail}


def _workshop(counts: Mapping[Certificate, int], now: datetime) -> _Workshop:
    """Make the keys and authorities that certificates of these kinds need."""
    made = _Workshop(now)
    names = {name for kind in counts for name in (_KINDS[kind].issuer, *_KINDS[kind].sends)}
    for kind in sorted({_KINDS[one].key for one in counts} | (names & {"rsa-2048", "rsa-3072"})):
        if kind.startswith("rsa"):
            hosts = sum(count for one, count in counts.items() if _KINDS[one].key == kind)
            size = min(_LARGEST_POOL, 1 + hosts // 8)
            made.keys[kind] = [_key_pem(rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))) for _ in range(size)]
    root = _authority("Meetlat Lab Root", None, ec.generate_private_key(ec.SECP256R1()), None, now)
    made.add("root", root)
    made.sent["root-sha-1"] = signed_with_sha1(root.certificate, root.key)
    made.add("intermediate", _authority("Meetlat Lab Intermediate", root, ec.generate_private_key(ec.SECP256R1()), 0, now))
    for name, (issuer, key, depth) in _MORE_AUTHORITIES.items():
        if name in names or (name == "upper" and "lower" in names):
            own = _signing_key(made.keys[key][0]) if key in made.keys else ec.generate_private_key(ec.SECP256R1())
            made.add(name, _authority(f"Meetlat Lab {name}", made.authority(issuer), own, depth, now))
    if "sha-1" in made.sent:
        made.sent["sha-1"] = signed_with_sha1(made.authority("sha-1").certificate, root.key)
    return made


def _make_share(share: Iterable[Wanted], state: Path, workshop: _Workshop) -> None:
    """Make some of the certificates; runs in a process of its own."""
    authorities = {name: workshop.authority(name) for name in workshop.signers}
    for host, kind, staple in share:
        making = _KINDS[kind]
        key = _key(making.key, host, workshop)
        issuer = authorities.get(making.issuer)
        leaf = _leaf(host, key, making, issuer, workshop.now)
        sent = leaf if not (making.with_sha1 and issuer) else signed_with_sha1(x509.load_pem_x509_certificate(leaf), issuer.key)
        chain = b"".join(workshop.sent[name] for name in making.sends)
        certificate_file(state, host, kind).write_bytes(_key_pem(key) + sent + chain)
        if staple is not Staple.NONE and issuer:
            told = _leaf("other-name.example", key, making, issuer, workshop.now) if staple is Staple.OF_ANOTHER else sent
            response = _response(x509.load_pem_x509_certificate(told), issuer, staple, workshop.now)
            staple_file(state, host, kind, staple).write_bytes(response)


def _leaf(host: str, key: Key, making: _Making, issuer: _Authority | None, now: datetime) -> bytes:
    """Make the certificate of one host, as PEM."""
    name = making.names.format(host=host, parent=host.partition(".")[2])
    begins, ends = (now + days * _DAY for days in making.days)
    subject = _name(name[:64])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_RSA_USAGE if isinstance(key, rsa.RSAPrivateKey) else _LEAF_USAGE, critical=True)
    )
    if making.names_ocsp:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(_OCSP))
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    signer = issuer.key if issuer else key
    builder = _with_identifiers(builder, key, signer)
    if isinstance(signer, rsa.RSAPrivateKey) and making.issuer == "rsa-3072":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return _pem(builder.sign(signer, hashes.SHA256(), rsa_padding=pss))
    return _pem(builder.sign(signer, hashes.SHA256()))


def _response(certificate: x509.Certificate, issuer: _Authority, staple: Staple, now: datetime) -> bytes:
    """Make the OCSP response for a certificate, as DER."""
    begins, ends = (now - 10 * _DAY, now - 3 * _DAY) if staple is Staple.EXPIRED else (now - _DAY, now + 6 * _DAY)
    is_revoked = staple is Staple.REVOKED
    status = ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD
    revoked = now - 2 * _DAY if is_revoked else None
    by = hashes.SHA1()  # noqa: S303 - so OCSP clients name a certificate
    told = ocsp.OCSPResponseBuilder().add_response(certificate, issuer.certificate, by, status, begins, ends, revoked, None)
    signed = told.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate).sign(issuer.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _key(kind: str, host: str, workshop: _Workshop) -> Key:
    """Make a key, or take an RSA key from the pool: the same for a host each time."""
    if pool := workshop.keys.get(kind):
        return _signing_key(pool[crc32(host.encode()) % len(pool)])
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(_CURVES[kind]())


def _signing_key(pem: bytes) -> SigningKey:
    """Read a key that can sign certificates. It is our own, so it need not be proved an RSA key each time, which is slow."""
    key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("authorities have elliptic-curve or RSA keys")
    return key


def _authority(name: str, issuer: _Authority | None, key: SigningKey, depth: int | None, now: datetime) -> _Authority:
    """Make a root (without issuer) or an intermediate."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.certificate.subject if issuer else _name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EVER)
        .not_valid_after(now + _EVER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(_AUTHORITY_USAGE, critical=True)
    )
    signer = issuer.key if issuer else key
    return _Authority(_with_identifiers(builder, key, signer).sign(signer, hashes.SHA256()), key)


def _with_identifiers(builder: x509.CertificateBuilder, key: Key, signer: Key) -> x509.CertificateBuilder:
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


def _key_pem(key: Key) -> bytes:
    """Write a private key as PEM."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
