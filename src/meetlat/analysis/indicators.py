# SPDX-License-Identifier: EUPL-1.2
"""Count verdicts and findings with SQL; the queries stand in sql/, each with its grain and meaning."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa

from meetlat.analysis.database import connected, query, show
from meetlat.analysis.share import Share
from meetlat.model.evidence import Cause
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.store.folder import FINDINGS, TARGETS, VERDICTS

# Which role each composite looks at; which standards count in it stands in each standard.toml.
COMPOSITES: Mapping[str, Role] = MappingProxyType({"iv-web": Role.WEB, "iv-mail": Role.MAIL})

_TABLES = {"targets": TARGETS, "findings": FINDINGS, "verdicts": VERDICTS}
_MEMBERS = pa.schema([("composite", pa.string()), ("role", pa.string()), ("standard", pa.string())])


@dataclass(frozen=True, slots=True)
class StandardIndicator:
    """One standard or part of it, in one role and one group; ``part`` empty is the whole, ``group`` None all groups."""

    standard: str
    part: str
    role: Role
    group: str | None
    share: Share


@dataclass(frozen=True, slots=True)
class CompositeIndicator:
    """Everything that is agreed for one role, in one group; ``group`` None is all groups."""

    composite: str
    group: str | None
    share: Share


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule that is broken on some domains, and the share that keeps it."""

    standard: str
    rule: str
    share: Share


@dataclass(frozen=True, slots=True)
class Gap:
    """How many domains and findings are touched by one reason for which something could not be established."""

    cause: Cause
    reason: str
    domains: int
    findings: int


@dataclass(frozen=True, slots=True)
class GroupSize:
    """How many there are of what in one group; ``group`` None is all groups. ``absent`` domains do not exist."""

    group: str | None
    domains: int
    organisations: int
    web: int
    mail: int
    absent: int


@dataclass(frozen=True, slots=True)
class Indicators:
    """Every indicator of one measurement."""

    standards: tuple[StandardIndicator, ...]
    composites: tuple[CompositeIndicator, ...]
    failing_rules: tuple[FailingRule, ...]
    gaps: tuple[Gap, ...]
    groups: tuple[GroupSize, ...]


def indicators(folder: Path, standards: Iterable[Standard]) -> Indicators:
    """Count everything; ``standards`` say in which composites they count. Raises MeasurementError."""
    with connected([folder], _TABLES.values()) as connection:
        for name, file in _TABLES.items():
            show(connection, name, folder / file)
        return _counted(connection, standards)


def verdict_indicators(
    connection: duckdb.DuckDBPyConnection, standards: Iterable[Standard]
) -> tuple[tuple[StandardIndicator, ...], tuple[CompositeIndicator, ...]]:
    """Count the verdicts in the table ``verdicts`` of a connection, measured or corrected, per standard and per composite."""
    connection.register("members", members(standards))
    of_standards = (
        StandardIndicator(standard, part, Role(role), group, Share(*counts))
        for standard, part, role, group, *counts in _run(connection, "standards")
    )
    of_composites = (CompositeIndicator(composite, group, Share(*counts)) for composite, group, *counts in _run(connection, "composites"))
    return tuple(of_standards), tuple(of_composites)


def members(standards: Iterable[Standard], judged: Collection[str] | None = None) -> pa.Table:
    """Say which standards count in which composite (composite, role, standard); only those ``judged``, when that is given."""
    rows = [
        {"composite": composite, "role": COMPOSITES[composite].value, "standard": standard.id}
        for standard in standards
        for composite in standard.composites
        if judged is None or standard.id in judged
    ]
    return pa.Table.from_pylist(rows, schema=_MEMBERS)


def _counted(connection: duckdb.DuckDBPyConnection, standards: Iterable[Standard]) -> Indicators:
    """Run the queries."""
    of_standards, of_composites = verdict_indicators(connection, standards)
    return Indicators(
        standards=of_standards,
        composites=of_composites,
        failing_rules=tuple(FailingRule(standard, rule, Share(*counts)) for standard, rule, *counts in _run(connection, "failing_rules")),
        gaps=tuple(Gap(Cause(cause), *rest) for cause, *rest in _run(connection, "gaps")),
        groups=tuple(GroupSize(*row) for row in _run(connection, "groups")),
    )


def _run(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    """Run one query file."""
    return connection.execute(query(name)).fetchall()
