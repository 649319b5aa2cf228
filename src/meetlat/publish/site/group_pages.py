# SPDX-License-Identifier: EUPL-1.2
"""Each group of organisations, and the list of groups."""

from collections.abc import Iterator, Mapping

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.charts.bars import share_bars
from meetlat.publish.meting.agreements import AGREEMENT_COLUMNS, agreement_cells
from meetlat.publish.meting.document import Block, Cell, Chapter, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.wording import bounded
from meetlat.publish.site.courses import composite_keys, course_blocks, growth_chart, lines_of
from meetlat.publish.site.places import GROUPS, Whose, up
from meetlat.publish.site.tables import standard_rows, trace_note, traced_table
from meetlat.publish.site.view import COMPOSITE_OF, NOTHING, Page, View

_SIZES = ("domains", "organisations", "web", "mail", "absent")


def group_list(view: View) -> Page:
    """Make the page that leads to every group."""
    lines = [
        Line(
            (
                Cell(bounded(size.group or ""), link=f"../{view.places.groups[size.group or '']}"),
                *(Cell(view.words.number(getattr(size, name))) for name in _SIZES),
            )
        )
        for size in view.figures.overview.sizes
    ]
    titles = [view.words.say(f"groups.{name}") for name in _SIZES]
    table = Table(view.words.say("groups.sizes"), columns(view.words.say("words.group"), titles), tuple(lines))
    chapters = (Chapter("all", 0, view.say("group.all"), (table,)),)
    return Page(GROUPS, view.say("group.list"), view.when, chapters, "groups")


def group_pages(view: View) -> Iterator[Page]:
    """Make a page for each group."""
    shares = organisations_of(view)
    for group in view.places.groups:
        yield _group_page(view, group, shares)


def organisations_of(view: View) -> Mapping[tuple[Whose, Role], Share]:
    """Return how each organisation stands on everything together, per role."""
    return {((one.group, one.organisation), one.role): one.share for one in view.gathered.organisations}


def _group_page(view: View, group: str, shares: Mapping[tuple[Whose, Role], Share]) -> Page:
    """Make the page of one group."""
    path = view.places.groups[group]
    size = next(one for one in view.figures.overview.sizes if one.group == group)
    counts = {"domains": size.domains, "organisations": size.organisations, "web": size.web, "mail": size.mail}
    chapters = [
        Chapter(role.value, 0, view.words.say(f"role.{role.value}_title"), tuple(_role(view, path, role, group)))
        for role in Role
        if view.share(FigureReference(role, COMPOSITE_OF[role], group=group)).total
    ]
    chapters += [
        Chapter("organisations", 0, view.say("group.organisations"), tuple(_organisations(view, path, group, shares))),
        Chapter("course", 0, view.words.say("trend.title"), tuple(_course(view, group))),
        Chapter("agreements", 0, view.words.say("agreements.title"), (agreement_table(view, group, None),)),
    ]
    lead = f"{view.say('group.lead', **counts)} {view.when}."
    return Page(path, bounded(group), lead, tuple(chapters), "groups", ((view.say("group.list"), GROUPS),))


def _role(view: View, path: str, role: Role, group: str) -> Iterator[Block]:
    """Yield how the standards stand in a role."""
    of_role = view.figures.role(role)
    caption = view.words.say(f"role.{role.value}_caption")
    bars = [(row.name, view.share(FigureReference(role, row.id, group=group))) for row in (of_role.rows if of_role else ()) if row.counts]
    together = FigureReference(role, COMPOSITE_OF[role], group=group)
    chart = share_bars(
        f"bars-{role.value}", caption, [*bars, (view.words.say(f"role.all_{role.value}"), view.share(together))], view.language
    )
    if chart is not None:
        yield chart
    yield traced_table(view, caption, view.words.say("words.standard"), standard_rows(view, path, role, group))
    yield trace_note(view, together)


def _organisations(view: View, path: str, group: str, shares: Mapping[tuple[Whose, Role], Share]) -> Iterator[Block]:
    """Yield the organisations with how they stand."""
    for role in Role:
        rows = []
        for whose, page in view.places.organisations.items():
            share = shares.get((whose, role), NOTHING)
            if whose[0] == group and share.total:
                reference = FigureReference(role, COMPOSITE_OF[role], group=group, organisation=whose[1])
                rows.append((Cell(bounded(whose[1]), link=f"{up(path)}{page}"), share, Style.PLAIN, reference))
        if rows:
            yield traced_table(view, view.say(f"group.organisations_{role.value}"), view.words.say("words.organisation"), rows)
    yield Paragraph(view.say("group.organisations_note"), is_soft=True)


def _course(view: View, group: str) -> Iterator[Block]:
    """Yield how the group went."""
    yield from course_blocks(view, "course", lines_of(view, composite_keys(), group), view.say("trends.caption"))
    chart = growth_chart(view, "growth", group, only_everything=True)
    if chart is not None:
        yield chart


def agreement_table(view: View, group: str, organisation: str | None) -> Block:
    """Make the table of agreements for a group or an organisation."""
    known = view.gathered.asked.agreements
    rows = view.kept.get((group, organisation), ())
    if not rows:
        return Paragraph(view.say("agreements.none"))
    titles = [view.words.say(f"agreements.{name}") for name in AGREEMENT_COLUMNS[:5]] + [
        view.words.say(f"words.{name}") for name in AGREEMENT_COLUMNS[5:]
    ]
    lines = [Line((Cell(known[one.agreement].names[view.language]), *agreement_cells(one, view.words))) for one in rows]
    return Table(view.words.say("agreements.caption"), columns(view.words.say("agreements.agreement"), titles), tuple(lines), is_wide=True)
