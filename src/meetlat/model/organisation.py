# SPDX-License-Identifier: EUPL-1.2
"""Organisations and their domain names as the official registers knew them on a day, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from meetlat.model.domain import Domain
from meetlat.model.partial_date import PartialDate


class Listed(Enum):
    """What a line of the domain register is: the registration of a name, or a host that is in use."""

    REGISTRATION = "registration"
    HOST = "host"


class Change(Enum):
    """What can become of organisations."""

    MERGED = "merged"
    SPLIT = "split"
    RENAMED = "renamed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as the registers describe it. None, and empty types, are not known.

    ``id`` is the TOOI URI, else the ROO id (``systeemId``). ``ministry`` is the name of the ministry that it is, is part of or relates to;
    ``parent`` the id of the organisation that it is part of. ``start`` is its first day and ``end`` its last.
    """

    id: str
    name: str
    tooi: str | None = None
    roo_id: str | None = None
    other_names: tuple[str, ...] = ()
    abbreviation: str | None = None
    types: tuple[str, ...] = ()
    subtype: str | None = None
    ministry: str | None = None
    parent: str | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None

    def existed(self, day: date) -> bool:
        """Whether it was there on a day; where a date is unknown or not precise, only what is certain makes it absent."""
        return not ((self.start is not None and self.start.first > day) or (self.end is not None and self.end.last < day))


@dataclass(frozen=True, slots=True)
class RegisteredDomain:
    """A line of the domain register: a name, what it is used for in the words of the register, and whose it is.

    ``holder`` is the id of an organisation. ``since`` is the first day, ``until`` the day on which it was given up. None is not known.
    """

    domain: Domain
    listed: Listed
    holder: str
    purpose: str | None = None
    since: PartialDate | None = None
    until: PartialDate | None = None

    def is_held(self, day: date) -> bool:
        """Whether the name is its holder's on a day; where a date is unknown or not precise, only what is certain makes it not so."""
        return not ((self.since is not None and self.since.first > day) or (self.until is not None and self.until.last <= day))


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was imported: what it is, its name, its SHA-256 and the version of its schema (empty for CSV)."""

    kind: str
    file: str
    sha256: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the registers said on a day."""

    day: date
    sources: tuple[Source, ...]
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    domains: tuple[RegisteredDomain, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """What it was made of: what none of these holds is not known, which is not the same as not there."""
        return frozenset(source.kind for source in self.sources)


@dataclass(frozen=True, slots=True)
class Succession:
    """What became of organisations on a day (the first of the new state), and where that is written.

    ``before`` and ``after`` are ids. MERGED and SPLIT: those before end the day before, or go on when they are among those after.
    RENAMED and MOVED (to another ministry): one organisation, ``was`` and ``becomes`` are the names; its id may change too.
    """

    change: Change
    on: date
    before: tuple[str, ...]
    after: tuple[str, ...]
    source: str
    was: str = ""
    becomes: str = ""
