# SPDX-License-Identifier: EUPL-1.2
"""The tables of the open data: typed, keyed, the same in both forms, and the same numbers as are published elsewhere."""

import csv
import re
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meetlat.analysis import open_rows
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.open_rows import finding_rows, target_rows, verdict_rows
from meetlat.analysis.tracing import traced_figure
from meetlat.publish.open_data import table_files
from meetlat.publish.open_data.columns import TABLES, Column, Kind, OpenTable
from meetlat.publish.open_data.table_files import write_table_files
from meetlat.publish.verdict_file import safe_cell
from meetlat.standards.loading import standards
from meetlat.store.folder import read_listings
from meetlat.store.judgements import findings_of
from tests.unit.publish.open_data.published import HOSTILE

_TABLES = [pytest.param(table, id=table.id) for table in TABLES.values()]


def _csv(data, table: str) -> list[dict[str, str]]:
    with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _parquet(data, table: str) -> list[dict[str, object]]:
    return pq.read_table(data / f"{table}.parquet").to_pylist()


@pytest.mark.parametrize("table", _TABLES)
def test_a_table_is_typed_and_holds_something(data, table):
    """Its schema is the one of the dictionary, nothing is null that must not be, and it is compressed with zstd."""
    path = data / f"{table.id}.parquet"
    assert pq.read_schema(path).equals(table.schema)
    found = pq.read_table(path)
    assert found.num_rows
    assert not [column.name for column in table.columns if not column.is_nullable and found.column(column.name).null_count]
    assert pq.read_metadata(path).row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("table", _TABLES)
def test_csv_has_the_same_rows_as_parquet(data, table):
    """Cell by cell; text as a spreadsheet may see it, null as nothing, lines as RFC 4180 has them."""
    raw = (data / f"{table.id}.csv").read_bytes()
    assert raw.endswith(b"\r\n")
    assert raw.decode().partition("\r\n")[0] == ",".join(column.name for column in table.columns)
    rows = _csv(data, table.id)
    assert [_written(row, table) for row in _parquet(data, table.id)] == rows


def _written(row: dict[str, object], table: OpenTable) -> dict[str, str]:
    return {column.name: _cell(row[column.name], column) for column in table.columns}


def _cell(value, column: Column) -> str:
    match column.kind:
        case _ if value is None:
            return ""
        case Kind.YES_NO:
            return str(value).lower()
        case Kind.FRACTION:
            return str(int(value)) if value in {0, 1} else f"{value:.6f}".rstrip("0")
        case Kind.MOMENT:
            return f"{value:%Y-%m-%dT%H:%M:%S}" + (f".{value.microsecond:06d}" if value.microsecond else "") + "Z"
        case Kind.TEXT | Kind.LIST:
            return safe_cell(value)
        case _:
            return str(value)


@pytest.mark.parametrize("table", _TABLES)
def test_closed_lists_are_closed(data, table):
    """No value that the dictionary does not explain."""
    for column in table.columns:
        if column.values:
            found = {row[column.name] for row in _parquet(data, table.id)}
            assert found <= {*column.values, *([None] if column.is_nullable else [])}, column.name


@pytest.mark.parametrize("table", [pytest.param(table, id=table.id) for table in TABLES.values() if table.key])
def test_a_key_is_unique(data, table):
    """Each row can be named."""
    rows = [tuple(row[name] for name in table.key) for row in _parquet(data, table.id)]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize(
    ("table", "key"), [pytest.param(table, key, id=f"{table.id} to {key.table}") for table in TABLES.values() for key in table.refers]
)
def test_a_foreign_key_leads_somewhere(data, table, key):
    """Every row that refers to another table finds its row there."""
    ours, theirs = ({tuple(row[name] for name in key.columns) for row in _parquet(data, one)} for one in (table.id, key.table))
    assert ours <= theirs


def test_every_figure_traces_to_itself(data, of):
    """The reference beside a figure, given to trace, gives the same numbers; of every fifth figure, and all of the hostile names."""
    folders = {one.manifest.id: one.folder for one in of.measurements}
    rows = _parquet(data, "figures")
    chosen = rows[::5] + [row for row in rows if row["organisation"] == HOSTILE]
    assert len(chosen) > 40
    for row in chosen:
        share = traced_figure(folders[row["measurement"]], FigureReference.parse(row["reference"]), standards().values()).share
        assert (row["compliant"], row["judged"], row["all"]) == (share.compliant, share.judged, share.total), row["reference"]
        assert (row["undetermined"], row["not_applicable"]) == (share.undetermined, share.not_applicable), row["reference"]


def test_a_figure_carries_both_fractions(data):
    """Two of three judged, of five in all, worked out by hand."""
    row = next(row for row in _parquet(data, "figures") if row["reference"] == "web/hsts@Gemeenten" and row["all"] == 5)
    assert (row["compliant"], row["judged"], row["undetermined"], row["not_applicable"]) == (2, 3, 1, 1)
    assert (row["share_judged"], row["share_all"]) == (0.666667, 0.4)


