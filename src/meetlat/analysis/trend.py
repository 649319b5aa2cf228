# SPDX-License-Identifier: EUPL-1.2
"""How shares went over the measurements of a series, on the full set and on the same targets; and who got better or worse."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from meetlat.analysis.panels import opened, query
from meetlat.analysis.series import Series
from meetlat.analysis.share import Share
from meetlat.model.norm import Verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Role


@dataclass(frozen=True, slots=True)
class Key:
    """What a line is about: a standard or a composite (iv-web, iv-mail), the whole (``part`` empty) or a part of it, in one role."""

    key: str
    part: str
    role: Role

    @property
    def is_composite(self) -> bool:
        """Whether it is everything that is agreed for a role."""
        return self.key.startswith("iv-")


@dataclass(frozen=True, slots=True)
class TrendLine:
    """The shares of one line at every point; None where it was not judged. ``organisation`` None is the whole group, ``group`` None all.

    An organisation that has an id in the lists is followed by it, under its newest name; one without an id by its name.
    ``full`` counts every target of that point, ``panel`` the targets that were on the list at every point, and ``pairs`` those of two
    points that follow each other: the share at the first and at the second.
    """

    key: Key
    group: str | None
    organisation: str | None
    full: tuple[Share | None, ...]
    panel: tuple[Share | None, ...]
    pairs: tuple[tuple[Share | None, Share | None], ...]
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """Every line of a series: web before mail, the whole before its groups, a group before its organisations."""

    series: Series
    lines: tuple[TrendLine, ...]

    def line(self, key: Key, group: str | None = None, organisation: str | None = None) -> TrendLine | None:
        """Return one line."""
        wanted = (key, group, organisation)
        return next((one for one in self.lines if (one.key, one.group, one.organisation) == wanted), None)


@dataclass(frozen=True, slots=True)
class Movement:
    """One target whose verdict at a point is another than at the point before; ``was_before``: it had this verdict earlier already."""

    point: int
    key: Key
    domain: str
    organisation: str
    group: str
    was: Verdict
    is_now: Verdict
    was_before: bool

    @property
    def is_improvement(self) -> bool:
        """Whether it fell short and complies now."""
        return (self.was, self.is_now) == (Verdict.NON_COMPLIANT, Verdict.COMPLIANT)

    @property
    def is_regression(self) -> bool:
        """Whether it complied and falls short now."""
        return (self.was, self.is_now) == (Verdict.COMPLIANT, Verdict.NON_COMPLIANT)


def trend(series: Series, standards: Collection[Standard], *, organisations: bool = True) -> Trend:
    """Count every line of a series, those of organisations only when asked. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return trend_in(connection, series, organisations=organisations)


def trend_in(connection: duckdb.DuckDBPyConnection, series: Series, *, organisations: bool = True) -> Trend:
    """Count every line of a series that ``panels.opened`` opened."""
    found: dict[tuple[Key, str | None, int | None], dict[tuple[str, int | None, int], Share]] = {}
    rows = connection.execute(query("trend_lines"), {"organisations": organisations}).fetchall()
    for kind, first, point, key, part, role, group, organisation, *counts in rows:
        shares = found.setdefault((Key(key, part, Role(role)), group, organisation), {})
        shares[kind, first, point] = Share(*counts)
    whose: dict[int | None, tuple[str | None, str | None]] = {None: (None, None)}
    whose |= {
        number: (name, id_) for number, name, id_ in connection.execute("select organisation, name, id from organisations").fetchall()
    }
    lines = [_line(key, group, whose[organisation], shares, len(series.points)) for (key, group, organisation), shares in found.items()]
    return Trend(series, tuple(sorted(lines, key=_place)))


def _line(
    key: Key, group: str | None, whose: tuple[str | None, str | None], shares: Mapping[tuple[str, int | None, int], Share], points: int
) -> TrendLine:
    """Put the shares of one line in the order of time."""
    return TrendLine(
        key,
        group,
        whose[0],
        full=tuple(shares.get(("full", None, point)) for point in range(points)),
        panel=tuple(shares.get(("panel", None, point)) for point in range(points)),
        pairs=tuple((shares.get(("pair", at, at)), shares.get(("pair", at, at + 1))) for at in range(points - 1)),
        organisation_id=whose[1],
    )


def _place(line: TrendLine) -> tuple[bool, str, str, str, str, str]:
    """Return what lines are sorted by: no group and no organisation before those with a name."""
    key = line.key
    return key.role is not Role.WEB, key.key, key.part, line.group or "", line.organisation or "", line.organisation_id or ""


def movements(series: Series, standards: Collection[Standard]) -> tuple[Movement, ...]:
    """List every change of verdict between points that follow each other, composites as well. Raises MeasurementError."""
    with opened(series, standards) as connection:
        return movements_in(connection)


def movements_in(connection: duckdb.DuckDBPyConnection) -> tuple[Movement, ...]:
    """List the changes of a series that ``panels.opened`` opened."""
    rows = connection.execute(query("movements")).fetchall()
    return tuple(
        Movement(point, Key(key, part, Role(role)), domain, organisation, group, Verdict(was), Verdict(is_now), was_before)
        for point, role, key, part, domain, organisation, group, was, is_now, was_before in rows
    )
