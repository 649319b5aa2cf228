# SPDX-License-Identifier: EUPL-1.2
"""The observations of a shard as one Parquet file."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from meetlat.model.evidence import Evidence, Failure, Need, Observation
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.files import read_table, write_table
from meetlat.store.folder import read_run, refuse_sealed, shard_path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """An observation with where it stands: the file in the folder, its row there (the first is 0), and its answer as written there."""

    observation: Observation
    file: str
    row: int
    vantage: str
    written: str | None


def write_shard(folder: Path, shard: int, observations: Iterable[Observation]) -> None:
    """Write the observations of a shard: every attempt, sorted, so that equal observations give an equal file.

    An answer becomes JSON: when it is read back, tuples are lists and keys are text.
    """
    refuse_sealed(folder)
    vantage = read_run(folder).vantage
    rows = sorted((_row(observation, vantage) for observation in observations), key=_place)
    columns = zip(*rows, strict=True) if rows else [()] * len(schemas.EVIDENCE)
    table = pa.table(
        [pa.array(list(column), field.type) for column, field in zip(columns, schemas.EVIDENCE, strict=True)], schema=schemas.EVIDENCE
    )
    write_table(shard_path(folder, shard), table)


def read_shard(folder: Path, shard: int) -> Evidence:
    """Read the evidence of a shard."""
    return Evidence(read_observations(folder, shard))


def read_observations(
    folder: Path, shard: int, kinds: Collection[str] | None = None, subjects: Collection[str] = ()
) -> Iterator[Observation]:
    """Yield every observation of a shard, sorted by need and attempt; or only those of these kinds, and those about these subjects."""
    path, table = _table(folder, shard)
    if kinds is not None:
        wanted = pc.is_in(table.column("kind"), pa.array(kinds, pa.string()))
        table = table.filter(pc.or_(wanted, pc.is_in(table.column("subject"), pa.array(subjects, pa.string()))))
    yield from _observations(table, path)


def stored_observations(folder: Path, shard: int, needs: Collection[Need]) -> tuple[StoredObservation, ...]:
    """Return every attempt at these needs in a shard, sorted by need and attempt, with where each stands; nothing else is unpacked."""
    path, table = _table(folder, shard)
    subjects = pa.array(sorted({schemas.storable(need.subject) for need in needs}), pa.string())
    rows = table.append_column("row", pa.array(range(table.num_rows), pa.int64())).filter(pc.is_in(table.column("subject"), subjects))
    wanted = {Need(*(schemas.storable(part) for part in need)) for need in needs}
    file = path.relative_to(folder).as_posix()
    places = zip(*(rows.column(name).to_pylist() for name in ("row", "vantage", "answer")), strict=True)
    return tuple(
        StoredObservation(observation, file, row, vantage, written)
        for observation, (row, vantage, written) in zip(_observations(rows, path), places, strict=True)
        if observation.need in wanted
    )


def _table(folder: Path, shard: int) -> tuple[Path, pa.Table]:
    """Read the file of a shard."""
    path = shard_path(folder, shard)
    if not path.exists():
        raise MeasurementError(Fault.UNFINISHED, folder, path.name)
    return path, read_table(path, schemas.EVIDENCE)


def _observations(table: pa.Table, path: Path) -> Iterator[Observation]:
    """Yield the observations in the rows of a table; what is wrong with them is damage of the file at ``path``."""
    moments = table.column("at").cast(pa.int64()).to_pylist()
    names = ("kind", "subject", "detail", "attempt", "answer", "failure", "failure_detail")
    columns = (table.column(name).to_pylist() for name in names)
    try:
        for moment, kind, subject, detail, attempt, answer, failure, failure_detail in zip(moments, *columns, strict=True):
            yield Observation(
                need=Need(kind, subject, detail),
                at=_EPOCH + timedelta(microseconds=moment),
                answer=None if answer is None else json.loads(answer),
                failure=None if failure is None else Failure(failure),
                detail=failure_detail,
                attempt=attempt,
            )
    except (ValueError, OverflowError) as error:
        raise MeasurementError(Fault.DAMAGED, path, str(error)[:200]) from error


_Row = tuple[str, str, str, int, int, str | None, str | None, str, str]


def _row(observation: Observation, vantage: str) -> _Row:
    """Turn an observation into the values of its row."""
    need = observation.need
    return (
        schemas.storable(need.kind),
        schemas.storable(need.subject),
        schemas.storable(need.detail),
        (observation.at - _EPOCH) // _MICROSECOND,
        observation.attempt,
        None if observation.answer is None else schemas.compact(observation.answer),
        None if observation.failure is None else observation.failure.value,
        schemas.storable(observation.detail),
        schemas.storable(vantage),
    )


def _place(row: _Row) -> tuple[str, str, str, int, int, str]:
    """Return what the rows are sorted by: need, attempt, and then what can still differ."""
    kind, subject, detail, at, attempt, answer, failure, *_ = row
    return kind, subject, detail, attempt, at, answer or failure or ""
