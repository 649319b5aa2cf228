# SPDX-License-Identifier: EUPL-1.2
"""The first page: how it stands, whether it grows, what would move it most, and the way to everything else."""

from collections.abc import Iterator

from meetlat.analysis.figure_reference import FigureReference
from meetlat.model.target import Role
from meetlat.publish.charts.bars import share_bars
from meetlat.publish.meting.agreements import agreements_table
from meetlat.publish.meting.document import Block, Bullets, Cards, Cell, Chapter, Heading, Links, Paragraph, Style
from meetlat.publish.meting.summary import growth_sentences, role_card, set_sentence
from meetlat.publish.meting.wording import bounded
from meetlat.publish.overview import RoleView
from meetlat.publish.site.corrections import correction_blocks
from meetlat.publish.site.courses import growth_chart
from meetlat.publish.site.places import AGREEMENTS, DATA, INDEX, METHOD, SUPPLIERS, TRENDS
from meetlat.publish.site.tables import lever_table, standard_rows, trace_note, traced_table
from meetlat.publish.site.view import COMPOSITE_OF, Page, View

_MOST_LEVERS = 8


def overview_page(view: View) -> Page:
    """Make the first page."""
    chapters = (
        Chapter("now", 0, view.say("overview.now"), tuple(_headline(view))),
        *(Chapter(one.role.value, 0, view.words.say(f"role.{one.role.value}_title"), tuple(_role(view, one))) for one in view.roles()),
        Chapter("groups", 0, view.words.say("groups.title"), tuple(_groups(view))),
        Chapter("growth", 0, view.say("overview.growth"), tuple(_growth(view))),
        Chapter("levers", 0, view.say("overview.levers"), tuple(_levers(view))),
        Chapter("agreements", 0, view.words.say("agreements.title"), tuple(_agreements(view))),
        Chapter(
            "more",
            0,
            view.say("overview.more"),
            (Links(((view.say("overview.to_method"), METHOD, ""), (view.say("overview.to_data"), DATA, ""))),),
        ),
    )
    return Page(INDEX, view.say("site.title"), view.say("overview.lead", when=view.when), chapters, "overview")


def _headline(view: View) -> Iterator[Block]:
    """Yield the figures that matter most."""
    yield Paragraph(set_sentence(view.figures, view.words))
    yield Cards(tuple(role_card(one, view.words) for one in view.roles()))
    total = view.figures.overview.total
    if total.absent:
        key = "summary.absent_one" if total.absent == 1 else "summary.absent"
        yield Paragraph(view.words.say(key, absent=total.absent, domains=total.domains), is_notice=True)
    yield Paragraph(view.say("overview.denominators"), is_soft=True)
    yield trace_note(view, FigureReference(Role.WEB, COMPOSITE_OF[Role.WEB]))
    yield from correction_blocks(view)


def _role(view: View, one: RoleView) -> Iterator[Block]:
    """Yield how each standard stands in a role: the picture, and the table beside it."""
    role = one.role.value
    yield Paragraph(view.words.say("role.counted", standards=", ".join(one.counted) or view.words.shared["words"]["none"]))
    rows = [(row.name, row.share) for row in one.rows if row.counts]
    caption = view.words.say(f"role.{role}_caption")
    chart = share_bars(f"bars-{role}", caption, [*rows, (view.words.say(f"role.all_{role}"), one.everything)], view.language)
    if chart is not None:
        yield chart
    yield traced_table(view, caption, view.words.say("words.standard"), standard_rows(view, INDEX, one.role, None, parts=False))
    yield Paragraph(view.say("overview.parts"), is_soft=True)


def _groups(view: View) -> Iterator[Block]:
    """Yield how each group stands on everything together."""
    for one in view.roles():
        role = one.role.value
        caption = view.say(f"overview.groups_{role}")
        yield Heading(view.words.shared["words"][f"{role}_heading"])
        chart = share_bars(f"groups-{role}", caption, [(group.name, group.everything) for group in one.groups], view.language)
        if chart is not None:
            yield chart
        rows = [
            (
                Cell(bounded(group.name), link=view.places.groups[group.name]),
                group.everything,
                Style.PLAIN,
                FigureReference(one.role, COMPOSITE_OF[one.role], group=group.name),
            )
            for group in one.groups
        ]
        total = (Cell(view.words.say("words.total")), one.everything, Style.TOTAL, FigureReference(one.role, COMPOSITE_OF[one.role]))
        yield traced_table(view, caption, view.words.say("words.group"), [*rows, total])


def _growth(view: View) -> Iterator[Block]:
    """Yield whether there is growth, or why that cannot be said."""
    if view.figures.given.trend is None:
        yield Paragraph(view.say("trends.one"))
        return
    yield Bullets(tuple(growth_sentences(view.figures, view.words)))
    chart = growth_chart(view, "growth-all", None, only_everything=True)
    if chart is not None:
        yield chart
    yield Links(((view.say("overview.to_trends"), TRENDS, ""),))


def _levers(view: View) -> Iterator[Block]:
    """Yield what would move the figures most."""
    callable_ = [one for one in view.gathered.levers if one.supply.kind.is_supplier and not one.is_own and one.lift.lifted]
    if not callable_:
        yield Paragraph(view.words.say("causes.shared_none"))
        return
    yield Paragraph(view.words.say("causes.shared_intro"))
    yield lever_table(view, INDEX, callable_[:_MOST_LEVERS], view.words.say("causes.shared_caption"))
    for best in view.gathered.best:
        names = ", ".join(bounded(step.supply.name) for step in best.steps)
        shares = {"now": view.words.told(best.now), "mended": view.words.told(best.mended)}
        yield Paragraph(view.say("overview.best", what=view.words.all_of(best.figure[1]), count=len(best.steps), names=names, **shares))
    yield Links(((view.say("overview.to_suppliers"), SUPPLIERS, ""),))


def _agreements(view: View) -> Iterator[Block]:
    """Yield who keeps what was agreed."""
    if not view.figures.agreements:
        yield Paragraph(view.say("agreements.none"))
        return
    yield Paragraph(view.words.say("agreements.intro", day=view.words.day(view.figures.day)))
    yield agreements_table(view.figures, view.words)
    yield Links(((view.say("overview.to_agreements"), AGREEMENTS, ""),))
