# SPDX-License-Identifier: EUPL-1.2
"""Made-up measurements for the tests of the Meting report: figures by hand, and a small agreement."""

from pathlib import Path

from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading
from meetlat.model.domain import Domain
from meetlat.model.finding import Status
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Listing, Role, Target
from meetlat.publish.meting.figures import Figures, Given, read_figures
from meetlat.standards.loading import standards
from meetlat.store.manifest import read_manifest
from tests.unit.made_up import judgement, measurement

RULE = "hsts.header-is-present"
GOOD, BAD, GAP, NONE = Status.SATISFIED, Status.VIOLATED, Status.UNDETERMINED, Status.NOT_APPLICABLE
_REASONS = {BAD: "absent", GAP: "connect-timeout", NONE: "no-https", GOOD: ""}

AGREED = Agreement(
    id="hsts-agreed",
    names={"nl": "Afspraak HSTS", "en": "HSTS agreement"},
    kind=AgreementKind.STREEFBEELDAFSPRAAK,
    made_by="OBDO",
    werkingsgebied={"nl": "overheid", "en": "government"},
    groups=(),
    asks=(Ask("hsts", Role.WEB),),
    reading=Reading.MUST,
    agreed=PartialDate(2018),
    by=PartialDate(2019),
    in_force=None,
    sources=("https://afspraken.example/",),
)


def measured(folder: Path, groups: dict[str, tuple[Status, ...]], organisation: str = "Organisatie {group}") -> Path:
    """Build a measurement of websites on HSTS: per group the outcome of each domain."""
    listings, judged = [], {}
    for at, (group, statuses) in enumerate(groups.items()):
        for number, status in enumerate(statuses):
            line = Listing(Domain(f"d{number:03d}-{at}.nl"), organisation.format(group=group), group, (Role.WEB,))
            target = Target(line.domain, Role.WEB)
            judged[target] = [judgement(target, "hsts", {RULE: status}, _REASONS[status])]
            listings.append(line)
    measurement(folder, [listings[start : start + 2] for start in range(0, len(listings), 2)], judged)
    return folder


def figures(folder: Path, given: Given | None = None, language: str = "nl") -> Figures:
    """Read the figures of a measurement."""
    given = given or Given(agreements={AGREED.id: AGREED})
    return read_figures(folder, read_manifest(folder), standards(), language, given)
