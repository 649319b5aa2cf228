# SPDX-License-Identifier: EUPL-1.2
"""The folder of open data: whole or not there, the same bytes from the same input, described, and with queries that run."""

import csv
import hashlib
import io
import json
import re
import shutil
from contextlib import chdir, redirect_stdout

import duckdb
import pytest

from meetlat.publish.open_data import folder as writing
from meetlat.publish.open_data.columns import TABLES, Kind
from meetlat.publish.open_data.dictionary import GROUP_FILE, LANGUAGES, column_text, open_data_texts
from meetlat.publish.open_data.folder import SUMS, OpenDataError, OpenDataFault, read_source, write_open_data
from tests.unit.made_up import CONTACT
from tests.unit.publish.open_data.published import HOSTILE, PUBLISHER, published

_BLOCK = re.compile(r"```(sql|python)\n(.*?)```", re.DOTALL)


def _shape(value):
    """Keys, and the placeholders of texts."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    return len(value) if isinstance(value, list) else sorted(re.findall(r"\{\w+\}", value))


def test_both_languages_have_the_same_texts():
    """With the same placeholders."""
    assert _shape(open_data_texts("nl")) == _shape(open_data_texts("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_is_explained(language):
    """Meaning, kind, each value of a closed list, and what null means where it can be; and no text is left over."""
    words = open_data_texts(language)
    names = set()
    for table in TABLES.values():
        for column in table.columns:
            text = column_text(table, column, language)
            assert text.meaning
            assert bool(text.empty) == (column.is_nullable or column.can_be_empty)
            assert [value for value, meaning in text.values if meaning] == list(column.values)
            assert (column.kind in {Kind.WHOLE, Kind.FRACTION}) == (column.name in words["unit"]), column.name
            names.add(column.name)
    assert set(words["columns"]) == names
    assert set(words["tables"]) == set(TABLES)


def test_the_same_input_gives_the_same_bytes(data, of, tmp_path):
    """Every file, also over an earlier folder."""
    again = published(tmp_path / "again", of)
    published(again, of)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {path.name: path.read_bytes() for path in data.iterdir()}


def test_who_asked_is_not_published(data):
    """The contact of a measurement can be a person."""
    assert not [path.name for path in data.iterdir() if CONTACT.encode() in path.read_bytes()]


def test_the_sums_are_those_of_every_file(data):
    """As sha256sum reads them."""
    lines = (data / SUMS).read_text(encoding="utf-8").splitlines()
    found = dict(line.split("  ")[::-1] for line in lines)
    expected = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in data.iterdir() if path.name != SUMS}
    assert found == expected


@pytest.mark.parametrize("name", [pytest.param("README.md", id="nl"), pytest.param("README.en.md", id="en")])
def test_the_sample_queries_run(data, name):
    """All of them, and each finds something; the share of a group is the one counted from the verdicts."""
    blocks = _BLOCK.findall((data / name).read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["sql", "sql", "sql", "python"]
    with chdir(data), redirect_stdout(io.StringIO()) as shown:
        figures, counted, rules = (duckdb.sql(query).fetchall() for kind, query in blocks if kind == "sql")
        exec(blocks[3][1], {})  # noqa: S102 - the example that we publish
    assert sorted(row[:4] for row in figures) == sorted(counted)
    assert rules
    assert sum(int(number) for number in re.findall(r"\d+", shown.getvalue())) == sum(row[3] for row in counted)


def test_csv_on_the_web_describes_every_file(data):
    """The columns in the order of the file, formats that every cell has, and keys that refer to tables of the group."""
    group = json.loads((data / GROUP_FILE).read_text(encoding="utf-8"))
    assert group["@context"][0] == "http://www.w3.org/ns/csvw"
    urls = {table["url"] for table in group["tables"]}
    assert urls == {path.name for path in data.glob("*.csv")}
    for table in group["tables"]:
        alone = json.loads((data / f"{table['url']}-metadata.json").read_text(encoding="utf-8"))
        assert alone["tableSchema"]["columns"] == table["tableSchema"]["columns"]
        assert {key["reference"]["resource"] for key in table["tableSchema"].get("foreignKeys", ())} <= urls
        with (data / table["url"]).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns = table["tableSchema"]["columns"]
            assert reader.fieldnames == [column["name"] for column in columns]
            for row in reader:
                for column in columns:
                    _check_cell(row[column["name"]], column)


def _check_cell(cell: str, column: dict) -> None:
    if cell == "":
        assert not column["required"] or column.get("null") == []
        return
    datatype = column["datatype"]
    match datatype["base"]:
        case "integer":
            assert int(cell) >= 0
        case "decimal":
            assert 0 <= float(cell) <= 1
        case "boolean":
            assert cell in {"true", "false"}
        case "dateTime":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", cell)
        case "date":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", cell)
        case _:
            assert re.fullmatch(datatype.get("format", ".*"), cell, re.DOTALL)


@pytest.mark.parametrize("name", [pytest.param("index.html", id="nl"), pytest.param("index.en.html", id="en")])
def test_the_page_explains_every_column_and_links_every_file(data, name):
    """With the licence and the norms; what is hostile is nowhere obeyed."""
    page = (data / name).read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"#]+)"', page))
    assert {path.name for path in data.iterdir() if path.suffix in {".csv", ".parquet"}} <= links
    assert "http://creativecommons.org/publicdomain/zero/1.0/deed.nl" in links
    for table in TABLES.values():
        for column in table.columns:
            assert f"<code>{column.name}</code>" in page
    assert HOSTILE not in page
    assert "Gemeente Duinrade" in page


def test_a_measurement_in_a_laboratory_says_so(data):
    """On the page and in the file beside the data: its organisations are made up."""
    for name in ("README.md", "index.html"):
        assert "Testnet, Amsterdam" in (data / name).read_text(encoding="utf-8")


def test_the_licence_is_that_of_creative_commons(data):
    """Word for word, as Debian has it too (base-files, CC0-1.0)."""
    digest = hashlib.sha256((data / "LICENSE.txt").read_bytes()).hexdigest()
    assert digest == "a2010f343487d3f7618affe54f789f5487602331c0a8d03f49e9a7c547cf0499"


def test_without_a_publisher_there_is_no_dcat_and_that_is_said(of, tmp_path):
    """Nothing is made up."""
    data = published(tmp_path / "d", of, None)
    assert not list(data.glob("dcat*"))
    assert open_data_texts("nl")["page"]["no_dcat"] in (data / "README.md").read_text(encoding="utf-8")


def test_a_folder_with_something_else_is_left_alone(of, tmp_path):
    """Not a file of it is touched."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.odt").write_text("mine", encoding="utf-8")
    with pytest.raises(OpenDataError) as found:
        write_open_data(tmp_path / "d", of, None)
    assert found.value.fault is OpenDataFault.IN_USE
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["thesis.odt"]


