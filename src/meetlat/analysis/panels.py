# SPDX-License-Identifier: EUPL-1.2
"""The verdicts of a series side by side, and which targets can be compared: the tables that the queries on several measurements read."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.series import Series
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import TARGETS, VERDICTS

_MEMORY = "1500MB"  # beyond it DuckDB uses the disk
_MEMBERS = pa.schema([("composite", pa.string()), ("role", pa.string()), ("standard", pa.string())])
_VERDICT = "enum ({})".format(", ".join(f"'{verdict.value}'" for verdict in Verdict))
TABLES = (
    f"create type verdict as {_VERDICT}",
    'create temp table listed (point integer, domain varchar, role varchar, organisation varchar, "group" varchar)',
    "create temp table cells (point integer, unit integer, key varchar, part varchar, verdict verdict)",
)
_LIST = 'insert into listed select $point, domain, role, organisation, "group" from targets'
WHOSE = 'create temp table whose as select point, unit, listed.organisation, listed."group" from listed join units using (domain, role)'
_CELLS = "insert into cells select $point, unit, standard, part, verdict::verdict from verdicts join units using (domain, role)"


@contextmanager
def opened(series: Series, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a series with the tables units, whose and cells; composites count the standards that were judged at every point.

    Raises MeasurementError for what is missing or damaged.
    """
    folders = [point.folder for point in series.points]
    with connected(folders) as connection:
        fill(connection, folders, members(standards, series.standards))
        yield connection


@contextmanager
def connected(folders: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory; what is wrong with a table of a measurement is a MeasurementError."""
    for folder in folders:
        if missing := next((name for name in (TARGETS, VERDICTS) if not (folder / name).is_file()), None):
            raise MeasurementError(Fault.UNFINISHED, folder, missing)
    try:
        with duckdb.connect(config={"enable_external_access": "false", "memory_limit": _MEMORY}) as connection:
            yield connection
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise MeasurementError(Fault.DAMAGED, folders[-1], str(error).partition("\n")[0][:200]) from error


def fill(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path], counted: pa.Table) -> None:
    """Make the tables of a row of folders: point 0 is the first."""
    for statement in TABLES:
        connection.execute(statement)
    for point, folder in enumerate(folders):
        connection.register("targets", ds.dataset(folder / TARGETS, format="parquet"))
        connection.execute(_LIST, {"point": point})
    connection.execute(f"create temp table units as {query('trend_units')}", {"points": len(folders)})
    connection.execute(WHOSE)
    for point, folder in enumerate(folders):
        connection.register("verdicts", ds.dataset(folder / VERDICTS, format="parquet"))
        connection.execute(_CELLS, {"point": point})
    connection.register("members", counted)
    connection.execute(f"insert into cells {query('trend_composites')}")


def members(standards: Collection[Standard], judged: Collection[str]) -> pa.Table:
    """Say which standards count in which composite, of those that were judged everywhere."""
    rows = [
        {"composite": composite, "role": COMPOSITES[composite].value, "standard": standard.id}
        for standard in standards
        for composite in standard.composites
        if standard.id in judged
    ]
    return pa.Table.from_pylist(rows, schema=_MEMBERS)


def query(name: str) -> str:
    """Read one query file."""
    return (files("meetlat.analysis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
