# SPDX-License-Identifier: EUPL-1.2
"""What stands beside the data for people: the page with the data dictionary, how to use it, and the licence. In Dutch and in English."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from meetlat.publish.open_data.columns import TABLES
from meetlat.publish.open_data.dcat import LICENCE, PAGE, Publisher
from meetlat.publish.open_data.dictionary import LANGUAGES, ColumnText, column_text, open_data_texts
from meetlat.publish.open_data.rows import Source
from meetlat.publish.open_data.table_files import WrittenTable
from meetlat.publish.overview import NormRow, name_of, norm_of
from meetlat.publish.pages import templates
from meetlat.publish.words import day, period, texts, visible
from meetlat.store.run import INTERNET

README = {"nl": "README.md", "en": "README.en.md"}
LICENCE_FILE = "LICENSE.txt"


@dataclass(frozen=True, slots=True)
class _TableText:
    """One table as the page shows it."""

    written: WrittenTable
    title: str
    text: str
    key: str
    refers: tuple[str, ...]
    columns: tuple[ColumnText, ...]


def write_pages(folder: Path, source: Source, tables: Sequence[WrittenTable], publisher: Publisher | None) -> None:
    """Write everything for people."""
    # The legal code of CC0 1.0 as Creative Commons wrote it.
    licence = (files("meetlat.publish") / "templates" / "open_data" / "CC0-1.0.txt").read_text(encoding="utf-8")
    (folder / LICENCE_FILE).write_text(licence, encoding="utf-8", newline="\n")
    for language in LANGUAGES:
        page = _page(source, tables, publisher, language)
        (folder / PAGE[language]).write_text(page, encoding="utf-8", newline="\n")
        (folder / README[language]).write_text(_readme(source, publisher, language), encoding="utf-8", newline="\n")


def _page(source: Source, tables: Sequence[WrittenTable], publisher: Publisher | None, language: str) -> str:
    """Write the page with the data dictionary."""
    other = next(one for one in LANGUAGES if one != language)
    return (
        templates(language)
        .get_template("open_data/dictionary.html.j2")
        .render(
            manifest=source.last,
            internet=INTERNET,
            o=open_data_texts(language),
            source=source,
            period=_period(source, language),
            tables=[_table(table, language) for table in tables],
            norms=_norms(source, language),
            licence=LICENCE,
            cite=_cite(source, publisher, language),
            machine=_machine(publisher, language),
            other_page=PAGE[other],
            other_language=other,
        )
    )


def _readme(source: Source, publisher: Publisher | None, language: str) -> str:
    """Write how to use the data."""
    words = open_data_texts(language)["page"]
    text = (files("meetlat.publish") / "templates" / "open_data" / f"README.{language}.md").read_text(encoding="utf-8")
    norms = "\n".join(
        f"- {row.standard} {row.version}"
        + (f" ({words['since'].lower()} {day(row.norm.effective, language)}): {row.norm.source}" if row.norm else f" ({words['unknown']})")
        for row in _norms(source, language)
    )
    return text.format(
        title=words["title"],
        description=words["description"],
        measured=words["measured"].format(period=_period(source, language)),
        lab=_not_the_internet(source, language),
        denominator=words["denominator"],
        evidence=words["evidence"],
        csv=words["csv"],
        norms=norms,
        cite=visible(_cite(source, publisher, language)),
        cite_note=words["cite_note"],
        machine=_machine(publisher, language),
    )


def _not_the_internet(source: Source, language: str) -> str:
    """Say it when the organisations are made up."""
    vantage = source.last.run.vantage
    return "" if vantage == INTERNET else "\n\n**" + texts(language)["words"]["not_the_internet"].format(network=visible(vantage)) + "**"


def _table(written: WrittenTable, language: str) -> _TableText:
    """Describe a table."""
    table, words = TABLES[written.id], open_data_texts(language)
    page = words["page"]
    return _TableText(
        written=written,
        title=words["tables"][table.id]["title"],
        text=words["tables"][table.id]["text"],
        key=page["key"].format(columns=", ".join(table.key)) if table.key else page["no_key"],
        refers=tuple(page["refers"].format(columns=", ".join(key.columns), table=key.table) for key in table.refers),
        columns=tuple(column_text(table, column, language) for column in table.columns),
    )


def _norms(source: Source, language: str) -> list[NormRow]:
    """List the norms that were judged by, of all measurements."""
    named = sorted({pair for one in source.measurements for pair in one.manifest.run.norms.items()})
    return [NormRow(name_of(key, source.standards, language), version, norm_of(key, version, source.standards)) for key, version in named]


def _period(source: Source, language: str) -> str:
    """Say on which days was measured."""
    periods = ((one.manifest.run.started.date(), one.manifest.finished.date()) for one in source.measurements)
    return "; ".join(dict.fromkeys(period(first, last, language) for first, last in periods))


def _cite(source: Source, publisher: Publisher | None, language: str) -> str:
    """Say how to cite the data; who publishes is left out when that was not given."""
    text: str = open_data_texts(language)["page"]["cite"]
    ids = ", ".join(one.manifest.id for one in source.measurements)
    return text.format(publisher=f"{publisher.name}, " if publisher else "", ids=ids, period=_period(source, language))


def _machine(publisher: Publisher | None, language: str) -> str:
    """Say what is there for programs."""
    words = open_data_texts(language)["page"]
    text: str = words["machine"]
    return text.format(dcat=words["dcat"] if publisher else words["no_dcat"])
