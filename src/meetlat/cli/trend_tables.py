# SPDX-License-Identifier: EUPL-1.2
"""The tables of meetlat trend."""

from collections.abc import Iterable, Sequence
from datetime import date

from rich.markup import escape
from rich.table import Table

from meetlat.analysis.decomposition import Decomposition, Part, Ways
from meetlat.analysis.forecast import Forecast, Outlook
from meetlat.analysis.growth import Growth
from meetlat.analysis.series import Series
from meetlat.analysis.trend import Movement, TrendLine
from meetlat.cli.shown import STYLES
from meetlat.cli.trend_words import DASH, answer, count, line_name, month, phrase, points, share, share_cell
from meetlat.cli.words import language, say
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.publish.words import number, percent, visible

MOST_SHOWN = 30


def share_table(lines: Iterable[TrendLine], series: Series) -> Table:
    """Make the table of shares per measurement: of the panel, and under it of the full set."""
    table = _table(phrase("trend.share_caption"), "trend.meaning", ())
    table.add_column(phrase("trend.set"))
    for point in series.points:
        table.add_column(f"{point.day.isoformat()}\n{escape(visible(point.id))}", justify="right", overflow="fold")
    above = None
    for line in sorted(lines, key=_place):
        table.add_row(escape(_name(line, is_under=above == line.key)), phrase("trend.panel"), *map(share_cell, line.panel))
        table.add_row("", phrase("trend.full"), *map(share_cell, line.full))
        above = line.key if line.group is None else above
    return table


def _name(line: TrendLine, *, is_under: bool) -> str:
    """Name a line of shares: a group that stands under all groups together, and an organisation, by that alone."""
    if line.organisation is not None:
        return f"    {visible(line.organisation)}"
    return f"  {visible(line.group)}" if line.group is not None and is_under else line_name(line.key, line.group)


def _place(line: TrendLine) -> tuple[bool, bool, str, str]:
    """Return what lines are sorted by: everything together before its groups, and those before the standards."""
    return line.key.role is not Role.WEB, not line.key.is_composite, line.key.key, line.key.part


def growth_table(found: Iterable[Growth], first: date, last: date) -> Table:
    """Make the table that answers whether growth is out of it."""
    title = phrase("trend.growth_caption", first=first, last=last)
    table = _table(title, "trend.growth_meaning", ("was", "is_now", "difference", "moved"))
    table.add_column(phrase("trend.answer"))
    for one in found:
        shares = [f"{percent(part, one.targets, language())}\n({part}/{one.targets})" for part in (one.was, one.is_now)]
        table.add_row(
            escape(line_name(one.key, one.group)),
            *shares,
            f"{phrase('trend.points', value=points(one.difference))}\n{points(one.low)} … {points(one.high)}",
            f"+{number(one.improved, language())}\n\N{MINUS SIGN}{number(one.regressed, language())}",
            answer(one),
        )
    return table


def split_table(found: Iterable[Decomposition], first: date, last: date) -> Table:
    """Make the table of why shares changed."""
    shown = list(found)
    table = _table(phrase("trend.split_caption", first=first, last=last), "trend.split_meaning", ())
    parts = [part for part in Part if any(one.parts[part] for one in shown)]  # a column of zeros tells nothing
    has_norms = any(one.ways is not Ways.SAME_NORM for one in shown)
    for part in parts:
        table.add_column(phrase(f"part.{part.value}"), justify="right", overflow="fold")
    table.add_column(phrase("trend.total"), justify="right")
    if has_norms:
        table.add_column(phrase("trend.ways"))
    for one in shown:
        cells = [points(float(value), 2) for value in (*(one.parts[part] for part in parts), one.total)]
        table.add_row(escape(line_name(one.key, one.group)), *cells, *((phrase(f"ways.{one.ways.value}"),) if has_norms else ()))
    return table


def forecast_table(found: Iterable[Forecast], day: date) -> Table:
    """Make the table that looks ahead."""
    shown = list(found)
    columns = {
        "agreed": [one.agreed.day.isoformat() for one in shown],
        "now": [f"{percent(one.compliant, one.targets, language())}\n({one.compliant}/{one.targets})" for one in shown],
        "pace": [_pace(one.pace, one.pace_in_targets) for one in shown],
        "needed": [_pace(one.needed, one.needed_in_targets) for one in shown],
        "expected": [_expected(one) for one in shown],
    }
    told = [name for name, cells in columns.items() if set(cells) != {DASH}]  # when every date has passed, nothing is needed by then
    table = _table(phrase("trend.forecast_caption", day=day), "trend.forecast_meaning", told)
    table.add_column(phrase("trend.outlook"))
    for at, one in enumerate(shown):
        table.add_row(escape(line_name(one.key, one.group)), *(columns[name][at] for name in told), _outlook(one, day))
    return table


def movement_table(found: Sequence[Movement], first: date, last: date) -> Table:
    """Make the table of who got better or worse, back and forth first."""
    table = Table(title=phrase("trend.moves_caption", first=first, last=last), title_justify="left")
    for column in ("domain", "organisation", "what", "turned"):
        table.add_column(phrase(f"trend.{column}"), overflow="fold")
    ordered = sorted(found, key=lambda one: (not one.was_before, not one.is_regression))
    for one in ordered[:MOST_SHOWN]:
        now = phrase("trend.back", verdict=_verdict(one.is_now)) if one.was_before else _verdict(one.is_now)
        change = phrase("trend.change", was=_verdict(one.was), is_now=now)
        table.add_row(escape(visible(one.domain)), escape(visible(one.organisation)), escape(line_name(one.key)), change)
    if len(found) > MOST_SHOWN:
        table.caption = phrase("trend.more", count=number(len(found) - MOST_SHOWN, language()))
        table.caption_justify = "left"
    return table


def _table(title: str, meaning: str, numbers: Iterable[str]) -> Table:
    """Begin a table with what it is about, and with columns of numbers."""
    table = Table(title=title, title_justify="left", caption=phrase(meaning), caption_justify="left")
    table.add_column(phrase("trend.what"), overflow="fold")
    for column in numbers:
        table.add_column(phrase(f"trend.{column}"), justify="right", overflow="fold")
    return table


def _verdict(verdict: Verdict) -> str:
    """Write a verdict with its mark."""
    mark, style = STYLES[verdict]
    return f"[{style}]{mark} {say(f'verdict.{verdict.value}')}[/{style}]"


def _pace(value: float | None, targets: float | None) -> str:
    """Write a pace in points and in domains."""
    if value is None or targets is None:
        return DASH
    return phrase("trend.pace_cell", points=points(value, 2 if abs(value) < 0.001 else 1), targets=count(targets))


def _expected(one: Forecast) -> str:
    """Write what is to be expected on the agreed day, with its band."""
    band = one.expected
    if band is None:
        return DASH
    half = (band.high - band.low) / 2
    return phrase("trend.band", value=share(band.value, half), low=share(band.low, half), high=share(band.high, half))


def _outlook(one: Forecast, day: date) -> str:
    """Say how the agreed day stands to the pace, and when it is reached at this pace."""
    key = "too_short_overdue" if one.outlook is Outlook.TOO_SHORT and one.agreed.day < day else one.outlook.value
    text = phrase(f"outlook.{key}")
    if one.reached is None or one.outlook is Outlook.REACHED:
        return text
    bounds = {"when": month(one.reached), "earliest": month(one.earliest), "latest": month(one.latest)}
    is_sharp = bounds["earliest"] == bounds["latest"]
    return f"{text}: " + (phrase("trend.reached_on", when=bounds["when"]) if is_sharp else phrase("trend.reached_between", **bounds))
