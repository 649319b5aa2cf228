# SPDX-License-Identifier: EUPL-1.2
"""What openssl, and older and newer clients, see of the TLS of websites: the property behind each profile's name, and the certificates."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography import x509

from lab.clients import Check, Ran, bracketed, liberally, ran
from lab.legacy_tls import SERVERS
from lab.pki import certificate_file
from lab.plan import GOOD_TLS, Certificate, Plan, WebListener, WebServer
from lab.scope import Scope
from lab.verify_tls import outcome

_SECONDS = 6.0
_CLIENT_SECONDS = 30.0
_MOST_ALIKE = 3  # of a profile with many hosts, so many are looked at
_CERTIFICATE = re.compile(r"a:PKEY: ([\w-]+), (\d+) \(bit\); sigalg: ([\w-]+)")
_VERIFIED = re.compile(r"^\s*Verify return code: (\d+)", re.MULTILINE)

_AEAD_1_3, _AEAD, _RSA_AEAD = "TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"
_BAD_VERSION, _FAILURE = "alert 70", "alert 40"
_1_2 = "-no_tls1_3"


def _shown(pattern: str) -> Callable[[Ran], str]:
    """Make what reads one thing that openssl says, or how the handshake ended when it does not say that."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda told: found[1] if (found := compiled.search(told.out)) else outcome(told)


_SUITE = outcome
_GROUP = _shown(r"^Server Temp Key: ([\w]+(?:, [\w-]+)?)")
_HASH = _shown(r"^Peer signing digest: (\w+)")
_MASTER_SECRET = _shown(r"^\s*Extended master secret: (\w+)")
_EARLY = _shown(r"Max Early Data: (\d+)")
_RENEGOTIATION = _shown(r"^Secure Renegotiation (IS(?: NOT)?) supported")
_KEY = _shown(r"^\s*a:PKEY: id-ecPublicKey, (\d+)")


@dataclass(frozen=True, slots=True)
class Look:
    """The words for openssl, how to read its answer, and what that should be."""

    words: str
    read: Callable[[Ran], str]
    promised: str


def _group(words: str, promised: str) -> Look:
    """Look whether a group is taken."""
    return Look(f"{_1_2} -curves {words}", _GROUP, promised)


