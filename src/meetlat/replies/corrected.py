# SPDX-License-Identifier: EUPL-1.2
"""The figures of a measurement, measured and corrected by the replies, always both, counted by the same queries."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from meetlat.analysis.database import connected, show
from meetlat.analysis.indicators import verdict_indicators
from meetlat.analysis.share import Share
from meetlat.model.norm import Norm, Obligation, Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.replies.effects import CorrectedRow, Effect, Later, VerdictRow, corrected_rows
from meetlat.replies.reply import Kind, Standing
from meetlat.store.folder import VERDICTS
from meetlat.store.manifest import Manifest, read_manifest

_COLUMNS = ("domain", "organisation", "group", "role", "standard", "part", "norm", "verdict")
_NAMED = ", ".join(f'"{column}"' for column in _COLUMNS)
_NOTED = pa.schema(
    [(column, pa.string()) for column in (*_COLUMNS[:-1], "measured", "corrected")]
    + [(column, pa.bool_()) for column in ("explained", "disputed", "planned")]
)
_AFTER = _NAMED.replace('"verdict"', "corrected")
_NOTHING = Share(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Noted:
    """How many targets of a figure replies touch.

    ``explained`` are among the non-compliant of the corrected share; ``disputed`` and ``planned`` leave the figure as it is; ``gone`` are
    not in the corrected share; ``changed`` counts every target that is gone, explained, or has another verdict than was measured.
    """

    explained: int = 0
    disputed: int = 0
    planned: int = 0
    gone: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class CorrectedShare:
    """One figure, measured and corrected.

    ``key`` is a standard or a composite (iv-web); ``part`` empty is the whole, ``group`` None all groups.
    """

    key: str
    part: str
    role: Role | None
    group: str | None
    measured: Share
    corrected: Share
    noted: Noted

    @property
    def is_corrected(self) -> bool:
        """Whether the corrected figure is another than the measured one, or counts something apart; it must then say so."""
        return self.noted.changed > 0


@dataclass(frozen=True, slots=True)
class Correction:
    """One effect of one reply on one verdict, for publication: who (the organisation), when, and what it did. It names no person."""

    reply: str
    organisation: str
    domain: str
    role: Role
    standard: str
    part: str
    effect: Effect
    measured: Verdict
    corrected: Verdict | None
    kind: Kind
    replied: date
    decided: date | None
    due: date | None
    bound_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The figures of a measurement beside the corrected ones, as the replies stand on ``day``."""

    measurement: str
    day: date
    standards: tuple[CorrectedShare, ...]
    composites: tuple[CorrectedShare, ...]
    rows: tuple[CorrectedRow, ...]
    corrections: tuple[Correction, ...]

    @property
    def count(self) -> int:
        """How many replies changed a figure."""
        changing = {note.reply for row in self.rows if row.is_corrected for note in row.notes if note.effect not in _MARKS}
        return len(changing)

    @property
    def gone(self) -> tuple[str, ...]:
        """The domains that left the set."""
        return tuple(sorted({row.measured.domain for row in self.rows if row.verdict is None}))


_MARKS = frozenset({Effect.DISPUTED, Effect.PLANNED})


def corrected(
    folder: Path, replies: Sequence[Standing], day: date, standards: Mapping[str, Standard], later: Path | None = None
) -> Corrected:
    """Count a finished measurement as it was measured, and as the replies that hold on a day correct it.

    ``replies`` are as they stand on ``day`` (see ``Register.standings``); ``later`` is a later measurement, which settles disputes.
    Raises MeasurementError; ValueError when ``later`` is not later, or the replies are of another day.
    """
    if any(standing.day != day for standing in replies):
        raise ValueError("the replies are as they stand on another day")
    manifest = read_manifest(folder)
    ids = {manifest.id} | ({manifest.run.parent.id} if manifest.run.parent else set())
    domains = {standing.reply.says.domain for standing in replies}
    again = _later(manifest, later, domains)
    with _opened(folder) as connection:
        rows = corrected_rows(_rows(connection, domains), replies, ids, again, _covered(standards.values()))
        connection.register("noted", _table(rows))
        shares = _shares(connection, standards.values())
    return Corrected(manifest.id, day, *shares, rows, tuple(_corrections(rows, replies)))


