# SPDX-License-Identifier: EUPL-1.2
"""Who changed colour between two measurements, or between a measurement and its re-judgement."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import VERDICTS


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """One way of changing: of a standard or part of it in a role, from one verdict to another; None is no verdict at all."""

    role: Role
    standard: str
    part: str
    was: Verdict | None
    is_now: Verdict | None


@dataclass(frozen=True, slots=True)
class Change:
    """One domain that changed colour."""

    kind: Kind
    domain: str
    organisation: str
    group: str


def changes(before: Path, after: Path) -> Sequence[Change]:
    """List every verdict that differs between two measurement folders. Raises MeasurementError."""
    query = (files("meetlat.analysis") / "sql" / "changes.sql").read_text(encoding="utf-8")
    try:
        with duckdb.connect(config={"enable_external_access": "false"}) as connection:
            for name, folder in (("before", before), ("after", after)):
                connection.register(name, _verdicts(folder))
            rows = connection.execute(query).fetchall()
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise MeasurementError(Fault.DAMAGED, after, str(error).partition("\n")[0][:200]) from error
    return tuple(
        Change(Kind(Role(role), standard, part, Verdict(was) if was else None, Verdict(now) if now else None), domain, organisation, group)
        for role, standard, part, domain, organisation, group, was, now in rows
    )


def counted(found: Sequence[Change]) -> Mapping[Kind, int]:
    """Count the changes of each kind, in the order in which they are listed."""
    return Counter(change.kind for change in found)


def _verdicts(folder: Path) -> ds.Dataset:
    """Open the verdicts of a measurement. Raises MeasurementError when there are none (yet)."""
    if not folder.is_dir():
        raise MeasurementError(Fault.NOT_THERE, folder)
    if not (folder / VERDICTS).is_file():
        raise MeasurementError(Fault.UNFINISHED, folder, VERDICTS)
    return ds.dataset(folder / VERDICTS, format="parquet")
