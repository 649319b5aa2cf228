# SPDX-License-Identifier: EUPL-1.2
"""Changes with their intervals: a dot for what was seen, a line for what chance allows, and zero upright between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from meetlat.publish.charts.drawing import chart_texts, draw, label
from meetlat.publish.meting.document import Chart
from meetlat.publish.meting.wording import Wording

LEFT, RIGHT, TOP, ROW = 12, 348, 10, 44
_HALVES = (5, 10, 25, 50, 100)  # percentage points that the axis may reach to both sides


@dataclass(frozen=True, slots=True)
class Change:
    """One change in percentage points with the bounds of its interval."""

    name: str
    difference: float
    low: float
    high: float


def change_whiskers(key: str, title: str, changes: Sequence[Change], language: str) -> Chart | None:
    """Draw a dot and a whisker per change; None when there are none. ``key`` is its id on the page."""
    if not changes:
        return None
    widest = max(abs(bound) for one in changes for bound in (one.low, one.high, one.difference))
    half = next((one for one in _HALVES if one >= widest), _HALVES[-1])
    wording, words = Wording(language), chart_texts(language)["whiskers"]
    written = [
        {
            "name": one.name,
            "points": wording.points(one.difference),
            "low": wording.points(one.low),
            "high": wording.points(one.high),
        }
        for one in changes
    ]
    items = [words["item"].format(**texts) for texts in written]
    bottom = TOP + ROW * len(changes)
    return draw(
        "whiskers",
        language,
        words["reading"].format(title=title, items="; ".join(items)),
        id=key,
        title=title,
        rows=[
            {
                "label": label(one.name),
                "told": words["told"].format(**texts),
                "y": TOP + ROW * at,
                "dot": _across(one.difference, half),
                "low": _across(one.low, half),
                "high": _across(one.high, half),
            }
            for at, (one, texts) in enumerate(zip(changes, written, strict=True))
        ],
        ticks=[(wording.points(value), _across(value, half), anchor) for value, anchor in ((-half, "start"), (0, "middle"), (half, "end"))],
        box=(LEFT, RIGHT, TOP, bottom),
        height=bottom + 30,
    )


def _across(points: float, half: float) -> str:
    """Put percentage points on the axis."""
    bounded = max(-half, min(half, points))
    return f"{(LEFT + RIGHT) / 2 + (RIGHT - LEFT) / 2 * bounded / half:.2f}"
