# SPDX-License-Identifier: EUPL-1.2
"""meetlat organisations: the registers of organisations and their domain names, from import to list of targets."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from meetlat.cli.csv_files import write_csv
from meetlat.cli.faults import UsageFault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import Book
from meetlat.model.organisation import Organisation, Snapshot
from meetlat.organisations.difference import difference, is_told
from meetlat.organisations.faults import ImportRefusedError, Noted, OrganisationsError, Remark
from meetlat.organisations.grouping import GROUPS, PURPOSES, SUCCESSIONS, read_groups, read_purposes
from meetlat.organisations.history import AsOf, Told, as_of, find, last_known, story
from meetlat.organisations.importing import group_names, read_files
from meetlat.organisations.register import add, is_snapshot, read_day, read_snapshot
from meetlat.organisations.successions import read_successions
from meetlat.organisations.target_list import LeftOut, target_list
from meetlat.publish.words import visible

_SHOWN = 20  # remarks, and names that are left out, of each kind
_MANY = 40  # organisations that one name may lead to
_LIST = ("id", "name", "abbreviation", "group", "ministry", "start", "end")
_LISTED = ("name", "group", "ministry", "start", "end", "id")  # on the terminal the name goes first, and there is less room
_NARROW = frozenset({"start", "end", "on"})  # dates are not broken
_DIFFERENCE = ("what", "subject", "key", "was", "becomes")
_TARGETS = ("domain", "organisation", "group", "roles", "organisation_id", "ministry")


phrase = Book("organisations")


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
_RegisterOption = Annotated[Path, typer.Option("--register", help=phrase("organisations.register"))]
_OnOption = Annotated[str | None, typer.Option("--on", help=phrase("organisations.on"))]
_GroupsOption = Annotated[Path, typer.Option("--groups", help=phrase("organisations.groups"))]
_SuccessionsOption = Annotated[Path, typer.Option("--successions", help=phrase("organisations.successions"))]


@app.command("import", help=phrase("organisations.import"))
def import_(
    exports: Annotated[list[Path], typer.Argument(help=phrase("organisations.files"), metavar="FILE...")],
    register: _RegisterOption,
    day: Annotated[str | None, typer.Option("--day", help=phrase("organisations.day"))] = None,
    groups: _GroupsOption = GROUPS,
) -> None:
    """Import the exports of one day, whole or not at all."""
    with _told():
        moment = _day(day, "--day") if day is not None else None
        found = read_files(exports, read_groups(groups), moment, lambda path: _warn("organisations.reading", path=path))
        is_new = add(register, found.snapshot)
    _remarks(found.remarks)
    snapshot = found.snapshot
    counts = {"organisations": len(snapshot.organisations), "domains": len(snapshot.domains), "left_out": len(found.remarks)}
    _say("organisations.imported" if is_new else "organisations.same", day=snapshot.day, path=register / str(snapshot.day), **counts)


@app.command("list", help=phrase("organisations.list"))
def list_(
    register: _RegisterOption,
    on: _OnOption = None,
    group: Annotated[str | None, typer.Option("--group", help=phrase("organisations.group"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=phrase("organisations.output"))] = None,
    groups: _GroupsOption = GROUPS,
    successions: _SuccessionsOption = SUCCESSIONS,
) -> None:
    """List the organisations of a day."""
    with _told():
        stood = as_of(register, _today(on), read_successions(successions))
        of_groups = group_names(read_groups(groups), stood.organisations)
    chosen = _chosen(group, of_groups.values())
    found = sorted(stood.organisations.values(), key=lambda one: (of_groups.get(one.id, ""), one.name))
    rows = [_row(one, of_groups.get(one.id, "")) for one in found if chosen is None or of_groups.get(one.id) == chosen]
    _seen(stood)
    _table(
        phrase("organisations.list_caption", day=stood.day, count=len(rows)), _LISTED, [(row[1], *row[3:], _short(row[0])) for row in rows]
    )
    if output is not None:
        _say("organisations.written", count=write_csv(output, _LIST, rows), path=output)


@app.command(help=phrase("organisations.show"))
def show(
    name: Annotated[str, typer.Argument(help=phrase("organisations.name"), metavar="NAME")],
    register: _RegisterOption,
    on: _OnOption = None,
    groups: _GroupsOption = GROUPS,
    successions: _SuccessionsOption = SUCCESSIONS,
) -> None:
    """Show an organisation as it was on a day, what happened to it, and its names."""
    with _told():
        known = read_successions(successions)
        stood = as_of(register, _today(on), known)
        found = find(name, stood.organisations.values())
        if not found:
            _warn("organisations.not_then", name=visible(name[:80]), day=stood.day)
            found = last_known(name, register)
        if not found:
            raise UsageFault(phrase("organisations.unknown", name=visible(name[:80])))
        of_groups = group_names(read_groups(groups), stood.organisations)
        _seen(stood)
        for one in found[:_MANY]:
            _organisation(one, of_groups.get(one.id, ""), stood)
            told = [(event.on, _sentence(event)) for event in story(register, one, known)]
            _table(phrase("organisations.story"), ("on", "what"), told)


@app.command(help=phrase("organisations.diff"))
def diff(
    old: Annotated[str, typer.Argument(help=phrase("organisations.old"), metavar="OLD")],
    new: Annotated[str, typer.Argument(help=phrase("organisations.new"), metavar="NEW")],
    register: Annotated[Path | None, typer.Option("--register", help=phrase("organisations.register"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=phrase("organisations.output"))] = None,
) -> None:
    """Say what differs between two snapshots."""
    with _told():
        before, after = _snapshot(old, register), _snapshot(new, register)
    for told, key in zip(is_told(before, after), ("organisations", "names"), strict=True):
        if not told:
            _warn(f"organisations.untold_{key}")
    found = difference(before, after)
    rows = [(one.what.value, one.subject, one.key, one.was, one.becomes) for one in found]
    shown = [(phrase(f"what.{one.what.value}"), one.subject, _short(one.key), one.was, one.becomes) for one in found]
    if found:
        _table(phrase("organisations.diff_caption", old=before.day, new=after.day), _DIFFERENCE, shown)
    for what, count in Counter(one.what for one in found).items():
        _say("organisations.counted", what=phrase(f"what.{what.value}"), count=count)
    if not found:
        _say("organisations.no_difference")
    if output is not None:
        _say("organisations.written", count=write_csv(output, _DIFFERENCE, rows), path=output)


@app.command(help=phrase("organisations.targets"))
def targets(
    register: _RegisterOption,
    output: Annotated[Path, typer.Option("-o", "--output", help=phrase("organisations.targets_output"))],
    on: _OnOption = None,
    groups: _GroupsOption = GROUPS,
    purposes: Annotated[Path, typer.Option("--purposes", help=phrase("organisations.purposes"))] = PURPOSES,
    successions: _SuccessionsOption = SUCCESSIONS,
) -> None:
    """Write the list of targets of a day."""
    with _told():
        stood = as_of(register, _today(on), read_successions(successions))
        made = target_list(stood, read_groups(groups), read_purposes(purposes))
    _seen(stood)
    rows = [
        (
            one.domain.name,
            one.organisation,
            one.group,
            " ".join(role.value for role in one.roles),
            one.organisation_id or "",
            one.ministry or "",
        )
        for one in made.listings
    ]
    total = len(rows) + sum(map(len, made.left_out.values()))
    for reason in LeftOut:
        if names := made.left_out[reason]:
            more = ", …" if len(names) > _SHOWN else ""
            _say(f"left_out.{reason.value}", count=len(names), names=visible(", ".join(names[:_SHOWN])) + more)
    if not rows:
        raise UsageFault(phrase("organisations.no_targets", total=total))
    _say("organisations.targets_written", count=write_csv(output, _TARGETS, rows), total=total, path=output, day=stood.day)


def fault_sentence(noted: Noted) -> str:
    """Say in the language of the terminal what is wrong with a file, or was left out of it."""
    section = "remark" if isinstance(noted.what, Remark) else "fault"
    place = phrase("fault.place", file=noted.file, line=noted.line) if noted.line else noted.file
    return f"{visible(place)}: {phrase(f'{section}.{noted.what.name.lower()}', detail=noted.shown)}"


@contextmanager
def _told() -> Iterator[None]:
    """Tell every fault of an import, and make one sentence of what cannot be done."""
    try:
        yield
    except ImportRefusedError as error:
        for noted in error.faults:
            errors().print(escape(fault_sentence(noted)), soft_wrap=True)
        raise UsageFault(phrase("organisations.refused", count=len(error.faults))) from error
    except OrganisationsError as error:
        raise UsageFault(phrase(f"register.{error.fault.name.lower()}", path=error.path, detail=visible(error.detail[:400]))) from error


def _remarks(remarks: Sequence[Noted]) -> None:
    """Tell what was left out: of each kind how many, and the first."""
    for what, count in Counter(noted.what for noted in remarks).items():
        for noted in [noted for noted in remarks if noted.what is what][:_SHOWN]:
            errors().print(escape(fault_sentence(noted)), soft_wrap=True)
        if count > _SHOWN:
            errors().print(f"… (+{count - _SHOWN})")


def _seen(stood: AsOf) -> None:
    """Say of which days the snapshots are, and warn when they are of later."""
    domains = stood.domains_seen or phrase("organisations.none")
    _warn("organisations.seen", day=stood.day, organisations=stood.organisations_seen, domains=domains)
    if max(stood.organisations_seen, stood.domains_seen or stood.organisations_seen) > stood.day:
        _warn("organisations.later")


def _organisation(one: Organisation, group: str, stood: AsOf) -> None:
    """Show what is known of an organisation on a day."""
    parent = stood.organisations.get(one.parent or "")
    unknown = phrase("organisations.not_known")
    values = {
        "id": one.id,
        "roo_id": one.roo_id,
        "other_names": ", ".join(one.other_names),
        "abbreviation": one.abbreviation,
        "types": ", ".join(one.types),
        "subtype": one.subtype,
        "group": group,
        "ministry": one.ministry,
        "parent": parent.name if parent is not None else one.parent,
        "start": one.start,
        "end": one.end,
        "domains": ", ".join(dict.fromkeys(line.domain.shown for line in stood.domains if line.holder == one.id)),
    }
    console().print(f"[bold]{escape(visible(one.name))}[/bold]", soft_wrap=True)
    for column, value in values.items():
        console().print(f"  {phrase(f'column.{column}')}: {visible(str(value or unknown))}", soft_wrap=True, markup=False)


def _sentence(event: Told) -> str:
    """Say what happened to an organisation."""
    after = phrase("event.after", day=event.after) if event.after else ""
    key = event.change.value if event.change is not None else event.event.value
    told = phrase(f"event.{key}", was=event.was, becomes=event.becomes)
    return " ".join(part for part in (told, after, event.source) if part)


def _short(id_: str) -> str:
    """Return the last part of an id, which tells organisations apart on a terminal; files have the whole of it."""
    return id_.rstrip("/").rpartition("/")[2]


def _row(one: Organisation, group: str) -> tuple[str, ...]:
    """Write an organisation as a row; what is not known is empty."""
    values = (one.id, one.name, one.abbreviation, group, one.ministry, one.start, one.end)
    return tuple(str(value) if value is not None else "" for value in values)


def _snapshot(text: str, register: Path | None) -> Snapshot:
    """Read OLD or NEW: the folder of a snapshot, or a day in the register."""
    if is_snapshot(Path(text)):
        return read_snapshot(Path(text))
    if register is None:
        raise UsageFault(phrase("organisations.needs_register", text=visible(text[:80])))
    return read_day(register, _day(text, "OLD/NEW"))


def _chosen(text: str | None, names: Iterable[str]) -> str | None:
    """Read --group, whatever the case of its letters."""
    if text is None:
        return None
    known = sorted(set(names))
    chosen = next((name for name in known if name.casefold() == text.casefold()), None)
    if chosen is None:
        raise UsageFault(phrase("organisations.wrong_group", text=visible(text[:80]), choices=", ".join(known)))
    return chosen


def _today(text: str | None) -> date:
    """Read --on; today when it is not given."""
    return _day(text, "--on") if text is not None else datetime.now(UTC).date()


def _day(text: str, option: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(phrase("organisations.wrong_day", option=option, text=visible(text[:80]))) from error


def _warn(key: str, **arguments: object) -> None:
    """Print one line beside the results."""
    errors().print(phrase(key, **arguments), soft_wrap=True, markup=False)


def _say(key: str, **arguments: object) -> None:
    """Print one line."""
    console().print(phrase(key, **arguments), soft_wrap=True, markup=False)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(phrase(f"column.{column}"), overflow="fold", no_wrap=column in _NARROW)
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    console().print(table)
