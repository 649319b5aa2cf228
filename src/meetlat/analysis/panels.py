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
_TABLES = (
    f"create type verdict as {_VERDICT}",
    """
    create temp table listed
    (point integer, domain varchar, role varchar, organisation varchar, organisation_id varchar, "group" varchar)
    """,
    "create temp table cells (point integer, unit integer, key varchar, part varchar, verdict verdict)",
)
_ID = "organisation_id"  # older measurements have none
_LIST = 'insert into listed select $point, domain, role, organisation, {id}, "group" from targets'
_WHOSE = """
    create temp table whose as
    select listed.point, unit, spelled.organisation, listed."group"
    from listed
    join units using (domain, role)
    join spelled on spelled.point = listed.point and name = listed.organisation and id is not distinct from listed.organisation_id
"""
_CELLS = """
    insert into cells
    select $point, unit, standard, part, verdict::verdict
    from verdicts
    join units using (domain, role)
    where $every or list_contains($wanted, standard)
"""


@contextmanager
def opened(series: Series, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a series with the tables units, organisations, whose and cells; composites count the standards that were judged at every point.

    Raises MeasurementError for what is missing or damaged.
    """
    folders = [point.folder for point in series.points]
    with connected(folders) as connection:
        list_targets(connection, folders)
        for point, folder in enumerate(folders):
            add_verdicts(connection, point, folder)
        add_composites(connection, standards, series.standards)
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


def list_targets(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Make the tables of targets and of whose they are; point 0 is the first folder."""
    for statement in _TABLES:
        connection.execute(statement)
    for point, folder in enumerate(folders):
        targets = ds.dataset(folder / TARGETS, format="parquet")
        connection.register("targets", targets)
        connection.execute(_LIST.format(id=_ID if _ID in targets.schema.names else "null"), {"point": point})
    connection.execute(f"create temp table units as {query('trend_units')}", {"points": len(folders)})
    connection.execute(f"create temp table spelled as {query('trend_organisations')}")
    connection.execute("create temp table organisations as select distinct organisation, newest_name as name, newest_id as id from spelled")
    connection.execute(_WHOSE)


def add_verdicts(connection: duckdb.DuckDBPyConnection, point: int, folder: Path, wanted: Collection[str] | None = None) -> None:
    """Add the verdicts of a folder to a point: on these standards, or on all."""
    connection.register("verdicts", ds.dataset(folder / VERDICTS, format="parquet"))
    connection.execute(_CELLS, {"point": point, "every": wanted is None, "wanted": sorted(wanted or ())})


def add_composites(connection: duckdb.DuckDBPyConnection, standards: Collection[Standard], judged: Collection[str]) -> None:
    """Add the verdicts on everything together, of the standards that were judged everywhere."""
    rows = [
        {"composite": composite, "role": COMPOSITES[composite].value, "standard": standard.id}
        for standard in standards
        for composite in standard.composites
        if standard.id in judged
    ]
    connection.register("members", pa.Table.from_pylist(rows, schema=_MEMBERS))
    connection.execute(f"insert into cells {query('trend_composites')}")


def query(name: str) -> str:
    """Read one query file."""
    return (files("meetlat.analysis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
