# SPDX-License-Identifier: EUPL-1.2
"""Is growth out of it? The change between two measurements over the same targets, with an interval, and an answer that follows from it.

The method, with its formulas and sources, is in docs/method/trend.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from math import sqrt

import duckdb
from scipy import optimize, special

from meetlat.analysis.moments import Moments, moments_in
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.trend import Key
from meetlat.model.standard import Standard

CONFIDENCE = 0.95
DAYS_A_MONTH = 365.25 / 12
MIN_DAYS = 28  # a pace per month is not told from less
MARGIN = 0.01  # less than one percentage point, either way, is standing still


class Answer(Enum):
    """What the interval says; that it cannot tell is an answer as well."""

    GROWTH = "growth"  # wholly above zero
    STAGNATION = "stagnation"  # zero is in it, and nothing further away than MARGIN
    UNCLEAR = "unclear"  # zero is in it, and so is a change that would matter
    DECLINE = "decline"  # wholly below zero


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of an interval and of the one before it, in share per month; ``low`` and ``high`` bound ``now`` minus ``before``."""

    before: float
    now: float
    low: float
    high: float

    @property
    def is_slower(self) -> bool:
        """Whether it grew before, and grows more slowly now than chance explains."""
        return self.before > 0 and self.high < 0

    @property
    def is_faster(self) -> bool:
        """Whether it goes up faster now than chance explains."""
        return self.now > 0 and self.low > 0


@dataclass(frozen=True, slots=True)
class Growth:
    """The change of the share of one line from point ``first`` to ``first`` + 1; ``group`` None is all groups.

    Only targets that were judged both times count: ``targets`` of them, of ``organisations``. Shares are fractions (0.05 is five points).
    ``pace`` is None when there is no interval before, or one of the two is shorter than MIN_DAYS.
    """

    key: Key
    group: str | None
    first: int
    targets: int
    organisations: int
    was: int
    is_now: int
    improved: int
    regressed: int
    low: float
    high: float
    pace: Pace | None = None

    @property
    def difference(self) -> float:
        """The change of the share."""
        return (self.is_now - self.was) / self.targets

    @property
    def answer(self) -> Answer:
        """What the interval says."""
        if self.low > 0:
            return Answer.GROWTH
        if self.high < 0:
            return Answer.DECLINE
        return Answer.STAGNATION if max(-self.low, self.high) <= MARGIN else Answer.UNCLEAR


def growth(series: Series, standards: Collection[Standard]) -> tuple[Growth, ...]:
    """Work out the change over every interval of a series, for all groups together and each. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return growth_in(connection, series)


def growth_in(connection: duckdb.DuckDBPyConnection, series: Series) -> tuple[Growth, ...]:
    """Work out the changes of a series that ``panels.opened`` opened."""
    found: list[Growth] = []
    for first in range(len(series.points) - 1):
        paces = _paces(connection, series, first)
        found += [
            _growth(key, group, moments, paces.get((key, group)))
            for (key, group), moments in moments_in(connection, (first, first + 1)).items()
        ]
    return tuple(found)


def months_between(series: Series, first: int, last: int) -> float:
    """Return the time between two points in months."""
    seconds = (series.points[last].finished - series.points[first].finished).total_seconds()
    return seconds / 86_400 / DAYS_A_MONTH


def paired_interval(moments: Moments, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of the last share minus the first: Tango's score interval, with the weight of organisations in it.

    The counts are divided by the design effect (Rao and Scott 1992), so that a hundred domains of one organisation that move together weigh
    as they should. One organisation alone cannot tell how much organisations differ: then everything is possible.
    """
    if moments.organisations < 2:
        return -1.0, 1.0
    effect = moments.design_effect
    return tango(
        moments.improved / effect, moments.regressed / effect, moments.targets / effect, quantile(moments.organisations - 1, confidence)
    )


def quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors an interval reaches either way (Student)."""
    return float(special.stdtrit(freedom, (1 + confidence) / 2))


def tango(improved: float, regressed: float, pairs: float, reach: float) -> tuple[float, float]:
    """Return the score interval for the difference of two paired proportions (Tango 1998).

    The interval holds every difference from which the data lie no further than ``reach`` standard errors; counts need not be whole.
    """

    def distance(difference: float) -> float:
        """How far the data lie from this difference, in standard errors."""
        a = 2 * pairs
        b = -improved - regressed + (2 * pairs - improved + regressed) * difference
        c = -regressed * difference * (1 - difference)
        regressing = (sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
        variance = pairs * (2 * regressing + difference * (1 - difference))
        gap = improved - regressed - pairs * difference
        if variance <= 0:
            return 0.0 if gap == 0 else gap * 1e9
        return gap / sqrt(variance)

    middle = (improved - regressed) / pairs

    def bound(edge: float, sign: int) -> float:
        """Find where the data lie just as far away as chance allows."""
        if abs(middle - edge) < 1e-12 or abs(distance(edge)) <= reach:
            return edge
        return float(optimize.brentq(lambda value: distance(value) - sign * reach, min(edge, middle), max(edge, middle), xtol=1e-10))

    limit = 1 - 1e-9
    return max(-1.0, bound(-limit, 1)), min(1.0, bound(limit, -1))


def _growth(key: Key, group: str | None, moments: Moments, pace: Pace | None) -> Growth:
    """Say how a line changed."""
    low, high = paired_interval(moments)
    was, is_now = moments.compliant
    counts = (moments.targets, moments.organisations, was, is_now, moments.improved, moments.regressed)
    return Growth(key, group, moments.points[0], *counts, low, high, pace)


def _paces(connection: duckdb.DuckDBPyConnection, series: Series, first: int) -> dict[tuple[Key, str | None], Pace]:
    """Work out the pace of an interval against the one before, over the targets that were judged at all three points."""
    if first == 0:
        return {}
    before, now = months_between(series, first - 1, first), months_between(series, first, first + 1)
    if min(before, now) * DAYS_A_MONTH < MIN_DAYS:
        return {}
    weights = (1 / before, -1 / before - 1 / now, 1 / now)  # what was gained a month now, minus what was gained a month before
    windows = moments_in(connection, (first - 1, first, first + 1), weights)
    return {line: _pace(moments, before, now) for line, moments in windows.items() if moments.organisations > 1}


def _pace(moments: Moments, before: float, now: float) -> Pace:
    """Compare two paces, with an interval that lets the domains of an organisation move together."""
    was, turned, is_now = (compliant / moments.targets for compliant in moments.compliant)
    # Freedom to vary is that of organisations; with two or more of them there are two or more targets.
    error = sqrt(moments.design_effect * moments.apart / (moments.targets - 1) / moments.targets)
    margin = quantile(moments.organisations - 1) * error
    return Pace((turned - was) / before, (is_now - turned) / now, moments.mean - margin, moments.mean + margin)
