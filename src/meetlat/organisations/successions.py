# SPDX-License-Identifier: EUPL-1.2
"""Read successions.toml: what became of organisations, each with its day and source."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from meetlat.model.organisation import Change, Succession
from meetlat.organisations.faults import OrganisationsError, RegisterFault
from meetlat.organisations.grouping import SUCCESSIONS, tables_of

_FIELDS = {"change", "on", "before", "after", "source", "was", "becomes"}


def read_successions(path: Path = SUCCESSIONS) -> tuple[Succession, ...]:
    """Read what became of organisations, oldest first. Raises OrganisationsError with every fault."""
    found, faults = [], []
    for number, table in enumerate(tables_of(path, "succession"), start=1):
        wrong = list(_faults(table))
        if wrong:
            faults.append(f"succession {number}: {', '.join(wrong)}")
            continue
        texts = {name: table.get(name, "") for name in ("source", "was", "becomes")}
        found.append(Succession(Change(table["change"]), table["on"], tuple(table["before"]), tuple(table["after"]), **texts))
    if faults:
        raise OrganisationsError(RegisterFault.BAD_SETTING, path, "; ".join(faults))
    return tuple(sorted(found, key=lambda one: one.on))


def _faults(table: Mapping[str, Any]) -> list[str]:
    """Name the fields of one entry that are wrong."""
    wrong = sorted(table.keys() - _FIELDS)
    is_change = table.get("change") in {change.value for change in Change}
    is_day = isinstance(table.get("on"), date) and not isinstance(table.get("on"), datetime)
    source = table.get("source")
    is_source = isinstance(source, str) and source.startswith(("https://", "http://"))
    wrong += [name for name, is_right in (("change", is_change), ("on", is_day), ("source", is_source)) if not is_right]
    sides = {name: table.get(name) for name in ("before", "after")}
    wrong += [name for name, ids in sides.items() if not _are_ids(ids)]
    if wrong:
        return wrong
    before, after = (len(set(ids or ())) for ids in sides.values())
    match Change(table["change"]):
        case Change.MERGED:
            wrong += ["before"] if before < 2 else []
            wrong += ["after"] if after != 1 else []
        case Change.SPLIT:
            wrong += ["before"] if before != 1 else []
            wrong += ["after"] if after < 2 else []
        case Change.RENAMED | Change.MOVED:
            wrong += [name for name, count in (("before", before), ("after", after)) if count != 1]
            wrong += [name for name in ("was", "becomes") if not isinstance(table.get(name), str) or not table[name].strip()]
    return wrong


def _are_ids(ids: object) -> bool:
    """Whether this is a list of ids."""
    return isinstance(ids, list) and bool(ids) and all(isinstance(id_, str) and id_.strip() for id_ in ids)
