# SPDX-License-Identifier: EUPL-1.2
"""The words of the commands that read measurements and standards, and of what can be wrong with what they read."""

from meetlat.cli.words import Book
from meetlat.publish.errors import ReportError
from meetlat.store.errors import MeasurementError

told = Book("reading")


def fault_sentence(error: MeasurementError | ReportError) -> str:
    """Say in the language of the terminal what is wrong with a measurement folder, or with the folder for a report."""
    if isinstance(error, ReportError):
        return told("report.unwritable" if error.detail else "report.in_use", out=error.out, detail=error.detail)
    return told(f"measurement.{error.fault.name.lower()}", path=error.path, detail=error.detail)
