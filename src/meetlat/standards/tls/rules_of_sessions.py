# SPDX-License-Identifier: EUPL-1.2
"""What the guidelines ask of options: compression, renegotiation, early data, stapling, extended master secret."""

from collections.abc import Iterator

from meetlat.facts.ocsp import Staple, staple
from meetlat.facts.sent_chain import sent_chains
from meetlat.facts.tls_hellos import TLS12, TLS13, Hello
from meetlat.facts.tls_knowledge import versions
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.tls.judged_servers import Server, judged

COMPRESSION = "tls.compression-is-off"
SECURE_RENEGOTIATION = "tls.renegotiation-is-secure"
CLIENT_RENEGOTIATION = "tls.client-renegotiation-is-off"
MASTER_SECRET = "tls.extended-master-secret-is-used"  # noqa: S105 - the name of a rule
EARLY_DATA = "tls.early-data-is-off"
STAPLED = "tls.ocsp-is-stapled"
STAPLE_VALID = "tls.ocsp-staple-is-valid"
CONSISTENT = "tls.answers-are-consistent"

_OLD = frozenset({"0303", "0302", "0301", "0300"})
_UNLIMITED = 11


def _old_hellos(server: Server) -> list[Hello]:
    """Return the hellos that were answered with TLS 1.2 or lower."""
    return [hello for hello in server.talk.answered() if hello.version in _OLD]


def _without_old(rule: str, server: Server) -> Finding:
    """Make the finding for a server that was not seen to speak TLS 1.2 or lower: satisfied when it does not."""
    if versions(server.talk).refused >= _OLD:
        return server.finding(rule, Status.SATISFIED)
    return server.unknown(rule)


