# SPDX-License-Identifier: EUPL-1.2
"""What the register says of a standard, apart from what is measured. What its sources do not give is unknown, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum

from meetlat.model.partial_date import PartialDate

LANGUAGES = ("nl", "en")
UNKNOWN = "unknown"  # how a standard.toml says that the sources do not give it


class ListStatus(Enum):
    """Where a standard stands on the lists of Forum Standaardisatie; NONE is on neither of them."""

    PAS_TOE_OF_LEG_UIT = "pas_toe_of_leg_uit"
    RECOMMENDED = "recommended"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Registration:
    """The entry of a standard in the register. None is: not known to us; an empty tuple is: known to be none."""

    official_name: Mapping[str, str | None] = field(default_factory=lambda: dict.fromkeys(LANGUAGES))
    list_status: ListStatus | None = None
    list_since: PartialDate | None = None
    toepassingsgebied: Mapping[str, str] | None = None
    werkingsgebied: Mapping[str, str] | None = None
    steward: str | None = None
    specification: str | None = None
    legal_basis: tuple[str, ...] | None = None
    links: tuple[str, ...] | None = None

    @property
    def gaps(self) -> tuple[str, ...]:
        """The names of what is not known; a date on a list is no gap for what stands on none."""
        names = tuple(f"official_name.{language}" for language in LANGUAGES if self.official_name[language] is None)
        others = (name for name in FIELDS[1:] if getattr(self, name) is None)
        return names + tuple(name for name in others if name != "list_since" or self.list_status is not ListStatus.NONE)


FIELDS = tuple(one.name for one in fields(Registration))


def registration(table: Mapping[str, object]) -> Registration:
    """Read the ``[register]`` table of a standard.toml. Raises ValueError with every fault in it."""
    reading = _Reading(table)
    found = Registration(
        official_name=reading.names("official_name"),
        list_status=reading.status("list_status"),
        list_since=reading.moment("list_since"),
        toepassingsgebied=reading.texts("toepassingsgebied"),
        werkingsgebied=reading.texts("werkingsgebied"),
        steward=reading.text("steward"),
        specification=reading.text("specification"),
        legal_basis=reading.list("legal_basis"),
        links=reading.list("links"),
    )
    faults = list(reading.faults)
    faults += [f"register.links: {link} is no web address" for link in found.links or () if not link.startswith(("https://", "http://"))]
    if found.list_status is ListStatus.NONE and found.list_since is not None:
        faults.append("register.list_since: it stands on no list, so since never")
    if faults:
        raise ValueError("; ".join(faults))
    return found


class _Reading:
    """Reads one table field by field, and gathers what is wrong. A field that is absent is unknown too."""

    def __init__(self, table: Mapping[str, object]) -> None:
        self._table = table
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        """Read words."""
        value = self._known(name)
        return (
            value if self._is(name, value, "text", of=isinstance(value, str) and bool(value.strip())) and isinstance(value, str) else None
        )

    def texts(self, name: str) -> Mapping[str, str] | None:
        """Read words in each language."""
        value = self._known(name)
        right = isinstance(value, dict) and set(value) == set(LANGUAGES) and all(isinstance(text, str) for text in value.values())
        return value if self._is(name, value, "text in nl and in en", of=right) and isinstance(value, dict) else None

    def names(self, name: str) -> Mapping[str, str | None]:
        """Read words in each language, of which each can be unknown."""
        found = self.texts(name) or dict.fromkeys(LANGUAGES, UNKNOWN)
        return {language: None if text == UNKNOWN else text for language, text in found.items()}

    def list(self, name: str) -> tuple[str, ...] | None:
        """Read a list of words; a single text is a list of one."""
        value = self._known(name)
        value = [value] if isinstance(value, str) else value
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value) if self._is(name, value, "a list of texts", of=right) and isinstance(value, list) else None

    def status(self, name: str) -> ListStatus | None:
        """Read a status."""
        value = self._known(name)
        value = value.replace(" ", "_") if isinstance(value, str) else value  # as the list itself writes it
        choices = [status.value for status in ListStatus]
        return ListStatus(value) if self._is(name, value, f"one of {', '.join(choices)}", of=value in choices) else None

    def moment(self, name: str) -> PartialDate | None:
        """Read a date."""
        value = self._known(name)
        try:
            return None if value is None else PartialDate.parse(value)
        except ValueError as error:
            self.faults.append(f"register.{name}: {error}")
            return None

    def _known(self, name: str) -> object:
        """Return the value; None when it is not known."""
        value = self._table.get(name, UNKNOWN)
        return None if value == UNKNOWN else value

    def _is(self, name: str, value: object, expected: str, *, of: bool) -> bool:
        """Whether there is a value and it is right; one that is wrong is a fault."""
        if value is not None and not of:
            self.faults.append(f"register.{name}: must be {expected}, or {UNKNOWN!r}")
        return value is not None and of
