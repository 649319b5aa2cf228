# SPDX-License-Identifier: EUPL-1.2
"""meetlat trend: several measurements together: how shares went, why, whether growth is out of it, and what is to be expected."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from meetlat.agreements.reading import REGISTER
from meetlat.analysis.decomposition import Denominator, decomposition_of
from meetlat.analysis.forecast import forecast_in
from meetlat.analysis.growth import growth_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series, SeriesError, read_series
from meetlat.analysis.trend import Key, Trend, TrendLine, movements_in, trend_in
from meetlat.cli.agreements import registered
from meetlat.cli.faults import UsageFault, fault
from meetlat.cli.shown import console
from meetlat.cli.trend_tables import forecast_table, growth_table, movement_table, share_table, split_table
from meetlat.cli.trend_words import fault_sentence, line_name, phrase
from meetlat.cli.words import language
from meetlat.publish.overview import name_of
from meetlat.publish.trend_files import TrendFigures, write_trend
from meetlat.standards.loading import standards

_Found = TypeVar("_Found")


def trend(
    folders: Annotated[list[Path], typer.Argument(help=phrase("trend.folders"), metavar="FOLDER...")],
    rejudged: Annotated[list[Path] | None, typer.Option("--rejudged", help=phrase("trend.rejudged"))] = None,
    standard: Annotated[str | None, typer.Option("--standard", help=phrase("trend.standard"))] = None,
    group: Annotated[str | None, typer.Option("--group", help=phrase("trend.group"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=phrase("trend.output"))] = None,
    register: Annotated[Path, typer.Option("--register", help=phrase("trend.register"))] = REGISTER,
) -> None:
    """Compare measurements over time."""
    try:
        series = read_series(folders, rejudged or ())
    except SeriesError as error:
        raise UsageFault(fault_sentence(error)) from error
    known = tuple(registered(register).values())
    measured = tuple(standards().values())
    needs_organisations = output is not None or group is not None
    with opened(series, measured) as connection:
        of_series = trend_in(connection, series, organisations=needs_organisations)
        standard, group = _standard(standard, of_series), _group(group, of_series)
        growth = growth_in(connection, series)
        forecasts = forecast_in(connection, series, measured, known)
        moves = movements_in(connection)
    pairs = range(len(series.points) - 1) if output is not None else (len(series.points) - 2,)
    splits = [
        (first, one)
        for first in pairs
        for denominator in (Denominator if output is not None else (Denominator.JUDGED,))
        for one in decomposition_of(series, first, measured, denominator)
    ]
    figures = TrendFigures(of_series, growth, splits, forecasts, moves)
    _show(figures, standard, group)
    if output is not None:
        try:
            written = write_trend(output, figures)
        except OSError as error:
            raise fault("unwritable", path=output, reason=error) from error
        console().print(phrase("trend.written", path=output, count=written), soft_wrap=True, markup=False)


def _show(figures: TrendFigures, standard: str | None, group: str | None) -> None:
    """Show the answer on growth first, then the shares, and why they changed, and what a reader must know to read them well."""
    series = figures.trend.series
    at = len(series.points) - 2
    first, last = series.points[at].day, series.points[-1].day
    growth = [one for one in _chosen(figures.growth, standard, group, lambda one: (one.key, one.group)) if one.first == at]
    console().print(growth_table(growth, first, last))
    for key in ("slowed", "faster"):
        names = [line_name(one.key) for one in growth if one.pace and (one.pace.is_slower if key == "slowed" else one.pace.is_faster)]
        if names:
            _remark(key, names=", ".join(name.strip() for name in names))
    lines = [line for line in figures.trend.lines if _is_shown(line, standard, group)]
    console().print(share_table(lines, series))
    splits = [one for begin, one in figures.splits if begin == at and one.denominator is Denominator.JUDGED]
    console().print(split_table(_chosen(splits, standard, group, lambda one: (one.key, one.group)), first, last))
    _show_forecasts(figures, standard, group)
    _show_movements(figures, standard, group)
    _show_remarks(series)


def _show_forecasts(figures: TrendFigures, standard: str | None, group: str | None) -> None:
    """Show what is to be expected, and how much a line through so many points is worth."""
    found = _chosen(figures.forecasts, standard, group, lambda one: (one.key, one.group))
    if not found:
        _remark("no_dates")
        return
    points = figures.trend.series.points
    console().print(forecast_table(found, points[-1].day))
    if any(one.is_line_through_two_points for one in found):
        _remark("two_points")
    if len(points) > 2:
        _remark("straight", count=max(one.points for one in found))


def _show_movements(figures: TrendFigures, standard: str | None, group: str | None) -> None:
    """Show who got better or worse in the last interval."""
    points = figures.trend.series.points
    first, last = points[-2].day, points[-1].day
    found = [
        one
        for one in figures.movements
        if one.point == len(points) - 1
        and (one.is_improvement or one.is_regression)
        and not one.key.part
        and (one.key.key == standard if standard else not one.key.is_composite)
        and group in {None, one.group}
    ]
    counts = {
        "improved": sum(one.is_improvement for one in found),
        "regressed": sum(one.is_regression for one in found),
        "again": sum(one.was_before for one in found),
    }
    if found:
        console().print(movement_table(found, first, last))
    _remark("moves", first=first, last=last, **counts)


def _show_remarks(series: Series) -> None:
    """Say what is not compared with the like."""
    for key, ids in (("not_everywhere", series.not_everywhere), ("other_rules", series.other_rules)):
        if ids:
            _remark(key, names=", ".join(name_of(one, standards(), language()) for one in ids))


def _remark(key: str, **arguments: object) -> None:
    """Print one sentence."""
    console().print(phrase(f"trend.{key}", **arguments), soft_wrap=True, markup=False)


def _is_shown(line: TrendLine, standard: str | None, group: str | None) -> bool:
    """Whether a line of shares belongs to what was asked for."""
    if not any(share is not None and share.judged + share.undetermined for share in line.full):
        return False
    if standard is not None and line.key.key != standard:
        return False
    if line.organisation is not None:
        return line.group == group and (line.key.is_composite or standard is not None) and not line.key.part
    if group is not None or line.group is None:
        return line.group == group and (standard is not None or not line.key.part)
    return not line.key.part and (line.key.is_composite or standard is not None)


def _chosen(
    found: Iterable[_Found], standard: str | None, group: str | None, line: Callable[[_Found], tuple[Key, str | None]]
) -> list[_Found]:
    """Keep what is about the whole or the group that was asked for; parts only of a standard that was."""
    kept = []
    for one in found:
        key, of_group = line(one)
        if of_group == group and (key.key == standard if standard is not None else not key.part):
            kept.append(one)
    return sorted(
        kept, key=lambda one: (line(one)[0].role.value != "web", not line(one)[0].is_composite, line(one)[0].key, line(one)[0].part)
    )


def _standard(text: str | None, found: Trend) -> str | None:
    """Read --standard."""
    keys = dict.fromkeys(line.key.key for line in found.lines)
    return _choice(text, list(keys), "unknown_standard")


def _group(text: str | None, found: Trend) -> str | None:
    """Read --group, whatever the case of its letters."""
    groups = dict.fromkeys(line.group for line in found.lines if line.group is not None)
    return _choice(text, list(groups), "unknown_group")


def _choice(text: str | None, choices: Sequence[str], key: str) -> str | None:
    """Return the choice that is meant."""
    if text is None:
        return None
    chosen = next((one for one in choices if one.casefold() == text.casefold()), None)
    if chosen is None:
        raise UsageFault(phrase(f"trend.{key}", text=text[:80], choices=", ".join(choices)))
    return chosen
