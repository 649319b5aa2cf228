# SPDX-License-Identifier: EUPL-1.2
"""The PDF of the report and of the letter: for everyone to read, and the same each time."""

import re

import pikepdf
import pytest

from meetlat.publish.meting import pdf, pdf_library
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.pdf_library import PdfError
from meetlat.publish.report import LANGUAGES, Wishes, write_report
from meetlat.standards.loading import measurable, standards
from tests.unit.made_up import large_measurement
from tests.unit.publish.meting.measured import AGREED, GOOD, measured

_ALL = Wishes(("html", "pdf", "ods", "csv"), Given(agreements={AGREED.id: AGREED}), domain_pages=False)

_LEAST_SHOWN = 8  # pieces of text; the footer alone has two


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A made-up government of twelve domains on all standards that can be measured."""
    made = tmp_path_factory.mktemp("pdf") / "m"
    large_measurement(made, measurable(), 12)
    return made


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request, folder, tmp_path_factory):
    """The report in one language, with everything."""
    return request.param, write_report(folder, tmp_path_factory.mktemp(request.param) / "r", request.param, standards(), _ALL)


@pytest.fixture(params=["pdf", "letter_pdf"])
def opened(request, written):
    """One of the two PDFs."""
    language, paths = written
    with pikepdf.open(getattr(paths, request.param)) as document:
        yield language, document


def test_it_is_tagged_and_says_its_language_and_title(opened):
    """ISO 14289-1, 7.1 and 7.2: the structure is there, in a known language, and the title is shown and not the file name."""
    language, document = opened
    assert document.Root.MarkInfo.Marked
    assert document.Root.StructTreeRoot.K is not None
    assert str(document.Root.Lang) == language
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert len(str(document.docinfo["/Title"])) > 20


def test_it_says_that_it_is_pdf_ua_and_pdf_a(opened):
    """In its metadata, with the schema that PDF/A asks for."""
    _, document = opened
    held = document.Root.Metadata.read_bytes().decode()
    assert re.search(r'pdfuaid:part(="1"|>1<)', held)
    assert re.search(r'pdfaid:part(="3"|>3<)', held)
    assert re.search(r'pdfaid:conformance(="A"|>A<)', held)
    assert "http://www.aiim.org/pdfua/ns/id/" in held
    with document.open_metadata() as metadata:
        assert metadata["dc:title"]


def test_all_fonts_are_embedded(opened):
    """Also those within composite fonts; and there are some."""
    _, document = opened
    fonts = [
        font for one in document.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font" for font in _single(one)
    ]
    assert fonts
    for font in fonts:
        described = font.FontDescriptor
        assert any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")), font.BaseFont


def _single(font):
    """Yield the fonts that hold glyphs."""
    if font.get("/Subtype") == "/Type0":
        yield from font.DescendantFonts
    elif "/FontDescriptor" in font:
        yield font


def test_tables_have_heads_and_every_picture_has_words(opened):
    """TH with a scope, and Figure with an alternative text."""
    _, document = opened
    kinds = {}
    for one in document.objects:
        if isinstance(one, pikepdf.Dictionary) and "/S" in one and "/P" in one:
            kinds.setdefault(str(one.S), []).append(one)
    assert {"/Table", "/TR", "/TH", "/TD", "/H1", "/H2"} <= set(kinds)
    assert len(kinds["/H1"]) == 1
    assert all("/Alt" in figure for figure in kinds.get("/Figure", []))
    assert {str(head.A.Scope) for head in kinds["/TH"]} == {"/Column", "/Row"}


def test_no_page_is_left_empty_for_a_table(written):
    """The annex begins beneath its title, also when its rows are tall: a page with a number and a caption tells nothing."""
    _, paths = written
    with pikepdf.open(paths.pdf) as document:
        shown = [sum(str(one.operator) in {"Tj", "TJ"} for one in pikepdf.parse_content_stream(page)) for page in document.pages]
    assert [number for number, count in enumerate(shown, start=1) if count < _LEAST_SHOWN] == []


def test_the_letter_is_one_page(written):
    """Whatever the language."""
    _, paths = written
    assert pdf.page_count(paths.letter_pdf.read_bytes()) == 1


def test_the_same_measurement_gives_the_same_bytes(folder, written, tmp_path):
    """Every file of the report, also PDF and workbook: nothing of the moment of writing gets in."""
    language, paths = written
    again = write_report(folder, tmp_path / "r", language, standards(), _ALL)
    first, second = (
        {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()}
        for one in (paths.index.parent, again.index.parent)
    )
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert {"index.html", "brief.html", "brief.pdf", "meting.pdf", "meting.ods"} <= {str(name) for name in first}


def test_dates_in_the_pdf_are_those_of_the_measurement(opened):
    """Not of the day on which it was written."""
    _, document = opened
    assert str(document.docinfo["/CreationDate"]).startswith("D:20260602")


def test_nothing_is_fetched_from_elsewhere():
    """What a page names outside itself is refused, and the page is made without it."""
    fetcher = pdf._NothingFromElsewhere()  # noqa: SLF001 - the guard itself is what is tested
    for url in ("https://evil.example/x.png", "file:///etc/passwd", "data:text/html,<b>"):
        with pytest.raises(ValueError, match="refused"):
            fetcher.fetch(url)


def test_without_the_libraries_all_but_the_pdf_is_made(tmp_path, monkeypatch):
    """The reason is told after the rest is written, and the page does not promise a PDF."""

    def missing(_: str) -> object:
        raise OSError("cannot load library 'libpango-1.0-0'\nand more")

    monkeypatch.setattr(pdf_library, "import_module", missing)
    with pytest.raises(PdfError, match="libpango"):
        write_report(measured(tmp_path / "m", {"Gemeenten": (GOOD,)}), tmp_path / "r", "nl", standards(), _ALL)
    made = {path.name for path in (tmp_path / "r").iterdir()}
    assert {"index.html", "brief.html", "meting.ods", "tabellen"} <= made
    assert not {"meting.pdf", "brief.pdf"} & made
    assert "meting.pdf" not in (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
