# SPDX-License-Identifier: EUPL-1.2
"""The annex: every domain with what it falls short of, per group; a table at a time, for the list can be very long."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice

from meetlat.analysis.shortfalls import BrokenRule, OrganisationShare, Shortfall
from meetlat.model.domain import Domain
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.meting.document import Cell, Column, Line, Style, Table, columns
from meetlat.publish.meting.figures import NOTHING
from meetlat.publish.meting.wording import Wording, bounded
from meetlat.publish.overview import name_of, rule_guidance
from meetlat.publish.pages import page_name

LONGEST_TABLE = 2_000  # domains
_MOST_BROKEN = 12


@dataclass(frozen=True, slots=True)
class AnnexTable:
    """The domains of one group, or as many of them as go in one table; ``first`` and ``last`` count within the group."""

    group: str
    first: int
    last: int
    table: Table


def annex_tables(
    found: Iterable[Shortfall], words: Wording, standards: Mapping[str, Standard], domain_folder: str = ""
) -> Iterator[AnnexTable]:
    """Yield the tables of the annex; names are links when the pages of domains stand in a folder."""
    naming = _Naming(words, standards)
    for group, of_group in groupby(found, key=lambda one: one.group):
        first = 1
        for batch in _batches(of_group):
            last = first + len(batch) - 1
            caption = words.say("annex.caption", group=bounded(group))
            if first > 1 or len(batch) == LONGEST_TABLE:
                caption = words.say("annex.caption_part", group=bounded(group), first=first, last=last)
            lines = tuple(_line(one, naming, domain_folder) for one in batch)
            yield AnnexTable(group, first, last, Table(caption, _columns(words), lines))
            first = last + 1


def organisation_tables(found: Iterable[OrganisationShare], words: Wording) -> Iterator[Table]:
    """Yield per group a table with how each organisation stands."""
    for group, of_group in groupby(found, key=lambda one: one.group):
        lines = []
        for organisation, rows in groupby(of_group, key=lambda one: one.organisation):
            shares = {row.role: row.share for row in rows}
            cells = [words.of_cell(share.compliant, share.judged) for role in Role for share in (shares.get(role, NOTHING),)]
            rest = [
                Cell(f"{words.number(share.undetermined)} / {words.number(share.not_applicable)}")
                for role in Role
                for share in (shares.get(role, NOTHING),)
            ]
            lines.append(Line((Cell(bounded(organisation)), cells[0], rest[0], cells[1], rest[1])))
        titles = [words.say(f"ministries.{name}") for name in ("web", "web_rest", "mail", "mail_rest")]
        yield Table(words.say("annex.org_caption", group=bounded(group)), columns(words.say("words.organisation"), titles), tuple(lines))


class _Naming:
    """Says a broken requirement in words; each is worked out once."""

    def __init__(self, words: Wording, standards: Mapping[str, Standard]) -> None:
        self.words = words
        self._standards = standards
        self._said: dict[BrokenRule, str] = {}

    def said(self, broken: BrokenRule) -> str:
        """Say which requirement of which standard is not kept, in which role."""
        if broken not in self._said:
            language = self.words.language
            title = rule_guidance(broken.standard, broken.rule, self._standards, language).title.rstrip(".")
            name = name_of(broken.standard, self._standards, language)
            role = self.words.say(f"annex.{broken.role.value}")
            self._said[broken] = self.words.say("annex.broken_item", role=role, standard=name, title=title)
        return self._said[broken]


def _batches(found: Iterable[Shortfall]) -> Iterator[list[Shortfall]]:
    """Cut a long list in pieces that each fit a table."""
    rest = iter(found)
    while batch := list(islice(rest, LONGEST_TABLE)):
        yield batch


def _columns(words: Wording) -> tuple[Column, ...]:
    """Make the columns of the annex."""
    return tuple(Column(words.say(f"annex.{name}")) for name in ("domain", "web", "mail", "broken"))


def _line(one: Shortfall, naming: _Naming, domain_folder: str) -> Line:
    """Write one domain."""
    domain = Domain(one.domain)
    link = f"{domain_folder}/{page_name(domain)}" if domain_folder else ""
    lines = [naming.said(broken) for broken in one.broken[:_MOST_BROKEN]]
    if left := len(one.broken) - _MOST_BROKEN:
        lines += [naming.words.say("annex.broken_more", count=left)] if left > 0 else []
    broken = Cell(lines=tuple(lines)) if lines else Cell(naming.words.say("annex.broken_none"))
    verdicts = (Cell(verdict=one.web, is_verdict=True), Cell(verdict=one.mail, is_verdict=True))
    return Line((Cell(domain.shown, bounded(one.organisation), link=link), *verdicts, broken), Style.PLAIN)
