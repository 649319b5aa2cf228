# SPDX-License-Identifier: EUPL-1.2
"""Chapters 2 to 5: websites, e-mail, IPv6 and RPKI."""

from collections.abc import Iterator, Sequence

from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Chapter, Line, Paragraph, Style, Table, Terms
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.references import anchor, reference
from meetlat.publish.meting.replies import with_corrections
from meetlat.publish.meting.share_tables import named_parts, share_columns, share_line, share_table
from meetlat.publish.meting.wording import Wording
from meetlat.publish.overview import RoleView, Row, name_of


def role_chapter(figures: Figures, words: Wording, number: int, role: Role) -> Chapter:
    """Say how each standard stands in one role."""
    view = figures.role(role)
    blocks: tuple[Block, ...] = (Paragraph(words.say("role.none")),)
    if view is not None:
        blocks = tuple(_role_blocks(view, figures, words))
    return Chapter(role.value, number, words.say(f"role.{role.value}_title"), blocks)


def _role_blocks(view: RoleView, figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield what there is to say of a role: the order of the standards, the table, and what they are for."""
    role = view.role.value
    judged = [row for row in view.rows if row.share.judged + row.share.undetermined]
    left_out = [row.name for row in view.rows if row not in judged]
    yield Paragraph(words.say(f"role.{role}_intro"))
    yield Paragraph(words.say("role.counted", standards=", ".join(view.counted) or words.shared["words"]["none"]))
    rows = [line for row in judged for line in _rows(row, view.role, words)]
    whole = Cell(words.say(f"role.all_{role}"), figure=reference(view.role), anchor=anchor(view.role))
    rows.append((whole, view.everything, Style.TOTAL))
    shown = tuple(with_corrections(iter(rows), figures.corrected, words))
    yield share_table(words, words.say(f"role.{role}_caption"), words.say("words.standard"), shown)
    if left_out:
        yield Paragraph(words.say("role.left_out", standards=", ".join(left_out)), is_soft=True)
    yield Terms(tuple((row.name, row.summary, None) for row in judged if row.summary))


def _rows(row: Row, role: Role, words: Wording) -> Iterator[tuple[Cell, Share, Style]]:
    """Yield the rows of a standard and its parts; one part alone says the same as the whole."""
    small = "" if row.counts else words.say("role.not_counted")
    yield Cell(row.name, small, figure=reference(role, row.id), anchor=anchor(role, row.id)), row.share, Style.PLAIN
    if len(row.parts) > 1:
        for part in row.parts:
            figure, place = reference(role, row.id, part.id), anchor(role, row.id, part.id)
            yield Cell(words.say("role.part", name=part.name), figure=figure, anchor=place), part.share, Style.PART


def pair_chapter(figures: Figures, words: Wording, number: int, standard: str) -> Chapter:
    """Say how one standard stands for websites and e-mail, part by part."""
    name = name_of(standard, figures.standards, words.language)
    of_roles = (row for role in Role if (view := figures.role(role)) for row in named_parts(words, view, standard))
    rows = tuple(with_corrections(of_roles, figures.corrected, words))
    blocks: Sequence[Block]
    if rows:
        caption = words.say("pair.caption", standard=name)
        lines: list[Line] = [share_line(words, *row) for row in rows]
        table = Table(caption, share_columns(words, words.say("words.role")), tuple(lines))
        blocks = (Paragraph(words.say(f"pair.{standard}_intro")), table, Paragraph(words.say("pair.both"), is_soft=True))
    else:
        blocks = (Paragraph(words.say("pair.none", standard=name)),)
    return Chapter(standard, number, words.say(f"pair.{standard}_title"), tuple(blocks))
