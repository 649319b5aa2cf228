# SPDX-License-Identifier: EUPL-1.2
"""The register of snapshots: a folder per day, to which days are added and of which none ever changes.

2026-09-01/organisations.jsonl   an organisation per line, sorted by id; what is not known is left out
2026-09-01/domains.jsonl         a line of the domain register per line, sorted by name
2026-09-01/manifest.json         the files that it was made of, counts, and the SHA-256 of the two files

A folder appears under its name in one step, when it is whole. Two snapshots can be compared with any tool that compares lines.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from meetlat.model.domain import Domain
from meetlat.model.organisation import Listed, Organisation, RegisteredDomain, Snapshot, Source
from meetlat.model.partial_date import PartialDate
from meetlat.organisations.faults import OrganisationsError, RegisterFault

MANIFEST = "manifest.json"
ORGANISATIONS = "organisations.jsonl"
DOMAINS = "domains.jsonl"
FORMAT = 1
_MOMENTS = ("start", "end", "since", "until")


def days(folder: Path) -> tuple[date, ...]:
    """Return the days of which there is a snapshot, oldest first."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(ValueError):
                if is_snapshot(path):
                    found.append(date.fromisoformat(path.name))
    return tuple(sorted(found))


def is_snapshot(path: Path) -> bool:
    """Whether a folder holds a snapshot; where the system does not let us look, it does not."""
    try:
        return (path / MANIFEST).is_file()
    except OSError:
        return False


def read_day(folder: Path, day: date) -> Snapshot:
    """Read the snapshot of a day. Raises OrganisationsError."""
    return read_snapshot(folder / day.isoformat())


def read_kinds(folder: Path, day: date) -> frozenset[str]:
    """Read of which kinds of file a snapshot was made. Raises OrganisationsError."""
    path = folder / day.isoformat()
    try:
        return frozenset(source["kind"] for source in json.loads((path / MANIFEST).read_text(encoding="utf-8"))["sources"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OrganisationsError(RegisterFault.DAMAGED, path, type(error).__name__) from error


def read_snapshot(path: Path) -> Snapshot:
    """Read one snapshot; its digests are checked. Raises OrganisationsError."""
    if not is_snapshot(path):
        raise OrganisationsError(RegisterFault.NOT_THERE, path)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise OrganisationsError(RegisterFault.DAMAGED, path, f"format {str(manifest['format'])[:20]}")
        organisations = [_organisation(value) for value in _read_lines(path / ORGANISATIONS, manifest)]
        domains = tuple(_domain(value) for value in _read_lines(path / DOMAINS, manifest))
        sources = tuple(Source(**source) for source in manifest["sources"])
        return Snapshot(date.fromisoformat(manifest["day"]), sources, {one.id: one for one in organisations}, domains)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OrganisationsError(RegisterFault.DAMAGED, path, f"{type(error).__name__}: {str(error)[:150]}") from error


def add(folder: Path, snapshot: Snapshot) -> bool:
    """Add a snapshot, whole or not at all; False when exactly this import is there already. Raises OrganisationsError."""
    path = folder / snapshot.day.isoformat()
    if snapshot.day in days(folder):
        if _is_same(read_snapshot(path), snapshot):
            return False
        raise OrganisationsError(RegisterFault.OTHER_SNAPSHOT, path)
    _refuse_contradiction(folder, snapshot, path)
    made: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".import-", dir=folder))
        _write(made, snapshot)
        made.chmod(0o755)
        made.rename(path)
    except OSError as error:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        raise OrganisationsError(RegisterFault.UNWRITABLE, path, error.strerror or str(error)) from error
    return True


def _is_same(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots were made of the same files; names do not matter."""
    return {source.sha256 for source in one.sources} == {source.sha256 for source in other.sources}


def _refuse_contradiction(folder: Path, snapshot: Snapshot, path: Path) -> None:
    """A day before the newest may be filled in, unless it says of an organisation what cannot be with what is there.

    One TOOI URI with two ROO ids or the reverse cannot be, on whichever day. And on an earlier day nothing was there that the next
    snapshot says had yet to begin.
    """
    known = days(folder)
    beside = [*[day for day in known if day < snapshot.day][-1:], *[day for day in known if day > snapshot.day][:1]]
    for day in beside:
        other = read_day(folder, day)
        of_roo = {one.roo_id: one for one in other.organisations.values() if one.roo_id}
        for one in snapshot.organisations.values():
            same = other.organisations.get(one.id) or of_roo.get(one.roo_id or "")
            if same is None:
                continue
            ids = ((one.tooi, same.tooi), (one.roo_id, same.roo_id))
            if any(mine and theirs and mine != theirs for mine, theirs in ids):
                raise OrganisationsError(RegisterFault.CONTRADICTS, path, f"{day}: {one.name} ({one.id}, {same.id})")
            if day > snapshot.day and same.start is not None and same.start.first > snapshot.day and one.existed(snapshot.day):
                raise OrganisationsError(RegisterFault.CONTRADICTS, path, f"{day}: {one.name} ({one.id}) {same.start}")


def _write(folder: Path, snapshot: Snapshot) -> None:
    """Write the three files, and make sure that the disk has them."""
    digests = {
        ORGANISATIONS: _write_lines(folder / ORGANISATIONS, map(asdict, snapshot.organisations.values())),
        DOMAINS: _write_lines(folder / DOMAINS, map(asdict, snapshot.domains)),
    }
    manifest = {
        "format": FORMAT,
        "day": snapshot.day.isoformat(),
        "sources": [asdict(source) for source in snapshot.sources],
        "counts": {"organisations": len(snapshot.organisations), "domains": len(snapshot.domains)},
        "files": digests,
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _write_lines(path: Path, values: Iterable[dict[str, Any]]) -> str:
    """Write a JSON object per line without what is not known, and return the SHA-256 of the file."""
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        for value in values:
            kept = {name: _plain(part) for name, part in value.items() if part not in (None, (), "")}
            line = (json.dumps(kept, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
            hashed.update(line)
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return hashed.hexdigest()


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, Listed):
        return value.value
    if isinstance(value, dict):  # a date that asdict took apart, or a domain
        return value["name"] if "name" in value else str(PartialDate(**value))
    return value


def _read_lines(path: Path, manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, which must be the one that was written."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["files"][path.name]:
        raise OrganisationsError(RegisterFault.DAMAGED, path, "SHA-256")
    for line in content.decode("utf-8").removesuffix("\n").split("\n") if content else ():
        value = json.loads(line)
        for name in _MOMENTS:
            if name in value:
                value[name] = PartialDate.parse(value[name])
        yield value


def _organisation(value: dict[str, Any]) -> Organisation:
    """Read an organisation back."""
    return Organisation(**{**value, **{name: tuple(value.get(name, ())) for name in ("types", "other_names")}})


def _domain(value: dict[str, Any]) -> RegisteredDomain:
    """Read a line of the domain register back."""
    return RegisteredDomain(**{**value, "domain": Domain(value["domain"]), "listed": Listed(value["listed"])})
