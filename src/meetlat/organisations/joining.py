# SPDX-License-Identifier: EUPL-1.2
"""Join the organisations of several files: one organisation has one id, in whichever register it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meetlat.model.organisation import Organisation
from meetlat.organisations.faults import ImportFault, Noted, Remark
from meetlat.organisations.records import Contents, Record
from meetlat.organisations.xml_reading import RIO

MINISTRY = "Ministerie"  # the type of a ministry in the register
_PREFIX = "ministerie van "


@dataclass(slots=True)
class Joined:
    """The organisations of an import by id. ``id_of`` leads from each id that a file used to the one that counts."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    id_of: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[Noted] = field(default_factory=list)
    remarks: list[Noted] = field(default_factory=list)

    def noted(self, id_: str, what: ImportFault | Remark, detail: str) -> Noted:
        """Note something of an organisation, with the place where it stood."""
        return Noted(*self.places[id_], what, detail)

    def name_of(self, id_: str) -> str:
        """Return the name of an organisation; its id when it was refused."""
        return self.organisations[id_].name if id_ in self.organisations else id_


def joined(found: Sequence[Contents]) -> Joined:
    """Join files, in which those of the organisation register come first: what that says of an organisation counts."""
    whole = Joined()
    records: dict[str, Record] = {}
    for contents in found:
        in_file: set[str] = set()
        for record in contents.records:
            if is_new := _join(record, contents, whole, records, in_file):
                records[record.id] = record
                whole.places[record.id] = (contents.file, record.line)
            if is_new and contents.kind == RIO and found[0].kind != RIO:
                whole.remarks.append(Noted(contents.file, record.line, Remark.NOT_IN_ROO, record.name))
    _resolve(whole, records)
    return whole


def _join(record: Record, contents: Contents, whole: Joined, records: Mapping[str, Record], in_file: set[str]) -> bool:
    """Hold one organisation of one file against those before it; say whether it is a new one."""
    ids = {id_ for id_ in (record.tooi, record.roo_id) if id_}
    known = {whole.id_of[id_] for id_ in ids if id_ in whole.id_of}
    before = records[next(iter(known))] if known else None
    fault = None
    if ids & in_file or (before is not None and contents.kind != RIO):
        fault = ImportFault.DUPLICATE_ORGANISATION
    elif len(known) > 1 or (before is not None and _contradict(before, record)):
        fault = ImportFault.OTHER_ID
    in_file |= ids
    if fault is not None:
        whole.faults.append(Noted(contents.file, record.line, fault, f"{record.name} ({record.id})"))
        return False
    whole.id_of.update(dict.fromkeys(ids, before.id if before is not None else record.id))
    return before is None


def _contradict(one: Record, other: Record) -> bool:
    """Whether two registers give one organisation another id of the same sort."""
    pairs = ((one.tooi, other.tooi), (one.roo_id, other.roo_id))
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


def _resolve(whole: Joined, records: Mapping[str, Record]) -> None:
    """Make organisations of the records: a parent becomes an id, a ministry the name of that ministry."""
    by_name = {_plain(record.name): id_ for id_, record in records.items()}
    for id_, record in records.items():
        parent = whole.id_of.get(record.parent) or by_name.get(_plain(record.parent)) if record.parent else None
        if parent is not None:
            whole.parents[id_] = parent
        elif record.parent:
            whole.remarks.append(whole.noted(id_, Remark.UNKNOWN_PARENT, record.parent))
    for id_, record in records.items():
        whole.organisations[id_] = Organisation(
            id=id_,
            name=record.name,
            tooi=record.tooi or None,
            roo_id=record.roo_id or None,
            other_names=record.other_names,
            abbreviation=record.abbreviation or None,
            types=record.types,
            subtype=record.subtype or None,
            ministry=_ministry(id_, whole, records, by_name),
            parent=whole.parents.get(id_),
            start=record.start,
            end=record.end,
        )


def _ministry(id_: str, whole: Joined, records: Mapping[str, Record], by_name: Mapping[str, str]) -> str | None:
    """Return the ministry that an organisation is, relates to, or is part of through others; None when nothing says it."""
    walked: set[str] = set()
    one: str | None = id_
    while one is not None and one not in walked:
        record = records[one]
        walked.add(one)
        if MINISTRY in record.types:
            return record.name
        named = whole.id_of.get(record.ministry_tooi) or by_name.get(_plain(record.ministry))
        if named is not None and record.ministry + record.ministry_tooi:
            return records[named].name
        if record.ministry:
            return record.ministry
        one = whole.parents.get(one)
    return None


def _plain(name: str) -> str:
    """Return a name without what does not tell ministries apart: case, and the words before it."""
    return name.casefold().removeprefix(_PREFIX)
