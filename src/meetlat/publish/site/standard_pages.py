# SPDX-License-Identifier: EUPL-1.2
"""Each standard: what the register says, what its rules ask and how to keep them, and how all stand; also what is not measured."""

from collections.abc import Iterator

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.trend import Key
from meetlat.model.norm import Norm, Obligation
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.publish.charts.bars import share_bars
from meetlat.publish.guidance import guidance
from meetlat.publish.meting.document import Block, Cell, Chapter, Column, Facts, Heading, Line, Links, Paragraph, Prose, Style, Table
from meetlat.publish.meting.wording import DASH, bounded
from meetlat.publish.site.courses import course_blocks, lines_of
from meetlat.publish.site.places import STANDARDS, rule_anchor, up
from meetlat.publish.site.tables import trace_note, traced_table
from meetlat.publish.site.view import Page, View


def standard_list(view: View) -> Page:
    """Make the page that leads to every standard."""
    heads = tuple(Column(view.say(f"standard.{key}")) for key in ("name", "what", "list_status", "measured"))
    lines = [
        Line(
            (
                Cell(one.names[view.language], link=f"{one.id}.html"),
                Cell(one.summaries[view.language]),
                Cell(_status(view, one)),
                Cell(_measured(view, one)),
            )
        )
        for one in view.standards.values()
    ]
    table = Table(view.say("standard.all"), heads, tuple(lines))
    chapters = (Chapter("all", 0, view.say("standard.all"), (table,)),)
    return Page(STANDARDS, view.say("standard.list"), view.say("standard.list_lead", count=len(view.standards)), chapters, "standards")


def standard_pages(view: View) -> Iterator[Page]:
    """Make a page for each standard that there is."""
    for standard in view.standards.values():
        yield _standard_page(view, standard)


def _standard_page(view: View, standard: Standard) -> Page:
    """Make the page of one standard."""
    path = view.places.standard(standard.id)
    chapters = [Chapter("standing", 0, view.say("standard.standing"), tuple(_standing(view, standard, path)))]
    if standard.rules:
        chapters.append(Chapter("course", 0, view.words.say("trend.title"), tuple(_course(view, standard))))
        chapters.append(Chapter("rules", 0, view.say("standard.rules"), tuple(_rules(view, standard))))
    chapters.append(Chapter("register", 0, view.say("standard.register"), tuple(_register(view, standard))))
    return Page(
        path,
        standard.names[view.language],
        standard.summaries[view.language],
        tuple(chapters),
        "standards",
        ((view.say("standard.list"), STANDARDS),),
    )


def _measured(view: View, standard: Standard) -> str:
    """Say whether a standard is measured, and was judged in this measurement."""
    if not standard.rules:
        return view.say("standard.measured_no")
    return view.say("standard.measured_yes" if standard.id in view.gathered.manifest.run.norms else "standard.measured_not_now")


def _status(view: View, standard: Standard) -> str:
    """Name the list that a standard is on."""
    status = standard.registration.list_status
    return view.say("standard.unknown") if status is None else view.say(f"standard.status.{status.value}")


def _standing(view: View, standard: Standard, path: str) -> Iterator[Block]:
    """Yield how all groups stand, per role; or why that is not measured."""
    if not standard.rules:
        why = standard.not_measured.get(view.language)
        yield Paragraph(why or view.say("standard.no_rules"), is_notice=True)
        return
    if standard.id not in view.gathered.manifest.run.norms:
        yield Paragraph(view.say("standard.not_judged"), is_notice=True)
        return
    for role in standard.roles:
        whole = FigureReference(role, standard.id)
        if not view.share(whole).total:
            continue
        yield Heading(view.words.shared["words"][f"{role.value}_heading"])
        groups = [FigureReference(role, standard.id, group=group) for group in view.places.groups]
        bars = [(one.group or "", view.share(one)) for one in groups]
        caption = view.say(f"standard.groups_{role.value}", standard=standard.names[view.language])
        chart = share_bars(f"bars-{role.value}", caption, [*bars, (view.words.say("words.total"), view.share(whole))], view.language)
        if chart is not None:
            yield chart
        rows = [
            (Cell(bounded(one.group or ""), link=f"{up(path)}{view.places.groups[one.group or '']}"), view.share(one), Style.PLAIN, one)
            for one in groups
            if view.share(one).total
        ]
        parts = [
            (Cell(view.words.say("role.part", name=names[view.language])), view.share(one), Style.PART, one)
            for part, names in standard.part_names.items()
            if view.share(one := FigureReference(role, standard.id, part)).total
        ]
        total = (Cell(view.words.say("words.total")), view.share(whole), Style.TOTAL, whole)
        yield traced_table(view, caption, view.words.say("words.group"), [*rows, total, *parts])
        yield trace_note(view, whole)


def _course(view: View, standard: Standard) -> Iterator[Block]:
    """Yield how it went for websites and e-mail."""
    keys = [Key(standard.id, "", role) for role in Role if role in standard.roles]
    yield from course_blocks(view, "course", lines_of(view, keys, None), view.say("trends.caption_standard"))


