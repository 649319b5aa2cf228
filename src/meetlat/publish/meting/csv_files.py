# SPDX-License-Identifier: EUPL-1.2
"""The tables as CSV files, with one description of all columns (CSV on the Web, W3C 2015)."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from meetlat.publish.meting.data_tables import FRACTIONS, DataTable, Value
from meetlat.publish.meting.wording import Wording
from meetlat.publish.verdict_file import safe_cell

METADATA = "csv-metadata.json"
_TEXT = frozenset(
    {
        *("group", "organisation", "ministry", "role", "standard", "standard_name", "part", "rule", "title", "cause", "reason"),
        *(
            "agreement",
            "agreement_name",
            "binds",
            "measurement",
            "supplier_kind",
            "supplier",
            "day",
            "set",
            "answer",
            "agreed",
            "outlook",
            "reached",
        ),
        *("norm", "since", "source", "domain", "broken", "trace"),
        *("reply", "effect", "measured", "corrected", "kind", "replied", "decided", "due", "bound_by"),
    }
)


def write_csv_files(folder: Path, tables: Sequence[DataTable], words: Wording) -> None:
    """Write one file a table, and the description of them all."""
    folder.mkdir(exist_ok=True)
    for table in tables:
        with (folder / f"{table.id}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180, 2
            writer.writerow(table.columns)
            writer.writerows([_written(value) for value in row] for row in table.rows())
    description = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": words.language}],
        "dialect": {"delimiter": ",", "encoding": "utf-8", "header": True},
        "tables": [_description(table, words) for table in tables],
    }
    (folder / METADATA).write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _description(table: DataTable, words: Wording) -> dict[str, object]:
    """Describe one table."""
    columns = [
        {
            "name": name,
            "titles": name,
            "datatype": datatype(table.id, name),
            "dc:title": {words.language: words.lines(f"columns.{name}")[0]},
            "dc:description": {words.language: words.lines(f"columns.{name}")[1]},
        }
        for name in table.columns
    ]
    title = {words.language: words.say(f"tables.{table.id}")}
    return {"url": f"{table.id}.csv", "dc:title": title, "tableSchema": {"columns": columns}}


def datatype(table: str, column: str) -> str:
    """Say what stands in a column: text, a whole number, or a fraction."""
    if column in FRACTIONS:
        return "decimal"
    is_verdict = table == "domains" and column in {"web", "mail"}
    return "string" if column in _TEXT or is_verdict else "integer"


def _written(value: Value) -> str:
    """Write a value; text that a spreadsheet would read as a formula gets a mark before it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
    return safe_cell(value) if isinstance(value, str) else str(value)
