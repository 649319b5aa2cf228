# SPDX-License-Identifier: EUPL-1.2
"""What differs between two snapshots: domain names that are new, gone or moved, and organisations that are new, ended, renamed or moved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from meetlat.model.organisation import Organisation, RegisteredDomain, Snapshot
from meetlat.organisations.xml_reading import RIO


class What(Enum):
    """The kinds of difference, in the order in which they are told."""

    ORGANISATION_NEW = "organisation_new"
    ORGANISATION_ENDED = "organisation_ended"
    ORGANISATION_RENAMED = "organisation_renamed"
    ORGANISATION_MOVED = "organisation_moved"
    DOMAIN_NEW = "domain_new"
    DOMAIN_GONE = "domain_gone"
    DOMAIN_MOVED = "domain_moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: of what (a name, with its id or its kind of line), and what it was and is (holders, names or ministries)."""

    what: What
    subject: str
    key: str
    was: str = ""
    becomes: str = ""


def is_told(old: Snapshot, new: Snapshot) -> tuple[bool, bool]:
    """Whether it can be told which organisations are new or ended, and what became of names: only of days with the same kinds of file."""
    return old.kinds - {RIO} == new.kinds - {RIO}, RIO in old.kinds & new.kinds


def difference(old: Snapshot, new: Snapshot) -> tuple[Difference, ...]:
    """Say what differs; who had not begun, had ended, or had given a name up on the day of a snapshot was not there on it.

    What cannot be told (``is_told``) is left out: a register that was not imported says nothing.
    """
    order = list(What)
    of_organisations, of_names = is_told(old, new)
    found = [*_organisations(old, new), *(_domains(old, new) if of_names else ())]
    if not of_organisations:
        found = [one for one in found if one.what not in {What.ORGANISATION_NEW, What.ORGANISATION_ENDED}]
    return tuple(sorted(found, key=lambda one: (order.index(one.what), one.subject, one.key)))


def _organisations(old: Snapshot, new: Snapshot) -> Iterator[Difference]:
    """Compare the organisations; one is the same by its id, or else by its ROO id."""
    before, after = (_there(snapshot) for snapshot in (old, new))
    of_roo = {one.roo_id: one for one in after.values() if one.roo_id}
    seen = set()
    for one in before.values():
        same = after.get(one.id) or (of_roo.get(one.roo_id) if one.roo_id else None)
        if same is None:
            yield Difference(What.ORGANISATION_ENDED, one.name, one.id, was=one.name)
            continue
        seen.add(same.id)
        if one.name != same.name:
            yield Difference(What.ORGANISATION_RENAMED, same.name, same.id, one.name, same.name)
        if (one.ministry or "").casefold() != (same.ministry or "").casefold():
            yield Difference(What.ORGANISATION_MOVED, same.name, same.id, one.ministry or "", same.ministry or "")
    for id_, one in after.items():
        if id_ not in seen:
            yield Difference(What.ORGANISATION_NEW, one.name, id_, becomes=one.name)


def _domains(old: Snapshot, new: Snapshot) -> Iterator[Difference]:
    """Compare the names, registrations and hosts apart."""
    before, after = (_held(snapshot) for snapshot in (old, new))
    roo_ids = {id_: one.roo_id or id_ for snapshot in (old, new) for id_, one in snapshot.organisations.items()}
    for key in before.keys() | after.keys():
        was, is_now = before.get(key), after.get(key)
        holders = (_name(was, old), _name(is_now, new))
        if is_now is None:
            yield Difference(What.DOMAIN_GONE, *key, *holders)
        elif was is None:
            yield Difference(What.DOMAIN_NEW, *key, *holders)
        elif was.holder != is_now.holder and roo_ids.get(was.holder) != roo_ids.get(is_now.holder):
            yield Difference(What.DOMAIN_MOVED, *key, *holders)


def _there(snapshot: Snapshot) -> Mapping[str, Organisation]:
    """Return the organisations that were there on the day of the snapshot."""
    return {id_: one for id_, one in snapshot.organisations.items() if one.existed(snapshot.day)}


def _held(snapshot: Snapshot) -> Mapping[tuple[str, str], RegisteredDomain]:
    """Return the lines that held on the day of the snapshot, by name and kind of line."""
    return {(line.domain.name, line.listed.value): line for line in snapshot.domains if line.is_held(snapshot.day)}


def _name(line: RegisteredDomain | None, snapshot: Snapshot) -> str:
    """Return the name of who holds a domain name."""
    if line is None:
        return ""
    holder = snapshot.organisations.get(line.holder)
    return holder.name if holder is not None else line.holder
