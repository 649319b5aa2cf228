# SPDX-License-Identifier: EUPL-1.2
"""The reply form: its columns and words in Dutch and English, and how an empty one is written."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from meetlat.replies.reply import Kind

FORM = "wederhoor.csv"

# The columns of the form in their order: Dutch, English. The first one in each language is written; what else is known is read too.
HEADERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "measurement": ("meting", "measurement"),
        "organisation": ("organisatie", "organisation"),
        "domain": ("domein", "domain"),
        "roles": ("rol", "role"),
        "standard": ("standaard", "standard"),
        "norm": ("norm", "norm version"),
        "failing": ("niet in orde", "not in order"),
        "part": ("onderdeel", "part"),
        "kind": ("soort reactie", "kind of reply"),
        "text": ("toelichting", "explanation"),
        "evidence": ("bewijs", "evidence"),
        "whose": ("van wie wel", "whose then"),
        "due": ("datum", "date"),
    }
)
# Without these columns there is nothing to read.
REQUIRED = ("organisation", "domain", "standard", "kind", "text", "due")
# What a person fills in; a row in which none of it is, is no reply.
FILLED_IN = ("part", "kind", "text", "evidence", "whose", "due")

KINDS: Mapping[Kind, tuple[str, str]] = MappingProxyType(
    {
        Kind.NOT_OURS: ("niet van ons", "not ours"),
        Kind.DISPUTE: ("betwist", "dispute"),
        Kind.PLANNED: ("gepland", "planned"),
        Kind.LEG_UIT: ("leg uit", "explain"),
        Kind.COMMENT: ("opmerking", "comment"),
    }
)

_LANGUAGES = ("nl", "en")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of an empty form: a standard that a domain does not keep."""

    measurement: str
    organisation: str
    domain: str
    roles: str
    standard: str
    norm: str
    failing: str


def header(column: str, language: str) -> str:
    """Return the name of a column in a language."""
    return HEADERS[column][_LANGUAGES.index(language)]


def kind_word(kind: Kind, language: str) -> str:
    """Return the word for a kind in a language."""
    return KINDS[kind][_LANGUAGES.index(language)]


def column_of(text: str) -> str | None:
    """Return which column has this header, in any language and case, or None."""
    return _known(text, HEADERS)


def kind_of(text: str) -> Kind | None:
    """Return which kind is meant by a word, or None."""
    return _known(text, {kind: (*words, kind.value.replace("_", " ")) for kind, words in KINDS.items()})


def write_form(path: Path, lines: Iterable[FormLine], language: str) -> None:
    """Write an empty form. With semicolons and a byte order mark, for so a spreadsheet program set to Dutch opens it as a table."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(header(column, language) for column in HEADERS)
        for line in lines:
            writer.writerow(guarded(getattr(line, column, "")) for column in HEADERS)


def guarded(text: str) -> str:
    """Keep a spreadsheet from reading text as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    """Take away what ``guarded`` put before text."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


_Key = TypeVar("_Key")


def _known(text: str, words: Mapping[_Key, tuple[str, ...]]) -> _Key | None:
    """Find the key that has this word."""
    plain = " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
    return next((key for key, known in words.items() if plain in known), None)
