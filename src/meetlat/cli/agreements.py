# SPDX-License-Identifier: EUPL-1.2
"""meetlat agreements: what was agreed, and where a measurement stands on it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from meetlat.agreements.reading import REGISTER, AgreementsError, Wrong, read_agreements
from meetlat.analysis.agreements import AgreementIndicator, agreement_indicators, domain_states, unanswered
from meetlat.analysis.share import Share
from meetlat.cli.csv_files import write_csv
from meetlat.cli.faults import UsageFault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import Book, language
from meetlat.model.agreement import Agreement, AgreementKind, Ask
from meetlat.publish.words import percent
from meetlat.standards.loading import standards
from meetlat.store.manifest import read_manifest

_COLUMNS = ("agreement", "domain", "organisation", "group", "on", "state")
_NAME_WIDTH = 13  # what is left of 80 columns; the heads of the numbers are broken by hand
_NUMBERS = ("kept", "judged", "share", "of_all", "not_kept", "not_due", "undetermined", "not_applicable")


spoken = Book("agreements")


def agreements(
    folder: Annotated[Path | None, typer.Argument(help=spoken("agreements.folder"), metavar="[FOLDER]")] = None,
    on: Annotated[str | None, typer.Option("--on", help=spoken("agreements.on"))] = None,
    group: Annotated[str | None, typer.Option("--group", help=spoken("agreements.group"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=spoken("agreements.output"))] = None,
    register: Annotated[Path, typer.Option("--register", help=spoken("agreements.register"))] = REGISTER,
) -> None:
    """List the agreements, or show where a measurement stands on them."""
    known = registered(register)
    if folder is None:
        for option, value in (("--on", on), ("--group", group), ("-o", output)):
            if value is not None:
                raise UsageFault(spoken("agreements.needs_folder", option=option))
        _show_all(known.values())
        return
    manifest = read_manifest(folder)
    day = _day(on) if on is not None else manifest.finished.date()
    found = agreement_indicators(folder, known.values(), day)
    chosen = _group(group, found)
    title = spoken("agreements.standing", day=day, id=manifest.id, measured=manifest.finished.date())
    console().print(title, soft_wrap=True, markup=False)
    for agreement in known.values():
        console().print(_standing(found, agreement, chosen))
    console().print(spoken("agreements.meaning"), soft_wrap=True, markup=False)
    _show_remarks(folder, known)
    if output is not None:
        count = _write(folder, known.values(), day, chosen, output)
        console().print(spoken("agreements.written", path=output, count=count), soft_wrap=True, markup=False)


def registered(folder: Path = REGISTER) -> Mapping[str, Agreement]:
    """Read the register of agreements; every fault in it is told. Raises UsageFault."""
    try:
        return read_agreements(standards(), folder)
    except AgreementsError as error:
        for wrong in error.faults:
            errors().print(escape(fault_sentence(wrong)), soft_wrap=True)
        raise UsageFault(spoken("agreements.faults", path=folder, count=len(error.faults))) from error


def fault_sentence(wrong: Wrong) -> str:
    """Say in the language of the terminal what is wrong with a file."""
    return f"{wrong.file}: {spoken(f'fault.{wrong.fault.name.lower()}', detail=wrong.detail)}"


def asked(ask: Ask) -> str:
    """Say what is asked, as people read it: the standard, the parts of it, the role."""
    standard = standards()[ask.standard]
    names = [standard.part_names[part][language()] for part in ask.parts] or [standard.names[language()]]
    norm = f" {ask.norm}" if ask.norm else ""
    return f"{', '.join(names)}{norm} ({ask.role.value})"


def _show_all(found: Iterable[Agreement]) -> None:
    """Show each agreement: what it asks, since or by when, for whom, and where it is written."""
    for agreement in found:
        console().print(f"[bold]{escape(agreement.names[language()])}[/bold] ({agreement.id})", soft_wrap=True)
        for line in _lines(agreement):
            console().print(Padding(escape(line), (0, 0, 0, 2)))


def _lines(agreement: Agreement) -> Iterator[str]:
    """Yield what there is to say of one agreement."""
    key = "by" if agreement.by else "in_force"
    binds = spoken(f"agreements.{key}", moment=agreement.by or agreement.in_force)
    yield f"{spoken('agreements.agreed')}: {agreement.agreed}; {spoken('agreements.binds').lower()} {binds}"
    yield f"{spoken('agreements.asks')}: {'; '.join(asked(ask) for ask in agreement.asks)}"
    yield f"{spoken('agreements.reading')}: {spoken(f'agreements.{agreement.reading.value}')}"
    yield spoken("agreements.whose_line", text=agreement.werkingsgebied[language()])
    yield spoken("agreements.made_by_line", text=agreement.made_by)
    yield from (spoken("agreements.source_line", source=source) for source in agreement.sources)


def _standing(found: Sequence[AgreementIndicator], agreement: Agreement, group: str | None) -> Table:
    """Make the table of one agreement: the whole and each group; or one group and each of its organisations."""
    table = Table(
        title=escape(agreement.names[language()]),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column(spoken("agreements.whom"), min_width=_NAME_WIDTH)
    rows = [row for row in found if row.agreement == agreement.id and _is_shown(row, group)]
    shown = [column for column in _NUMBERS if column != "not_due" or any(row.not_due for row in rows)]
    for column in shown:
        table.add_column(spoken(f"agreements.{column}"), justify="right")
    for row in rows:
        cells = _cells(row)
        name = row.organisation or row.group or spoken("agreements.everything")
        table.add_row(escape(name), *(cells[column] for column in shown), style="bold" if row.group is None else "")
    return table


def _is_shown(row: AgreementIndicator, group: str | None) -> bool:
    """Whether a row belongs to what was asked for."""
    return row.group == group if group is not None else row.organisation is None


def _cells(row: AgreementIndicator) -> Mapping[str, str]:
    """Write the numbers of a row, by column."""
    share: Share = row.share
    shares = (percent(share.compliant, whole if row.is_answered else 0, language()) for whole in (share.judged, share.total))
    rest = (row.not_kept, row.not_due, share.undetermined, share.not_applicable)
    return dict(zip(_NUMBERS, (str(share.compliant), str(share.judged), *shares, *map(str, rest)), strict=True))


def _show_remarks(folder: Path, known: Mapping[str, Agreement]) -> None:
    """Say what a reader must know to read the table well."""
    found = unanswered(folder, known.values())
    remarks = [
        spoken(
            "agreements.other_norm",
            agreement=known[one.agreement].names[language()],
            standard=one.ask.standard,
            norm=one.ask.norm,
            judged=one.judged,
            folder=folder,
        )
        for one in found
        if one.judged
    ]
    if missing := sorted({f"{one.ask.standard} ({one.ask.role.value})" for one in found if not one.judged}):
        remarks.append(spoken("agreements.not_judged", standards=", ".join(missing)))
    if any(agreement.kind is AgreementKind.PAS_TOE_OF_LEG_UIT for agreement in known.values()):
        remarks.append(spoken("agreements.list_meaning"))
    for remark in remarks:
        console().print(remark, markup=False, soft_wrap=True)


def _write(folder: Path, known: Collection[Agreement], day: date, group: str | None, path: Path) -> int:
    """Write the state of each domain on each agreement as CSV, and return how many rows that is."""
    rows = (
        (one.agreement, one.domain, one.organisation, one.group, day, one.state.value)
        for one in domain_states(folder, known, day)
        if group in {None, one.group}
    )
    return write_csv(path, _COLUMNS, rows)


def _day(text: str) -> date:
    """Read --on."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(spoken("agreements.wrong_day", text=text[:80])) from error


def _group(text: str | None, found: Sequence[AgreementIndicator]) -> str | None:
    """Read --group: a group of the measurement, whatever the case of its letters."""
    if text is None:
        return None
    groups = dict.fromkeys(row.group for row in found if row.group is not None)
    chosen = next((group for group in groups if group.casefold() == text.casefold()), None)
    if chosen is None:
        raise UsageFault(spoken("agreements.wrong_group", text=text[:80], choices=", ".join(groups)))
    return chosen
