# SPDX-License-Identifier: EUPL-1.2
"""Spreadsheets of a kilobyte that stand for more cells than there is memory: they end the process that reads them, and no other."""

import io
import resource
import zipfile

import pytest

from meetlat.replies.faults import FormError, FormFault
from meetlat.replies.sheet import rows_of

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = "<sheets><sheet name='a' sheetId='1' r:id='r1'/></sheets>"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _packed(parts):
    """Pack the parts of a document."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def open_document(rows):
    """An OpenDocument spreadsheet with these rows as XML."""
    entry = f"<m:file-entry m:full-path='/' m:media-type='{_KIND}'/>"
    manifest = f"<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'>{entry}</m:manifest>"
    sheet = f"<office:body><office:spreadsheet><table:table table:name='a'>{rows}</table:table></office:spreadsheet></office:body>"
    names = f"xmlns:office='{_OFFICE}' xmlns:table='{_TABLE}' xmlns:text='{_TEXT}'"
    return _packed(
        {
            "mimetype": _KIND,
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {names}>{sheet}</office:document-content>",
        }
    )


def office_open(cells):
    """An Office Open XML workbook with these rows as XML."""

    def related(kind, target):
        return f"<Relationships xmlns='{_PACKAGE}'><Relationship Id='r1' Type='{_DOCUMENT}/{kind}' Target='{target}'/></Relationships>"

    return _packed(
        {
            "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f"<workbook xmlns='{_MAIN}' xmlns:r='{_DOCUMENT}'>{_SHEETS}</workbook>",
            "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{_MAIN}'><sheetData>{cells}</sheetData></worksheet>",
        }
    )


def _cell(columns):
    return f"<table:table-cell office:value-type='string' table:number-columns-repeated='{columns}'><text:p>x</text:p></table:table-cell>"


BOMBS = {
    "ods, a cell repeated a billion times": ("w.ods", open_document(f"<table:table-row>{_cell(1_000_000_000)}</table:table-row>")),
    "xlsx, one cell in the first row and one in the very last corner": (
        "w.xlsx",
        office_open("<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
    ),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_sheet_that_asks_for_all_memory_is_too_large(case):
    """It is refused in a sentence, and this process needed no memory for it."""
    name, content = BOMBS[case]
    assert len(content) < 2_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormError) as error:
        rows_of(name, content)
    assert [one.fault for one in error.value.faults] == [FormFault.TOO_LARGE]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_small_sheet_is_read():
    """The same makers make a sheet that can be read."""
    rows = f"<table:table-row>{_cell(2)}</table:table-row>"
    assert rows_of("w.ods", open_document(rows)) == [(1, ["x", "x"])]
    assert rows_of("w.xlsx", office_open("<row r='1'><c r='A1'><v>1</v></c></row>")) == [(1, ["1.0"])]
