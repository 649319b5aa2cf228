# SPDX-License-Identifier: EUPL-1.2
"""meetlat preview and meetlat replies: the right of reply, from private preview to corrected figures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from meetlat.agreements.reading import REGISTER
from meetlat.analysis.share import Share
from meetlat.cli.agreements import registered
from meetlat.cli.csv_files import write_csv
from meetlat.cli.faults import UsageFault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import LANGUAGES, Book, language
from meetlat.publish.preview import UnknownOrganisationError, write_previews
from meetlat.publish.words import percent, visible
from meetlat.replies.corrected import Corrected, CorrectedShare, Correction, corrected
from meetlat.replies.faults import FormError, RegisterError, Wrong
from meetlat.replies.reading import Given, Setting, read_forms
from meetlat.replies.register import FILE, Register, add_decisions, add_replies, existing, name_of_person, read_register
from meetlat.replies.reply import Decision, Outcome, Reply, Standing, State
from meetlat.standards.loading import standards
from meetlat.store.folder import read_listings
from meetlat.store.manifest import read_manifest

_SOON = 30  # days
_STATES = ", ".join(state.value for state in State)
_SHOWN = ("id", "on", "organisation", "domain", "standard", "kind", "state", "due")
_WRITTEN = ("id", "on", "organisation", "domain", "roles", "standard", "part", "norm", "kind", "state", "due", "decided_on", "bound_by")
_NAMES = ("by", "decided_by", "text", "evidence", "whose", "reason")
_CORRECTIONS = (
    "reply", "organisation", "domain", "role", "standard", "part", "effect", "measured", "corrected", "kind", "replied", "decided", "due",
    "bound_by",
)  # fmt: skip


phrase = Book("replies")


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
_RegisterOption = Annotated[Path, typer.Option("--register", help=phrase("replies.register"))]
_ByOption = Annotated[str, typer.Option("--by", help=phrase("replies.by"))]
_OnOption = Annotated[str | None, typer.Option("--on", help=phrase("replies.on"))]


def preview(
    folder: Annotated[Path, typer.Argument(help=phrase("preview.folder"), metavar="FOLDER")],
    output: Annotated[Path, typer.Option("-o", "--output", help=phrase("preview.output"))],
    organisation: Annotated[str | None, typer.Option("--organisation", help=phrase("preview.organisation"))] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=phrase("preview.lang"))] = None,
) -> None:
    """Write a private package per organisation."""
    of_language = lang or language()
    if of_language not in LANGUAGES:
        raise UsageFault(phrase("preview.language", text=of_language[:80]))
    try:
        made = write_previews(folder, output, of_language, standards(), organisation)
    except UnknownOrganisationError as error:
        raise UsageFault(phrase("preview.unknown", organisation=str(error)[:80])) from error
    _say("preview.done", count=len(made), path=output)


@app.command("import", help=phrase("replies.import"))
def import_(
    forms: Annotated[list[Path], typer.Argument(help=phrase("replies.files"), metavar="FILES...")],
    register: _RegisterOption,
    by: _ByOption,
    measurement: Annotated[Path, typer.Option("--measurement", help=phrase("replies.measurement"))],
    organisation: Annotated[str, typer.Option("--organisation", help=phrase("replies.sender"))] = "",
    on: _OnOption = None,
    agreements: Annotated[Path, typer.Option("--agreements", help=phrase("replies.agreements"))] = REGISTER,
) -> None:
    """Import forms, all or none."""
    manifest = read_manifest(measurement)
    listings = [listing for shard in read_listings(measurement) for listing in shard]
    sender = _sender(organisation, (listing.organisation for listing in listings))
    with told_replies():
        given = Given(name_of_person(by, register), reply_day(on))
        known = existing(register)
        promised = registered(agreements).values()
        setting = Setting(manifest.id, manifest.run.norms, listings, standards(), promised, known, sender)
        replies = add_replies(register, read_forms(forms, setting, given), known)
    _say("replies.imported", count=len(replies), path=register / FILE, first=replies[0].id, last=replies[-1].id)
    for reply in replies:
        if reply.bound_by:
            _say("replies.bound", id=reply.id, standard=reply.says.standard, agreements=", ".join(reply.bound_by))


@app.command(help=phrase("replies.decide"))
def decide(
    ids: Annotated[list[str], typer.Argument(help=phrase("replies.ids"), metavar="ID...")],
    outcome: Annotated[Outcome, typer.Option("--outcome", help=phrase("replies.outcome"))],
    register: _RegisterOption,
    by: _ByOption,
    reason: Annotated[str, typer.Option("--reason", help=phrase("replies.reason"))] = "",
    on: _OnOption = None,
) -> None:
    """Write down a decision."""
    with told_replies():
        who, day = name_of_person(by, register), reply_day(on)
        add_decisions(register, [Decision(id_, day, who, outcome, reason.strip()) for id_ in dict.fromkeys(ids)])
    _say("replies.decided", count=len(dict.fromkeys(ids)), outcome=phrase(f"state.{outcome.value}"))


@app.command("list", help=phrase("replies.list"))
def list_(
    register: _RegisterOption,
    on: _OnOption = None,
    soon: Annotated[int, typer.Option("--soon", help=phrase("replies.soon"), min=0, max=3_650)] = _SOON,
    state: Annotated[str | None, typer.Option("--state", help=phrase("replies.state", choices=_STATES))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=phrase("replies.output"))] = None,
    with_names: Annotated[bool, typer.Option("--with-names", help=phrase("replies.with_names"))] = False,
) -> None:
    """Show where the replies stand on a day."""
    if state is not None and state not in {one.value for one in State}:
        raise UsageFault(phrase("replies.wrong_state", text=state[:80], choices=_STATES))
    day, within = reply_day(on, may_come=True), timedelta(days=soon)
    found = [one for one in opened_register(register).standings(day) if state is None or one.state(within).value == state]
    console().print(_listed(found, day, within, with_names=with_names) if found else phrase("replies.none"))
    if output is not None:
        columns = _WRITTEN + (_NAMES if with_names else ())
        count = write_csv(output, columns, ([_value(one, column, within) for column in columns] for one in found))
        _say("replies.written", count=count, path=output)


@app.command(help=phrase("replies.figures"))
def figures(
    folder: Annotated[Path, typer.Argument(help=phrase("replies.folder"), metavar="FOLDER")],
    register: _RegisterOption,
    on: _OnOption = None,
    later: Annotated[Path | None, typer.Option("--later", help=phrase("replies.later"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=phrase("replies.corrections"))] = None,
) -> None:
    """Show the measured figures with the corrected ones beside them."""
    day = reply_day(on, may_come=True)
    try:
        found = corrected(folder, opened_register(register).standings(day), day, standards(), later)
    except ValueError as error:
        raise UsageFault(phrase("replies.not_later", path=later)) from error
    console().print(_figures(found))
    _say("replies.figures_count", count=found.count, gone=len(found.gone))
    if output is not None:
        count = write_csv(output, _CORRECTIONS, map(_correction, found.corrections))
        _say("replies.written", count=count, path=output)


def fault_sentence(wrong: Wrong) -> str:
    """Say in the language of the terminal what is wrong with a form, where, and what to do."""
    sentence = phrase(f"form.{wrong.fault.value}", detail=wrong.shown)
    if not wrong.file:
        return sentence
    place = "column" if wrong.row and wrong.column else "row" if wrong.row else "file"
    column = phrase(f"form_column.{wrong.column}") if wrong.column else ""
    return f"{phrase(f'place.{place}', file=visible(wrong.file), row=wrong.row, column=column)}: {sentence}"


@contextmanager
def told_replies() -> Iterator[None]:
    """Tell every fault of a form, and make one sentence of what cannot be done."""
    try:
        yield
    except FormError as error:
        for wrong in error.faults:
            errors().print(escape(fault_sentence(wrong)), soft_wrap=True)
        raise UsageFault(phrase("replies.refused", count=len(error.faults))) from error
    except RegisterError as error:
        raise UsageFault(phrase(f"register.{error.fault.value}", path=error.path, detail=error.detail)) from error


def opened_register(folder: Path) -> Register:
    """Read the register."""
    with told_replies():
        return read_register(folder)


def _sender(text: str, organisations: Iterable[str]) -> str:
    """Read --organisation."""
    found = next((name for name in organisations if name.casefold() == text.casefold()), "")
    if text and not found:
        raise UsageFault(phrase("preview.unknown", organisation=text[:80]))
    return found


def reply_day(text: str | None, *, may_come: bool = False) -> date:
    """Read --on; what is written down happened today or before."""
    today = datetime.now(UTC).date()
    try:
        day = date.fromisoformat(text) if text is not None else today
    except ValueError as error:
        raise UsageFault(phrase("replies.wrong_day", option="--on", text=str(text)[:80])) from error
    if day > today and not may_come:
        raise UsageFault(phrase("replies.future_day", option="--on", text=day))
    return day


def _say(key: str, **arguments: object) -> None:
    """Print one line."""
    console().print(phrase(key, **arguments), soft_wrap=True, markup=False)


def _listed(found: Sequence[Standing], day: date, soon: timedelta, *, with_names: bool) -> Table:
    """Make the table of replies."""
    columns = _SHOWN + (("by", "decided_by") if with_names else ())
    table = Table(title=phrase("replies.caption", day=day), title_justify="left")
    for column in columns:
        table.add_column(phrase(f"column.{column}"))
    for one in found:
        cells = {column: _value(one, column, soon) for column in columns}
        cells["kind"], cells["state"] = phrase(f"kind.{cells['kind']}"), phrase(f"state.{cells['state']}")
        table.add_row(*(escape(visible(cells[column])) for column in columns))
    return table


def _value(one: Standing, column: str, soon: timedelta) -> str:
    """Return one field of a reply as text."""
    reply: Reply = one.reply
    says, decision = reply.says, one.decision
    known: dict[str, object] = {
        "id": reply.id,
        "on": reply.on,
        "by": reply.by,
        "roles": " ".join(role.value for role in says.roles),
        "kind": says.kind.value,
        "state": one.state(soon).value,
        "due": says.due or "",
        "bound_by": " ".join(reply.bound_by),
        "decided_on": decision.on if decision else "",
        "decided_by": decision.by if decision else "",
        "reason": decision.reason if decision else "",
    }
    return str(known[column] if column in known else getattr(says, column))


def _figures(found: Corrected) -> Table:
    """Make the table of figures: everything together first, then each standard; all groups."""
    title = phrase("replies.figures_caption", id=found.measurement, day=found.day)
    table = Table(title=title, title_justify="left", caption=phrase("replies.figures_meaning"), caption_justify="left")
    for column in ("figure", "role", "measured", "corrected", "explained", "disputed", "planned", "changed"):
        table.add_column(phrase(f"column.{column}"), justify="left" if column in {"figure", "role"} else "right")
    for line in (*found.composites, *found.standards):
        if line.group is None and not line.part:
            noted = line.noted
            counts = (noted.explained, noted.disputed, noted.planned, noted.changed)
            role = line.role.value if line.role else ""
            table.add_row(escape(line.key), role, _share(line.measured), _marked(line), *map(str, counts))
    return table


def _marked(line: CorrectedShare) -> str:
    """Write a corrected share; one that differs says so."""
    return f"{_share(line.corrected)} *" if line.is_corrected else _share(line.corrected)


def _share(share: Share) -> str:
    """Write a share with everything that belongs to it."""
    of_judged = percent(share.compliant, share.judged, language())
    return f"{share.compliant}/{share.judged} {of_judged} ({share.undetermined}, {share.not_applicable})"


def _correction(one: Correction) -> list[str]:
    """Write a correction as a row."""
    values = {name: getattr(one, name) for name in _CORRECTIONS}
    values["bound_by"] = " ".join(one.bound_by)
    return [str(getattr(value, "value", value) if value is not None else "") for value in values.values()]
