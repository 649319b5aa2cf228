# SPDX-License-Identifier: EUPL-1.2
"""A real RPKI for the lab: a trust anchor, an authority and its ROAs, validated by rpki-client; and the routes as RIS would show them.

The repository is laid where rpki-client keeps what it has fetched, so that it validates without a network.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, collapse_addresses, ip_network
from itertools import groupby
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from lab import der
from lab.plan import Plan
from lab.routing import Announcement, Prefix, Roa, announcements, expired_roas, roas

_ROOT = "rsync://rpki.meetlat-lab.example/repo"
_CACHE = Path("rpki.meetlat-lab.example", "repo")
_ALL: tuple[Prefix, ...] = (ip_network("198.18.0.0/15"), ip_network("2001:db8::/32"))
_ORIGINS = (0, 65534)  # the AS numbers that the authorities may speak of
_AHEAD, _BACK = timedelta(days=5), timedelta(hours=1)
_SECONDS = 60
_EXTENSIONS = {"policies": "2.5.29.32", "addresses": "1.3.6.1.5.5.7.1.7", "as-numbers": "1.3.6.1.5.5.7.1.8"}
_PLACES = {"repository": "1.3.6.1.5.5.7.48.5", "manifest": "1.3.6.1.5.5.7.48.10", "object": "1.3.6.1.5.5.7.48.11"}
_ISSUER = "1.3.6.1.5.5.7.48.2"
_POLICY = "1.3.6.1.5.5.7.14.2"  # of RFC 6484
_SHA256, _RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"
_SIGNED_DATA, _CONTENT_TYPE = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.3"
_DIGEST, _SIGNING_TIME = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
_MANIFEST, _ROA = "1.2.840.113549.1.9.16.1.26", "1.2.840.113549.1.9.16.1.24"


class NotValidatedError(RuntimeError):
    """rpki-client does not find in our repository what is in it; the message says what it does."""


@dataclass(frozen=True, slots=True)
class _Authority:
    """A name that signs: its key, and the folder of the repository in which it publishes."""

    name: str
    key: rsa.RSAPrivateKey
    folder: str
    certificate: str  # the URI at which its own certificate stands

    @property
    def place(self) -> str:
        """The URI of its folder."""
        return f"{_ROOT}/{self.folder}"


def write(plan: Plan, state: Path, now: datetime) -> None:
    """Write the repository and the routes, and have rpki-client say which VRPs follow. Raises NotValidatedError."""
    folder = state / "rpki"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    asked = roas(plan)
    _write_repository(folder, asked, expired_roas(plan), now)
    found = _validated(folder)
    if found != (wanted := {(roa.origin, str(roa.prefix), roa.max_length) for roa in asked}):
        raise NotValidatedError(f"rpki-client finds {len(found)} VRPs for {len(wanted)} ROAs; see {folder / 'rpki-client.log'}")
    for version, name in ((4, "IPv4"), (6, "IPv6")):
        lines = [_dumped(one) for one in announcements(plan) if one.prefix.version == version]
        dump = folder / f"riswhoisdump.{name}"
        dump.write_text("% Routes of the lab: origin, prefix, peers\n\n" + "".join(lines), encoding="ascii")
        os.utime(dump, (now.timestamp(), now.timestamp()))  # which tells how old the routes are


def network_lines(state: Path) -> str:
    """Return the lines of the network file that name what ``write`` made."""
    dumps = ", ".join(f'"{state / "rpki" / f"riswhoisdump.{name}"}"' for name in ("IPv4", "IPv6"))
    return f'vrps = "{state / "rpki" / "out" / "json"}"\nroutes = [{dumps}]\n'


def _dumped(route: Announcement) -> str:
    """Write a route as the dumps of RIS do."""
    return f"{route.origin}\t{route.prefix}\t{route.peers}\n"


def _validated(folder: Path) -> set[tuple[int, str, int]]:
    """Run rpki-client on the repository, and read the VRPs that it finds."""
    # As another user in a namespace of its own: as root it would become the user that Debian made for it, and not reach our files.
    nobody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    told = ["rpki-client", "-n", "-j", "-v", "-t", str(folder / "lab.tal"), "-d", str(folder / "cache"), str(folder / "out")]
    done = subprocess.run([*nobody, *told], capture_output=True, text=True, timeout=_SECONDS, check=False)
    (folder / "rpki-client.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    try:
        data = json.loads((folder / "out" / "json").read_text(encoding="utf-8"))
    except OSError as error:
        raise NotValidatedError(f"rpki-client ended with {done.returncode}: {done.stderr.strip()[-300:]}") from error
    return {(int(one["asn"]), one["prefix"], int(one["maxLength"])) for one in data["roas"]}


def _write_repository(folder: Path, asked: Sequence[Roa], expired: Sequence[Roa], now: datetime) -> None:
    """Write the trust anchor, what it publishes (one authority), and what that publishes (the ROAs)."""
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(3)]
    anchor = _Authority("meetlat-lab-ta", keys[0], "ta", f"{_ROOT}/ta.cer")
    authority = _Authority("meetlat-lab-ca", keys[1], "ca", f"{_ROOT}/ta/ca.cer")
    own = _certificate(anchor, anchor, now)
    (folder / "cache" / "ta" / "lab").mkdir(parents=True)
    (folder / "cache" / "ta" / "lab" / "ta.cer").write_bytes(own)
    spki = anchor.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "lab.tal").write_text(f"{anchor.certificate}\n\n{base64.b64encode(spki).decode()}\n", encoding="ascii")
    signer = _Signer(keys[2], now)
    published = {"ca.cer": _certificate(authority, anchor, now)}
    signer.publish(folder / "cache" / _CACHE, anchor, published)
    old = _Signer(keys[2], now - 2 * _AHEAD)
    signed = {name: signer.roa(name, authority, each) for name, each in _by_origin("as", asked)}
    signed |= {name: old.roa(name, authority, each) for name, each in _by_origin("expired-as", expired)}
    signer.publish(folder / "cache" / _CACHE, authority, signed)


def _by_origin(begins: str, each: Iterable[Roa]) -> Iterator[tuple[str, list[Roa]]]:
    """Put together what stands in one file: a ROA speaks of one AS."""
    for origin, of_one in groupby(each, key=lambda roa: roa.origin):
        yield f"{begins}{origin}.roa", list(of_one)


def _certificate(of: _Authority, by: _Authority, now: datetime) -> bytes:
    """Make the certificate of an authority (RFC 6487, 4): all the address space of the lab, and every origin."""
    places = {"repository": f"{of.place}/", "manifest": f"{of.place}/{of.folder}.mft"}
    builder = _begun(of.name, of.key, by, now, places)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    numbers = der.sequence(der.context(0, der.sequence(der.sequence(*map(der.integer, _ORIGINS)))))
    builder = builder.add_extension(_raw("addresses", _addresses(_ALL)), critical=True)
    builder = builder.add_extension(_raw("as-numbers", numbers), critical=True)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _begun(name: str, key: rsa.RSAPrivateKey, by: _Authority, now: datetime, places: dict[str, str]) -> x509.CertificateBuilder:
    """Begin a certificate with what all of them have; a trust anchor does not say who issued it."""
    descriptions = [_description(_PLACES[kind], uri) for kind, uri in places.items()]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by.name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACK)
        .not_valid_after(now + _AHEAD)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectInformationAccess(descriptions), critical=False)
        .add_extension(_raw("policies", der.sequence(der.sequence(der.identifier(_POLICY)))), critical=True)
    )
    if key is by.key:
        return builder
    revoked = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{by.place}/{by.folder}.crl")], None, None, None)
    return (
        builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
        .add_extension(x509.AuthorityInformationAccess([_description(_ISSUER, by.certificate)]), critical=False)
        .add_extension(x509.CRLDistributionPoints([revoked]), critical=False)
    )


@dataclass(frozen=True, slots=True)
class _Signer:
    """Makes signed objects, all with one key, which a certificate per object vouches for."""

    key: rsa.RSAPrivateKey
    now: datetime

    def publish(self, cache: Path, by: _Authority, files: dict[str, bytes]) -> None:
        """Write the files of an authority, with its CRL and the manifest that lists them all."""
        folder = cache / by.folder
        folder.mkdir(parents=True)
        listed = {f"{by.folder}.crl": self._revocations(by), **files}
        name = f"{by.folder}.mft"
        for each, content in {**listed, name: self._manifest(name, by, listed)}.items():
            (folder / each).write_bytes(content)

    def roa(self, name: str, by: _Authority, each: Sequence[Roa]) -> bytes:
        """Make a ROA for one AS (RFC 6482, 3)."""
        families = []
        for version in (4, 6):
            lines = [der.sequence(der.prefix(roa.prefix), der.integer(roa.max_length)) for roa in each if roa.prefix.version == version]
            if lines:
                families.append(der.sequence(_family(version), der.sequence(*lines)))
        content = der.sequence(der.integer(each[0].origin), der.sequence(*families))
        prefixes = _addresses([roa.prefix for roa in each])
        return self._signed(_ROA, content, self._certificate(name, by, [("addresses", prefixes)]))

    def _manifest(self, name: str, by: _Authority, listed: dict[str, bytes]) -> bytes:
        """Make the manifest of an authority (RFC 6486, 4.2); its certificate inherits all resources."""
        files = [der.sequence(der.ia5(each), der.bits(hashlib.sha256(content).digest())) for each, content in sorted(listed.items())]
        times = (der.generalized_time(self.now - _BACK), der.generalized_time(self.now + _AHEAD))
        content = der.sequence(der.integer(1), *times, der.identifier(_SHA256), der.sequence(*files))
        every = der.sequence(*(der.sequence(_family(version), der.null()) for version in (4, 6)))
        resources = [("addresses", every), ("as-numbers", der.sequence(der.context(0, der.null())))]
        return self._signed(_MANIFEST, content, self._certificate(name, by, resources))

    def _revocations(self, by: _Authority) -> bytes:
        """Make the CRL of an authority, which revokes nothing."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(_name(by.name))
        builder = builder.last_update(self.now - _BACK).next_update(self.now + _AHEAD)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
        builder = builder.add_extension(x509.CRLNumber(1), critical=False)
        return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _certificate(self, name: str, by: _Authority, resources: Iterable[tuple[str, bytes]]) -> bytes:
        """Make the certificate of one signed object."""
        builder = _begun(name.replace(".", "-"), self.key, by, self.now, {"object": f"{by.place}/{name}"})
        builder = builder.add_extension(_usage("digital_signature"), critical=True)
        for kind, value in resources:
            builder = builder.add_extension(_raw(kind, value), critical=True)
        return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _signed(self, kind: str, content: bytes, certificate: bytes) -> bytes:
        """Sign a content (RFC 6488, 2)."""
        attributes = (
            _attribute(_CONTENT_TYPE, der.identifier(kind)),
            _attribute(_SIGNING_TIME, der.utc_time(self.now)),
            _attribute(_DIGEST, der.octets(hashlib.sha256(content).digest())),
        )
        signature = self.key.sign(der.set_of(*attributes), padding.PKCS1v15(), hashes.SHA256())
        digest = der.sequence(der.identifier(_SHA256))
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest
        signer = der.sequence(
            der.integer(3),
            der.element(0x80, identifier),
            digest,
            der.context(0, *sorted(attributes)),
            der.sequence(der.identifier(_RSA), der.null()),
            der.octets(signature),
        )
        data = der.sequence(
            der.integer(3),
            der.set_of(digest),
            der.sequence(der.identifier(kind), der.context(0, der.octets(content))),
            der.context(0, certificate),
            der.set_of(signer),
        )
        return der.sequence(der.identifier(_SIGNED_DATA), der.context(0, data))


