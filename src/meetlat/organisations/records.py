# SPDX-License-Identifier: EUPL-1.2
"""What the readers find in one file, before files are joined and checked against each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from meetlat.model.domain import Domain, DomainError
from meetlat.model.organisation import Listed
from meetlat.model.partial_date import PartialDate
from meetlat.organisations.faults import MOST, ImportFault, Noted, Remark

LONGEST = 1024  # characters of a name; the longest that the schema allows
_SCHEMES = ("https://", "http://")


@dataclass(slots=True)
class Record:
    """An organisation as it stands in one file; ``ministry`` and ``parent`` are an id or a name, as the file says it."""

    line: int
    name: str
    tooi: str = ""
    roo_id: str = ""
    other_names: tuple[str, ...] = ()
    abbreviation: str = ""
    types: tuple[str, ...] = ()
    subtype: str = ""
    ministry: str = ""
    ministry_tooi: str = ""
    parent: str = ""
    start: PartialDate | None = None
    end: PartialDate | None = None

    @property
    def id(self) -> str:
        """The TOOI URI, else the ROO id."""
        return self.tooi or self.roo_id


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """A line of the domain register as it stands in a file; ``written`` is the address as it was written."""

    line: int
    domain: Domain
    written: str
    listed: Listed
    holder: str
    purpose: str
    since: PartialDate | None
    until: PartialDate | None


@dataclass(slots=True)
class Contents:
    """What one file holds, what is wrong with it and what was left out of it."""

    kind: str
    file: str
    sha256: str
    schema: str = ""
    day: date | None = None
    records: list[Record] = field(default_factory=list)
    domains: list[DomainRecord] = field(default_factory=list)
    faults: list[Noted] = field(default_factory=list)
    remarks: list[Noted] = field(default_factory=list)

    def wrong(self, line: int, fault: ImportFault, detail: str = "") -> None:
        """Note a fault."""
        if len(self.faults) < MOST:
            self.faults.append(Noted(self.file, line, fault, detail))

    def remark(self, line: int, what: Remark, detail: str = "") -> None:
        """Note what was left out."""
        self.remarks.append(Noted(self.file, line, what, detail))

    def add(self, record: Record) -> None:
        """Keep an organisation that has an id and a name, and note what is wrong with it."""
        called = record.name or record.id or "?"
        if not record.id:
            self.wrong(record.line, ImportFault.NO_ID, called)
        if not record.name:
            self.wrong(record.line, ImportFault.NO_NAME, called)
        texts = (record.name, record.tooi, record.roo_id, record.abbreviation, record.subtype, record.ministry, *record.types)
        if any(len(text) > LONGEST for text in texts):
            self.wrong(record.line, ImportFault.TOO_LONG, called)
        if record.start and record.end and record.end.last < record.start.first:
            self.wrong(record.line, ImportFault.ENDS_BEFORE_START, called)
        if record.id and record.name:
            self.records.append(record)

    def moment(self, text: str, line: int) -> PartialDate | None:
        """Read a date, with or without the time of day behind it; 31-12-2025 is a date too. What is no date is a fault."""
        written = text.strip()
        if not written:
            return None
        head = written.partition("T")[0][:10]
        day, month, year = [*head.split("-"), "", "", ""][:3]
        try:
            return PartialDate.parse(f"{year}-{month}-{day}" if len(year) == 4 else head)
        except ValueError:
            self.wrong(line, ImportFault.BAD_DATE, written)
            return None


def name_in(address: str) -> Domain | None:
    """Return the domain name in an address as people register it; None when there is none that can be measured.

    A scheme other than HTTP is refused: what stands behind it is not a website (`javascript:`, `ftp:`). Paths, ports, queries, capitals,
    final dots and IDN are taken as in a list of targets.
    """
    text = address.strip()
    if "://" in text and not text.lower().startswith(_SCHEMES):
        return None
    try:
        return Domain.parse(text.partition("?")[0].partition("#")[0])
    except DomainError:
        return None


def each_type(texts: Iterator[str]) -> tuple[str, ...]:
    """Return the types that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(text for text in texts if text))
