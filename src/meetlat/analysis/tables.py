# SPDX-License-Identifier: EUPL-1.2
"""The tables of a measurement, opened for SQL; the queries stand in sql/, each with its grain and meaning."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.standard import Standard
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import FINDINGS, TARGETS, VERDICTS

_TABLES = {"targets": TARGETS, "findings": FINDINGS, "verdicts": VERDICTS}
_PATTERN = set("*?[")
_MEMBERS = pa.schema([("composite", pa.string()), ("role", pa.string()), ("standard", pa.string())])
_MEMORY = "700MB"  # beyond it DuckDB uses the disk


@contextmanager
def opened(folder: Path, standards: Collection[Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables targets, findings, verdicts and members (composite, role, standard); else MeasurementError."""
    if not folder.is_dir():
        raise MeasurementError(Fault.NOT_THERE, folder)
    if missing := next((file for file in _TABLES.values() if not (folder / file).is_file()), None):
        raise MeasurementError(Fault.UNFINISHED, folder, missing)
    try:
        with duckdb.connect(config={"memory_limit": _MEMORY}) as connection:
            # DuckDB reads the files itself: through Arrow the same queries take three times the memory. It may read nothing else.
            connection.execute(f"set allowed_directories = [{_quoted(folder.resolve())}]")
            connection.execute("set enable_external_access = false")
            for name, file in _TABLES.items():
                _open(connection, name, folder.resolve() / file)
            connection.register("members", _members(standards))
            yield connection
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise MeasurementError(Fault.DAMAGED, folder, str(error).partition("\n")[0][:200]) from error


def query(name: str) -> str:
    """Read one query file."""
    return (files("meetlat.analysis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _open(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Give a file the name of a table. DuckDB takes some signs in a path for a pattern: there Arrow reads, with more memory."""
    if _PATTERN & set(str(path)):
        connection.register(name, ds.dataset(path, format="parquet"))
    else:
        connection.execute(f"create view {name} as select * from read_parquet({_quoted(path)})")  # noqa: S608 - our names, a quoted path


def _quoted(path: Path) -> str:
    """Write a path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def _members(standards: Collection[Standard]) -> pa.Table:
    """Say which standards count in which composite."""
    rows = [
        {"composite": composite, "role": COMPOSITES[composite].value, "standard": standard.id}
        for standard in standards
        for composite in standard.composites
    ]
    return pa.Table.from_pylist(rows, schema=_MEMBERS)
