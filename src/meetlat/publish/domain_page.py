# SPDX-License-Identifier: EUPL-1.2
"""What the page of one domain shows, worked out from its judgements and observations."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.evidence import Need, Observation
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation, Verdict, worst
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.publish.guidance import guidance, shared_sentences
from meetlat.publish.overview import name_of, norm_of, part_name, rule_guidance

_ANSWER_LENGTH = 4_000
_MOST_SENTENCES = 12
_MOST_OBSERVATIONS = 150
# What is said once at the top, for it holds for a whole role.
_NOTICES = ("domain-does-not-exist", "no-web-server", "no-address-answers", "no-mx", "null-mx", "opted-out")
# A rule for websites says nothing of e-mail, and is left out there.
_OTHER_ROLE = "role"
_SEVERITY = (Status.VIOLATED, Status.UNDETERMINED, Status.SATISFIED, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule: how it came out, in sentences, and what can be done."""

    id: str
    title: str
    obligation: Obligation
    status: Status
    sentences: tuple[str, ...]
    left_out: int
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class StandardView:
    """One standard: its verdict, those of its parts, and its rules."""

    id: str
    name: str
    norm: str
    verdict: Verdict
    parts: tuple[tuple[str, Verdict], ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True)
class DomainRole:
    """One role of a domain; ``everything`` is None when no standard of the composite was judged."""

    role: Role
    everything: Verdict | None
    standards: tuple[StandardView, ...]

    def to_mend(self) -> tuple[tuple[StandardView, RuleView], ...]:
        """Return the requirements that are not kept."""
        return tuple(
            (standard, rule)
            for standard in self.standards
            for rule in standard.rules
            if rule.status is Status.VIOLATED and rule.obligation is Obligation.MUST
        )


@dataclass(frozen=True, slots=True)
class ObservationView:
    """One observation with its answer as indented text; ``cut`` is how many characters of it are left out."""

    observation: Observation
    answer: str
    cut: int


@dataclass(frozen=True, slots=True)
class DomainPage:
    """The whole page."""

    listing: Listing
    notices: tuple[str, ...]
    roles: tuple[DomainRole, ...]
    observations: tuple[ObservationView, ...]
    observations_left_out: int

    @property
    def is_unsure(self) -> bool:
        """Whether something could not be established."""
        return any(rule.status is Status.UNDETERMINED for role in self.roles for standard in role.standards for rule in standard.rules)

    def everything(self, role: str) -> Verdict | None:
        """Return the verdict on everything together in a role, or None when it has none."""
        return next((view.everything for view in self.roles if view.role.value == role), None)


def domain_page(
    listing: Listing,
    judgements: Sequence[Judgement],
    seen: Mapping[Need, Sequence[Observation]],
    standards: Mapping[str, Standard],
    language: str,
) -> DomainPage:
    """Work out the page of a domain; ``seen`` holds at least what its findings rest on."""
    findings = [finding for judgement in judgements for finding in judgement.findings]
    needs = sorted({need for finding in findings for need in finding.needs})
    observations = [observation for need in needs for observation in seen.get(need, ())]
    shared = shared_sentences(language)
    reasons = {finding.reason: f"{finding.status.value}/{finding.reason}" for finding in findings}
    return DomainPage(
        listing=listing,
        notices=tuple(shared[label] for reason in _NOTICES if (label := reasons.get(reason, "")) in shared and "{" not in shared[label]),
        roles=tuple(_role(role, judgements, standards, language) for role in listing.roles),
        observations=tuple(map(_observation, observations[:_MOST_OBSERVATIONS])),
        observations_left_out=max(0, len(observations) - _MOST_OBSERVATIONS),
    )


def _role(role: Role, judgements: Iterable[Judgement], standards: Mapping[str, Standard], language: str) -> DomainRole:
    """Gather what was judged in one role."""
    of_role = [judgement for judgement in judgements if judgement.target.role is role]
    composite = next(name for name, looks_at in COMPOSITES.items() if looks_at is role)
    counted = [
        judgement.verdict
        for judgement in of_role
        if judgement.standard in standards and composite in standards[judgement.standard].composites
    ]
    views = tuple(_standard(judgement, standards, language) for judgement in of_role)
    return DomainRole(role, worst(counted) if counted else None, views)


def _standard(judgement: Judgement, standards: Mapping[str, Standard], language: str) -> StandardView:
    """Describe one judgement."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in judgement.findings:
        if finding.reason != _OTHER_ROLE:
            by_rule.setdefault(finding.rule, []).append(finding)
    norm = norm_of(judgement.standard, judgement.norm, standards)
    parts = {part: verdict for part, verdict in judgement.parts.items() if norm is None or not by_rule.keys().isdisjoint(norm.parts[part])}
    return StandardView(
        id=judgement.standard,
        name=name_of(judgement.standard, standards, language),
        norm=judgement.norm,
        verdict=judgement.verdict,
        parts=tuple((part_name(judgement.standard, part, standards, language), verdict) for part, verdict in parts.items()),
        rules=tuple(_rule(judgement.standard, findings, norm, standards, language) for findings in by_rule.values()),
    )


def _rule(standard: str, findings: Sequence[Finding], norm: Norm | None, standards: Mapping[str, Standard], language: str) -> RuleView:
    """Describe the findings of one rule, the worst first, each sentence once."""
    rule = findings[0].rule
    words = rule_guidance(standard, rule, standards, language)
    by_severity = sorted(findings, key=lambda finding: _SEVERITY.index(finding.status))
    known = standards.get(standard)
    said = dict.fromkeys(guidance(known, language).sentence(finding) for finding in by_severity) if known else {}
    sentences = [sentence for sentence in said if sentence]
    return RuleView(
        id=rule,
        title=words.title,
        obligation=norm.rules.get(rule, Obligation.MUST) if norm else Obligation.MUST,
        status=by_severity[0].status,
        sentences=tuple(sentences[:_MOST_SENTENCES]),
        left_out=max(0, len(sentences) - _MOST_SENTENCES),
        why=words.why,
        how=words.how,
    )


def _observation(observation: Observation) -> ObservationView:
    """Write an answer as indented JSON, bounded."""
    if observation.answer is None:
        return ObservationView(observation, "", 0)
    text = json.dumps(observation.answer, indent=2, ensure_ascii=False, sort_keys=True)
    return ObservationView(observation, text[:_ANSWER_LENGTH], max(0, len(text) - _ANSWER_LENGTH))