_NOT_OLD = Look("-tls1_1", _SUITE, _BAD_VERSION)
_FITS = Look("", _SUITE, _AEAD_1_3)
_NOT_CBC = Look(f"{_1_2} -cipher ECDHE+AES+SHA256:ECDHE+AES+SHA384:ECDHE+AES+SHA1", _SUITE, _FAILURE)
_NOT_SHA1 = Look(f"{_1_2} -sigalgs ECDSA+SHA1:RSA+SHA1", _SUITE, _FAILURE)
_NOT_SHA224 = Look(f"{_1_2} -sigalgs ECDSA+SHA224:RSA+SHA224", _SUITE, _FAILURE)
_CBC_FIRST = f"{_1_2} -cipher ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
_DHE = f"{_1_2} -cipher DHE+AESGCM"
_RSA_ONLY = f"{_1_2} -cipher kRSA+AESGCM"
_RSA_FIRST = f"{_1_2} -cipher AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
_TICKET = "-tls1_3 -ign_eof"
_LOOKS: Mapping[str, tuple[Look, ...]] = {
    "good": (
        _FITS, _NOT_OLD, _NOT_CBC, _NOT_SHA1, _NOT_SHA224,
        Look(_1_2, _SUITE, _AEAD), Look(_1_2, _MASTER_SECRET, "yes"), Look(_1_2, _RENEGOTIATION, "IS"), Look("", _GROUP, "X25519, 253"),
        # Groups in TLS 1.3: below it the curve of the certificate has to be among them.
        Look("-tls1_3 -curves P-521:X448", _SUITE, _FAILURE), Look("-tls1_3 -curves ffdhe2048:ffdhe3072", _SUITE, _FAILURE),
        Look(_DHE, _SUITE, _FAILURE), Look(_RSA_ONLY, _SUITE, _FAILURE),
        Look("-status", _shown("^OCSP response: (.*)$"), "no response sent"),
    ),
    "1.2-only": (Look("", _SUITE, _AEAD), Look("-tls1_3", _SUITE, _BAD_VERSION), _NOT_OLD),
    "1.3-only": (_FITS, Look(_1_2, _SUITE, _BAD_VERSION)),
    "1.1-and-1.2": (Look("", _SUITE, _AEAD), Look("-tls1_1", _SUITE, "ECDHE-ECDSA-AES256-SHA"), Look("-tls1", _SUITE, _BAD_VERSION)),
    "with-old-versions": (_FITS, *(Look(old, _SUITE, "ECDHE-ECDSA-AES256-SHA") for old in ("-tls1", "-tls1_1"))),
    "1.0-only": (Look("", _SUITE, "ECDHE-ECDSA-AES256-SHA"), Look("-tls1_2", _SUITE, "unsupported protocol")),
    "intermediate": (
        _FITS, Look(_DHE, _GROUP, "DH, 3072"), Look(f"{_DHE}:{_RSA_AEAD}", _SUITE, _RSA_AEAD), Look(_RSA_ONLY, _SUITE, _FAILURE),
    ),
    "with-cbc": (Look(_CBC_FIRST, _SUITE, _AEAD), Look(f"{_1_2} -cipher ECDHE+AES+SHA256", _SUITE, "ECDHE-ECDSA-AES128-SHA256")),
    "client-order": (Look(_CBC_FIRST, _SUITE, "ECDHE-ECDSA-AES128-SHA256"), Look(_1_2, _SUITE, _AEAD)),
    "prefers-cbc": (Look(_CBC_FIRST, _SUITE, "ECDHE-ECDSA-AES128-SHA256"), Look(_1_2, _SUITE, "ECDHE-ECDSA-AES256-SHA384")),
    "with-rsa-key-exchange": (Look(_RSA_FIRST, _SUITE, _RSA_AEAD), Look(_RSA_ONLY, _SUITE, "AES256-GCM-SHA384")),
    "prefers-rsa-key-exchange": (Look(_RSA_FIRST, _SUITE, "AES128-GCM-SHA256"),),
    "ccm-8": (_FITS, Look("-tls1_3 -ciphersuites TLS_AES_128_CCM_8_SHA256", _SUITE, "TLS_AES_128_CCM_8_SHA256")),
    "untouched": (
        Look(f"{_1_2} -cipher ECDHE+AES+SHA1", _SUITE, "ECDHE-ECDSA-AES256-SHA"), Look("-tls1_3 -curves P-521", _GROUP, "ECDH, secp521r1"),
        Look(f"{_1_2} -sigalgs ECDSA+SHA224", _HASH, "SHA224"), _NOT_SHA1,
    ),
    "wide-open": (
        *(Look(f"{_1_2} -cipher {suite}:@SECLEVEL=0", _SUITE, suite) for suite in ("NULL-SHA256", "ADH-AES256-SHA", "AES256-SHA")),
        Look(_DHE, _GROUP, "DH, 2048"), Look("-tls1", _SUITE, "ECDHE-ECDSA-AES256-SHA"), Look(_TICKET, _EARLY, "16384"),
        _group("secp256k1", "ECDH, secp256k1"), Look(f"{_1_2} -sigalgs RSA+SHA1", _HASH, "SHA1"),
    ),
    "dh-1024": (_FITS, Look(_DHE, _GROUP, "DH, 1024")),
    "dh-2048": (_FITS, Look(_DHE, _GROUP, "DH, 2048")),
    "ffdhe2048": (_FITS, Look(_DHE, _GROUP, "DH, 2048"), Look("-tls1_3 -curves ffdhe2048", _SUITE, _FAILURE)),
    "secp224r1": (_FITS, _group("P-224", "ECDH, secp224r1")),
    "secp521r1": (_FITS, Look("-tls1_3 -curves P-521", _GROUP, "ECDH, secp521r1")),
    "brainpool": (_FITS, *(_group(one, f"ECDH, {one}") for one in ("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"))),
    "secp256k1": (_FITS, _group("secp256k1", "ECDH, secp256k1")),
    "sha1-signatures": (Look(f"{_1_2} -sigalgs ECDSA+SHA1", _HASH, "SHA1"), _NOT_SHA224, Look(_1_2, _HASH, "SHA256")),
    "sha224-signatures": (Look(f"{_1_2} -sigalgs ECDSA+SHA224", _HASH, "SHA224"), _NOT_SHA1),
    "tickets": (Look(_TICKET, _EARLY, "0"),),
    "early-data": (Look(_TICKET, _EARLY, "16384"),),
    "without-extended-master-secret": (Look(_1_2, _MASTER_SECRET, "no"), _FITS),
    "two-certificates": (Look(f"{_1_2} -cipher ECDHE+aRSA", _SUITE, _RSA_AEAD), Look(f"{_1_2} -cipher ECDHE+aECDSA", _SUITE, _AEAD)),
    "p224-certificate": (_FITS, Look(f"{_1_2} -cipher ECDHE+aECDSA -curves P-224:P-256", _KEY, "224")),
    "insecure-renegotiation": (Look(_1_2, _RENEGOTIATION, "IS NOT"), Look(_1_2, _MASTER_SECRET, "yes"), _NOT_OLD, _NOT_CBC),
    "client-renegotiation": (Look(_1_2, _RENEGOTIATION, "IS"), Look(_1_2, _MASTER_SECRET, "yes"), _NOT_OLD, _NOT_CBC),
    "post-quantum": (_FITS, _NOT_OLD, _NOT_CBC, Look("-tls1_3 -curves ffdhe2048:P-521", _SUITE, _FAILURE)),
}  # fmt: skip
_STAPLES = {"stapled": "good", "stapled-expired": "expired", "stapled-of-another": "of-another", "stapled-revoked": "revoked"}

