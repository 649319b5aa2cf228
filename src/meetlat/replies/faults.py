# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with a form that was sent in, and with the register of replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from meetlat.model.faults import printable

_SHOWN = 80  # characters of a wrong value that are repeated


class FormFault(Enum):
    """What can be wrong with a form; the command line has a sentence for each."""

    NOT_THERE = "not_there"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    EMPTY = "empty"
    NO_COLUMN = "no_column"
    COLUMN_TWICE = "column_twice"
    NOTHING_FILLED_IN = "nothing_filled_in"
    OTHER_MEASUREMENT = "other_measurement"
    NO_DOMAIN = "no_domain"
    BAD_DOMAIN = "bad_domain"
    UNKNOWN_DOMAIN = "unknown_domain"
    NO_ORGANISATION = "no_organisation"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    OTHER_ORGANISATION = "other_organisation"
    NOT_THE_SENDER = "not_the_sender"
    NO_KIND = "no_kind"
    BAD_KIND = "bad_kind"
    BAD_ROLE = "bad_role"
    NOT_ITS_ROLE = "not_its_role"
    NO_STANDARD = "no_standard"
    UNKNOWN_STANDARD = "unknown_standard"
    OTHER_ROLE = "other_role"
    UNKNOWN_PART = "unknown_part"
    PART_WITHOUT_STANDARD = "part_without_standard"
    UNKNOWN_NORM = "unknown_norm"
    NO_TEXT = "no_text"
    NO_EVIDENCE = "no_evidence"
    NO_DATE = "no_date"
    BAD_DATE = "bad_date"
    DATE_IN_PAST = "date_in_past"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    KNOWN_ALREADY = "known_already"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault: the file, the row (0: the file as a whole) and the column that it is in, and what stands there."""

    file: str
    row: int
    column: str
    fault: FormFault
    detail: str = ""

    @property
    def shown(self) -> str:
        """What stands there, bounded, and without what could steer a terminal."""
        return printable(self.detail, _SHOWN)


class FormError(Exception):
    """Forms cannot be imported; nothing was. It holds every fault."""

    def __init__(self, faults: Sequence[Wrong]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{one.file} {one.row} {one.column}: {one.fault.value}" for one in self.faults))


class RegisterFault(Enum):
    """What can be wrong with the register of replies, or with what is asked of it."""

    NOT_THERE = "not_there"
    DAMAGED = "damaged"
    IN_USE = "in_use"
    UNWRITABLE = "unwritable"
    NO_SUCH_REPLY = "no_such_reply"
    REASON_MISSING = "reason_missing"
    BEFORE_REPLY = "before_reply"
    BAD_NAME = "bad_name"


class RegisterError(Exception):
    """The register cannot be used so; ``detail`` says where or what."""

    def __init__(self, fault: RegisterFault, path: Path, detail: str = "") -> None:
        self.fault = fault
        self.path = path
        self.detail = detail
        super().__init__(f"{path}: {fault.value} {detail}".rstrip())
