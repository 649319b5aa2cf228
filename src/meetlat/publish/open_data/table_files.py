# SPDX-License-Identifier: EUPL-1.2
"""A table as Parquet and as CSV, written in one pass, a part of it at a time in memory."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from meetlat.publish.open_data.columns import Kind, OpenTable
from meetlat.publish.verdict_file import safe_cell
from meetlat.store.files import COMPRESSION, digest

_ROW_GROUP = 100_000  # rows; always the same, whatever the parts in which they come


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written: its name in the folder, and by what it is known."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table that was written, with its number of rows."""

    id: str
    rows: int
    parquet: WrittenFile
    csv: WrittenFile


def write_table_files(folder: Path, table: OpenTable, batches: Iterable[pa.RecordBatch]) -> WrittenTable:
    """Write both files. Raises OSError, and MeasurementError where the rows come from."""
    parquet, text = folder / f"{table.id}.parquet", folder / f"{table.id}.csv"
    kinds = [column.kind for column in table.columns]
    rows = 0
    with (
        text.open("w", encoding="utf-8", newline="") as file,
        pq.ParquetWriter(parquet, table.schema, compression=COMPRESSION) as writer,
    ):
        lines = csv.writer(file, lineterminator="\r\n")  # RFC 4180, 2
        lines.writerow(column.name for column in table.columns)
        for part in _row_groups(table.schema, batches):
            writer.write_table(part, row_group_size=_ROW_GROUP)
            cells = (_cells(column, kind) for column, kind in zip(part.columns, kinds, strict=True))
            lines.writerows(zip(*cells, strict=True))
            rows += part.num_rows
    return WrittenTable(table.id, rows, written(parquet), written(text))


def written(path: Path) -> WrittenFile:
    """Say what a file is known by."""
    return WrittenFile(path.name, path.stat().st_size, digest(path))


def _row_groups(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut what comes into parts of one size, so that the file does not depend on how it came."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= _ROW_GROUP:
            whole = pa.Table.from_batches(waiting, schema)
            yield whole.slice(0, _ROW_GROUP).combine_chunks()
            waiting = whole.slice(_ROW_GROUP).to_batches()
            count -= _ROW_GROUP
    if count:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()


def _cells(column: pa.ChunkedArray, kind: Kind) -> list[str]:
    """Write a column as text; the same value comes back many times, and is written once. What is null is empty."""
    encoded = column.combine_chunks().dictionary_encode()
    write = _WRITE[kind]
    known = [write(value) for value in encoded.dictionary.to_pylist()]
    known.append("")  # where an index is -1
    return [known[index] for index in encoded.indices.fill_null(len(known) - 1).to_pylist()]


def _moment(value: datetime) -> str:
    """Write a moment in UTC."""
    return value.isoformat().replace("+00:00", "Z")


_WRITE: MappingProxyType[Kind, Callable[..., str]] = MappingProxyType(
    {
        Kind.TEXT: safe_cell,
        Kind.LIST: safe_cell,
        Kind.WHOLE: str,
        Kind.FRACTION: lambda value: f"{value:.6f}".rstrip("0").rstrip("."),
        Kind.YES_NO: lambda value: "true" if value else "false",
        Kind.MOMENT: _moment,
        Kind.DAY: lambda value: value.isoformat(),
    }
)
