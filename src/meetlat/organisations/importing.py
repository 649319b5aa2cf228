# SPDX-License-Identifier: EUPL-1.2
"""From files to one snapshot: organisations of both registers joined, everything checked, every fault told at once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meetlat.model.organisation import Organisation, RegisteredDomain, Snapshot, Source
from meetlat.organisations.csv_reading import read_csv
from meetlat.organisations.faults import ImportFault, ImportRefusedError, Noted, Remark
from meetlat.organisations.grouping import Groups
from meetlat.organisations.joining import Joined, joined
from meetlat.organisations.records import Contents, DomainRecord
from meetlat.organisations.xml_reading import read_xml

LARGEST = 256 * 2**20  # bytes of a file; the export of the domain register was some 11 MB in 2026
_READERS: Mapping[str, Callable[[Path, Contents], None]] = {".xml": read_xml, ".csv": read_csv}


@dataclass(frozen=True, slots=True)
class Imported:
    """The snapshot that files make, and what was left out of it."""

    snapshot: Snapshot
    remarks: tuple[Noted, ...]


def read_files(
    paths: Iterable[Path], groups: Groups, day: date | None = None, progress: Callable[[Path], None] = lambda _: None
) -> Imported:
    """Read the files of one day. ``day`` is what the files say unless given. Raises ImportRefusedError with every fault."""
    found = []
    for path in paths:
        progress(path)
        found.append(read_file(path))
    moment = _day(found, day)
    faults = [fault for contents in found for fault in contents.faults]
    if any(fault.line == 0 for fault in faults) or moment is None:
        raise ImportRefusedError(faults)  # of files that could not be read whole no more can be said
    found.sort(key=lambda contents: contents.kind == "RIO")
    whole = joined(found)
    faults += whole.faults
    faults += _without_group(whole, groups)
    faults += _cycles(whole)
    domains, of_domains, remarks = _domains(found, whole)
    faults += of_domains
    if faults:
        raise ImportRefusedError(faults)
    sources = tuple(Source(contents.kind, contents.file, contents.sha256, contents.schema) for contents in found)
    snapshot = Snapshot(moment, sources, dict(sorted(whole.organisations.items())), domains)
    return Imported(snapshot, (*(one for contents in found for one in contents.remarks), *whole.remarks, *remarks))


def read_file(path: Path) -> Contents:
    """Read one file; whatever is wrong with it stands in what is returned."""
    contents = Contents("", path.name, "")
    reader = _READERS.get(path.suffix.lower())
    try:
        if not path.is_file():
            contents.wrong(0, ImportFault.NOT_THERE)
        elif reader is None:
            contents.wrong(0, ImportFault.UNKNOWN_KIND, path.suffix)
        elif path.stat().st_size > LARGEST:
            contents.wrong(0, ImportFault.TOO_LARGE, f"{LARGEST // 2**20} MB")
        else:
            with path.open("rb") as file:
                contents.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            reader(path, contents)
    except OSError as error:
        contents.wrong(0, ImportFault.UNREADABLE, error.strerror or str(error))
    return contents


def _day(found: Sequence[Contents], given: date | None) -> date | None:
    """Return the day that all files are of; a file that says another day, or a set in which none says it, is a fault."""
    if given is not None:
        return given
    first = next((contents.day for contents in found if contents.day is not None), None)
    for contents in found:
        if contents.day is not None and contents.day != first:
            contents.wrong(0, ImportFault.OTHER_DAY, contents.day.isoformat())
    if first is None and found and not any(contents.faults for contents in found):
        found[0].wrong(0, ImportFault.NO_DAY)
    return first


def _without_group(whole: Joined, groups: Groups) -> Iterable[Noted]:
    """Yield the organisations whose type is in no group."""
    for id_, organisation in whole.organisations.items():
        if groups.group_of(organisation, whole.organisations) is None:
            types = ", ".join(organisation.types) or "-"
            yield whole.noted(id_, ImportFault.UNKNOWN_GROUP, f"{organisation.name} (type {types})")


def _cycles(whole: Joined) -> Iterable[Noted]:
    """Yield each circle of organisations that are part of each other, once."""
    settled: set[str] = set()
    for start in whole.organisations:
        walked: dict[str, None] = {}
        id_: str | None = start
        while id_ is not None and id_ not in settled and id_ not in walked:
            walked[id_] = None
            id_ = whole.parents.get(id_)
        if id_ is not None and id_ in walked:
            circle = list(walked)[list(walked).index(id_) :]
            yield whole.noted(id_, ImportFault.CYCLIC_PARENTS, ", ".join(whole.organisations[one].name for one in circle))
        settled |= walked.keys()


def _domains(found: Iterable[Contents], whole: Joined) -> tuple[tuple[RegisteredDomain, ...], list[Noted], list[Noted]]:
    """Join the lines of the domain register; a name that two have at the same time, or one twice with the same address, is a fault."""
    kept: dict[tuple[str, str], list[tuple[DomainRecord, RegisteredDomain]]] = {}
    faults: list[Noted] = []
    remarks: list[Noted] = []
    for contents in found:
        for record in contents.domains:
            holder = whole.id_of.get(record.holder, record.holder)
            line = RegisteredDomain(record.domain, record.listed, holder, record.purpose or None, record.since, record.until)
            before = kept.setdefault((record.domain.name, record.listed.value), [])
            same = next((other for other in before if _overlap(other[1], line)), None)
            if same is None:
                before.append((record, line))
            elif same[1].holder == holder and same[0].written != record.written:
                remarks.append(Noted(contents.file, record.line, Remark.NAME_AGAIN, record.domain.name))
            else:
                whose = " / ".join(whole.name_of(id_) for id_ in dict.fromkeys((same[1].holder, holder)))
                detail = f"{record.domain.name} ({same[0].line}): {whose}"
                faults.append(Noted(contents.file, record.line, ImportFault.DUPLICATE_DOMAIN, detail))
    lines = [line for pairs in kept.values() for _, line in pairs]
    return tuple(sorted(lines, key=order)), faults, remarks


def order(line: RegisteredDomain) -> tuple[str, str, str, str]:
    """The order in which lines of the domain register are kept."""
    return line.domain.name, line.listed.value, str(line.since or ""), line.holder


def _overlap(one: RegisteredDomain, other: RegisteredDomain) -> bool:
    """Whether two lines can hold a name on the same day."""
    for earlier, later in ((one, other), (other, one)):
        if earlier.until is not None and later.since is not None and earlier.until.last <= later.since.first:
            return False
    return True


def group_names(groups: Groups, organisations: Mapping[str, Organisation]) -> dict[str, str]:
    """Return the group of each organisation that has one."""
    return {id_: group for id_, one in organisations.items() if (group := groups.group_of(one, organisations)) is not None}
