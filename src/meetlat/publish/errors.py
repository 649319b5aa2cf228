# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with the place that a publication is written to."""

from pathlib import Path


class ReportError(Exception):
    """The report cannot be written; the message says why and what to do."""

    def __init__(self, out: Path, detail: str = "") -> None:
        self.out = out
        self.detail = detail
        why = f"could not be written ({detail})" if detail else "is not empty, and holds no earlier report"
        super().__init__(f"{out} {why}; choose another folder for the report.")
