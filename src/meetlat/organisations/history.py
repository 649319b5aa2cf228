# SPDX-License-Identifier: EUPL-1.2
"""Who organisations were on a day, and what became of one: from dates, from snapshots, and from what people wrote down."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path

from meetlat.model.organisation import Change, Organisation, RegisteredDomain, Succession
from meetlat.organisations.csv_reading import ROO_CSV
from meetlat.organisations.faults import OrganisationsError, RegisterFault
from meetlat.organisations.register import days, read_day, read_kinds
from meetlat.organisations.xml_reading import RIO, ROO


class Event(Enum):
    """What can be told of one organisation. SEEN and GONE: the first snapshot with it, and the first without it."""

    STARTED = "started"
    SEEN = "seen"
    RENAMED = "renamed"
    OTHER_MINISTRY = "other_ministry"
    OTHER_TYPES = "other_types"
    GONE = "gone"
    ENDED = "ended"
    SUCCESSION = "succession"


@dataclass(frozen=True, slots=True)
class Told:
    """One event; what was seen in snapshots happened after ``after`` and at the latest on ``on`` (as text, as precise as it is known)."""

    on: str
    event: Event
    was: str = ""
    becomes: str = ""
    after: str = ""
    source: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class AsOf:
    """The organisations and their names as they were on a day, and of which days the snapshots are that say so.

    A snapshot after ``day`` was used when there was none before it: what was there then and is in no later snapshot is missing.
    """

    day: date
    organisations_seen: date
    domains_seen: date | None
    organisations: Mapping[str, Organisation]
    domains: tuple[RegisteredDomain, ...]


def as_of(folder: Path, day: date, successions: Sequence[Succession] = ()) -> AsOf:
    """Say how the registers stood on a day. Raises OrganisationsError."""
    known = days(folder)
    if not known:
        raise OrganisationsError(RegisterFault.NOT_THERE, folder)
    near = [(one, read_kinds(folder, one)) for one in _near(known, day)]
    base = read_day(folder, _organisations_of(near, day))
    with_names = next((one for one, kinds in near if RIO in kinds), None)
    named = read_day(folder, with_names) if with_names is not None else None
    organisations = dict(base.organisations)
    id_of = {one.roo_id: id_ for id_, one in organisations.items() if one.roo_id}
    for id_, one in (named.organisations if named else {}).items():
        if id_ not in organisations and one.roo_id not in id_of:
            organisations[id_] = one
        elif id_ not in organisations and one.roo_id:
            id_of[id_] = id_of[one.roo_id]
    on_the_day, gone_to = _with_successions(organisations, base.day, day, successions)
    there = {id_: one for id_, one in on_the_day.items() if one.existed(day)}
    lines = (replace(line, holder=id_of.get(line.holder, line.holder)) for line in (named.domains if named else ()))
    held = tuple(replace(line, holder=gone_to.get(line.holder, line.holder)) for line in lines if line.is_held(day))
    return AsOf(day, base.day, named.day if named else None, there, held)


def find(text: str, organisations: Iterable[Organisation]) -> tuple[Organisation, ...]:
    """Return the organisations that are called so: by id, or else by name or abbreviation, whatever the case of its letters."""
    wanted = " ".join(text.split()).casefold()
    everyone = tuple(organisations)
    by_id = tuple(one for one in everyone if wanted in {one.id.casefold(), (one.roo_id or "").casefold(), (one.tooi or "").casefold()})
    return by_id or tuple(one for one in everyone if wanted in {text.casefold() for text in _called(one)})


def last_known(text: str, folder: Path) -> tuple[Organisation, ...]:
    """Return the organisations that are called so in the newest snapshot that has any, whether or not they were there on its day."""
    for day in reversed(days(folder)):
        if found := find(text, read_day(folder, day).organisations.values()):
            return found
    return ()


def story(folder: Path, organisation: Organisation, successions: Sequence[Succession] = ()) -> tuple[Told, ...]:
    """Tell what is known to have happened to an organisation, oldest first. Raises OrganisationsError."""
    told = [*_dates(organisation), *_seen(folder, organisation)]
    for one in successions:
        if organisation.id in {*one.before, *one.after}:
            was, becomes = one.was or ", ".join(one.before), one.becomes or ", ".join(one.after)
            told.append(Told(one.on.isoformat(), Event.SUCCESSION, was, becomes, source=one.source, change=one.change))
    return tuple(sorted(told, key=lambda one: one.on))


def same_organisation(one: Organisation, others: Mapping[str, Organisation]) -> Organisation | None:
    """Find an organisation in another snapshot: by its id, or else by its ROO id (its TOOI URI may have come or gone)."""
    if one.id in others:
        return others[one.id]
    return next((other for other in others.values() if one.roo_id and other.roo_id == one.roo_id), None)


def _dates(organisation: Organisation) -> Iterator[Told]:
    """Yield what its own dates say."""
    if organisation.start is not None:
        yield Told(str(organisation.start), Event.STARTED)
    if organisation.end is not None:
        yield Told(str(organisation.end), Event.ENDED)


def _seen(folder: Path, organisation: Organisation) -> Iterator[Told]:
    """Yield what differs between snapshots that follow each other."""
    before: Organisation | None = None
    last, last_kinds = "", frozenset[str]()
    for day in days(folder):
        snapshot = read_day(folder, day)
        now = same_organisation(organisation, snapshot.organisations)
        on = day.isoformat()
        if now is None and snapshot.kinds != last_kinds:
            continue  # made of other files, so that it is not there says nothing
        last_kinds = snapshot.kinds
        if before is None and now is not None:
            yield Told(on, Event.SEEN, becomes=now.name, after=last)
        elif before is not None and now is None:
            yield Told(on, Event.GONE, was=before.name, after=last)
        elif before is not None and now is not None:
            pairs = (
                (Event.RENAMED, before.name, now.name),
                (Event.OTHER_MINISTRY, before.ministry or "", now.ministry or ""),
                (Event.OTHER_TYPES, ", ".join(before.types), ", ".join(now.types)),
            )
            yield from (Told(on, event, was, becomes, last) for event, was, becomes in pairs if was != becomes)
        before, last = now, on


def _near(known: Sequence[date], day: date) -> list[date]:
    """Put days in the order in which they tell of another day: those before it, the newest first; then those after it, the oldest first."""
    return [*sorted((one for one in known if one <= day), reverse=True), *sorted(one for one in known if one > day)]


def _organisations_of(near: Sequence[tuple[date, frozenset[str]]], day: date) -> date:
    """Choose the snapshot that tells most of the organisations of a day: a whole register before one of a few groups, before names only."""
    for kind in (ROO, ROO_CSV):
        if (found := next((one for one, kinds in near if kind in kinds and one <= day), None)) is not None:
            return found
    return next((one for one, kinds in near if kinds - {RIO}), near[0][0])


def _with_successions(
    organisations: Mapping[str, Organisation], seen: date, day: date, successions: Sequence[Succession]
) -> tuple[dict[str, Organisation], dict[str, str]]:
    """Bring a snapshot to another day by what people wrote down; also return to whom the names of those who are gone went."""
    found = dict(organisations)
    gone_to: dict[str, str] = {}
    forward = [one for one in successions if seen < one.on <= day]
    backward = [one for one in reversed(successions) if day < one.on <= seen]
    for one in forward:
        _carry_out(one, found, gone_to)
    for one in backward:
        _undo(one, found)
    return found, gone_to


def _carry_out(one: Succession, found: dict[str, Organisation], gone_to: dict[str, str]) -> None:
    """Do to the organisations of an older snapshot what happened after it."""
    if one.change in {Change.RENAMED, Change.MOVED}:
        known = found.pop(one.before[0], None) or found.get(one.after[0])
        if known is not None:
            changed = replace(known, name=one.becomes) if one.change is Change.RENAMED else replace(known, ministry=one.becomes)
            found[one.after[0]] = replace(changed, id=one.after[0])
    else:
        for id_ in set(one.before) - set(one.after):
            found.pop(id_, None)
    if len(one.after) == 1:
        target = one.after[0]
        for id_, other in list(gone_to.items()):
            gone_to[id_] = target if other in one.before else other
        gone_to.update({id_: target for id_ in one.before if id_ != target})


def _undo(one: Succession, found: dict[str, Organisation]) -> None:
    """Take back from the organisations of a newer snapshot what had not happened yet; who ended and is in no snapshot is not invented."""
    if one.change in {Change.RENAMED, Change.MOVED}:
        known = found.pop(one.after[0], None)
        if known is not None:
            changed = replace(known, name=one.was) if one.change is Change.RENAMED else replace(known, ministry=one.was)
            found[one.before[0]] = replace(changed, id=one.before[0])
    else:
        for id_ in set(one.after) - set(one.before):
            found.pop(id_, None)


def _called(organisation: Organisation) -> Iterator[str]:
    """Yield every name of an organisation."""
    yield organisation.name
    yield from organisation.other_names
    if organisation.abbreviation:
        yield organisation.abbreviation
