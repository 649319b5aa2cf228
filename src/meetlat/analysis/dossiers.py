# SPDX-License-Identifier: EUPL-1.2
"""What is known of each domain by itself: its verdicts, what is broken or unknown, and how that was at earlier measurements."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from meetlat.analysis.database import query
from meetlat.analysis.tables import opened
from meetlat.model.finding import Status
from meetlat.model.norm import Verdict
from meetlat.model.target import Listing, Role
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import VERDICTS, read_listings

_AT_ONCE = 5_000  # rows
# Reasons that hold for a whole role, so that they are said once.
NOTICES = ("domain-does-not-exist", "no-web-server", "no-address-answers", "no-mx", "null-mx", "opted-out")


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict on one standard, or on one part of it (``part`` empty is the whole)."""

    standard: str
    part: str
    norm: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """What a finding tells of a rule that is broken, or of which it could not be established whether it is."""

    role: Role
    standard: str
    rule: str
    status: Status
    reason: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One domain: every verdict per role, everything that is broken or unknown, and why there was nothing to judge at all.

    ``shard`` is the number of the file that holds its evidence.
    """

    listing: Listing
    shard: int
    standings: Mapping[Role, tuple[Standing, ...]]
    told: tuple[Told, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetHistory:
    """The verdicts of a target on a standard or composite at each point of a series; None where it was not judged."""

    role: Role
    key: str
    verdicts: tuple[Verdict | None, ...]


def dossiers(folder: Path) -> Iterator[Dossier]:
    """Yield every domain of a measurement in the order of its shards. Raises MeasurementError."""
    with opened(folder, ()) as connection, connection.cursor() as one, connection.cursor() as other:  # each reads one result at a time
        verdicts = _Following(one, query("dossier_verdicts"))
        findings = _Following(other, query("dossier_findings"))
        reasons = {domain: tuple(found) for domain, found in connection.execute(query("dossier_reasons"), {"reasons": NOTICES}).fetchall()}
        for number, shard in enumerate(read_listings(folder)):
            for listing in shard:
                name = listing.domain.name
                standings = {Role(role): tuple(map(_standing, told)) for _, role, told in verdicts.of(name)}
                told = tuple(_told(row) for row in findings.of(name))
                yield Dossier(listing, number, standings, told, reasons.get(name, ()))
        if verdicts.is_left or findings.is_left:
            raise MeasurementError(Fault.DAMAGED, folder / VERDICTS, "it tells of domains that are no targets")


def histories_in(connection: duckdb.DuckDBPyConnection, points: int) -> Mapping[str, tuple[TargetHistory, ...]]:
    """Map each domain of a series that ``panels.opened`` opened to its verdicts at each point; what never changed is left out."""
    rows = connection.execute(query("target_histories")).fetchall()
    return {
        domain: tuple(TargetHistory(Role(role), key, _over_time(verdicts, points)) for _, role, key, verdicts in of_domain)
        for domain, of_domain in groupby(rows, key=itemgetter(0))
    }


class _Following:
    """Rows that come in the order of the domains, read along with them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, text: str) -> None:
        self._result = connection.execute(text)
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self._next = self._read()

    @property
    def is_left(self) -> bool:
        """Whether there are rows that no domain came for."""
        return self._next is not None

    def of(self, domain: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of this domain when it is its turn."""
        while self._next is not None and self._next[0] == domain:
            yield self._next
            self._next = self._read()

    def _read(self) -> tuple[Any, ...] | None:
        """Return the next row, or None at the end."""
        found = next(self._rows, None)
        if found is None:
            self._rows = iter(self._result.fetchmany(_AT_ONCE))
            found = next(self._rows, None)
        return found


@lru_cache(maxsize=4_096)  # a domain has the same verdicts as many others
def _standing(text: str) -> Standing:
    """Read standard|part|norm|verdict."""
    standard, part, norm, verdict = text.split("|")
    return Standing(standard, part, norm, Verdict(verdict))


def _told(row: tuple[Any, ...]) -> Told:
    """Read a row of dossier_findings.sql."""
    _, role, standard, rule, status, reason, arguments = row
    return Told(Role(role), standard, rule, Status(status), reason, json.loads(arguments))


def _over_time(verdicts: list[str], points: int) -> tuple[Verdict | None, ...]:
    """Read point|verdict, one for each point at which it was judged."""
    found = {int(point): Verdict(verdict) for point, _, verdict in (text.partition("|") for text in verdicts)}
    return tuple(found.get(point) for point in range(points))
