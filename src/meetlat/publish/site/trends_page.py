# SPDX-License-Identifier: EUPL-1.2
"""How everything went over the measurements: full list and panel, growth, what the change is made of, and what is to be expected."""

from collections.abc import Iterator

from meetlat.analysis.decomposition import Decomposition, Part
from meetlat.analysis.trend import Key
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Chapter, Heading, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.trend import trend_chapter
from meetlat.publish.site.courses import composite_keys, course_blocks, growth_chart, line_name, lines_of
from meetlat.publish.site.places import TRENDS
from meetlat.publish.site.view import Page, View

_POINTS = 100


def trends_page(view: View) -> Page:
    """Make the page; with one measurement it says what is needed for more."""
    if view.gathered.course is None:
        alone = (Chapter("course", 0, view.words.say("trend.title"), (Paragraph(view.say("trends.one")),)),)
        return Page(TRENDS, view.words.say("trend.title"), view.when, alone, "trends")
    chapters = (
        Chapter("all", 0, view.say("trends.all"), tuple(_all(view))),
        Chapter("standards", 0, view.say("trends.standards"), tuple(_standards(view))),
        Chapter("growth", 0, view.say("trends.growth"), tuple(_growth(view))),
        Chapter("split", 0, view.say("trends.split"), tuple(_split(view))),
        Chapter("moments", 0, view.say("trends.moments"), (_moments(view),)),
    )
    return Page(TRENDS, view.words.say("trend.title"), view.when, chapters, "trends")


def _all(view: View) -> Iterator[Block]:
    """Yield everything together, for all groups and for each."""
    yield Paragraph(view.say("trends.panel_and_full"))
    yield from course_blocks(view, "all", lines_of(view, composite_keys(), None), view.say("trends.caption"))


def _standards(view: View) -> Iterator[Block]:
    """Yield a picture and table per standard that counts."""
    for role in Role:
        of_role = view.figures.role(role)
        keys = [Key(row.id, "", role) for row in (of_role.rows if of_role else ()) if row.counts]
        lines = lines_of(view, keys, None)
        yield Heading(view.words.shared["words"][f"{role.value}_heading"])
        for at in range(0, len(lines), 4):
            yield from course_blocks(view, f"lines-{role.value}-{at}", lines[at : at + 4], view.say(f"trends.caption_{role.value}"))


def _growth(view: View) -> Iterator[Block]:
    """Yield the changes with their intervals, and what is to be expected."""
    chart = growth_chart(view, "growth", None, only_everything=False)
    if chart is not None:
        yield chart
    shown_above = {view.words.say(f"trend.{key}_caption") for key in ("panel", "full")}
    yield from (block for block in trend_chapter(view.figures, view.words, 0).blocks if getattr(block, "caption", "") not in shown_above)


def _split(view: View) -> Iterator[Block]:
    """Yield of which parts the last change is made: the world, the norm, the set."""
    course = view.gathered.course
    found = [one for one in course.splits if one.group is None and not one.key.part] if course is not None else []
    if not found:
        yield Paragraph(view.say("trends.nothing"))
        return
    yield Paragraph(view.say("trends.split_intro"))
    titles = [view.say(f"trends.part_{name}") for name in ("before", "after", "total", *(part.value for part in Part))]
    ranked = sorted(found, key=lambda one: (not one.key.is_composite, one.key.role is not Role.WEB, one.key.key))
    lines = tuple(_split_line(view, one) for one in ranked)
    yield Table(view.say("trends.split_caption"), columns(view.words.say("trend.what"), titles), lines, is_wide=True)


def _split_line(view: View, one: Decomposition) -> Line:
    """Write one change and its parts, in percentage points."""
    parts = (one.total, *(one.parts[part] for part in Part))
    shares = (view.words.share_cell(share) for share in (one.before, one.after))
    points = (Cell(view.words.points(float(_POINTS * part))) for part in parts)
    return Line((Cell(line_name(view, one.key)), *shares, *points), Style.TOTAL if one.key.is_composite else Style.PLAIN)


def _moments(view: View) -> Table:
    """List the measurements that are compared."""
    course = view.gathered.course
    points = course.series.points if course is not None else ()
    lines = tuple(
        Line(
            (
                Cell(view.words.day(point.day)),
                Cell(f"`{point.id}`"),
                Cell(view.say("trends.rejudged") if point.id != point.versions[0].id else ""),
            )
        )
        for point in points
    )
    return Table(
        view.say("trends.moments"), columns(view.say("trends.day"), [view.words.say("method.id"), view.say("trends.remark")]), lines
    )
