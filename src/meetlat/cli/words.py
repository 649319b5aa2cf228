# SPDX-License-Identifier: EUPL-1.2
"""The words of the command line, in the language of MEETLAT_LANG (nl, the default, or en)."""

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("nl", "en")


def language() -> str:
    """Return the language of the person at the terminal."""
    asked = os.environ.get("MEETLAT_LANG", "nl").lower()[:2]
    return asked if asked in LANGUAGES else "nl"


def say(key: str, /, **arguments: object) -> str:
    """Return the text with this key ("measure.help") in the language of the terminal, filled in."""
    section, _, name = key.partition(".")
    text: str = _texts(language())[section][name]
    return text.format(**arguments) if arguments else text


@cache
def _texts(of_language: str) -> dict[str, Any]:
    """Read the texts of one language."""
    return tomllib.loads((files("meetlat.cli") / "texts" / f"cli.{of_language}.toml").read_text(encoding="utf-8"))
