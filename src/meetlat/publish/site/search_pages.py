# SPDX-License-Identifier: EUPL-1.2
"""Finding a page: an index from A to Z that needs no script, and a list for the script that searches in it."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from meetlat.publish.meting.document import Chapter, Heading, Links, Paragraph
from meetlat.publish.meting.wording import bounded
from meetlat.publish.site.places import SEARCH
from meetlat.publish.site.view import Page, View
from meetlat.publish.words import visible

MOST_ON_A_PAGE = 400
ENTRIES = "search/entries.js"
_DIGITS, _OTHER = "0-9", "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has a page: its name, the path of the page, what kind of thing it is, and what it belongs to."""

    name: str
    path: str
    kind: str
    whose: str = ""

    @property
    def sorted_by(self) -> tuple[str, str]:
        """What it is sorted by: letters without accents and capitals."""
        return plain(self.name), self.path

    @property
    def letter(self) -> str:
        """Under which letter it stands."""
        first = plain(self.name)[:1]
        if "a" <= first <= "z":
            return first
        return _DIGITS if first.isdigit() else _OTHER


def plain(text: str) -> str:
    """Write a text without accents and capitals, as the script does with what is searched for."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(letter))


def entries(view: View) -> list[Entry]:
    """List everything that has a page, sorted."""
    places = view.places
    found = [Entry(one.names[view.language], places.standard(one.id), "standard") for one in view.standards.values()]
    found += [Entry(visible(bounded(group)), path, "group") for group, path in places.groups.items()]
    found += [
        Entry(visible(bounded(whose[1])), path, "organisation", visible(bounded(whose[0]))) for whose, path in places.organisations.items()
    ]
    found += [Entry(visible(bounded(name)), path, "supplier") for name, path in places.suppliers.items()]
    found += [
        Entry(one.domain.shown, places.domain(one.domain), "domain", visible(bounded(one.organisation))) for one in view.gathered.domains
    ]
    return sorted(found, key=lambda entry: entry.sorted_by)


def search_pages(view: View, found: Sequence[Entry]) -> Iterator[Page]:
    """Make the index: one page when it is short, or else a page per letter, and several where a letter has many."""
    by_letter = {
        letter: list(some)
        for letter, some in groupby(sorted(found, key=lambda one: (one.letter, one.sorted_by)), key=lambda one: one.letter)
    }
    above = ((view.say("menu.search"), SEARCH),)
    if len(found) <= MOST_ON_A_PAGE:
        blocks = [
            block
            for letter, some in by_letter.items()
            for block in (Heading(letter_name(view, letter), f"letter-{letter}"), links(view, some))
        ]
        yield _front(view, (Chapter("index", 0, view.say("search.index"), tuple(blocks)),))
        return
    pages = {name: some for letter, of_letter in by_letter.items() for name, some in _pieces(letter, of_letter).items()}
    ways = tuple(
        (
            view.say("search.piece", letter=letter_name(view, some[0].letter), first=some[0].name, last=some[-1].name, count=len(some)),
            f"{name}.html",
            "",
        )
        for name, some in pages.items()
    )
    yield _front(
        view, (Chapter("index", 0, view.say("search.index"), (Paragraph(view.say("search.long", count=len(found))), Links(ways))),)
    )
    for name, some in pages.items():
        title = view.say("search.letter", letter=letter_name(view, some[0].letter))
        lead = view.say("search.from_to", first=some[0].name, last=some[-1].name)
        yield Page(f"search/{name}.html", title, lead, (Chapter("index", 0, title, (links(view, some),)),), "search", above)


def letter_name(view: View, letter: str) -> str:
    """Name a letter of the index."""
    return view.say("search.other") if letter == _OTHER else letter.upper()


def links(view: View, some: Sequence[Entry]) -> Links:
    """Lead to these pages; what a thing is stands behind its name."""
    kinds = {kind: view.say(f"search.kind.{kind}") for kind in ("domain", "organisation", "group", "standard", "supplier")}
    return Links(tuple((one.name, f"../{one.path}", ", ".join(filter(None, (kinds[one.kind], one.whose)))) for one in some))


def script(view: View, found: Sequence[Entry]) -> str:
    """Write the list for the script: name, path from the search page, kind, whose; and the words that it says."""
    rows = [[one.name, f"../{one.path}", one.kind, one.whose] for one in found]
    kinds = {kind: view.say(f"search.kind.{kind}") for kind in ("domain", "organisation", "group", "standard", "supplier")}
    words = {"kinds": kinds, "found": view.own.say("search.found"), "none": view.say("search.none"), "more": view.own.say("search.more")}
    return f"window.meetlatWords = {_json(words)};\nwindow.meetlatEntries = {_json(rows)};\n"


def _front(view: View, chapters: tuple[Chapter, ...]) -> Page:
    """Make the first page of the index; the script adds the box to search in."""
    return Page(SEARCH, view.say("search.title"), view.say("search.lead"), chapters, "search")


def _pieces(letter: str, some: Sequence[Entry]) -> Mapping[str, Sequence[Entry]]:
    """Cut the entries of a letter into pages."""
    starts = range(0, len(some), MOST_ON_A_PAGE)
    return {
        f"{letter}-{number}" if number > 1 else letter: some[start : start + MOST_ON_A_PAGE] for number, start in enumerate(starts, start=1)
    }


def _json(value: object) -> str:
    """Write JSON that is also JavaScript, in letters that every server sends alike, and in which no tag can begin."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
