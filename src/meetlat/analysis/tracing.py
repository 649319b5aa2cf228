# SPDX-License-Identifier: EUPL-1.2
"""From a figure to the domains behind it: the query that counted it, its numbers, and the verdict of each domain that it counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

import duckdb

from meetlat.analysis.database import query
from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.share import Share
from meetlat.analysis.tables import opened
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role

_MOST_CHOICES = 30
_LIKENESS = 0.5


class NoFigure(Enum):
    """Why a measurement has no such figure, each with its English sentence; the command line has the Dutch ones under the same names."""

    KEY = "{text}: this measurement holds no figure on {detail} in that role; choose from {choices}"
    PART = "{text}: {detail} has no such part in this measurement; choose from {choices}"
    GROUP = "{text}: this measurement has no group {detail} in that role; choose from {choices}"
    ORGANISATION = "{text}: this measurement has no organisation {detail} in that group and role; choose from {choices}"
    NOTHING = "{text}: nothing that this figure counts was judged in this measurement"


class NoFigureError(Exception):
    """The reference is right, but this measurement has no such figure; ``choices`` are what there is."""

    def __init__(self, fault: NoFigure, reference: FigureReference, detail: str = "", choices: Collection[str] = ()) -> None:
        self.fault, self.reference, self.detail = fault, reference, detail
        self.choices = tuple(choices)[:_MOST_CHOICES]
        super().__init__(fault.value.format(text=reference, detail=detail, choices=", ".join(self.choices)))


@dataclass(frozen=True, slots=True)
class CountedDomain:
    """One domain that a figure counts; ``deciding`` are the standards that decide its verdict on a composite."""

    domain: str
    organisation: str
    group: str
    verdict: Verdict
    deciding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedFigure:
    """A figure with the query that counted it (the name of its file in analysis/sql) and the domains behind it, sorted by name."""

    reference: FigureReference
    share: Share
    query: str
    domains: tuple[CountedDomain, ...]

    def of(self, verdict: Verdict) -> tuple[CountedDomain, ...]:
        """Return the domains with this verdict."""
        return tuple(domain for domain in self.domains if domain.verdict is verdict)


def traced_figure(folder: Path, reference: FigureReference, standards: Collection[Standard]) -> TracedFigure:
    """Count a figure again, as it was counted for publication, with the domains behind it. Raises NoFigureError and MeasurementError."""
    name = counted_by(reference)
    with opened(folder, standards) as connection:
        share = _share(connection, reference, name)
        if share is None:
            raise _no_figure(connection, reference)
        return TracedFigure(reference, share, name, _domains(connection, reference))


def counted_by(reference: FigureReference) -> str:
    """Return the name of the query that counts such a figure."""
    if reference.organisation is not None:
        return "organisations" if reference.is_composite else "organisation_standards"
    return "composites" if reference.is_composite else "standards"


def _share(connection: duckdb.DuckDBPyConnection, reference: FigureReference, name: str) -> Share | None:
    """Run the query of the publication as it stands, and take the one row that the reference is about."""
    key = "composite = $key" if reference.is_composite else "standard = $key and role = $role and part = $part"
    whose = '"group" is not distinct from $group' + (" and organisation = $organisation" if reference.organisation is not None else "")
    values: dict[str, str | None] = {"key": reference.key, "group": reference.group}
    if not reference.is_composite:
        values |= {"role": reference.role.value, "part": reference.part}
    if reference.organisation is not None:
        values["organisation"] = reference.organisation
    counts = "compliant, judged, undetermined, not_applicable"
    # All that is put together here is ours: what the user gave comes in as parameters.
    row = connection.execute(f"select {counts} from ({query(name)}) where {key} and {whose}", values).fetchone()  # noqa: S608 - see above
    return Share(*row) if row else None


def _domains(connection: duckdb.DuckDBPyConnection, reference: FigureReference) -> tuple[CountedDomain, ...]:
    """List the domains that the figure counts."""
    name = "figure_composite_domains" if reference.is_composite else "figure_domains"
    values = {
        "key": reference.key,
        "role": reference.role.value,
        "part": reference.part,
        "group": reference.group,
        "organisation": reference.organisation,
    }
    rows = connection.execute(query(name), values).fetchall()
    return tuple(
        CountedDomain(domain, organisation, group, Verdict(verdict), tuple(deciding))
        for domain, organisation, group, verdict, deciding in rows
    )


def _no_figure(connection: duckdb.DuckDBPyConnection, reference: FigureReference) -> NoFigureError:
    """Say what it is that this measurement does not have."""
    keys: dict[str, list[str]] = {}
    for role, key, part in connection.execute(query("figure_keys")).fetchall():
        if Role(role) is reference.role:
            keys.setdefault(key, []).append(part)
    if reference.key not in keys:
        return NoFigureError(NoFigure.KEY, reference, reference.key, sorted(keys))
    if reference.part not in keys[reference.key]:
        return NoFigureError(NoFigure.PART, reference, reference.key, sorted(filter(None, keys[reference.key])))
    names: dict[str, list[str]] = {}
    for group, organisation in connection.execute(query("figure_names"), {"role": reference.role.value}).fetchall():
        names.setdefault(group, []).append(organisation)
    if reference.group is not None and reference.group not in names:
        return NoFigureError(NoFigure.GROUP, reference, reference.group, _likely(reference.group, names))
    if reference.organisation is not None and reference.organisation not in names[reference.group or ""]:
        choices = _likely(reference.organisation, names[reference.group or ""])
        return NoFigureError(NoFigure.ORGANISATION, reference, reference.organisation, choices)
    return NoFigureError(NoFigure.NOTHING, reference)


def _likely(text: str, names: Collection[str]) -> list[str]:
    """Put what looks like the text first, as long as there are many; else return them all."""
    by_folded: Mapping[str, str] = {name.casefold(): name for name in names}
    alike = [by_folded[found] for found in get_close_matches(text.casefold(), by_folded, _MOST_CHOICES, _LIKENESS)]
    return alike + [name for name in names if name not in alike] if len(names) <= _MOST_CHOICES or not alike else alike
