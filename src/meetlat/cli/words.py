# SPDX-License-Identifier: EUPL-1.2
"""The words of the command line, in the language of MEETLAT_LANG (nl, the default, or en)."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("nl", "en")


def language() -> str:
    """Return the language of the person at the terminal."""
    asked = os.environ.get("MEETLAT_LANG", "nl").lower()[:2]
    return asked if asked in LANGUAGES else "nl"


@dataclass(frozen=True, slots=True)
class Book:
    """One file of texts. Called with a key it gives the text in the language of the terminal."""

    name: str

    def __call__(self, key: str, /, **arguments: object) -> str:
        """Return the text with this key ("measure.help"), filled in."""
        section, _, name = key.partition(".")
        text: str = self.texts(language())[section][name]
        return text.format(**arguments) if arguments else text

    def texts(self, of_language: str) -> Mapping[str, Any]:
        """Return every text in one language, by section."""
        return _texts(self.name, of_language)


@cache
def _texts(name: str, of_language: str) -> Mapping[str, Any]:
    """Read one file of texts."""
    return tomllib.loads((files("meetlat.cli") / "texts" / f"{name}.{of_language}.toml").read_text(encoding="utf-8"))


say = Book("cli")
