# SPDX-License-Identifier: EUPL-1.2
"""meetlat report: a measurement as web pages, PDF, tables and open data."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from meetlat.analysis.series import Series, SeriesError, read_series
from meetlat.cli.agreements import registered
from meetlat.cli.faults import UsageFault
from meetlat.cli.reading import fault_sentence, told
from meetlat.cli.replies import opened_register, reply_day
from meetlat.cli.shown import console
from meetlat.cli.trend_words import fault_sentence as unlike
from meetlat.cli.words import language
from meetlat.publish.errors import ReportError
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.levers import MOST_DOMAINS, supplier_figures
from meetlat.publish.meting.pdf_library import PdfError
from meetlat.publish.meting.trend_view import trend_view
from meetlat.publish.meting.wording import Wording
from meetlat.publish.report import FORMATS, LANGUAGES, ReportPaths, Wishes, write_report
from meetlat.replies.corrected import Corrected, corrected
from meetlat.standards.loading import standards
from meetlat.store.errors import MeasurementError
from meetlat.store.manifest import Manifest, read_manifest


def report(
    folder: Annotated[Path, typer.Argument(help=told("report.folder"), metavar="FOLDER")],
    output: Annotated[Path, typer.Option("-o", "--output", help=told("report.output"))],
    form: Annotated[str, typer.Option("--format", help=told("report.format"))] = "html",
    lang: Annotated[str | None, typer.Option("--lang", "--language", help=told("report.lang"))] = None,
    earlier: Annotated[list[Path] | None, typer.Option("--earlier", help=told("report.earlier"))] = None,
    rejudged: Annotated[list[Path] | None, typer.Option("--rejudged", help=told("report.rejudged"))] = None,
    replies: Annotated[Path | None, typer.Option("--replies", help=told("report.replies"))] = None,
    on: Annotated[str | None, typer.Option("--on", help=told("report.replies_on"))] = None,
    domain_pages: Annotated[bool | None, typer.Option("--domain-pages/--no-domain-pages", help=told("report.domain_pages"))] = None,
) -> None:
    """Write the report of a measurement."""
    of_language = lang or language()
    if of_language not in LANGUAGES:
        raise UsageFault(told("report.unknown_language", text=of_language))
    formats = _formats(form)
    try:
        corrections = _corrections(folder, replies, on)
        given = replace(_given(folder, earlier or [], rejudged or [], Wording(of_language)), corrections=corrections)
        paths = write_report(folder, output, of_language, standards(), Wishes(formats, given, domain_pages))
    except (MeasurementError, ReportError) as error:
        raise UsageFault(fault_sentence(error)) from error
    except PdfError as error:
        raise UsageFault(told("report.no_pdf", path=output, detail=error.detail)) from error
    for path in _made(paths, formats):
        console().print(told("report.done", path=path), soft_wrap=True, markup=False)


def _given(folder: Path, earlier: list[Path], rejudged: list[Path], words: Wording) -> Given:
    """Gather what comes beside the measurement; suppliers are left out of a very large one."""
    manifest = read_manifest(folder)
    known = registered()
    is_large = manifest.counts["domains"] > MOST_DOMAINS
    by_norm = next((found for path in rejudged if (found := rejudgement_of(manifest, path)) is not None), None)
    if rejudged and by_norm is None and not earlier:
        raise UsageFault(told("report.not_its_rejudgement", path=rejudged[0]))
    levers, best = (None, ()) if is_large else supplier_figures(folder, standards(), words)
    return Given(
        agreements=known,
        rejudged=by_norm[0] if by_norm else None,
        rejudged_id=by_norm[1] if by_norm else "",
        levers=levers,
        best=best,
        trend=trend_view(_series(folder, earlier, rejudged), standards(), known.values(), words) if earlier else None,
    )


def _corrections(folder: Path, register: Path | None, on: str | None) -> Corrected | None:
    """Read what the replies change, as they stand on a day: by default that of the last line of the register."""
    if register is None:
        if on is not None:
            raise UsageFault(told("report.replies_alone"))
        return None
    known = opened_register(register)
    days = [reply.on for reply in known.replies] + [decision.on for decision in known.decisions]
    day = reply_day(on, may_come=True) if on is not None else max(days, default=read_manifest(folder).finished.date())
    return corrected(folder, known.standings(day), day, standards())


def _series(folder: Path, earlier: list[Path], rejudged: list[Path]) -> Series:
    """Put the measurements in the order of time; that of the report is the last."""
    try:
        series = read_series([*earlier, folder], rejudged)
    except SeriesError as error:
        raise UsageFault(unlike(error)) from error
    if series.points[-1].versions[0].folder != folder:
        raise UsageFault(told("report.not_earlier", path=series.points[-1].versions[0].folder))
    return series


def rejudgement_of(manifest: Manifest, path: Path) -> tuple[Path, str] | None:
    """Return a folder with its id when it is a re-judgement of this very measurement."""
    other = read_manifest(path)
    return (path, other.id) if other.run.parent is not None and other.run.parent.id == manifest.id else None


def _formats(text: str) -> tuple[str, ...]:
    """Read --format: a list with commas between."""
    asked = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    wrong = next((part for part in asked if part not in FORMATS), None)
    if wrong is not None or not asked:
        raise UsageFault(told("report.unknown_format", text=(wrong or text)[:80], choices=", ".join(FORMATS)))
    return asked


def _made(paths: ReportPaths, formats: tuple[str, ...]) -> list[Path]:
    """List what a person opens."""
    places = {"pdf": paths.pdf, "ods": paths.workbook, "csv": paths.tables}
    return [paths.index, *(places[form] for form in FORMATS if form in formats and form in places)]
