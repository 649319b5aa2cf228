# SPDX-License-Identifier: EUPL-1.2
"""The tables as one workbook (OpenDocument): a sheet per table, numbers as numbers, and no formula, whatever the data hold."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import odfdo

from meetlat.publish.meting.data_tables import FRACTIONS, DataTable, Row, Value
from meetlat.publish.meting.wording import Wording
from meetlat.publish.words import visible

MOST_ROWS = 20_000  # in one sheet; CSV has them all
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can hold
_PERCENT, _HEAD, _WIDE, _COLUMN, _ABOUT = "mlPercent", "mlHead", "mlWide", "mlColumn", "mlAbout"
_LONGEST_TEXT = 4_000
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 cannot hold
_LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
_CELL, _TRACK = "table-cell", "table-column"


def _style(name: str, family: str, inside: str, more: str = "") -> str:
    """Write a style."""
    parent = ' style:parent-style-name="Default"' if family == _CELL else ""
    return f'<style:style style:name="{name}" style:family="{family}"{parent}{more}>{inside}</style:style>'


def _width(centimetres: int) -> str:
    """Write how wide a column is."""
    return f'<style:table-column-properties style:column-width="{centimetres}cm"/>'


_ONE_DECIMAL = '<number:number number:decimal-places="1" number:min-decimal-places="1" number:min-integer-digits="1"/>'
_WRAPPED = '<style:table-cell-properties fo:wrap-option="wrap"/>'
_BLUE = '<style:table-cell-properties fo:background-color="#154273" fo:wrap-option="wrap"/>'
_BOLD = '<style:text-properties fo:font-weight="bold" fo:color="#ffffff"/>'
_STYLES = (
    f'<number:percentage-style style:name="mlN">{_ONE_DECIMAL}<number:text>%</number:text></number:percentage-style>',
    _style(_PERCENT, _CELL, "", ' style:data-style-name="mlN"'),
    _style(_HEAD, _CELL, _BLUE + _BOLD),
    _style(_ABOUT, _CELL, _WRAPPED),
    _style(_COLUMN, _TRACK, _width(3)),
    _style(_WIDE, _TRACK, _width(8)),
)
_WIDE_COLUMNS = frozenset({"organisation", "ministry", "title", "agreement_name", "source", "supplier", "domain", "broken", "trace"})
_EMPTY = re.compile(rb"<office:spreadsheet\s*(?:/>|>\s*</office:spreadsheet>)")
_UNUSED = re.compile(r"Configurations2/|Thumbnails/|manifest\.rdf")


def write_workbook(path: Path, tables: Sequence[DataTable], words: Wording, title: str, made: datetime) -> None:
    """Write the workbook; ``made`` is a moment of the measurement, so that the same measurement gives the same bytes."""
    document = odfdo.Document("spreadsheet")
    for part in document.get_parts():
        if _UNUSED.match(part):
            document.del_part(part)
            if part in document.manifest.get_paths():
                document.manifest.del_full_path(part)
    _describe(document, words, title, made)
    for style in _STYLES:
        document.insert_style(style, automatic=True)
    document.body.clear()
    held = BytesIO()
    document.save(held)
    sheets = _about(tables, words, title) + "".join(_sheet(table, words) for table in tables)
    path.write_bytes(_repacked(held.getvalue(), sheets))


def _describe(document: odfdo.Document, words: Wording, title: str, made: datetime) -> None:
    """Say what the workbook is, in which language, and of when."""
    meta = document.meta
    meta.title = words.say("ods.title", title=title)
    meta.language = _LANGUAGES[words.language]
    meta.creation_date = made.replace(tzinfo=None, microsecond=0)
    meta.date = made.replace(tzinfo=None, microsecond=0)
    meta.generator = "Meetlat"
    meta.editing_cycles = 1


def _about(tables: Sequence[DataTable], words: Wording, title: str) -> str:
    """Write the first sheet: what this is, which sheets there are, and what the columns mean."""
    rows: list[tuple[str, ...]] = [(title,), *((line,) for line in words.lines("ods.text")), ()]
    rows.append((words.say("ods.sheet"), words.say("ods.meaning")))
    rows += [(words.say(f"sheets.{table.id}"), words.say(f"tables.{table.id}")) for table in tables]
    rows.append(())
    for name in dict.fromkeys(name for table in tables for name in table.columns):
        rows.append(words.lines(f"columns.{name}"))
    heads = {0, 2 + len(words.lines("ods.text"))}
    cells = ("".join(_text(cell, _HEAD if at in heads else _ABOUT) for cell in row) for at, row in enumerate(rows))
    lines = "".join(f"<table:table-row>{row or '<table:table-cell/>'}</table:table-row>" for row in cells)
    columns = f'<table:table-column table:style-name="{_WIDE}"/>' * 2
    return f"<table:table table:name={quoteattr(words.say('ods.about'))}>{columns}{lines}</table:table>"


def _sheet(table: DataTable, words: Wording) -> str:
    """Write one table: a row of names, then the values."""
    columns = "".join(f'<table:table-column table:style-name="{_WIDE if name in _WIDE_COLUMNS else _COLUMN}"/>' for name in table.columns)
    head = "".join(_text(words.lines(f"columns.{name}")[0], _HEAD) for name in table.columns)
    lines = "".join(_lines(table, words))
    name = quoteattr(words.say(f"sheets.{table.id}"))
    header = f"<table:table-header-rows><table:table-row>{head}</table:table-row></table:table-header-rows>"
    return f"<table:table table:name={name}>{columns}{header}{lines}</table:table>"


def _lines(table: DataTable, words: Wording) -> Iterator[str]:
    """Yield the rows, not more than a spreadsheet is pleasant with."""
    rows = iter(table.rows())
    for row in islice(rows, MOST_ROWS):
        yield f"<table:table-row>{_cells(table, row)}</table:table-row>"
    if next(rows, None) is not None:
        yield f"<table:table-row>{_text(words.say('ods.cut', rows=MOST_ROWS))}</table:table-row>"


def _cells(table: DataTable, row: Row) -> str:
    """Write one row."""
    return "".join(_cell(value, name in FRACTIONS) for name, value in zip(table.columns, row, strict=True))


def _cell(value: Value, is_fraction: bool) -> str:  # noqa: FBT001 - a plain fact of its column
    """Write one value as what it is; text can never become a formula, for only an attribute of a cell is one."""
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, str):
        return _text(value)
    if is_fraction:
        shown = f"{100 * value:.1f}%"
        return (
            f'<table:table-cell table:style-name="{_PERCENT}" office:value-type="percentage" office:value="{value}">'
            f"<text:p>{shown}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'


def _text(text: str, style: str = "") -> str:
    """Write a cell of text, with what is invisible made visible."""
    shown = escape(_NO_XML.sub("", visible(text[:_LONGEST_TEXT])))
    attribute = f' table:style-name="{style}"' if style else ""
    return f'<table:table-cell{attribute} office:value-type="string"><text:p>{shown}</text:p></table:table-cell>'


def _filled(content: bytes, sheets: str) -> bytes:
    """Put the sheets where the body is empty."""
    filled, count = _EMPTY.subn(lambda _: f"<office:spreadsheet>{sheets}</office:spreadsheet>".encode(), content)
    if count != 1:
        raise ValueError("the workbook has no empty body to fill")
    return filled


def _repacked(data: bytes, sheets: str) -> bytes:
    """Pack again with the sheets in it, without the moment of packing; the type comes first, uncompressed (OpenDocument 1.3, part 2, 3.3).

    The sheets go in as text, for odfdo takes time that grows with the square of the rows to take them up.
    """
    held = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(held, "w") as target:
        names = sorted(source.namelist(), key=lambda name: (name != "mimetype", name))
        for name in names:
            entry = ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            part = source.read(name)
            target.writestr(entry, _filled(part, sheets) if name == "content.xml" else part)
    return held.getvalue()
