# SPDX-License-Identifier: EUPL-1.2
"""What stands between each domain and each figure that it does not count in, and what each obstacle rests on."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from meetlat.analysis import tables
from meetlat.analysis.database import query
from meetlat.analysis.hosting import Hosting, Supplies, Supply, Traced, traced_hosting
from meetlat.analysis.indicators import COMPOSITES, verdict_indicators
from meetlat.analysis.share import Share
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status
from meetlat.model.standard import Standard
from meetlat.model.target import Role
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import FINDINGS, read_run

_AT_ONCE = 5_000  # rows
_NO_NAMES: Mapping[str, str] = {}

# A figure that a domain counts in: a standard in a role, or a composite, which has a role of its own.
Figure = tuple[str, Role]


@dataclass(frozen=True, slots=True)
class Violation:
    """A requirement that is broken at one place, and what that rests on.

    The finding is there for its words, without its needs; and without subject, reason and arguments when those were not asked for.
    """

    standard: str
    finding: Finding
    supplies: Supplies

    @property
    def rule(self) -> str:
        """The rule that is broken."""
        return self.finding.rule


@dataclass(frozen=True, slots=True)
class Blockade:
    """Everything that stands between a domain and a figure. ``has_gaps``: and there is more that could not be judged."""

    domain: str
    figure: Figure
    violations: tuple[Violation, ...]
    has_gaps: bool

    def gives_way(self, mended: Collection[tuple[Supply, str]]) -> bool:
        """Whether every violation is mended when these rules are mended at these supplies; what could not be judged is left out of it."""
        return bool(self.violations) and all(
            any((supply, violation.rule) in mended for supply in violation.supplies) for violation in self.violations
        )


@dataclass(frozen=True, slots=True)
class AlsoSeen:
    """What else is wanted of the same pass: the subjects to read besides, who is shown each shard, and the words of each finding."""

    subjects: Collection[str] = ()
    see: Callable[[Evidence], object] | None = None
    words: bool = False


_NOTHING_MORE = AlsoSeen()


@dataclass(frozen=True, slots=True)
class Obstacles:
    """All that is known of causes in one measurement: who hosts what, the shares as they are, and what stands in the way of each domain."""

    hostings: Mapping[str, Hosting]
    shares: Mapping[Figure, Share]
    blockades: Mapping[tuple[str, Figure], Blockade]
    members: Mapping[str, tuple[str, ...]]


def obstacles(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    standards: Mapping[str, Standard],
    names: Mapping[str, str] = _NO_NAMES,
    also: AlsoSeen = _NOTHING_MORE,
) -> Obstacles:
    """Read the obstacles of a measurement opened with ``opened``; ``names`` as in ``hosting``."""
    of_standards, of_composites = verdict_indicators(connection, standards.values())
    shares = {(one.standard, one.role): one.share for one in of_standards if not one.part and one.group is None}
    shares |= {(one.composite, COMPOSITES[one.composite]): one.share for one in of_composites if one.group is None}
    members = {name: tuple(sorted(one.id for one in standards.values() if name in one.composites)) for name in COMPOSITES}
    gaps = {(composite, domain) for composite, domain in connection.execute(query("undetermined_members")).fetchall()}
    hostings: dict[str, Hosting] = {}
    found: dict[tuple[str, Figure], Blockade] = {}
    by_domain = groupby(_rows(connection), key=itemgetter(0))
    next_domain, rows = next(by_domain, ("", iter(())))
    for traced in traced_hosting(folder, names, also.subjects, also.see):
        domain = traced.hosting.domain
        hostings[domain] = traced.hosting
        if domain != next_domain:
            continue
        single = _blockades(traced, rows, words=also.words)
        next_domain, rows = next(by_domain, ("", iter(())))
        for blockade in (*single, *_of_composites(domain, single, members, gaps)):
            found[domain, blockade.figure] = blockade
    if next_domain:
        raise MeasurementError(Fault.DAMAGED, folder / FINDINGS, "it tells of domains that are no targets, or twice")
    return Obstacles(hostings, shares, found, members)


@contextmanager
def opened(folder: Path, standards: Mapping[str, Standard]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables of a measurement, and which rules are advice; what is wrong with them is a MeasurementError."""
    norms = read_run(folder).norms
    with tables.opened(folder, standards.values()) as connection:
        connection.register("advice", tables.advice(standards.values(), norms))
        yield connection


_Row = tuple[Any, ...]


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[_Row]:
    """Yield the requirements that are broken or could not be judged, in the order in which domains are read."""
    result = connection.execute(query("broken_requirements"))
    while some := result.fetchmany(_AT_ONCE):
        yield from some


def _blockades(traced: Traced, rows: Iterable[_Row], *, words: bool) -> tuple[Blockade, ...]:
    """Make the blockade of each standard that a domain does not comply with."""
    violations: dict[Figure, list[Violation]] = {}
    gaps: set[Figure] = set()
    for _, role_, standard, rule, status, subject, reason, arguments, needs in rows:
        role = Role(role_)
        figure = (standard, role)
        if status == Status.UNDETERMINED.value:
            gaps.add(figure)
            continue
        touched = traced.touched(role, [Need(need["kind"], need["subject"], need["detail"]) for need in needs])
        if words:
            finding = Finding(rule, subject, Status.VIOLATED, (), reason, json.loads(arguments))
            violations.setdefault(figure, []).append(Violation(standard, finding, touched))
        else:
            violations.setdefault(figure, []).append(_wordless(standard, rule, touched))
    domain = traced.hosting.domain
    return tuple(Blockade(domain, figure, tuple(each), figure in gaps) for figure, each in violations.items())


@lru_cache(maxsize=100_000)  # many domains break the same rule at the same place
def _wordless(standard: str, rule: str, supplies: Supplies) -> Violation:
    """Make a violation that says only what is broken where."""
    return Violation(standard, _nameless(rule), supplies)


@cache
def _nameless(rule: str) -> Finding:
    """Make a finding that says only which rule is broken."""
    return Finding(rule, "", Status.VIOLATED)


def _of_composites(
    domain: str, single: Sequence[Blockade], members: Mapping[str, tuple[str, ...]], gaps: Collection[tuple[str, str]]
) -> Iterator[Blockade]:
    """Take the blockades of the standards that count in a composite together."""
    for composite, standards in members.items():
        role = COMPOSITES[composite]
        inside = [one for one in single if one.figure[0] in standards and one.figure[1] is role]
        if inside:
            violations = tuple(violation for one in inside for violation in one.violations)
            has_gaps = any(one.has_gaps for one in inside) or (composite, domain) in gaps
            yield Blockade(domain, (composite, role), violations, has_gaps)
