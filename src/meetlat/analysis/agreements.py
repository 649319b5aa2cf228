# SPDX-License-Identifier: EUPL-1.2
"""Where a measurement stands on each agreement on a day: per domain, and counted per organisation, group and whole."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from meetlat.analysis.database import query
from meetlat.analysis.share import Share
from meetlat.analysis.tables import opened
from meetlat.model.agreement import PHASED_OUT, Agreement, Ask, Reading, State

_ASKED = pa.schema(
    [
        ("agreement", pa.string()),
        ("standard", pa.string()),
        ("role", pa.string()),
        ("part", pa.string()),
        ("norm", pa.string()),
        ("strict", pa.bool_()),
    ]
)
_SCOPES = pa.schema([("agreement", pa.string()), ("group", pa.string()), ("binds", pa.bool_())])
_AGREEMENTS = pa.schema([("agreement", pa.string())])
_AT_ONCE = 10_000  # rows


@dataclass(frozen=True, slots=True)
class AgreementIndicator:
    """How many domains keep an agreement; ``organisation`` None is the whole group, ``group`` None as well is everything.

    Those of ``share`` that fall short and need not keep it yet are ``not_due``; they are among the judged. When something that is
    asked could not be told of any domain, the agreement ``is_answered`` not: then only falling short shows, and a percentage would mislead.
    """

    agreement: str
    group: str | None
    organisation: str | None
    share: Share
    not_due: int
    is_answered: bool

    @property
    def not_kept(self) -> int:
        """How many fall short and should not."""
        return self.share.non_compliant - self.not_due


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Something an agreement asks that a measurement cannot tell of any domain: not judged (``judged`` empty), or by another norm."""

    agreement: str
    ask: Ask
    judged: str


@dataclass(frozen=True, slots=True)
class DomainState:
    """Where one domain stands on one agreement."""

    agreement: str
    domain: str
    organisation: str
    group: str
    state: State


def agreement_indicators(folder: Path, agreements: Collection[Agreement], day: date) -> tuple[AgreementIndicator, ...]:
    """Count how many domains of a measurement keep each agreement on a day. Raises MeasurementError."""
    with _states(folder, agreements, day) as connection:
        rows = connection.execute(query("agreements")).fetchall()
        open_ = {one.agreement for one in _unanswered(connection, agreements)}
    return tuple(
        AgreementIndicator(agreement, group, organisation, Share(*counts), not_due, agreement not in open_)
        for agreement, group, organisation, *counts, not_due in rows
    )


def unanswered(folder: Path, agreements: Collection[Agreement]) -> tuple[Unanswered, ...]:
    """List what agreements ask that this measurement cannot tell of any domain. Raises MeasurementError."""
    with opened(folder, ()) as connection:
        return _unanswered(connection, agreements)


def domain_states(folder: Path, agreements: Collection[Agreement], day: date) -> Iterator[DomainState]:
    """Yield where each domain stands on each agreement on a day, sorted by agreement and domain. Raises MeasurementError."""
    with _states(folder, agreements, day) as connection:
        found = connection.execute('select agreement, domain, organisation, "group", state from states order by agreement, domain')
        while rows := found.fetchmany(_AT_ONCE):
            yield from (
                DomainState(agreement, domain, organisation, group, State(state)) for agreement, domain, organisation, group, state in rows
            )


def _unanswered(connection: duckdb.DuckDBPyConnection, agreements: Collection[Agreement]) -> tuple[Unanswered, ...]:
    """Hold what is asked in the roles that there are against the norms that were judged by."""
    roles = {role for (role,) in connection.execute("select distinct role from targets").fetchall()}
    rows = connection.execute("select distinct role, standard, norm from verdicts").fetchall()
    judged = {(role, standard): norm for role, standard, norm in rows}
    return tuple(
        Unanswered(agreement.id, ask, norm)
        for agreement in agreements
        for ask in agreement.asks
        if ask.role.value in roles and (not (norm := judged.get((ask.role.value, ask.standard), "")) or ask.norm not in {"", norm})
    )


@contextmanager
def _states(folder: Path, agreements: Collection[Agreement], day: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a measurement with the state of every domain on every agreement in the table ``states``."""
    with opened(folder, ()) as connection:
        groups = [group for (group,) in connection.execute('select distinct "group" from targets').fetchall()]
        connection.register("agreements", pa.Table.from_pylist([{"agreement": one.id} for one in agreements], schema=_AGREEMENTS))
        connection.register("asked", _asked(agreements))
        connection.register("scopes", _scopes(agreements, groups, day))
        connection.execute(f"create temp table states as {query('agreement_states')}", {"phased_out": PHASED_OUT})
        yield connection


def _asked(agreements: Collection[Agreement]) -> pa.Table:
    """Say what each agreement asks: a row per part, or one for the whole."""
    rows = [
        {
            "agreement": agreement.id,
            "standard": ask.standard,
            "role": ask.role.value,
            "part": part,
            "norm": ask.norm,
            "strict": agreement.reading is Reading.WITHOUT_PHASE_OUT,
        }
        for agreement in agreements
        for ask in agreement.asks
        for part in ask.parts or ("",)
    ]
    return pa.Table.from_pylist(rows, schema=_ASKED)


def _scopes(agreements: Collection[Agreement], groups: Collection[str], day: date) -> pa.Table:
    """Say for which groups each agreement is, once it is made, and whether it binds on this day."""
    rows = [
        {"agreement": agreement.id, "group": group, "binds": agreement.binds(day)}
        for agreement in agreements
        if agreement.is_made(day)
        for group in groups
        if agreement.covers(group)
    ]
    return pa.Table.from_pylist(rows, schema=_SCOPES)
