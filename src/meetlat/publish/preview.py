# SPDX-License-Identifier: EUPL-1.2
"""Make the private package that each organisation gets before publication: its results, its verdicts, and a form to reply with."""

import csv
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment

from meetlat.model.evidence import Need, Observation
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role
from meetlat.publish.domain_page import DomainPage, domain_page
from meetlat.publish.errors import ReportError
from meetlat.publish.overview import name_of
from meetlat.publish.pages import page_name, templates
from meetlat.publish.report import LANGUAGES
from meetlat.publish.verdict_file import COLUMNS, safe_cell, write_columns
from meetlat.publish.words import period, texts
from meetlat.replies.form import FORM, FormLine, header, kind_word, write_form
from meetlat.replies.reply import Kind
from meetlat.store.folder import read_listings
from meetlat.store.judgements import each_shard
from meetlat.store.manifest import Manifest, verify_digests
from meetlat.store.run import INTERNET

HOW_TO = "LEESMIJ.txt"
VERDICTS = "verdicts.csv"
COLUMN_FILE = "verdicts.csv-metadata.json"
_INDEX = "index.html"
_MARK = b'<meta name="generator" content="Meetlat'  # by this an earlier preview is known
_LONGEST_NAME = 60
_MOST_TITLES = 5  # of rules in a line of the form


