# SPDX-License-Identifier: EUPL-1.2
"""The verdicts as open data: a CSV file, and a description of its columns (CSV on the Web, W3C 2015)."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from meetlat.publish.words import texts, visible
from meetlat.store.judgements import Judged

COLUMNS = ("domain", "organisation", "group", "role", "standard", "part", "norm", "verdict")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class VerdictWriter(Protocol):
    """Takes what was judged of one domain."""

    def __call__(self, judged: Judged, /) -> None:
        """Write its verdicts."""


@contextmanager
def verdict_file(path: Path) -> Iterator[VerdictWriter]:
    """Open a file of verdicts and give what writes to it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180, 2
        writer.writerow(COLUMNS)

        def write(judged: Judged, /) -> None:
            listing, judgements = judged
            whose = tuple(safe_cell(text) for text in (listing.domain.name, listing.organisation, listing.group))
            for judgement in judgements:
                for part, verdict in {"": judgement.verdict, **judgement.parts}.items():
                    writer.writerow((*whose, judgement.target.role.value, judgement.standard, part, judgement.norm, verdict.value))

        yield write


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
