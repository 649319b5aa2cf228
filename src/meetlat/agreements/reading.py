# SPDX-License-Identifier: EUPL-1.2
"""Read the register of agreements whole, or not at all: every fault of every file is told at once."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading
from meetlat.model.partial_date import PartialDate
from meetlat.model.standard import Standard
from meetlat.model.target import Role

REGISTER = Path(__file__).resolve().parents[3] / "register" / "agreements"
LANGUAGES = ("nl", "en")

_FIELDS = {"kind", "made_by", "reading", "agreed", "by", "in_force", "sources", "name", "werkingsgebied", "asks"}
_ASK_FIELDS = {"standard", "role", "parts", "norm"}
_SCOPE_FIELDS = {*LANGUAGES, "groups"}

_Choice = TypeVar("_Choice", bound=Enum)


class AgreementFault(Enum):
    """What can be wrong with an agreement, each with its English sentence; the command line has the Dutch ones under the same names."""

    NO_REGISTER = "there is no agreement here; give the folder with the files of the agreements"
    UNREADABLE = "cannot be read ({detail})"
    MISSING = "{detail} is missing"
    NO_SUCH_FIELD = "{detail} is not a field of an agreement"
    WRONG_KIND = "{detail} is not what it must be"
    NOT_A_CHOICE = "{detail} is none of the choices"
    NOT_A_DATE = '{detail} is not a year, month or day (2018, "2018-04", 2018-04-24)'
    ONE_MOMENT = "give either by (the last day on which it may still fall short) or in_force (the day since when it binds)"
    DATES_IN_DISORDER = "it binds before it was agreed ({detail})"
    NO_SOURCE = "no source is given as a web address"
    NO_ASKS = "it asks nothing"
    UNKNOWN_STANDARD = "there is no standard {detail}"
    UNKNOWN_ROLE = "the standard is not for that role ({detail})"
    UNKNOWN_PART = "the standard has no such part ({detail})"
    UNKNOWN_NORM = "the standard has no such norm ({detail})"
    ASKED_TWICE = "it asks {detail} twice"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault in one file."""

    file: str
    fault: AgreementFault
    detail: str = ""

    def __str__(self) -> str:
        """Say it in English."""
        return f"{self.file}: {self.fault.value.format(detail=self.detail)}"


