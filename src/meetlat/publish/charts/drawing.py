# SPDX-License-Identifier: EUPL-1.2
"""What all charts share: the templates, the texts, and how a name from outside is cut so that it fits."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment

from meetlat.publish.meting.document import Chart
from meetlat.publish.meting.wording import bounded
from meetlat.publish.pages import templates

WIDTH = 360  # units of the drawing: a phone shows it at full size
LONGEST_LABEL = 44
LONGEST_READING = 12  # items that a sentence names


def draw(name: str, language: str, reading: str, /, **shown: object) -> Chart:
    """Fill in a template; ``id`` among ``shown`` keeps the names within two charts on one page apart."""
    svg = _environment(language).get_template(f"charts/{name}.svg.j2").render(shown, reading=reading, width=WIDTH, c=chart_texts(language))
    return Chart("".join(line.strip() for line in svg.splitlines()), reading)


def label(name: str) -> str:
    """Cut a name to what fits above a line of a chart."""
    return bounded(name, LONGEST_LABEL)


@cache
def chart_texts(language: str) -> Mapping[str, Any]:
    """Read the words of the charts."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"charts.{language}.toml").read_text(encoding="utf-8"))


@cache
def _environment(language: str) -> Environment:
    """The environment of the charts in one language."""
    return templates(language)
