# SPDX-License-Identifier: EUPL-1.2
"""Everything that the report and the letter say in figures, read from measurement folders once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from meetlat.analysis.agreements import AgreementIndicator, Unanswered, agreement_indicators, unanswered
from meetlat.analysis.indicators import COMPOSITES, indicators
from meetlat.analysis.share import Share
from meetlat.analysis.shortfalls import OrganisationShare, organisation_shares
from meetlat.model.agreement import Agreement
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.trend_view import TrendView
from meetlat.publish.overview import Overview, RoleView, overview
from meetlat.replies.corrected import Corrected
from meetlat.store.folder import ministry_of, registered_organisations
from meetlat.store.manifest import Manifest

MINISTRIES = "ministeries"  # the group of the ministries themselves, as the registers name it
NOTHING = Share(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class AgreementFigures:
    """Where all domains, and each group, stand on one agreement; ``judged_by`` is the re-judgement that could tell it, when one had to."""

    agreement: Agreement
    whole: AgreementIndicator | None
    groups: tuple[AgreementIndicator, ...]
    missing: tuple[Unanswered, ...]
    judged_by: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the measurement can tell who keeps the whole of it."""
        return self.whole is not None and self.whole.is_answered


@dataclass(frozen=True, slots=True)
class Ministry:
    """One ministry: how its websites and its e-mail stand."""

    name: str
    shares: Mapping[Role, Share]


@dataclass(frozen=True, slots=True)
class LeverFigures:
    """What mending one requirement at one shared supplier would give."""

    kind: str
    supplier: str
    standard: str
    standard_name: str
    rule: str
    title: str
    role: str
    domains: int
    now: Share
    mended: Share


@dataclass(frozen=True, slots=True)
class BestSuppliers:
    """What mending all shared causes at a few suppliers together would give for one standard or for everything together."""

    name: str
    suppliers: tuple[str, ...]
    now: Share
    mended: Share


@dataclass(frozen=True, slots=True)
class Given:
    """What comes beside the measurement; what is None was not given, and the report says so."""

    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    rejudged: Path | None = None
    rejudged_id: str = ""
    levers: tuple[LeverFigures, ...] | None = None
    best: tuple[BestSuppliers, ...] = ()
    trend: TrendView | None = None
    corrections: Corrected | None = None
    ministry_of: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one measurement."""

    manifest: Manifest
    standards: Mapping[str, Standard]
    overview: Overview
    organisations: tuple[OrganisationShare, ...]
    agreements: tuple[AgreementFigures, ...]
    ministries: tuple[Ministry, ...]
    given: Given
    corrected: Mapping[str, Share] = field(default_factory=dict)  # by reference: the shares that replies change
    registered: frozenset[str] = frozenset()  # organisations that stand in the list as the register of organisations knows them

    @property
    def day(self) -> date:
        """The day on which the measurement was finished."""
        return self.manifest.finished.date()

    def role(self, role: Role) -> RoleView | None:
        """Return what is known of a role."""
        return next((view for view in self.overview.roles if view.role is role), None)

    def everything(self, role: Role) -> Share:
        """Return the share that keeps everything in a role."""
        view = self.role(role)
        return view.everything if view else NOTHING


def read_figures(folder: Path, manifest: Manifest, standards: Mapping[str, Standard], language: str, given: Given) -> Figures:
    """Read the figures of a finished measurement; ministries are those that its targets name, unless given. Raises MeasurementError."""
    if given.ministry_of is None:
        given = replace(given, ministry_of=ministry_of(folder))
    organisations = organisation_shares(folder, standards.values())
    pa.default_memory_pool().release_unused()  # else what one query has read is still held while the next reads
    counted = indicators(folder, standards.values())
    pa.default_memory_pool().release_unused()
    return Figures(
        manifest=manifest,
        standards=standards,
        overview=overview(manifest, counted, standards, language),
        organisations=organisations,
        agreements=agreement_figures(folder, manifest.finished.date(), given),
        ministries=ministries(organisations, given.ministry_of),
        given=given,
        corrected=_corrected(given.corrections),
        registered=registered_organisations(folder),
    )


def _corrected(found: Corrected | None) -> dict[str, Share]:
    """Return every share that replies change, as it is after them."""
    lines = (*found.composites, *found.standards) if found else ()
    changed = ((line, line.role or COMPOSITES[line.key]) for line in lines if line.is_corrected)
    return {reference(role, line.key, line.part, line.group): line.corrected for line, role in changed}


def ministries(organisations: Sequence[OrganisationShare], ministry_of: Mapping[str, str] | None) -> tuple[Ministry, ...]:
    """Add up per ministry: with a register all that falls under it; without one only what stands in its own name."""
    found: dict[str, dict[Role, Share]] = {}
    for one in organisations:
        own = one.organisation if one.group.casefold() == MINISTRIES else ""
        if ministry := (ministry_of or {}).get(one.organisation, own):
            shares = found.setdefault(ministry, {})
            shares[one.role] = shares.get(one.role, NOTHING) + one.share
    return tuple(Ministry(name, shares) for name, shares in sorted(found.items()))


def agreement_figures(folder: Path, day: date, given: Given) -> tuple[AgreementFigures, ...]:
    """Say where the measurement stands on each agreement; what it cannot tell because of its norm, a re-judgement may."""
    known = given.agreements
    if not known:
        return ()
    measured = _standing(folder, known, day)
    if given.rejudged is None:
        return tuple(measured.values())
    other = {key: agreement for key, agreement in known.items() if any(one.judged for one in measured[key].missing)}
    again = _standing(given.rejudged, other, day, given.rejudged_id) if other else {}
    return tuple(again[key] if key in again and len(again[key].missing) < len(one.missing) else one for key, one in measured.items())


def _standing(folder: Path, known: Mapping[str, Agreement], day: date, judged_by: str = "") -> dict[str, AgreementFigures]:
    """Gather where one folder stands on these agreements."""
    rows = agreement_indicators(folder, known.values(), day)
    missing = unanswered(folder, known.values())
    return {
        key: AgreementFigures(
            agreement=agreement,
            whole=next((row for row in rows if row.agreement == key and row.group is None), None),
            groups=tuple(row for row in rows if row.agreement == key and row.group is not None and row.organisation is None),
            missing=tuple(one for one in missing if one.agreement == key),
            judged_by=judged_by,
        )
        for key, agreement in known.items()
    }
