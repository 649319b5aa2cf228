# SPDX-License-Identifier: EUPL-1.2
"""The data dictionary: what each column means, for people and as CSV on the Web (W3C, 2015)."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from meetlat.publish.open_data.columns import LIST_SEPARATOR, TABLES, Column, Kind, OpenTable

LANGUAGES = ("nl", "en")
GROUP_FILE = "csv-metadata.json"  # where programs look for what describes every CSV file of a folder
_CSVW = "http://www.w3.org/ns/csvw"
_BASE: Mapping[Kind, Mapping[str, object]] = {
    Kind.TEXT: {"base": "string"},
    Kind.LIST: {"base": "string"},
    Kind.WHOLE: {"base": "integer", "minimum": 0},
    Kind.FRACTION: {"base": "decimal", "minimum": 0, "maximum": 1},
    Kind.YES_NO: {"base": "boolean"},
    Kind.MOMENT: {"base": "dateTime"},
    Kind.DAY: {"base": "date"},
}


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column in words: its kind, meaning with unit, the values it can have with what they mean, and what null means ("" : never)."""

    name: str
    kind: str
    meaning: str
    values: tuple[tuple[str, str], ...]
    empty: str


@cache
def open_data_texts(language: str) -> Mapping[str, Any]:
    """Read the words of the open data in a language."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"open_data.{language}.toml").read_text(encoding="utf-8"))


def column_text(table: OpenTable, column: Column, language: str) -> ColumnText:
    """Describe a column in a language."""
    words = open_data_texts(language)
    meaning: str = words["column_of"].get(f"{table.id}.{column.name}") or words["columns"][column.name]
    if unit := words["unit"].get(column.name, ""):
        meaning = f"{meaning} {words['page']['unit'].format(unit=unit)}"
    values = tuple((value, words["values_of"].get(f"{column.name}.{value}") or words["values"][value]) for value in column.values)
    empty = words["empty"][column.name] if column.is_nullable else words["page"]["empty_text"] if column.can_be_empty else ""
    return ColumnText(column.name, words["type"][column.kind.value], meaning, values, empty)


def write_descriptions(folder: Path) -> None:
    """Describe every CSV file: one file beside each, and one for them all with how they refer to each other."""
    for table in TABLES.values():
        _write(folder / f"{table.id}.csv-metadata.json", _table(table) | {"@context": _context(), "dialect": _DIALECT})
    tables = [_table(table, refers=True) for table in TABLES.values()]
    _write(folder / GROUP_FILE, {"@context": _context(), "dialect": _DIALECT, "tables": tables})


_DIALECT: Mapping[str, object] = {"delimiter": ",", "encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"], "doubleQuote": True}


def _table(table: OpenTable, *, refers: bool = False) -> dict[str, object]:
    """Describe one table."""
    schema: dict[str, object] = {"columns": [_column(table, column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    if refers and table.refers:
        schema["foreignKeys"] = [
            {"columnReference": list(key.columns), "reference": {"resource": f"{key.table}.csv", "columnReference": list(key.columns)}}
            for key in table.refers
        ]
    return {
        "url": f"{table.id}.csv",
        "dc:title": _in_each(open_data_texts(language)["tables"][table.id]["title"] for language in LANGUAGES),
        "dc:description": _in_each(open_data_texts(language)["tables"][table.id]["text"] for language in LANGUAGES),
        "tableSchema": schema,
    }


def _column(table: OpenTable, column: Column) -> dict[str, object]:
    """Describe one column. Where empty text is a value of its own no text stands for null."""
    datatype = dict(_BASE[column.kind])
    if column.values:
        datatype["format"] = "|".join(column.values)
    described: dict[str, object] = {
        "name": column.name,
        "titles": [column.name],
        "datatype": datatype,
        "required": not column.is_nullable and not column.can_be_empty,
        "dc:description": _in_each(_sentence(column_text(table, column, language), language) for language in LANGUAGES),
    }
    if column.kind is Kind.LIST:
        described["separator"] = LIST_SEPARATOR
    if column.can_be_empty:
        described["null"] = []
    return described


def _sentence(text: ColumnText, language: str) -> str:
    """Say in one text what a column means and what null in it does."""
    empty = f" {open_data_texts(language)['page']['empty']}: {text.empty}." if text.empty else ""
    return f"{text.meaning}{empty}"


def _in_each(texts: Iterable[str]) -> list[dict[str, str]]:
    """Write a text in each language."""
    return [{"@value": text, "@language": language} for text, language in zip(texts, LANGUAGES, strict=True)]


def _context() -> list[object]:
    """Return the context of CSV on the Web."""
    return [_CSVW, {"@language": LANGUAGES[0]}]


def _write(path: Path, value: Mapping[str, object]) -> None:
    """Write a description, always in the same order: the context first, as the specification asks."""
    ordered = {"@context": value["@context"], **{name: one for name, one in value.items() if name != "@context"}}
    path.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
