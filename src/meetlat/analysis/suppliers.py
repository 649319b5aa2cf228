# SPDX-License-Identifier: EUPL-1.2
"""The names that a user gives to suppliers: nothing else tells who is behind a registrable domain or an AS number."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from meetlat.model.domain import Domain, DomainError

_FIELDS = {"name", "domains", "networks"}
_NETWORK = re.compile(r"AS(?:0|[1-9][0-9]{0,9})", re.ASCII)
_LONGEST_NAME = 120


class SupplierFault(Enum):
    """What can be wrong with the file, each with its English sentence; the command line has the Dutch ones under the same names."""

    UNREADABLE = "cannot be read ({detail})"
    NO_SUPPLIERS = "there is no supplier in it; write [suppliers.something] with name, domains and networks"
    NO_SUCH_FIELD = "{detail} is not a field of a supplier (name, domains, networks)"
    NO_NAME = "{detail} has no name"
    NOTHING_TO_KNOW_BY = "{detail} has neither domains nor networks"
    NOT_A_DOMAIN = "{detail} is not a domain name"
    NOT_A_NETWORK = '{detail} is not an AS number like "AS64500"'
    NAMED_TWICE = "{detail} belongs to two suppliers"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault."""

    fault: SupplierFault
    detail: str = ""

    def __str__(self) -> str:
        """Say it in English."""
        return self.fault.value.format(detail=self.detail)


class SuppliersError(Exception):
    """The file cannot be used; ``faults`` are all of them."""

    def __init__(self, path: Path, faults: Iterable[Wrong]) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(f"{path}: " + "; ".join(map(str, self.faults)))


def read_suppliers(path: Path) -> Mapping[str, str]:
    """Map each registrable domain and AS number in the file to the name of its supplier. Raises SuppliersError with every fault."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("suppliers", {})
    except (OSError, ValueError) as error:  # a fault of TOML and of UTF-8 is a ValueError
        raise SuppliersError(path, [Wrong(SupplierFault.UNREADABLE, str(error).partition("\n")[0])]) from error
    if not isinstance(tables, dict) or not tables:
        raise SuppliersError(path, [Wrong(SupplierFault.NO_SUPPLIERS)])
    faults: list[Wrong] = []
    names: dict[str, str] = {}
    for id_, table in tables.items():
        name, identifiers = _supplier(id_, table if isinstance(table, dict) else {}, faults)
        faults += [Wrong(SupplierFault.NAMED_TWICE, one) for one in identifiers if one in names]
        names |= dict.fromkeys(identifiers, name)
    if faults:
        raise SuppliersError(path, faults)
    return names


def _supplier(id_: str, table: Mapping[str, object], faults: list[Wrong]) -> tuple[str, list[str]]:
    """Read one supplier: its name, and what it is known by."""
    faults += [Wrong(SupplierFault.NO_SUCH_FIELD, f"{id_}.{field}") for field in sorted(table.keys() - _FIELDS)]
    name = table.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST_NAME:
        faults.append(Wrong(SupplierFault.NO_NAME, id_))
        name = ""
    domains, networks = _list(table, "domains"), _list(table, "networks")
    if not domains and not networks:
        faults.append(Wrong(SupplierFault.NOTHING_TO_KNOW_BY, id_))
    identifiers = []
    for value in domains:
        try:
            identifiers.append(Domain.parse(str(value)).name)
        except DomainError:
            faults.append(Wrong(SupplierFault.NOT_A_DOMAIN, f"{id_}: {value}"))
    for value in networks:
        if isinstance(value, str) and _NETWORK.fullmatch(value):
            identifiers.append(value)
        else:
            faults.append(Wrong(SupplierFault.NOT_A_NETWORK, f"{id_}: {value}"))
    return name.strip(), list(dict.fromkeys(identifiers))


def _list(table: Mapping[str, object], field: str) -> list[object]:
    """Return a list that may be absent."""
    value = table.get(field, [])
    return value if isinstance(value, list) else [value]