class UnknownOrganisationError(Exception):
    """No target of the measurement is of this organisation."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A standard that a domain does not keep: in which roles, by which norm, and the requirements that are not met."""

    domain: str
    shown: str
    link: str
    standard: str
    name: str
    norm: str
    roles: tuple[Role, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainLine:
    """One line of the list of domains."""

    listing: Listing
    link: str
    web: Verdict | None
    mail: Verdict | None
    shortfalls: int


@dataclass(slots=True)
class _Package:
    """One package in the making."""

    organisation: str
    folder: Path
    lines: list[DomainLine] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    verdicts: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Job:
    """All packages in the making."""

    manifest: Manifest
    standards: Mapping[str, Standard]
    language: str
    environment: Environment

    @property
    def domain_folder(self) -> str:
        """How the folder of the pages of domains is called."""
        name: str = texts(self.language)["words"]["domain_folder"]
        return name

    def write(self, path: Path, template: str, **values: object) -> None:
        """Fill in a template of the preview."""
        when = period(self.manifest.run.started.date(), self.manifest.finished.date(), self.language)
        shared = {"manifest": self.manifest, "when": when, "internet": INTERNET, "p": preview_texts(self.language)}
        text = self.environment.get_template(f"preview/{template}").render(shared | values)
        path.write_text(text, encoding="utf-8", newline="\n")


@cache
def preview_texts(language: str) -> Mapping[str, Any]:
    """Read the words of the preview in a language."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"preview.{language}.toml").read_text(encoding="utf-8"))


def folder_name(organisation: str) -> str:
    """Return a folder name that is safe on any file system, and another one for each organisation. It is no secret."""
    plain = re.sub(r"[^a-z0-9]+", "-", organisation.casefold()).strip("-")[:_LONGEST_NAME].strip("-")
    digest = hashlib.sha256(organisation.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{plain or 'organisatie'}-{digest}"


def write_previews(
    folder: Path, out: Path, language: str, standards: Mapping[str, Standard], organisation: str | None = None
) -> tuple[Path, ...]:
    """Write a package per organisation of a finished measurement, or of one, and return their folders. The same input gives the same bytes.

    Raises MeasurementError, ReportError when a folder is in use for something else, and UnknownOrganisationError.
    """
    manifest = verify_digests(folder)
    names = sorted({listing.organisation for shard in read_listings(folder) for listing in shard})
    if organisation is not None:
        names = [name for name in names if name.casefold() == organisation.casefold()]
        if not names:
            raise UnknownOrganisationError(organisation)
    job = _Job(manifest, standards, language, templates(language))
    packages = {name: _Package(name, out / folder_name(name)) for name in names}
    try:
        for package in packages.values():
            _make_room(package.folder, job.domain_folder)
        for judged, observations in each_shard(folder):
            seen = _by_need(observations)
            for listing, judgements in judged:
                if listing.organisation in packages:
                    _add(job, packages[listing.organisation], listing, judgements, seen)
        for package in packages.values():
            _finish(job, package)
    except OSError as error:
        raise ReportError(out, str(error)) from error
    return tuple(package.folder for package in packages.values())


def _make_room(folder: Path, domain_folder: str) -> None:
    """Make the folder of a package, or clear the pages of an earlier one out of it; never touch a folder that holds something else."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / _INDEX
    if any(folder.iterdir()) and not (index.is_file() and _MARK in index.read_bytes()[:2_000]):
        raise ReportError(folder)
    for language in LANGUAGES:
        for page in (folder / texts(language)["words"]["domain_folder"]).glob("*.html"):
            page.unlink()
    (folder / domain_folder).mkdir(exist_ok=True)


def _add(
    job: _Job, package: _Package, listing: Listing, judgements: Sequence[Judgement], seen: Mapping[Need, Sequence[Observation]]
) -> None:
    """Write the page of a domain, and keep what the other files of the package say of it."""
    page = domain_page(listing, judgements, seen, job.standards, job.language)
    name = page_name(listing.domain)
    link = f"{job.domain_folder}/{name}"
    job.write(package.folder / link, "domain.html.j2", page=page, index=f"../{_INDEX}")
    shortfalls = _shortfalls(job, page, judgements, link)
    package.shortfalls += shortfalls
    package.lines.append(DomainLine(listing, link, page.everything(Role.WEB.value), page.everything(Role.MAIL.value), len(shortfalls)))
    whose = tuple(map(safe_cell, (listing.domain.name, listing.organisation, listing.group)))
    for judgement in judgements:
        for part, verdict in {"": judgement.verdict, **judgement.parts}.items():
            package.verdicts.append((*whose, judgement.target.role.value, judgement.standard, part, judgement.norm, verdict.value))


def _shortfalls(job: _Job, page: DomainPage, judgements: Sequence[Judgement], link: str) -> list[Shortfall]:
    """List the standards that a domain does not keep, each once, whatever the role."""
    domain = page.listing.domain
    failing: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        if judgement.verdict is Verdict.NON_COMPLIANT:
            failing.setdefault(judgement.standard, []).append(judgement)
    titles: dict[str, dict[str, None]] = {}
    for role in page.roles:
        for standard, rule in role.to_mend():
            titles.setdefault(standard.id, {})[rule.title.rstrip(".")] = None
    return [
        Shortfall(
            domain=domain.name,
            shown=domain.shown,
            link=f"{link}#{found[0].target.role.value}-{standard}",
            standard=standard,
            name=name_of(standard, job.standards, job.language),
            norm=found[0].norm,
            roles=tuple(judgement.target.role for judgement in found),
            rules=tuple(titles.get(standard, ())),
        )
        for standard, found in sorted(failing.items())
    ]


def _finish(job: _Job, package: _Package) -> None:
    """Write the index, the verdicts, the form, and how to use them."""
    package.lines.sort(key=lambda line: line.listing.domain)
    package.shortfalls.sort(key=lambda one: (one.domain, one.standard))
    kinds = [(kind.value, kind_word(kind, job.language)) for kind in Kind]
    columns = {name: header(name, job.language) for name in ("kind", "text", "evidence", "whose", "due", "part")}
    named = {"form": FORM, "verdicts": VERDICTS, "how_to": HOW_TO, "kinds": kinds, "columns": columns}
    job.write(package.folder / _INDEX, "index.html.j2", package=package, **named)
    write_columns(package.folder / COLUMN_FILE, VERDICTS, job.language)
    with (package.folder / VERDICTS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(package.verdicts))
    write_form(package.folder / FORM, (_form_line(job, package, one) for one in package.shortfalls), job.language)
    how_to = (files("meetlat.publish") / "templates" / "preview" / HOW_TO).read_text(encoding="utf-8")
    (package.folder / HOW_TO).write_text(how_to, encoding="utf-8", newline="\r\n")


def _form_line(job: _Job, package: _Package, one: Shortfall) -> FormLine:
    """Fill in what we know in a line of the form. The norm is preceded by a word, or a spreadsheet makes a date of 2023-05."""
    more = len(one.rules) - _MOST_TITLES
    titles = "; ".join(title.replace("`", "") for title in one.rules[:_MOST_TITLES])
    return FormLine(
        measurement=job.manifest.id,
        organisation=package.organisation,
        domain=one.shown,
        roles=", ".join(role.value for role in one.roles),
        standard=one.standard,
        norm=f"norm {one.norm}",
        failing=f"{titles} (+{more})" if more > 0 else titles,
    )


def _by_need(observations: Sequence[Observation]) -> dict[Need, list[Observation]]:
    """Gather every attempt per need."""
    found: dict[Need, list[Observation]] = {}
    for observation in observations:
        found.setdefault(observation.need, []).append(observation)
    return found
