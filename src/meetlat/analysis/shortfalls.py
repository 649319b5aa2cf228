# SPDX-License-Identifier: EUPL-1.2
"""What each domain falls short of, and how each organisation stands as a whole."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.share import Share
from meetlat.model.norm import Obligation, Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import FINDINGS, TARGETS, VERDICTS

_TABLES = {"targets": TARGETS, "findings": FINDINGS, "verdicts": VERDICTS}
_MEMBERS = pa.schema([("composite", pa.string()), ("role", pa.string()), ("standard", pa.string())])
_ADVICE = pa.schema([("standard", pa.string()), ("rule", pa.string())])
_AT_ONCE = 5_000  # rows
_MEMORY = "1GB"  # beyond it DuckDB uses the disk


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A requirement that a domain does not keep in a role."""

    role: Role
    standard: str
    rule: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One domain: the verdict on everything per role (None when there is none), and what it falls short of."""

    domain: str
    organisation: str
    group: str
    web: Verdict | None
    mail: Verdict | None
    broken: tuple[BrokenRule, ...]


@dataclass(frozen=True, slots=True)
class OrganisationShare:
    """How one organisation stands on everything that is agreed for one role."""

    group: str
    organisation: str
    role: Role
    share: Share


def shortfalls(folder: Path, standards: Collection[Standard], norms: Mapping[str, str]) -> Iterator[Shortfall]:
    """Yield every domain of a measurement in the order of group, organisation and name. Raises MeasurementError.

    ``norms`` are the versions that were judged by: they say which rules are requirements.
    """
    with _opened(folder, standards) as connection:
        connection.register("advice", _advice(standards, norms))
        found = connection.execute(_query("shortfalls"))
        while rows := found.fetchmany(_AT_ONCE):
            for domain, organisation, group, web, mail, rules in rows:
                yield Shortfall(domain, organisation, group, _verdict(web), _verdict(mail), tuple(_broken(rule) for rule in rules))


def organisation_shares(folder: Path, standards: Collection[Standard]) -> tuple[OrganisationShare, ...]:
    """Count how each organisation stands, in the order of group and name. Raises MeasurementError."""
    with _opened(folder, standards) as connection:
        rows = connection.execute(_query("organisations")).fetchall()
    return tuple(
        OrganisationShare(group, organisation, COMPOSITES[composite], Share(*counts)) for group, organisation, composite, *counts in rows
    )


@contextmanager
def _opened(folder: Path, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables of a measurement; what is wrong with them is a MeasurementError."""
    if missing := next((file for file in _TABLES.values() if not (folder / file).is_file()), None):
        raise MeasurementError(Fault.UNFINISHED, folder, missing)
    try:
        with duckdb.connect(config={"enable_external_access": "false", "memory_limit": _MEMORY}) as connection:
            for name, file in _TABLES.items():
                connection.register(name, ds.dataset(folder / file, format="parquet"))
            connection.register("members", _members(standards))
            yield connection
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise MeasurementError(Fault.DAMAGED, folder, str(error).partition("\n")[0][:200]) from error


def _members(standards: Collection[Standard]) -> pa.Table:
    """Say which standards count in which composite."""
    rows = [
        {"composite": composite, "role": COMPOSITES[composite].value, "standard": standard.id}
        for standard in standards
        for composite in standard.composites
    ]
    return pa.Table.from_pylist(rows, schema=_MEMBERS)


def _advice(standards: Collection[Standard], norms: Mapping[str, str]) -> pa.Table:
    """List the rules that are advice or information only under the norms that were judged by."""
    judged_by = [norm for standard in standards if (norm := standard.norm(norms.get(standard.id, ""))) is not None]
    rows = [
        {"standard": norm.standard, "rule": rule}
        for norm in judged_by
        for rule, obligation in norm.rules.items()
        if obligation is not Obligation.MUST
    ]
    return pa.Table.from_pylist(rows, schema=_ADVICE)


def _verdict(text: str | None) -> Verdict | None:
    """Read a verdict."""
    return Verdict(text) if text else None


def _broken(text: str) -> BrokenRule:
    """Read role|standard|rule."""
    role, standard, rule = text.split("|", 2)
    return BrokenRule(Role(role), standard, rule)


def _query(name: str) -> str:
    """Read one query file."""
    return (files("meetlat.analysis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
