# SPDX-License-Identifier: EUPL-1.2
"""meetlat opendata: measurements as tables for everybody, described for people and for programs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from meetlat.agreements.reading import REGISTER
from meetlat.cli.agreements import registered
from meetlat.cli.faults import UsageFault
from meetlat.cli.shown import console, errors, progress_bar
from meetlat.cli.words import Book, language
from meetlat.publish.open_data.columns import TABLES
from meetlat.publish.open_data.dcat import FREQUENCIES, PAGE, Publisher, is_contact, is_web_address
from meetlat.publish.open_data.folder import OpenDataError, read_source, write_open_data
from meetlat.publish.words import number, visible
from meetlat.standards.loading import standards

_LONGEST_SHOWN = 80


name_it = Book("opendata")


def opendata(
    folders: Annotated[list[Path], typer.Argument(help=name_it("opendata.folders"), metavar="FOLDER...")],
    output: Annotated[Path, typer.Option("-o", "--output", help=name_it("opendata.output"))],
    publisher_name: Annotated[str, typer.Option("--publisher-name", help=name_it("opendata.publisher_name"))] = "",
    publisher_uri: Annotated[str, typer.Option("--publisher-uri", help=name_it("opendata.publisher_uri"))] = "",
    base_uri: Annotated[str, typer.Option("--base-uri", help=name_it("opendata.base_uri"))] = "",
    contact: Annotated[str, typer.Option("--contact", help=name_it("opendata.contact"))] = "",
    frequency: Annotated[str, typer.Option("--frequency", help=name_it("opendata.frequency", choices=", ".join(FREQUENCIES)))] = "",
    agreements: Annotated[Path, typer.Option("--agreements", help=name_it("opendata.agreements"))] = REGISTER,
) -> None:
    """Write measurements as open data."""
    publisher = _publisher(
        {"--publisher-name": publisher_name, "--publisher-uri": publisher_uri, "--base-uri": base_uri, "--contact": contact}, frequency
    )
    try:
        source = read_source(folders, standards(), registered(agreements))
        with progress_bar() as bar:
            task = bar.add_task(name_it("opendata.progress"), total=len(TABLES))
            tables = write_open_data(output, source, publisher, lambda _: bar.advance(task))
    except OpenDataError as error:
        raise UsageFault(name_it(f"fault.{error.fault.name.lower()}", path=error.path, detail=error.detail)) from error
    rows = number(sum(table.rows for table in tables), language())
    console().print(name_it("opendata.done", tables=len(tables), rows=rows, path=output), soft_wrap=True, markup=False)
    console().print(name_it("opendata.open", path=output / PAGE[language()]), soft_wrap=True, markup=False)
    if publisher is None:
        errors().print(name_it("opendata.no_dcat"), soft_wrap=True, markup=False)


def _publisher(given: Mapping[str, str], frequency: str) -> Publisher | None:
    """Read who publishes: all that DCAT-AP-NL asks of it, or nothing."""
    values = {option: value.strip() for option, value in given.items()}
    if frequency and frequency not in FREQUENCIES:
        raise UsageFault(name_it("opendata.wrong_frequency", text=_shown(frequency), choices=", ".join(FREQUENCIES)))
    if not any(values.values()) and not frequency:
        return None
    if missing := [option for option, value in values.items() if not value]:
        raise UsageFault(name_it("opendata.missing", options=", ".join(missing)))
    for option in ("--publisher-uri", "--base-uri"):
        if not is_web_address(values[option]):
            raise UsageFault(name_it("opendata.wrong_uri", option=option, text=_shown(values[option])))
    if not is_contact(values["--contact"]):
        raise UsageFault(name_it("opendata.wrong_contact", text=_shown(values["--contact"])))
    name, uri, base, contact = values.values()
    return Publisher(name, uri, base if base.endswith("/") else f"{base}/", contact, frequency)


def _shown(text: str) -> str:
    """Show what was typed."""
    return repr(visible(text[:_LONGEST_SHOWN]))
