# SPDX-License-Identifier: EUPL-1.2
"""Chapters 6 and 7: every overheidscategorie, and the ministries."""

from collections.abc import Iterator

from meetlat.analysis.indicators import GroupSize
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting.document import Block, Cell, Chapter, Heading, Line, Paragraph, Style, Table, columns
from meetlat.publish.meting.figures import NOTHING, Figures, Ministry
from meetlat.publish.meting.share_tables import matrix
from meetlat.publish.meting.wording import Wording, bounded

_REST = ("undetermined", "not_applicable")
_SIZES = ("domains", "organisations", "web", "mail", "absent")


def groups_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say how each group stands on each standard."""
    return Chapter("groups", number, words.say("groups.title"), tuple(_group_blocks(figures, words)))


def _group_blocks(figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield a matrix per role, what it leaves out, and how large each group is."""
    yield Paragraph(words.say("groups.intro"))
    for view in figures.overview.roles:
        yield Heading(words.shared["words"][f"{view.role.value}_heading"])
        yield matrix(words, view, words.say(f"groups.{view.role.value}_caption"), figures.corrected)
    yield Heading(words.say("groups.sizes"))
    yield _rest(figures, words)
    yield _sizes(figures, words)


def _rest(figures: Figures, words: Wording) -> Table:
    """Say what the shares on everything together leave out, per group."""
    titles = [words.say(f"groups.rest_{view.role.value}_{kind}") for view in figures.overview.roles for kind in _REST]
    named = [(size.group, words.say("words.total") if size.group is None else size.group) for size in _in_order(figures)]
    lines = []
    for group, name in named:
        shares = [_of_group(figures, view.role, group) for view in figures.overview.roles]
        cells = [Cell(words.number(getattr(share, kind))) for share in shares for kind in _REST]
        lines.append(Line((Cell(name), *cells), Style.TOTAL if group is None else Style.PLAIN))
    return Table(words.say("groups.rest_caption"), columns(words.say("words.group"), titles), tuple(lines))


def _of_group(figures: Figures, role: Role, group: str | None) -> Share:
    """Return the share on everything of a group, or of all of them."""
    view = figures.role(role)
    if view is None:
        return NOTHING
    if group is None:
        return view.everything
    return next((row.everything for row in view.groups if row.name == group), NOTHING)


def _sizes(figures: Figures, words: Wording) -> Table:
    """Say how much was measured, per group."""
    lines = [
        Line(
            (
                Cell(words.say("words.total") if size.group is None else size.group),
                *(Cell(words.number(getattr(size, name))) for name in _SIZES),
            ),
            Style.TOTAL if size.group is None else Style.PLAIN,
        )
        for size in _in_order(figures)
    ]
    titles = [words.say(f"groups.{name}") for name in _SIZES]
    return Table(words.say("groups.sizes"), columns(words.say("words.group"), titles), tuple(lines))


def _in_order(figures: Figures) -> tuple[GroupSize, ...]:
    """Return the sizes of every group, and then of all of them."""
    return (*figures.overview.sizes, figures.overview.total)


def ministries_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say how each ministry stands, or why that cannot be said."""
    blocks: tuple[Block, ...]
    if not figures.ministries:
        blocks = (Paragraph(words.say("ministries.none")),)
    else:
        blocks = (Paragraph(_source(figures, words)), _ministries(figures.ministries, words))
    return Chapter("ministries", number, words.say("ministries.title"), blocks)


def _source(figures: Figures, words: Wording) -> str:
    """Say who says which ministry an organisation falls under: the list, and whether that names them as the register does."""
    named = figures.given.ministry_of
    if named is None:
        return words.say("ministries.intro_own")
    registered = sum(organisation in figures.registered for organisation in named)
    return words.say("ministries.intro", organisations=len(named), registered=registered)


def _ministries(found: tuple[Ministry, ...], words: Wording) -> Table:
    """Make the table of ministries."""
    titles = [words.say(f"ministries.{name}") for name in ("web", "web_rest", "mail", "mail_rest")]
    lines = [Line((Cell(bounded(one.name)), *(cell for role in Role for cell in _pair(one, role, words)))) for one in found]
    name = words.say("ministries.all")
    total = Ministry(name, {role: sum((one.shares.get(role, NOTHING) for one in found), NOTHING) for role in Role})
    lines.append(Line((Cell(name), *(cell for role in Role for cell in _pair(total, role, words))), Style.TOTAL))
    return Table(words.say("ministries.caption"), columns(words.say("ministries.ministry"), titles), tuple(lines))


def _pair(one: Ministry, role: Role, words: Wording) -> tuple[Cell, Cell]:
    """Write a share, and what it leaves out."""
    share = one.shares.get(role, NOTHING)
    rest = f"{words.number(share.undetermined)} / {words.number(share.not_applicable)}"
    return words.of_cell(share.compliant, share.judged), Cell(rest)
