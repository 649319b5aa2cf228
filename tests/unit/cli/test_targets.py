# SPDX-License-Identifier: EUPL-1.2
"""A list of targets is read as people keep it, and every fault is named with its line."""

import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from meetlat.cli.targets import TargetsError, read_targets
from meetlat.model.domain import Domain
from meetlat.model.target import Listing, Role

_BOTH = (Role.WEB, Role.MAIL)
_DUINRADE = Listing(Domain("duinrade.nl"), "Gemeente Duinrade", "Gemeenten", _BOTH)


def _written(folder: Path, content: str | bytes, name: str = "doelen.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


_XLSX = {
    "[Content_Types].xml": """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
        <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
        </Types>""",
    "_rels/.rels": """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
        Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
        <sheets><sheet name="Doelen" sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="s.xml"/>
        </Relationships>""",
    "xl/s.xml": """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>""",
}
_ODS = {
    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
    "META-INF/manifest.xml": """<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>""",
    "content.xml": """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
        <office:body><office:spreadsheet><table:table table:name="Doelen">{rows}
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
        </table:table></office:spreadsheet></office:body></office:document-content>""",
}
_ODS_CELL = '<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
_FORMS = {
    ".xlsx": (_XLSX, "<row>{cells}</row>", '<c t="inlineStr"><is><t>{cell}</t></is></c>'),
    ".ods": (_ODS, "<table:table-row>{cells}</table:table-row>", _ODS_CELL),
}


def _spreadsheet(path: Path, rows: list[list[str]]) -> Path:
    """Write the smallest spreadsheet that holds these rows; an .ods with the endless empty rows that office programs add."""
    parts, row, cell = _FORMS[path.suffix]
    text = "".join(row.format(cells="".join(cell.format(cell=value) for value in values)) for values in rows)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content.replace("{rows}", text))
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("domain,organisation,group,roles\nduinrade.nl,Gemeente Duinrade,Gemeenten,web mail\n", id="English, comma"),
        pytest.param("domein;organisatie;groep;rollen\nduinrade.nl;Gemeente Duinrade;Gemeenten;web,mail\n", id="Dutch, semicolon"),
        pytest.param("\ufeffdomein,organisatie,groep\nduinrade.nl,Gemeente Duinrade,Gemeenten\n", id="byte order mark, no roles column"),
        pytest.param(
            "Groep,ROLLEN,Domein,Organisatie,Opmerking\nGemeenten,,duinrade.nl,Gemeente Duinrade,x\n",
            id="other order and case, a column more",
        ),
        pytest.param(
            "domein,organisatie,groep\r\nduinrade.nl,Gemeente Duinrade,Gemeenten\r\n\r\n,,\r\n", id="Windows line ends, blank lines"
        ),
        pytest.param(
            "domein,organisatie,groep\nhttps://Duinrade.NL/contact, Gemeente  Duinrade ,Gemeenten",
            id="address, capitals, spaces, no last line end",
        ),
        pytest.param(
            'domein,organisatie,groep,rollen\nduinrade.nl,"Gemeente\nDuinrade",Gemeenten,mail/web\n', id="quoted cell with a line end"
        ),
        pytest.param(
            "domein,organisatie,groep,rollen\nduinrade.nl,Gemeente Duinrade,Gemeenten,Web;Mail\n", id="roles with semicolon and capitals"
        ),
        pytest.param("\ndomein,organisatie,groep\nduinrade.nl,Gemeente Duinrade,Gemeenten\n", id="blank line before the header"),
    ],
)
def test_forms_in_which_one_listing_can_stand(tmp_path, content):
    """All of these say the same."""
    assert read_targets(_written(tmp_path, content)) == ([_DUINRADE], [])


@pytest.mark.parametrize("extension", [".xlsx", ".ods"])
def test_spreadsheets(tmp_path, extension):
    """The first sheet is read; faults carry the number of its row."""
    path = _spreadsheet(
        tmp_path / f"doelen{extension}",
        [
            ["Domein", "Organisatie", "Groep", "Rollen"],
            ["duinrade.nl", "Gemeente Duinrade", "Gemeenten", ""],
            ["geen domein", "Gemeente Duinrade", "Gemeenten", "web"],
        ],
    )
    listings, faults = read_targets(path)
    assert listings == [_DUINRADE]
    assert [(fault.line, fault.fault) for fault in faults] == [(3, "bad-domain")]