def _attribute(kind: str, value: bytes) -> bytes:
    """Write an attribute of a signer."""
    return der.sequence(der.identifier(kind), der.set_of(value))


def _addresses(prefixes: Iterable[Prefix]) -> bytes:
    """Write address space as an extension does (RFC 3779, 2.2.3): per family, in order, neighbours joined."""
    prefixes = list(prefixes)
    four = collapse_addresses([one for one in prefixes if isinstance(one, IPv4Network)])
    six = collapse_addresses([one for one in prefixes if not isinstance(one, IPv4Network)])
    families = [(4, [der.prefix(one) for one in four]), (6, [der.prefix(one) for one in six])]
    return der.sequence(*(der.sequence(_family(version), der.sequence(*each)) for version, each in families if each))


def _family(version: int) -> bytes:
    """Write an address family: the numbers of IANA are 1 and 2."""
    return der.octets(bytes([0, {4: 1, 6: 2}[version]]))


def _raw(kind: str, value: bytes) -> x509.UnrecognizedExtension:
    """Make an extension that the library has no class for."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(_EXTENSIONS[kind]), value)


def _description(kind: str, uri: str) -> x509.AccessDescription:
    """Say where something is to be found."""
    return x509.AccessDescription(x509.ObjectIdentifier(kind), x509.UniformResourceIdentifier(uri))


def _name(text: str) -> x509.Name:
    """Make a name, of a type that RFC 6487, 4.4 prescribes and the library would not choose by itself."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _ASN1Type.PrintableString)])


def _usage(*uses: str) -> x509.KeyUsage:
    """Make the extension that says what a key is for."""
    ciphering = ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"]
    every = ["digital_signature", "content_commitment", "key_cert_sign", "crl_sign", *ciphering]
    return x509.KeyUsage(**{use: use in uses for use in every})
