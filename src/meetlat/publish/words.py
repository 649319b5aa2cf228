# SPDX-License-Identifier: EUPL-1.2
"""Texts, numbers, dates and hostile text as the reader of a report sees them."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import mistune
from markupsafe import Markup, escape

Texts = Mapping[str, Any]

_SENTENCE_LENGTH = 1_000
_DUTCH = str.maketrans(",.", ".,")
# Control characters but for the line feed, soft hyphen, joiners and direction marks, separators, surrogates, tags.
_INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


@cache
def texts(language: str) -> Texts:
    """Read the words of the report in a language ("nl" or "en")."""
    return tomllib.loads((files("meetlat.publish") / "texts" / f"report.{language}.toml").read_text(encoding="utf-8"))


def number(value: float, language: str) -> str:
    """Write a number with separators as the language has them: 1.234,5 or 1,234.5."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.translate(_DUTCH) if language == "nl" else text


def percent(part: int, whole: int, language: str) -> str:
    """Write a percentage with one decimal; never 100 % or 0 % by rounding alone. A dash when there is no whole."""
    if not whole:
        return "\N{EN DASH}"
    value = round(100 * part / whole, 1)
    if part < whole:
        value = min(value, 99.9)
    if part:
        value = max(value, 0.1)
    return f"{number(value, language)}%"


def day(moment: date, language: str) -> str:
    """Write a date in full."""
    dates = texts(language)["dates"]
    written: str = dates["day"].format(day=moment.day, month=dates["months"][moment.month - 1], year=moment.year)
    return written


def period(first: date, last: date, language: str) -> str:
    """Say on which days was measured."""
    dates = texts(language)["dates"]
    form = dates["one_day"] if first == last else dates["range"]
    written: str = form.format(first=day(first, language), last=day(last, language))
    return written


def visible(text: str) -> str:
    """Show what would otherwise be invisible or turn text around (control and direction characters) as an escape."""
    if text.isascii() and text.isprintable():  # nearly every text, and quicker told
        return text
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@lru_cache(4_096)  # titles and many sentences are the same on every page
def spoken(sentence: str) -> Markup:
    """Turn a sentence from the guidance into HTML. It holds hostile text, so only `code` is understood, and it is bounded."""
    if len(sentence) > _SENTENCE_LENGTH:
        sentence = sentence[:_SENTENCE_LENGTH] + "…"
    pieces = [escape(visible(piece)) for piece in sentence.split("`")]
    if len(pieces) % 2 == 0:  # a backtick without its pair is only a backtick
        last = pieces.pop()
        pieces[-1] = pieces[-1] + "`" + last
    return Markup("").join(Markup("<code>{}</code>").format(piece) if index % 2 else piece for index, piece in enumerate(pieces))


@cache
def explained(markdown: str) -> Markup:
    """Turn why and how from the guidance (our own words, Markdown) into HTML; HTML in it is shown, not obeyed."""
    html = mistune.create_markdown(escape=True)(markdown)
    return Markup(str(html))  # noqa: S704 - mistune escapes, and the text is ours
