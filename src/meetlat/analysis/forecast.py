# SPDX-License-Identifier: EUPL-1.2
"""Which share is to be expected on the agreed date, when everything will comply at this pace, and which pace is needed.

The share walks on from where it stands at the mean pace so far, on the logistic scale (a random walk with drift), so that it stays between
0 and 1. The method, with its formulas and sources, is in docs/method/trend.md.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise
from math import ceil, sqrt
from typing import NamedTuple

import duckdb
from scipy import optimize, special

from meetlat.analysis.growth import DAYS_A_MONTH, MIN_DAYS, months_between, paired_interval, quantile
from meetlat.analysis.moments import Moments, moments_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.trend import Key
from meetlat.model.agreement import Agreement, AgreementKind, Ask
from meetlat.model.standard import Standard

CONFIDENCE = 0.8  # of a band; with three points one of 95% leaves everything open, whatever was measured
_MOST_MONTHS = 600  # what lies further away than fifty years is not said
_HALF = 0.5  # of a domain
_BINDING = (AgreementKind.LAW, AgreementKind.STREEFBEELDAFSPRAAK)  # a list binds at purchases and names no day for everything


class Outlook(Enum):
    """How the agreed date stands to the pace."""

    REACHED = "reached"  # everything complies already
    IN_TIME = "in_time"
    TOO_LATE = "too_late"
    OVERDUE = "overdue"  # the date has passed, and at this pace it will be reached later
    NOT_AT_THIS_PACE = "not_at_this_pace"
    OVERDUE_NOT_AT_THIS_PACE = "overdue_not_at_this_pace"
    TOO_SHORT = "too_short"  # the measurements lie too close together to tell a pace


@dataclass(frozen=True, slots=True)
class Agreed:
    """By when all of a line was agreed, and in which agreements."""

    day: date
    agreements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A value with its bounds, a share as a fraction."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where one line is going; ``group`` None is all groups. Counted are the targets that were judged at each of ``points`` points.

    A point less than MIN_DAYS before the next is passed over. ``expected`` is the share on the agreed day, None when that day has passed or
    a pace cannot be told. ``pace`` is in shares a month from the first to the last point, ``needed`` from the last to the agreed day.
    ``reached`` is the day on which fewer than half a domain is expected to fall short; ``earliest`` and ``latest`` bound it (None: never).
    """

    key: Key
    group: str | None
    agreed: Agreed
    points: int
    targets: int
    compliant: int
    months: float
    outlook: Outlook
    pace: float | None
    needed: float | None
    expected: Band | None
    reached: date | None
    earliest: date | None
    latest: date | None

    @property
    def is_line_through_two_points(self) -> bool:
        """Whether there is nothing to check the line with."""
        return self.points == 2

    @property
    def pace_in_targets(self) -> float | None:
        """How many targets a month came to comply."""
        return None if self.pace is None else self.pace * self.targets

    @property
    def needed_in_targets(self) -> int | None:
        """How many targets a month must come to comply."""
        return None if self.needed is None else ceil(round(self.needed * self.targets, 6))


