# SPDX-License-Identifier: EUPL-1.2
"""A date that is as precise as its source: a day, a month or a year."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

_WRITTEN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day; or some day of a month (``day`` None), or of a year (``month`` None too), when the source says no more."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is in no calendar, and a day without a month."""
        if self.month is None and self.day is not None:
            raise ValueError(f"{self.year}: a day needs a month")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, value: object) -> "PartialDate":
        """Read a date of TOML, or text like 2018, 2018-04 or 2018-04-24. Raises ValueError."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return cls(value.year, value.month, value.day)
        match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f"{value!r} is not a year, month or day (2018, 2018-04, 2018-04-24)")
        year, month, day = (int(part) if part else None for part in match.group("year", "month", "day"))
        return cls(year or 0, month, day)

    @property
    def first(self) -> date:
        """The first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def __str__(self) -> str:
        """Write it as precisely as it is known."""
        return "-".join(f"{part:02d}" for part in (self.year, self.month, self.day) if part is not None)
