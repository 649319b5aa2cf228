# SPDX-License-Identifier: EUPL-1.2
"""The rows of a form that was sent in: CSV, or the first sheet of a spreadsheet. Hostile input: bounded before it is unpacked."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from meetlat.replies.faults import FormError, FormFault, Wrong

_LARGEST = 10_000_000  # bytes of a file
_READ_SECONDS = 60  # a spreadsheet
_MOST_ROWS = 50_000
_MOST_CELLS = 100  # in a row

Row = tuple[int, Sequence[str]]


def content_of(path: Path) -> bytes:
    """Read a whole file, when it is one that can be a form. Raises FormError."""
    try:
        if not path.is_file():
            raise FormError([Wrong(str(path), 0, "", FormFault.NOT_THERE)])
        if path.stat().st_size > _LARGEST:
            raise FormError([Wrong(str(path), 0, "", FormFault.TOO_LARGE)])
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise FormError([Wrong(str(path), 0, "", FormFault.UNREADABLE, str(error))]) from error


def rows_of(name: str, content: bytes) -> list[Row]:
    """Read the rows that are not blank, with their numbers; ``name`` tells the kind of file. Raises FormError."""
    match Path(name).suffix.lower():
        case ".csv":
            rows = _csv_rows(name, content)
        case ".ods" | ".xlsx":
            rows = _sheet_rows(name, content)
        case _:
            raise FormError([Wrong(name, 0, "", FormFault.UNSUPPORTED)])
    found: list[Row] = []
    for row in rows:
        if len(found) >= _MOST_ROWS or len(row[1]) > _MOST_CELLS:
            raise FormError([Wrong(name, 0, "", FormFault.TOO_LARGE)])
        found.append(row)
    return found


def _csv_rows(name: str, content: bytes) -> Iterator[Row]:
    """Yield the rows of a CSV file; the header line tells whether commas or semicolons part the cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormError([Wrong(name, content.count(b"\n", 0, error.start) + 1, "", FormFault.NOT_UTF8)]) from error
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
        raise FormError([Wrong(name, line, "", FormFault.UNREADABLE, str(error))]) from error


def _sheet_rows(name: str, content: bytes) -> Iterator[Row]:
    """Yield the rows of the first sheet, as a process of its own reads them; one that is ended for it asked too much is too large."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise FormError([Wrong(name, 0, "", FormFault.UNREADABLE, "it is no packed document")])
    command = [sys.executable, "-m", "meetlat.replies.sheet_reader"]
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_READ_SECONDS, check=False, env={"PYTHONPATH": paths})  # noqa: S603 - our own program
        told = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        told = {}
    if "unreadable" in told:
        raise FormError([Wrong(name, 0, "", FormFault.UNREADABLE, told["unreadable"])])
    if "rows" not in told:
        raise FormError([Wrong(name, 0, "", FormFault.TOO_LARGE)])
    yield from ((line, cells) for line, cells in told["rows"])
