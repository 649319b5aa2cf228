# SPDX-License-Identifier: EUPL-1.2
"""The words of the command trace."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from meetlat.cli.words import language


def tell(key: str, **arguments: object) -> str:
    """Return the text with this key ("trace.help") in the language of the terminal, filled in."""
    section, _, name = key.partition(".")
    text = texts(language())[section][name]
    return text.format(**arguments) if arguments else text


@cache
def texts(of_language: str) -> Mapping[str, Mapping[str, str]]:
    """Read the texts of one language."""
    return tomllib.loads((files("meetlat.cli") / "texts" / f"trace.{of_language}.toml").read_text(encoding="utf-8"))
