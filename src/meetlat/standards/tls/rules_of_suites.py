# SPDX-License-Identifier: EUPL-1.2
"""What the guidelines ask of versions and cipher suites."""

from collections.abc import Iterable, Iterator, Mapping

from meetlat.facts.tls_catalogue import SSL2_KINDS, SUITES, SUITES13, VERSIONS, suite_name
from meetlat.facts.tls_hellos import TLS12, Hello
from meetlat.facts.tls_knowledge import Known, chooses_freely, lower_choices, suites12, suites13, versions
from meetlat.model.evidence import Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Norm
from meetlat.model.target import Target
from meetlat.standards.tls.judged_servers import OFFERED, Server, judged
from meetlat.standards.tls.levels import Level, level

VERSIONS_SUFFICIENT = "tls.versions-are-sufficient"
VERSIONS_CURRENT = "tls.versions-are-not-phased-out"
SUITES_SUFFICIENT = "tls.suites-are-sufficient"
SUITES_CURRENT = "tls.suites-are-not-phased-out"
PREFERRED = "tls.better-suites-are-preferred"

_MOST_NAMED = 12


def is_offered(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """NCSC-NL, ICT-beveiligingsrichtlijnen voor TLS, 1: the server speaks TLS, so that there is something to configure."""
    return judged(OFFERED, target, seen, lambda server: server.finding(OFFERED, Status.SATISFIED))


def versions_are_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 1; 2025-05, 3.3.1: no version is accepted that the guideline calls insufficient."""
    return judged(VERSIONS_SUFFICIENT, target, seen, lambda server: _versions(VERSIONS_SUFFICIENT, server, norm, Level.INSUFFICIENT))


def versions_are_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, table 1; 2025-05, 3.3.1: no version is accepted that is to be phased out."""
    return judged(VERSIONS_CURRENT, target, seen, lambda server: _versions(VERSIONS_CURRENT, server, norm, Level.PHASE_OUT))


def _versions(rule: str, server: Server, norm: Norm, bad: Level) -> Finding:
    """Judge the versions of one server."""
    return by_level(rule, server, ((versions(server.talk), VERSIONS),), (norm, "versions", bad))


def suites_are_sufficient(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, appendix C; 2025-05, appendix B: no suite is accepted that the guideline calls insufficient."""
    return judged(SUITES_SUFFICIENT, target, seen, lambda server: _suites(SUITES_SUFFICIENT, server, norm, Level.INSUFFICIENT))


def suites_are_not_phased_out(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, appendix C; 2025-05, appendix B: no suite is accepted that is to be phased out."""
    return judged(SUITES_CURRENT, target, seen, lambda server: _suites(SUITES_CURRENT, server, norm, Level.PHASE_OUT))


def _suites(rule: str, server: Server, norm: Norm, bad: Level) -> Finding:
    """Judge the suites of one server, of all versions."""
    known = ((suites12(server.talk), {**SUITES, **SSL2_KINDS}), (suites13(server.talk), SUITES13))
    return by_level(rule, server, known, (norm, "suites", bad))


def by_level(
    rule: str, server: Server, known: Iterable[tuple[Known, Mapping[str, str]]], bad: tuple[Norm, str, Level], more: Iterable[str] = ()
) -> Finding:
    """Judge names by the level that the norm gives them: accepted ones, and ``more`` that were seen without a code of their own.

    Violated when one of the bad level is accepted; satisfied when all of that level are refused; else undetermined.
    """
    norm, kind, wanted = bad
    wrong, doubtful = [name for name in more if level(norm, kind, name) is wanted], False
    for found, names in known:
        wrong += [name for code in sorted(found.accepted) if level(norm, kind, name := names.get(code, f"0x{code}")) is wanted]
        doubtful = doubtful or any(level(norm, kind, names[code]) is wanted for code in found.unknown(names))
    if wrong:
        unique = list(dict.fromkeys(wrong))
        shown = ", ".join(unique[:_MOST_NAMED]) + (" …" if len(unique) > _MOST_NAMED else "")
        return server.finding(rule, Status.VIOLATED, "accepted", found=shown, count=str(len(unique)))
    if doubtful:
        return server.unknown(rule)
    if not server.talk.is_consistent:
        return server.unknown(rule, "unlike-answers")
    return server.finding(rule, Status.SATISFIED)


def better_suites_are_preferred(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """NCSC-NL TLS 2.1, B2-5; 2025-05, 3.3: the server chooses good and sufficient suites before those that are to be phased out."""
    return judged(PREFERRED, target, seen, lambda server: _preference(server, norm))


def _preference(server: Server, norm: Norm) -> Finding:
    """Judge what one server chose where it could choose something better."""
    known = suites12(server.talk)
    levels = {suite: level(norm, "suites", suite_name(suite)) for suite in known.accepted}
    better = {suite for suite, one in levels.items() if one >= Level.SUFFICIENT}
    worse = {suite for suite, one in levels.items() if one is Level.PHASE_OUT}
    doubtful = any(level(norm, "suites", SUITES[code]) is Level.PHASE_OUT for code in known.unknown(SUITES))
    if not better or (not worse and not doubtful):
        return server.finding(PREFERRED, Status.NOT_APPLICABLE, "nothing-to-prefer")
    choices = [hello for hello in lower_choices(server.talk) if chooses_freely(hello)]
    for hello in choices:
        passed = sorted(better & set(hello.suites))
        if hello.suite in worse and passed:
            arguments = {"chosen": suite_name(hello.suite), "better": suite_name(passed[0])}
            return server.finding(PREFERRED, Status.VIOLATED, "worse-chosen", **arguments)
    if doubtful or any(_not_shown(suite, worse, choices) for suite in better):
        return server.unknown(PREFERRED)
    if not server.talk.is_consistent:
        return server.unknown(PREFERRED, "unlike-answers")
    return server.finding(PREFERRED, Status.SATISFIED)


def _not_shown(suite: str, worse: set[str], choices: Iterable[Hello]) -> bool:
    """Whether it was not seen that the server chooses this suite where each of the worse ones was offered too."""
    beaten: set[str] = set()
    for hello in choices:
        if hello.suite == suite or (hello.version < TLS12 and suite in hello.suites):
            beaten |= worse & set(hello.suites)
    return not worse <= beaten