def _shares(
    connection: duckdb.DuckDBPyConnection, standards: Collection[Standard]
) -> tuple[tuple[CorrectedShare, ...], tuple[CorrectedShare, ...]]:
    """Count the verdicts twice by the same queries: as measured, and with those of the domains that replied replaced."""
    connection.execute(f"create temp view verdicts as select {_NAMED} from measured")  # noqa: S608 - names of ours
    measured = verdict_indicators(connection, standards)
    connection.execute(
        f"create or replace temp view verdicts as select {_NAMED} from measured anti join noted using (domain) "  # noqa: S608 - names of ours
        f"union all select {_AFTER} from noted where corrected is not null"
    )
    after = verdict_indicators(connection, standards)
    noted = {(key, part, Role(role), group): Noted(*counts) for key, part, role, group, *counts in _query(connection, "noted_standards")}
    of_composites = {(key, group): Noted(*counts) for key, group, *counts in _query(connection, "noted_composites")}
    shares = {(one.standard, one.part, one.role, one.group): one.share for one in after[0]}
    composites = {(one.composite, one.group): one.share for one in after[1]}
    return (
        tuple(
            CorrectedShare(*key, one.share, shares.get(key, _NOTHING), noted.get(key, Noted()))
            for one in measured[0]
            for key in [(one.standard, one.part, one.role, one.group)]
        ),
        tuple(
            CorrectedShare(key[0], "", None, key[1], one.share, composites.get(key, _NOTHING), of_composites.get(key, Noted()))
            for one in measured[1]
            for key in [(one.composite, one.group)]
        ),
    )


def _corrections(rows: Iterable[CorrectedRow], replies: Iterable[Standing]) -> Iterator[Correction]:
    """List what each reply did to each verdict."""
    known = {standing.reply.id: standing for standing in replies}
    for row in rows:
        measured = row.measured
        for note in row.notes:
            standing = known[note.reply]
            reply = standing.reply
            yield Correction(
                reply=reply.id,
                organisation=measured.organisation,
                domain=measured.domain,
                role=measured.role,
                standard=measured.standard,
                part=measured.part,
                effect=note.effect,
                measured=measured.verdict,
                corrected=row.verdict,
                kind=reply.says.kind,
                replied=reply.on,
                decided=standing.decision.on if standing.decision else None,
                due=note.due,
                bound_by=reply.bound_by,
            )


def _rows(connection: duckdb.DuckDBPyConnection, domains: Collection[str]) -> list[VerdictRow]:
    """Read every verdict of these domains."""
    query = f"select {_NAMED} from measured where list_contains($domains, domain) order by domain, role desc, standard, part"  # noqa: S608 - names of ours
    found = connection.execute(query, {"domains": sorted(domains)}).fetchall() if domains else []
    return [
        VerdictRow(domain, organisation, group, Role(role), standard, part, norm, Verdict(verdict))
        for domain, organisation, group, role, standard, part, norm, verdict in found
    ]


def _later(manifest: Manifest, later: Path | None, domains: Collection[str]) -> Later:
    """Read what a later measurement says of these domains."""
    if later is None:
        return {}
    if read_manifest(later).finished <= manifest.finished:
        raise ValueError(f"{later} is not later than the measurement that it must settle")
    with _opened(later) as connection:
        return {row.key: row.verdict for row in _rows(connection, domains)}


def _covered(standards: Iterable[Standard]) -> frozenset[tuple[str, str]]:
    """List the norms of which every rule that must be kept is in some part."""
    return frozenset((norm.standard, norm.version) for standard in standards for norm in standard.norms if _is_covered(norm))


def _is_covered(norm: Norm) -> bool:
    """Whether the parts of a norm together hold every rule that must be kept."""
    must = {rule for rule, obligation in norm.rules.items() if obligation is Obligation.MUST}
    return bool(norm.parts) and must <= {rule for rules in norm.parts.values() for rule in rules}


def _table(rows: Iterable[CorrectedRow]) -> pa.Table:
    """Make the table of all verdicts of the domains that replied."""
    lines = [
        {
            "domain": row.measured.domain,
            "organisation": row.measured.organisation,
            "group": row.measured.group,
            "role": row.measured.role.value,
            "standard": row.measured.standard,
            "part": row.measured.part,
            "norm": row.measured.norm,
            "measured": row.measured.verdict.value,
            "corrected": row.verdict.value if row.verdict else None,
            "explained": row.has(Effect.EXPLAINED),
            "disputed": row.has(Effect.DISPUTED),
            "planned": row.has(Effect.PLANNED),
        }
        for row in rows
    ]
    return pa.Table.from_pylist(lines, schema=_NOTED)


@contextmanager
def _opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the verdicts of a measurement in the table ``measured``; what is wrong with them is a MeasurementError."""
    with connected([folder], [VERDICTS]) as connection:
        show(connection, "measured", folder / VERDICTS)
        yield connection


def _query(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    """Run one query file."""
    return connection.execute((files("meetlat.replies") / "sql" / f"{name}.sql").read_text(encoding="utf-8")).fetchall()
