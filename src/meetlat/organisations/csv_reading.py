# SPDX-License-Identifier: EUPL-1.2
"""Read the exports of the organisation register in CSV (Gemeenten, Provincies, Waterschappen)."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from meetlat.organisations.faults import ImportFault
from meetlat.organisations.records import Contents, Record, each_type

ROO_CSV = "ROO-CSV"
# Columns by their names in lower case. The facts name them; who adds one breaks nothing.
_NAME, _TYPE, _TOOI = "officiële naam", "type", "tooi uri"
_NEEDED = (_NAME, _TYPE, _TOOI)
_ROO_ID = ("systeem id", "systeemid")
_BETWEEN = re.compile(r"[,;|\n]")


def read_csv(path: Path, contents: Contents) -> None:
    """Read a CSV export into ``contents``; whatever is wrong is noted there."""
    contents.kind = ROO_CSV
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        contents.wrong(0, ImportFault.NOT_UTF8)
        return
    except OSError as error:
        contents.wrong(0, ImportFault.UNREADABLE, error.strerror or str(error))
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    columns: dict[str, int] | None = None
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if columns is None:
                    columns = _columns(cells, contents)
                    if not columns:
                        return
                else:
                    _row(cells, columns, line, contents)
            line = reader.line_num + 1
    except csv.Error as error:
        contents.wrong(line, ImportFault.UNREADABLE, str(error))
    if not contents.records and not contents.faults:
        contents.wrong(0, ImportFault.EMPTY)


def _columns(header: Sequence[str], contents: Contents) -> dict[str, int]:
    """Find the columns by their names; empty when one that is needed is not there, or stands there twice."""
    names = [" ".join(cell.split()).casefold() for cell in header]
    known = set(_NEEDED) | set(_ROO_ID)
    for name in dict.fromkeys(name for name in names if name in known and names.count(name) > 1):
        contents.wrong(1, ImportFault.COLUMN_TWICE, name)
    for name in _NEEDED:
        if name not in names:
            contents.wrong(1, ImportFault.NO_COLUMN, name)
    return {} if contents.faults else {name: index for index, name in enumerate(names)}


def _row(cells: Sequence[str], columns: Mapping[str, int], line: int, contents: Contents) -> None:
    """Read one organisation."""

    def text(*names: str) -> str:
        index = next((columns[name] for name in names if name in columns), None)
        return " ".join(cells[index].split()) if index is not None and index < len(cells) else ""

    type_cell = cells[columns[_TYPE]] if columns[_TYPE] < len(cells) else ""
    contents.add(
        Record(
            line=line,
            name=text(_NAME),
            tooi=text(_TOOI),
            roo_id=text(*_ROO_ID),
            abbreviation=text("afkorting"),
            types=each_type(" ".join(part.split()) for part in _BETWEEN.split(type_cell)),
            subtype=text("subtype"),
            ministry=text("relatie met ministerie"),
            parent=text("onderdeel van"),
            start=contents.moment(text("startdatum"), line),
            end=contents.moment(text("einddatum"), line),
        )
    )
