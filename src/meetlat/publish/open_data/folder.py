# SPDX-License-Identifier: EUPL-1.2
"""The folder with open data: written beside its place, and moved there when it is whole."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa

from meetlat.model.agreement import Agreement
from meetlat.model.faults import PlaceError
from meetlat.model.standard import Standard
from meetlat.publish.open_data.columns import TABLES
from meetlat.publish.open_data.dcat import Publisher, write_dcat
from meetlat.publish.open_data.dictionary import write_descriptions
from meetlat.publish.open_data.pages import write_pages
from meetlat.publish.open_data.rows import Measured, Source, batches
from meetlat.publish.open_data.table_files import WrittenTable, write_table_files
from meetlat.store.files import digest
from meetlat.store.folder import RUN
from meetlat.store.manifest import verify_digests

SUMS = "SHA256SUMS"
# The queries behind these ask most memory by far: they come before others leave theirs half in use.
_FIRST = frozenset({"agreement_states", "agreement_figures"})
_OURS = frozenset({SUMS, "csv-metadata.json", "figures.parquet"})  # by these an earlier folder of open data is known


class OpenDataFault(Enum):
    """Why open data cannot be made, each with its English sentence; the command line has the Dutch ones under the same names."""

    IN_USE = "{path} is not empty, and holds no earlier open data; choose another folder"
    IS_MEASUREMENT = "{path} lies in the folder of a measurement, and those are never changed; choose another folder"
    TWICE = "{path} holds the measurement {detail}, which was given already; give each measurement once"
    NOT_WRITABLE = "{path} cannot be written ({detail}); make room, or see to the rights on the folder"


class OpenDataError(PlaceError[OpenDataFault]):
    """Open data cannot be made; the message says why and what to do."""


def read_source(folders: Sequence[Path], standards: Mapping[str, Standard], agreements: Mapping[str, Agreement]) -> Source:
    """Read measurements with every file held against its digest, in the order of time. Raises MeasurementError and OpenDataError."""
    found: dict[str, Measured] = {}
    for folder in folders:
        one = Measured(folder, verify_digests(folder))
        if one.manifest.id in found:
            raise OpenDataError(OpenDataFault.TWICE, folder, one.manifest.id)
        found[one.manifest.id] = one
    ordered = sorted(found.values(), key=lambda one: (one.manifest.finished, one.manifest.sealed, one.manifest.id))
    return Source(tuple(ordered), standards, agreements)


def write_open_data(
    out: Path, source: Source, publisher: Publisher | None, progress: Callable[[str], None] = lambda _: None
) -> tuple[WrittenTable, ...]:
    """Write the folder; without a publisher without DCAT. ``progress`` is told of each table that is begun.

    The same input gives the same bytes. Raises OpenDataError, and MeasurementError.
    """
    _refuse(out, source)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise OpenDataError(OpenDataFault.NOT_WRITABLE, out, error.strerror or str(error)) from error
    try:
        made = {}
        for name in sorted(TABLES, key=lambda name: name not in _FIRST):
            progress(name)
            made[name] = write_table_files(place, TABLES[name], batches(name, source))
            pa.default_memory_pool().release_unused()
        tables = [made[name] for name in TABLES]
        write_descriptions(place)
        if publisher is not None:
            write_dcat(place, source, tables, publisher)
        write_pages(place, source, tables, publisher)
        _write_sums(place)
        _move(place, out)
    except OSError as error:
        raise OpenDataError(OpenDataFault.NOT_WRITABLE, out, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return tuple(tables)


def _refuse(out: Path, source: Source) -> None:
    """Refuse a folder that holds something else, or that is part of a measurement."""
    if any((parent / RUN).is_file() for parent in (out.resolve(), *out.resolve().parents)):
        raise OpenDataError(OpenDataFault.IS_MEASUREMENT, out)
    if any(out.resolve() == one.folder.resolve() for one in source.measurements):
        raise OpenDataError(OpenDataFault.IS_MEASUREMENT, out)
    if out.exists() and not out.is_dir():
        raise OpenDataError(OpenDataFault.IN_USE, out)
    names = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if names and not names >= _OURS:
        raise OpenDataError(OpenDataFault.IN_USE, out)


def _write_sums(folder: Path) -> None:
    """Write the digest of every file, as sha256sum reads it."""
    lines = [f"{digest(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _move(place: Path, out: Path) -> None:
    """Put the new files in their place; what an earlier folder of open data held is taken away, whatever else is there stays."""
    out.mkdir(exist_ok=True)
    earlier = out / SUMS
    if earlier.is_file():
        for line in earlier.read_text(encoding="utf-8", errors="replace").splitlines():
            name = line.partition("  ")[2]
            if name and Path(name).name == name:
                with suppress(FileNotFoundError):
                    (out / name).unlink()
        earlier.unlink()
    for path in sorted(place.iterdir(), key=lambda path: path.name == SUMS):  # the sums last: a folder without them is not whole
        path.chmod(0o644)
        path.replace(out / path.name)
