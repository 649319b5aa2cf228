# SPDX-License-Identifier: EUPL-1.2
"""Templates: how a page becomes HTML. Everything that is filled in is escaped, and made visible when it is not."""

import hashlib
import re
from collections.abc import Mapping
from functools import partial
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from meetlat.model.domain import Domain
from meetlat.publish.words import day, explained, number, percent, spoken, texts, visible

SYMBOLS: Mapping[str, str] = {
    "compliant": "✓",
    "satisfied": "✓",
    "non_compliant": "✗",
    "violated": "✗",
    "undetermined": "?",
    "not_applicable": "\N{EN DASH}",
    "none": " ",
}

_SAFE_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,199}")


def templates(language: str) -> Environment:
    """Make the environment that fills in the templates in a language."""
    environment = Environment(
        loader=PackageLoader("meetlat.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "fill": lambda text, **values: text.format(**values),
        "fill_html": lambda text, **values: escape(text).format(**values),
        "number": partial(number, language=language),
        "day": partial(day, language=language),
        "spoken": spoken,
        "explained": explained,
    }
    environment.globals |= {
        "t": texts(language),
        "language": language,
        "symbols": SYMBOLS,
        "percent": partial(percent, language=language),
        "style": Markup((files("meetlat.publish") / "templates" / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
    }
    return environment


def page_name(domain: Domain) -> str:
    """Return a file name for a domain's page that is safe on any file system, also for a name that is no domain name at all."""
    if _SAFE_NAME.fullmatch(domain.name):
        return f"{domain.name}.html"
    return f"_{hashlib.sha256(domain.name.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}.html"


def _shown(value: object) -> object:
    """Make text from outside visible before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
