# SPDX-License-Identifier: EUPL-1.2
"""What the guidelines ask of groups and of the hash in the key exchange."""

from collections.abc import Iterator

from meetlat.facts.tls_catalogue import CURVES, GROUPS13
from meetlat.facts.tls_hellos import TLS12, TLS13
from meetlat.facts.tls_knowledge import curves12, groups13, key_exchange_hashes, own_dh_groups, suites12, versions
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Norm
from meetlat.model.target import Target
from meetlat.standards.tls.judged_servers import Server, judged
from meetlat.standards.tls.levels import Level
from meetlat.standards.tls.rules_of_suites import by_level

KEY_SUFFICIENT = "tls.key-exchange-is-sufficient"
KEY_CURRENT = "tls.key-exchange-is-not-phased-out"
HASH_SUFFICIENT = "tls.key-exchange-hash-is-sufficient"
HASH_CURRENT = "tls.key-exchange-hash-is-not-phased-out"
POST_QUANTUM = "tls.post-quantum-is-offered"

_STRONG = frozenset({"SHA-256", "SHA-384", "SHA-512"})


def key_exchange_is_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, tables 9 and 10; 2025-05, 3.3.3: no curve or group is accepted that the guideline calls insufficient."""
    return judged(KEY_SUFFICIENT, target, seen, lambda server: _groups(KEY_SUFFICIENT, server, norm, Level.INSUFFICIENT))


def key_exchange_is_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, tables 9 and 10; 2025-05, 3.3.3: no curve or group is accepted that is to be phased out."""
    return judged(KEY_CURRENT, target, seen, lambda server: _groups(KEY_CURRENT, server, norm, Level.PHASE_OUT))


def _groups(rule: str, server: Server, norm: Norm, bad: Level) -> Finding:
    """Judge the curves and groups of one server; its own DH groups by the name of RFC 7919, or by their size."""
    below, above = curves12(server.talk), groups13(server.talk)
    own = sorted(key.name for key in own_dh_groups(server.talk))
    spoken = versions(server.talk)
    if not below.accepted and not above.accepted and not own and not below.unknown(CURVES) and not above.unknown(GROUPS13):
        return server.finding(rule, Status.NOT_APPLICABLE, "no-ephemeral-key-exchange")
    known = [(above, GROUPS13)]
    if below.accepted or spoken.refused.isdisjoint({TLS12}):
        known.append((below, CURVES))
    return by_level(rule, server, known, (norm, "groups", bad), own)


def key_exchange_hash_is_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2025-05, 3.3.5: the server signs no key exchange with MD5 or SHA-1, also not for a client that knows no better."""
    return judged(
        HASH_SUFFICIENT, target, seen, lambda server: _hashes(HASH_SUFFICIENT, server, norm.words("key_exchange_hashes_insufficient"))
    )


def key_exchange_hash_is_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 5: SHA-2 is used for a client that knows it; 2025-05, 3.3.5: the server signs no key exchange with SHA-224."""
    return judged(HASH_CURRENT, target, seen, lambda server: _current_hashes(server, norm))


def _current_hashes(server: Server, norm: Norm) -> Finding:
    """Judge whether the hash is one of today; an old norm is content when SHA-2 can be had."""
    if not norm.flag("key_exchange_sha2_is_enough"):
        return _hashes(HASH_CURRENT, server, norm.words("key_exchange_hashes_phase_out"))
    known = key_exchange_hashes(server.talk)
    if not known.accepted:
        return _without_signature(HASH_CURRENT, server)
    if known.accepted & _STRONG:
        return server.finding(HASH_CURRENT, Status.SATISFIED)
    return server.finding(HASH_CURRENT, Status.VIOLATED, "accepted", found=", ".join(sorted(known.accepted)))


def _hashes(rule: str, server: Server, bad: tuple[str, ...]) -> Finding:
    """Judge with which hashes a server can be made to sign."""
    known = key_exchange_hashes(server.talk)
    wrong = [name for name in bad if name in known.accepted]
    if wrong:
        return server.finding(rule, Status.VIOLATED, "accepted", found=", ".join(wrong))
    if not known.accepted:
        return _without_signature(rule, server)
    if known.unknown(bad):
        return server.unknown(rule)
    if not server.talk.is_consistent:
        return server.unknown(rule, "unlike-answers")
    return server.finding(rule, Status.SATISFIED)


def _without_signature(rule: str, server: Server) -> Finding:
    """Make the finding for a server that was not seen to sign a key exchange in TLS 1.2: it has none, or that is not known."""
    spoken = versions(server.talk)
    if TLS12 in spoken.accepted and not _has_no_signed_suite(server):
        return server.unknown(rule)
    if TLS12 in spoken.accepted or TLS12 in spoken.refused:
        return server.finding(rule, Status.NOT_APPLICABLE, "no-signed-key-exchange")
    return server.unknown(rule)


def _has_no_signed_suite(server: Server) -> bool:
    """Whether all that the server takes is known, and none of it has a signed key exchange."""
    known = suites12(server.talk)
    return bool(known.accepted) and not server.talk.stopped_by


def post_quantum_is_offered(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2025-05, 3.3.3: hybrids with ML-KEM, which a quantum computer does not break, are good."""
    return judged(POST_QUANTUM, target, seen, _post_quantum)


def _post_quantum(server: Server) -> Finding:
    """Look for a hybrid with ML-KEM."""
    known = groups13(server.talk)
    hybrids = {code: name for code, name in GROUPS13.items() if "MLKEM" in name}
    found = [name for code, name in hybrids.items() if code in known.accepted]
    if found:
        return server.finding(POST_QUANTUM, Status.SATISFIED, "", found=", ".join(found))
    if TLS13 in versions(server.talk).refused:
        return server.finding(POST_QUANTUM, Status.NOT_APPLICABLE, "no-tls13")
    if known.unknown(hybrids):
        return server.unknown(POST_QUANTUM)
    return server.finding(POST_QUANTUM, Status.VIOLATED, "none")
