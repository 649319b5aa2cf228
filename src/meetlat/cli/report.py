# SPDX-License-Identifier: EUPL-1.2
"""meetlat report: a measurement as pages and open data."""

from pathlib import Path
from typing import Annotated

import typer

from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import fault_sentence, told
from meetlat.cli.shown import console
from meetlat.cli.words import language
from meetlat.publish.report import LANGUAGES, ReportError, write_report
from meetlat.standards.loading import standards
from meetlat.store.errors import MeasurementError


def report(
    folder: Annotated[Path, typer.Argument(help=told("report.folder"), metavar="FOLDER")],
    output: Annotated[Path, typer.Option("-o", "--output", help=told("report.output"))],
    lang: Annotated[str | None, typer.Option("--lang", help=told("report.lang"))] = None,
) -> None:
    """Write the report of a measurement."""
    of_language = lang or language()
    if of_language not in LANGUAGES:
        raise UsageFault(told("report.unknown_language", text=of_language))
    try:
        paths = write_report(folder, output, of_language, standards())
    except (MeasurementError, ReportError) as error:
        raise UsageFault(fault_sentence(error)) from error
    console().print(told("report.done", path=paths.index), soft_wrap=True, markup=False)
