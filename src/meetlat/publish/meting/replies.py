# SPDX-License-Identifier: EUPL-1.2
"""The chapter on the right of reply: measured figures with the corrected ones beside them, and every correction with who and when."""

from collections.abc import Iterator, Mapping

from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Chapter, Column, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.wording import DASH, Wording, bounded
from meetlat.publish.overview import name_of, part_name
from meetlat.replies.corrected import Corrected, CorrectedShare, Correction

MOST_CORRECTIONS = 200  # in the chapter; CSV has them all
_COUNTS = ("changed", "explained", "disputed", "planned")


def replies_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say what the replies of organisations change."""
    found = figures.given.corrections
    blocks = (Paragraph(words.say("replies.none")),) if found is None else tuple(_blocks(found, figures, words))
    return Chapter("replies", number, words.say("replies.title"), blocks)


def correction_sentence(figures: Figures, words: Wording, role: Role) -> str:
    """Say in a sentence what everything together is after the replies; empty when they do not change it."""
    share = figures.corrected.get(reference(role))
    return "" if share is None else words.say("replies.sentence", told=words.told(share))


def with_corrections(
    rows: Iterator[tuple[Cell, Share, Style]], corrected: Mapping[str, Share], words: Wording
) -> Iterator[tuple[Cell, Share, Style]]:
    """Yield rows of shares, each with the corrected one below it when there is one."""
    for name, share, style in rows:
        yield name, share, style
        if (after := corrected.get(name.figure)) is not None:
            yield Cell(words.say("replies.line")), after, Style.PART


def place(line: CorrectedShare) -> tuple[Role, str]:
    """Return the role of a figure and its reference."""
    role = line.role or COMPOSITES[line.key]
    return role, reference(role, line.key, line.part, line.group)


def _blocks(found: Corrected, figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield what it is, the figures, and the corrections."""
    yield Paragraph(words.say("replies.intro", day=words.day(found.day)))
    yield Paragraph(words.say("replies.counts", count=found.count, gone=len(found.gone)))
    shown = [line for line in (*found.composites, *found.standards) if line.group is None and line.is_corrected]
    if shown:
        yield _shares(shown, figures, words)
        yield Paragraph(words.say("replies.explained_note"), is_soft=True)
    else:
        yield Paragraph(words.say("replies.unchanged"))
    yield Paragraph(words.say("replies.scope"), is_soft=True)
    if found.corrections:
        yield _corrections(found.corrections, figures, words)
    if len(found.corrections) > MOST_CORRECTIONS:
        yield Paragraph(words.say("replies.cut", shown=MOST_CORRECTIONS, count=len(found.corrections)), is_soft=True)


def _shares(shown: list[CorrectedShare], figures: Figures, words: Wording) -> Table:
    """Make the table of figures that the replies change, of all groups together."""
    lines = []
    for line in shown:
        role, figure = place(line)
        if line.key in COMPOSITES:
            name = Cell(words.say(f"role.all_{role.value}"), figure=figure)
        else:
            name = Cell(_named(line.key, line.part, figures, words), words.role(role), figure=figure)
        counts = (Cell(words.number(getattr(line.noted, count))) for count in _COUNTS)
        style = Style.TOTAL if line.key in COMPOSITES else Style.PLAIN
        lines.append(Line((name, words.share_cell(line.measured), words.share_cell(line.corrected), *counts), style))
    titles = [words.say(f"replies.{name}") for name in ("measured", "corrected", *_COUNTS)]
    return Table(words.say("replies.caption"), columns(words.say("replies.figure"), titles), tuple(lines))


def _corrections(found: tuple[Correction, ...], figures: Figures, words: Wording) -> Table:
    """Make the table of corrections: which organisation, which domain and standard, what it did, and when."""
    heads = ("organisation", "verdict", "effect", "before_after", "replied", "decided")
    lines = [
        Line(
            (
                Cell(bounded(one.organisation), one.domain),
                Cell(_named(one.standard, one.part, figures, words), words.role(one.role)),
                Cell(words.say(f"replies.effects.{one.effect.value}"), words.say("replies.due", day=words.day(one.due)) if one.due else ""),
                Cell(_before_after(one, words)),
                Cell(words.day(one.replied), one.reply),
                Cell(words.day(one.decided) if one.decided else DASH),
            )
        )
        for one in found[:MOST_CORRECTIONS]
    ]
    return Table(
        words.say("replies.list_caption"), tuple(Column(words.say(f"replies.{head}")) for head in heads), tuple(lines), is_wide=True
    )


def _named(standard: str, part: str, figures: Figures, words: Wording) -> str:
    """Name a standard, or a part of it."""
    name = name_of(standard, figures.standards, words.language)
    if not part:
        return name
    return words.say("replies.part", standard=name, part=part_name(standard, part, figures.standards, words.language))


def _before_after(one: Correction, words: Wording) -> str:
    """Write the verdict that was measured, and the one after correction when that is another."""
    verdicts = words.shared["verdict"]
    measured = verdicts[one.measured.value]
    if one.corrected is one.measured:
        return str(measured)
    after = verdicts[one.corrected.value] if one.corrected else words.say("replies.gone")
    return words.say("replies.from_to", measured=measured, corrected=after)
