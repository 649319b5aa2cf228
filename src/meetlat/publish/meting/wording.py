# SPDX-License-Identifier: EUPL-1.2
"""Numbers, shares and sentences of the report in the language of its reader."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from meetlat.analysis.share import Share
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Role
from meetlat.publish.meting.document import Cell
from meetlat.publish.words import Texts, day, number, percent, texts

DASH = "\N{EN DASH}"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Wording:
    """Says things in one language; ``book`` is which file of texts ("meting", "letter")."""

    language: str
    book: str = "meting"

    def say(self, key: str, **arguments: object) -> str:
        """Return the text with this key ("summary.web"), filled in; numbers are written as the language does."""
        found = self.tree(key)
        if not isinstance(found, str):
            raise TypeError(f"{key} is no text")
        return found.format(**{name: self._written(value) for name, value in arguments.items()}) if arguments else found

    def lines(self, key: str) -> tuple[str, ...]:
        """Return the list of texts with this key."""
        found = self.tree(key)
        if not isinstance(found, list):
            raise TypeError(f"{key} is no list")
        return tuple(found)

    def tree(self, key: str) -> object:
        """Return what stands under this key; everything under an empty one."""
        found: object = _book(self.book, self.language)
        for name in key.split(".") if key else ():
            if not isinstance(found, Mapping):
                raise KeyError(key)
            found = found[name]
        return found

    @property
    def shared(self) -> Texts:
        """The words that pages and reports share."""
        return texts(self.language)

    def number(self, value: float) -> str:
        """Write a number."""
        return number(value, self.language)

    def day(self, moment: date) -> str:
        """Write a day in full."""
        return day(moment, self.language)

    def moment(self, moment: PartialDate) -> str:
        """Write a date as precisely as it is known."""
        if moment.day is not None:
            return self.day(moment.first)
        if moment.month is not None:
            return f"{self.shared['dates']['months'][moment.month - 1]} {moment.year}"
        return str(moment.year)

    def percent(self, part: int, whole: int) -> str:
        """Write a percentage; a dash when there is no whole."""
        return percent(part, whole, self.language)

    def points(self, value: float) -> str:
        """Write a difference in percentage points with its sign."""
        sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
        return f"{sign}{number(round(abs(value), 1), self.language)}"

    def share(self, share: Share) -> str:
        """Write the share of what was judged."""
        return self.percent(share.compliant, share.judged)

    def of(self, part: int, whole: int) -> str:
        """Write "12 of 34"."""
        written: str = self.shared["words"]["of"].format(part=self.number(part), whole=self.number(whole))
        return written

    def told(self, share: Share) -> str:
        """Write a share for in a sentence: the percentage, what it is of, and what was left out."""
        left_out = {"undetermined": share.undetermined, "not_applicable": share.not_applicable}
        return self.say("words.told", percent=self.share(share), of=self.of(share.compliant, share.judged), **left_out)

    def share_cell(self, share: Share) -> Cell:
        """Write a share in one cell: the percentage, below it what it is of, and below that what was left out."""
        if not share.total:
            return Cell(DASH)
        rest = self.say("words.left_out", undetermined=share.undetermined, not_applicable=share.not_applicable)
        return Cell(self.share(share), self.of(share.compliant, share.judged), rest)

    def short(self, share: Share) -> str:
        """Write how many fall short for in a sentence: "12 of 34 (35.3%; 2 not established, 1 n/a)"."""
        counts = {"percent": self.percent(share.non_compliant, share.judged), "of": self.of(share.non_compliant, share.judged)}
        return self.say("words.short", **counts, undetermined=share.undetermined, not_applicable=share.not_applicable)

    def short_cell(self, share: Share) -> Cell:
        """Write how many fall short in one cell: the percentage, below it what it is of, and below that what was left out."""
        rest = self.say("words.left_out", undetermined=share.undetermined, not_applicable=share.not_applicable)
        return Cell(self.percent(share.non_compliant, share.judged), self.of(share.non_compliant, share.judged), rest)

    def of_cell(self, part: int, whole: int) -> Cell:
        """Write a share in one cell: the percentage, and below it the counts."""
        return Cell(self.percent(part, whole), self.of(part, whole)) if whole else Cell(DASH)

    def role(self, role: Role) -> str:
        """Name a role: website or e-mail."""
        named: str = self.shared["words"][role.value]
        return named

    def all_of(self, role: Role) -> str:
        """Name everything in a role, for in a sentence: websites or e-mail."""
        return self.say(f"words.all_of_{role.value}")

    def _written(self, value: object) -> str:
        """Write an argument of a sentence."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self.number(value)


def bounded(name: str, longest: int = _LONGEST_NAME) -> str:
    """Cut a name from outside that is too long to be one."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def joined(words: Wording, items: list[str]) -> str:
    """Write a list in a sentence: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return words.say("words.and", first=", ".join(items[:-1]), last=items[-1])


@cache
def _book(name: str, language: str) -> Mapping[str, object]:
    """Read one file of texts."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"{name}.{language}.toml").read_text(encoding="utf-8"))
