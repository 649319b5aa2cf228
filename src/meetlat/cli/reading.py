# SPDX-License-Identifier: EUPL-1.2
"""The words of the commands that read measurements and standards, and of what can be wrong with what they read."""

import tomllib
from functools import cache
from importlib.resources import files

from meetlat.cli.words import language
from meetlat.publish.report import ReportError
from meetlat.store.errors import MeasurementError


def told(key: str, **arguments: object) -> str:
    """Return the text with this key ("report.help") in the language of the terminal, filled in."""
    section, _, name = key.partition(".")
    text = texts(language())[section][name]
    return text.format(**arguments) if arguments else text


def fault_sentence(error: MeasurementError | ReportError) -> str:
    """Say in the language of the terminal what is wrong with a measurement folder, or with the folder for a report."""
    if isinstance(error, ReportError):
        return told("report.unwritable" if error.detail else "report.in_use", out=error.out, detail=error.detail)
    return told(f"measurement.{error.fault.name.lower()}", path=error.path, detail=error.detail)


@cache
def texts(of_language: str) -> dict[str, dict[str, str]]:
    """Read the texts of one language."""
    return tomllib.loads((files("meetlat.cli") / "texts" / f"reading.{of_language}.toml").read_text(encoding="utf-8"))
