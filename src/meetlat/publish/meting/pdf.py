# SPDX-License-Identifier: EUPL-1.2
"""A page of ours as a PDF for everyone: tagged, in a known language, and marked as PDF/A-3a and PDF/UA-1.

The one module that needs WeasyPrint, and with it the libraries Pango and HarfBuzz of the system: import it only when a PDF is asked for.
Nothing is fetched: what a page holds is all there is.
"""

from io import BytesIO
from warnings import catch_warnings, simplefilter

import pikepdf
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

# ISO 14289-1, 5: how a file says that it is PDF/UA-1. PDF/A knows only the schemas of its own time, so this one is described
# (ISO 19005-3, 6.6.2.3).
_UA = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
_END = b"</rdf:RDF>"
_OURS = "data:image/svg+xml;base64,"


class _NothingFromElsewhere(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Gives the pictures that stand in the page itself, and refuses everything else."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Give a picture of our own, or raise."""
        if not url.startswith(_OURS):
            raise ValueError(f"a report holds all it shows; refused: {url[:80]!r}")
        return super().fetch(url, headers)


def as_pdf(html: str, identifier: str) -> bytes:
    """Turn a page into a PDF; the same page and identifier give the same bytes."""
    with catch_warnings():
        simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves the file with its colour profile open
        made = HTML(string=html, url_fetcher=_NothingFromElsewhere()).write_pdf(
            pdf_variant="pdf/a-3a", pdf_identifier=identifier.encode(), pdf_tags=True
        )
    with pikepdf.open(BytesIO(made)) as document:
        metadata = document.Root.Metadata
        known = metadata.read_bytes()
        if _END not in known:
            raise ValueError("the PDF has no metadata to add to")
        metadata.write(known.replace(_END, _UA + _END, 1))
        _scope_headings(document)
        preferences = document.Root.get("/ViewerPreferences", pikepdf.Dictionary())
        preferences.DisplayDocTitle = True
        document.Root.ViewerPreferences = preferences
        held = BytesIO()
        document.save(held, deterministic_id=True)
    return held.getvalue()


def _scope_headings(document: pikepdf.Pdf) -> None:
    """Say of every heading of a table what it is the heading of (ISO 14289-1, 7.5): those in the head of a column, others of a row."""
    for found in document.objects:
        if not isinstance(found, pikepdf.Dictionary) or found.get("/Type") != "/StructElem" or found.get("/S") != "/TH":
            continue
        is_column = found.P.P.S == "/THead"
        found.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Column if is_column else pikepdf.Name.Row)


def page_count(pdf: bytes) -> int:
    """Count the pages."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)
