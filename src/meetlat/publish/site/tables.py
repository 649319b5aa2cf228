# SPDX-License-Identifier: EUPL-1.2
"""Tables of the site: every share with both denominators, what was left out, and the reference by which it can be traced."""

from collections.abc import Iterable, Iterator, Sequence

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.leverage import Lever
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Column, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.share_tables import share_cells, share_columns
from meetlat.publish.overview import Row
from meetlat.publish.site.places import up
from meetlat.publish.site.view import COMPOSITE_OF, View

_LONGEST_REFERENCE = 200


def traced_table(view: View, caption: str, first: str, rows: Iterable[tuple[Cell, Share, Style, FigureReference]]) -> Table:
    """Make a table of shares, each with its reference."""
    heads = (*share_columns(view.words, first), Column(view.say("words.reference")))
    lines = tuple(
        Line((name, *share_cells(view.words, share, bar=style is not Style.PART), reference_cell(reference)), style)
        for name, share, style, reference in rows
    )
    return Table(caption, heads, lines)


def reference_cell(reference: FigureReference) -> Cell:
    """Write a reference as something to copy."""
    text = str(reference).replace("`", "%60")
    return Cell(f"`{text}`" if len(text) <= _LONGEST_REFERENCE else "")


def standard_rows(
    view: View, page: str, role: Role, group: str | None, *, parts: bool = True
) -> Iterator[tuple[Cell, Share, Style, FigureReference]]:
    """Yield the standards of a role in a group (None is all), with their parts when asked for, and everything together last."""
    of_role = view.figures.role(role)
    for row in of_role.rows if of_role else ():
        reference = FigureReference(role, row.id, group=group)
        share = view.share(reference)
        if not share.total:
            continue
        small = "" if row.counts else view.words.say("role.not_counted")
        yield Cell(row.name, small, link=f"{up(page)}{view.places.standard(row.id)}"), share, Style.PLAIN, reference
        if parts:
            yield from _part_rows(view, row, reference)
    together = FigureReference(role, COMPOSITE_OF[role], group=group)
    yield Cell(view.words.say(f"role.all_{role.value}")), view.share(together), Style.TOTAL, together


def _part_rows(view: View, row: Row, whole: FigureReference) -> Iterator[tuple[Cell, Share, Style, FigureReference]]:
    """Yield the parts of a standard; one part alone says the same as the whole."""
    for part in row.parts if len(row.parts) > 1 else ():
        reference = FigureReference(whole.role, row.id, part.id, whole.group)
        yield Cell(view.words.say("role.part", name=part.name)), view.share(reference), Style.PART, reference


def lever_table(view: View, page: str, levers: Sequence[Lever], caption: str) -> Table:
    """Make the table of what is broken at a shared supplier, with what mending it gives."""
    heads = (Column(view.words.say("causes.supplier")), Column(view.words.say("causes.rule")))
    names = ("failing", "complying", "undetermined", "gain", "now", "mended")
    numbers = tuple(Column(view.say(f"supplier.{name}"), is_number=True) for name in names)
    lines = []
    for one in levers:
        standard = f"{view.standard(one.standard)}, {view.words.role(one.role)}"
        rule = Cell(view.rule(one.standard, one.rule), standard, link=view.rule_link(page, one.standard, one.rule))
        counts = (one.failing, one.complying, one.undetermined + one.not_applicable, one.lift.lifted)
        cells = (
            *(Cell(view.words.number(count)) for count in counts),
            *(view.words.share_cell(share) for share in (one.lift.now, one.lift.mended)),
        )
        lines.append(Line((view.supplier_cell(page, one), rule, *cells)))
    return Table(caption, heads + numbers, tuple(lines), is_wide=True)


def trace_note(view: View, reference: FigureReference) -> Paragraph:
    """Say how a figure on this page is traced to the domains, findings and evidence behind it."""
    text = str(reference).replace("`", "%60")
    return Paragraph(view.say("words.trace", reference=text, quoted=quoted(text), id=view.gathered.manifest.id), is_soft=True)


def quoted(text: str) -> str:
    """Quote a word for a shell, when it needs that."""
    safe = all(letter.isalnum() or letter in "/-_@.,%+" for letter in text)
    return text if safe else "'" + text.replace("'", "'\\''") + "'"


def cut(view: View, count: int, shown: int, key: str) -> tuple[Block, ...]:
    """Say that a table is cut, when it is."""
    return (Paragraph(view.say(key, count=count, shown=shown), is_soft=True),) if count > shown else ()


def number_columns(view: View, first: str, keys: Sequence[str]) -> tuple[Column, ...]:
    """Make columns out of texts of the site."""
    return columns(first, [view.say(key) for key in keys])
