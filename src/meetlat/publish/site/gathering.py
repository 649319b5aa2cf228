# SPDX-License-Identifier: EUPL-1.2
"""Everything that the site tells, read from measurement folders once; no word of any language in it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from meetlat.analysis.agreements import AgreementIndicator, agreement_indicators, domain_states
from meetlat.analysis.decomposition import Decomposition, decomposition_of
from meetlat.analysis.dossiers import TargetHistory, histories_in
from meetlat.analysis.forecast import Forecast, forecast_in
from meetlat.analysis.growth import Growth, growth_in
from meetlat.analysis.hosting import Hosting
from meetlat.analysis.indicators import COMPOSITES, Indicators, indicators
from meetlat.analysis.leverage import MIN_DOMAINS, Best, Causes, Lever, causes, narrowest
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.shortfalls import OrganisationShare, organisation_shares
from meetlat.analysis.trend import Trend, trend_in
from meetlat.model.agreement import Agreement, State
from meetlat.model.standard import Standard
from meetlat.model.target import Listing
from meetlat.publish.meting.figures import AgreementFigures, Given, agreement_figures
from meetlat.publish.site.places import Places, Whose, places
from meetlat.replies.corrected import Corrected
from meetlat.store.folder import read_listings
from meetlat.store.manifest import Manifest, verify_digests

_BEST = 5  # suppliers that are named as what would move a figure most


@dataclass(frozen=True, slots=True)
class Asked:
    """What a site is made of: the measurement, and what comes beside it."""

    folder: Path
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    series: Series | None = None
    rejudged: Path | None = None
    rejudged_id: str = ""
    suppliers: Mapping[str, str] = field(default_factory=dict)
    corrected: Corrected | None = None
    data: str = ""  # where the open data stand, as seen from the site


@dataclass(frozen=True, slots=True)
class Course:
    """A series of measurements, with all that follows from it."""

    series: Series
    trend: Trend
    growth: tuple[Growth, ...]
    splits: tuple[Decomposition, ...]
    forecasts: tuple[Forecast, ...]
    histories: Mapping[str, tuple[TargetHistory, ...]]


@dataclass(frozen=True, slots=True)
class Supplied:
    """A supplier or network that several domains use: which ones, as what, and what is broken there.

    ``levers`` are rules that at least three domains break there, the shared causes first; ``customers`` the domains that use it in a layer.
    """

    name: str
    customers: Mapping[str, tuple[str, ...]]
    levers: tuple[Lever, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All facts of the site."""

    asked: Asked
    manifest: Manifest
    counted: Indicators
    organisations: tuple[OrganisationShare, ...]
    listings: Mapping[Whose, tuple[Listing, ...]]
    agreed: tuple[AgreementFigures, ...]
    kept: tuple[AgreementIndicator, ...]
    states: Mapping[str, tuple[tuple[str, State], ...]]
    hostings: Mapping[str, Hosting]
    levers: tuple[Lever, ...]
    best: tuple[Best, ...]
    supplied: Mapping[str, Supplied]
    course: Course | None
    places: Places

    @property
    def domains(self) -> Iterable[Listing]:
        """Every domain, by organisation."""
        return (listing for listings in self.listings.values() for listing in listings)


Step = Callable[[str], None]


def gather(asked: Asked, standards: Mapping[str, Standard], step: Step) -> Gathered:
    """Read everything; ``step`` is told what is being worked out. Raises MeasurementError."""
    step("verify")
    manifest = verify_digests(asked.folder)
    step("count")
    known = standards.values()
    counted = indicators(asked.folder, known)
    listings = _by_organisation(asked.folder)
    day = manifest.finished.date()
    kept = agreement_indicators(asked.folder, asked.agreements.values(), day) if asked.agreements else ()
    given = Given(agreements=asked.agreements, rejudged=asked.rejudged, rejudged_id=asked.rejudged_id)
    step("causes")
    found = causes(asked.folder, standards, asked.suppliers)
    supplied = _supplied(found)
    step("trend")
    course = _course(asked.series, known, asked.agreements.values()) if asked.series is not None else None
    return Gathered(
        asked=asked,
        manifest=manifest,
        counted=counted,
        organisations=organisation_shares(asked.folder, known),
        listings=listings,
        agreed=agreement_figures(asked.folder, day, given),
        kept=kept,
        states=_states(asked, day),
        hostings=found.obstacles.hostings,
        levers=narrowest(lever for lever in found.levers if lever.is_shared_cause),
        best=tuple(best for figure in COMPOSITES.items() if (best := found.best(figure, _BEST)).steps),
        supplied=supplied,
        course=course,
        places=places(sorted({group for group, _ in listings}), listings, supplied),
    )


def _states(asked: Asked, day: date) -> Mapping[str, tuple[tuple[str, State], ...]]:
    """Map each domain to where it stands on each agreement that is for it."""
    found: dict[str, list[tuple[str, State]]] = defaultdict(list)
    for one in domain_states(asked.folder, asked.agreements.values(), day) if asked.agreements else ():
        if one.state is not State.NOT_APPLICABLE:
            found[one.domain].append((one.agreement, one.state))
    return {domain: tuple(states) for domain, states in found.items()}


def _by_organisation(folder: Path) -> Mapping[Whose, tuple[Listing, ...]]:
    """Put the domains of each organisation together, in the order of group, organisation and name."""
    found: dict[Whose, list[Listing]] = defaultdict(list)
    for shard in read_listings(folder):
        for listing in shard:
            found[listing.group, listing.organisation].append(listing)
    return {whose: tuple(sorted(found[whose], key=lambda one: one.domain)) for whose in sorted(found)}


def _supplied(found: Causes) -> Mapping[str, Supplied]:
    """Gather what is known of each supplier and network that serves at least three domains of others."""
    customers: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for hosting in found.obstacles.hostings.values():
        for use in hosting.uses:
            if use.supply.kind.is_supplier and not use.is_own:
                customers[use.supply.name][use.supply.layer.value].add(hosting.domain)
    levers: dict[str, list[Lever]] = defaultdict(list)
    for lever in found.levers:
        if lever.supply.kind.is_supplier and not lever.is_own:
            levers[lever.supply.name].append(lever)
    return {
        name: Supplied(name, {layer: tuple(sorted(layers[layer])) for layer in sorted(layers)}, tuple(levers.get(name, ())))
        for name, layers in sorted(customers.items())
        if len(set().union(*layers.values())) >= MIN_DOMAINS
    }


def _course(series: Series, standards: Collection[Standard], agreements: Collection[Agreement]) -> Course:
    """Work out everything of a series with one reading of its verdicts."""
    with opened(series, standards) as connection:
        found = trend_in(connection, series, details=False)
        changes = growth_in(connection, series)
        ahead = forecast_in(connection, series, standards, agreements)
        histories = histories_in(connection, len(series.points))
    return Course(series, found, changes, decomposition_of(series, len(series.points) - 2, standards), ahead, histories)