def _rules(view: View, standard: Standard) -> Iterator[Block]:
    """Yield who fails on what, and then every rule with why and how."""
    version = view.gathered.manifest.run.norms.get(standard.id, "")
    norm = standard.norm(version) or (standard.norms[-1] if standard.norms else None)
    counts = {one.rule: one for one in view.gathered.counted.failing_rules if one.standard == standard.id}
    words = guidance(standard, view.language)
    if words.introduction:
        yield Prose(view.say("standard.introduction"), words.introduction)
    if norm is not None and standard.id in view.gathered.manifest.run.norms:
        yield _failing(view, standard, norm)
    for rule in sorted(standard.rules, key=lambda one: _weight(norm, one)):
        found = words.rules.get(rule)
        if found is None:
            continue
        yield Heading(found.title.rstrip(".").replace("`", ""), rule_anchor(rule))
        count = counts.get(rule)
        weight = norm.rules.get(rule) if norm else None
        kind = view.words.shared["obligation"][weight.value] if weight else view.say("standard.not_in_norm")
        broken = view.say("standard.broken", short=view.words.short(count.share)) if count else ""
        yield Paragraph(view.say("standard.rule_line", rule=rule, kind=kind, broken=broken).strip(), is_soft=True)
        if found.why:
            yield Prose(view.words.say("causes.why"), found.why)
        if found.how:
            yield Prose(view.words.say("causes.how"), found.how)


def _weight(norm: Norm | None, rule: str) -> tuple[int, str]:
    """Return what rules are sorted by: requirements first."""
    weight = norm.rules.get(rule) if norm else None
    return (list(Obligation).index(weight) if weight else len(Obligation)), rule


def _failing(view: View, standard: Standard, norm: Norm) -> Block:
    """Make the table of who fails, counted by rule."""
    found = [
        one for one in view.gathered.counted.failing_rules if one.standard == standard.id and norm.rules.get(one.rule) is Obligation.MUST
    ]
    if not found:
        return Paragraph(view.say("standard.all_kept"))
    heads = (
        Column(view.words.say("causes.rule")),
        *(Column(view.words.say(f"causes.{key}"), is_number=True) for key in ("domains", "of_judged")),
    )
    lines = [
        Line(
            (
                Cell(view.rule(standard.id, one.rule), link=f"#{rule_anchor(one.rule)}"),
                Cell(view.words.number(one.share.non_compliant)),
                view.words.short_cell(one.share),
            )
        )
        for one in found
    ]
    return Table(view.words.say("causes.caption"), heads, tuple(lines))


def _register(view: View, standard: Standard) -> Iterator[Block]:
    """Yield what the register says; what it does not know it says too."""
    entry, unknown = standard.registration, view.say("standard.unknown")
    names = [entry.official_name[view.language], entry.official_name["en" if view.language == "nl" else "nl"]]
    since = view.words.moment(entry.list_since) if entry.list_since else unknown
    yield Facts(
        (
            (view.say("standard.official_name"), " / ".join(name for name in names if name) or unknown),
            (view.say("standard.list_status"), _status(view, standard)),
            (view.say("standard.list_since"), since if not _is_on_no_list(standard) else DASH),
            (view.say("standard.toepassingsgebied"), _text(view, entry.toepassingsgebied)),
            (view.say("standard.werkingsgebied"), _text(view, entry.werkingsgebied)),
            (view.say("standard.steward"), entry.steward or unknown),
            (view.say("standard.specification"), entry.specification or unknown),
            (
                view.say("standard.legal_basis"),
                unknown if entry.legal_basis is None else "; ".join(entry.legal_basis) or view.words.shared["words"]["none"],
            ),
        )
    )
    yield Heading(view.say("standard.norms"))
    if standard.norms:
        yield _norms(view, standard)
    else:
        yield Paragraph(view.say("standard.no_norms"))
    if entry.links:
        yield Heading(view.say("standard.links"))
        yield Links(tuple((link, link, "") for link in entry.links))


def _is_on_no_list(standard: Standard) -> bool:
    """Whether it is known to stand on no list."""
    status = standard.registration.list_status
    return status is not None and status.value == "none"


def _text(view: View, texts: object) -> str:
    """Return a text of the register in the language of the reader."""
    return str(texts[view.language]) if isinstance(texts, dict) else view.say("standard.unknown")


def _norms(view: View, standard: Standard) -> Table:
    """List the versions of what the standard asks."""
    short = ("words.norm", "standard.from", "standard.until", "standard.used")
    heads = (*(Column(view.say(key), is_short=True) for key in short), Column(view.words.say("method.source")))
    used = view.gathered.manifest.run.norms.get(standard.id)
    lines = [
        Line(
            (
                Cell(norm.version),
                Cell(view.words.day(norm.effective)),
                Cell(view.words.day(norm.until) if norm.until else DASH),
                Cell(view.say("standard.yes") if norm.version == used else DASH),
                Cell(norm.source),
            )
        )
        for norm in standard.norms
    ]
    return Table(view.say("standard.norms"), heads, tuple(lines))
