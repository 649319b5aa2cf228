# SPDX-License-Identifier: EUPL-1.2
"""DuckDB over the files of measurements, opened in one way for every question: within so much memory, and nothing else can be read."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from meetlat.store.errors import Fault, MeasurementError

_MEMORY = "700MB"  # beyond it DuckDB uses the disk
_PATTERN = str.maketrans({sign: f"[{sign}]" for sign in "*?["})


@contextmanager
def connected(folders: Sequence[Path], needed: Collection[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database that can read these folders and no other file; in each of them the files ``needed`` must stand.

    What is wrong with them, also while the database is open, is a MeasurementError; of several folders it names the last.
    """
    for folder in folders:
        if not folder.is_dir():
            raise MeasurementError(Fault.NOT_THERE, folder)
        if missing := next((file for file in needed if not (folder / file).is_file()), None):
            raise MeasurementError(Fault.UNFINISHED, folder, missing)
    try:
        with TemporaryDirectory(prefix="meetlat-") as beyond, duckdb.connect(config={"memory_limit": _MEMORY}) as connection:
            connection.execute(f"set temp_directory = {_quoted(beyond)}")
            connection.execute("set enable_progress_bar = false")
            ways = sorted({way for folder in folders for way in (str(folder.resolve()), _exactly(folder))})
            connection.execute(f"set allowed_directories = [{', '.join(map(_quoted, ways))}]")
            connection.execute("set enable_external_access = false")
            yield connection
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise MeasurementError(Fault.DAMAGED, folders[-1], str(error).partition("\n")[0][:200]) from error


def show(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Give a file the name of a table, in the place of what had that name; DuckDB reads it when it is asked for, in parts.

    What folders are called is no column: DuckDB would take ``role=web`` in a path for one.
    """
    read = f"read_parquet({_quoted(_exactly(path))}, hive_partitioning = false)"
    connection.execute(f"create or replace view {name} as select * from {read}")  # noqa: S608 - our names, a quoted path


def query(name: str) -> str:
    """Read one query file."""
    return (files("meetlat.analysis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _exactly(path: Path) -> str:
    """Write a path as the pattern that only it fits; DuckDB takes every path for a pattern."""
    return str(path.resolve()).translate(_PATTERN)


def _quoted(text: str) -> str:
    """Write a text of SQL."""
    return "'" + text.replace("'", "''") + "'"
