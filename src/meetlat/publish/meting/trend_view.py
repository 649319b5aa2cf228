# SPDX-License-Identifier: EUPL-1.2
"""What the report shows of several measurements together: shares over time, growth with its interval, and what is to be expected."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from meetlat.analysis import forecast, growth, trend
from meetlat.analysis.panels import opened
from meetlat.analysis.series import Series
from meetlat.analysis.share import Share
from meetlat.model.agreement import Agreement
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.meting.wording import Wording
from meetlat.publish.overview import name_of

_MONTHS = 12  # a year
_POINTS = 100  # percentage points in a whole


@dataclass(frozen=True, slots=True)
class Moment:
    """One measurement of the series."""

    id: str
    day: date


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One standard, or everything together, over time; None where a measurement says nothing of it."""

    key: str
    name: str
    role: Role
    full: tuple[Share | None, ...]
    panel: tuple[Share | None, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The change between the last two measurements over the same domains, in percentage points, with its interval.

    Only what was judged both times counts: ``judged`` of them; ``left_out`` were on both lists and could not be judged in one of the two.
    """

    key: str
    name: str
    role: Role
    was: int
    is_now: int
    judged: int
    left_out: int
    difference: float
    low: float
    high: float
    answer: str  # growth, stagnation, unclear or decline


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a line is going: the share to expect on the agreed day (per cent, with its band), and pace and pace needed in points a year."""

    key: str
    name: str
    role: Role
    day: date
    expected: tuple[float, float, float] | None
    pace: float | None
    needed: float | None
    outlook: str
    reached: date | None


@dataclass(frozen=True, slots=True)
class TrendView:
    """Everything about the series; ``other_rules`` names the standards of which Meetlat's own rules were not the same each time."""

    moments: tuple[Moment, ...]
    lines: tuple[TrendLine, ...]
    growth: tuple[Growth, ...]
    forecasts: tuple[Forecast, ...] = ()
    other_rules: tuple[str, ...] = ()


def trend_view(series: Series, standards: Mapping[str, Standard], agreements: Collection[Agreement], words: Wording) -> TrendView:
    """Work out what the report says of a series, for all groups together. Raises MeasurementError."""
    known = standards.values()
    with opened(series, known) as connection:
        found = trend.trend_in(connection, series, organisations=False, details=False)
        changes = growth.growth_in(connection, series)
        ahead = forecast.forecast_in(connection, series, known, agreements)
    return view_of(found, changes, ahead, standards, words)


def view_of(
    found: trend.Trend,
    changes: Collection[growth.Growth],
    ahead: Collection[forecast.Forecast],
    standards: Mapping[str, Standard],
    words: Wording,
) -> TrendView:
    """Put what was worked out of a series in the words and units of the report."""
    series = found.series
    names = _Names(standards, words)
    lines = sorted((line for line in found.lines if _is_all(line) and line.organisation is None), key=lambda line: _place(line.key))
    last = len(series.points) - 2
    pairs = {line.key: line.pairs[last] for line in lines}
    return TrendView(
        moments=tuple(Moment(point.id, point.day) for point in series.points),
        lines=tuple(TrendLine(line.key.key, names.of(line.key), line.key.role, line.full, line.panel) for line in lines),
        growth=tuple(
            _growth(one, names, pairs) for one in sorted(changes, key=lambda one: _place(one.key)) if _is_all(one) and one.first == last
        ),
        forecasts=tuple(_forecast(one, names) for one in sorted(ahead, key=lambda one: _place(one.key)) if _is_all(one)),
        other_rules=tuple(name_of(standard, standards, words.language) for standard in series.other_rules),
    )


class _Names:
    """Names a line."""

    def __init__(self, standards: Mapping[str, Standard], words: Wording) -> None:
        self._standards = standards
        self._words = words

    def of(self, key: trend.Key) -> str:
        """Return the name of a standard, or of everything together."""
        if key.is_composite:
            return self._words.say("words.everything")
        return name_of(key.key, self._standards, self._words.language)


def _place(key: trend.Key) -> tuple[bool, bool, str]:
    """Return what lines are sorted by: websites first, and everything together after its standards."""
    return key.role is not Role.WEB, key.is_composite, key.key


def _is_all(one: trend.TrendLine | growth.Growth | forecast.Forecast) -> bool:
    """Whether a line is about all groups together and a standard as a whole."""
    return one.group is None and not one.key.part


def _growth(one: growth.Growth, names: _Names, pairs: Mapping[trend.Key, tuple[Share | None, Share | None]]) -> Growth:
    """Put one change in the units of the report."""
    panel = next((share.total for share in pairs.get(one.key, ()) if share is not None), one.targets)
    return Growth(
        key=one.key.key,
        name=names.of(one.key),
        role=one.key.role,
        was=one.was,
        is_now=one.is_now,
        judged=one.targets,
        left_out=panel - one.targets,
        difference=_POINTS * one.difference,
        low=_POINTS * one.low,
        high=_POINTS * one.high,
        answer=one.answer.value,
    )


def _forecast(one: forecast.Forecast, names: _Names) -> Forecast:
    """Put one outlook in the units of the report."""
    band = one.expected
    return Forecast(
        key=one.key.key,
        name=names.of(one.key),
        role=one.key.role,
        day=one.agreed.day,
        expected=None if band is None else (_POINTS * band.value, _POINTS * band.low, _POINTS * band.high),
        pace=_a_year(one.pace),
        needed=_a_year(one.needed),
        outlook=one.outlook.value,
        reached=one.reached,
    )


def _a_year(pace: float | None) -> float | None:
    """Turn shares a month into points a year."""
    return None if pace is None else pace * _MONTHS * _POINTS
