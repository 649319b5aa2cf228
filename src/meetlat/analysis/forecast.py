# SPDX-License-Identifier: EUPL-1.2
"""Which share is to be expected on the agreed date, when everything will comply at this pace, and which pace is needed.

The share walks on from where it stands, along a line on the logistic scale, so that it stays between 0 and 1; see docs/method/trend.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise
from math import ceil, sqrt

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from meetlat.analysis.growth import CONFIDENCE, DAYS_A_MONTH, MIN_DAYS, months_between
from meetlat.analysis.moments import Moments, moments_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.trend import Key
from meetlat.model.agreement import Agreement, AgreementKind, Ask
from meetlat.model.standard import Standard

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
    """Where one line is going; ``group`` None is all groups. Counted are the targets that were judged at every point at which the line was.

    ``expected`` is the share on the agreed day, None when that day has passed or a pace cannot be told. ``pace`` is in shares per month
    from the first to the last point, ``needed`` from the last point to the agreed day. ``reached`` is the day on which fewer than half
    a domain is expected to fall short; ``earliest`` and ``latest`` bound it (None is never).
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
    for points, keys in _windows(connection).items():
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


def line(moments: Moments, months: Sequence[float]) -> Band:
    """Fit the pace on the logistic scale (log-odds per month), with its interval; ``months`` says when the points are.

    Half a domain that improves and half a domain that gets worse are added, so that a share of 0 or 1, or one that never moved, has a pace
    and a band too.
    """
    count, middle = moments.targets, (months[0] + months[-1]) / 2
    shares = [(compliant + _HALF) / (count + 1) for compliant in moments.compliant]
    level, pace = _fitted(shares, months)
    fitted = [float(special.expit(level + pace * month)) for month in months]
    weights = _influence(fitted, months, count + 1)
    going_up = [float(month > middle) + _HALF * (month == middle) for month in months]
    halves = sum(weight * (up - share) for weight, up, share in zip(weights, going_up, fitted, strict=True)) * _HALF
    groups = moments.organisations
    sampling = moments.spread(weights) * groups / (groups - 1) + 2 * halves * halves
    margin = (float(stats.t.ppf((1 + CONFIDENCE) / 2, groups - 1)) ** 2) * sampling + _misfit(shares, level, pace, months)
    return Band(pace, pace - sqrt(margin), pace + sqrt(margin))


def _windows(connection: duckdb.DuckDBPyConnection) -> Mapping[tuple[int, ...], set[str]]:
    """Say which lines were judged at which points; one point is no line."""
    found: dict[tuple[int, ...], set[str]] = {}
    for key, points in connection.execute("select key, list_sort(list(distinct point)) from cells group by key order by key").fetchall():
        if len(points) > 1:
            found.setdefault(tuple(points), set()).add(key)
    return found


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
    expected, days = None, (None, None, None)
    if not is_short:
        times = [months_between(series, last, point) for point in moments.points]
        slope = line(moments, times)
        expected = _ahead(compliant, targets, slope, left) if left > 0 else None
        days = tuple(_reached(compliant, targets, one, today) for one in (slope.value, slope.high, slope.low))  # type: ignore[assignment]
    outlook = _outlook(compliant == targets, is_short=is_short, reached=days[0], day=agreed.day, today=today)
    counts = (len(moments.points), targets, compliant, months)
    return Forecast(key, group, agreed, *counts, outlook, pace, needed, expected, *days)


def _outlook(is_reached: bool, *, is_short: bool, reached: date | None, day: date, today: date) -> Outlook:  # noqa: FBT001 - a plain fact
    """Say how the date stands to the pace."""
    is_overdue = day < today
    if is_reached:
        return Outlook.REACHED
    if is_short:
        return Outlook.TOO_SHORT
    if reached is None:
        return Outlook.OVERDUE_NOT_AT_THIS_PACE if is_overdue else Outlook.NOT_AT_THIS_PACE
    if is_overdue:
        return Outlook.OVERDUE
    return Outlook.IN_TIME if reached <= day else Outlook.TOO_LATE


def _odds(compliant: int, targets: int) -> float:
    """Return the log-odds of a share, with half a domain added on both sides."""
    return float(special.logit((compliant + _HALF) / (targets + 1)))


def _ahead(compliant: int, targets: int, pace: Band, months: float) -> Band:
    """Walk on from the share as it was last measured."""
    here = _odds(compliant, targets)
    return Band(*(float(special.expit(here + slope * months)) for slope in (pace.value, pace.low, pace.high)))


def _reached(compliant: int, targets: int, pace: float, today: date) -> date | None:
    """Return the day on which fewer than half a domain is expected to fall short, or None when that is never or very far."""
    if compliant == targets:
        return today
    if pace <= 0:
        return None
    # On the scale with half a domain added on both sides, all but half a domain is targets of targets + 1.
    months = (float(special.logit(targets / (targets + 1))) - _odds(compliant, targets)) / pace
    return today + timedelta(days=round(max(0.0, months) * DAYS_A_MONTH)) if months <= _MOST_MONTHS else None


def _fitted(shares: Sequence[float], months: Sequence[float]) -> tuple[float, float]:
    """Return the level and the pace that make these shares most likely (binomial likelihood, logistic link)."""
    spans = [later - earlier for earlier, later in pairwise(months)]
    scale = sum(spans) / len(spans)

    def unlikely(given: NDArray[np.float64]) -> float:
        """The negative log-likelihood."""
        odds = [given[0] + given[1] * month / scale for month in months]
        return -sum(
            share * float(special.log_expit(one)) + (1 - share) * float(special.log_expit(-one))
            for share, one in zip(shares, odds, strict=True)
        )

    begin = np.array([float(special.logit(shares[-1])), 0.0])
    found = optimize.minimize(unlikely, begin, method="BFGS", options={"gtol": 1e-9})
    return float(found.x[0]), float(found.x[1]) / scale


def _influence(fitted: Sequence[float], months: Sequence[float], count: int) -> list[float]:
    """Return how much one more compliant domain at each point changes the fitted pace (the slope row of the inverse information)."""
    information = [count * share * (1 - share) for share in fitted]
    total = sum(information)
    centre = sum(weight * month for weight, month in zip(information, months, strict=True)) / total
    spread = sum(weight * (month - centre) ** 2 for weight, month in zip(information, months, strict=True))
    return [(month - centre) / spread for month in months]


def _misfit(shares: Sequence[float], level: float, pace: float, months: Sequence[float]) -> float:
    """Return the square of the margin that comes of points that are not on the line; with two points there is nothing to see."""
    freedom = len(months) - 2
    if freedom < 1:
        return 0.0
    rest = sum((float(special.logit(share)) - level - pace * month) ** 2 for share, month in zip(shares, months, strict=True)) / freedom
    centre = sum(months) / len(months)
    error = rest / sum((month - centre) ** 2 for month in months)
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) ** 2 * error
