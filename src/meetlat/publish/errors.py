# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with the place that a publication is written to."""

from pathlib import Path
from typing import ClassVar


class PlaceError(Exception):
    """A publication cannot be written to a folder; the message says why and what to do."""

    what: ClassVar[str]

    def __init__(self, out: Path, detail: str = "") -> None:
        self.out = out
        self.detail = detail
        why = f"could not be written ({detail})" if detail else f"is not empty, and holds no earlier {self.what}"
        super().__init__(f"{out} {why}; choose another folder for the {self.what}.")


class ReportError(PlaceError):
    """The report cannot be written."""

    what = "report"


class SiteError(PlaceError):
    """The site cannot be written."""

    what = "site"
