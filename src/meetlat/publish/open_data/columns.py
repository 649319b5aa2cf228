# SPDX-License-Identifier: EUPL-1.2
"""The tables of the open data: their columns, types, keys and closed lists. What each means stands in texts/open_data.*.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import pyarrow as pa

from meetlat.model.agreement import AgreementKind, Reading, State
from meetlat.model.evidence import Cause
from meetlat.model.finding import Status
from meetlat.model.norm import Obligation, Verdict
from meetlat.model.registration import UNKNOWN, ListStatus
from meetlat.model.target import Role

LIST_SEPARATOR = " | "


class Kind(Enum):
    """What stands in a column. LIST is text with several values in it, parted by LIST_SEPARATOR."""

    TEXT = "text"
    LIST = "list"
    WHOLE = "whole"
    FRACTION = "fraction"
    YES_NO = "yes_no"
    MOMENT = "moment"
    DAY = "day"


_ARROW: Mapping[Kind, pa.DataType] = MappingProxyType(
    {
        Kind.TEXT: pa.string(),
        Kind.LIST: pa.string(),
        Kind.WHOLE: pa.int64(),
        Kind.FRACTION: pa.float64(),
        Kind.YES_NO: pa.bool_(),
        Kind.MOMENT: pa.timestamp("us", tz="UTC"),
        Kind.DAY: pa.date32(),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``values`` is its closed list; ``can_be_empty`` says that empty text is a value of its own, and not nothing."""

    name: str
    kind: Kind = Kind.TEXT
    is_nullable: bool = False
    values: tuple[str, ...] = ()
    can_be_empty: bool = False

    @property
    def field(self) -> pa.Field:
        """The column as Parquet has it."""
        return pa.field(self.name, _ARROW[self.kind], nullable=self.is_nullable)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values are together a key of another table."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class OpenTable:
    """One table: a row is unique by its ``key`` (empty: rows can be alike)."""

    id: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    refers: tuple[ForeignKey, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The columns as Parquet has them."""
        return pa.schema([column.field for column in self.columns])


def _values(choices: type[Enum], *more: str) -> tuple[str, ...]:
    """Return a closed list."""
    return (*(str(choice.value) for choice in choices), *more)


def _texts(*names: str, is_nullable: bool = False) -> tuple[Column, ...]:
    """Make columns of text."""
    return tuple(Column(name, is_nullable=is_nullable) for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    """Make columns of counts."""
    return tuple(Column(name, Kind.WHOLE) for name in names)


_MEASUREMENT = Column("measurement")
_ROLE = Column("role", values=_values(Role))
_PART = Column("part", can_be_empty=True)
_WHOSE = (Column("organisation"), Column("group"))
_WHOSE_OR_ALL = (Column("group", is_nullable=True), Column("organisation", is_nullable=True))
_SHARES = (Column("share_judged", Kind.FRACTION, is_nullable=True), Column("share_all", Kind.FRACTION, is_nullable=True))
_OF_MEASUREMENT = ForeignKey(("measurement",), "measurements")
_OF_TARGET = ForeignKey(("measurement", "domain"), "targets")
_OF_STANDARD = ForeignKey(("standard",), "standards")
_OF_AGREEMENT = ForeignKey(("agreement",), "agreements")

_MEASURED = (
    OpenTable(
        "measurements",
        (
            _MEASUREMENT,
            Column("parent", is_nullable=True),
            *(Column(name, Kind.MOMENT) for name in ("started", "finished", "sealed")),
            *_texts("vantage", "meetlat"),
            *_counts("domains", "organisations", "targets", "observations", "findings", "verdicts"),
            Column("manifest_sha256"),
        ),
        ("measurement",),
    ),
    OpenTable(
        "measurement_files",
        (_MEASUREMENT, *_texts("file", "sha256"), Column("bytes", Kind.WHOLE), Column("rows", Kind.WHOLE, is_nullable=True)),
        ("measurement", "file"),
        (_OF_MEASUREMENT,),
    ),
    OpenTable(
        "targets",
        (
            _MEASUREMENT,
            Column("domain"),
            Column("organisation"),
            *_texts("organisation_id", "ministry", is_nullable=True),
            Column("group"),
            Column("web", Kind.YES_NO),
            Column("mail", Kind.YES_NO),
        ),
        ("measurement", "domain"),
        (_OF_MEASUREMENT,),
    ),
    OpenTable(
        "verdicts",
        (
            *(_MEASUREMENT, Column("domain"), *_WHOSE, _ROLE, Column("standard"), _PART, Column("norm")),
            Column("verdict", values=_values(Verdict)),
        ),
        ("measurement", "domain", "role", "standard", "part"),
        (_OF_TARGET, _OF_STANDARD),
    ),
    OpenTable(
        "findings",
        (
            *(_MEASUREMENT, Column("domain"), _ROLE, *_texts("standard", "norm", "rule", "subject")),
            Column("status", values=_values(Status)),
            Column("reason", is_nullable=True),
            Column("cause", is_nullable=True, values=_values(Cause)),
        ),
        (),
        (_OF_TARGET, ForeignKey(("standard", "norm", "rule"), "rules")),
    ),
    OpenTable(
        "figures",
        (
            *(_MEASUREMENT, Column("reference"), _ROLE),
            Column("figure_kind", values=("composite", "standard", "part")),
            *(Column("key"), _PART, *_WHOSE_OR_ALL),
            *_counts("compliant", "judged", "all", "undetermined", "not_applicable"),
            *_SHARES,
        ),
        ("measurement", "reference"),
        (_OF_MEASUREMENT,),
    ),
)

_KNOWN = (
    OpenTable(
        "standards",
        (
            *_texts("standard", "name_nl", "name_en"),
            Column("measured", Kind.YES_NO),
            *_texts("not_measured_nl", "not_measured_en", is_nullable=True),
            Column("roles", Kind.LIST, is_nullable=True),
            Column("composites", Kind.LIST, is_nullable=True),
            *_texts("official_name_nl", "official_name_en"),
            Column("list_status", values=_values(ListStatus, UNKNOWN)),
            Column("list_since", is_nullable=True),
            *_texts("toepassingsgebied_nl", "toepassingsgebied_en", "werkingsgebied_nl", "werkingsgebied_en"),
            *_texts("steward", "specification"),
            Column("legal_basis", Kind.LIST, is_nullable=True),
            Column("links", Kind.LIST, is_nullable=True),
        ),
        ("standard",),
    ),
    OpenTable(
        "rules",
        (
            *_texts("standard", "norm", "rule"),
            *_texts("title_nl", "title_en", is_nullable=True),
            Column("obligation", is_nullable=True, values=_values(Obligation)),
            Column("parts", Kind.LIST, is_nullable=True),
            Column("source", is_nullable=True),
            Column("effective", Kind.DAY, is_nullable=True),
            Column("until", Kind.DAY, is_nullable=True),
        ),
        ("standard", "norm", "rule"),
        (_OF_STANDARD,),
    ),
    OpenTable(
        "agreements",
        (
            *_texts("agreement", "name_nl", "name_en"),
            Column("agreement_kind", values=_values(AgreementKind)),
            *_texts("made_by", "werkingsgebied_nl", "werkingsgebied_en"),
            Column("groups", Kind.LIST, is_nullable=True),
            Column("reading", values=_values(Reading)),
            Column("agreed"),
            *_texts("by", "in_force", is_nullable=True),
            Column("sources", Kind.LIST),
        ),
        ("agreement",),
    ),
    OpenTable(
        "agreement_asks",
        (Column("agreement"), Column("standard"), _ROLE, _PART, Column("norm", is_nullable=True)),
        ("agreement", "standard", "role", "part"),
        (_OF_AGREEMENT, _OF_STANDARD),
    ),
    OpenTable(
        "agreement_states",
        (
            *(_MEASUREMENT, Column("day", Kind.DAY), Column("agreement"), Column("domain"), *_WHOSE),
            Column("state", values=_values(State)),
        ),
        ("measurement", "agreement", "domain"),
        (_OF_AGREEMENT, _OF_TARGET),
    ),
    OpenTable(
        "agreement_figures",
        (
            *(_MEASUREMENT, Column("day", Kind.DAY), Column("agreement"), *_WHOSE_OR_ALL),
            Column("answered", Kind.YES_NO),
            Column("kept", Kind.WHOLE, is_nullable=True),
            *_counts("not_kept", "not_due", "judged", "all", "undetermined", "not_applicable"),
            *_SHARES,
        ),
        (),
        (_OF_AGREEMENT, _OF_MEASUREMENT),
    ),
)

TABLES: Mapping[str, OpenTable] = MappingProxyType({table.id: table for table in _MEASURED + _KNOWN})
