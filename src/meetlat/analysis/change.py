# SPDX-License-Identifier: EUPL-1.2
"""Who changed colour between two measurements, or between a measurement and its re-judgement."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meetlat.analysis.database import connected, query, show
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.store.folder import VERDICTS


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """One way of changing: of a standard or part of it in a role, from one verdict to another; None is no verdict at all."""

    role: Role
    standard: str
    part: str
    was: Verdict | None
    is_now: Verdict | None


@dataclass(frozen=True, slots=True)
class Change:
    """One domain that changed colour."""

    kind: Kind
    domain: str
    organisation: str
    group: str


def changes(before: Path, after: Path) -> Sequence[Change]:
    """List every verdict that differs between two measurement folders. Raises MeasurementError."""
    with connected([before, after], [VERDICTS]) as connection:
        show(connection, "before", before / VERDICTS)
        show(connection, "after", after / VERDICTS)
        rows = connection.execute(query("changes")).fetchall()
    return tuple(
        Change(Kind(Role(role), standard, part, Verdict(was) if was else None, Verdict(now) if now else None), domain, organisation, group)
        for role, standard, part, domain, organisation, group, was, now in rows
    )


def counted(found: Sequence[Change]) -> Mapping[Kind, int]:
    """Count the changes of each kind, in the order in which they are listed."""
    return Counter(change.kind for change in found)
