# SPDX-License-Identifier: EUPL-1.2
"""The rows of a measurement for publication, in an order that is always the same, a part of them at a time in memory."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from meetlat.analysis.database import query
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.share import Share
from meetlat.analysis.tables import opened
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.store import schemas
from meetlat.store.files import parquet
from meetlat.store.folder import FINDINGS, VERDICTS

_AT_ONCE = 50_000  # rows
# So many domains are put in order at a time: of a larger measurement the rows first go to files of that many domains.
_DOMAINS = 5_000
_REGISTER_COLUMNS = ("organisation_id", "ministry")  # which older measurements do not have


@dataclass(frozen=True, slots=True)
class Figure:
    """One share with its address."""

    reference: FigureReference
    share: Share


def target_rows(folder: Path) -> pa.Table:
    """Return one row per domain, in the order of their names. Raises MeasurementError."""
    with opened(folder, ()) as connection:
        there = {name for name, *_ in connection.execute("describe targets").fetchall()}
        missing = "".join(f", null::varchar as {name}" for name in _REGISTER_COLUMNS if name not in there)
        connection.execute(f"create temp view owners as select *{missing} from targets")  # noqa: S608 - the names are ours
        return pa.RecordBatchReader.from_stream(connection.sql(query("open_targets"))).read_all()


def verdict_rows(folder: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield every verdict in the order of the domains, and of each domain as the measurement holds them. Raises MeasurementError."""
    yield from _by_domain(folder, VERDICTS, schemas.VERDICTS, columns)


def finding_rows(folder: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield every finding in the order of the domains, and of each domain as the measurement holds them. Raises MeasurementError."""
    yield from _by_domain(folder, FINDINGS, schemas.FINDINGS, columns)


def all_figures(folder: Path, standards: Collection[Standard]) -> Iterator[Figure]:
    """Yield every share there is: of composites, standards and parts, of all groups together, of each group, and of each organisation.

    They come from the queries that count for publication, as they stand. Raises MeasurementError.
    """
    with opened(folder, standards) as connection:
        for composite, group, *counts in _rows(connection, "composites"):
            yield Figure(FigureReference(COMPOSITES[composite], composite, "", group), Share(*counts))
        for standard, part, role, group, *counts in _rows(connection, "standards"):
            yield Figure(FigureReference(Role(role), standard, part, group), Share(*counts))
        for group, organisation, composite, *counts in _rows(connection, "organisations"):
            yield Figure(FigureReference(COMPOSITES[composite], composite, "", group, organisation), Share(*counts))
        for standard, part, role, group, organisation, *counts in _rows(connection, "organisation_standards"):
            yield Figure(FigureReference(Role(role), standard, part, group, organisation), Share(*counts))


def judged_rules(folder: Path) -> set[tuple[str, str, str]]:
    """Return every rule that there is a finding of, as standard, norm and rule. Raises MeasurementError."""
    with opened(folder, ()) as connection:
        return {(standard, norm, rule) for standard, norm, rule in _rows(connection, "open_rules")}


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query."""
    found = connection.execute(query(name))
    while rows := found.fetchmany(_AT_ONCE):
        yield from rows


def _by_domain(folder: Path, name: str, schema: pa.Schema, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of a table in the order of the domains. A domain stands in one shard, so its rows stand together already."""
    domains = pa.array(sorted(set(target_rows(folder).column("domain").to_pylist())), pa.string())
    with parquet(folder / name, schema) as file:
        if len(domains) <= _DOMAINS:
            yield _sorted(file.read(list(columns)), domains)
            return
        with TemporaryDirectory(prefix="meetlat-") as place:
            paths = [Path(place) / f"{number}.arrow" for number in range(-(-len(domains) // _DOMAINS))]
            _divide(file.iter_batches(_AT_ONCE, columns=list(columns)), domains, paths)
            for path in paths:
                if path.exists():
                    with ipc.open_stream(path) as stream:
                        yield _sorted(stream.read_all(), domains)


def _divide(batches: Iterator[pa.RecordBatch], domains: pa.Array, paths: Sequence[Path]) -> None:
    """Write the rows of so many domains each to a file of their own, in the order in which they come."""
    with ExitStack() as files:
        writers: dict[int, ipc.RecordBatchStreamWriter] = {}
        for batch in batches:
            numbers = pc.divide(pc.index_in(batch.column("domain"), domains), _DOMAINS)
            for number in pc.unique(numbers).to_pylist():
                if number not in writers:
                    options = ipc.IpcWriteOptions(compression="zstd")
                    writers[number] = files.enter_context(ipc.new_stream(paths[number], batch.schema, options=options))
                writers[number].write_batch(batch.filter(pc.equal(numbers, number)))


def _sorted(table: pa.Table, domains: pa.Array) -> pa.Table:
    """Sort by domain; what is of one domain stays in its order, for the sort is stable."""
    return table.take(pc.sort_indices(pc.index_in(table.column("domain"), domains)))