# For clients that openssl is not: the version and suites to offer, and what is agreed.
_OLD_WORDS = ("version", "suite", "compression", "renegotiation", "key", "answer", "renegotiations")
_PAGE = "HTTP/1.1 200"
_OLD: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "good": (("TLSv1.2", "ECDHE", f"TLSv1.2, {_AEAD}, none, secure, 256 bits, {_PAGE}, 0"),),
    "ssl-3-only": (("SSLv3", "RC4-SHA", f"SSLv3, RC4-SHA, none, secure, none, {_PAGE}, 11"), ("TLSv1", "ALL", "")),
    "ssl-3-and-1.0": (
        ("SSLv3", "RC4-MD5", f"SSLv3, RC4-MD5, none, secure, none, {_PAGE}, 11"),
        ("TLSv1", "DES-CBC3-SHA", f"TLSv1, DES-CBC3-SHA, none, secure, none, {_PAGE}, 11"),
    ),
    "old-openssl": (
        ("TLSv1.2", "kEDH", f"TLSv1.2, DHE-RSA-AES256-GCM-SHA384, none, secure, 1024 bits, {_PAGE}, 11"),
        ("SSLv3", "ADH", f"SSLv3, ADH-AES256-SHA, none, secure, 1024 bits, {_PAGE}, 11"),
    ),
    "compression": (("TLSv1.2", "ALL", f"TLSv1.2, {_AEAD}, zlib compression, secure, 256 bits, {_PAGE}, 11"),),
    "old-good-suites": (
        ("TLSv1.2", "ALL", f"TLSv1.2, {_AEAD}, none, secure, 256 bits, {_PAGE}, 11"), ("TLSv1.1", "ALL", ""), ("TLSv1.2", "AES256-SHA", ""),
    ),
    "insecure-renegotiation": (("TLSv1.2", "ALL", f"TLSv1.2, {_AEAD}, none, insecure, 256 bits, {_PAGE}, 11"),),
    "client-renegotiation": (("TLSv1.2", "ALL", f"TLSv1.2, {_AEAD}, none, secure, 256 bits, {_PAGE}, 11"),),
}  # fmt: skip
_NEW: Mapping[str, str] = {"good": "x25519", "post-quantum": "X25519MLKEM768"}

