# SPDX-License-Identifier: EUPL-1.2
"""The report as web pages and as the one long page that becomes the PDF."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from meetlat.model.norm import Verdict
from meetlat.publish.meting.annex import AnnexTable
from meetlat.publish.meting.document import Cell, Document, Line, Table
from meetlat.publish.meting.wording import Wording
from meetlat.publish.pages import SYMBOLS, templates
from meetlat.publish.words import spoken, texts
from meetlat.store.manifest import Manifest
from meetlat.store.run import INTERNET

INDEX = "index.html"
LONGEST_PAGE = 1_000  # domains that the annex holds before it gets pages of its own
_OF_NO_KIND, _OF_KIND = Markup("<td>{}</td>"), Markup('<td class="{1}">{0}</td>')


@dataclass(frozen=True, slots=True)
class AnnexPage:
    """A page of the annex: where it stands and which domains of which group it holds."""

    name: str
    group: str
    first: int
    last: int


@dataclass(slots=True)
class Annex:
    """The annex as the front page has it: the tables themselves, or links to pages with them."""

    tables: list[AnnexTable] = field(default_factory=list)
    pages: list[AnnexPage] = field(default_factory=list)


def environment(words: Wording) -> Environment:
    """Make the environment of the templates of the report."""
    made = templates(words.language)
    made.filters |= {"kind": _kind, "as_address": _address, "as_picture": _picture, "kinds": _kinds, "after_first": _after_first}
    made.filters |= {"plain_cell": _plain_cell}
    made.globals |= {"t_meting": words.tree(""), "internet": INTERNET, "index": INDEX, "cells": _cells(words.language)}
    return made


def hold_annex(found: Iterable[AnnexTable]) -> Annex:
    """Hold a short annex for the front page."""
    return Annex(tables=list(found))


def write_annex(out: Path, found: Iterable[AnnexTable], document: Document, words: Wording, manifest: Manifest) -> Annex:
    """Write a long annex as pages, a table at a time."""
    annex = Annex()
    template = environment(words).get_template("meting/annex.html.j2")
    for number, part in enumerate(found, start=1):
        name = f"{words.say('annex.file')}-{number:03d}.html"
        text = template.render(part=part, manifest=manifest, document=document)
        (out / name).write_text(text, encoding="utf-8", newline="\n")
        annex.pages.append(AnnexPage(name, part.group, part.first, part.last))
    return annex


def front_page(document: Document, annex: Annex, remark: str, words: Wording, manifest: Manifest) -> str:
    """Write the report as a web page."""
    template = environment(words).get_template("meting/report.html.j2")
    return template.render(document=document, annex=annex, remark=remark, manifest=manifest)


def paper(document: Document, tables: Sequence[Table] | Iterator[Table], intro: str, words: Wording, manifest: Manifest) -> str:
    """Write the report as the page that becomes the PDF."""
    template = environment(words).get_template("meting/paper.html.j2")
    made = f"{manifest.sealed:%Y-%m-%dT%H:%M:%SZ}"
    return template.render(document=document, tables=tables, intro=intro, manifest=manifest, made=made, paper_style=style("paper"))


def style(name: str) -> Markup:
    """Read a style sheet of ours."""
    return Markup((files("meetlat.publish") / "templates" / "meting" / f"{name}.css").read_text(encoding="utf-8"))  # noqa: S704 - ours


def _kind(block: object) -> str:
    """Name the kind of a block."""
    return type(block).__name__


def _kinds(table: Table) -> tuple[str, ...]:
    """Say of what kind each column is, as the style sheet calls it; empty when of none."""
    return tuple("n" if column.is_number else "s" if column.is_short else "" for column in table.columns)


def _after_first(line: Line, kinds: Sequence[str]) -> list[tuple[Cell, str]]:
    """Pair the cells behind the first with the kinds of their columns."""
    if len(line.cells) > len(kinds):
        raise ValueError(f"a line of {len(line.cells)} cells in a table of {len(kinds)} columns")
    return list(zip(line.cells[1:], kinds[1:], strict=False))


@lru_cache(8_192)  # most are numbers, and most numbers are small
def _plain_cell(text: str, kind: str) -> Markup:
    """Write a cell that holds nothing but a text."""
    return (_OF_KIND if kind else _OF_NO_KIND).format(spoken(text), kind)


def _address(svg: str) -> str:
    """Put a picture in an address, so that a page holds it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}"


def _picture(svg: str) -> Markup:
    """Put a picture in a page as it is."""
    return Markup(svg)  # noqa: S704 - made by our own charts, which escape what is filled in


def _cells(language: str) -> Mapping[Verdict | None, Markup]:
    """Write each verdict once as a narrow cell: the mark, and the word for who does not see it."""
    names = {verdict: verdict.value for verdict in Verdict} | {None: "none"}
    words = texts(language)["verdict"]
    form = Markup('<td class="{0}"><span class="v {0}" title="{2}"><b aria-hidden="true">{1}</b><span class="sr">{2}</span></span></td>')
    return {verdict: form.format(name, SYMBOLS[name], words[name]) for verdict, name in names.items()}
