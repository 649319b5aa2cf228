# SPDX-License-Identifier: EUPL-1.2
"""The verdicts as open data: a CSV file, and a description of its columns (CSV on the Web, W3C 2015)."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from meetlat.publish.words import texts, visible
from meetlat.store import folder as store
from meetlat.store.errors import Fault, MeasurementError

COLUMNS = ("domain", "organisation", "group", "role", "standard", "part", "norm", "verdict")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FROM_OUTSIDE = 3  # the first columns
_AT_ONCE = 50_000  # rows


def write_verdicts(folder: Path, path: Path) -> None:
    """Write every verdict of a measurement, in the order in which it holds them; a part of the file at a time is in memory."""
    try:
        with pq.ParquetFile(folder / store.VERDICTS) as source, path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180, 2
            writer.writerow(COLUMNS)
            for batch in source.iter_batches(_AT_ONCE, columns=list(COLUMNS)):
                columns = [column.to_pylist() for column in batch.columns]
                columns[:_FROM_OUTSIDE] = [_safe(column) for column in columns[:_FROM_OUTSIDE]]
                writer.writerows(zip(*columns, strict=True))
    except (pa.ArrowException, ValueError) as error:
        raise MeasurementError(Fault.DAMAGED, folder / store.VERDICTS, str(error).partition("\n")[0][:200]) from error


def write_columns(path: Path, csv_name: str, language: str) -> None:
    """Describe the columns of the file of verdicts."""
    meaning = texts(language)["columns"]
    columns = [{"name": name, "titles": name, "datatype": "string", "dc:description": {language: meaning[name]}} for name in COLUMNS]
    description = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language}],
        "url": csv_name,
        "dialect": {"delimiter": ",", "encoding": "utf-8", "header": True},
        "tableSchema": {"columns": columns, "primaryKey": ["domain", "role", "standard", "part"]},
    }
    path.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def safe_cell(text: str) -> str:
    """Keep a spreadsheet from reading text as a formula."""
    return visible(f"'{text}" if text.startswith(_FORMULA) else text)


def _safe(column: list[str]) -> list[str]:
    """Make a whole column safe; the same text comes back many times."""
    known = {text: safe_cell(text) for text in set(column)}
    return [known[text] for text in column]
