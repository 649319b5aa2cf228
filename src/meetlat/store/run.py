# SPDX-License-Identifier: EUPL-1.2
"""The settings of a measurement: fixed when it begins, found unchanged when it goes on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from meetlat import __version__
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.model.target import Listing
from meetlat.store.asking import Asking, asking_from_json, asking_to_json
from meetlat.store.errors import Fault, MeasurementError

FORMAT = 1
# The vantage of every measurement of the real world; any other is the name of a laboratory network.
INTERNET = "internet"
# The libraries whose version can change what is observed or how it is stored.
_LIBRARIES = ("cryptography", "dnspython", "h11", "idna", "publicsuffixlist", "pyarrow")


@dataclass(frozen=True, slots=True)
class Parent:
    """The measurement whose evidence a re-judgement judges again, and when that was gathered."""

    id: str
    finished: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """What a measurement was asked to do, and with what.

    ``norms`` maps each standard to the version of its norm, ``standards`` each standard to the digest of its rules and norms.
    ``targets`` is the digest of the targets; ``create`` fills it in. ``asking`` is None in a measurement that is older than it, and in
    what a manifest says: a manifest is passed on, and who asked stays in ``run.json``.
    """

    started: datetime
    vantage: str
    norms: Mapping[str, str]
    shard_size: int
    meetlat: str
    libraries: Mapping[str, str]
    standards: Mapping[str, str]
    targets: str = ""
    parent: Parent | None = None
    asking: Asking | None = None


def plan_run(started: datetime, vantage: str, standards: Iterable[Standard], norms: Mapping[str, Norm], shard_size: int) -> Run:
    """Describe a measurement that is about to begin: what will be judged under which norms, by which version of what."""
    return Run(
        started=started.astimezone(UTC),
        vantage=vantage,
        norms={standard: norms[standard].version for standard in sorted(norms)},
        shard_size=shard_size,
        meetlat=__version__,
        libraries={library: version(library) for library in _LIBRARIES},
        standards={standard.id: _digest_of_rules(standard.folder) for standard in standards if standard.id in norms},
    )


def digest_of_targets(shards: Sequence[Sequence[Listing]]) -> str:
    """Return a digest of the targets and how they are divided; the order within a shard does not matter."""
    hashed = hashlib.sha256()
    for number, shard in enumerate(shards):
        for line in sorted(shard, key=lambda listing: listing.domain):
            roles = ",".join(sorted(role.value for role in line.roles))
            # What is not known of an organisation adds nothing, so that a list which says none of it keeps the digest that it always had.
            known = [f"{name}={text}" for name, text in (("id", line.organisation_id), ("ministry", line.ministry)) if text]
            texts = (str(number), line.domain.name, line.organisation, line.group, roles, *known)
            hashed.update("\0".join(texts).encode("utf-8", "backslashreplace"))
            hashed.update(b"\n")
    return hashed.hexdigest()


def differences(asked: Run, stored: Run) -> list[str]:
    """Name the settings in which a resumed run would differ from how it began (when it began is not one of them)."""
    names = (field.name for field in fields(Run) if field.name not in {"started", "asking"})
    found = [name for name in names if getattr(asked, name) != getattr(stored, name)]
    if asked.asking and stored.asking:
        return found + asked.asking.differences(stored.asking)
    return found if asked.asking == stored.asking else [*found, "asking"]


def run_to_json(run: Run) -> dict[str, Any]:
    """Write a run as a JSON object."""
    parent = {"id": run.parent.id, "finished": run.parent.finished.isoformat()} if run.parent else None
    return {
        "format": FORMAT,
        "started": run.started.isoformat(),
        "vantage": run.vantage,
        "norms": dict(run.norms),
        "shard_size": run.shard_size,
        "meetlat": run.meetlat,
        "libraries": dict(run.libraries),
        "standards": dict(run.standards),
        "targets": run.targets,
        "parent": parent,
        "asking": asking_to_json(run.asking),
    }


def run_from_json(value: Mapping[str, Any], path: Path) -> Run:
    """Read a run; ``path`` is where it stood."""
    if value.get("format") != FORMAT:
        raise MeasurementError(Fault.OTHER_FORMAT, path, f"format {str(value.get('format'))[:20]}; this version reads {FORMAT}")
    try:
        names = {field.name for field in fields(Run)} - {"started", "parent", "asking"}
        parent = value["parent"]
        run = Run(
            started=datetime.fromisoformat(value["started"]),
            parent=Parent(parent["id"], datetime.fromisoformat(parent["finished"])) if parent else None,
            asking=asking_from_json(value.get("asking")),
            **{name: value[name] for name in names},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MeasurementError(Fault.DAMAGED, path, f"{type(error).__name__}: {error}") from error
    return run


def with_targets(run: Run, shards: Sequence[Sequence[Listing]]) -> Run:
    """Return the run with the digest of these targets."""
    return replace(run, targets=digest_of_targets(shards))


def _digest_of_rules(folder: Path) -> str:
    """Return a digest of all that decides what a standard asks and judges, the facts that it rests on included; words are left out."""
    hashed = hashlib.sha256(_digest_of_facts().encode())
    for path in sorted([*folder.glob("*.py"), folder / "standard.toml", *folder.glob("norms/*.toml")]):
        if path.exists():
            hashed.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()


@cache
def _digest_of_facts() -> str:
    """Return a digest of how answers are read, whose failure is whose doing, and how findings make a verdict."""
    hashed = hashlib.sha256()
    package = Path(str(files("meetlat")))
    listed = [*package.glob("facts/*.py"), *package.glob("facts/*.toml"), *package.glob("model/*.py"), package / "engine" / "judge.py"]
    for path in sorted(listed):
        hashed.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()
