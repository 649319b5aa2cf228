# SPDX-License-Identifier: EUPL-1.2
"""The report as a whole: its title, the guide for the reader, and its chapters in order."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from meetlat.model.target import Role
from meetlat.publish.meting.agreements import agreements_chapter
from meetlat.publish.meting.causes import causes_chapter
from meetlat.publish.meting.document import Block, Bullets, Chapter, Document, Files, Paragraph
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.groups import groups_chapter, ministries_chapter
from meetlat.publish.meting.method import method_chapter
from meetlat.publish.meting.replies import replies_chapter
from meetlat.publish.meting.roles import pair_chapter, role_chapter
from meetlat.publish.meting.summary import summary_chapter
from meetlat.publish.meting.trend import trend_chapter
from meetlat.publish.meting.wording import Wording
from meetlat.publish.words import period


def report_document(figures: Figures, words: Wording, files: Files) -> Document:
    """Write the report but for its annex: what matters first, then the guide, then the grounds. A chapter without figures is left out."""
    makers = _makers(figures, words, files)
    made = [make(number) for number, make in enumerate(makers.values(), start=1)]
    guide = Chapter("guide", 0, words.say("words.guide"), tuple(_guide(made, figures, words)))
    return Document(title(figures, words), when(figures, words), (made[0], guide, *made[1:]))


def _makers(figures: Figures, words: Wording, files: Files) -> Mapping[str, Callable[[int], Chapter]]:
    """Return what makes each chapter that has something to tell, in order."""
    told = _told(figures)
    every: dict[str, Callable[[int], Chapter]] = {
        "summary": lambda number: summary_chapter(figures, words, number),
        "web": lambda number: role_chapter(figures, words, number, Role.WEB),
        "mail": lambda number: role_chapter(figures, words, number, Role.MAIL),
        "ipv6": lambda number: pair_chapter(figures, words, number, "ipv6"),
        "rpki": lambda number: pair_chapter(figures, words, number, "rpki"),
        "groups": lambda number: groups_chapter(figures, words, number),
        "ministries": lambda number: ministries_chapter(figures, words, number),
        "causes": lambda number: causes_chapter(figures, words, number),
        "trend": lambda number: trend_chapter(figures, words, number),
        "agreements": lambda number: agreements_chapter(figures, words, number),
        "replies": lambda number: replies_chapter(figures, words, number),
        "method": lambda number: method_chapter(figures, words, number, files),
    }
    return {key: make for key, make in every.items() if told.get(key, True)}


def _told(figures: Figures) -> Mapping[str, bool]:
    """Say of the chapters that can be empty whether they are not."""
    return {
        "web": figures.role(Role.WEB) is not None,
        "mail": figures.role(Role.MAIL) is not None,
        "ipv6": "ipv6" in figures.manifest.run.norms,
        "rpki": "rpki" in figures.manifest.run.norms,
        "ministries": bool(figures.ministries),
        "trend": figures.given.trend is not None,
        "agreements": bool(figures.agreements),
        "replies": figures.given.corrections is not None,
    }


def _guide(chapters: Sequence[Chapter], figures: Figures, words: Wording) -> Iterator[Block]:
    """Say what is where, what is not there and why, and how to read a percentage."""
    yield Paragraph(words.say("guide.what"))
    items = (words.say("guide.item", number=str(one.number), about=words.say(f"guide.about.{one.id}")) for one in chapters)
    yield Bullets((*items, words.say("guide.annex")))
    yield Paragraph(words.say("guide.percentages"))
    left_out = [words.say(f"guide.left_out.{key}") for key, is_told in _told(figures).items() if not is_told and key != "replies"]
    if left_out:
        yield Paragraph(words.say("guide.not_here"))
        yield Bullets(tuple(left_out))


def title(figures: Figures, words: Wording) -> str:
    """Return the title, with the month of the measurement in plain text."""
    month = words.shared["dates"]["months"][figures.day.month - 1]
    return words.say("words.title", period=words.say("words.period_month", month=month, year=str(figures.day.year)))


def when(figures: Figures, words: Wording) -> str:
    """Say on which days was measured."""
    return period(figures.manifest.run.started.date(), figures.manifest.finished.date(), words.language)