def compression_is_off(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 11; 2025-05, 3.4.1: TLS compresses nothing (CRIME)."""
    return judged(COMPRESSION, target, seen, _compression)


def _compression(server: Server) -> Finding:
    """Look whether deflate was ever chosen where it was offered."""
    asked = [hello for hello in _old_hellos(server) if hello.offers_deflate]
    if any(hello.deflate for hello in asked):
        return server.finding(COMPRESSION, Status.VIOLATED, "deflate")
    return server.finding(COMPRESSION, Status.SATISFIED) if asked else _without_old(COMPRESSION, server)


def renegotiation_is_secure(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 12; 2025-05, 3.4.2: renegotiation is bound to the session (RFC 5746)."""
    return judged(SECURE_RENEGOTIATION, target, seen, _secure_renegotiation)


def _secure_renegotiation(server: Server) -> Finding:
    """Look whether the server answered the extension."""
    if "renegotiation_info" in server.talk.left_out:
        return server.unknown(SECURE_RENEGOTIATION)
    hellos = _old_hellos(server)
    if any(not hello.secure_renegotiation for hello in hellos):
        return server.finding(SECURE_RENEGOTIATION, Status.VIOLATED, "absent")
    return server.finding(SECURE_RENEGOTIATION, Status.SATISFIED) if hellos else _without_old(SECURE_RENEGOTIATION, server)


def client_renegotiation_is_off(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 13; 2025-05, 3.4.2: a client may not start a renegotiation, or only a few times."""
    return judged(CLIENT_RENEGOTIATION, target, seen, _client_renegotiation)


def _client_renegotiation(server: Server) -> Finding:
    """Look how often a client could."""
    count = server.talk.client_renegotiations
    if count is None:
        return _without_old(CLIENT_RENEGOTIATION, server)
    if not count:
        return server.finding(CLIENT_RENEGOTIATION, Status.SATISFIED)
    reason = "unlimited" if count >= _UNLIMITED else "limited"
    return server.finding(CLIENT_RENEGOTIATION, Status.VIOLATED, reason, count=str(count))


def extended_master_secret_is_used(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2025-05, 4.1; RFC 7627: the master secret is bound to the handshake."""
    return judged(MASTER_SECRET, target, seen, _master_secret)


def _master_secret(server: Server) -> Finding:
    """Look whether the server answered the extension in TLS 1.2."""
    hellos = [hello for hello in _old_hellos(server) if hello.version == TLS12]
    if not hellos:
        if TLS12 in versions(server.talk).refused:
            return server.finding(MASTER_SECRET, Status.NOT_APPLICABLE, "no-tls12")
        return server.unknown(MASTER_SECRET)
    if "extended_master_secret" in server.talk.left_out:
        return server.unknown(MASTER_SECRET)
    if all(hello.ems for hello in hellos):
        return server.finding(MASTER_SECRET, Status.SATISFIED)
    return server.finding(MASTER_SECRET, Status.VIOLATED, "absent")


def early_data_is_off(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 14; 2025-05, 3.4.4; RFC 8446, 8: no ticket allows data that can be played back."""
    return judged(EARLY_DATA, target, seen, _early_data, Role.WEB)


def _early_data(server: Server) -> Finding:
    """Look what the ticket of the real handshake allows."""
    spoken, done = versions(server.talk), server.talk.handshake
    if TLS13 in spoken.refused:
        return server.finding(EARLY_DATA, Status.NOT_APPLICABLE, "no-tls13")
    if done.version != TLS13:
        return server.unknown(EARLY_DATA)
    if done.max_early_data:
        return server.finding(EARLY_DATA, Status.VIOLATED, "allowed", octets=str(done.max_early_data))
    return server.finding(EARLY_DATA, Status.SATISFIED)


def ocsp_is_stapled(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 15; 2025-05, 3.4.5: the server brings the answer of the OCSP server along."""
    return judged(STAPLED, target, seen, lambda server: _stapled(server, seen), Role.WEB)


def _stapled(server: Server, seen: Evidence) -> Finding:
    """Look whether there is a staple."""
    chains = sent_chains(server.need, seen)
    if server.talk.staple:
        return server.finding(STAPLED, Status.SATISFIED)
    if not chains:
        return server.unknown(STAPLED)
    if not chains[0].certificates[0].ocsp_server:
        return server.finding(STAPLED, Status.NOT_APPLICABLE, "no-ocsp-server")
    return server.finding(STAPLED, Status.VIOLATED, "none")


def ocsp_staple_is_valid(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 6960, 3.2: the staple is signed by the issuer or its delegate, about this certificate, good, and in time."""
    return judged(STAPLE_VALID, target, seen, lambda server: _staple(server, seen), Role.WEB)


def _staple(server: Server, seen: Evidence) -> Finding:
    """Judge the staple."""
    if not server.talk.staple:
        return server.finding(STAPLE_VALID, Status.NOT_APPLICABLE, "none")
    chains, observation = sent_chains(server.need, seen), seen.get(server.need)
    if not chains or observation is None:
        return server.unknown(STAPLE_VALID)
    worth = [staple(server.talk.staple, chain.certificates, observation.at) for chain in chains]
    # A server with a certificate per kind of key has a staple per certificate, and may have got only one of them yet.
    found = next((one for one in worth if one is not Staple.OTHER_CERTIFICATE), Staple.OTHER_CERTIFICATE)
    match found:
        case Staple.GOOD:
            return server.finding(STAPLE_VALID, Status.SATISFIED)
        case Staple.UNKNOWN:
            return server.unknown(STAPLE_VALID)
        case _:
            return server.finding(STAPLE_VALID, Status.VIOLATED, found.value)


def answers_are_consistent(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS, 1: behind one address all servers are configured alike, or what holds for one does not hold for the next."""
    return judged(CONSISTENT, target, seen, _consistency)


def _consistency(server: Server) -> Finding:
    """Tell whether equal offers got equal answers."""
    if server.talk.is_consistent:
        return server.finding(CONSISTENT, Status.SATISFIED)
    return server.finding(CONSISTENT, Status.VIOLATED, "unlike-answers")
