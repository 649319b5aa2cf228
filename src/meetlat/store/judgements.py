# SPDX-License-Identifier: EUPL-1.2
"""Findings and verdicts: two Parquet files in which row group N is shard N, so that one shard at a time is in memory."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Need, Observation
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.target import Listing, Role, Target
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.evidence import read_observations
from meetlat.store.files import COMPRESSION, parquet, written_whole
from meetlat.store.folder import FINDINGS, VERDICTS, find_listing, read_listings, refuse_sealed

Judged = tuple[Listing, Sequence[Judgement]]


def write_judgements(folder: Path, judged: Iterable[Judged]) -> None:
    """Write what was judged, shard by shard in the order of ``read_listings``; within a shard any order will do.

    Every target must be there: ValueError names a shard that is not complete or not in its turn, for that is a bug of the caller.
    """
    refuse_sealed(folder)
    shards = read_listings(folder)
    with (
        written_whole(folder / FINDINGS) as findings_path,
        written_whole(folder / VERDICTS) as verdicts_path,
        pq.ParquetWriter(findings_path, schemas.FINDINGS, compression=COMPRESSION) as findings,
        pq.ParquetWriter(verdicts_path, schemas.VERDICTS, compression=COMPRESSION) as verdicts,
    ):
        for shard in _in_shards(shards, judged):
            _append(findings, [row for listing, judgements in shard for row in _finding_rows(listing, judgements)])
            _append(verdicts, [row for listing, judgements in shard for row in _verdict_rows(listing, judgements)])


def read_judgements(folder: Path, shard: int) -> tuple[Judged, ...]:
    """Read what was judged of one shard, sorted by domain, role and standard; findings stand as their rules yielded them."""
    return _read_judgements(folder, shard, read_listings(folder)[shard])


def each_shard(folder: Path) -> Iterator[tuple[tuple[Judged, ...], tuple[Observation, ...]]]:
    """Yield per shard what was judged and every observation; each file is read once."""
    for number, listings in enumerate(read_listings(folder)):
        yield _read_judgements(folder, number, listings), tuple(read_observations(folder, number))


def findings_of(folder: Path, domain: Domain) -> Judged:
    """Read what was judged of one domain."""
    shard, listing = find_listing(folder, domain)
    return _read_judgements(folder, shard, (listing,))[0]


def observations_of(folder: Path, domain: Domain) -> tuple[Observation, ...]:
    """Read every observation that the findings of one domain rest on, sorted by need and attempt."""
    shard, listing = find_listing(folder, domain)
    _, judgements = _read_judgements(folder, shard, (listing,))[0]
    needs = {need for judgement in judgements for finding in judgement.findings for need in finding.needs}
    return tuple(observation for observation in read_observations(folder, shard) if observation.need in needs)


def _in_shards(shards: Sequence[Sequence[Listing]], judged: Iterable[Judged]) -> Iterator[list[Judged]]:
    """Gather what is judged per shard, sorted; refuse what is not in its turn or not complete."""
    shard_of = {listing.domain: number for number, listings in enumerate(shards) for listing in listings}
    expected = 0
    for number, group in groupby(judged, key=lambda pair: shard_of[pair[0].domain]):
        shard = sorted(group, key=lambda pair: pair[0].domain)
        if number != expected or [listing.domain for listing, _ in shard] != [listing.domain for listing in shards[number]]:
            raise ValueError(f"shard {expected} must come now, with each of its targets once; got targets of shard {number}")
        yield shard
        expected += 1
    if expected != len(shards):
        raise ValueError(f"shard {expected} and later ones are missing")


def _append(writer: pq.ParquetWriter, rows: Sequence[tuple[object, ...]]) -> None:
    """Write one row group."""
    columns = zip(*rows, strict=True) if rows else [()] * len(writer.schema)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, writer.schema, strict=True)]
    writer.write_table(pa.table(arrays, schema=writer.schema), row_group_size=max(1, len(rows)))


def _sorted(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Sort judgements of one domain by role and standard."""
    return sorted(judgements, key=lambda judgement: (judgement.target.role.value, judgement.standard))


