# SPDX-License-Identifier: EUPL-1.2
"""Tables of shares: always with what it is a share of, both ways, and with what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from meetlat.analysis.share import Share
from meetlat.publish.meting.document import Cell, Column, Line, Style, Table, columns
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.wording import Wording
from meetlat.publish.overview import RoleView

_NUMBERS = ("share", "share_all", "compliant", "judged", "undetermined", "not_applicable")


def share_columns(words: Wording, first: str) -> tuple[Column, ...]:
    """Make the columns of a table of shares."""
    return columns(first, [words.say(f"words.{name}") for name in _NUMBERS])


def share_cells(words: Wording, share: Share, *, bar: bool = False) -> tuple[Cell, ...]:
    """Write a share in its columns; with a bar below the percentage when asked for."""
    counts = (share.compliant, share.judged, share.undetermined, share.not_applicable)
    return (
        Cell(words.share(share), bar=share if bar and share.total else None),
        Cell(words.percent(share.compliant, share.total)),
        *(Cell(words.number(count)) for count in counts),
    )


def share_table(words: Wording, caption: str, first: str, rows: Sequence[tuple[Cell, Share, Style]]) -> Table:
    """Make a table of shares."""
    return Table(caption, share_columns(words, first), tuple(share_line(words, *row) for row in rows))


def share_line(words: Wording, name: Cell, share: Share, style: Style) -> Line:
    """Write one share; a part has no bar of its own."""
    return Line((name, *share_cells(words, share, bar=style is not Style.PART)), style)


def matrix(words: Wording, view: RoleView, caption: str, corrected: Mapping[str, Share] = MappingProxyType({})) -> Table:
    """Make the table of every group against every standard of which anything was judged; corrected shares stand below the measured."""
    shown = [number for number, row in enumerate(view.rows) if row.share.judged]
    titles = [words.say("groups.everything"), *(view.rows[number].name for number in shown)]

    def cell(share: Share, key: str, group: str | None) -> Cell:
        return _cell(words, share, reference(view.role, key, group=group), corrected)

    lines = [
        Line(
            (
                Cell(group.name),
                cell(group.everything, "", group.name),
                *(cell(group.shares[number], view.rows[number].id, group.name) for number in shown),
            )
        )
        for group in view.groups
    ]
    total = (cell(view.everything, "", None), *(cell(view.rows[number].share, view.rows[number].id, None) for number in shown))
    lines.append(Line((Cell(words.say("words.total")), *total), Style.TOTAL))
    return Table(caption, columns(words.say("words.group"), titles), tuple(lines), is_wide=True)


def _cell(words: Wording, share: Share, figure: str, corrected: Mapping[str, Share]) -> Cell:
    """Write a share in one cell, with its reference, and what it became after replies."""
    after = corrected.get(figure)
    return replace(words.share_cell(share), figure=figure, corrected=words.say("replies.cell", told=words.told(after)) if after else "")


def named_parts(words: Wording, view: RoleView, standard: str) -> Iterator[tuple[Cell, Share, Style]]:
    """Yield the rows of one standard in a role: its parts, then the whole of it."""
    for row in view.rows:
        if row.id == standard:
            for part in row.parts:
                yield Cell(words.say("role.part", name=part.name), figure=reference(view.role, row.id, part.id)), part.share, Style.PART
            yield Cell(words.shared["words"][f"{view.role.value}_heading"], figure=reference(view.role, row.id)), row.share, Style.PLAIN
