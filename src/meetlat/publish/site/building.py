# SPDX-License-Identifier: EUPL-1.2
"""Build the site: every page in Dutch and in English, beside the folder that it replaces, so that nothing is ever half there."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from meetlat.analysis.dossiers import dossiers
from meetlat.model.standard import Standard
from meetlat.publish.errors import SiteError
from meetlat.publish.site.about_pages import about_pages
from meetlat.publish.site.domain_pages import DomainPages
from meetlat.publish.site.gathering import Asked, Gathered, Step, gather
from meetlat.publish.site.group_pages import group_list, group_pages
from meetlat.publish.site.organisation_pages import Stock, organisation_pages
from meetlat.publish.site.overview_page import overview_page
from meetlat.publish.site.places import INDEX, Whose
from meetlat.publish.site.search_pages import ENTRIES, entries, script, search_pages
from meetlat.publish.site.standard_pages import standard_list, standard_pages
from meetlat.publish.site.supplier_pages import supplier_list, supplier_pages
from meetlat.publish.site.trends_page import trends_page
from meetlat.publish.site.view import Page, View
from meetlat.publish.site.writing import ASSETS, LANGUAGES, Writer, door, write_assets
from meetlat.standards.loading import standards as known_standards

MANY = 500  # domains from which on the second language gets a process of its own
_OURS = (*LANGUAGES, ASSETS, INDEX)
_MARK = b'<meta name="generator" content="Meetlat'  # by this an earlier site is known


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: where it begins, and how many pages there are in both languages."""

    index: Path
    pages: int


def build_site(out: Path, asked: Asked, standards: Mapping[str, Standard], step: Step = lambda _: None) -> Built:
    """Write the site of a measurement into a folder that is new, empty, or holds an earlier site. The same input gives the same bytes.

    Raises MeasurementError when a measurement is not whole, SiteError when ``out`` cannot be used.
    """
    _refuse_other(out)
    gathered = gather(asked, standards, step)
    step("write")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".site-", dir=out) as scratch:
            fresh = Path(scratch)
            write_assets(fresh)
            pages = _write_languages(fresh, gathered)
            (fresh / INDEX).write_text(door(View(gathered, standards, LANGUAGES[0])), encoding="utf-8", newline="\n")
            for name in _OURS:
                _replace(out / name, fresh / name)
    except OSError as error:
        raise SiteError(out, str(error)) from error
    return Built(out / INDEX, pages)


def _refuse_other(out: Path) -> None:
    """Refuse a folder that holds something else than an earlier site; what others put beside that stays."""
    try:
        index = out / INDEX
        is_ours = index.is_file() and _MARK in index.read_bytes()[:2_000]
        if out.exists() and any(out.iterdir()) and not is_ours:
            raise SiteError(out)
    except OSError as error:
        raise SiteError(out, str(error)) from error


def _replace(old: Path, new: Path) -> None:
    """Put something new in the place of what an earlier site had there."""
    if old.is_dir():
        shutil.rmtree(old)
    new.replace(old)


def _write_languages(fresh: Path, gathered: Gathered) -> int:
    """Write both languages; those of a large measurement at the same time, one of them here."""
    if sum(map(len, gathered.listings.values())) < MANY:
        return sum(write_language(fresh, gathered, language) for language in LANGUAGES)
    here, *others = LANGUAGES
    with ProcessPoolExecutor(len(others), mp_context=get_context("spawn")) as pool:
        written = pool.map(write_language, [fresh] * len(others), [gathered] * len(others), others)
        return write_language(fresh, gathered, here) + sum(written)


def write_language(fresh: Path, gathered: Gathered, language: str) -> int:
    """Write every page of one language, and return how many."""
    view = View(gathered, known_standards(), language)
    writer = Writer(fresh / language, view)
    stocks = _write_domains(view, writer)
    found = entries(view)
    pages: Iterator[Page] = chain(
        (overview_page(view), group_list(view), standard_list(view), supplier_list(view), trends_page(view)),
        group_pages(view),
        organisation_pages(view, stocks),
        standard_pages(view),
        supplier_pages(view),
        about_pages(view),
        search_pages(view, found),
    )
    writer.text(ENTRIES, script(view, found))
    for page in pages:
        writer.page(page)
    return writer.count


def _write_domains(view: View, writer: Writer) -> Mapping[Whose, Stock]:
    """Write the page of each domain, and gather what the pages of organisations tell of them."""
    stocks: dict[Whose, Stock] = defaultdict(Stock)
    making = DomainPages(view)
    for dossier in dossiers(view.gathered.asked.folder):
        stocks[dossier.listing.group, dossier.listing.organisation].take(dossier, view)
        writer.domain(making.sheet(dossier), making.moments)
    return stocks
