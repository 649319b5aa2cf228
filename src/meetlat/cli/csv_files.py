# SPDX-License-Identifier: EUPL-1.2
"""Tables that a person asks for as a CSV file."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from meetlat.cli.faults import fault
from meetlat.publish.verdict_file import safe_cell
from meetlat.store.files import output_file


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a CSV file whole or not at all, with no cell that a spreadsheet takes for a formula; return how many rows it has.

    Raises UsageFault when it cannot be written.
    """
    count = 0
    try:
        with output_file(path) as place, place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in rows:
                writer.writerow([safe_cell(str(cell)) for cell in row])
                count += 1
    except OSError as error:
        raise fault("unwritable", path=path, reason=error) from error
    return count
