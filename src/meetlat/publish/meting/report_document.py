# SPDX-License-Identifier: EUPL-1.2
"""The report as a whole: its title, the guide for the reader, and its chapters in order."""

from meetlat.model.target import Role
from meetlat.publish.meting.agreements import agreements_chapter
from meetlat.publish.meting.causes import causes_chapter
from meetlat.publish.meting.document import Chapter, Document, Files, Paragraph
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.groups import groups_chapter, ministries_chapter
from meetlat.publish.meting.method import method_chapter
from meetlat.publish.meting.roles import pair_chapter, role_chapter
from meetlat.publish.meting.summary import summary_chapter
from meetlat.publish.meting.trend import trend_chapter
from meetlat.publish.meting.wording import Wording
from meetlat.publish.words import period


def report_document(figures: Figures, words: Wording, files: Files) -> Document:
    """Write the report but for its annex."""
    guide = tuple(Paragraph(text) for text in words.lines("guide.text"))
    chapters = (
        Chapter("guide", 0, words.say("words.guide"), guide),
        summary_chapter(figures, words, 1),
        role_chapter(figures, words, 2, Role.WEB),
        role_chapter(figures, words, 3, Role.MAIL),
        pair_chapter(figures, words, 4, "ipv6"),
        pair_chapter(figures, words, 5, "rpki"),
        groups_chapter(figures, words, 6),
        ministries_chapter(figures, words, 7),
        causes_chapter(figures, words, 8),
        trend_chapter(figures, words, 9),
        agreements_chapter(figures, words, 10),
        method_chapter(figures, words, 11, files),
    )
    return Document(title(figures, words), when(figures, words), chapters)


def title(figures: Figures, words: Wording) -> str:
    """Return the title, with the month of the measurement in plain text."""
    month = words.shared["dates"]["months"][figures.day.month - 1]
    return words.say("words.title", period=words.say("words.period_month", month=month, year=str(figures.day.year)))


def when(figures: Figures, words: Wording) -> str:
    """Say on which days was measured."""
    return period(figures.manifest.run.started.date(), figures.manifest.finished.date(), words.language)
