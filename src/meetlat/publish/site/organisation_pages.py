# SPDX-License-Identifier: EUPL-1.2
"""Each organisation: its domains with a verdict per standard, what to mend first, and how it went."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from meetlat.analysis.dossiers import Dossier
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.leverage import Lever
from meetlat.analysis.share import Share
from meetlat.model.finding import Status
from meetlat.model.norm import Obligation, Verdict, worst
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Chapter, Column, Line, Matrix, Paragraph, Style, Table
from meetlat.publish.meting.wording import DASH, bounded
from meetlat.publish.site.courses import composite_keys, course_blocks, lines_of
from meetlat.publish.site.group_pages import agreement_table, organisations_of
from meetlat.publish.site.places import GROUPS, Whose, up
from meetlat.publish.site.tables import cut, trace_note, traced_table
from meetlat.publish.site.view import COMPOSITE_OF, NOTHING, Page, View

_MOST_TASKS = 15
Task = tuple[Role, str, str]  # a role, a standard, and a rule that is broken


@dataclass(slots=True)
class Stock:
    """What the domains of one organisation have come to, gathered while their pages are written."""

    verdicts: dict[Role, dict[str, Mapping[str, Verdict]]] = field(default_factory=lambda: {role: {} for role in Role})
    broken: dict[Task, list[str]] = field(default_factory=lambda: defaultdict(list))

    def take(self, dossier: Dossier, view: View) -> None:
        """Add a domain."""
        name = dossier.listing.domain.name
        for role, standings in dossier.standings.items():
            self.verdicts[role][name] = {one.standard: one.verdict for one in standings if not one.part}
        for task in dict.fromkeys(
            (one.role, one.standard, one.rule) for one in dossier.told if is_to_mend(view, one.standard, one.rule, one.status)
        ):
            self.broken[task].append(name)


def is_to_mend(view: View, standard: str, rule: str, status: Status) -> bool:
    """Whether a finding is a requirement that is broken, under the norm that was judged by."""
    if status is not Status.VIOLATED:
        return False
    known = view.standards.get(standard)
    norm = known.norm(view.gathered.manifest.run.norms.get(standard, "")) if known else None
    return norm is None or norm.rules.get(rule) is Obligation.MUST


def everything(view: View, role: Role, verdicts: Mapping[str, Verdict]) -> Verdict | None:
    """Fold the verdicts that count in a role into one; None when nothing that counts was judged."""
    composite = COMPOSITE_OF[role]
    counted = [
        verdict for standard, verdict in verdicts.items() if standard in view.standards and composite in view.standards[standard].composites
    ]
    return worst(counted) if counted else None


def organisation_pages(view: View, stocks: Mapping[Whose, Stock]) -> Iterator[Page]:
    """Make a page for each organisation."""
    shares = organisations_of(view)
    levers = shared_causes(view)
    for whose in view.places.organisations:
        yield _organisation_page(view, whose, stocks[whose], (shares, levers))


def shared_causes(view: View) -> Mapping[tuple[str, Role, str], Lever]:
    """Map each domain, role and rule to the shared cause that explains it best: that which lifts most comes first."""
    found: dict[tuple[str, Role, str], Lever] = {}
    for lever in view.gathered.levers:
        for domain in lever.domains:
            found.setdefault((domain, lever.role, lever.rule), lever)
    return found


def _organisation_page(
    view: View,
    whose: Whose,
    stock: Stock,
    known: tuple[Mapping[tuple[Whose, Role], Share], Mapping[tuple[str, Role, str], Lever]],
) -> Page:
    """Make the page of one organisation."""
    shares, levers = known
    group, organisation = whose
    path = view.places.organisations[whose]
    listings = view.gathered.listings[whose]
    course = view.gathered.course
    lines = lines_of(view, composite_keys(), group, organisation)
    chapters = [
        Chapter("standing", 0, view.say("organisation.standing"), tuple(_standing(view, whose, shares))),
        Chapter("domains", 0, view.say("organisation.domains"), tuple(_domains(view, path, whose, stock))),
        Chapter("mend", 0, view.say("organisation.mend"), tuple(_mend(view, path, stock, levers))),
        Chapter("agreements", 0, view.words.say("agreements.title"), (agreement_table(view, group, organisation),)),
    ]
    if course is not None:
        chapters.append(
            Chapter("course", 0, view.words.say("trend.title"), tuple(course_blocks(view, "course", lines, view.say("trends.caption"))))
        )
    above = ((view.say("group.list"), GROUPS), (bounded(group), view.places.groups[group]))
    lead = view.say("organisation.lead", count=len(listings), group=bounded(group))
    return Page(path, bounded(organisation), f"{lead} {view.when}.", tuple(chapters), "groups", above)


def _standing(view: View, whose: Whose, shares: Mapping[tuple[Whose, Role], Share]) -> Iterator[Block]:
    """Yield how the organisation stands on everything together."""
    rows = []
    for role in Role:
        share = shares.get((whose, role), NOTHING)
        if share.total:
            reference = FigureReference(role, COMPOSITE_OF[role], group=whose[0], organisation=whose[1])
            rows.append((Cell(view.words.say(f"role.all_{role.value}")), share, Style.PLAIN, reference))
    if rows:
        yield traced_table(view, view.say("organisation.standing_caption"), view.words.say("trend.what"), rows)
        yield trace_note(view, rows[0][3])
    else:
        yield Paragraph(view.words.say("role.none"))


def _domains(view: View, path: str, whose: Whose, stock: Stock) -> Iterator[Block]:
    """Yield the domains with a verdict per standard, per role."""
    yield Paragraph(view.say("organisation.key"), is_soft=True)
    shown = {listing.domain.name: listing for listing in view.gathered.listings[whose]}
    for role in Role:
        of_role = stock.verdicts[role]
        judged = {standard for verdicts in of_role.values() for standard in verdicts}
        view_of_role = view.figures.role(role)
        standards = [row.id for row in (view_of_role.rows if view_of_role else ()) if row.id in judged]
        if not standards:
            continue
        heads = (
            (view.words.say("words.everything"), ""),
            *((view.standard(one), f"{up(path)}{view.places.standard(one)}") for one in standards),
        )
        rows = tuple(
            (
                listing.domain.shown,
                f"{up(path)}{view.places.domain(listing.domain)}",
                (everything(view, role, of_role[name]), *(of_role[name].get(one) for one in standards)),
            )
            for name, listing in shown.items()
            if name in of_role
        )
        yield Matrix(view.say(f"organisation.domains_{role.value}"), view.words.say("annex.domain"), heads, rows)


def _mend(view: View, path: str, stock: Stock, levers: Mapping[tuple[str, Role, str], Lever]) -> Iterator[Block]:
    """Yield what is broken on most domains first, with who shares the cause."""
    if not stock.broken:
        yield Paragraph(view.say("organisation.nothing"))
        return
    ranked = sorted(stock.broken.items(), key=lambda item: (not _counts(view, item[0]), -len(item[1]), item[0][0].value, item[0][1:]))
    heads = (
        Column(view.words.say("causes.rule")),
        Column(view.words.say("words.standard")),
        Column(view.words.say("causes.domains"), is_number=True),
    )
    lines = [
        Line(
            (
                Cell(view.rule(standard, rule), link=view.rule_link(path, standard, rule)),
                Cell(view.standard(standard), view.words.role(role)),
                Cell(view.words.number(len(domains))),
                _cause(view, path, [lever for name in domains if (lever := levers.get((name, role, rule))) is not None]),
            )
        )
        for (role, standard, rule), domains in ranked[:_MOST_TASKS]
    ]
    yield Paragraph(view.say("organisation.mend_intro"))
    yield Table(view.say("organisation.mend_caption"), (*heads, Column(view.say("organisation.cause"))), tuple(lines))
    yield from cut(view, len(ranked), _MOST_TASKS, "organisation.cut")
    yield Paragraph(view.say("organisation.worklist"), is_soft=True)


def _counts(view: View, task: Task) -> bool:
    """Whether the standard of a task counts in everything together."""
    role, standard, _ = task
    known = view.standards.get(standard)
    return known is not None and COMPOSITE_OF[role] in known.composites


def _cause(view: View, path: str, levers: Sequence[Lever]) -> Cell:
    """Name the supplier that most of these share."""
    if not levers:
        return Cell(DASH)
    counts = Counter(one.supply.key for one in levers)
    return view.supplier_cell(path, max(levers, key=lambda one: (counts[one.supply.key], one.supply.key)))
