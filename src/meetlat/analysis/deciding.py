# SPDX-License-Identifier: EUPL-1.2
"""From a verdict to what decided it: which findings counted under the norm, which of them made the difference, and what they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.domain import Domain
from meetlat.model.evidence import Need
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation, Verdict, verdict, worst
from meetlat.model.standard import Standard
from meetlat.model.target import Listing
from meetlat.store.evidence import StoredObservation, stored_observations
from meetlat.store.folder import find_listing
from meetlat.store.judgements import findings_of

_DECIDES: Mapping[Verdict, Status] = MappingProxyType(
    {
        Verdict.NON_COMPLIANT: Status.VIOLATED,
        Verdict.UNDETERMINED: Status.UNDETERMINED,
        Verdict.COMPLIANT: Status.SATISFIED,
        Verdict.NOT_APPLICABLE: Status.NOT_APPLICABLE,
    }
)


@dataclass(frozen=True, slots=True)
class WeighedFinding:
    """A finding with what it weighs under the norm (None: this version of Meetlat does not know that), and whether it decided the verdict.

    Only a requirement (must) counts; of those that count, the ones with the status that the verdict comes from decide.
    """

    finding: Finding
    obligation: Obligation | None
    decides: bool

    @property
    def counts(self) -> bool:
        """Whether it counts for the verdict at all."""
        return self.obligation is Obligation.MUST


@dataclass(frozen=True, slots=True)
class TracedVerdict:
    """One verdict of one domain: the norm, the findings it is folded from, what the fold gives again, and whether it decides the figure.

    ``again`` is None when this version of Meetlat does not know the norm.
    """

    judgement: Judgement
    part: str
    verdict: Verdict
    norm: Norm | None
    again: Verdict | None
    findings: tuple[WeighedFinding, ...]
    decides: bool = True

    def needs(self, without: str = "") -> tuple[Need, ...]:
        """Return every need that its findings rest on, each once, of what decided first; what has the reason ``without`` is left out."""
        ordered = sorted(self.findings, key=lambda one: (not one.decides, not one.counts))
        return tuple(dict.fromkeys(need for one in ordered if not without or one.finding.reason != without for need in one.finding.needs))


@dataclass(frozen=True, slots=True)
class TracedDomain:
    """What a figure says of one domain, and all that leads there; ``observations`` are every attempt at every need."""

    reference: FigureReference
    listing: Listing
    shard: int
    verdict: Verdict
    verdicts: tuple[TracedVerdict, ...]
    observations: Mapping[Need, tuple[StoredObservation, ...]]


class NotCountedError(Exception):
    """The domain is in the measurement, but the figure does not count it: it is of others, has not that role, or was not judged on it."""

    def __init__(self, reference: FigureReference, listing: Listing) -> None:
        self.reference, self.listing = reference, listing
        super().__init__(f"{listing.domain}: {reference} does not count it")


def traced_domain(folder: Path, reference: FigureReference, domain: Domain, standards: Mapping[str, Standard]) -> TracedDomain:
    """Trace what a figure says of one domain down to the evidence; of the evidence only its own shard is read.

    Raises NotCountedError, and MeasurementError for a domain that is not in the measurement.
    """
    shard, listing = find_listing(folder, domain)
    if not _is_counted(reference, listing):
        raise NotCountedError(reference, listing)
    _, judgements = findings_of(folder, domain)
    asked = [one for one in judgements if one.target.role is reference.role and _is_asked(reference, one, standards)]
    if not asked:
        raise NotCountedError(reference, listing)
    traced = [_traced(one, reference.part, standards) for one in asked]
    whole = worst(one.verdict for one in traced)
    found: dict[Need, list[StoredObservation]] = {}
    for one in stored_observations(folder, shard, {need for verdict_ in traced for need in verdict_.needs()}):
        found.setdefault(one.observation.need, []).append(one)
    return TracedDomain(
        reference=reference,
        listing=listing,
        shard=shard,
        verdict=whole,
        verdicts=tuple(_deciding(traced, whole)),
        observations={need: tuple(attempts) for need, attempts in found.items()},
    )


def weighed(judgement: Judgement, norm: Norm | None, part: str = "") -> tuple[WeighedFinding, ...]:
    """Say of each finding that the verdict on a standard, or on a part of it, is folded from what it weighs and whether it decided."""
    verdict_ = judgement.parts[part] if part else judgement.verdict
    rules = set(norm.parts.get(part, ())) if norm and part else None
    found = []
    for finding in judgement.findings:
        if rules is not None and finding.rule not in rules:
            continue
        obligation = norm.rules.get(finding.rule) if norm else None
        decides = obligation is Obligation.MUST and finding.status is _DECIDES[verdict_]
        found.append(WeighedFinding(finding, obligation, decides))
    return tuple(found)


def _is_counted(reference: FigureReference, listing: Listing) -> bool:
    """Whether the figure is about this domain at all."""
    whose = reference.group in {None, listing.group} and reference.organisation in {None, listing.organisation}
    return whose and reference.role in listing.roles


def _is_asked(reference: FigureReference, judgement: Judgement, standards: Mapping[str, Standard]) -> bool:
    """Whether a judgement is what the figure counts, or one of those that a composite is folded from."""
    if not reference.is_composite:
        return judgement.standard == reference.key and (not reference.part or reference.part in judgement.parts)
    known = standards.get(judgement.standard)
    return known is not None and reference.key in known.composites and COMPOSITES[reference.key] is reference.role


def _traced(judgement: Judgement, part: str, standards: Mapping[str, Standard]) -> TracedVerdict:
    """Trace one verdict."""
    known = standards.get(judgement.standard)
    norm = known.norm(judgement.norm) if known else None
    is_known = norm is not None and (not part or part in norm.parts)
    return TracedVerdict(
        judgement=judgement,
        part=part,
        verdict=judgement.parts[part] if part else judgement.verdict,
        norm=norm,
        again=verdict(norm, judgement.findings, part) if norm is not None and is_known else None,
        findings=weighed(judgement, norm if is_known else None, part),
    )


def _deciding(traced: Sequence[TracedVerdict], whole: Verdict) -> Iterable[TracedVerdict]:
    """Put the verdicts that decide the whole first, and mark the others."""
    yield from (one for one in traced if one.verdict is whole)
    for one in traced:
        if one.verdict is not whole:
            yield TracedVerdict(one.judgement, one.part, one.verdict, one.norm, one.again, one.findings, decides=False)
