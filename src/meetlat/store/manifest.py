# SPDX-License-Identifier: EUPL-1.2
"""The manifest: what makes a measurement finished, citable, and proof against silent change."""

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.files import digest, read_json, rows, write_json, written_whole
from meetlat.store.folder import (
    EVIDENCE,
    FINDINGS,
    MANIFEST,
    RUN,
    TARGETS,
    VERDICTS,
    claim,
    finished_shards,
    is_begun,
    is_sealed,
    read_listings,
    read_run,
    refuse_sealed,
    shard_path,
)
from meetlat.store.run import Parent, Run, differences, plan_run, run_from_json, run_to_json


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a measurement; ``rows`` is 0 for a file that is no table."""

    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished measurement: its settings, when it was finished, what it holds and what it cost.

    ``finished`` is when the last observation was made; a re-judgement is ``sealed`` later than that.
    """

    id: str
    run: Run
    finished: datetime
    sealed: datetime
    counts: Mapping[str, int]
    costs: Mapping[str, float]
    files: Mapping[str, StoredFile]


def seal(folder: Path, at: datetime, costs: Mapping[str, float]) -> Manifest:
    """Finish a measurement: every shard and every judgement must be there. ``at`` is now, in the eyes of the caller."""
    run = read_run(folder)
    refuse_sealed(folder)
    _refuse_unfinished(folder)
    files = {path.relative_to(folder).as_posix(): _stored(path) for path in _content(folder)}
    counts = _counts(folder, files)
    at = at.astimezone(UTC)
    manifest = Manifest(
        id=_id(run, files),
        run=replace(run, asking=None),
        finished=run.parent.finished if run.parent else at,
        sealed=at,
        counts=counts,
        costs=costs,
        files=files,
    )
    write_json(folder / MANIFEST, _to_json(manifest))
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a finished measurement; the files themselves are not looked at."""
    read_run(folder)
    if not is_sealed(folder):
        raise MeasurementError(Fault.UNFINISHED, folder, MANIFEST)
    path = folder / MANIFEST
    value = read_json(path)
    run = run_from_json(value, path)
    try:
        return Manifest(
            id=value["id"],
            run=run,
            finished=datetime.fromisoformat(value["finished"]),
            sealed=datetime.fromisoformat(value["sealed"]),
            counts=value["counts"],
            costs=value["costs"],
            files={name: StoredFile(**entry) for name, entry in value["files"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MeasurementError(Fault.DAMAGED, path, f"{type(error).__name__}: {error}") from error


def verify_digests(folder: Path, only: Collection[str] | None = None) -> Manifest:
    """Read the manifest and make sure that every file, or ``only`` these, is as it was when the measurement was finished.

    The id of a measurement is made of the digests of all its files, so a manifest that names other digests has another id.
    """
    manifest = read_manifest(folder)
    if manifest.id != _id(manifest.run, manifest.files):
        raise MeasurementError(Fault.DAMAGED, folder / MANIFEST, "its id is not that of the files that it names")
    if unnamed := sorted(set(only or ()) - manifest.files.keys()):
        raise MeasurementError(Fault.DAMAGED, folder / MANIFEST, f"it does not name {unnamed[0]}")
    for name, stored in manifest.files.items():
        if only is not None and name not in only:
            continue
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise MeasurementError(Fault.DAMAGED, folder / MANIFEST, f"it names {name[:80]!r}, which is outside the folder")
        if not path.is_file():
            raise MeasurementError(Fault.DAMAGED, path, "the file is gone")
        if digest(path) != stored.sha256:
            raise MeasurementError(Fault.DAMAGED, path, "its digest is not the one in the manifest")
    return manifest


def create_rejudgement(parent: Path, folder: Path, standards: Iterable[Standard], norms: Mapping[str, Norm]) -> Run:
    """Begin a re-judgement: a new folder with the evidence of a finished measurement, to be judged under these norms.

    One that was interrupted is taken up again when it was the same.
    """
    manifest = verify_digests(parent)
    planned = plan_run(manifest.run.started, manifest.run.vantage, standards, norms, manifest.run.shard_size)
    parent_of = Parent(manifest.id, manifest.finished)
    run = replace(planned, targets=manifest.run.targets, parent=parent_of, asking=read_run(parent).asking)
    if is_begun(folder):
        refuse_sealed(folder)
        if other := differences(run, read_run(folder)):
            raise MeasurementError(Fault.OTHER_SETTINGS, folder, ", ".join(other))
        return run
    claim(folder, also_links=True)
    for shard in sorted(finished_shards(parent)):
        _link_or_copy(shard_path(parent, shard), shard_path(folder, shard))
    _link_or_copy(parent / TARGETS, folder / TARGETS)
    write_json(folder / RUN, run_to_json(run))
    return run


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name (nothing ever changes it), or copy it where the file system cannot do that."""
    target.unlink(missing_ok=True)  # of an attempt that was interrupted
    try:
        os.link(source, target)
    except OSError:
        with written_whole(target) as partial:
            shutil.copyfile(source, partial)


def _refuse_unfinished(folder: Path) -> None:
    """Raise MeasurementError when a shard or the judgements are not there."""
    if missing := set(range(len(read_listings(folder)))) - finished_shards(folder):
        raise MeasurementError(Fault.UNFINISHED, folder, shard_path(folder, min(missing)).name)
    for name in (FINDINGS, VERDICTS):
        if not (folder / name).is_file():
            raise MeasurementError(Fault.UNFINISHED, folder, name)


def _content(folder: Path) -> list[Path]:
    """List the files that make up a measurement."""
    return [folder / RUN, folder / TARGETS, *sorted((folder / EVIDENCE).glob("shard-*.parquet")), folder / FINDINGS, folder / VERDICTS]


def _stored(path: Path) -> StoredFile:
    """Describe a file."""
    return StoredFile(digest(path), path.stat().st_size, rows(path) if path.suffix == ".parquet" else 0)


def _counts(folder: Path, files: Mapping[str, StoredFile]) -> dict[str, int]:
    """Count what the measurement holds."""
    listings = [listing for shard in read_listings(folder) for listing in shard]
    return {
        "domains": len(listings),
        "organisations": len({listing.organisation for listing in listings}),
        "targets": files[TARGETS].rows,
        "shards": len(finished_shards(folder)),
        "observations": sum(stored.rows for name, stored in files.items() if name.startswith(EVIDENCE + "/")),
        "findings": files[FINDINGS].rows,
        "verdicts": files[VERDICTS].rows,
    }


def _id(run: Run, files: Mapping[str, StoredFile]) -> str:
    """Name a measurement after the day it began and what it holds."""
    hashed = hashlib.sha256("\n".join(f"{name} {stored.sha256}" for name, stored in sorted(files.items())).encode())
    return f"{run.started:%Y-%m-%d}-{hashed.hexdigest()[:8]}"


def _to_json(manifest: Manifest) -> dict[str, Any]:
    """Write a manifest as one flat JSON object; who asked is left to ``run.json``, for it can be a person."""
    run = run_to_json(manifest.run)
    del run["asking"]
    return {
        "id": manifest.id,
        **run,
        "finished": manifest.finished.isoformat(),
        "sealed": manifest.sealed.isoformat(),
        "counts": dict(manifest.counts),
        "costs": dict(manifest.costs),
        "files": {name: {"sha256": stored.sha256, "bytes": stored.bytes, "rows": stored.rows} for name, stored in manifest.files.items()},
    }
