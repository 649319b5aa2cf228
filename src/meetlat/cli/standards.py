# SPDX-License-Identifier: EUPL-1.2
"""meetlat standards: which standards there are, and what each asks."""

from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import told
from meetlat.cli.shown import console
from meetlat.cli.words import language
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.publish.guidance import guidance
from meetlat.standards.loading import standards as known


def standards(id_: Annotated[str | None, typer.Argument(help=told("standards.id"), metavar="[ID]")] = None) -> None:
    """List the standards, or show one."""
    if id_ is None:
        _show_all()
    elif id_ in known():
        _show(known()[id_])
    else:
        raise UsageFault(told("standards.unknown", text=id_, choices=", ".join(known())))


def _show_all() -> None:
    """Show one line per standard."""
    table = Table(title=told("standards.caption"), title_justify="left")
    for column in ("standard", "name", "roles", "norms", "rules"):
        table.add_column(told(f"standards.{column}"), justify="right" if column == "rules" else "left")
    for standard in known().values():
        roles = ", ".join(told(f"standards.{role.value}") for role in standard.roles)
        norms = ", ".join(norm.version for norm in standard.norms)
        table.add_row(standard.id, standard.names[language()], roles, norms, str(len(standard.rules)))
    console().print(table)


def _show(standard: Standard) -> None:
    """Show what one standard is and what each of its norms asks."""
    console().print(f"[bold]{escape(standard.names[language()])}[/bold] ({standard.id})")
    console().print(escape(standard.summaries[language()]))
    for name, value in standard.register.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        console().print(f"  [dim]{escape(name)}:[/dim] {escape(shown)}", soft_wrap=True)
    if not standard.rules:
        console().print(told("standards.not_measured"))
        return
    console().print(Markdown(guidance(standard, language()).introduction))
    for norm in standard.norms:
        console().print(_norm_table(standard, norm))


def _norm_table(standard: Standard, norm: Norm) -> Table:
    """Make the table of what one norm asks."""
    key = "standards.ended" if norm.until else "standards.norm"
    title = told(key, version=norm.version, effective=norm.effective, until=norm.until)
    table = Table(title=title, caption=escape(norm.source), title_justify="left", caption_justify="left")
    for column in ("rule", "weight", "asks"):
        table.add_column(told(f"standards.{column}"), overflow="fold")
    words = guidance(standard, language()).rules
    for rule, obligation in norm.rules.items():
        table.add_row(rule, told(f"standards.{obligation.value}"), words[rule].title if rule in words else "")
    return table
