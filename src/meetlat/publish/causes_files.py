# SPDX-License-Identifier: EUPL-1.2
"""Causes and tasks as tables for a spreadsheet: CSV, or a workbook (OpenDocument). Everything from outside is bounded and no formula."""

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import odfdo

from meetlat.analysis.hosting import Hosting, Layer, SupplyKind
from meetlat.analysis.leverage import Lever, kind_of
from meetlat.analysis.worklist import Task
from meetlat.model.standard import Standard
from meetlat.publish.guidance import guidance
from meetlat.publish.overview import name_of, rule_guidance
from meetlat.publish.verdict_file import safe_cell
from meetlat.store.files import output_file

WORKLIST = (
    *("organisation", "group", "domain", "role", "standard", "rules", "sentences", "since", "is_new"),
    *("cause_kind", "cause", "others", "contact", "gain", "points", "composite", "composite_points", "is_last", "shared_points"),
    *("is_certain", "agreement", "agreed", "is_overdue", "link"),
)
LEVERS = (
    *("kind", "supplier", "is_own", "role", "standard", "rule", "rule_title", "is_shared_cause", "failing", "organisations", "elsewhere"),
    *(
        "complying",
        "undetermined",
        "not_applicable",
        "others_failing",
        "others_known",
        "lifted",
        "held_back",
        "uncertain",
        "compliant_now",
        "compliant_mended",
        "judged",
    ),
    *("all_undetermined", "all_not_applicable", "percent_judged_now", "percent_judged_mended", "percent_all_now", "percent_all_mended"),
    *("composite", "composite_lifted"),
)
HOSTING = (
    *("organisation", "group", "domain", "web_state", "web_supplier", "web_network", "web_address"),
    *("mail_state", "mail_supplier", "mail_network", "mail_host", "dns_state", "dns_supplier", "dns_network", "dns_host"),
)
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: which one, its columns, and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Sequence[Value]]


_LONGEST_SENTENCE = 400
_LONGEST_CELL = 2_000
_MOST_SENTENCES = 6
_UNUSED = re.compile(r"Configurations2/|Thumbnails/|manifest\.rdf")
_ROWS = "<table:table-row/>"  # where the rows come
_HOME = "forumstandaardisatie.nl"  # of the links of a standard, who says that it must come before how it works
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can hold


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Read the words of these files in a language ("nl" or "en")."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"causes.{language}.toml").read_text(encoding="utf-8"))


def worklist_rows(tasks: Iterable[Task], standards: Mapping[str, Standard], language: str) -> Iterator[tuple[Value, ...]]:
    """Write each task as a row of ``WORKLIST``."""
    for task in tasks:
        shared, agreed = task.shared, task.agreed
        standard = standards.get(task.standard)
        links = sorted((standard.registration.links if standard else None) or ("",), key=lambda link: _HOME not in link)
        yield (
            *(task.organisation, task.group, task.domain, words(language)["role"][task.role.value]),
            *(name_of(task.standard, standards, language), " ".join(task.rules), _sentences(task, standards, language)),
            *(str(task.since or ""), _yes(task.is_new, language) if task.since else ""),
            words(language)["kind"][kind_of(shared.lever.supply)] if shared else "",
            shared.lever.supply.name if shared else "",
            shared.others if shared else 0,
            *(task.contact, round(task.gain, 4), round(task.points, 4), task.composite, round(task.composite_points, 4)),
            _yes(task.is_last_obstacle, language),
            round(shared.points, 4) if shared else 0.0,
            _yes(task.is_certain, language),
            agreed.agreement.names[language] if agreed else "",
            agreed.moment if agreed else "",
            _yes(agreed.is_overdue, language) if agreed else "",
            links[0],
        )


def lever_rows(levers: Iterable[Lever], standards: Mapping[str, Standard], language: str) -> Iterator[tuple[Value, ...]]:
    """Write each lever as a row of ``LEVERS``."""
    for one in levers:
        now, mended = one.lift.now, one.lift.mended
        yield (
            *(words(language)["kind"][one.kind], one.supply.name, _yes(one.is_own, language), words(language)["role"][one.role.value]),
            *(name_of(one.standard, standards, language), one.rule, rule_guidance(one.standard, one.rule, standards, language).title),
            *(_yes(one.is_shared_cause, language), one.failing, one.organisations, one.elsewhere, one.complying),
            *(
                one.undetermined,
                one.not_applicable,
                one.others_failing,
                one.others_known,
                one.lift.lifted,
                one.lift.held_back,
                one.lift.uncertain,
            ),
            *(now.compliant, mended.compliant, now.judged, now.undetermined, now.not_applicable),
            *(round(share or 0.0, 4) for share in (now.percentage_of_judged, mended.percentage_of_judged)),
            *(round(share or 0.0, 4) for share in (now.percentage_of_all, mended.percentage_of_all)),
            *((one.composite.figure[0], one.composite.lifted) if one.composite else ("", 0)),
        )


