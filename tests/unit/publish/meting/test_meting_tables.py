# SPDX-License-Identifier: EUPL-1.2
"""The figures as CSV and as a workbook: the same numbers, no formulas, described, and the same each time."""

import csv
import json
from datetime import UTC, datetime
from zipfile import ZIP_STORED, ZipFile

import odfdo
import pytest

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.tracing import traced_figure
from meetlat.publish.meting import ods
from meetlat.publish.meting.csv_files import METADATA, datatype, write_csv_files
from meetlat.publish.meting.data_tables import SHARE, DataTable, data_tables, fraction
from meetlat.publish.meting.ods import write_workbook
from meetlat.publish.meting.wording import Wording
from meetlat.standards.loading import standards
from tests.unit.publish.meting.measured import BAD, GAP, GOOD, NONE, figures, measured

NL = Wording("nl")
MADE = datetime(2026, 6, 2, 17, 30, 5, 123, tzinfo=UTC)
HOSTILE = '=HYPERLINK("//evil.example")<b>\x07&'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Seven websites; the organisation of two has a name like a formula."""
    groups = {"Gemeenten": (GOOD, GOOD, BAD, GAP, NONE), "Ministeries": (GOOD, BAD)}
    return measured(tmp_path_factory.mktemp("tables") / "m", groups)


@pytest.fixture(scope="module")
def tables(folder):
    """Every table of that measurement."""
    return data_tables(folder, figures(folder), NL)


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_holds_the_shares_with_everything_they_are_of(tables, tmp_path):
    """Compliant, judged, undetermined, not applicable, and both fractions."""
    write_csv_files(tmp_path / "t", tables, NL)
    whole = next(row for row in _rows(tmp_path / "t" / "totals.csv") if not row["group"])
    assert [whole[name] for name in SHARE] == ["3", "5", "1", "1", "0.6", "0.428571"]


def test_every_file_and_column_is_described(tables, tmp_path):
    """As CSV on the Web, in the order of the file."""
    write_csv_files(tmp_path / "t", tables, NL)
    described = json.loads((tmp_path / "t" / METADATA).read_text(encoding="utf-8"))["tables"]
    assert sorted(one["url"] for one in described) == sorted(path.name for path in (tmp_path / "t").glob("*.csv"))
    for one in described:
        head = (tmp_path / "t" / one["url"]).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert [column["name"] for column in one["tableSchema"]["columns"]] == head
        assert all(column["dc:description"]["nl"] for column in one["tableSchema"]["columns"])


def test_values_are_what_their_column_says(tables, tmp_path):
    """Whole numbers are whole, fractions are between 0 and 1."""
    write_csv_files(tmp_path / "t", tables, NL)
    for table in tables:
        for row in _rows(tmp_path / "t" / f"{table.id}.csv"):
            for name, value in row.items():
                kind = datatype(table.id, name)
                assert not value or kind == "string" or (float(value).is_integer() if kind == "integer" else 0 <= float(value) <= 1), (
                    table.id,
                    name,
                )


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [pytest.param(1, 3, 0.333333, id="a third"), pytest.param(0, 3, 0.0, id="none"), pytest.param(0, 0, None, id="of nothing")],
)
def test_a_fraction_of_nothing_is_empty(part, whole, found):
    """And never nought."""
    assert fraction(part, whole) == found


def test_the_domains_say_what_they_break(tables, tmp_path):
    """As role and rule."""
    write_csv_files(tmp_path / "t", tables, NL)
    rows = {row["domain"]: row for row in _rows(tmp_path / "t" / "domains.csv")}
    assert (rows["d002-0.nl"]["web"], rows["d002-0.nl"]["broken"]) == ("non_compliant", "web:hsts.header-is-present")
    assert (rows["d003-0.nl"]["web"], rows["d003-0.nl"]["broken"]) == ("undetermined", "")


def _one(*rows):
    return (DataTable("organisations", ("group", "organisation", "judged", "share_judged"), lambda: rows),)


def test_text_is_never_a_formula(tmp_path):
    """In CSV it gets a mark before it; in the workbook it is a cell of text."""
    tables = _one((HOSTILE, "+1", 3, 0.5))
    write_csv_files(tmp_path / "t", tables, NL)
    row = _rows(tmp_path / "t" / "organisations.csv")[0]
    assert row["group"].startswith("'=")
    assert row["organisation"] == "'+1"
    write_workbook(tmp_path / "w.ods", tables, NL, "Titel", MADE)
    content = ZipFile(tmp_path / "w.ods").read("content.xml").decode()
    assert "table:formula" not in content
    assert "=HYPERLINK" in content
    assert "\x07" not in content


def test_the_workbook_can_be_read_and_holds_numbers(tables, tmp_path):
    """A sheet a table, names at the top, numbers as numbers and shares as percentages; and one sheet about it all."""
    write_workbook(tmp_path / "w.ods", tables, NL, "Titel", MADE)
    document = odfdo.Document(tmp_path / "w.ods")
    sheets = {sheet.name: sheet for sheet in document.body.get_tables()}
    assert list(sheets) == ["Over dit bestand", *(NL.say(f"sheets.{table.id}") for table in tables)]
    total = sheets["Totaal"]
    assert total.get_row_values(0)[:3] == ["Groep", "Rol", "Voldoet"]
    values = total.get_row_values(1)
    assert [float(value) for value in values[2:6]] == [3, 5, 1, 1]
    assert float(values[6]) == pytest.approx(0.6)
    assert document.meta.title == "Titel: tabellen"


def test_the_workbook_is_packed_without_the_clock(tables, tmp_path):
    """The type comes first and bare, every entry has the same moment, and twice is the same."""
    for name in ("a.ods", "b.ods"):
        write_workbook(tmp_path / name, tables, NL, "Titel", MADE)
    assert (tmp_path / "a.ods").read_bytes() == (tmp_path / "b.ods").read_bytes()
    entries = ZipFile(tmp_path / "a.ods").infolist()
    assert (entries[0].filename, entries[0].compress_type) == ("mimetype", ZIP_STORED)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2026-06-02T17:30:05" in ZipFile(tmp_path / "a.ods").read("meta.xml")


def test_a_sheet_stays_pleasant(tmp_path, monkeypatch):
    """Beyond a number of rows it says where the rest is."""
    monkeypatch.setattr(ods, "MOST_ROWS", 2)
    write_workbook(tmp_path / "w.ods", _one(*(("g", f"o{number}", number, 0.5) for number in range(5))), NL, "Titel", MADE)
    rows = odfdo.Document(tmp_path / "w.ods").body.get_table(name="Organisaties")
    assert rows.height == 4
    assert "CSV-bestand" in str(rows.get_row_values(3)[0])


def test_each_share_carries_the_reference_that_explains_it(folder, tables, tmp_path):
    """Parsed back and traced in the measurement, it gives the very counts of its row."""
    write_csv_files(tmp_path / "t", tables, NL)
    checked = 0
    for name in ("totals", "standards", "organisations"):
        for row in _rows(tmp_path / "t" / f"{name}.csv"):
            traced = traced_figure(folder, FigureReference.parse(row["trace"]), standards().values()).share
            assert (traced.compliant, traced.judged, traced.undetermined, traced.not_applicable) == tuple(
                int(row[count]) for count in SHARE[:4]
            ), row
            checked += 1
    assert checked > 5
