# SPDX-License-Identifier: EUPL-1.2
"""What the front page of a report shows, worked out from the indicators."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meetlat.analysis.indicators import COMPOSITES, FailingRule, Gap, GroupSize, Indicators, StandardIndicator
from meetlat.analysis.share import Share
from meetlat.model.evidence import Cause
from meetlat.model.norm import Norm, Obligation
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.guidance import RuleGuidance, guidance
from meetlat.store.manifest import Manifest

_NOTHING = Share(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One standard, or one part of it, with how it stands; ``id`` is that of the standard or the part."""

    id: str
    name: str
    summary: str
    share: Share
    parts: tuple["Row", ...]
    counts: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group: its share on everything together, and on each standard in the order of the rows."""

    name: str
    everything: Share
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class RoleView:
    """Everything about one role: the composite, the standards, the groups."""

    role: Role
    everything: Share
    counted: tuple[str, ...]
    rows: tuple[Row, ...]
    groups: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A requirement that domains fail to keep, with why it is there and how to mend it; it counts when its standard is in a composite."""

    id: str
    title: str
    standard: str
    standard_id: str
    counts: bool
    share: Share
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class NormRow:
    """A norm that was judged by."""

    standard: str
    version: str
    norm: Norm | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole front page but for the list of domains."""

    manifest: Manifest
    total: GroupSize
    sizes: tuple[GroupSize, ...]
    roles: tuple[RoleView, ...]
    causes: tuple[CauseRow, ...]
    gaps: tuple[tuple[Cause, tuple[Gap, ...]], ...]
    norms: tuple[NormRow, ...]

    def ranked(self) -> list[tuple[RoleView, Row]]:
        """Return the standards from most to least often kept, leaving out those of which nothing was judged."""
        rows = [(view, row) for view in self.roles for row in view.rows if row.share.judged]
        return sorted(rows, key=lambda pair: -(pair[1].share.percentage_of_judged or 0))


def overview(manifest: Manifest, counted: Indicators, standards: Mapping[str, Standard], language: str) -> Overview:
    """Work out the front page."""
    views = (_role_view(composite, role, counted, standards, language) for composite, role in COMPOSITES.items())
    causes = (_cause(rule, manifest, standards, language) for rule in counted.failing_rules)
    return Overview(
        manifest=manifest,
        total=counted.groups[0],
        sizes=counted.groups[1:],
        roles=tuple(view for view in views if view.rows),
        causes=tuple(cause for cause in causes if cause),
        gaps=tuple((cause, found) for cause in Cause if (found := tuple(gap for gap in counted.gaps if gap.cause is cause))),
        norms=tuple(
            NormRow(name_of(standard, standards, language), version, norm_of(standard, version, standards))
            for standard, version in sorted(manifest.run.norms.items())
        ),
    )


def name_of(standard: str, standards: Mapping[str, Standard], language: str) -> str:
    """Return the name of a standard; its id when this version of Meetlat does not know it."""
    known = standards.get(standard)
    return known.names[language] if known else standard


def part_name(standard: str, part: str, standards: Mapping[str, Standard], language: str) -> str:
    """Return the name of a part of a standard; its id when it has none."""
    known = standards.get(standard)
    return known.part_names.get(part, {}).get(language, part) if known else part


def norm_of(standard: str, version: str, standards: Mapping[str, Standard]) -> Norm | None:
    """Return a norm, or None when this version of Meetlat does not know it."""
    known = standards.get(standard)
    return known.norm(version) if known else None


def rule_guidance(standard: str, rule: str, standards: Mapping[str, Standard], language: str) -> RuleGuidance:
    """Return the words for a rule; its id as title when there are none."""
    known = standards.get(standard)
    found = guidance(known, language).rules.get(rule) if known else None
    return found or RuleGuidance(rule, {}, "", "")


def _role_view(composite: str, role: Role, counted: Indicators, standards: Mapping[str, Standard], language: str) -> RoleView:
    """Gather what is known about one role."""
    members = [standard.id for standard in standards.values() if composite in standard.composites]
    of_role = [indicator for indicator in counted.standards if indicator.role is role]
    # What counts in the composite stands first.
    ids = sorted({indicator.standard for indicator in of_role}, key=lambda standard: (standard not in members, standard))
    totals = {(indicator.standard, indicator.part): indicator.share for indicator in of_role if indicator.group is None}
    everything = {found.group: found.share for found in counted.composites if found.composite == composite}
    groups = [size.group for size in counted.groups if size.group is not None and (size.web if role is Role.WEB else size.mail)]
    return RoleView(
        role=role,
        everything=everything.get(None, _NOTHING),
        counted=tuple(name_of(standard, standards, language) for standard in ids if standard in members),
        rows=tuple(_row(standard, totals, standards, standard in members, language) for standard in ids),
        groups=tuple(GroupRow(group, everything.get(group, _NOTHING), tuple(_shares(group, ids, of_role))) for group in groups),
    )


def _row(standard: str, totals: Mapping[tuple[str, str], Share], standards: Mapping[str, Standard], counts: bool, language: str) -> Row:  # noqa: FBT001 - a plain fact
    """Make the row of a standard and of the parts of it that say something in this role, in the order of its standard.toml."""
    known = standards.get(standard)
    order = list(known.part_names) if known else []
    parts = sorted(
        (part for (other, part), share in totals.items() if other == standard and part and share.judged + share.undetermined),
        key=lambda part: (order.index(part) if part in order else len(order), part),
    )
    return Row(
        id=standard,
        name=name_of(standard, standards, language),
        summary=known.summaries[language] if known else "",
        share=totals[standard, ""],
        parts=tuple(Row(part, part_name(standard, part, standards, language), "", totals[standard, part], (), counts) for part in parts),
        counts=counts,
    )


def _shares(group: str, ids: Sequence[str], of_role: Sequence[StandardIndicator]) -> Iterator[Share]:
    """Yield the share of each standard in one group."""
    found = {indicator.standard: indicator.share for indicator in of_role if indicator.group == group and not indicator.part}
    yield from (found.get(standard, _NOTHING) for standard in ids)


def _cause(rule: FailingRule, manifest: Manifest, standards: Mapping[str, Standard], language: str) -> CauseRow | None:
    """Describe a requirement that is not kept; None for what is only advice."""
    norm = norm_of(rule.standard, manifest.run.norms.get(rule.standard, ""), standards)
    if norm is not None and norm.rules.get(rule.rule) is not Obligation.MUST:
        return None
    words = rule_guidance(rule.standard, rule.rule, standards, language)
    name = name_of(rule.standard, standards, language)
    known = standards.get(rule.standard)
    counts = bool(known and known.composites)
    return CauseRow(rule.rule, words.title.rstrip("."), name, rule.standard, counts, rule.share, words.why, words.how)
