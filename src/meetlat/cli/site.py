# SPDX-License-Identifier: EUPL-1.2
"""meetlat site: a measurement, and what came before it, as a static site in Dutch and in English."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from meetlat.analysis.series import Series, SeriesError, read_series
from meetlat.cli.agreements import registered
from meetlat.cli.causes import named_suppliers
from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import told
from meetlat.cli.replies import opened_register
from meetlat.cli.report import rejudgement_of
from meetlat.cli.shown import console, errors
from meetlat.cli.trend_words import fault_sentence as unlike
from meetlat.cli.words import Book
from meetlat.publish.errors import SiteError
from meetlat.publish.site.building import build_site
from meetlat.publish.site.gathering import Asked
from meetlat.publish.site.writing import LANGUAGES
from meetlat.replies.corrected import Corrected, corrected
from meetlat.standards.loading import standards
from meetlat.store.manifest import read_manifest

speak = Book("site")


def site(
    folders: Annotated[list[Path], typer.Argument(help=speak("site.folders"), metavar="FOLDER...")],
    output: Annotated[Path, typer.Option("-o", "--output", help=speak("site.output"))],
    rejudged: Annotated[list[Path] | None, typer.Option("--rejudged", help=speak("site.rejudged"))] = None,
    suppliers: Annotated[Path | None, typer.Option("--suppliers", help=speak("site.suppliers"))] = None,
    replies: Annotated[Path | None, typer.Option("--replies", help=speak("site.replies"))] = None,
    data: Annotated[Path | None, typer.Option("--data", help=speak("site.data"))] = None,
) -> None:
    """Write the site of a measurement."""
    series = _series(folders, rejudged or ()) if len(folders) > 1 else None
    folder = series.points[-1].versions[0].folder if series is not None else folders[0]
    by_norm = _by_norm(folder, rejudged or ())
    if rejudged and series is None and by_norm is None:
        raise UsageFault(told("report.not_its_rejudgement", path=rejudged[0]))
    asked = Asked(
        folder=folder,
        agreements=registered(),
        series=series,
        suppliers=named_suppliers(suppliers),
        corrected=None if replies is None else _corrected(folder, replies),
        data="" if data is None else _leads_to(data, output),
        rejudged=by_norm[0] if by_norm else None,
        rejudged_id=by_norm[1] if by_norm else "",
    )
    try:
        with errors().status("") as status:
            built = build_site(output, asked, standards(), lambda step: status.update(speak(f"step.{step}")))
    except SiteError as error:
        raise UsageFault(speak("site.unwritable" if error.detail else "site.in_use", out=error.out, detail=error.detail)) from error
    console().print(speak("site.done", path=built.index, count=built.pages), soft_wrap=True, markup=False)


def _series(folders: Sequence[Path], rejudged: Sequence[Path]) -> Series:
    """Put the measurements in the order of time."""
    try:
        return read_series(folders, rejudged)
    except SeriesError as error:
        raise UsageFault(unlike(error)) from error


def _by_norm(folder: Path, rejudged: Sequence[Path]) -> tuple[Path, str] | None:
    """Return the re-judgement of the measurement itself that can tell of agreements that name another norm."""
    manifest = read_manifest(folder)
    return next((found for path in rejudged if (found := rejudgement_of(manifest, path)) is not None), None)


def _corrected(folder: Path, replies: Path) -> Corrected:
    """Count the figures as the replies correct them on the last day that the register tells of: the same input gives the same site."""
    register = opened_register(replies)
    days = [one.on for one in register.replies] + [one.on for one in register.decisions]
    day = max([*days, read_manifest(folder).finished.date()])
    return corrected(folder, register.standings(day), day, standards())


def _leads_to(data: Path, output: Path) -> str:
    """Return the way from the pages at the top of a language to the data."""
    if not data.is_dir():
        raise UsageFault(speak("site.no_data", path=data))
    way = Path(os.path.relpath(data.resolve(), (output / LANGUAGES[0]).resolve())).as_posix()
    return f"{way}/index.html" if (data / "index.html").is_file() else f"{way}/"
