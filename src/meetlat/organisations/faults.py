# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with an import of the registers, and with the folder of snapshots."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from meetlat.model.faults import PlaceError, printable

_SHOWN = 120  # characters of what stands in a file that are repeated
MOST = 1_000  # faults of one import that are kept; a file of the wrong kind has no end of them


class ImportFault(Enum):
    """What refuses an import, each with its English sentence; the command line has the Dutch ones under the same names."""

    NOT_THERE = "there is no such file"
    UNREADABLE = "cannot be read ({detail})"
    TOO_LARGE = "is larger than {detail} and is not read"
    UNKNOWN_KIND = "is not an export of the organisation register (XML, CSV) or of the domain register (XML): {detail}"
    WRONG_SCHEMA = "has the schema {detail}, which this version does not read (it reads ROO 2.6.3 and later 2.6, RIO 0.0.3 and later 0.0)"
    HAS_DOCTYPE = "holds a document type definition, and those are not read"
    NOT_UTF8 = "is not written in UTF-8"
    NO_COLUMN = "lacks the column {detail}"
    COLUMN_TWICE = "has the column {detail} twice"
    EMPTY = "holds no organisation"
    NO_DAY = "does not say of which day it is; give --day"
    OTHER_DAY = "is of {detail}, another day than the files before it; import them apart, or say which day it is with --day"
    NO_ID = "{detail} has neither a TOOI URI nor a ROO id"
    NO_NAME = "the organisation {detail} has no name"
    TOO_LONG = "{detail} is too long"
    BAD_DATE = "{detail} is not a date"
    ENDS_BEFORE_START = "{detail} ends before it starts"
    UNKNOWN_GROUP = "{detail} belongs to no group; give its type one in groups.toml"
    DUPLICATE_ORGANISATION = "the organisation {detail} is there twice"
    OTHER_ID = "{detail} has another id in another file of this import"
    DUPLICATE_DOMAIN = "the domain name is there twice: {detail}"
    CYCLIC_PARENTS = "these are part of each other: {detail}"


class Remark(Enum):
    """What was left out of an import, or not understood, without refusing it."""

    NOT_A_NAME = "{detail} is not a domain name; left out"
    NAME_AGAIN = "{detail} stands there more than once for the same organisation, with other addresses; kept once"
    UNKNOWN_PARENT = "{detail} is not among the organisations; who it is part of is not known"
    NOT_IN_ROO = "{detail} is in the domain register and not in the organisation register"


@dataclass(frozen=True, slots=True)
class Noted:
    """One fault or remark: the file, the line (0: the file as a whole), what, and about what."""

    file: str
    line: int
    what: ImportFault | Remark
    detail: str = ""

    @property
    def shown(self) -> str:
        """What it is about, bounded, and without what could steer a terminal."""
        return printable(self.detail, _SHOWN)

    def __str__(self) -> str:
        """Say it in English."""
        return f"{self.file}:{self.line}: {self.what.value.format(detail=self.shown)}"


class ImportRefusedError(Exception):
    """Nothing was imported; ``faults`` are all of them (the first thousand)."""

    def __init__(self, faults: Iterable[Noted]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class RegisterFault(Enum):
    """What can be wrong with the folder of snapshots, or with the files that people edit."""

    NOT_THERE = "{path} holds no snapshot of the registers; import one with: meetlat organisations import"
    DAMAGED = "{path} is damaged ({detail}); put it back from a copy, or remove the folder of that day and import it again"
    UNWRITABLE = "{path} could not be written ({detail})"
    OTHER_SNAPSHOT = "{path} already holds another snapshot of that day; import the files of one day together"
    CONTRADICTS = "{path} contradicts the snapshot of another day: {detail}"
    BAD_SETTING = "{path}: {detail}"


class OrganisationsError(PlaceError[RegisterFault]):
    """The register cannot be used so; the message says what, where, and what to do."""