class AgreementsError(Exception):
    """The register cannot be used; ``faults`` are all of them."""

    def __init__(self, faults: Iterable[Wrong]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def read_agreements(standards: Mapping[str, Standard], folder: Path = REGISTER) -> Mapping[str, Agreement]:
    """Read every agreement by id (the name of its file), those that bind longest first. Raises AgreementsError."""
    paths = sorted(folder.glob("*.toml"))
    faults = [] if paths else [Wrong(str(folder), AgreementFault.NO_REGISTER)]
    found = []
    for path in paths:
        reading = _Reading(path, standards)
        agreement = reading.agreement()
        faults += reading.faults
        if agreement is not None:
            found.append(agreement)
    if faults:
        raise AgreementsError(faults)
    return {agreement.id: agreement for agreement in sorted(found, key=_binding)}


def _binding(agreement: Agreement) -> tuple[int, object, str]:
    """Put agreements in order: law, then what has a date, then the list; within those by the day on which they bind."""
    moment = agreement.by or agreement.in_force or agreement.agreed
    return list(AgreementKind).index(agreement.kind), moment.last, agreement.id


class _Reading:
    """Reads one file and gathers what is wrong with it."""

    def __init__(self, path: Path, standards: Mapping[str, Standard]) -> None:
        self._path = path
        self._standards = standards
        self._data: Mapping[str, object] = {}
        self.faults: list[Wrong] = []

    def agreement(self) -> Agreement | None:
        """Read the agreement; None when anything is wrong with it."""
        try:
            self._data = tomllib.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:  # a fault of TOML and of UTF-8 is a ValueError
            self._wrong(AgreementFault.UNREADABLE, str(error).partition("\n")[0])
            return None
        self._only(self._data, _FIELDS, "")
        scope = self._table("werkingsgebied")
        self._only(scope, _SCOPE_FIELDS, "werkingsgebied.")
        kind = self._choice(self._data, "kind", AgreementKind)
        reading = self._choice(self._data, "reading", Reading)
        agreed, by, in_force = self._moment("agreed", needed=True), self._moment("by"), self._moment("in_force")
        names, whose = self._names(self._table("name"), "name."), self._names(scope, "werkingsgebied.")
        made_by, groups = self._text(self._data, "made_by"), self._words(scope, "groups", "werkingsgebied.")
        asks, sources = self._asks(), self._sources()
        self._check_order(agreed, by, in_force)
        if self.faults or kind is None or reading is None or agreed is None:
            return None
        return Agreement(self._path.stem, names, kind, made_by, whose, groups, asks, reading, agreed, by, in_force, sources)

    def _check_order(self, agreed: PartialDate | None, by: PartialDate | None, in_force: PartialDate | None) -> None:
        """An agreement binds from one moment, and not before it was made."""
        binds = by or in_force
        if ("by" in self._data) == ("in_force" in self._data):
            self._wrong(AgreementFault.ONE_MOMENT)
        elif agreed is not None and binds is not None and binds.last < agreed.first:
            self._wrong(AgreementFault.DATES_IN_DISORDER, f"{binds} < {agreed}")

    def _asks(self) -> tuple[Ask, ...]:
        """Read what is asked."""
        tables = self._data.get("asks", [])
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self._wrong(AgreementFault.NO_ASKS)
            return ()
        asks = [ask for table in tables if (ask := self._ask(table)) is not None]
        seen = [(ask.standard, ask.role) for ask in asks]
        for standard, role in dict.fromkeys(pair for pair in seen if seen.count(pair) > 1):
            self._wrong(AgreementFault.ASKED_TWICE, f"{standard} ({role.value})")
        return tuple(asks)

    def _ask(self, table: Mapping[str, object]) -> Ask | None:
        """Read one ask and hold it against the standard that it names."""
        self._only(table, _ASK_FIELDS, "asks.")
        id_ = self._text(table, "standard", "asks.")
        role = self._choice(table, "role", Role, "asks.")
        parts = self._words(table, "parts", "asks.")
        norm = self._text(table, "norm", "asks.") if "norm" in table else ""
        standard = self._standards.get(id_)
        if standard is None:
            self._wrong(AgreementFault.UNKNOWN_STANDARD, id_)
            return None
        if role is not None and role not in standard.roles:
            self._wrong(AgreementFault.UNKNOWN_ROLE, f"{id_}: {role.value}")
        for part in parts:
            if not any(part in one.parts for one in standard.norms):
                self._wrong(AgreementFault.UNKNOWN_PART, f"{id_}: {part}")
        if norm and standard.norm(norm) is None:
            self._wrong(AgreementFault.UNKNOWN_NORM, f"{id_}: {norm}")
        return Ask(id_, role, parts, norm) if role is not None else None

    def _sources(self) -> tuple[str, ...]:
        """Read where it is written."""
        sources = self._words(self._data, "sources")
        if not sources or not all(source.startswith(("https://", "http://")) for source in sources):
            self._wrong(AgreementFault.NO_SOURCE)
        return sources

    def _only(self, table: Mapping[str, object], known: Iterable[str], place: str) -> None:
        """Refuse fields that nobody reads."""
        for name in table.keys() - set(known):
            self._wrong(AgreementFault.NO_SUCH_FIELD, place + name)

    def _table(self, name: str) -> Mapping[str, object]:
        """Read a table."""
        value = self._data.get(name)
        if not isinstance(value, dict):
            self._wrong(AgreementFault.MISSING if value is None else AgreementFault.WRONG_KIND, f"[{name}]")
            return {}
        return value

    def _names(self, table: Mapping[str, object], place: str) -> Mapping[str, str]:
        """Read words in each language; a table that is not there was told already."""
        return {language: self._text(table, language, place) for language in LANGUAGES} if table else {}

    def _text(self, table: Mapping[str, object], name: str, place: str = "") -> str:
        """Read words that must be there."""
        value = table.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self._wrong(AgreementFault.MISSING if value is None else AgreementFault.WRONG_KIND, place + name)
        return ""

    def _words(self, table: Mapping[str, object], name: str, place: str = "") -> tuple[str, ...]:
        """Read a list of words that may be absent."""
        value = table.get(name, [])
        if isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value):
            return tuple(value)
        self._wrong(AgreementFault.WRONG_KIND, place + name)
        return ()

    def _choice(self, table: Mapping[str, object], name: str, kind: type[_Choice], place: str = "") -> _Choice | None:
        """Read one of a closed list."""
        text = self._text(table, name, place)
        found = next((one for one in kind if one.value == text), None)
        if text and found is None:
            choices = ", ".join(str(one.value) for one in kind)
            self._wrong(AgreementFault.NOT_A_CHOICE, f"{place}{name} = {text} ({choices})")
        return found

    def _moment(self, name: str, *, needed: bool = False) -> PartialDate | None:
        """Read a date."""
        value = self._data.get(name)
        if value is None:
            if needed:
                self._wrong(AgreementFault.MISSING, name)
            return None
        try:
            return PartialDate.parse(value)
        except ValueError:
            self._wrong(AgreementFault.NOT_A_DATE, f"{name}: {value}")
            return None

    def _wrong(self, fault: AgreementFault, detail: str = "") -> None:
        """Note a fault."""
        self.faults.append(Wrong(self._path.name, fault, detail))
