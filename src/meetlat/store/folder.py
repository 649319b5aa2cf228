# SPDX-License-Identifier: EUPL-1.2
"""A measurement folder: how it begins, what is in it, and what is not there yet.

run.json                      settings; it is there as soon as the folder is a measurement
targets.parquet               one row per domain and role, with its shard
evidence/shard-00000.parquet  the observations of one shard; the file is there when the shard is finished
findings.parquet              one row group per shard
verdicts.parquet              one row group per shard
manifest.json                 digests, counts and costs; from then on nothing changes any more
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from meetlat.model.domain import Domain
from meetlat.model.target import Listing, Role
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.files import PARTIAL, read_json, read_table, write_json, write_table
from meetlat.store.run import Run, differences, run_from_json, run_to_json, with_targets

RUN = "run.json"
TARGETS = "targets.parquet"
EVIDENCE = "evidence"
FINDINGS = "findings.parquet"
VERDICTS = "verdicts.parquet"
MANIFEST = "manifest.json"

# What a killed ``create`` can leave behind; a folder with only this may be begun again.
_LEFTOVERS = frozenset({TARGETS, TARGETS + PARTIAL, RUN + PARTIAL, EVIDENCE})


def create(folder: Path, run: Run, shards: Sequence[Sequence[Listing]]) -> Run:
    """Begin a measurement in a folder that is new or empty; return the run with the digest of its targets."""
    run = with_targets(run, shards)
    claim(folder)
    write_table(folder / TARGETS, _targets(shards))
    write_json(folder / RUN, run_to_json(run))
    return run


def claim(folder: Path, *, also_links: bool = False) -> None:
    """Make the folder, or make sure that it is empty. ``also_links``: evidence that was linked to there is a leftover too."""
    try:
        (folder / EVIDENCE).mkdir(parents=True, exist_ok=True)
        inside = () if also_links else (folder / EVIDENCE).iterdir()
        used = {path.name for path in folder.iterdir()} - _LEFTOVERS or {path.name for path in inside}
    except FileExistsError as error:
        raise MeasurementError(Fault.NOT_EMPTY, folder) from error
    except OSError as error:
        raise MeasurementError(Fault.NOT_WRITABLE, folder, str(error)) from error
    if used:
        raise MeasurementError(Fault.NOT_EMPTY, folder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep every other Meetlat from writing to a measurement as long as the block lasts. Raises MeasurementError when another has it.

    The folder is made when it is not there, and taken away when nothing came in it. The lock is on the folder itself: it leaves no file,
    and ends with the process, however that ends.
    """
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except FileExistsError as error:
        raise MeasurementError(Fault.NOT_EMPTY, folder) from error
    except OSError as error:
        raise MeasurementError(Fault.NOT_WRITABLE, folder, error.strerror or str(error)) from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)
        if is_new:
            with suppress(OSError):  # it is not empty, as it should be
                folder.rmdir()


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a folder that is open, where the file system knows locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MeasurementError(Fault.BUSY, folder) from error
    except OSError as error:
        if error.errno not in {errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF}:
            raise MeasurementError(Fault.NOT_WRITABLE, folder, error.strerror or str(error)) from error


def resume(folder: Path, run: Run, shards: Sequence[Sequence[Listing]]) -> Run:
    """Go on with a measurement that was not finished; return the run as it began. Its settings must be the same, but for when it began.

    Another budget changes nothing of what is asked: it is written down behind the earlier one.
    """
    stored = read_run(folder)
    refuse_sealed(folder)
    if other := differences(with_targets(run, shards), stored):
        raise MeasurementError(Fault.OTHER_SETTINGS, folder, ", ".join(other))
    if run.asking and stored.asking and (asking := stored.asking.followed_by(run.asking)) != stored.asking:
        stored = replace(stored, asking=asking)
        write_json(folder / RUN, run_to_json(stored))
    return stored


def is_begun(folder: Path) -> bool:
    """Whether there is a measurement in this folder, finished or not."""
    return _holds(folder, RUN)


def is_sealed(folder: Path) -> bool:
    """Whether the measurement in this folder is finished."""
    return _holds(folder, MANIFEST)


def _holds(folder: Path, name: str) -> bool:
    """Whether a file is there; where the system does not even let us look, that is not the same as no."""
    try:
        return (folder / name).is_file()
    except OSError as error:
        raise MeasurementError(Fault.UNREADABLE, folder, error.strerror or str(error)) from error


