# SPDX-License-Identifier: EUPL-1.2
"""What a chapter is made of. Chapters hold no HTML: the same document becomes a web page and a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from meetlat.analysis.share import Share
from meetlat.model.norm import Verdict

# Of paper, carefully: a landscape page has room for so many lines when that many rows part them.
_ROWS_PER_PAGE, _LINES_PER_PAGE = 20, 34
_LETTERS_PER_LINE, _LINES_PER_ITEM = 110, 2


class Style(Enum):
    """How a line of a table is to be read."""

    PLAIN = "plain"
    PART = "part"
    TOTAL = "all"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: words or a number already written, with smaller lines below; or a verdict; or a bar.

    ``figure`` is the reference of the share that it shows or names (for `meetlat trace`), ``anchor`` a place that a link can lead to, and
    ``corrected`` what the share became after replies.
    """

    text: str = ""
    small: str = ""
    rest: str = ""
    verdict: Verdict | None = None
    bar: Share | None = None
    link: str = ""
    lines: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()  # headings and our own Markdown, unfolded on request
    is_verdict: bool = False
    figure: str = ""
    anchor: str = ""
    corrected: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it holds a text and nothing else; most cells do."""
        around = self.small or self.rest or self.link or self.figure or self.anchor or self.corrected
        return not (around or self.is_verdict or self.bar or self.lines or self.more)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table; the first cell names it."""

    cells: tuple[Cell, ...]
    style: Style = Style.PLAIN

    def height(self, letters: int) -> int:
        """Return about how many lines of text it takes on paper, with so many letters on a line of a cell."""
        return max((_height(cell, letters) for cell in self.cells), default=1)


def _height(cell: Cell, letters: int) -> int:
    """Return about how many lines of text a cell takes on paper, where an item of a list mostly takes two."""
    below = sum(map(bool, (cell.small, cell.rest, cell.corrected, cell.bar)))
    return _LINES_PER_ITEM * len(cell.lines) or 1 + len(cell.text) // letters + below


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``is_short`` when what it holds is not to be broken over lines."""

    title: str
    is_number: bool = False
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``is_wide`` when it has more columns than a portrait page holds."""

    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    is_wide: bool = False

    @property
    def is_short(self) -> bool:
        """Whether it surely fits on one page, so that it need not be cut; a taller one that may not be cut leaves pages empty."""
        letters = max(1, _LETTERS_PER_LINE // max(1, len(self.columns)))
        return len(self.lines) <= _ROWS_PER_PAGE and sum(line.height(letters) for line in self.lines) <= _LINES_PER_PAGE


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences; ``code`` between backticks. ``is_notice`` stands out, ``is_soft`` steps back."""

    text: str
    is_notice: bool = False
    is_soft: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a chapter."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is advised, and by which rule that follows from the figures."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Advices:
    """Every advice, numbered."""

    items: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One large figure with what it is a share of."""

    title: str
    share: Share
    sentence: str
    rest: str
    figure: str = ""
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """Large figures side by side, with the key of their colours."""

    items: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and what they mean; a verdict stands with its mark."""

    items: tuple[tuple[str, str, Verdict | None], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as SVG of our own making, with what it says in one sentence."""

    svg: str
    reading: str


@dataclass(frozen=True, slots=True)
class Files:
    """Files that come with the report: name, what is in it."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Links:
    """The way to other pages: what is there, where, and more about it; on paper without the way."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Verdicts of many on many: what stands at the head of each column and row, with where it leads."""

    caption: str
    corner: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[Verdict | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Our own Markdown, unfolded under a title on request; on paper always."""

    title: str
    markdown: str


Block = Table | Paragraph | Heading | Bullets | Advices | Cards | Terms | Facts | Chart | Files | Links | Prose | Matrix


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter; ``number`` 0 is one without (the guide for the reader, the annex)."""

    id: str
    number: int
    title: str
    blocks: tuple[Block, ...]

    @property
    def heading(self) -> str:
        """The title with its number."""
        return f"{self.number} {self.title}" if self.number else self.title

    @property
    def is_wide(self) -> bool:
        """Whether it holds a table that a portrait page does not."""
        return any(isinstance(block, Table) and block.is_wide for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report but for the annex, which can be too long to hold."""

    title: str
    when: str
    chapters: tuple[Chapter, ...]

    def kinds(self) -> set[str]:
        """Name the kinds of block that are used."""
        return {type(block).__name__ for chapter in self.chapters for block in chapter.blocks}


def columns(first: str, numbers: Sequence[str]) -> tuple[Column, ...]:
    """Make the columns of a table of numbers: what it is about, then the numbers."""
    return (Column(first), *(Column(title, is_number=True) for title in numbers))