_EC, _EC384, _SIGNED, _SIGNED_SHA1 = "id-ecPublicKey 256", "id-ecPublicKey 384", "ecdsa-with-SHA256", "ecdsa-with-SHA1"
_OK, _INTERMEDIATE = "0", f"{_EC} {_SIGNED}"
_GOOD_CERTIFICATES = f"{_OK}: {_EC} {_SIGNED}, {_INTERMEDIATE}"
# The number of X509_verify_cert, and of each certificate sent: its key and how it is signed.
_CERTIFICATES: Mapping[Certificate, str] = {
    Certificate.GOOD: _GOOD_CERTIFICATES,
    Certificate.SELF_SIGNED: f"18: {_EC} {_SIGNED}",
    Certificate.EXPIRED: f"10: {_EC} {_SIGNED}, {_INTERMEDIATE}",
    Certificate.NOT_YET_VALID: f"9: {_EC} {_SIGNED}, {_INTERMEDIATE}",
    Certificate.WRONG_NAME: f"62: {_EC} {_SIGNED}, {_INTERMEDIATE}",
    Certificate.INCOMPLETE_CHAIN: f"21: {_EC} {_SIGNED}",
    Certificate.UNORDERED_CHAIN: f"{_OK}: {_EC} {_SIGNED}, {_EC} {_SIGNED}, {_EC} {_SIGNED}",
    Certificate.WITH_ROOT: f"{_OK}: {_EC} {_SIGNED}, {_INTERMEDIATE}, {_EC} {_SIGNED_SHA1}",
    Certificate.WILDCARD: _GOOD_CERTIFICATES,
    Certificate.WILDCARD_BELOW: f"62: {_EC} {_SIGNED}, {_INTERMEDIATE}",
    Certificate.NAMES_OCSP: _GOOD_CERTIFICATES,
    Certificate.RSA_3072: f"{_OK}: rsaEncryption 3072 {_SIGNED}, {_INTERMEDIATE}",
    Certificate.RSA_2048: f"{_OK}: rsaEncryption 2048 {_SIGNED}, {_INTERMEDIATE}",
    Certificate.RSA_1024: f"{_OK}: rsaEncryption 1024 {_SIGNED}, {_INTERMEDIATE}",
    Certificate.P384: f"{_OK}: {_EC384} {_SIGNED}, {_INTERMEDIATE}",
    Certificate.ED25519: f"{_OK}: ED25519 256 {_SIGNED}, {_INTERMEDIATE}",
    Certificate.SHA1: f"{_OK}: {_EC} {_SIGNED_SHA1}, {_INTERMEDIATE}",
    Certificate.SHA1_INTERMEDIATE: f"{_OK}: {_EC} {_SIGNED}, {_EC} {_SIGNED_SHA1}",
    Certificate.RSA_PSS: f"{_OK}: {_EC} RSASSA-PSS, rsaEncryption 3072 {_SIGNED}",
    Certificate.RSA_2048_INTERMEDIATE: f"{_OK}: {_EC} RSA-SHA256, rsaEncryption 2048 {_SIGNED}",
}

KNOWN_PROFILES = frozenset({*_LOOKS, *_STAPLES, *_OLD, *_NEW})
KNOWN_CERTIFICATES = frozenset(_CERTIFICATES)


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:
    """Check the property of every profile, at the first hosts in scope that have it."""
    seen: Counter[str] = Counter()
    blocked = {(one.address, one.port) for one in plan.blocked}
    for listener in plan.web:
        is_ours = listener.server is WebServer.NGINX or listener.server in SERVERS
        if listener.certificate is None or not is_ours or not scope.covers(listener.host):
            continue
        if listener.tls is GOOD_TLS and listener.certificate is not Certificate.GOOD:
            continue
        seen[listener.tls.name] += 1
        if seen[listener.tls.name] > _MOST_ALIKE:
            continue
        for address in listener.addresses:
            if (address, listener.port) not in blocked:
                yield from _profile(listener, address, state)