def test_an_id_that_is_a_number_stays_what_it_was(tmp_path):
    """A spreadsheet program makes a number of it."""
    header = ["domein", "organisatie", "groep", "organisatie_id"]
    path = _spreadsheet(tmp_path / "d.xlsx", [header, ["duinrade.nl", "Gemeente Duinrade", "Gemeenten", "NUMBER"]])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content.replace('<c t="inlineStr"><is><t>NUMBER</t></is></c>', "<c><v>70</v></c>"))
    assert read_targets(path) == ([replace(_DUINRADE, organisation_id="70")], [])


@pytest.mark.parametrize(
    ("row", "fault", "sentence"),
    [
        pytest.param("geen domein,O,G,web", "bad-domain", "“geen domein” is geen domeinnaam", id="bad name"),
        pytest.param("192.0.2.1,O,G,web", "bad-domain", "“192.0.2.1” is geen domeinnaam", id="IP address"),
        pytest.param(",O,G,web", "no-domain", "er staat geen domeinnaam", id="no name"),
        pytest.param("heiderijk.nl,,G,web", "no-organisation", "de organisatie ontbreekt", id="no organisation"),
        pytest.param("heiderijk.nl,O,,web", "no-group", "de groep ontbreekt", id="no group"),
        pytest.param("heiderijk.nl,O", "no-group", "de groep ontbreekt", id="short line"),
        pytest.param("heiderijk.nl,O,G,web ftp", "bad-role", "“ftp” is geen rol; gebruik web, mail of allebei", id="unknown role"),
        pytest.param("DUINRADE.nl.,O,G,web", "duplicate", "duinrade.nl staat ook al op regel 2", id="duplicate after normalisation"),
        pytest.param("a\x1b[31m.nl,O,G,web", "bad-domain", "“a�[31m.nl” is geen domeinnaam", id="terminal escape"),
    ],
)
def test_faults_of_a_row(tmp_path, row, fault, sentence):
    """The rest of the file is still read; the line is the one that an editor shows."""
    listings, faults = read_targets(
        _written(tmp_path, f"domein,organisatie,groep,rollen\nduinrade.nl,Gemeente Duinrade,Gemeenten,\n{row}\n")
    )
    assert listings == [_DUINRADE]
    assert [(found.line, found.fault, found.sentence) for found in faults] == [(3, fault, sentence)]


@pytest.mark.parametrize(
    ("header", "cells", "known"),
    [
        pytest.param("organisation_id,ministry", "https://duinrade.example/id/gm1,Ministerie van Kust", 2, id="both, English"),
        pytest.param("organisatie_id,ministerie", "https://duinrade.example/id/gm1,Ministerie van Kust", 2, id="both, Dutch"),
        pytest.param("organisatie_id", "https://duinrade.example/id/gm1", 1, id="only the id"),
        pytest.param("organisatie_id,ministerie", ",", 0, id="columns without values"),
    ],
)
def test_what_the_register_knows_of_an_organisation_may_stand_beside_it(tmp_path, header, cells, known):
    """Its id and its ministry are read when they are there, and None when they are not."""
    says = ("https://duinrade.example/id/gm1", "Ministerie van Kust")[:known] + (None,) * (2 - known)
    content = f"domein,organisatie,groep,{header}\nduinrade.nl,Gemeente Duinrade,Gemeenten,{cells}\n"
    assert read_targets(_written(tmp_path, content)) == ([replace(_DUINRADE, organisation_id=says[0], ministry=says[1])], [])


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        pytest.param("b.nl,Gemeente Duinrade,G,gm1,Kust", [], id="the same id and ministry"),
        pytest.param("b.nl,Gemeente Duinrade,G,,", [], id="nothing said"),
        pytest.param("b.nl,Gemeente Heiderijk,G,gm2,Bos", [], id="another organisation"),
        pytest.param("b.nl,Gemeente Duinrade,G,gm2,Kust", ["other-id"], id="another id"),
        pytest.param("b.nl,Gemeente Duinrade,G,gm1,Bos", ["other-ministry"], id="another ministry"),
        pytest.param("a.nl,Gemeente Duinrade,G,gm2,Bos", ["duplicate", "other-id", "other-ministry"], id="all at once"),
    ],
)
def test_one_organisation_has_one_id_and_one_ministry(tmp_path, row, faults):
    """Figures are counted by name, so a name that stands for two organisations is told with the line that it contradicts."""
    content = f"domein,organisatie,groep,organisatie_id,ministerie\na.nl,Gemeente Duinrade,G,gm1,Kust\n{row}\n"
    found = read_targets(_written(tmp_path, content))[1]
    assert [(one.line, one.fault) for one in found] == [(3, fault) for fault in faults]
    assert all("regel 2" in one.sentence for one in found)


