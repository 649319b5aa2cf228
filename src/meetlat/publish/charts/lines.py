# SPDX-License-Identifier: EUPL-1.2
"""Shares over time as lines: 0 to 100 % upward, the moments where they lie in time, and a gap where two moments cannot be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from meetlat.analysis.share import Share
from meetlat.publish.charts.drawing import chart_texts, draw, label
from meetlat.publish.meting.document import Chart
from meetlat.publish.words import day, percent

LEFT, RIGHT, TOP, BOTTOM = 38, 348, 12, 192  # where the plot lies
_KEY_ROW = 18
_NEAR = 46  # units that a written date needs


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One line: its name, and its share at each moment; None where there is none."""

    name: str
    shares: tuple[Share | None, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """The moments, and the numbers of those before which the line is broken, each with why."""

    days: tuple[date, ...]
    breaks: tuple[tuple[int, str], ...] = ()


def share_lines(key: str, title: str, times: Times, lines: Sequence[DrawnLine], language: str) -> Chart | None:
    """Draw a line per share of what was judged; None when there are no two moments of anything. ``key`` is its id on the page."""
    places = _across(times.days)
    drawn = [line for line in lines if sum(_percentage(share) is not None for share in line.shares) > 1]
    if not drawn:
        return None
    words = chart_texts(language)["lines"]
    items = [words["item"].format(**_ends(line, times, language)) for line in drawn]
    broken = "".join(words["break"].format(day=day(times.days[at], language), why=why) for at, why in times.breaks)
    return draw(
        "lines",
        language,
        words["reading"].format(title=title, items="; ".join(items)) + broken,
        id=key,
        title=title,
        lines=[
            {"name": label(line.name), "style": at % 4, "runs": _runs(line, places, times), "y": BOTTOM + 46 + _KEY_ROW * at}
            for at, line in enumerate(drawn)
        ],
        ticks=[(value, f"{_up(value):.2f}") for value in (0, 25, 50, 75, 100)],
        dates=_dates(times.days, places),
        breaks=[f"{(places[at - 1] + places[at]) / 2:.2f}" for at, _ in times.breaks if at],
        box=(LEFT, RIGHT, TOP, BOTTOM),
        height=BOTTOM + 40 + _KEY_ROW * len(drawn),
    )


def _across(days: Sequence[date]) -> list[float]:
    """Put each day on the axis of time."""
    first, last = days[0].toordinal(), days[-1].toordinal()
    span = max(1, last - first)
    return [LEFT + 8 + (RIGHT - LEFT - 16) * (one.toordinal() - first) / span for one in days]


def _up(percentage: float) -> float:
    """Put a percentage on the upward axis."""
    return BOTTOM - (BOTTOM - TOP) * percentage / 100


def _percentage(share: Share | None) -> float | None:
    """Return the percentage of what was judged, when anything was."""
    return None if share is None else share.percentage_of_judged


def _runs(line: DrawnLine, places: Sequence[float], times: Times) -> list[list[tuple[str, str]]]:
    """Cut a line into pieces that can be compared: each is a row of points."""
    broken = {at for at, _ in times.breaks}
    runs: list[list[tuple[str, str]]] = [[]]
    for at, (place, share) in enumerate(zip(places, line.shares, strict=True)):
        percentage = _percentage(share)
        if at in broken or percentage is None:
            runs.append([])
        if percentage is not None:
            runs[-1].append((f"{place:.2f}", f"{_up(percentage):.2f}"))
    return [run for run in runs if run]


def _dates(days: Sequence[date], places: Sequence[float]) -> list[tuple[str, str, str]]:
    """Write as many dates below the axis as fit: the last always, then from the left."""
    kept = [0]
    for at in range(1, len(days)):
        if places[at] - places[kept[-1]] >= _NEAR:
            kept.append(at)
    if kept[-1] != len(days) - 1:
        kept[-1] = len(days) - 1 if len(kept) > 1 else kept[-1]
        kept += [len(days) - 1] if len(kept) == 1 and places[-1] - places[0] >= _NEAR else []
    anchors = {0: "start", len(days) - 1: "end"}
    return [(f"{places[at]:.2f}", f"{days[at]:%m-%Y}", anchors.get(at, "middle")) for at in sorted(set(kept))]


def _ends(line: DrawnLine, times: Times, language: str) -> dict[str, str]:
    """Say where a line began and where it ended."""
    known = [(at, share) for at, share in enumerate(line.shares) if share is not None and share.judged]
    (first, was), (last, is_now) = known[0], known[-1]
    return {
        "name": line.name,
        "was": percent(was.compliant, was.judged, language),
        "first": day(times.days[first], language),
        "is_now": percent(is_now.compliant, is_now.judged, language),
        "last": day(times.days[last], language),
    }


def breaks(changed: Sequence[object], why: str) -> tuple[tuple[int, str], ...]:
    """Return where something that must be equal at two moments to compare them is not, with why."""
    return tuple((at, why) for at, (before, after) in enumerate(pairwise(changed), start=1) if before != after)