def _profile(listener: WebListener, address: str, state: Path) -> Iterator[Check]:
    """Check one host at one address."""
    name, profile = f"{listener.host} {address}", listener.tls.name
    for look in _LOOKS.get(profile, ()):
        subject = f"{name} {look.words}".strip()
        yield Check("TLS of websites (openssl)", {subject: look.promised}, partial(_looked, subject, listener.host, address, look, state))
    if profile in _STAPLES:
        yield Check("OCSP staples (openssl)", {name: _STAPLES[profile]}, partial(_staple, name, listener, address, state))
    for version, suites, promised in _OLD.get(profile, ()):
        words = ("old", address, listener.host, version, suites)
        subject = f"{name} {version} {suites}"
        yield Check("TLS of websites (OpenSSL 1.0.2)", {subject: promised}, partial(_by_client, subject, words, _OLD_WORDS))
    if profile in _NEW:
        yield Check(
            "TLS of websites (OpenSSL 4)", {name: _NEW[profile]}, partial(_by_client, name, ("new", address, listener.host), ("group",))
        )


def _shake(host: str, address: str, words: str, state: Path) -> Ran:
    """Shake hands with openssl, that takes all it can. When it is to wait for what comes after the handshake, it asks for a page."""
    where = ("-connect", f"{bracketed(address)}:443", "-servername", host)
    said = f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode() if "-ign_eof" in words else b""
    return ran(*liberally(state), "openssl", "s_client", *where, *words.split(), seconds=_SECONDS, said=said)


def _looked(subject: str, host: str, address: str, look: Look, state: Path) -> Mapping[str, str]:
    """Look once."""
    return {subject: look.read(_shake(host, address, look.words, state))}


def _by_client(subject: str, words: tuple[str, ...], keys: tuple[str, ...]) -> Mapping[str, str]:
    """Look with a client of our own; it says nothing when there was no handshake."""
    told = ran("env", "-u", "OPENSSL_CONF", sys.executable, "-m", "lab.tls_client", *words, seconds=_CLIENT_SECONDS)
    seen = json.loads(told.out) if told.out else {}
    return {subject: ", ".join(str(seen[key]) for key in keys if key in seen)}


def _staple(name: str, listener: WebListener, address: str, state: Path) -> Mapping[str, str]:
    """Look at the stapled OCSP response."""
    told = _shake(listener.host, address, "-status", state).out
    status, serial = (re.search(pattern, told) for pattern in (r"Cert Status: (\w+)", r"Serial Number: (\w+)"))
    if status is None or serial is None or listener.certificate is None:
        return {name: "none"}
    chain = certificate_file(state, listener.host, listener.certificate).read_bytes()
    if int(serial[1], 16) != x509.load_pem_x509_certificate(chain).serial_number:
        return {name: "of-another"}
    ends = re.search(r"Next Update: (.*) GMT", told)
    if ends is None or ran("date", "--date", f"{ends[1]} UTC", "+%s", seconds=5).out < ran("date", "+%s", seconds=5).out:
        return {name: "expired"}
    return {name: status[1]}


def certificate(listener: WebListener, address: str, state: Path, words: tuple[str, ...]) -> Check:
    """Check which certificates a listener sends for its name, and what openssl makes of them."""
    subject = f"{listener.host} {address}"
    # Of two certificates openssl is shown the one on an elliptic curve that it likes.
    kind = Certificate.GOOD if listener.tls.also is Certificate.GOOD else listener.certificate
    promised = _CERTIFICATES.get(kind or Certificate.GOOD, "of a kind that is not known here")

    def look() -> Mapping[str, str]:
        where = ("-connect", f"{bracketed(address)}:{listener.port}", "-servername", listener.host, "-verify_hostname", listener.host)
        before = () if listener.server is WebServer.ODD_TLS else liberally(state)  # which may not bear a longer hello
        trust = ("-CAfile", str(state / "ca.pem"), "-auth_level", "0")
        told = ran(*before, "openssl", "s_client", *where, *trust, *words, seconds=25).out
        verified = _VERIFIED.search(told)
        sent = ", ".join(f"{kind} {bits} {signed}" for kind, bits, signed in _CERTIFICATE.findall(told))
        return {subject: f"{verified[1] if verified else 'none'}: {sent}"}

    return Check("web certificates (openssl)", {subject: promised}, look)
