# SPDX-License-Identifier: EUPL-1.2
"""Apply the rules of the standards to evidence: pure, so it can be redone on old evidence under another norm."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from meetlat.facts.dns import does_not_exist, existence
from meetlat.model.evidence import Cause, Evidence
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Target

_log = logging.getLogger(__name__)


def norms_on(standards: Iterable[Standard], day: date) -> Mapping[str, Norm]:
    """Choose for each standard the norm in force on a day; a standard that asked nothing yet is left out."""
    chosen = ((standard.id, standard.norm_on(day)) for standard in standards)
    return {standard: norm for standard, norm in chosen if norm is not None}


def judge(target: Target, evidence: Evidence, standards: Iterable[Standard], norms: Mapping[str, Norm]) -> Iterator[Judgement]:
    """Judge a target on every standard that has its role and a norm among ``norms``."""
    for standard in standards:
        norm = norms.get(standard.id)
        if norm is None or target.role not in standard.roles:
            continue
        findings = tuple(finding for rule in norm.rules for finding in _apply(standard, rule, norm, target, evidence))
        yield Judgement(
            target=target,
            standard=standard.id,
            norm=norm.version,
            findings=findings,
            verdict=verdict(norm, findings),
            parts={part: verdict(norm, findings, part) for part in norm.parts},
        )


def _apply(standard: Standard, rule: str, norm: Norm, target: Target, evidence: Evidence) -> Iterable[Finding]:
    """Apply one rule. A domain that does not exist is not judged; a rule that crashes is our failure, and is logged."""
    domain = target.domain
    if does_not_exist(domain, evidence):
        return (Finding(rule, domain.name, Status.NOT_APPLICABLE, (existence(domain),), "domain-does-not-exist"),)
    try:
        return tuple(standard.rules[rule](target, evidence, norm))
    except Exception as error:  # noqa: BLE001 - one hostile record must not end a measurement of a whole government
        _log.exception("rule %s failed on %s", rule, domain)
        arguments = {"detail": f"{type(error).__name__}: {error}"[:200]}
        return (Finding(rule, domain.name, Status.UNDETERMINED, (existence(domain),), "rule-failed", arguments, Cause.OURS),)
