# SPDX-License-Identifier: EUPL-1.2
"""meetlat compare: who changed colour between two measurements, or under another norm."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from meetlat.analysis.change import Change, changes, counted
from meetlat.cli.csv_files import write_csv
from meetlat.cli.reading import told
from meetlat.cli.shown import STYLES, console
from meetlat.cli.words import language, say
from meetlat.model.norm import Verdict
from meetlat.standards.loading import standards

_COLUMNS = ("domain", "organisation", "group", "role", "standard", "part", "was", "is_now")


def compare(
    before: Annotated[Path, typer.Argument(help=told("compare.before"), metavar="BEFORE")],
    after: Annotated[Path, typer.Argument(help=told("compare.after"), metavar="AFTER")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help=told("compare.output"))] = None,
) -> None:
    """Show which verdicts differ, and write down whose."""
    found = changes(before, after)
    show_changes(found)
    if output is not None:
        write_csv(output, _COLUMNS, map(_row, found))
        console().print(told("compare.written", path=output, count=len(found)), soft_wrap=True, markup=False)


def show_changes(found: Sequence[Change]) -> None:
    """Show how many domains changed colour, per standard and part, and from what to what."""
    if not found:
        console().print(told("compare.none"))
        return
    table = Table(title=told("compare.caption"), title_justify="left")
    for column in ("standard", "part", "role", "was", "is_now"):
        table.add_column(told(f"compare.{column}"))
    table.add_column(told("compare.domains"), justify="right")
    known = standards()
    for kind, count in counted(found).items():
        standard = known.get(kind.standard)
        name = standard.names[language()] if standard else kind.standard
        part = standard.part_names[kind.part][language()] if standard and kind.part in standard.part_names else kind.part
        table.add_row(name, part, say(f"summary.{kind.role.value}"), _shown(kind.was), _shown(kind.is_now), str(count))
    console().print(table)


def _shown(verdict: Verdict | None) -> str:
    """Write a verdict with its colour and mark."""
    if verdict is None:
        return told("compare.absent")
    mark, style = STYLES[verdict]
    return f"[{style}]{mark} {say(f'verdict.{verdict.value}')}[/{style}]"


def _row(one: Change) -> tuple[str, ...]:
    """Write a change as a row; a verdict that is not there is empty."""
    kind = one.kind
    verdicts = (verdict.value if verdict else "" for verdict in (kind.was, kind.is_now))
    return (one.domain, one.organisation, one.group, kind.role.value, kind.standard, kind.part, *verdicts)
