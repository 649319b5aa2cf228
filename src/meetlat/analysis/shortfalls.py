# SPDX-License-Identifier: EUPL-1.2
"""What each domain falls short of, and how each organisation stands as a whole."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meetlat.analysis.database import query
from meetlat.analysis.indicators import COMPOSITES
from meetlat.analysis.share import Share
from meetlat.analysis.tables import advice, opened
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_AT_ONCE = 5_000  # rows


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A requirement that a domain does not keep in a role."""

    role: Role
    standard: str
    rule: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One domain: the verdict on everything per role (None when there is none), and what it falls short of."""

    domain: str
    organisation: str
    group: str
    web: Verdict | None
    mail: Verdict | None
    broken: tuple[BrokenRule, ...]


@dataclass(frozen=True, slots=True)
class OrganisationShare:
    """How one organisation stands on everything that is agreed for one role."""

    group: str
    organisation: str
    role: Role
    share: Share


def shortfalls(folder: Path, standards: Collection[Standard], norms: Mapping[str, str]) -> Iterator[Shortfall]:
    """Yield every domain of a measurement in the order of group, organisation and name. Raises MeasurementError.

    ``norms`` are the versions that were judged by: they say which rules are requirements.
    """
    with opened(folder, standards) as connection:
        connection.register("advice", advice(standards, norms))
        found = connection.execute(query("shortfalls"))
        while rows := found.fetchmany(_AT_ONCE):
            for domain, organisation, group, web, mail, rules in rows:
                yield Shortfall(domain, organisation, group, _verdict(web), _verdict(mail), tuple(_broken(rule) for rule in rules))


def organisation_shares(folder: Path, standards: Collection[Standard]) -> tuple[OrganisationShare, ...]:
    """Count how each organisation stands, in the order of group and name. Raises MeasurementError."""
    with opened(folder, standards) as connection:
        rows = connection.execute(query("organisations")).fetchall()
    return tuple(
        OrganisationShare(group, organisation, COMPOSITES[composite], Share(*counts)) for group, organisation, composite, *counts in rows
    )


def _verdict(text: str | None) -> Verdict | None:
    """Read a verdict."""
    return Verdict(text) if text else None


def _broken(text: str) -> BrokenRule:
    """Read role|standard|rule."""
    role, standard, rule = text.split("|", 2)
    return BrokenRule(Role(role), standard, rule)
