# SPDX-License-Identifier: EUPL-1.2
"""meetlat standards: which standards there are, and what each asks."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from meetlat.agreements.reading import AgreementsError, read_agreements
from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import told
from meetlat.cli.shown import console
from meetlat.cli.words import language
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.publish.guidance import guidance
from meetlat.standards.loading import standards as known


def standards(
    id_: Annotated[str | None, typer.Argument(help=told("standards.id"), metavar="[ID]")] = None,
    gaps: Annotated[bool, typer.Option("--gaps", help=told("standards.gaps"))] = False,
) -> None:
    """List the standards, or show one, or what the register does not know of them."""
    if id_ is None and gaps:
        _show_gaps(known().values())
    elif id_ is None:
        _show_all()
    elif id_ in known() and gaps:
        _show_gaps([known()[id_]])
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


def _show_gaps(shown: Iterable[Standard]) -> None:
    """Show what the register does not know of each standard, a line per field."""
    table = Table(title=told("standards.gaps_caption"), title_justify="left")
    for column in ("standard", "unknown_fields"):
        table.add_column(told(f"standards.{column}"))
    for standard in shown:
        if missing := standard.registration.gaps:
            table.add_row(standard.id, "\n".join(_field(name) for name in missing))
    console().print(table if table.row_count else told("standards.no_gaps"))


def _field(name: str) -> str:
    """Name a field of the register, with the language that it is about."""
    field, _, of_language = name.partition(".")
    return told(f"registration.{field}") + (f" ({of_language})" if of_language else "")


def _show(standard: Standard) -> None:
    """Show what the register says of one standard, and what each of its norms asks."""
    console().print(f"[bold]{escape(standard.names[language()])}[/bold] ({standard.id})")
    console().print(escape(standard.summaries[language()]))
    for name, value in _registered(standard):
        console().print(f"  [dim]{escape(name)}:[/dim] {escape(value)}", soft_wrap=True)
    if not standard.rules:
        console().print(escape(standard.not_measured.get(language(), told("standards.not_measured"))))
        return
    console().print(Markdown(guidance(standard, language()).introduction))
    for norm in standard.norms:
        console().print(_norm_table(standard, norm))


def _registered(standard: Standard) -> Iterator[tuple[str, str]]:
    """Yield what the register says of a standard, field by field, and the agreements that ask it."""
    entry = standard.registration
    names = {of_language: name for of_language, name in entry.official_name.items() if name is not None}
    shown = {
        "official_name": "; ".join(f"{name} ({of_language})" for of_language, name in names.items()) or None,
        "list_status": told(f"registration.{entry.list_status.value}") if entry.list_status else None,
        "list_since": str(entry.list_since) if entry.list_since else None,
        "toepassingsgebied": entry.toepassingsgebied[language()] if entry.toepassingsgebied else None,
        "werkingsgebied": entry.werkingsgebied[language()] if entry.werkingsgebied else None,
        "steward": entry.steward,
        "specification": entry.specification,
        "legal_basis": _listed(entry.legal_basis),
        "links": _listed(entry.links),
        "agreements": _listed(_asking(standard)),
    }
    for field, text in shown.items():
        yield told(f"registration.{field}"), text or told("registration.unknown")


def _listed(several: Sequence[str] | None) -> str | None:
    """Write several texts as one; None stays unknown, and none at all is said."""
    return None if several is None else ", ".join(several) or told("registration.nothing")


def _asking(standard: Standard) -> Sequence[str] | None:
    """Name the agreements that ask a standard; None when their register cannot be read, which `meetlat agreements` explains."""
    try:
        found = read_agreements(known())
    except AgreementsError:
        return None
    return [one.names[language()] for one in found.values() if any(ask.standard == standard.id for ask in one.asks)]


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
