# SPDX-License-Identifier: EUPL-1.2
"""The outcome of a measurement as a table in the terminal."""

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from meetlat.analysis.indicators import COMPOSITES, indicators
from meetlat.analysis.share import Share
from meetlat.cli.shown import console
from meetlat.cli.words import language, say
from meetlat.standards.loading import standards


def show_summary(folder: Path) -> None:
    """Show per standard: compliant out of judged, undetermined, not applicable; and the two composites."""
    counted = indicators(folder, standards().values())
    table = Table(title=say("summary.caption"), title_justify="left")
    table.add_column(say("summary.standard"))
    table.add_column(say("summary.role"))
    for column in ("compliant", "judged", "share", "undetermined", "not_applicable"):
        table.add_column(say(f"summary.{column}"), justify="right")
    for row in counted.standards:
        if row.group is None and not row.part:
            table.add_row(standards()[row.standard].names[language()], say(f"summary.{row.role.value}"), *_numbers(row.share))
    table.add_section()
    for composite in counted.composites:
        if composite.group is None:
            role = COMPOSITES[composite.composite].value
            table.add_row(f"[bold]{say(f'summary.all_{role}')}[/bold]", say(f"summary.{role}"), *_numbers(composite.share))
    console().print(table)


def _numbers(share: Share) -> tuple[str, ...]:
    """Write a share as the cells of a row; without anything judged there is no percentage."""
    percentage = f"{100 * share.compliant / share.judged:.0f} %" if share.judged else "–"
    return str(share.compliant), str(share.judged), percentage, str(share.undetermined), str(share.not_applicable)


def show_throughput(costs: Mapping[str, float]) -> None:
    """Say how fast it went and what a domain cost."""
    domains, seconds = costs["domains_measured"], costs["wall_seconds"]
    if not domains:
        return
    console().print(
        say(
            "summary.throughput",
            domains=f"{domains:.0f}",
            seconds=f"{seconds:.1f}",
            per_minute=f"{60 * domains / max(seconds, 0.001):.0f}",
            connections=f"{costs['connections'] / domains:.1f}",
            datagrams=f"{costs['datagrams'] / domains:.1f}",
            questions=f"{costs['dns_questions'] / domains:.1f}",
            cpu=f"{1000 * costs['cpu_seconds'] / domains:.1f}",
        )
    )