def test_findings_are_those_of_the_measurement(data, of):
    """Each domain's, in its own order, and the domains in the order of their names."""
    for one in of.measurements:
        rows = [row for row in _parquet(data, "findings") if row["measurement"] == one.manifest.id]
        assert [row["domain"] for row in rows] == sorted(row["domain"] for row in rows)
        for listing in [line for shard in read_listings(one.folder) for line in shard][:5]:
            _, judgements = findings_of(one.folder, listing.domain)
            expected = [(finding.rule, finding.subject, finding.status.value) for found in judgements for finding in found.findings]
            assert [(row["rule"], row["subject"], row["status"]) for row in rows if row["domain"] == listing.domain.name] == expected


def test_a_finding_has_a_cause_exactly_when_nothing_could_be_established(data):
    """And no empty reason."""
    for row in _parquet(data, "findings"):
        assert (row["cause"] is None) == (row["status"] != "undetermined")
        assert row["reason"] != ""


def test_an_older_measurement_knows_no_register(of, tmp_path):
    """Its targets have no columns for how the register knows their owners: that is null, and all else is there."""
    folder = tmp_path / "m"
    shutil.copytree(of.measurements[0].folder, folder)
    path = folder / "targets.parquet"
    pq.write_table(pq.read_table(path).select(["domain", "organisation", "group", "role", "shard"]), path)
    rows = target_rows(folder).to_pylist()
    assert {(row["organisation_id"], row["ministry"]) for row in rows} == {(None, None)}
    assert [row["domain"] for row in rows] == [row["domain"] for row in target_rows(of.measurements[0].folder).to_pylist()]


@pytest.mark.parametrize("read", [pytest.param(verdict_rows, id="verdicts"), pytest.param(finding_rows, id="findings")])
def test_a_large_measurement_is_put_in_order_in_parts(of, monkeypatch, read):
    """Through files of a few domains each come the same rows in the same order."""
    folder = max(of.measurements, key=lambda one: one.manifest.counts["domains"]).folder
    columns = ["domain", "role", "standard"]
    whole = pa.concat_tables(read(folder, columns))
    monkeypatch.setattr(open_rows, "_DOMAINS", 7)
    parts = list(read(folder, columns))
    assert len(parts) > 1
    assert pa.concat_tables(parts).equals(whole)


def test_the_file_does_not_depend_on_how_the_rows_came(tmp_path, monkeypatch):
    """Rows in parts of other sizes give the same bytes, over the edges of row groups."""
    monkeypatch.setattr(table_files, "_ROW_GROUP", 10)
    table = OpenTable("t", (Column("a"), Column("n", Kind.WHOLE, is_nullable=True)))
    rows = pa.table([[f"x{number}" for number in range(37)], [None, *range(36)]], schema=table.schema)
    written = []
    for number, size in enumerate((1, 4, 37)):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = write_table_files(folder, table, rows.to_batches(size))
        assert made.rows == 37
        written.append((made.parquet.sha256, made.csv.sha256))
    assert len(set(written)) == 1
    assert pq.read_metadata(tmp_path / "0" / "t.parquet").num_row_groups == 4
    assert pq.read_table(tmp_path / "0" / "t.parquet").equals(rows)


def test_hostile_text_is_no_formula_in_csv_and_untouched_in_parquet(data):
    """The name of the organisation as it was given, and as a spreadsheet may see it."""
    assert HOSTILE in {row["organisation"] for row in _parquet(data, "targets")}
    cells = {row["organisation"] for row in _csv(data, "targets")}
    assert f"'{HOSTILE[:-1]}\\u202e" in cells
    assert not [cell for row in _csv(data, "figures") for cell in row.values() if re.match(r"[=+\-@\t\r]", cell)]


def test_what_the_register_does_not_know_is_unknown(data):
    """And what it knows to be none is null: a standard on no list is there since never."""
    rows = {row["standard"]: row for row in _parquet(data, "standards")}
    for row in rows.values():
        assert row["list_since"] is not None or row["list_status"] == "none"
    assert rows["dnssec"]["list_status"] == "unknown"
    assert rows["dnssec"]["steward"] == "IETF"
    assert rows["wpa2_enterprise"]["measured"] is False


def test_the_evidence_is_known_by_its_digest(data, of):
    """Every file of every measurement, as its manifest names it."""
    found = {(row["measurement"], row["file"]): row["sha256"] for row in _parquet(data, "measurement_files")}
    expected = {(one.manifest.id, name): stored.sha256 for one in of.measurements for name, stored in one.manifest.files.items()}
    assert found == expected
    assert any(name.startswith("evidence/") for _, name in found)