def refuse_sealed(folder: Path) -> None:
    """Raise MeasurementError when the measurement is finished, so may not be written to."""
    if is_sealed(folder):
        raise MeasurementError(Fault.SEALED, folder)


def read_run(folder: Path) -> Run:
    """Read the settings of a measurement, finished or not."""
    if not is_begun(folder):
        if not folder.exists():
            raise MeasurementError(Fault.NOT_THERE, folder)
        raise MeasurementError(Fault.NOT_A_MEASUREMENT, folder, RUN)
    return run_from_json(read_json(folder / RUN), folder / RUN)


def read_listings(folder: Path) -> tuple[tuple[Listing, ...], ...]:
    """Read the targets per shard, sorted by domain within each shard."""
    read_run(folder)
    return tuple(shard for _, shard in _shards(read_targets(folder)))


def find_listing(folder: Path, domain: Domain) -> tuple[int, Listing]:
    """Return the shard and the listing of one domain; the other targets are not unpacked. Raises MeasurementError."""
    read_run(folder)
    table = read_targets(folder)
    found = next(_shards(table.filter(pc.equal(table.column("domain"), domain.name))), None)
    if found is None:
        raise MeasurementError(Fault.UNKNOWN_DOMAIN, folder, domain.name)
    shard, listings = found
    return shard, listings[0]


def _shards(targets: pa.Table) -> Iterator[tuple[int, tuple[Listing, ...]]]:
    """Yield the number and the listings of each shard in a table of targets."""
    order = list(Role)
    rows = zip(*(column.to_pylist() for column in targets.columns), strict=True)
    for number, in_shard in groupby(rows, key=lambda row: row[4]):
        shard = []
        for (domain, organisation, group, id_, ministry), lines in groupby(in_shard, key=lambda row: (*row[:3], *row[5:])):
            roles = sorted((Role(line[3]) for line in lines), key=order.index)
            shard.append(Listing(Domain(domain), organisation, group, tuple(roles), id_, ministry))
        yield number, tuple(shard)


def read_targets(folder: Path) -> pa.Table:
    """Read the table of targets, one row per domain and role; what an older folder does not say of its organisations is null."""
    table = read_table(folder / TARGETS, schemas.TARGETS, schemas.TARGETS_WITHOUT_REGISTER)
    for field in list(schemas.TARGETS)[table.num_columns :]:
        table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table


def ministry_of(folder: Path) -> dict[str, str] | None:
    """Return the ministry of each organisation of which the targets say it; None when they say it of none."""
    pairs = read_targets(folder).select(["organisation", "ministry"]).group_by(["organisation", "ministry"]).aggregate([])
    return {row["organisation"]: row["ministry"] for row in pairs.to_pylist() if row["ministry"]} or None


def registered_organisations(folder: Path) -> frozenset[str]:
    """Return the names of the organisations of which the targets say how the register of organisations knows them."""
    targets = read_targets(folder)
    return frozenset(targets.filter(pc.is_valid(targets.column("organisation_id"))).column("organisation").to_pylist())


def finished_shards(folder: Path) -> set[int]:
    """Return the numbers of the shards whose evidence is there."""
    return {int(path.stem.removeprefix("shard-")) for path in (folder / EVIDENCE).glob("shard-*.parquet")}


def shard_path(folder: Path, shard: int) -> Path:
    """Return where the evidence of a shard stands."""
    return folder / EVIDENCE / f"shard-{shard:05d}.parquet"


def _targets(shards: Sequence[Sequence[Listing]]) -> pa.Table:
    """Make the table of targets. An empty shard, a domain without roles or a domain twice is a bug of the caller."""
    seen: set[Domain] = set()
    rows = []
    for number, shard in enumerate(shards):
        if not shard:
            raise ValueError(f"shard {number} is empty")
        for line in sorted(shard, key=lambda listing: listing.domain):
            if line.domain in seen or not line.roles:
                raise ValueError(f"{line.domain} is listed twice, or without roles")
            seen.add(line.domain)
            texts = (line.domain.name, schemas.storable(line.organisation), schemas.storable(line.group))
            known = tuple(schemas.storable(text) if text else None for text in (line.organisation_id, line.ministry))
            rows += [(*texts, role, number, *known) for role in sorted(role.value for role in line.roles)]
    columns = zip(*rows, strict=True) if rows else [()] * len(schemas.TARGETS)
    return pa.table([list(column) for column in columns], schema=schemas.TARGETS)