def test_all_faults_of_one_row_are_told(tmp_path):
    """Nobody has to mend a file five times."""
    _, faults = read_targets(_written(tmp_path, "domein,organisatie,groep,rollen\nx,,,ftp\n"), "en")
    assert [fault.fault for fault in faults] == ["bad-domain", "no-organisation", "no-group", "bad-role"]
    assert faults[1].sentence == "the organisation is missing"


def test_lines_are_counted_through_quoted_line_ends(tmp_path):
    """A row that spans lines is named by its first, and those after it stay right."""
    content = 'domein,organisatie,groep\nduinrade.nl,"Gemeente\nDuinrade",Gemeenten\nx,O,G\n'
    assert [fault.line for fault in read_targets(_written(tmp_path, content))[1]] == [4]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        pytest.param("d.csv", "", "empty", id="empty"),
        pytest.param("d.csv", " \n\n", "empty", id="only blank lines"),
        pytest.param("d.csv", "domein,organisatie,groep\n", "empty", id="only a header"),
        pytest.param("d.csv", "naam,organisatie,groep\nduinrade.nl,O,G\n", "no-columns", id="no column domain"),
        pytest.param("d.csv", "duinrade.nl,O,G\n", "no-columns", id="no header"),
        pytest.param("d.csv", "domein,domain,organisatie,groep\n", "twice-a-column", id="a column twice"),
        pytest.param("d.csv", b"PK\x03\x04rest of a spreadsheet", "not-text", id="spreadsheet under .csv"),
        pytest.param("d.csv", b"\x7fELF\0\0", "not-text", id="program under .csv"),
        pytest.param("d.csv", "domein,organisatie,groep\n".encode("utf-16"), "not-text", id="UTF-16"),
        pytest.param("d.csv", "domein,organisatie,groep\nduinrade.nl,Coördinatie,G\n".encode("latin-1"), "not-utf8", id="latin-1"),
        pytest.param("d.csv", 'domein,organisatie,groep\n"' + "x" * 200_000, "unreadable", id="a quote that is never closed"),
        pytest.param("d.xlsx", "no workbook", "unreadable", id="text under .xlsx"),
        pytest.param("d.ods", b"PK\x03\x04", "unreadable", id="broken .ods"),
        pytest.param("d.pdf", "x", "unsupported", id="other extension"),
    ],
)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_files_that_are_no_use(tmp_path, name, content, fault, language):
    """One sentence that ends in a full stop and names the file."""
    path = _written(tmp_path, content, name)
    with pytest.raises(TargetsError) as caught:
        read_targets(path, language)
    assert caught.value.fault == fault
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_sentence_names_what_is_missing_in_the_language(tmp_path):
    """Columns have the name that the reader knows."""
    path = _written(tmp_path, "x,y\n1,2\n")
    with pytest.raises(TargetsError, match="mist in de kopregel: domein, organisatie, groep;"):
        read_targets(path)
    with pytest.raises(TargetsError, match="lacks in its header line: domain, organisation, group;"):
        read_targets(path, "en")


def test_latin_1_is_told_with_its_line(tmp_path):
    """The line with the first wrong byte."""
    with pytest.raises(TargetsError, match="regel 2"):
        read_targets(_written(tmp_path, "domein,organisatie,groep\nduinrade.nl,Coördinatie,G\n".encode("latin-1")))


def test_a_folder_and_nothing_at_all(tmp_path):
    """Both are told apart."""
    with pytest.raises(TargetsError, match="is een map"):
        read_targets(tmp_path)
    with pytest.raises(TargetsError, match="bestaat niet"):
        read_targets(tmp_path / "niets.csv")


def test_a_hundred_thousand_lines_take_seconds(tmp_path):
    """A whole government fits."""
    lines = "".join(f"d{number}.gemeente-duinrade.nl,Gemeente Duinrade,Gemeenten,\n" for number in range(100_000))
    path = _written(tmp_path, "domein,organisatie,groep,rollen\n" + lines)
    begun = time.process_time()
    listings, faults = read_targets(path)
    assert (len(listings), faults) == (100_000, [])
    assert time.process_time() - begun < 15  # two seconds on a quiet machine; the bound leaves room for busy ones


def test_a_path_that_the_system_refuses_is_one_sentence():
    """A name that no file can have (or a folder that may not be entered) is no traceback."""
    with pytest.raises(TargetsError) as refused:
        read_targets(Path("a" * 300 + ".csv"))
    assert refused.value.fault == "unreadable"
