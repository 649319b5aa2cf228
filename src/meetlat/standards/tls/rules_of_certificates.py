# SPDX-License-Identifier: EUPL-1.2
"""What the guidelines ask of the certificates that a server sends."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import cast

from meetlat.facts.certificates import Certificate
from meetlat.facts.names import names_host
from meetlat.facts.sent_chain import SentChain, sent_chains, without_chain
from meetlat.model.evidence import Cause, Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.tls.judged_servers import Server, judged
from meetlat.standards.tls.levels import Level, level, rsa_level

WEB_TRUSTED, MAIL_TRUSTED = "tls.web-certificate-is-trusted", "tls.mail-certificate-is-trusted"
WEB_NAMES, MAIL_NAMES = "tls.web-certificate-names-host", "tls.mail-certificate-names-host"
KEY_SUFFICIENT, KEY_CURRENT = "tls.certificate-key-is-sufficient", "tls.certificate-key-is-not-phased-out"
SIGNATURE_SUFFICIENT, SIGNATURE_CURRENT = "tls.certificate-signature-is-sufficient", "tls.certificate-signature-is-not-phased-out"

_REASONS = frozenset({"expired", "not-yet-valid", "self-signed", "unknown-issuer"})


def web_certificate_is_trusted(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 5280, 6: a path leads from the certificate of the website, through those sent, to a root of the bundle."""
    return judged(WEB_TRUSTED, target, seen, partial(_trust, WEB_TRUSTED, seen), Role.WEB)


def mail_certificate_is_trusted(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 5280, 6: as for websites; senders of mail rely on DANE instead (RFC 7672, 1.3), so it is a remark."""
    return judged(MAIL_TRUSTED, target, seen, partial(_trust, MAIL_TRUSTED, seen), Role.MAIL)


def _trust(rule: str, seen: Evidence, server: Server) -> Finding:
    """Judge the paths that were looked for when the chains were sent: every chain must have one."""
    observation = seen.get(server.need)
    told = observation.answer.get("trust") if observation and observation.answer else None
    paths = [one for one in cast("Sequence[object]", told or ()) if isinstance(one, Mapping)]
    chains = sent_chains(server.need, seen)
    if not chains:
        return without_chain(rule, server.address, seen, server.need)
    if len(paths) < len(chains):
        arguments = {"host": server.name, "address": server.address}
        return Finding(rule, server.address, Status.UNDETERMINED, (server.need,), "no-bundle", arguments, Cause.OURS)
    for path in paths:
        if path.get("trusted") is not True:
            reason = str(path.get("reason"))
            shown = chains[0].certificates[0].subject
            return server.finding(
                rule, Status.VIOLATED, reason if reason in _REASONS else "other", subject=shown, detail=str(path.get("detail"))
            )
    return server.finding(rule, Status.SATISFIED)


def web_certificate_names_host(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 9525, 6: the certificate of the website holds its name."""
    return judged(WEB_NAMES, target, seen, partial(_names, WEB_NAMES, seen), Role.WEB)


def mail_certificate_names_host(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 9525, 6: the certificate of the mail host holds its name; a remark, as for trust."""
    return judged(MAIL_NAMES, target, seen, partial(_names, MAIL_NAMES, seen), Role.MAIL)


def _names(rule: str, seen: Evidence, server: Server) -> Finding:
    """Judge the names in the first certificate of each chain."""
    chains = sent_chains(server.need, seen)
    if not chains:
        return without_chain(rule, server.address, seen, server.need)
    for chain in chains:
        presented = chain.certificates[0].dns_names
        if presented is None:
            return server.unknown(rule)
        if not names_host(presented, server.name):
            shown = ", ".join(presented[:5]) + (" …" if len(presented) > 5 else "")
            return server.finding(rule, Status.VIOLATED, "other-name" if presented else "no-name", names=shown)
    return server.finding(rule, Status.SATISFIED)


def certificate_key_is_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, tables 8 and 9; 2025-05, 3.3.2.1: no certificate sent but the root has an insufficient key."""
    return judged(KEY_SUFFICIENT, target, seen, partial(_keys, KEY_SUFFICIENT, seen, norm, Level.INSUFFICIENT))


def certificate_key_is_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, tables 8 and 9; 2025-05, 3.3.2.1: no certificate sent but the root has a key that is to be phased out."""
    return judged(KEY_CURRENT, target, seen, partial(_keys, KEY_CURRENT, seen, norm, Level.PHASE_OUT))


def _keys(rule: str, seen: Evidence, norm: Norm, bad: Level, server: Server) -> Finding:
    """Judge the keys."""
    chains = sent_chains(server.need, seen)
    if not chains:
        return without_chain(rule, server.address, seen, server.need)
    unreadable = False
    for number, certificate in _counted(chains):
        key = certificate.key
        if key is None:
            unreadable = True
            continue
        kind, bits = key
        if (rsa_level(norm, bits) if kind == "RSA" else level(norm, "key_curves", kind)) is bad:
            arguments = {
                "subject": certificate.subject,
                "position": str(number),
                "key": f"{kind} {bits}" if kind in {"RSA", "DSA"} else kind,
            }
            return server.finding(rule, Status.VIOLATED, "key", **arguments)
    return server.unknown(rule) if unreadable else server.finding(rule, Status.SATISFIED)


def certificate_signature_is_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 3; 2025-05, 3.3.5: no certificate sent but the root is signed with an insufficient hash."""
    return judged(SIGNATURE_SUFFICIENT, target, seen, partial(_signatures, SIGNATURE_SUFFICIENT, seen, norm, Level.INSUFFICIENT))


def certificate_signature_is_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 3; 2025-05, 3.3.5: no certificate sent but the root is signed with a hash that is to be phased out."""
    return judged(SIGNATURE_CURRENT, target, seen, partial(_signatures, SIGNATURE_CURRENT, seen, norm, Level.PHASE_OUT))


def _signatures(rule: str, seen: Evidence, norm: Norm, bad: Level, server: Server) -> Finding:
    """Judge the signatures."""
    chains = sent_chains(server.need, seen)
    if not chains:
        return without_chain(rule, server.address, seen, server.need)
    unreadable = False
    for number, certificate in _counted(chains):
        digest = certificate.signature_hash
        if digest is None:
            unreadable = True
        elif level(norm, "signature_hashes", digest) is bad:
            arguments = {"subject": certificate.subject, "position": str(number), "hash": digest}
            return server.finding(rule, Status.VIOLATED, "hash", **arguments)
    return server.unknown(rule) if unreadable else server.finding(rule, Status.SATISFIED)


def _counted(chains: Sequence[SentChain]) -> Iterator[tuple[int, Certificate]]:
    """Yield the certificates that count, with their place: all but roots, for which nobody relies on key or signature as sent."""
    for chain in chains:
        for number, certificate in enumerate(chain.certificates, start=1):
            if number == 1 or not certificate.is_root:
                yield number, certificate
