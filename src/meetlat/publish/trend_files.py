# SPDX-License-Identifier: EUPL-1.2
"""The figures of a series as CSV files, every number with what it is a share of; the same series gives the same bytes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from meetlat.analysis.decomposition import Decomposition, Part
from meetlat.analysis.forecast import Forecast
from meetlat.analysis.growth import Growth
from meetlat.analysis.series import Series
from meetlat.analysis.trend import Key, Movement, Trend
from meetlat.publish.verdict_file import safe_cell
from meetlat.store.files import output_file

Value = str | int | float | Fraction | None

_LINE = ("key", "part", "role", "group")
_SHARES = (
    *_LINE,
    "organisation",
    "organisation_id",
    "set",
    "measurement",
    "day",
    "compliant",
    "judged",
    "undetermined",
    "not_applicable",
    "total",
)
_GROWTH = (
    *_LINE,
    *("from_day", "to_day", "targets", "organisations", "was", "is_now", "improved", "regressed", "difference", "low", "high", "answer"),
    *("pace_before", "pace_now", "pace_change_low", "pace_change_high"),
)
_SPLIT = (*_LINE, "from_day", "to_day", "denominator", "norm_seen_on", *(part.value for part in Part), "total")
_FORECAST = (
    *_LINE,
    *("agreed", "agreements", "outlook", "points", "targets", "compliant", "pace", "needed", "expected", "low", "high"),
    *("reached", "earliest", "latest"),
)
_MOVEMENTS = ("from_day", "to_day", "domain", "organisation", "group", "role", "key", "part", "was", "is_now", "back_and_forth")


@dataclass(frozen=True, slots=True)
class TrendFigures:
    """Everything that was worked out of a series."""

    trend: Trend
    growth: Sequence[Growth]
    splits: Sequence[tuple[int, Decomposition]]  # with the first of the two points
    forecasts: Sequence[Forecast]
    movements: Sequence[Movement]


def write_trend(folder: Path, figures: TrendFigures) -> int:
    """Write every file into a folder, which is made when it is not there; return how many. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    series = figures.trend.series
    sheets: dict[str, tuple[Sequence[str], Iterable[Sequence[Value]]]] = {
        "shares": (_SHARES, _shares(figures.trend)),
        "growth": (_GROWTH, _growth(figures.growth, series)),
        "split": (_SPLIT, _splits(figures.splits, series)),
        "forecast": (_FORECAST, _forecasts(figures.forecasts)),
        "movements": (_MOVEMENTS, _movements(figures.movements, series)),
    }
    for name, (titles, rows) in sheets.items():
        with output_file(folder / f"{name}.csv") as place, place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180, 2
            writer.writerow(titles)
            writer.writerows([safe_cell(value) if isinstance(value, str) else _number(value) for value in row] for row in rows)
    return len(sheets)


def _number(value: float | Fraction | None) -> str:
    """Write a number so that it can be read back: a share with six digits, an exact fraction as it is."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, Fraction)) else f"{value:.6f}"


def _line(key: Key, group: str | None) -> tuple[Value, ...]:
    """Write what a row is about; no group is all of them."""
    return key.key, key.part, key.role.value, group or ""


def _shares(trend: Trend) -> Iterator[tuple[Value, ...]]:
    """Yield every share of every line: of the full set, the panel, and each pair of points."""
    points = trend.series.points
    for line in trend.lines:
        sets = [("full", at, share) for at, share in enumerate(line.full)]
        sets += [("panel", at, share) for at, share in enumerate(line.panel)]
        sets += [(f"pair {at + 1}-{at + 2}", at + side, share) for at, pair in enumerate(line.pairs) for side, share in enumerate(pair)]
        for name, at, share in sets:
            if share is not None:
                counts = (share.compliant, share.judged, share.undetermined, share.not_applicable, share.total)
                whose = (*_line(line.key, line.group), line.organisation or "", line.organisation_id or "")
                yield *whose, name, points[at].id, points[at].day.isoformat(), *counts


def _growth(found: Iterable[Growth], series: Series) -> Iterator[tuple[Value, ...]]:
    """Yield every change with its interval; shares are fractions."""
    for one in found:
        counts = (one.targets, one.organisations, one.was, one.is_now, one.improved, one.regressed)
        pace = (one.pace.before, one.pace.now, one.pace.low, one.pace.high) if one.pace else (None,) * 4
        yield (
            *_line(one.key, one.group),
            *_days(series, one.first),
            *counts,
            one.difference,
            one.low,
            one.high,
            one.answer.value,
            *pace,
        )


def _splits(found: Iterable[tuple[int, Decomposition]], series: Series) -> Iterator[tuple[Value, ...]]:
    """Yield every split as exact fractions, so that the sum can be checked."""
    for first, one in found:
        parts = [one.parts[part] for part in Part]
        yield *_line(one.key, one.group), *_days(series, first), one.denominator.value, one.ways.value, *parts, one.total


def _forecasts(found: Iterable[Forecast]) -> Iterator[tuple[Value, ...]]:
    """Yield every forecast."""
    for one in found:
        band = (one.expected.value, one.expected.low, one.expected.high) if one.expected else (None,) * 3
        days = [day.isoformat() if day else "" for day in (one.reached, one.earliest, one.latest)]
        agreed = (one.agreed.day.isoformat(), " ".join(one.agreed.agreements), one.outlook.value)
        yield *_line(one.key, one.group), *agreed, one.points, one.targets, one.compliant, one.pace, one.needed, *band, *days


def _movements(found: Iterable[Movement], series: Series) -> Iterator[tuple[Value, ...]]:
    """Yield who changed colour when."""
    for one in found:
        whose = (one.domain, one.organisation, one.group, one.key.role.value, one.key.key, one.key.part)
        yield *_days(series, one.point - 1), *whose, one.was.value, one.is_now.value, "yes" if one.was_before else "no"


def _days(series: Series, first: int) -> tuple[str, str]:
    """Write the days of a point and the next."""
    return series.points[first].day.isoformat(), series.points[first + 1].day.isoformat()
