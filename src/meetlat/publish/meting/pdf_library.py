# SPDX-License-Identifier: EUPL-1.2
"""Whether a PDF can be made here: it needs libraries of the system that everything else does without."""

from importlib import import_module
from typing import Protocol, cast


class PdfError(Exception):
    """No PDF can be made, for a library is missing; ``detail`` names it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"no PDF can be made here ({detail})")


class PdfMaker(Protocol):
    """What makes a PDF: the module ``pdf``, once it could be imported."""

    def as_pdf(self, html: str, identifier: str) -> bytes:
        """Turn a page into a PDF; the same page and identifier give the same bytes."""

    def page_count(self, pdf: bytes) -> int:
        """Count the pages."""


def pdf_maker() -> PdfMaker:
    """Return what makes a PDF. Raises PdfError."""
    try:
        return cast("PdfMaker", import_module("meetlat.publish.meting.pdf"))
    except (ImportError, OSError) as error:  # a missing Pango is an OSError
        raise PdfError(" ".join(str(error).split())[:160]) from error
