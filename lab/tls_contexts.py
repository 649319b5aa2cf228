# SPDX-License-Identifier: EUPL-1.2
"""What the lab's own servers accept in TLS, in the terms of OpenSSL, by the name of a profile."""

import ssl
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.plan import MailTls

_V10, _V12, _V13 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
_AEAD = "ECDHE+AESGCM:ECDHE+CHACHA20"
# RFC 2409, 6.2: the second Oakley group, of 1024 bits.
_DH_1024 = """\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""
# The parts that Python's ssl cannot set per context hold for the whole process: only what both norms find good enough, so no FFDHE in
# TLS 1.3, and neither SHA-1 nor SHA-224 in signatures.
_CONFIGURATION = """\
openssl_conf = all
[all]
ssl_conf = parts
[parts]
system_default = servers
[servers]
Groups = x25519:secp256r1:x448:secp384r1
SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512
"""
# Some 35 kB each in use. Making one takes longer than all the rest of a session, so every host of a full lab should fit.
_MOST_CONTEXTS = 4096


@dataclass(frozen=True, slots=True)
class Profile:
    """Versions, cipher suites below TLS 1.3 (best first), and DH parameters of a server."""

    lowest: ssl.TLSVersion = _V12
    highest: ssl.TLSVersion = _V13
    ciphers: str = _AEAD
    dh: str = ""


PROFILES: Mapping[MailTls, Profile] = {
    MailTls.GOOD: Profile(),
    MailTls.WITH_OLD_VERSIONS: Profile(_V10, ciphers=f"{_AEAD}:ECDHE+AES+SHA1:@SECLEVEL=0"),
    MailTls.TLS_1_0_ONLY: Profile(_V10, _V10, "ECDHE+AES+SHA1:@SECLEVEL=0"),
    MailTls.WITH_RSA_KEY_EXCHANGE: Profile(ciphers=f"{_AEAD}:kRSA+AESGCM"),
    MailTls.CBC_ONLY: Profile(highest=_V12, ciphers="ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256"),
    MailTls.WITH_WEAK_DH: Profile(ciphers=f"{_AEAD}:DHE+AESGCM:@SECLEVEL=0", dh=_DH_1024),
    MailTls.OLD: Profile(_V10, _V12, "AES256-SHA:AES128-SHA:@SECLEVEL=0"),
    MailTls.WEAK_KEY: Profile(ciphers=f"{_AEAD}:@SECLEVEL=0"),
}


def write_configuration(state: Path) -> None:
    """Write the part that holds for a whole process."""
    _configuration_file(state).write_text(_CONFIGURATION, encoding="ascii")


def _configuration_file(state: Path) -> Path:
    """Return where that part stands."""
    return state / "openssl-servers.cnf"


def environment(state: Path) -> tuple[tuple[str, str], ...]:
    """Return the environment that makes OpenSSL read that part."""
    return (("OPENSSL_CONF", str(_configuration_file(state))),)


def context(certificate: Path, profile: MailTls = MailTls.GOOD) -> ssl.SSLContext:
    """Make the context of a server that shows a certificate and accepts what a profile says."""
    said = PROFILES[profile]
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version, made.maximum_version = said.lowest, said.highest
    made.set_ciphers(said.ciphers)
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.load_cert_chain(certificate)
    if said.dh:
        _load_dh(made, said.dh, certificate)
    made.num_tickets = 0  # nobody resumes, and making tickets takes time
    return made


def _load_dh(made: ssl.SSLContext, parameters: str, certificate: Path) -> None:
    """Give a context DH parameters, which it reads from a file only."""
    file = certificate.with_suffix(".dh")
    file.write_text(parameters, encoding="ascii")
    made.load_dh_params(str(file))


class Contexts:
    """Contexts per certificate and profile, made when first needed; the least recently used ones go first."""

    def __init__(self, most: int = _MOST_CONTEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Path, MailTls], ssl.SSLContext] = OrderedDict()

    def of(self, certificate: Path, profile: MailTls = MailTls.GOOD) -> ssl.SSLContext:
        """Return the context for a certificate and a profile."""
        made = self._kept.get((certificate, profile))
        if made is None:
            made = self._kept[certificate, profile] = context(certificate, profile)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end((certificate, profile))
        return made