def test_an_earlier_folder_is_replaced_and_what_is_not_ours_stays(of, tmp_path):
    """A description that is no longer made goes; a note of the user does not."""
    data = published(tmp_path / "d", of)
    (data / "note.txt").write_text("mine", encoding="utf-8")
    published(data, of, None)
    assert not (data / "dcat.ttl").exists()
    assert (data / "note.txt").read_text(encoding="utf-8") == "mine"


def test_nothing_is_written_into_a_measurement(of):
    """Whether it is the folder itself or one in it."""
    folder = of.measurements[0].folder
    for out in (folder, folder / "evidence" / "data"):
        with pytest.raises(OpenDataError) as found:
            write_open_data(out, of, None)
        assert found.value.fault is OpenDataFault.IS_MEASUREMENT


def test_a_measurement_twice_is_refused(of, tmp_path):
    """Also as a copy."""
    shutil.copytree(of.measurements[0].folder, tmp_path / "copy")
    with pytest.raises(OpenDataError) as found:
        read_source([of.measurements[0].folder, tmp_path / "copy"], {}, {})
    assert found.value.fault is OpenDataFault.TWICE


def test_what_goes_wrong_leaves_nothing_behind(of, tmp_path, monkeypatch):
    """No folder, whole or half."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_pages", full)
    with pytest.raises(OpenDataError) as found:
        write_open_data(tmp_path / "d", of, PUBLISHER)
    assert found.value.fault is OpenDataFault.NOT_WRITABLE
    assert list(tmp_path.iterdir()) == []
