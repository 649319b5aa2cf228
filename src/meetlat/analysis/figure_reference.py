# SPDX-License-Identifier: EUPL-1.2
"""The address of a figure: one share of one measurement, as text that stands beside the figure and leads back to what it counts.

``role/standard[/part][@group[@organisation]]``, or a composite in the place of the standard: ``mail/dane``,
``web/tls/certificate@Gemeenten``, ``mail/iv-mail@Gemeenten@Gemeente Duinrade``. Without a group it is about all groups.
In the names of groups and organisations an ``@``, a ``%`` and what cannot be seen (control characters, unusual spaces) are written as in
an address on the web: ``%`` and two hexadecimal digits for each octet in UTF-8, so ``R@D`` is ``R%40D``. All else, spaces included,
stands there as it is.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.target import Role

_ID = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_LONGEST_SHOWN = 80


class ReferenceFault(Enum):
    """What can be wrong with a reference, each with its English sentence; the command line has the Dutch ones under the same names."""

    NO_REFERENCE = "{text!r} is no reference to a figure; write role/standard, such as mail/dane or web/tls/certificate@Gemeenten"
    UNKNOWN_ROLE = "{text!r}: {detail!r} is no role; begin with web/ or mail/"
    OTHER_ROLE = "{text!r}: {detail} is about the other role; write {right}"
    PART_OF_COMPOSITE = "{text!r}: {detail} has no parts; write {right}"
    TOO_MANY_PARTS = "{text!r}: after the standard comes one part at most; write role/standard/part"
    TOO_MANY_NAMES = "{text!r}: after the standard come a group and an organisation at most; write an @ in a name as %40"
    BAD_ESCAPE = "{text!r}: {detail!r} is no octets of UTF-8; write a % in a name as %25"


class FigureReferenceError(ValueError):
    """The text is no reference to a figure; ``fault`` says why, and the message says so in English."""

    def __init__(self, fault: ReferenceFault, text: str, detail: str = "", right: str = "") -> None:
        self.fault = fault
        self.text = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
        self.detail = detail[:_LONGEST_SHOWN]
        self.right = right
        super().__init__(fault.value.format(text=self.text, detail=self.detail, right=right))


@dataclass(frozen=True, slots=True)
class FigureReference:
    """One share of a measurement: of a standard or a part of it, or of a composite (``key``), in a role, group and organisation.

    ``part`` empty is the whole standard, ``group`` None all groups together, ``organisation`` None the whole group.
    """

    role: Role
    key: str
    part: str = ""
    group: str | None = None
    organisation: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be written down and read back: that is a bug of the caller."""
        if not _ID.fullmatch(self.key) or (self.part and not _ID.fullmatch(self.part)):
            raise ValueError(f"{self.key}/{self.part}: no id of a standard or part")
        if self.is_composite and (self.part or COMPOSITES[self.key] is not self.role):
            raise ValueError(f"{self.key} is of {COMPOSITES[self.key].value}, and has no parts")
        if self.organisation is not None and self.group is None:
            raise ValueError(f"{self.organisation}: an organisation is one of a group")

    @classmethod
    def parse(cls, text: str) -> "FigureReference":
        """Read a reference; capitals in role, standard and part do not matter. Raises FigureReferenceError."""
        what, *names = text.split("@")
        role_text, *ids = what.strip().lower().split("/")
        if not ids or not all(map(_ID.fullmatch, ids)):
            raise FigureReferenceError(ReferenceFault.NO_REFERENCE, text)
        role = next((one for one in Role if one.value == role_text), None)
        if role is None:
            raise FigureReferenceError(ReferenceFault.UNKNOWN_ROLE, text, role_text)
        if len(ids) > 2:
            raise FigureReferenceError(ReferenceFault.TOO_MANY_PARTS, text)
        if len(names) > 2:
            raise FigureReferenceError(ReferenceFault.TOO_MANY_NAMES, text)
        _refuse_wrong_composite(role, ids, text)
        return cls(role, *ids, **dict(zip(("group", "organisation"), (_name(name, text) for name in names), strict=False)))

    @property
    def is_composite(self) -> bool:
        """Whether it is about everything that is agreed for a role together."""
        return self.key in COMPOSITES

    def whole(self) -> "FigureReference":
        """Return the same figure of all groups together."""
        return replace(self, group=None, organisation=None)

    def __str__(self) -> str:
        """Write it so that ``parse`` gives the same again."""
        ids = "/".join(filter(None, (self.role.value, self.key, self.part)))
        return "@".join([ids, *(_escaped(name) for name in (self.group, self.organisation) if name is not None)])


def _refuse_wrong_composite(role: Role, ids: list[str], text: str) -> None:
    """Say it when a composite stands under the other role, or with a part."""
    key = ids[0]
    if key not in COMPOSITES:
        return
    right = f"{COMPOSITES[key].value}/{key}"
    if COMPOSITES[key] is not role:
        raise FigureReferenceError(ReferenceFault.OTHER_ROLE, text, key, right)
    if len(ids) > 1:
        raise FigureReferenceError(ReferenceFault.PART_OF_COMPOSITE, text, key, right)


def _escaped(name: str) -> str:
    """Write a name without an @, and with nothing in it that cannot be seen."""
    return "".join(
        letter
        if letter.isprintable() and letter not in "@%"
        else "".join(f"%{octet:02X}" for octet in letter.encode("utf-8", "surrogatepass"))
        for letter in name
    )


def _name(written: str, text: str) -> str:
    """Read a name back."""
    if "%" in _ESCAPED.sub("", written):
        raise FigureReferenceError(ReferenceFault.BAD_ESCAPE, text, written)
    try:
        return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "surrogatepass"), written)
    except UnicodeDecodeError as error:
        raise FigureReferenceError(ReferenceFault.BAD_ESCAPE, text, written) from error
