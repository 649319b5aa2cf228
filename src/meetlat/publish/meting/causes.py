# SPDX-License-Identifier: EUPL-1.2
"""Chapter 8: what fails most, and where mending gives most."""

from collections.abc import Iterator

from meetlat.publish.meting.document import Block, Bullets, Cell, Chapter, Column, Heading, Line, Paragraph, Table
from meetlat.publish.meting.figures import BestSuppliers, Figures, LeverFigures
from meetlat.publish.meting.wording import Wording, bounded, joined

_MOST_RULES = 15
_MOST_LEVERS = 15
_MOST_BEST = 6


def causes_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say which requirements are not kept most often, and which suppliers are shared by those that fall short."""
    return Chapter("causes", number, words.say("causes.title"), tuple(_blocks(figures, words)))


def _blocks(figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield the suppliers, for mending there works for many at once; then the rules."""
    yield Heading(words.say("causes.shared"))
    yield from _suppliers(figures, words)
    yield Heading(words.say("causes.caption"))
    if figures.overview.causes:
        yield Paragraph(f"{words.say('causes.intro')} {words.say('causes.intro_open')}")
        yield _rules(figures, words)
    else:
        yield Paragraph(words.say("causes.nothing"))


def _suppliers(figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield what mending at a few suppliers gives, then each of them."""
    levers = figures.given.levers
    if levers is None:
        yield Paragraph(words.say("causes.shared_missing"))
    elif not levers:
        yield Paragraph(words.say("causes.shared_none"))
    else:
        yield Paragraph(words.say("causes.shared_intro"))
        if figures.given.best:
            yield Bullets(tuple(best_sentence(one, words) for one in figures.given.best[:_MOST_BEST]))
            yield Paragraph(words.say("causes.best_meaning"), is_soft=True)
        yield _levers(levers[:_MOST_LEVERS], words)


def best_sentence(one: BestSuppliers, words: Wording) -> str:
    """Say what mending at a few suppliers gives: from what share to what share."""
    shares = {"now": words.told(one.now), "mended": words.told(one.mended)}
    key = "causes.best_one" if len(one.suppliers) == 1 else "causes.best"
    suppliers = joined(words, [bounded(name) for name in one.suppliers])
    return words.say(key, name=one.name, count=len(one.suppliers), suppliers=suppliers, **shares)


def _rules(figures: Figures, words: Wording) -> Table:
    """Make the table of requirements."""
    heads = (Column(words.say("causes.rule")), Column(words.say("words.standard")))
    numbers = tuple(Column(words.say(f"causes.{name}"), is_number=True) for name in ("domains", "of_judged"))
    lines = []
    for cause in figures.overview.causes[:_MOST_RULES]:
        more = ((words.say("causes.why"), cause.why), (words.say("causes.how"), cause.how))
        standard = Cell(cause.standard, words.say("causes.counts") if cause.counts else words.say("role.not_counted"))
        short = (Cell(words.number(cause.share.non_compliant)), words.short_cell(cause.share))
        lines.append(Line((Cell(cause.title, more=more), standard, *short)))
    return Table(words.say("causes.caption"), heads + numbers, tuple(lines))


def _levers(found: tuple[LeverFigures, ...], words: Wording) -> Table:
    """Make the table of shared suppliers."""
    heads = tuple(Column(words.say(key)) for key in ("causes.supplier", "causes.rule", "words.standard"))
    numbers = tuple(Column(words.say(f"causes.{name}"), is_number=True) for name in ("gain", "now", "mended"))
    lines = [
        Line(
            (
                Cell(bounded(one.supplier), one.kind),
                Cell(one.title),
                Cell(one.standard_name, one.role),
                Cell(words.number(one.domains)),
                words.share_cell(one.now),
                words.share_cell(one.mended),
            )
        )
        for one in found
    ]
    return Table(words.say("causes.shared_caption"), heads + numbers, tuple(lines))
