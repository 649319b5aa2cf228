# SPDX-License-Identifier: EUPL-1.2
"""Chapter 10: where the measurement stands on each agreement."""

from collections.abc import Iterator

from meetlat.analysis.agreements import AgreementIndicator
from meetlat.model.agreement import Agreement, AgreementKind, Ask
from meetlat.publish.meting.document import Block, Bullets, Cell, Chapter, Heading, Line, Paragraph, Table, columns
from meetlat.publish.meting.figures import AgreementFigures, Figures
from meetlat.publish.meting.wording import DASH, Wording
from meetlat.publish.overview import name_of, part_name

AGREEMENT_COLUMNS = ("share", "share_all", "kept", "not_kept", "not_due", "undetermined", "not_applicable")


def agreements_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say who keeps what was agreed."""
    return Chapter("agreements", number, words.say("agreements.title"), tuple(_blocks(figures, words)))


def _blocks(figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield the table, what cannot be told and why, the groups, and what is asked."""
    if not figures.agreements:
        yield Paragraph(words.say("agreements.none"))
        return
    yield Paragraph(words.say("agreements.intro", day=words.day(figures.day)))
    yield agreements_table(figures, words)
    if remarks := tuple(_remarks(figures, words)):
        yield Bullets(remarks)
    yield Heading(words.say("agreements.groups"))
    yield _groups(figures, words)
    yield Heading(words.say("agreements.asks"))
    yield Bullets(tuple(f"{one.agreement.names[words.language]}: {asked(one.agreement, figures, words)}." for one in figures.agreements))


def agreements_table(figures: Figures, words: Wording) -> Table:
    """Make the table of agreements."""
    titles = [words.say(f"agreements.{name}") for name in AGREEMENT_COLUMNS[:5]] + [
        words.say(f"words.{name}") for name in AGREEMENT_COLUMNS[5:]
    ]
    lines = [
        Line((Cell(one.agreement.names[words.language], _when(one, words)), *agreement_cells(one.whole, words)))
        for one in figures.agreements
        if one.whole is not None
    ]
    return Table(words.say("agreements.caption"), columns(words.say("agreements.agreement"), titles), tuple(lines), is_wide=True)


def binding(agreement: Agreement, words: Wording) -> str:
    """Say from when an agreement binds."""
    if agreement.by is not None:
        return words.say("agreements.by", day=words.moment(agreement.by))
    return words.say("agreements.since", day=words.moment(agreement.in_force or agreement.agreed))


def _when(one: AgreementFigures, words: Wording) -> str:
    """Say from when it binds, and by what it was told when that is not this measurement itself."""
    text = binding(one.agreement, words)
    return f"{text}; {words.say('agreements.rejudged', id=one.judged_by)}" if one.judged_by else text


def agreement_cells(row: AgreementIndicator, words: Wording) -> tuple[Cell, ...]:
    """Write the numbers of an agreement; no percentage when part of it could not be told."""
    share = row.share
    unknown = Cell(words.say("agreements.unknown"))
    shares = (words.of_cell(share.compliant, share.judged), Cell(words.percent(share.compliant, share.total)))
    counts = (row.not_kept, row.not_due, share.undetermined, share.not_applicable)
    kept = Cell(words.number(share.compliant)) if row.is_answered else unknown
    return (*(shares if row.is_answered else (unknown, unknown)), kept, *(Cell(words.number(count)) for count in counts))


def _groups(figures: Figures, words: Wording) -> Table:
    """Make the table of groups against agreements."""
    told = [one for one in figures.agreements if one.is_answered]
    names = list(dict.fromkeys(row.group for one in told for row in one.groups if row.group))
    lines = []
    for name in names:
        rows = [next((row for row in one.groups if row.group == name), None) for one in told]
        cells = [words.share_cell(row.share) if row else Cell(DASH) for row in rows]
        lines.append(Line((Cell(name), *cells)))
    titles = [one.agreement.names[words.language] for one in told]
    return Table(words.say("agreements.groups_caption"), columns(words.say("words.group"), titles), tuple(lines), is_wide=True)


def _remarks(figures: Figures, words: Wording) -> Iterator[str]:
    """Say what cannot be told, and why."""
    for one in figures.agreements:
        name = one.agreement.names[words.language]
        for gap in one.missing:
            standard = name_of(gap.ask.standard, figures.standards, words.language)
            if gap.judged:
                yield words.say("agreements.other_norm", agreement=name, standard=standard, norm=gap.ask.norm, judged=gap.judged)
            else:
                yield words.say("agreements.not_judged", agreement=name, standard=f"{standard} ({words.role(gap.ask.role)})")
    if any(one.agreement.kind is AgreementKind.PAS_TOE_OF_LEG_UIT for one in figures.agreements):
        yield words.say("agreements.list_meaning")


def asked(agreement: Agreement, figures: Figures, words: Wording) -> str:
    """Say what is asked, as people read it."""
    return "; ".join(_ask(ask, figures, words) for ask in agreement.asks)


def _ask(ask: Ask, figures: Figures, words: Wording) -> str:
    """Say one thing that is asked: the standard, the parts of it, the role."""
    parts = [part_name(ask.standard, part, figures.standards, words.language) for part in ask.parts]
    about = ", ".join([*parts, words.role(ask.role)])
    return f"{name_of(ask.standard, figures.standards, words.language)} ({about})"
