# SPDX-License-Identifier: EUPL-1.2
"""How shares went over the measurements: the pictures and tables that several pages show."""

from collections.abc import Iterator, Sequence

from meetlat.analysis.growth import Growth
from meetlat.analysis.share import Share
from meetlat.analysis.trend import Key, TrendLine
from meetlat.model.target import Role
from meetlat.publish.charts.lines import DrawnLine, Times, breaks, share_lines
from meetlat.publish.charts.whiskers import Change, change_whiskers
from meetlat.publish.meting.document import Block, Cell, Chart, Line, Paragraph, Table, columns
from meetlat.publish.meting.wording import DASH
from meetlat.publish.site.gathering import Course
from meetlat.publish.site.view import COMPOSITE_OF, View

MOST_MOMENTS = 6  # in one table; ./meetlat trend -o has them all
_POINTS = 100


def line_name(view: View, key: Key) -> str:
    """Name a line: what of which role."""
    return f"{view.standard(key.key)} ({view.words.role(key.role)})"


def lines_of(view: View, keys: Sequence[Key], group: str | None, organisation: str | None = None) -> list[TrendLine]:
    """Return the lines of a group or organisation; none when there is one measurement only."""
    found = view.lines.get((group, organisation), {})
    return [found[key] for key in keys if key in found]


def composite_keys() -> tuple[Key, ...]:
    """The lines of everything together."""
    return tuple(Key(COMPOSITE_OF[role], "", role) for role in Role)


def course_blocks(view: View, key: str, lines: Sequence[TrendLine], title: str) -> Iterator[Block]:
    """Yield a picture of lines on the full list, and the table with the panel beside it; a sentence when there is one measurement only."""
    course = view.gathered.course
    if course is None:
        yield Paragraph(view.say("trends.one"))
        return
    shown = [one for one in lines if any(share is not None and share.total for share in one.full)]
    if not shown:
        yield Paragraph(view.say("trends.nothing"))
        return
    chart = share_lines(
        key, title, _times(view, course, shown), [DrawnLine(line_name(view, one.key), one.full) for one in shown[:4]], view.language
    )
    if chart is not None:
        yield chart
    yield course_table(view, shown, title)


def course_table(view: View, lines: Sequence[TrendLine], title: str) -> Table:
    """Make the table: per line the full list and the panel, at each moment."""
    course = view.gathered.course
    points = course.series.points if course is not None else ()
    rows = []
    for one in lines:
        both = (("both", one.full),) if one.full == one.panel else (("full", one.full), ("panel", one.panel))
        for which, shares in both:
            cells = (_cell(view, share) for share in shares[-MOST_MOMENTS:])
            rows.append(Line((Cell(line_name(view, one.key), view.say(f"trends.{which}")), *cells)))
    titles = [view.words.day(point.day) for point in points[-MOST_MOMENTS:]]
    return Table(title, columns(view.words.say("trend.what"), titles), tuple(rows), is_wide=len(titles) > 3)


def growth_chart(view: View, key: str, group: str | None, *, only_everything: bool) -> Chart | None:
    """Draw the changes between the last two measurements, with their intervals."""
    found = [one for one in changes_of(view, group) if one.key.is_composite or not only_everything]
    changes = [Change(line_name(view, one.key), _POINTS * one.difference, _POINTS * one.low, _POINTS * one.high) for one in found]
    return change_whiskers(key, view.words.say("trend.growth_caption"), changes, view.language)


def changes_of(view: View, group: str | None) -> list[Growth]:
    """Return the changes of a group over the last interval: everything together first, websites before e-mail."""
    course = view.gathered.course
    if course is None:
        return []
    last = len(course.series.points) - 2
    found = [one for one in course.growth if one.group == group and one.first == last and not one.key.part]
    return sorted(found, key=lambda one: (not one.key.is_composite, one.key.role is not Role.WEB, one.key.key))


def _times(view: View, course: Course, lines: Sequence[TrendLine]) -> Times:
    """Say when was measured, and where Meetlat's own rules changed, so that before and after do not compare."""
    points = course.series.points
    members = {one for line in lines for one in _members(view, line.key)}
    rules = [tuple(sorted((one, point.rules.get(one, "")) for one in members)) for point in points]
    return Times(tuple(point.day for point in points), breaks(rules, view.say("trends.rules_changed")))


def _members(view: View, key: Key) -> tuple[str, ...]:
    """Return the standards that a line is made of."""
    return tuple(one.id for one in view.standards.values() if key.key in one.composites) or (key.key,)


def _cell(view: View, share: Share | None) -> Cell:
    """Write a share, or that there is none."""
    return Cell(DASH) if share is None else view.words.share_cell(share)
