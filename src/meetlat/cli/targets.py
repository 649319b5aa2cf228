# SPDX-License-Identifier: EUPL-1.2
"""Read a list of targets as people keep it: CSV, or a sheet of a spreadsheet; every fault with its line."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from meetlat.cli.words import Book
from meetlat.model.domain import Domain, DomainError
from meetlat.model.faults import printable
from meetlat.model.target import Listing, Role

_HEADERS = {
    "domain": ("domain", "domein", "domeinnaam", "domain name"),
    "organisation": ("organisation", "organisatie", "organization"),
    "group": ("group", "groep"),
    "roles": ("roles", "rollen", "role", "rol"),
    "organisation_id": ("organisation_id", "organisatie_id", "organisation id", "organisatie-id"),
    "ministry": ("ministry", "ministerie"),
}
_OPTIONAL = frozenset({"roles", "organisation_id", "ministry"})
_COLUMN_OF = {header: column for column, headers in _HEADERS.items() for header in headers}
_ROLE_SEPARATORS = str.maketrans(",;/+", "    ")
_SENTENCES = Book("targets")
_SHOWN = 80  # characters of a wrong value that are repeated

Row = tuple[int, Sequence[str]]


class TargetsError(Exception):
    """The file as a whole cannot be used; the message is one sentence for the person who gave it."""

    def __init__(self, fault: str, path: Path, language: str, detail: str = "") -> None:
        self.fault = fault
        super().__init__(_SENTENCES.texts(language)["file"][fault].format(path=path, detail=detail))


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one line: a code, the line as an editor or spreadsheet numbers it, and a sentence."""

    line: int
    fault: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A fault that does not know its line yet."""

    fault: str
    value: str = ""
    first: int = 0


def read_targets(path: Path, language: str = "nl") -> tuple[list[Listing], list[RowFault]]:
    """Read the lines that are right, and collect what is wrong with the others. TargetsError: the file as a whole is no use."""
    rows = iter(_rows(path, language))
    header = next(rows, None)
    if header is None:
        raise TargetsError("empty", path, language)
    columns = _columns(header[1], path, language)
    listings: list[Listing] = []
    faults: list[RowFault] = []
    first_lines: dict[Domain, int] = {}
    said: dict[tuple[str, str], tuple[str, int]] = {}
    for line, cells in rows:
        values = {column: " ".join(cells[index].split()) if index < len(cells) else "" for column, index in columns.items()}
        listing, wrong = _listing(values)
        if listing is not None:
            wrong += _contradictions(listing, line, said)
        if listing is not None and (first := first_lines.setdefault(listing.domain, line)) != line:
            wrong = [_Wrong("duplicate", listing.domain.shown, first), *wrong]
        faults += [RowFault(line, one.fault, _sentence(one, language)) for one in wrong]
        if listing is not None and not wrong:
            listings.append(listing)
    if not listings and not faults:
        raise TargetsError("empty", path, language)
    return listings, faults


def _listing(values: Mapping[str, str]) -> tuple[Listing | None, list[_Wrong]]:
    """Read one line: None only when there is no domain name in it; the faults say what is wrong with the rest."""
    wrong = []
    domain = None
    try:
        domain = Domain.parse(values["domain"])
    except DomainError:
        wrong.append(_Wrong("bad-domain", values["domain"]) if values["domain"] else _Wrong("no-domain"))
    wrong += [_Wrong(f"no-{column}") for column in ("organisation", "group") if not values[column]]
    words = dict.fromkeys(values.get("roles", "").lower().translate(_ROLE_SEPARATORS).split())
    wrong += [_Wrong("bad-role", word) for word in words if word not in {role.value for role in Role}]
    roles = tuple(role for role in Role if role.value in words or not words)
    known = (values.get("organisation_id") or None, values.get("ministry") or None)
    return Listing(domain, values["organisation"], values["group"], roles, *known) if domain else None, wrong


def _contradictions(listing: Listing, line: int, said: dict[tuple[str, str], tuple[str, int]]) -> Iterator[_Wrong]:
    """Figures are counted by name, so one name has one id and one ministry; ``said`` holds what the lines before this one said."""
    for fault, text in (("other-id", listing.organisation_id), ("other-ministry", listing.ministry)):
        if text and listing.organisation:
            known, first = said.setdefault((fault, listing.organisation), (text, line))
            if known != text:
                yield _Wrong(fault, text, first)


def _sentence(wrong: _Wrong, language: str) -> str:
    """Say what is wrong."""
    return str(_SENTENCES.texts(language)["row"][wrong.fault]).format(value=printable(wrong.value, _SHOWN), first=wrong.first)


def _columns(header: Sequence[str], path: Path, language: str) -> dict[str, int]:
    """Find the columns by their names, in any order and case."""
    found: dict[str, int] = {}
    for index, cell in enumerate(header):
        column = _COLUMN_OF.get(cell.strip().lower())
        if column in found:
            raise TargetsError("twice-a-column", path, language, _name(column, language))
        if column is not None:
            found[column] = index
    if missing := [_name(column, language) for column in _HEADERS if column not in found and column not in _OPTIONAL]:
        raise TargetsError("no-columns", path, language, ", ".join(missing))
    return found


def _name(column: str, language: str) -> str:
    """Return a column's name in a language."""
    return _HEADERS[column][1 if language == "nl" else 0]


def _rows(path: Path, language: str) -> Iterable[Row]:
    """Yield the lines that are not blank with their numbers, whatever the kind of file."""
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError as error:
        raise TargetsError("unreadable", path, language, error.strerror or str(error)) from error
    if is_folder:
        raise TargetsError("folder", path, language)
    if not is_there:
        raise TargetsError("not-there", path, language)
    match path.suffix.lower():
        case ".csv":
            return _csv_rows(path, language)
        case ".ods" | ".xlsx":
            return _sheet_rows(path, language)
        case _:
            raise TargetsError("unsupported", path, language)


def _csv_rows(path: Path, language: str) -> Iterator[Row]:
    """Yield the lines of a CSV file; the header line tells whether commas or semicolons part the cells."""
    text = _text(path, language)
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1  # a quoted cell can span lines: a row is named by its first
    except csv.Error as error:
        raise TargetsError("unreadable", path, language, f"{error}, {line}") from error


def _text(path: Path, language: str) -> str:
    """Read a text file in UTF-8, with or without a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TargetsError("unreadable", path, language, error.strerror or str(error)) from error
    if b"\0" in content or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")):
        raise TargetsError("not-text", path, language)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TargetsError("not-utf8", path, language, str(content.count(b"\n", 0, error.start) + 1)) from error


def _sheet_rows(path: Path, language: str) -> Iterator[Row]:
    """Yield the lines of the first sheet of a spreadsheet."""
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(io.BytesIO(file.read())) as workbook:
            sheet = workbook.get_sheet_by_index(0) if workbook.sheet_names else None
            rows = sheet.to_python(skip_empty_area=False) if sheet else []
    except (OSError, CalamineError) as error:
        raise TargetsError("unreadable", path, language, str(error)[:200]) from error
    for line, row in enumerate(rows, start=1):
        cells = [_cell(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _cell(value: object) -> str:
    """Return a cell as text; a spreadsheet keeps every number with a fraction, and the id of an organisation may be a number."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