def hosting_rows(hostings: Iterable[Hosting], language: str) -> Iterator[tuple[Value, ...]]:
    """Write who hosts each domain as a row of ``HOSTING``."""
    for one in hostings:
        row: list[Value] = [one.organisation, one.group, one.domain]
        for layer in Layer:
            state = words(language)["state"][one.states[layer].value]
            row.append(f"{state}, {words(language)['word']['own']}" if one.is_own(layer) else state)
            row += [" ".join(one.names(layer, kind)) for kind in (SupplyKind.SUPPLIER, SupplyKind.NETWORK, SupplyKind.HOST)]
        yield tuple(row)


def write_sheet(path: Path, sheet: Sheet, language: str, made: datetime) -> int:
    """Write a table as a workbook when the name of the file ends in .ods, otherwise as CSV; return how many rows it has. Raises OSError.

    ``made`` is a moment of the measurement, so that the same measurement gives the same bytes.
    """
    head = [words(language)["column"][name] for name in sheet.columns]
    safe = [[_safe(value) for value in row] for row in sheet.rows]
    with output_file(path) as place:
        if path.suffix.lower() == ".ods":
            place.write_bytes(_workbook(words(language)["sheet"][sheet.name], [head, *safe], made))
        else:
            with place.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\r\n").writerows([head, *safe])  # RFC 4180, 2
    return len(safe)


def _sentences(task: Task, standards: Mapping[str, Standard], language: str) -> str:
    """Say what was found, in the words of the guidance; each sentence once, and the first few."""
    standard = standards.get(task.standard)
    said = dict.fromkeys(
        (guidance(standard, language).sentence(one.finding) if standard else "") or f"{one.rule}: {one.finding.reason}"
        for one in task.violations
    )
    shown = [sentence[:_LONGEST_SENTENCE] for sentence in list(said)[:_MOST_SENTENCES]]
    if len(said) > _MOST_SENTENCES:
        shown.append(words(language)["word"]["more"].format(count=len(said) - _MOST_SENTENCES))
    return " ".join(shown)


def _yes(value: bool, language: str) -> str:  # noqa: FBT001 - it is the value that is written
    """Write yes or no."""
    return words(language)["word"]["yes" if value else "no"]


def _safe(value: Value) -> Value:
    """Bound text, and keep a spreadsheet from reading it as a formula."""
    return safe_cell(value[:_LONGEST_CELL]) if isinstance(value, str) else value


def _workbook(name: str, rows: Sequence[Sequence[Value]], made: datetime) -> bytes:
    """Make a workbook of one sheet; the same rows give the same bytes."""
    document = odfdo.Document("spreadsheet")
    for part in document.get_parts():
        if _UNUSED.match(part):
            document.del_part(part)
            if part in document.manifest.get_paths():
                document.manifest.del_full_path(part)
    document.body.clear()
    lines = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    columns = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
    document.body.append(odfdo.Element.from_tag(f"<table:table table:name={quoteattr(name)}>{columns}{_ROWS}</table:table>"))
    document.meta.creation_date = document.meta.date = made.replace(tzinfo=None, microsecond=0)
    document.meta.generator = "Meetlat"
    held, fixed = BytesIO(), BytesIO()
    document.save(held)
    with ZipFile(held) as source, ZipFile(fixed, "w") as target:
        # The type comes first and is not compressed (OpenDocument 1.3, part 2, 3.3); the moment of packing is left out.
        for part in sorted(source.namelist(), key=lambda one: (one != "mimetype", one)):
            entry = ZipInfo(part, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = ZIP_STORED if part == "mimetype" else ZIP_DEFLATED
            content = source.read(part)
            # Put in as text: to hang thousands of rows into the document one by one takes minutes.
            target.writestr(entry, content.replace(_ROWS.encode(), lines.encode(), 1) if part == "content.xml" else content)
    return fixed.getvalue()


def _cell(value: Value) -> str:
    """Write a cell: a number as a number, all else as text."""
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
