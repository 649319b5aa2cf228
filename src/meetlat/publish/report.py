# SPDX-License-Identifier: EUPL-1.2
"""Make a report of a measurement: a front page, a page per domain, and the verdicts as open data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Template

from meetlat.analysis.indicators import indicators
from meetlat.model.evidence import Need, Observation
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.publish.domain_page import domain_page
from meetlat.publish.overview import overview
from meetlat.publish.pages import page_name, templates
from meetlat.publish.verdict_file import COLUMNS, verdict_file, write_columns
from meetlat.publish.words import period, texts
from meetlat.store.judgements import each_shard
from meetlat.store.manifest import Manifest, verify_digests
from meetlat.store.run import INTERNET

LANGUAGES = ("nl", "en")
VERDICTS = "verdicts.csv"
COLUMN_FILE = "verdicts.csv-metadata.json"
_INDEX = "index.html"
_MARK = b'<meta name="generator" content="Meetlat'  # by this an earlier report is known


class ReportError(Exception):
    """The report cannot be written; the message says why and what to do."""

    def __init__(self, out: Path, detail: str = "") -> None:
        self.out = out
        self.detail = detail
        why = f"could not be written ({detail})" if detail else "is not empty, and holds no earlier report"
        super().__init__(f"{out} {why}; choose another folder for the report.")


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the parts of a report stand."""

    index: Path
    domains: Path
    verdicts: Path
    columns: Path


@dataclass(frozen=True, slots=True)
class _Job:
    """One report in the making."""

    folder: Path
    manifest: Manifest
    paths: ReportPaths
    language: str
    standards: Mapping[str, Standard]

    @property
    def when(self) -> str:
        """On which days was measured."""
        return period(self.manifest.run.started.date(), self.manifest.finished.date(), self.language)

    def template(self, name: str) -> Template:
        """Return a template in the language of the report."""
        return templates(self.language).get_template(name)


@dataclass(frozen=True, slots=True)
class DomainLine:
    """One line of the list of all domains."""

    listing: Listing
    link: str
    web: Verdict | None
    mail: Verdict | None


def write_report(folder: Path, out: Path, language: str, standards: Mapping[str, Standard]) -> ReportPaths:
    """Write the report of a finished measurement in "nl" or "en". The same measurement gives the same bytes.

    Raises MeasurementError when the measurement is not whole, and ReportError when ``out`` cannot be used.
    """
    manifest = verify_digests(folder)
    paths = ReportPaths(out / _INDEX, out / texts(language)["words"]["domain_folder"], out / VERDICTS, out / COLUMN_FILE)
    job = _Job(folder, manifest, paths, language, standards)
    try:
        _make_room(paths)
        write_columns(paths.columns, VERDICTS, language)
        _write_index(job, _write_domains(job))
    except OSError as error:
        raise ReportError(out, str(error)) from error
    return paths


def _make_room(paths: ReportPaths) -> None:
    """Make the folder, or clear the pages of an earlier report out of it; never touch a folder that holds something else."""
    out = paths.index.parent
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (paths.index.is_file() and _MARK in paths.index.read_bytes()[:2_000]):
        raise ReportError(out)
    for language in LANGUAGES:
        for page in (out / texts(language)["words"]["domain_folder"]).glob("*.html"):
            page.unlink()
    paths.domains.mkdir(exist_ok=True)


def _write_domains(job: _Job) -> list[DomainLine]:
    """Write the page of each domain and the file of verdicts, a shard at a time; return the lines of the list of all domains."""
    template = job.template("domain.html.j2")
    lines = []
    with verdict_file(job.paths.verdicts) as write_verdicts:
        for judged, observations in each_shard(job.folder):
            seen = _by_need(observations)
            for listing, judgements in judged:
                page = domain_page(listing, judgements, seen, job.standards, job.language)
                name = page_name(listing.domain)
                _write(job.paths.domains / name, template, page=page, manifest=job.manifest, when=job.when, index=f"../{_INDEX}")
                write_verdicts((listing, judgements))
                link = f"{job.paths.domains.name}/{name}"
                lines.append(DomainLine(listing, link, page.everything(Role.WEB.value), page.everything(Role.MAIL.value)))
    return sorted(lines, key=lambda line: line.listing.domain)


def _write_index(job: _Job, lines: Sequence[DomainLine]) -> None:
    """Write the front page."""
    view = overview(job.manifest, indicators(job.folder, job.standards.values()), job.standards, job.language)
    files = {"verdicts": VERDICTS, "column_file": COLUMN_FILE, "columns": COLUMNS}
    _write(job.paths.index, job.template("index.html.j2"), view=view, manifest=job.manifest, when=job.when, lines=lines, **files)


def _write(path: Path, template: Template, **values: object) -> None:
    """Fill in a template."""
    path.write_text(template.render(values, internet=INTERNET), encoding="utf-8", newline="\n")


def _by_need(observations: Sequence[Observation]) -> dict[Need, list[Observation]]:
    """Gather every attempt per need."""
    found: dict[Need, list[Observation]] = {}
    for observation in observations:
        found.setdefault(observation.need, []).append(observation)
    return found
