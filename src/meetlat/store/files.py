# SPDX-License-Identifier: EUPL-1.2
"""Files that are there whole or not at all, and the faults of reading them as one kind of error."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from meetlat.store.errors import Fault, MeasurementError

PARTIAL = ".partial"
COMPRESSION = "zstd"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; when the block ends well, what was written there gets its real name in one step."""
    try:
        with _renamed_when_whole(path) as partial:
            yield partial
    except OSError as error:
        raise MeasurementError(Fault.NOT_WRITABLE, path, str(error)) from error


@contextmanager
def output_file(path: Path) -> Iterator[Path]:
    """Give where to write a file that a person asked for: there whole or not at all, as ``written_whole``. Raises OSError.

    Behind a link it is the file itself that is replaced. What is no file (a pipe, the terminal, all of /dev) is written to as it is.
    """
    if path.is_relative_to("/dev") or (path.exists() and not path.is_file()):
        yield path
        return
    with _renamed_when_whole(path.resolve()) as partial:
        yield partial


@contextmanager
def _renamed_when_whole(path: Path) -> Iterator[Path]:
    """Give a temporary name, which becomes the real one when the block ends well; else nothing is left of it. Raises OSError."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except BaseException:
        with suppress(OSError):  # a disk that became read-only keeps what is half; nobody reads it
            partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object as JSON that people can read too."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read an object; anything else in the file is damage."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MeasurementError(Fault.DAMAGED, path, str(error)) from error
    if not isinstance(value, dict):
        raise MeasurementError(Fault.DAMAGED, path, "it holds no JSON object")
    return value


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as one Parquet file."""
    with written_whole(path) as partial:
        pq.write_table(table, partial, compression=COMPRESSION)


def read_table(path: Path, *schemas: pa.Schema) -> pa.Table:
    """Read a whole Parquet file that must have one of these schemas."""
    with parquet(path, *schemas) as file:
        return file.read()


@contextmanager
def parquet(path: Path, *schemas: pa.Schema) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file that must have one of these schemas; what goes wrong in the block with its content is damage of the file."""
    try:
        with pq.ParquetFile(path) as file:
            if not any(file.schema_arrow.equals(schema) for schema in schemas):
                raise MeasurementError(Fault.DAMAGED, path, "its columns are not those of this kind of file")
            yield file
    except (OSError, pa.ArrowException) as error:
        raise MeasurementError(Fault.DAMAGED, path, str(error).partition("\n")[0][:200]) from error


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MeasurementError(Fault.DAMAGED, path, str(error)) from error


def rows(path: Path) -> int:
    """Return the number of rows of a Parquet file."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise MeasurementError(Fault.DAMAGED, path, str(error).partition("\n")[0][:200]) from error


def _flush(path: Path) -> None:
    """Make sure that the disk has it, so that a power cut leaves nothing half."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
