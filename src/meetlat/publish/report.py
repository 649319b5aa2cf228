# SPDX-License-Identifier: EUPL-1.2
"""Make the report of a measurement: a front page, a page per domain, the verdicts as open data, and the same as PDF and tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from meetlat.analysis.shortfalls import shortfalls
from meetlat.model.evidence import Need, Observation
from meetlat.model.standard import Standard
from meetlat.publish.domain_page import domain_page
from meetlat.publish.errors import ReportError
from meetlat.publish.letter import PAGE as LETTER
from meetlat.publish.letter import PDF as LETTER_PDF
from meetlat.publish.letter import letter_document, letter_page, letter_pdf
from meetlat.publish.meting.annex import annex_tables, organisation_tables
from meetlat.publish.meting.csv_files import METADATA, write_csv_files
from meetlat.publish.meting.data_tables import data_tables
from meetlat.publish.meting.document import Document, Files, Table
from meetlat.publish.meting.figures import Figures, Given, read_figures
from meetlat.publish.meting.html import INDEX, LONGEST_PAGE, front_page, hold_annex, paper, write_annex
from meetlat.publish.meting.ods import write_workbook
from meetlat.publish.meting.pdf_library import PdfError, PdfMaker, pdf_maker
from meetlat.publish.meting.report_document import report_document, when
from meetlat.publish.meting.wording import Wording
from meetlat.publish.pages import page_name, templates
from meetlat.publish.verdict_file import write_columns, write_verdicts
from meetlat.store.judgements import each_shard
from meetlat.store.manifest import Manifest, verify_digests
from meetlat.store.run import INTERNET

LANGUAGES = ("nl", "en")
FORMATS = ("html", "pdf", "ods", "csv")
VERDICTS = "verdicts.csv"
COLUMN_FILE = "verdicts.csv-metadata.json"
PDF, WORKBOOK = "meting.pdf", "meting.ods"
MOST_PAGES = 5_000  # domains that get a page of their own unless it is asked for
LONGEST_PAPER = 500  # domains in the annex of the PDF; organisations when there are more domains than that
MOST_ORGANISATIONS = 1_500
_MARK = b'<meta name="generator" content="Meetlat'  # by this an earlier report is known


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the parts of a report stand; what was not asked for is not there."""

    index: Path
    domains: Path
    verdicts: Path
    columns: Path
    pdf: Path
    workbook: Path
    tables: Path
    letter: Path
    letter_pdf: Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a report is to hold: its forms, what comes beside the measurement, and whether each domain gets a page (None: when few)."""

    formats: Collection[str] = ("html",)
    given: Given = field(default_factory=Given)
    domain_pages: bool | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """One report in the making."""

    folder: Path
    figures: Figures
    paths: ReportPaths
    words: Wording
    wishes: Wishes

    @property
    def manifest(self) -> Manifest:
        """The manifest of the measurement."""
        return self.figures.manifest

    @property
    def has_pages(self) -> bool:
        """Whether each domain gets a page of its own."""
        if self.wishes.domain_pages is None:
            return self.figures.overview.total.domains <= MOST_PAGES
        return self.wishes.domain_pages


def write_report(folder: Path, out: Path, language: str, standards: Mapping[str, Standard], wishes: Wishes | None = None) -> ReportPaths:
    """Write the report of a finished measurement in "nl" or "en". The same measurement gives the same bytes.

    Raises MeasurementError when the measurement is not whole, ReportError when ``out`` cannot be used, and PdfError, after all else is
    written, when a PDF is asked for and cannot be made here.
    """
    wishes = wishes or Wishes()
    maker, no_pdf = _pdf_maker(wishes)
    manifest = verify_digests(folder)
    words = Wording(language)
    paths = _paths(out, words)
    job = _Job(folder, read_figures(folder, manifest, standards, language, wishes.given), paths, words, wishes)
    document = report_document(job.figures, words, _files(wishes, words, paths, has_pdf=maker is not None))
    try:
        _make_room(paths)
        write_columns(paths.columns, VERDICTS, language)
        write_verdicts(folder, paths.verdicts)
        if job.has_pages:
            _write_domains(job)
        _write_index(job, document)
        _write_tables(job, document.title)
        letter = letter_document(job.figures, words)
        paths.letter.write_text(letter_page(letter, words, manifest), encoding="utf-8", newline="\n")
        if maker is not None:
            tables, intro = _paper_annex(job)
            page = paper(document, tables, intro, words, manifest)
            paths.pdf.write_bytes(maker.as_pdf(page, f"{manifest.id}-{language}"))
            paths.letter_pdf.write_bytes(letter_pdf(letter, words, manifest, maker))
    except OSError as error:
        raise ReportError(out, str(error)) from error
    if no_pdf is not None:
        raise no_pdf
    return paths


def _pdf_maker(wishes: Wishes) -> tuple[PdfMaker | None, PdfError | None]:
    """Return what makes a PDF when one is asked for, or why that cannot be done; all else is still made then."""
    if "pdf" not in wishes.formats:
        return None, None
    try:
        return pdf_maker(), None
    except PdfError as error:
        return None, error


def _paths(out: Path, words: Wording) -> ReportPaths:
    """Say where everything is to stand."""
    domains, tables = out / words.shared["words"]["domain_folder"], out / words.say("files.tables_folder")
    return ReportPaths(
        out / INDEX, domains, out / VERDICTS, out / COLUMN_FILE, out / PDF, out / WORKBOOK, tables, out / LETTER, out / LETTER_PDF
    )


def _files(wishes: Wishes, words: Wording, paths: ReportPaths, *, has_pdf: bool) -> Files:
    """List the files that come with the report."""
    names = {
        "pdf": (PDF, "pdf"),
        "ods": (WORKBOOK, "ods"),
        "csv": (f"{paths.tables.name}/{METADATA}", "tables"),
    }
    made = {form for form in wishes.formats if form != "pdf" or has_pdf}
    found = [names[form] for form in FORMATS if form in made and form in names]
    found += [(LETTER, "letter")] + ([(LETTER_PDF, "letter_pdf")] if has_pdf else [])
    found += [(VERDICTS, "verdicts"), (COLUMN_FILE, "columns")]
    return Files(tuple((name, words.say(f"files.{key}")) for name, key in found))


def _make_room(paths: ReportPaths) -> None:
    """Make the folder, or clear what an earlier report left out of it; never touch a folder that holds something else."""
    out = paths.index.parent
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (paths.index.is_file() and _MARK in paths.index.read_bytes()[:2_000]):
        raise ReportError(out)
    for earlier in (_paths(out, Wording(language)) for language in LANGUAGES):
        for page in chain(
            earlier.domains.glob("*.html"),
            earlier.tables.glob("*.csv"),
            [earlier.tables / METADATA, earlier.pdf, earlier.workbook, earlier.letter, earlier.letter_pdf],
        ):
            page.unlink(missing_ok=True)
    for language in LANGUAGES:
        for page in out.glob(f"{Wording(language).say('annex.file')}-*.html"):
            page.unlink()


def _write_domains(job: _Job) -> None:
    """Write the page of each domain, a shard at a time."""
    job.paths.domains.mkdir(exist_ok=True)
    template = templates(job.words.language).get_template("domain.html.j2")
    shown = {"manifest": job.manifest, "when": when(job.figures, job.words), "index": f"../{INDEX}", "internet": INTERNET}
    for judged, observations in each_shard(job.folder):
        seen = _by_need(observations)
        for listing, judgements in judged:
            page = domain_page(listing, judgements, seen, job.figures.standards, job.words.language)
            text = template.render(shown, page=page)
            (job.paths.domains / page_name(listing.domain)).write_text(text, encoding="utf-8", newline="\n")


def _write_index(job: _Job, document: Document) -> None:
    """Write the front page, with the annex in it or behind it."""
    words, domains = job.words, job.figures.overview.total.domains
    found = shortfalls(job.folder, job.figures.standards.values(), job.manifest.run.norms)
    tables = annex_tables(found, words, job.figures.standards, job.paths.domains.name if job.has_pages else "")
    is_long = domains > LONGEST_PAGE
    annex = write_annex(job.paths.index.parent, tables, document, words, job.manifest) if is_long else hold_annex(tables)
    remark = words.say("annex.open") if job.has_pages else words.say("annex.no_pages", domains=domains)
    job.paths.index.write_text(front_page(document, annex, remark, words, job.manifest), encoding="utf-8", newline="\n")


def _write_tables(job: _Job, name: str) -> None:
    """Write the tables as a workbook and as CSV, when asked for."""
    tables = data_tables(job.folder, job.figures, job.words)
    if "ods" in job.wishes.formats:
        write_workbook(job.paths.workbook, tables, job.words, name, job.manifest.sealed)
    if "csv" in job.wishes.formats:
        write_csv_files(job.paths.tables, tables, job.words)


def _paper_annex(job: _Job) -> tuple[Iterator[Table], str]:
    """Return the annex of the PDF: per domain, or per organisation, or neither when there are too many; and what it says of itself."""
    words, figures = job.words, job.figures
    domains, organisations = figures.overview.total.domains, figures.overview.total.organisations
    if domains <= LONGEST_PAPER:
        found = shortfalls(job.folder, figures.standards.values(), job.manifest.run.norms)
        return (part.table for part in annex_tables(found, words, figures.standards)), words.say("annex.intro")
    if organisations <= MOST_ORGANISATIONS:
        return organisation_tables(figures.organisations, words), words.say("annex.pdf_short", domains=domains)
    return iter(()), words.say("annex.pdf_none", domains=domains, organisations=organisations)


def _by_need(observations: Sequence[Observation]) -> dict[Need, list[Observation]]:
    """Gather every attempt per need."""
    found: dict[Need, list[Observation]] = {}
    for observation in observations:
        found.setdefault(observation.need, []).append(observation)
    return found
