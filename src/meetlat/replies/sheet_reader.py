# SPDX-License-Identifier: EUPL-1.2
"""Reads the first sheet of a spreadsheet in a process of its own, with its memory and time bounded; run as a program, by ``sheet``.

A sheet of a kilobyte can stand for a million columns of a million rows, and the library asks the memory for all of it before it says
how many there are: that must end this process and no other.
"""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

_LARGEST_UNPACKED = 100_000_000
_MOST_MEMORY = 1_500_000_000  # bytes of addresses, Python and its libraries included
_MOST_SECONDS = 20  # of CPU


def sheet_rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of the first sheet that are not blank; what it holds as a date becomes one as we write it.

    Raises OverflowError when it is too large, and OSError, ValueError, NotImplementedError, BadZipFile or CalamineError for what is none.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_UNPACKED:
            raise OverflowError
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
        sheet = workbook.get_sheet_by_index(0) if workbook.sheet_names else None
        rows = sheet.to_python(skip_empty_area=False) if sheet else []
    for line, row in enumerate(rows, start=1):
        cells = [_cell(cell) for cell in row]
        while cells and not cells[-1].strip():  # a sheet may be styled to its last column
            cells.pop()
        if cells:
            yield line, cells


def _cell(value: object) -> str:
    """Write a cell as text."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def main() -> None:
    """Read a spreadsheet from standard input and write its rows as JSON, or why it has none."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told: object = {"rows": list(sheet_rows(sys.stdin.buffer.read()))}
    except (OverflowError, MemoryError):
        told = {"too_large": True}
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, CalamineError) as error:
        told = {"unreadable": str(error)[:500]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