def _finding_rows(listing: Listing, judgements: Sequence[Judgement]) -> Iterator[tuple[object, ...]]:
    """Turn the findings of a domain into rows."""
    for judgement in _sorted(judgements):
        for finding in judgement.findings:
            yield (
                listing.domain.name,
                judgement.target.role.value,
                judgement.standard,
                judgement.norm,
                finding.rule,
                schemas.storable(finding.subject),
                finding.status.value,
                finding.reason,
                finding.cause.value if finding.cause else None,
                schemas.compact(finding.arguments),
                [_need_row(need) for need in finding.needs],
            )


@lru_cache(maxsize=4_096)  # many findings of a domain rest on the same questions
def _need_row(need: Need) -> Mapping[str, str]:
    """Turn a need into a row."""
    return {name: schemas.storable(getattr(need, name)) for name in ("kind", "subject", "detail")}


def _verdict_rows(listing: Listing, judgements: Sequence[Judgement]) -> Iterator[tuple[str, ...]]:
    """Turn the verdicts of a domain into rows: the whole, then the parts."""
    whose = (listing.domain.name, schemas.storable(listing.organisation), schemas.storable(listing.group))
    for judgement in _sorted(judgements):
        for part, verdict in {"": judgement.verdict, **judgement.parts}.items():
            yield (*whose, judgement.target.role.value, judgement.standard, part, judgement.norm, verdict.value)


def _read_judgements(folder: Path, shard: int, listings: Sequence[Listing]) -> tuple[Judged, ...]:
    """Read the judgements of these listings of a shard."""
    wanted = [listing.domain.name for listing in listings]
    findings = _rows(folder / FINDINGS, schemas.FINDINGS, shard, wanted)
    verdicts = _rows(folder / VERDICTS, schemas.VERDICTS, shard, wanted)
    try:
        by_judgement: dict[tuple[str, str, str], list[Finding]] = {}
        for row in findings:
            by_judgement.setdefault((row["domain"], row["role"], row["standard"]), []).append(_finding(row))
        by_domain: dict[str, list[Judgement]] = {name: [] for name in wanted}
        for key, rows in groupby(verdicts, key=itemgetter("domain", "role", "standard")):
            by_domain[key[0]].append(_judgement(list(rows), by_judgement.get(key, [])))
    except (KeyError, ValueError) as error:
        raise MeasurementError(Fault.DAMAGED, folder / VERDICTS, f"{type(error).__name__}: {error}"[:200]) from error
    return tuple((listing, tuple(by_domain[listing.domain.name])) for listing in listings)


def _rows(path: Path, schema: pa.Schema, shard: int, domains: Sequence[str]) -> list[dict[str, str]]:
    """Read the rows of one row group that are about these domains."""
    if not path.exists():
        raise MeasurementError(Fault.UNFINISHED, path.parent, path.name)
    with parquet(path, schema) as file:
        if shard >= file.num_row_groups:
            raise MeasurementError(Fault.DAMAGED, path, f"it holds no shard {shard}")
        table = file.read_row_group(shard)
        rows: list[dict[str, str]] = table.filter(pc.is_in(table.column("domain"), pa.array(domains, pa.string()))).to_pylist()
    return rows


def _judgement(rows: Sequence[Mapping[str, str]], findings: Sequence[Finding]) -> Judgement:
    """Turn the verdict rows of one domain, role and standard into a judgement."""
    first = rows[0]
    verdicts = {row["part"]: Verdict(row["verdict"]) for row in rows}
    whole = verdicts.pop("")
    target = Target(Domain(first["domain"]), Role(first["role"]))
    return Judgement(target, first["standard"], first["norm"], tuple(findings), whole, verdicts)


def _finding(row: Mapping[str, object]) -> Finding:
    """Turn a row into a finding."""
    needs = row["needs"]
    cause = row["cause"]
    return Finding(
        rule=str(row["rule"]),
        subject=str(row["subject"]),
        status=Status(row["status"]),
        needs=tuple(Need(need["kind"], need["subject"], need["detail"]) for need in needs) if isinstance(needs, list) else (),
        reason=str(row["reason"]),
        arguments=json.loads(str(row["arguments"])),
        cause=Cause(cause) if cause is not None else None,
    )
