# SPDX-License-Identifier: EUPL-1.2
"""Two tables that people edit: which group a type of organisation is in, and which roles a purpose of a domain name gives it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meetlat.model.organisation import Organisation
from meetlat.model.target import Role
from meetlat.organisations.faults import OrganisationsError, RegisterFault

FOLDER = Path(__file__).resolve().parents[3] / "register" / "organisations"
GROUPS = FOLDER / "groups.toml"
PURPOSES = FOLDER / "purposes.toml"
SUCCESSIONS = FOLDER / "successions.toml"


@dataclass(frozen=True, slots=True)
class Group:
    """A line of groups.toml. ``subtype`` empty is any; with ``of_parent`` the group of the organisation that it is part of goes first."""

    type: str
    subtype: str
    group: str
    of_parent: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """The lines of groups.toml, in their order: the first that fits one of the types of an organisation counts."""

    lines: tuple[Group, ...]

    def group_of(self, organisation: Organisation, others: Mapping[str, Organisation]) -> str | None:
        """Return the group of an organisation; None when no line fits."""
        walked: set[str] = set()
        one: Organisation | None = organisation
        last: str | None = None
        while one is not None and one.id not in walked:
            walked.add(one.id)
            line = self._line(one)
            if line is None:
                return last
            if not line.of_parent:
                return line.group
            last = last or line.group
            one = others.get(one.parent or "")
        return last

    def _line(self, organisation: Organisation) -> Group | None:
        """Return the first line that fits."""
        types = {one.casefold() for one in organisation.types}
        subtype = (organisation.subtype or "").casefold()
        fitting = (line for line in self.lines if line.type.casefold() in types and line.subtype.casefold() in {"", subtype})
        return next(fitting, None)


def read_groups(path: Path = GROUPS) -> Groups:
    """Read groups.toml. Raises OrganisationsError."""
    lines = []
    for number, table in enumerate(tables_of(path, "group"), start=1):
        type_, subtype, name = (table.get(field, "") for field in ("type", "subtype", "name"))
        of_parent = table.get("of_parent", False)
        is_right = all(isinstance(text, str) for text in (type_, subtype, name)) and isinstance(of_parent, bool)
        if not is_right or not type_ or not name or table.keys() - {"type", "subtype", "name", "of_parent"}:
            raise OrganisationsError(RegisterFault.BAD_SETTING, path, f"group {number}: type, name (subtype, of_parent)")
        lines.append(Group(type_, subtype, name, of_parent))
    return Groups(tuple(lines))


def read_purposes(path: Path = PURPOSES) -> Mapping[str, tuple[Role, ...]]:
    """Read purposes.toml: per purpose in lower case the roles; none means that such a name is left out. Raises OrganisationsError."""
    purposes: dict[str, tuple[Role, ...]] = {}
    for number, table in enumerate(tables_of(path, "purpose"), start=1):
        name, roles = table.get("name"), table.get("roles")
        known = {role.value: role for role in Role}
        is_right = isinstance(name, str) and isinstance(roles, list) and all(role in known for role in roles)
        if not is_right or table.keys() != {"name", "roles"} or str(name).casefold() in purposes:
            raise OrganisationsError(RegisterFault.BAD_SETTING, path, f"purpose {number}: name, roles = {list(known)}")
        purposes[str(name).casefold()] = tuple(known[role] for role in dict.fromkeys(roles or ()))
    return purposes


def tables_of(path: Path, name: str) -> list[dict[str, Any]]:
    """Read the tables of a TOML file that holds nothing else."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # a fault of TOML and of UTF-8 is a ValueError
        raise OrganisationsError(RegisterFault.BAD_SETTING, path, str(error).partition("\n")[0][:200]) from error
    found = tables.get(name, [])
    if tables.keys() - {name} or not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise OrganisationsError(RegisterFault.BAD_SETTING, path, f"[[{name}]]")
    return found