def forecast(series: Series, standards: Collection[Standard], agreements: Collection[Agreement]) -> tuple[Forecast, ...]:
    """Look ahead for every line with an agreed date, for all groups together and each. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return forecast_in(connection, series, standards, agreements)


def forecast_in(
    connection: duckdb.DuckDBPyConnection, series: Series, standards: Collection[Standard], agreements: Collection[Agreement]
) -> tuple[Forecast, ...]:
    """Look ahead in a series that ``panels.opened`` opened."""
    found = []
    for points, keys in _windows(connection, series).items():
        for (key, group), moments in moments_in(connection, points).items():
            day = agreed_for(key, group, series, standards, agreements) if key.key in keys else None
            if day is not None:
                found.append(_forecast(key, group, day, moments, series))
    return tuple(
        sorted(found, key=lambda one: (one.key.role.value != "web", one.key.key, one.key.part, one.group is not None, one.group or ""))
    )


def agreed_for(
    key: Key, group: str | None, series: Series, standards: Collection[Standard], agreements: Iterable[Agreement]
) -> Agreed | None:
    """Return by when all of a line was agreed for a group, or None when it was not.

    Of agreements on the same thing the first counts. All of a composite is agreed when the last of its standards is.
    """
    asking = [one for one in agreements if one.kind in _BINDING and (one.covers(group) if group is not None else not one.groups)]
    if not key.is_composite:
        return _agreed(key, asking, series.norms)
    counted = [Key(one.id, "", key.role) for one in standards if key.key in one.composites and one.id in series.standards]
    days = [found for one in counted if (found := _agreed(one, asking, series.norms)) is not None]
    if not days:
        return None
    return Agreed(max(one.day for one in days), tuple(sorted({name for one in days for name in one.agreements})))


@dataclass(frozen=True, slots=True)
class Drift:
    """How the log-odds of a share move a month, over the ``months`` that were measured.

    ``low`` and ``high`` bound the pace by what chance among the domains leaves open. ``wobble`` says how much one interval strayed from the
    other (in log-odds per square root of a month, with the quantile in it); 0 when there was one interval, which tells nothing of it.
    """

    pace: float
    low: float
    high: float
    wobble: float
    months: float

    def after(self, months: float) -> Band:
        """Return how far the log-odds have gone then; the bounds are the wider of the two kinds of chance."""
        there = self.pace * months
        apart = self.wobble * sqrt(months + months * months / self.months)
        return Band(there, min(self.low * months, there - apart), max(self.high * months, there + apart))


def drift(moments: Moments, months: Sequence[float]) -> Drift:
    """Work out the pace from the first point to the last, and its bounds; ``months`` says when the points are."""
    odds = [_odds(compliant, moments.targets) for compliant in moments.compliant]
    span = months[-1] - months[0]
    pace = (odds[-1] - odds[0]) / span
    low, high = (_change_of_odds(moments, bound) / span for bound in paired_interval(moments, CONFIDENCE))
    return Drift(pace, low, high, _wobble(odds, months, pace), span)


def _windows(connection: duckdb.DuckDBPyConnection, series: Series) -> Mapping[tuple[int, ...], set[str]]:
    """Say which lines were judged at which points, far enough apart; one point is no line."""
    found: dict[tuple[int, ...], set[str]] = {}
    for key, points in connection.execute("select key, list_sort(list(distinct point)) from cells group by key order by key").fetchall():
        if len(points) > 1:
            found.setdefault(_apart(points, series), set()).add(key)
    return found


def _apart(points: Sequence[int], series: Series) -> tuple[int, ...]:
    """Keep the last point and, going back, each that lies MIN_DAYS or more before the next; the first when there is no such point."""
    kept = [points[-1]]
    for point in reversed(points[:-1]):
        if months_between(series, point, kept[0]) * DAYS_A_MONTH >= MIN_DAYS:
            kept.insert(0, point)
    return tuple(kept) if len(kept) > 1 else (points[0], points[-1])


def _agreed(key: Key, agreements: Iterable[Agreement], norms: Mapping[str, str]) -> Agreed | None:
    """Return by when a standard or a part of it was agreed first; when only parts of it are, by when the last of these was."""
    found = [(one, ask) for one in agreements for ask in one.asks if _asks(ask, key, norms)]
    whole = [one for one, ask in found if not ask.parts or key.part in ask.parts]
    if whole:
        day = min(_moment(one) for one in whole)
        return Agreed(day, tuple(sorted({one.id for one in whole if _moment(one) == day})))
    parts = {part: min(_moment(one) for one, ask in found if part in ask.parts) for _, other in found for part in other.parts}
    return Agreed(max(parts.values()), tuple(sorted({one.id for one, _ in found}))) if parts else None


def _asks(ask: Ask, key: Key, norms: Mapping[str, str]) -> bool:
    """Whether an ask is about this line, under the norm that was judged by."""
    is_same = (ask.standard, ask.role) == (key.key, key.role) and ask.norm in {"", norms.get(key.key, "")}
    return is_same and (not ask.parts or not key.part or key.part in ask.parts)


def _moment(agreement: Agreement) -> date:
    """The day on which it must be so."""
    moment = agreement.by or agreement.in_force
    if moment is None:
        raise ValueError(f"{agreement.id} has no moment")
    return moment.last


def _forecast(key: Key, group: str | None, agreed: Agreed, moments: Moments, series: Series) -> Forecast:
    """Look ahead for one line."""
    first, last = moments.points[0], moments.points[-1]
    months = months_between(series, first, last)
    today = series.points[last].day
    left = (agreed.day - today).days / DAYS_A_MONTH
    compliant, targets = moments.compliant[-1], moments.targets
    share = compliant / targets
    needed = (1 - share) / left if left > 0 and compliant < targets else None
    is_short = months * DAYS_A_MONTH < MIN_DAYS or moments.organisations < 2
    pace = None if is_short else (compliant - moments.compliant[0]) / targets / months
    expected, days = None, _Days(None, None, None)
    if not is_short:
        walk = drift(moments, [months_between(series, first, point) for point in moments.points])
        expected = _ahead(compliant, targets, walk, left) if left > 0 else None
        days = _days(compliant, targets, walk, today)
    outlook = _outlook(is_reached=compliant == targets, is_short=is_short, reached=days.reached, agreed=agreed.day, today=today)
    counts = (len(moments.points), targets, compliant, months)
    return Forecast(key, group, agreed, *counts, outlook, pace, needed, expected, days.reached, days.earliest, days.latest)


def _outlook(*, is_reached: bool, is_short: bool, reached: date | None, agreed: date, today: date) -> Outlook:
    """Say how the date stands to the pace."""
    is_overdue = agreed < today
    if is_reached:
        return Outlook.REACHED
    if is_short:
        return Outlook.TOO_SHORT
    if reached is None:
        return Outlook.OVERDUE_NOT_AT_THIS_PACE if is_overdue else Outlook.NOT_AT_THIS_PACE
    if is_overdue:
        return Outlook.OVERDUE
    return Outlook.IN_TIME if reached <= agreed else Outlook.TOO_LATE


class _Days(NamedTuple):
    """On which day it is reached at the pace so far, and the bounds."""

    reached: date | None
    earliest: date | None
    latest: date | None


def _days(compliant: int, targets: int, walk: Drift, today: date) -> _Days:
    """Say on which day fewer than half a domain is expected to fall short."""
    # With half a domain added on both sides, all but half a domain is targets of targets + 1.
    needed = float(special.logit(targets / (targets + 1))) - _odds(compliant, targets)
    paths: tuple[Callable[[float], float], ...] = (
        lambda months: walk.after(months).value,
        lambda months: walk.after(months).high,
        lambda months: walk.after(months).low,
    )
    return _Days(*(_day(path, needed if compliant < targets else 0.0, today) for path in paths))


def _day(path: Callable[[float], float], needed: float, today: date) -> date | None:
    """Return the first day on which a path has gone as far as is needed; None when that is never or very far."""
    year = next((month for month in range(0, _MOST_MONTHS + 1, 12) if path(month) >= needed), None)
    if year is None:
        return None
    exact = optimize.brentq(lambda months: path(months) - needed, year - 12, year) if year else 0.0
    return today + timedelta(days=round(exact * DAYS_A_MONTH))


def _ahead(compliant: int, targets: int, walk: Drift, months: float) -> Band:
    """Walk on from the share as it was last measured."""
    here, gone = _odds(compliant, targets), walk.after(months)
    return Band(*(float(special.expit(here + step)) for step in (gone.value, gone.low, gone.high)))


def _odds(compliant: float, targets: int) -> float:
    """Return the log-odds of a share, with half a domain added on both sides, so that a share of 0 or 1 has them too."""
    return float(special.logit((compliant + _HALF) / (targets + 1)))


def _change_of_odds(moments: Moments, difference: float) -> float:
    """Say what a difference of shares is in log-odds, around the middle of the first and the last share."""
    middle = (moments.compliant[0] + moments.compliant[-1]) / 2
    step = difference * moments.targets / 2
    before, after = (min(max(count, 0.0), float(moments.targets)) for count in (middle - step, middle + step))
    return _odds(after, moments.targets) - _odds(before, moments.targets)


def _wobble(odds: Sequence[float], months: Sequence[float], pace: float) -> float:
    """Return how much the intervals stray from the mean pace, times the quantile; 0 when there is one interval."""
    intervals = [(later - earlier, there - here) for (here, there), (earlier, later) in zip(pairwise(odds), pairwise(months), strict=True)]
    freedom = len(intervals) - 1
    if freedom < 1:
        return 0.0
    variance = sum((gone - pace * span) ** 2 / span for span, gone in intervals) / freedom
    return quantile(freedom, CONFIDENCE) * sqrt(variance)
