# SPDX-License-Identifier: EUPL-1.2
"""Chapter 9: what became of it over several measurements, for the whole list and for the same domains."""

from collections.abc import Iterator, Sequence

from meetlat.analysis.share import Share
from meetlat.publish.meting.document import Block, Cell, Chapter, Column, Heading, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.trend_view import Forecast, Growth, TrendLine, TrendView
from meetlat.publish.meting.wording import DASH, Wording

_MOST_MOMENTS = 6  # in one table; CSV has them all
_NARROW = 4  # columns of shares that a portrait page holds


def trend_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say how the shares changed, or that one measurement cannot tell."""
    view = figures.given.trend
    blocks = (Paragraph(words.say("trend.one")),) if view is None else tuple(_blocks(view, words))
    return Chapter("trend", number, words.say("trend.title"), blocks)


def _blocks(view: TrendView, words: Wording) -> Iterator[Block]:
    """Yield the answer on growth first, then the shares over time, then what is to be expected."""
    first, last = (words.day(view.moments[at].day) for at in (0, -1))
    yield Paragraph(words.say("trend.intro", count=len(view.moments), first=first, last=last))
    if view.other_rules:
        yield Paragraph(words.say("trend.rules", standards=", ".join(view.other_rules)), is_notice=True)
    yield Paragraph(words.say("trend.growth_intro"))
    yield _growth(view.growth, words)
    if len(view.moments) > _MOST_MOMENTS:
        yield Paragraph(words.say("trend.cut", shown=_MOST_MOMENTS), is_soft=True)
    yield _over_time(view, words, "panel_caption", [line.panel for line in view.lines])
    yield _over_time(view, words, "full_caption", [line.full for line in view.lines])
    if view.forecasts:
        yield Heading(words.say("trend.forecast"))
        yield Paragraph(words.say("trend.forecast_intro"))
        yield _forecasts(view.forecasts, words)


def _growth(found: Sequence[Growth], words: Wording) -> Table:
    """Make the table of changes with their intervals."""
    titles = [words.say(f"trend.{name}") for name in ("was", "is_now", "left_out", "change", "interval", "answer")]
    lines = [
        Line(
            (
                Cell(one.name, words.role(one.role)),
                words.of_cell(one.was, one.judged),
                words.of_cell(one.is_now, one.judged),
                Cell(words.number(one.left_out)),
                Cell(words.points(one.difference)),
                Cell(words.say("trend.between", low=words.points(one.low), high=words.points(one.high))),
                Cell(words.say(f"trend.answers.{one.answer}")),
            ),
            _style(one),
        )
        for one in found
    ]
    return Table(words.say("trend.growth_caption"), columns(words.say("trend.what"), titles), tuple(lines))


def _over_time(view: TrendView, words: Wording, caption: str, shares: Sequence[tuple[Share | None, ...]]) -> Table:
    """Make the table of shares per measurement, for the whole list or for the panel."""
    lines = [
        Line((Cell(line.name, words.role(line.role)), *(_cell(share, words) for share in of_line[-_MOST_MOMENTS:])), _style(line))
        for line, of_line in zip(view.lines, shares, strict=True)
    ]
    titles = [words.day(moment.day) for moment in view.moments[-_MOST_MOMENTS:]]
    heads = columns(words.say("trend.what"), titles)
    return Table(words.say(f"trend.{caption}"), heads, tuple(lines), is_wide=len(titles) > _NARROW)


def _cell(share: Share | None, words: Wording) -> Cell:
    """Write a share, or that there is none."""
    return Cell(DASH) if share is None else words.share_cell(share)


def _style(line: Growth | TrendLine | Forecast) -> Style:
    """Let everything together stand out."""
    return Style.TOTAL if line.key.startswith("iv-") else Style.PLAIN


def _forecasts(found: Sequence[Forecast], words: Wording) -> Table:
    """Make the table of what is to be expected."""
    numbers = tuple(Column(words.say(f"trend.forecast_{name}"), is_number=True) for name in ("pace", "needed", "share"))
    heads = (
        Column(words.say("trend.what")),
        Column(words.say("trend.forecast_on"), is_short=True),
        *numbers,
        Column(words.say("trend.outlook_head")),
    )
    lines = [
        Line(
            (
                Cell(one.name, words.role(one.role)),
                Cell(words.day(one.day)),
                Cell(_points(one.pace, words)),
                Cell(_points(one.needed, words)),
                _expected(one, words),
                Cell(words.say(f"trend.outlook.{one.outlook}", day=words.day(one.reached) if one.reached else DASH)),
            ),
            _style(one),
        )
        for one in found
    ]
    return Table(words.say("trend.forecast_caption"), heads, tuple(lines))


def _points(value: float | None, words: Wording) -> str:
    """Write a pace."""
    return DASH if value is None else words.points(value)


def _expected(one: Forecast, words: Wording) -> Cell:
    """Write the share to expect with its band."""
    if one.expected is None:
        return Cell(DASH)
    value, low, high = (f"{words.number(round(part, 1))}%" for part in one.expected)
    return Cell(value, words.say("trend.between", low=low, high=high))
