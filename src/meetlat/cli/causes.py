# SPDX-License-Identifier: EUPL-1.2
"""meetlat causes: what domains that fall short have in common. meetlat worklist: what is to be mended, what gives most first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from meetlat.agreements.reading import REGISTER
from meetlat.analysis.blockades import Figure
from meetlat.analysis.hosting import Hosting, Layer, LayerState, SupplyKind
from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.leverage import MIN_DOMAINS, MIN_PERCENT, Best, Causes, Lever, kind_of, narrowest
from meetlat.analysis.leverage import causes as causes_in
from meetlat.analysis.suppliers import SuppliersError, Wrong, read_suppliers
from meetlat.analysis.worklist import Asked, NotEarlierError, Task, tasks
from meetlat.cli.agreements import registered
from meetlat.cli.faults import UsageFault, fault
from meetlat.cli.shown import console, errors
from meetlat.cli.words import Book, language
from meetlat.publish.causes_files import HOSTING, LEVERS, WORKLIST, Sheet, hosting_rows, lever_rows, words, worklist_rows, write_sheet
from meetlat.publish.overview import name_of, rule_guidance
from meetlat.publish.words import percent, visible
from meetlat.standards.loading import standards
from meetlat.store.manifest import read_manifest

_MOST_SHOWN = 40
_MOST_COUNTED = 50
_LONGEST_NAME = 60
_LARGEST = 3
_SUPPLIERS = {Layer.WEB: SupplyKind.NETWORK, Layer.MAIL: SupplyKind.SUPPLIER, Layer.DNS: SupplyKind.SUPPLIER}


tell = Book("causes")


def causes(
    folder: Annotated[Path, typer.Argument(help=tell("causes.folder"), metavar="FOLDER")],
    suppliers: Annotated[Path | None, typer.Option("--suppliers", help=tell("causes.suppliers"))] = None,
    count: Annotated[int, typer.Option("--count", help=tell("causes.count"))] = 5,
    everything: Annotated[bool, typer.Option("--all", help=tell("causes.all"))] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=tell("causes.output"))] = None,
    hosting: Annotated[Path | None, typer.Option("--hosting", help=tell("causes.hosting"))] = None,
) -> None:
    """Show who hosts what, which causes are shared, and what mending them gives."""
    if not 1 <= count <= _MOST_COUNTED:
        raise UsageFault(tell("causes.wrong_count", text=count))
    manifest = read_manifest(folder)
    found = causes_in(folder, standards(), named_suppliers(suppliers))
    hostings = found.obstacles.hostings.values()
    console().print(_hosted(hostings, tell("causes.hosted", count=len(hostings), id=manifest.id)))
    _show_levers(found.levers, everything=everything)
    _show_best(found, count)
    if output is not None:
        _write(output, Sheet("levers", LEVERS, lever_rows(found.levers, standards(), language())), manifest.finished)
    if hosting is not None:
        _write(hosting, Sheet("hosting", HOSTING, hosting_rows(hostings, language())), manifest.finished)


def worklist(
    folder: Annotated[Path, typer.Argument(help=tell("worklist.folder"), metavar="FOLDER")],
    output: Annotated[Path, typer.Option("-o", "--output", help=tell("worklist.output"))],
    earlier: Annotated[list[Path] | None, typer.Option("--earlier", help=tell("worklist.earlier"))] = None,
    group: Annotated[str | None, typer.Option("--group", help=tell("worklist.group"))] = None,
    on: Annotated[str | None, typer.Option("--on", help=tell("worklist.on"))] = None,
    suppliers: Annotated[Path | None, typer.Option("--suppliers", help=tell("causes.suppliers"))] = None,
    agreements: Annotated[Path, typer.Option("--agreements", help=tell("worklist.agreements"))] = REGISTER,
) -> None:
    """Write what is to be mended by whom, what gives most first."""
    manifest = read_manifest(folder)
    asked = Asked(tuple(earlier or ()), tuple(registered(agreements).values()), _day(on), named_suppliers(suppliers))
    try:
        found = tasks(folder, standards(), asked)
    except NotEarlierError as error:
        raise UsageFault(tell("worklist.not_earlier", path=error.folder)) from error
    found = _of_group(found, group)
    _save(output, Sheet("worklist", WORKLIST, worklist_rows(found, standards(), language())), manifest.finished)
    counts = {
        "count": len(found),
        "organisations": len({task.organisation for task in found}),
        "last": sum(task.is_last_obstacle for task in found),
        "shared": sum(task.shared is not None for task in found),
        "overdue": sum(task.agreed is not None and task.agreed.is_overdue for task in found),
    }
    console().print(tell("worklist.written", path=output, **counts), soft_wrap=True, markup=False)


def fault_sentence(wrong: Wrong) -> str:
    """Say in the language of the terminal what is wrong with a file of suppliers."""
    return tell(f"fault.{wrong.fault.name.lower()}", detail=wrong.detail)


def named_suppliers(path: Path | None) -> Mapping[str, str]:
    """Read --suppliers; every fault in it is told. Raises UsageFault."""
    if path is None:
        return {}
    try:
        return read_suppliers(path)
    except SuppliersError as error:
        for wrong in error.faults:
            errors().print(escape(visible(f"{path.name}: {fault_sentence(wrong)}")), soft_wrap=True)
        raise UsageFault(tell("causes.faults", path=path, count=len(error.faults))) from error


def _hosted(hostings: Iterable[Hosting], title: str) -> Table:
    """Make the table of layers: of how many domains is known who hosts them, and who host most."""
    found = list(hostings)
    table = Table(title=title, title_justify="left")
    table.add_column(tell("causes.layer"))
    for column in ("known", "own", "none", "unknown", "not_looked_at"):
        table.add_column(tell(f"causes.{column}"), justify="right")
    table.add_column(tell("causes.largest"))
    for layer in Layer:
        states = Counter(one.states[layer] for one in found)
        own = sum(one.is_own(layer) for one in found)
        users = Counter(
            use.supply.name
            for one in found
            for use in one.uses
            if use.supply.layer is layer and use.supply.kind is _SUPPLIERS[layer] and not use.is_own
        )
        largest = sorted(users.items(), key=lambda item: (-item[1], item[0]))[:_LARGEST]
        shown = ", ".join(f"{_short(name)} ({number})" for name, number in largest)
        others = (states[state] for state in (LayerState.NONE, LayerState.UNKNOWN, LayerState.NOT_LOOKED_AT))
        counts = (states[LayerState.KNOWN] - own, own, *others)
        table.add_row(tell(f"causes.{layer.value}"), *map(str, counts), escape(shown))
    return table


def _show_levers(found: Sequence[Lever], *, everything: bool) -> None:
    """Show the shared causes, one row for what explains the same domains; or say that there are none."""
    shared = [lever for lever in found if lever.is_shared_cause]
    shown = found if everything else narrowest(shared)
    if not shown:
        coincidences = len(narrowest(found))
        console().print(tell("causes.no_levers", domains=MIN_DOMAINS, percent=MIN_PERCENT, count=coincidences), soft_wrap=True)
        return
    caption = tell("causes.meaning", domains=MIN_DOMAINS, percent=MIN_PERCENT)
    table = Table(title=tell("causes.levers"), title_justify="left", caption=caption, caption_justify="left")
    for column in ("supplier", "rule"):
        table.add_column(tell(f"causes.{column}"))
    for column in ("failing", "complying", "unknown", "lifted", "share"):
        table.add_column(tell(f"causes.{column}"), justify="right")
    for lever in shown[:_MOST_SHOWN]:
        table.add_row(*map(escape, _cells(lever)))
    console().print(table)


def _cells(lever: Lever) -> tuple[str, ...]:
    """Write the cells of a lever."""
    kind = words(language())["kind"][lever.kind]
    marks = [words(language())["word"]["own"]] if lever.is_own else []
    marks += [] if lever.is_shared_cause else [tell("causes.coincidence")]
    who = f"{kind} {_short(lever.supply.name)}" + (f" ({', '.join(marks)})" if marks else "")
    title = rule_guidance(lever.standard, lever.rule, standards(), language()).title
    rule = f"{name_of(lever.standard, standards(), language())}: {title}"
    now, mended = lever.lift.now, lever.lift.mended
    share = f"{percent(now.compliant, now.judged, language())} → {percent(mended.compliant, mended.judged, language())}"
    return who, rule, str(lever.failing), str(lever.complying), str(lever.undetermined), str(lever.lift.lifted), share


def _show_best(found: Causes, count: int) -> None:
    """Say of each standard and composite what mending a few suppliers gives, what gives most first."""
    each = [best for figure in found.obstacles.shares if (best := found.best(figure, count)).steps]
    if each:
        console().print(f"[bold]{escape(tell('causes.best_title'))}[/bold]")
    for best in sorted(each, key=lambda one: (one.now.compliant - one.mended.compliant, one.figure[0], one.figure[1].value)):
        for line in _lines(best):
            console().print(line, soft_wrap=True, markup=False)


def _lines(best: Best) -> Iterable[str]:
    """Yield what mending a few suppliers gives, then each of them."""
    now, mended = best.now, best.mended
    yield tell(
        "causes.best_one" if len(best.steps) == 1 else "causes.best",
        figure=_figure(best.figure),
        count=len(best.steps),
        now=_share(now.compliant, now.judged),
        mended=_share(mended.compliant, mended.judged),
        total=now.total,
        all_now=percent(now.compliant, now.total, language()),
        all_mended=percent(mended.compliant, now.total, language()),
        undetermined=now.undetermined,
        not_applicable=now.not_applicable,
    )
    for number, step in enumerate(best.steps, start=1):
        yield "  " + tell(
            "causes.step",
            number=number,
            kind=words(language())["kind"][kind_of(step.supply)],
            name=_short(step.supply.name),
            lifted=step.lifted,
            after=_share(step.after.compliant, step.after.judged),
            rules=", ".join(step.rules),
        )


def _figure(figure: Figure) -> str:
    """Name a standard in a role, or a composite."""
    name, role = figure
    if name in COMPOSITES:
        return tell(f"figure.{name}")
    return f"{name_of(name, standards(), language())} ({words(language())['role'][role.value]})"


def _share(part: int, whole: int) -> str:
    """Write a share with its numerator and denominator."""
    return f"{percent(part, whole, language())} ({part}/{whole})"


def _short(name: str) -> str:
    """Bound a name from outside."""
    shown = visible(name)
    return shown if len(shown) <= _LONGEST_NAME else shown[:_LONGEST_NAME] + "…"


def _day(text: str | None) -> date | None:
    """Read --on."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise UsageFault(tell("worklist.wrong_day", text=str(text)[:80])) from error


def _of_group(found: Sequence[Task], text: str | None) -> tuple[Task, ...]:
    """Keep the tasks of --group, whatever the case of its letters."""
    chosen = tuple(task for task in found if text is None or task.group.casefold() == text.casefold())
    if text is not None and not chosen:
        choices = ", ".join(sorted({task.group for task in found}))
        raise UsageFault(tell("worklist.wrong_group", text=text[:80], choices=choices))
    return chosen


def _write(path: Path, sheet: Sheet, made: datetime) -> None:
    """Write a file and say so."""
    console().print(tell("causes.written", path=path, count=_save(path, sheet, made)), soft_wrap=True, markup=False)


def _save(path: Path, sheet: Sheet, made: datetime) -> int:
    """Write a file; what the disk refuses is the user's to mend."""
    try:
        return write_sheet(path, sheet, language(), made)
    except OSError as error:
        raise fault("unwritable", path=path, reason=error) from error
