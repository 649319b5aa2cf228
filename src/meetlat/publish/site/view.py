# SPDX-License-Identifier: EUPL-1.2
"""The facts of the site in the language of its reader, and what a page is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from meetlat.analysis.agreements import AgreementIndicator
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.leverage import Lever
from meetlat.analysis.share import Share
from meetlat.analysis.trend import Key, TrendLine
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.meting.document import Cell, Chapter
from meetlat.publish.meting.figures import Figures, Given
from meetlat.publish.meting.trend_view import view_of
from meetlat.publish.meting.wording import Wording, bounded
from meetlat.publish.overview import RoleView, name_of, overview, rule_guidance
from meetlat.publish.site.gathering import Gathered
from meetlat.publish.site.places import Places, rule_anchor, up
from meetlat.publish.words import period, visible

COMPOSITE_OF: Mapping[Role, str] = {role: name for name, role in COMPOSITES.items()}
NOTHING = Share(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path as seen from the folder of its language, what it is called, what it says first, and what is on it.

    ``above`` are the pages it lies under, as name and path; ``kind`` is the place in the menu.
    """

    path: str
    title: str
    lead: str
    chapters: tuple[Chapter, ...]
    kind: str
    above: tuple[tuple[str, str], ...] = ()


class View:
    """What the pages of one language are made from."""

    def __init__(self, gathered: Gathered, standards: Mapping[str, Standard], language: str) -> None:
        self.gathered = gathered
        self.standards = standards
        self.language = language
        self.words = Wording(language)
        self.own = Wording(language, "site")
        asked, course = gathered.asked, gathered.course
        trend = None if course is None else view_of(course.trend, course.growth, course.forecasts, standards, self.words)
        given = Given(agreements=asked.agreements, rejudged=asked.rejudged, rejudged_id=asked.rejudged_id, trend=trend)
        front = overview(gathered.manifest, gathered.counted, standards, language)
        self.figures = Figures(gathered.manifest, standards, front, gathered.organisations, gathered.agreed, (), given)

    @property
    def places(self) -> Places:
        """Where every page stands."""
        return self.gathered.places

    @cached_property
    def when(self) -> str:
        """On which days was measured."""
        manifest = self.gathered.manifest
        return period(manifest.run.started.date(), manifest.finished.date(), self.language)

    @cached_property
    def shares(self) -> Mapping[tuple[str, str, Role, str | None], Share]:
        """Every share of a standard or a part of it: by standard, part, role and group (None is all)."""
        found = {(one.standard, one.part, one.role, one.group): one.share for one in self.gathered.counted.standards}
        return found | {(one.composite, "", COMPOSITES[one.composite], one.group): one.share for one in self.gathered.counted.composites}

    @cached_property
    def lines(self) -> Mapping[tuple[str | None, str | None], Mapping[Key, TrendLine]]:
        """Every line over time: by group and organisation, then by what it is about."""
        found: dict[tuple[str | None, str | None], dict[Key, TrendLine]] = {}
        course = self.gathered.course
        for line in course.trend.lines if course is not None else ():
            found.setdefault((line.group, line.organisation), {})[line.key] = line
        return found

    @cached_property
    def kept(self) -> Mapping[tuple[str | None, str | None], Sequence[AgreementIndicator]]:
        """How each agreement is kept: by group and organisation, None for all of them."""
        found: dict[tuple[str | None, str | None], list[AgreementIndicator]] = {}
        for one in self.gathered.kept:
            found.setdefault((one.group, one.organisation), []).append(one)
        return found

    def share(self, reference: FigureReference) -> Share:
        """Return the share of a group, or of all, that a reference is about."""
        return self.shares.get((reference.key, reference.part, reference.role, reference.group), NOTHING)

    def say(self, key: str, **arguments: object) -> str:
        """Return a text of the site, filled in."""
        return self.own.say(key, **arguments)

    def standard(self, standard: str) -> str:
        """Return the name of a standard, or of a composite."""
        if standard in COMPOSITES:
            return self.words.say("words.everything")
        return name_of(standard, self.standards, self.language)

    def rule(self, standard: str, rule: str) -> str:
        """Return the title of a rule."""
        return rule_guidance(standard, rule, self.standards, self.language).title.rstrip(".")

    def rule_link(self, page: str, standard: str, rule: str) -> str:
        """Return where a page finds what a rule asks and how to keep it; empty when this version of Meetlat does not know it."""
        known = self.standards.get(standard)
        if known is None or rule not in known.rules:
            return ""
        return f"{up(page)}{self.places.standard(standard)}#{rule_anchor(rule)}"

    def supplier_cell(self, page: str, lever: Lever) -> Cell:
        """Name a supplier, with a link to its page when it has one."""
        path = self.places.suppliers.get(lever.supply.name)
        kind = self.words.say(f"causes.kind_{lever.kind}")
        return Cell(visible(bounded(lever.supply.name)), kind, link=f"{up(page)}{path}" if path else "")

    def roles(self) -> Iterator[RoleView]:
        """Yield what is known of each role."""
        yield from self.figures.overview.roles


def in_group(reference: FigureReference, group: str | None, organisation: str | None = None) -> FigureReference:
    """Return the same figure of a group, or of an organisation in it."""
    return replace(reference, group=group, organisation=organisation)
